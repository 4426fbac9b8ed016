/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of libcrypto, which is loaded at run time. */
#include "module/crypto.h"
#include "util/testing.h"

/* FIPS 180-2, appendix B.1. */
static void sha256_of_a_known_text(void **state)
{
	static const uint8_t expected[REBTF_DIGEST_SIZE] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	const struct iovec pieces[] = { { (void *)"a", 1 }, { (void *)"bc", 2 } };
	uint8_t digest[REBTF_DIGEST_SIZE];

	(void)state;
	assert_ok(crypto_sha256(pieces, 2, digest));
	assert_memory_equal(digest, expected, sizeof(digest));
}

static void the_library_is_loaded_once(void **state)
{
	const struct crypto *first, *second;

	(void)state;
	assert_ok(crypto_get(&first));
	assert_ok(crypto_get(&second));
	assert_ptr_equal(first, second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_of_a_known_text),
		cmocka_unit_test(the_library_is_loaded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
