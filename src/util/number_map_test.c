/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the map of numbers. */
#include "util/number_map.h"
#include "util/testing.h"

static void map_number(struct number_map *map, uint32_t from, uint32_t to)
{
	struct table_slot *slot = number_map_find(map, from);

	assert_int_equal(slot->value, 0);
	assert_true(number_map_add(map, slot, from, to));
}

static void each_number_maps_to_its_own(void **state)
{
	struct number_map map;

	(void)state;
	assert_true(number_map_init(&map, 0));
	for (uint32_t i = 1; i <= 5000; i++)
		map_number(&map, i * 7, i);
	map_number(&map, UINT32_MAX, 6000);
	for (uint32_t i = 1; i <= 35000; i++)
		assert_int_equal(number_map_find(&map, i)->value, i % 7 ? 0 : i / 7);
	assert_int_equal(number_map_find(&map, UINT32_MAX)->value, 6000);
	number_map_release(&map);
}

/* Numbers that differ only in their upper bits must not share a few slots. */
static void multiples_of_a_power_of_two_spread(void **state)
{
	struct number_map map;
	size_t full = 0, longest = 0;

	(void)state;
	assert_true(number_map_init(&map, 4096));
	for (uint32_t i = 1; i < 4096; i++)
		map_number(&map, i << 20, i);
	for (size_t i = 0; i <= map.table.mask; i++) {
		full = map.table.slots[i].value ? full + 1 : 0;
		longest = full > longest ? full : longest;
	}
	assert_in_range(longest, 1, 64);
	number_map_release(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_maps_to_its_own),
		cmocka_unit_test(multiples_of_a_power_of_two_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
