/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * libcrypto, loaded when a digest or signature is first needed. It is not linked, because most runs
 * need neither: loading it adds 0.7 ms to the 0.9 ms of a process without other work. The build
 * only needs the headers, which give each function its type.
 */
#ifndef REBTF_MODULE_CRYPTO_H
#define REBTF_MODULE_CRYPTO_H

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/uio.h>

#include "module/library.h"

/* The functions of libcrypto that we use: f(name) for each. */
/* clang-format off */
#define CRYPTO_FUNCTIONS(f) \
	f(BIO_free_all) \
	f(BIO_new_mem_buf) \
	f(BIO_write_ex) \
	f(CMS_ContentInfo_free) \
	f(CMS_add1_signer) \
	f(CMS_dataFinal) \
	f(CMS_dataInit) \
	f(CMS_sign) \
	f(ERR_clear_error) \
	f(ERR_peek_error) \
	f(ERR_reason_error_string) \
	f(EVP_DigestFinal_ex) \
	f(EVP_DigestInit_ex) \
	f(EVP_DigestUpdate) \
	f(EVP_MD_CTX_free) \
	f(EVP_MD_CTX_new) \
	f(EVP_PKEY_free) \
	f(EVP_get_digestbyname) \
	f(EVP_sha256) \
	f(OSSL_LIB_CTX_get0_global_default) \
	f(PEM_read_bio_PrivateKey) \
	f(PEM_read_bio_X509) \
	f(X509_check_private_key) \
	f(X509_free) \
	f(d2i_X509_bio) \
	f(i2d_CMS_ContentInfo)
/* clang-format on */

/* Each function under its own name: crypto->CMS_sign(...). */
struct crypto {
	CRYPTO_FUNCTIONS(LIBRARY_POINTER)
};

/*
 * Loads libcrypto on the first call. Thread-safe. Errors: NOMEM, UNSUPPORTED (libcrypto cannot be
 * loaded).
 */
struct rebtf_error *crypto_get(const struct crypto **crypto);

/*
 * Computes the SHA-256 of all bytes of @pieces. Errors: NOMEM, UNSUPPORTED (libcrypto cannot be
 * loaded, or is configured without SHA-256).
 */
struct rebtf_error *crypto_sha256(const struct iovec *pieces, size_t count,
				  uint8_t digest[REBTF_DIGEST_SIZE]);

#endif
