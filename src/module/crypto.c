/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Loads libcrypto at run time, and computes SHA-256 with it. */
#include <pthread.h>

#include "module/crypto.h"
#include "module/library.h"

/*
 * The library version whose headers we were built with: its number guarantees the types. The plain
 * name comes with the headers too.
 */
#define SONAME_OF(version) "libcrypto.so." #version
#define SONAME(version)	   SONAME_OF(version)

static const char *const libraries[] = { SONAME(OPENSSL_SHLIB_VERSION), "libcrypto.so" };

static const struct library_function functions[] = {
#define CRYPTO_ENTRY(name) { #name, offsetof(struct crypto, name) },
	CRYPTO_FUNCTIONS(CRYPTO_ENTRY)
};

struct rebtf_error *crypto_load(const char *const *names, size_t count, struct crypto *crypto)
{
	static const struct library library = {
		.need = "signatures and digests need libcrypto (OpenSSL)",
		.functions = functions,
		.function_count = sizeof(functions) / sizeof(*functions),
	};

	return library_load(&library, names, count, crypto);
}

static struct crypto loaded;
static struct rebtf_error *load_error;

/*
 * Without memory for its global default context, libcrypto crashes instead of failing. So check for
 * that context first.
 */
static void load_once(void)
{
	load_error = crypto_load(libraries, sizeof(libraries) / sizeof(*libraries), &loaded);
	if (!load_error && !loaded.OSSL_LIB_CTX_get0_global_default())
		load_error = error_nomem();
}

struct rebtf_error *crypto_get(const struct crypto **crypto)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_once);
	/* Each caller frees its error, so each gets a copy. */
	if (load_error)
		return error_new(load_error->code, "%s", load_error->message);
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
