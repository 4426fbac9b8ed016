/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Which bytes are .BTF.ext is known from libbpf's btf_ext_parse(). */
#include <byteswap.h>

#include "libbpf/ext_for_test.h"

static void a_section_is_read_and_given_back_as_it_is(void **state)
{
	struct ext_words w = ext_of(1, 2);
	_cleanup_ext_ struct ext_section *ext = ext_opened(&w);
	uint32_t size;

	(void)state;
	assert_memory_equal(btf_ext__raw_data(ext, &size), w.words, sizeof(w));
	assert_int_equal(size, sizeof(w));
	assert_int_equal(btf_ext__endianness(ext), BUILT_ORDER);
}

static void both_byte_orders(void **state)
{
	struct ext_words w = ext_of(1, 2), swapped;
	_cleanup_ext_ struct ext_section *ext = NULL;
	uint32_t size;

	(void)state;
	for (size_t i = 1; i < EXT_WORDS; i++)
		swapped.words[i] = bswap_32(w.words[i]);
	swapped.words[0] = built_start(bswap_16(BTF_MAGIC), 1, 0);
	ext = ext_opened(&swapped);
	assert_int_equal(btf_ext__endianness(ext), BUILT_OTHER_ORDER);
	assert_memory_equal(btf_ext__raw_data(ext, &size), swapped.words, sizeof(w));
	assert_int_equal(btf_ext__set_endianness(ext, BUILT_ORDER), 0);
	assert_memory_equal(btf_ext__raw_data(ext, &size), w.words, sizeof(w));
	assert_int_equal(btf_ext__set_endianness(ext, BUILT_OTHER_ORDER), 0);
	assert_memory_equal(btf_ext__raw_data(ext, &size), swapped.words, sizeof(w));
	assert_errno(btf_ext__set_endianness(ext, 2), EINVAL);
}

static void refused(size_t word, uint32_t value, int err)
{
	struct ext_words w = ext_of(1, 2);

	w.words[word] = value;
	assert_null_errno(ext_opened(&w), err);
}

static void bad_sections_are_refused(void **state)
{
	struct ext_words w = ext_of(1, 2);

	(void)state;
	for (uint32_t size = 0; size < sizeof(w); size++)
		assert_null_errno(btf_ext__new((const uint8_t *)w.words, size), EINVAL);
	refused(0, built_start(BTF_MAGIC - 1, 1, 0), EINVAL);
	refused(0, built_start(BTF_MAGIC, 2, 0), ENOTSUP);
	refused(0, built_start(BTF_MAGIC, 1, 1), ENOTSUP);
	refused(1, 20, EINVAL);
	refused(1, sizeof(w), EINVAL);
	refused(2, 2, EINVAL);
	refused(2, UINT32_MAX - 3, EINVAL);
	refused(3, 4, EINVAL);	/* no list */
	refused(8, 4, EINVAL);	/* records are too short */
	refused(8, 10, EINVAL); /* or no words */
	refused(10, 0, EINVAL);
	refused(10, UINT32_MAX, EINVAL);
}

static void parts_that_are_missing_are_no_error(void **state)
{
	struct ext_words w = ext_of(1, 2);
	_cleanup_ext_ struct ext_section *ext = NULL;

	(void)state;
	w.words[3] = w.words[5] = w.words[7] = 0;
	ext = ext_opened(&w);
	assert_non_null(ext);
}

/* Programs of old versions of libbpf have pointers that are error numbers. */
static void an_error_is_not_freed(void **state)
{
	(void)state;
	btf_ext__free(NULL);
	btf_ext__free((struct ext_section *)(intptr_t)-ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_is_read_and_given_back_as_it_is),
		cmocka_unit_test(both_byte_orders),
		cmocka_unit_test(bad_sections_are_refused),
		cmocka_unit_test(parts_that_are_missing_are_no_error),
		cmocka_unit_test(an_error_is_not_freed),
	};

	return cmocka_run_group_tests_name("libbpf: ext", tests, built_print_nothing, NULL);
}
