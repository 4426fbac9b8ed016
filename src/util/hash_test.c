/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests that numbers at equal distances are spread over a table, whatever the random factors. */
#include "util/hash.h"
#include "util/table.h"
#include "util/testing.h"

#define NUMBERS 2000u
/* With these factors, the longest run of full slots is 84, and without hash_spread() it is 2,000. */
#define RUN_MAX 200u

/* The longest run of full slots. */
static size_t longest_run(const struct table *t)
{
	size_t run = 0, longest = 0;

	for (size_t at = 0; at <= t->mask; at++) {
		run = t->slots[at].value ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void add(struct table *t, uint32_t hash, uint32_t value)
{
	assert_true(table_add(t, table_find(t, hash, NULL, NULL), hash, value));
}

static void assert_spread(struct table *t)
{
	assert_int_equal(t->count, NUMBERS);
	assert_in_range(longest_run(t), 1, RUN_MAX);
	table_release(t);
}

/* Factors near simple fractions of 2^32, 2^48 and 2^64 visit few places of a table, in turn. */
static void no_factor_gathers_numbers_at_equal_distances(void **state)
{
	(void)state;
	for (uint64_t part = 1; part <= 64; part++) {
		const uint64_t factors[] = { ((uint64_t)1 << 32) / part, ((uint64_t)1 << 48) / part,
					     UINT64_MAX / part };

		for (size_t i = 0; i < 3; i++) {
			struct table t = {};

			assert_true(table_reserve(&t, 0));
			for (uint32_t n = 1; n <= NUMBERS; n++)
				add(&t, hash_spread(n * (factors[i] | 1)), n);
			assert_spread(&t);
		}
	}
}

static void words_that_differ_in_one_number_are_spread(void **state)
{
	uint64_t keys[HASH_KEYS] = { 0x123456789abcdef1, (uint64_t)3 << 32 };
	struct table t = {};

	(void)state;
	assert_true(table_reserve(&t, 0));
	for (uint32_t n = 1; n <= NUMBERS; n++) {
		const uint32_t words[] = { 7, n };

		add(&t, hash_words(keys, words, 2), n);
	}
	assert_spread(&t);
}

static void numbers_are_spread_in_this_process(void **state)
{
	struct table t = {};

	(void)state;
	assert_true(table_reserve(&t, 0));
	for (uint32_t n = 1; n <= NUMBERS; n++)
		add(&t, hash_number((uint64_t)n << 3), n);
	assert_spread(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_factor_gathers_numbers_at_equal_distances),
		cmocka_unit_test(words_that_differ_in_one_number_are_spread),
		cmocka_unit_test(numbers_are_spread_in_this_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
