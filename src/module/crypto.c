/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Loads libcrypto at run time, and computes SHA-256 with it. */
#include "module/crypto.h"

/*
 * The library version whose headers we were built with: its number guarantees the types. The plain
 * name comes with the headers too.
 */
#define SONAME_OF(version) "libcrypto.so." #version
#define SONAME(version)	   SONAME_OF(version)

static struct crypto loaded;

static struct library crypto_library = LIBRARY(loaded, CRYPTO_FUNCTIONS,
					       "signatures and digests need libcrypto (OpenSSL)",
					       SONAME(OPENSSL_SHLIB_VERSION), "libcrypto.so");

struct rebtf_error *crypto_get(const struct crypto **crypto)
{
	TRY(library_get(&crypto_library));
	/* Without memory for its global default context, libcrypto crashes instead of failing. */
	if (!loaded.OSSL_LIB_CTX_get0_global_default())
		return error_nomem();
	*crypto = &loaded;
	return NULL;
}

struct rebtf_error *crypto_sha256(const struct iovec *pieces, size_t count,
				  uint8_t digest[REBTF_DIGEST_SIZE])
{
	const struct crypto *crypto;
	EVP_MD_CTX *md;
	bool done;

	TRY(crypto_get(&crypto));
	md = crypto->EVP_MD_CTX_new();
	if (!md)
		return error_nomem();
	crypto->ERR_clear_error();
	done = crypto->EVP_DigestInit_ex(md, crypto->EVP_sha256(), NULL);
	for (size_t i = 0; done && i < count; i++)
		done = crypto->EVP_DigestUpdate(md, pieces[i].iov_base, pieces[i].iov_len);
	done = done && crypto->EVP_DigestFinal_ex(md, digest, NULL);
	crypto->EVP_MD_CTX_free(md);
	if (done)
		return NULL;
	if (ERR_GET_REASON(crypto->ERR_peek_error()) == ERR_R_MALLOC_FAILURE)
		return error_nomem();
	return error_new(REBTF_ERR_UNSUPPORTED, "libcrypto cannot compute SHA-256");
}
