/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the typed vector: it keeps its items and remembers failed allocations. */
#include "util/testing.h"
#include "util/vec.h"

struct vec_pair {
	uint64_t first;
	uint32_t second;
};

DEFINE_VECTOR(pair_vector, struct vec_pair);

static void items_stay_as_the_vector_grows(void **state)
{
	struct pair_vector v = {};

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		struct vec_pair *pair = pair_vector_append(&v, (struct vec_pair){ i, 2 * i });

		assert_non_null(pair);
		assert_ptr_equal(pair, &v.items[i]);
	}
	assert_int_equal(v.count, 10000);
	for (uint32_t i = 0; i < 10000; i++) {
		assert_int_equal(v.items[i].first, i);
		assert_int_equal(v.items[i].second, 2 * i);
	}
	assert_false(v.failed);
	pair_vector_release(&v);
}

static void extending_appends_several_items(void **state)
{
	const uint32_t ids[] = { 4, 5, 6 };
	struct u32_vector v = {};

	(void)state;
	u32_vector_append(&v, 3);
	assert_ptr_equal(u32_vector_extend(&v, ids, 3), v.items + 1);
	assert_int_equal(v.count, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(v.items[i], 3 + i);
	assert_ptr_equal(u32_vector_extend(&v, NULL, 0), v.items + 4);
	assert_int_equal(v.count, 4);
	u32_vector_release(&v);
}

static void reserved_room_does_not_move(void **state)
{
	struct u32_vector v = {};
	uint32_t *items;

	(void)state;
	assert_true(u32_vector_reserve(&v, 100000));
	items = v.items;
	for (uint32_t i = 0; i < 100000; i++)
		u32_vector_append(&v, i);
	assert_ptr_equal(v.items, items);
	u32_vector_release(&v);
}

static void room_for_no_items_is_not_a_failure(void **state)
{
	struct u32_vector v = {};

	(void)state;
	assert_true(u32_vector_reserve(&v, 0));
	assert_non_null(u32_vector_extend(&v, NULL, 0));
	assert_int_equal(v.count, 0);
	assert_false(v.failed);
	u32_vector_release(&v);
}

/* The sizes of these reservations in bytes do not fit into a size_t, or only just. */
static void sizes_that_overflow_fail(void **state)
{
	const size_t counts[] = { SIZE_MAX,
				  SIZE_MAX / 2,
				  SIZE_MAX / sizeof(struct vec_pair),
				  SIZE_MAX / sizeof(struct vec_pair) + 2,
				  SIZE_MAX / 2 / sizeof(struct vec_pair),
				  SIZE_MAX / 2 / sizeof(struct vec_pair) + 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct pair_vector v = {};

		pair_vector_append(&v, (struct vec_pair){ 1, 2 });
		assert_false(pair_vector_reserve(&v, counts[i]));
		assert_true(v.failed);
		pair_vector_release(&v);
	}
}

static void failure_is_remembered_and_keeps_the_items(void **state)
{
	struct u32_vector v = {};

	(void)state;
	u32_vector_append(&v, 7);
	assert_false(u32_vector_reserve(&v, SIZE_MAX));
	assert_true(v.failed);
	assert_null(u32_vector_append(&v, 8));
	assert_null(u32_vector_extend(&v, v.items, 1));
	assert_false(u32_vector_reserve(&v, 0));
	assert_int_equal(v.count, 1);
	assert_int_equal(v.items[0], 7);
	u32_vector_release(&v);
}

static void a_released_vector_can_be_used_again(void **state)
{
	struct u32_vector v = {};

	(void)state;
	u32_vector_reserve(&v, SIZE_MAX);
	u32_vector_release(&v);
	assert_non_null(u32_vector_append(&v, 1));
	assert_int_equal(v.count, 1);
	assert_false(v.failed);
	u32_vector_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_stay_as_the_vector_grows),
		cmocka_unit_test(extending_appends_several_items),
		cmocka_unit_test(reserved_room_does_not_move),
		cmocka_unit_test(room_for_no_items_is_not_a_failure),
		cmocka_unit_test(sizes_that_overflow_fail),
		cmocka_unit_test(failure_is_remembered_and_keeps_the_items),
		cmocka_unit_test(a_released_vector_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
