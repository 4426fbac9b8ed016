/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of keys, certificates and signatures. The openssl command makes the keys.
 * tests/cli/sign.bats checks that others accept our signatures.
 */
#include "module/sign.h"
#include "module/signature.h"
#include "util/parallel.h"
#include "util/testing.h"

#define PASSPHRASE_VARIABLE "KBUILD_SIGN_PIN"

/*
 * The directory of the keys. rsa.pem and encrypted.pem contain the same key; rsa.crt belongs to it.
 */
static char *keys;

static int make_keys(void **state)
{
	static const char script[] =
		"cd '%s' && exec 2>openssl.log && request='openssl req -x509 -days 9 -subj /CN=test' &&"
		"openssl genrsa -out rsa.pem 2048 && $request -key rsa.pem -out rsa.crt &&"
		"openssl x509 -in rsa.crt -outform DER -out rsa.der &&"
		"openssl rsa -in rsa.pem -aes256 -passout pass:secret -out encrypted.pem &&"
		"openssl ecparam -genkey -name prime256v1 -noout -out ec.pem &&"
		"$request -key ec.pem -out ec.crt && cat ec.pem ec.crt >ec-both.pem &&"
		"openssl genpkey -algorithm ed25519 -out ed25519.pem &&"
		"$request -key ed25519.pem -out ed25519.crt && : >empty.pem";
	char *command;

	(void)state;
	keys = scratch_new();
	if (asprintf(&command, script, keys) < 0)
		return -1;
	unsetenv(PASSPHRASE_VARIABLE);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

static int remove_keys(void **state)
{
	(void)state;
	scratch_remove(&keys);
	return 0;
}

static struct rebtf_error *open_signer(const char *key, const char *cert, const char *hash,
				       struct rebtf_signer **signer)
{
	REBTF_OPTIONS(rebtf_signer_options, options, .hash = hash);

	return rebtf_signer_open(scratch_path(keys, key), scratch_path(keys, cert), &options,
				 signer);
}

static void opens(const char *key, const char *cert, const char *hash)
{
	struct rebtf_signer *signer;

	assert_ok(open_signer(key, cert, hash, &signer));
	rebtf_signer_free(signer);
}

static void keys_and_certificates_of_all_sorts_are_read(void **state)
{
	(void)state;
	opens("rsa.pem", "rsa.crt", NULL);
	opens("rsa.pem", "rsa.der", "sha512");
	opens("ec.pem", "ec.crt", "sha384");
	opens("ec-both.pem", "ec-both.pem", NULL);
}

static void an_encrypted_key_takes_its_passphrase_from_the_environment(void **state)
{
	struct rebtf_signer *signer;

	(void)state;
	assert_fails(open_signer("encrypted.pem", "rsa.crt", NULL, &signer), REBTF_ERR_FORMAT,
		     "encrypted.pem: encrypted key without a passphrase: set KBUILD_SIGN_PIN");
	setenv(PASSPHRASE_VARIABLE, "wrong", 1);
	assert_fails(open_signer("encrypted.pem", "rsa.crt", NULL, &signer), REBTF_ERR_FORMAT,
		     "encrypted.pem: cannot decrypt with the passphrase in KBUILD_SIGN_PIN");
	setenv(PASSPHRASE_VARIABLE, "secret", 1);
	opens("encrypted.pem", "rsa.crt", NULL);
	unsetenv(PASSPHRASE_VARIABLE);
}

static void what_cannot_sign_is_refused_and_named(void **state)
{
	struct rebtf_signer *signer;

	(void)state;
	assert_fails(open_signer("none.pem", "rsa.crt", NULL, &signer), REBTF_ERR_IO, "none.pem: ");
	assert_fails(open_signer("rsa.pem", "none.crt", NULL, &signer), REBTF_ERR_IO, "none.crt: ");
	assert_fails(open_signer("rsa.crt", "rsa.crt", NULL, &signer), REBTF_ERR_FORMAT,
		     "rsa.crt: not a private key in PEM");
	assert_fails(open_signer("empty.pem", "rsa.crt", NULL, &signer), REBTF_ERR_FORMAT,
		     "empty.pem: not a private key in PEM");
	assert_fails(open_signer("rsa.pem", "rsa.pem", NULL, &signer), REBTF_ERR_FORMAT,
		     "rsa.pem: not an X.509 certificate");
	assert_fails(open_signer("rsa.pem", "empty.pem", NULL, &signer), REBTF_ERR_FORMAT,
		     "empty.pem: not an X.509 certificate");
	assert_fails(open_signer("rsa.pem", "ec.crt", NULL, &signer), REBTF_ERR_FORMAT,
		     "ec.crt: certificate belongs to another key than");
	assert_fails(open_signer("rsa.pem", "rsa.crt", "md17", &signer), REBTF_ERR_UNSUPPORTED,
		     "does not support hash 'md17'");
	assert_fails(rebtf_signer_open("pkcs11:token=x", "rsa.crt", NULL, &signer),
		     REBTF_ERR_UNSUPPORTED, "PKCS#11");
}

/* Ed25519 does its own hashing, so it cannot sign a digest. */
static void a_key_that_cannot_sign_a_digest_is_refused_at_once(void **state)
{
	struct rebtf_signer *signer;

	(void)state;
	assert_fails(open_signer("ed25519.pem", "ed25519.crt", NULL, &signer),
		     REBTF_ERR_UNSUPPORTED, "ed25519.pem: cannot sign with this key");
}

static const char module[] = "a module's bytes, or what stands for them here";

/* RSA signatures (PKCS#1 v1.5) of the same bytes are equal. */
static void pieces_are_signed_as_the_whole(void **state)
{
	const struct iovec whole = { (char *)module, sizeof(module) };
	const struct iovec pieces[] = {
		{ (char *)module, 7 },
		{ (char *)module, 0 },
		{ (char *)module + 7, sizeof(module) - 7 },
	};
	_cleanup_free_ void *of_whole = NULL;
	_cleanup_free_ void *of_pieces = NULL;
	size_t whole_size, pieces_size;
	struct rebtf_signer *signer;

	(void)state;
	assert_ok(open_signer("rsa.pem", "rsa.crt", NULL, &signer));
	assert_ok(sign_append(signer, &whole, 1, &of_whole, &whole_size));
	assert_ok(sign_append(signer, pieces, 3, &of_pieces, &pieces_size));
	assert_int_equal(whole_size, pieces_size);
	assert_memory_equal(of_whole, of_pieces, whole_size);
	rebtf_signer_free(signer);
}

static void the_signature_is_found_again(void **state)
{
	const struct iovec piece = { (char *)module, sizeof(module) };
	_cleanup_free_ uint8_t *image = NULL;
	_cleanup_free_ void *trailer = NULL;
	struct rebtf_signer *signer;
	size_t size, start;

	(void)state;
	assert_ok(open_signer("ec.pem", "ec.crt", NULL, &signer));
	assert_ok(sign_append(signer, &piece, 1, &trailer, &size));
	rebtf_signer_free(signer);
	image = malloc(sizeof(module) + size);
	assert_non_null(image);
	memcpy(image, module, sizeof(module));
	memcpy(image + sizeof(module), trailer, size);
	assert_true(signature_present(image, sizeof(module) + size));
	assert_ok(signature_start(image, sizeof(module) + size, &start));
	assert_int_equal(start, sizeof(module));
}

#define JOBS	   8
#define SIGNATURES 200

struct shared {
	struct rebtf_signer *signer;
	void *trailers[SIGNATURES];
	size_t sizes[SIGNATURES];
	struct rebtf_error *errors[SIGNATURES];
};

static void sign_one(void *arg, size_t index, unsigned int worker)
{
	const struct iovec piece = { (char *)module, 1 + index % 2 };
	struct shared *shared = arg;

	(void)worker;
	shared->errors[index] = sign_append(shared->signer, &piece, 1, &shared->trailers[index],
					    &shared->sizes[index]);
}

static void threads_share_a_signer(void **state)
{
	struct shared shared = {};

	(void)state;
	assert_ok(open_signer("rsa.pem", "rsa.crt", NULL, &shared.signer));
	assert_ok(parallel_run(JOBS, SIGNATURES, sign_one, &shared));
	for (size_t i = 0; i < SIGNATURES; i++) {
		assert_ok(shared.errors[i]);
		assert_int_equal(shared.sizes[i], shared.sizes[i % 2]);
		assert_memory_equal(shared.trailers[i], shared.trailers[i % 2], shared.sizes[i]);
	}
	assert_memory_not_equal(shared.trailers[0], shared.trailers[1], shared.sizes[0]);
	for (size_t i = 0; i < SIGNATURES; i++)
		free(shared.trailers[i]);
	rebtf_signer_free(shared.signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_certificates_of_all_sorts_are_read),
		cmocka_unit_test(an_encrypted_key_takes_its_passphrase_from_the_environment),
		cmocka_unit_test(what_cannot_sign_is_refused_and_named),
		cmocka_unit_test(a_key_that_cannot_sign_a_digest_is_refused_at_once),
		cmocka_unit_test(pieces_are_signed_as_the_whole),
		cmocka_unit_test(the_signature_is_found_again),
		cmocka_unit_test(threads_share_a_signer),
	};

	return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
