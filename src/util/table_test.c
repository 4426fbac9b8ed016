/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the hash table: collisions, growth, removal, and requests that are too large. */
#include "util/table.h"
#include "util/testing.h"

static bool table_test_same(const void *key, uint32_t value)
{
	return *(const uint32_t *)key == value;
}

static struct table_slot *look_up(const struct table *t, uint32_t hash, uint32_t value)
{
	return table_find(t, hash, table_test_same, &value);
}

/* Few hashes for many values, at the end of the table too, so that runs of full slots wrap. */
static uint32_t crowded_hash(uint32_t value)
{
	return value % 7 - 4;
}

static uint32_t spread_hash(uint32_t value)
{
	return value * 0x9e3779b9;
}

static void fill_table(struct table *t, uint32_t count, uint32_t (*hash)(uint32_t))
{
	assert_true(table_reserve(t, 0));
	for (uint32_t value = 1; value <= count; value++) {
		struct table_slot *slot = look_up(t, hash(value), value);

		assert_int_equal(slot->value, 0);
		assert_true(table_add(t, slot, hash(value), value));
	}
	assert_int_equal(t->count, count);
}

static void every_value_is_found_after_growth(void **state)
{
	struct table t = {};

	(void)state;
	fill_table(&t, 10000, spread_hash);
	for (uint32_t value = 1; value <= 10000; value++)
		assert_int_equal(look_up(&t, spread_hash(value), value)->value, value);
	assert_int_equal(look_up(&t, spread_hash(10001), 10001)->value, 0);
	table_release(&t);
}

static void half_of_the_slots_stay_free(void **state)
{
	struct table t = {};

	(void)state;
	fill_table(&t, 8, spread_hash);
	assert_int_equal(t.mask + 1, 16);
	assert_true(table_add(&t, look_up(&t, spread_hash(9), 9), spread_hash(9), 9));
	assert_int_equal(t.mask + 1, 32);
	assert_true(table_reserve(&t, 100));
	assert_int_equal(t.mask + 1, 256);
	table_release(&t);
}

static void values_with_equal_hashes_are_told_apart(void **state)
{
	struct table t = {};

	(void)state;
	fill_table(&t, 200, crowded_hash);
	for (uint32_t value = 1; value <= 200; value++)
		assert_int_equal(look_up(&t, crowded_hash(value), value)->value, value);
	assert_int_equal(look_up(&t, crowded_hash(201), 201)->value, 0);
	table_release(&t);
}

static void equal_hashes_are_enough_without_a_comparison(void **state)
{
	struct table t = {};

	(void)state;
	fill_table(&t, 100, spread_hash);
	assert_int_equal(table_find(&t, spread_hash(77), NULL, NULL)->value, 77);
	assert_int_equal(table_find(&t, spread_hash(101), NULL, NULL)->value, 0);
	table_release(&t);
}

static void check_removal(uint32_t (*hash)(uint32_t))
{
	struct table t = {};

	fill_table(&t, 300, hash);
	for (uint32_t value = 1; value <= 300; value += 3)
		table_remove(&t, look_up(&t, hash(value), value));
	assert_int_equal(t.count, 200);
	for (uint32_t value = 1; value <= 300; value++)
		assert_int_equal(look_up(&t, hash(value), value)->value,
				 value % 3 == 1 ? 0 : value);
	for (uint32_t value = 1; value <= 300; value++) {
		if (value % 3 != 1)
			table_remove(&t, look_up(&t, hash(value), value));
	}
	assert_int_equal(t.count, 0);
	for (size_t i = 0; i <= t.mask; i++)
		assert_int_equal(t.slots[i].value, 0);
	table_release(&t);
}

static void removal_leaves_the_other_values(void **state)
{
	(void)state;
	check_removal(spread_hash);
	check_removal(crowded_hash);
}

static void too_many_values_are_refused(void **state)
{
	struct table t = {};

	(void)state;
	fill_table(&t, 5, spread_hash);
	assert_false(table_reserve(&t, SIZE_MAX));
	assert_false(table_reserve(&t, SIZE_MAX / 2));
	assert_false(table_reserve(&t, (size_t)1 << 30));
	assert_int_equal(t.mask + 1, 16);
	assert_int_equal(look_up(&t, spread_hash(5), 5)->value, 5);
	table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_is_found_after_growth),
		cmocka_unit_test(half_of_the_slots_stay_free),
		cmocka_unit_test(values_with_equal_hashes_are_told_apart),
		cmocka_unit_test(equal_hashes_are_enough_without_a_comparison),
		cmocka_unit_test(removal_leaves_the_other_values),
		cmocka_unit_test(too_many_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
