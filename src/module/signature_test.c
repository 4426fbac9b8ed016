/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding a module's signature, above all with a wrong length. */
#include "module/signature.h"
#include "util/testing.h"

#define MARKER "~Module signature appended~\n"

/* "module" with a signature whose length field is @length, and @signature. */
static size_t make(uint8_t *out, uint32_t length, const char *signature)
{
	const uint8_t info[12] = {
		[2] = 2, /* PKCS#7 */
		[8] = (uint8_t)(length >> 24),
		(uint8_t)(length >> 16),
		(uint8_t)(length >> 8),
		(uint8_t)length,
	};
	size_t size = 0;

	memcpy(out, "module", 6);
	size += 6;
	memcpy(out + size, signature, strlen(signature));
	size += strlen(signature);
	memcpy(out + size, info, sizeof(info));
	size += sizeof(info);
	memcpy(out + size, MARKER, strlen(MARKER));
	return size + strlen(MARKER);
}

static void signature_is_found_and_measured(void **state)
{
	uint8_t data[200];
	size_t size = make(data, 9, "signature"), start;

	(void)state;
	assert_true(signature_present(data, size));
	assert_ok(signature_start(data, size, &start));
	assert_int_equal(start, 6);
}

static void no_marker_no_signature(void **state)
{
	uint8_t data[200];
	size_t size = make(data, 9, "signature");

	(void)state;
	assert_false(signature_present(data, size - 1));
	assert_false(signature_present(data, 0));
	assert_false(signature_present((const uint8_t *)MARKER, strlen(MARKER) - 1));
}

static void lengths_that_do_not_fit_are_refused(void **state)
{
	uint8_t data[200];
	size_t size, start;

	(void)state;
	size = make(data, 16, "signature");
	assert_fails(signature_start(data, size, &start), REBTF_ERR_FORMAT,
		     "(found 15 bytes, expected 16)");
	size = make(data, 0xffffffff, "signature");
	assert_fails(signature_start(data, size, &start), REBTF_ERR_FORMAT,
		     "(found 15 bytes, expected 4294967295)");
	size = make(data, 15, "signature");
	assert_ok(signature_start(data, size, &start));
	assert_int_equal(start, 0);
	assert_fails(signature_start((const uint8_t *)MARKER, strlen(MARKER), &start),
		     REBTF_ERR_FORMAT, "truncated module signature");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signature_is_found_and_measured),
		cmocka_unit_test(no_marker_no_signature),
		cmocka_unit_test(lengths_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
