/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the index of strings. */
#include <pthread.h>

#include "btf/build_for_test.h"
#include "btf/string_index.h"
#include "util/hash.h"

static uint32_t find_string(const struct rebtf_btf *btf, const char *s)
{
	uint32_t off;

	assert_ok(string_index_find(btf, s, strlen(s), hash_string(s, strlen(s)), &off));
	return off;
}

static void the_first_of_equal_strings_is_found(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0one\0two\0one\0", NULL, &base, 1, INFO(FWD, 0), 0));
	assert_ok(OPEN_RAW("three\0two\0three", base, &split, 14, INFO(FWD, 0), 0));
	assert_int_equal(find_string(base, "one"), 1);
	assert_int_equal(find_string(base, "two"), 5);
	assert_int_equal(find_string(base, "three"), 0);
	assert_int_equal(find_string(split, "one"), 1);
	assert_int_equal(find_string(split, "two"), 5);
	assert_int_equal(find_string(split, "three"), 14);
}

static void only_whole_strings_are_found(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_int();

	(void)state;
	assert_int_equal(find_string(btf, "int"), 1);
	assert_int_equal(find_string(btf, "nt"), 0);
	assert_int_equal(find_string(btf, "in"), 0);
	assert_int_equal(find_string(btf, "ints"), 0);
}

/* Offset 0 means "no name". So a string that begins there cannot serve as one. */
static void a_string_at_offset_zero_is_not_found(void **state)
{
	_cleanup_bytes_ struct bytes empty = raw_bytes(NULL, 0, NULL, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;

	(void)state;
	assert_ok(open_bytes(&empty, NULL, &base));
	assert_ok(OPEN_RAW("one\0two", base, &split, 4, INFO(FWD, 0), 0));
	assert_int_equal(find_string(split, "one"), 0);
	assert_int_equal(find_string(split, "two"), 4);
}

static void *find_in_thread(void *btf)
{
	char name[16];

	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		if (strcmp(btf_string(btf, find_string(btf, name)), name))
			return NULL;
	}
	return btf;
}

static void threads_share_the_index(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	pthread_t threads[4];
	char name[16];

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, name);
	}
	btf = built(b);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, find_in_thread, btf), 0);
	for (int i = 0; i < 4; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, btf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_equal_strings_is_found),
		cmocka_unit_test(only_whole_strings_are_found),
		cmocka_unit_test(a_string_at_offset_zero_is_not_found),
		cmocka_unit_test(threads_share_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
