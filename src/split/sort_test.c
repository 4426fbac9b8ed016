/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of sorting: types come in the order of their names, and are otherwise the same. */
#include "split/sort.h"
#include "split/split_for_test.h"

static const char *sort_name(const struct rebtf_btf *btf, uint32_t id)
{
	return rebtf_btf_type_name(btf, rebtf_btf_type(btf, id));
}

/* @b must be @a, except that each id of an own type is the new one. */
static void assert_same_but_ids(const struct rebtf_btf *btf, const struct rebtf_type *a,
				const struct rebtf_type *b, const uint32_t *new_ids)
{
	struct rebtf_field_iter it_a, it_b;
	const uint32_t *old_id, *new_id, *old_name;
	uint32_t start = rebtf_btf_start_id(btf);

	assert_int_equal(b->info, a->info);
	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_IDS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_IDS);
	while ((old_id = rebtf_field_iter_next(&it_a))) {
		new_id = rebtf_field_iter_next(&it_b);
		assert_int_equal(*new_id, *old_id < start ? *old_id : new_ids[*old_id - start]);
	}
	rebtf_field_iter_init(&it_a, a, REBTF_FIELD_STRINGS);
	rebtf_field_iter_init(&it_b, b, REBTF_FIELD_STRINGS);
	while ((old_name = rebtf_field_iter_next(&it_a)))
		assert_int_equal(*rebtf_field_iter_next(&it_b), *old_name);
}

/* Sorts @btf and proves every sentence about the result. */
static struct rebtf_btf *sorted_by_name(const struct rebtf_btf *btf)
{
	_cleanup_free_ uint32_t *new_ids = NULL;
	uint32_t start = rebtf_btf_start_id(btf), end = rebtf_btf_type_count(btf);
	_cleanup_free_ uint32_t *old_ids = calloc(end, sizeof(*old_ids));
	struct rebtf_btf *sorted;

	assert_ok(sort_types(btf, &sorted, &new_ids));
	assert_reopens(sorted);
	assert_true(rebtf_btf_is_sorted(sorted));
	assert_ptr_equal(rebtf_btf_base(sorted), rebtf_btf_base(btf));
	assert_int_equal(rebtf_btf_type_count(sorted), end);
	for (uint32_t id = start; id < end; id++) {
		uint32_t new_id = new_ids[id - start];

		assert_in_range(new_id, start, end - 1);
		assert_int_equal(old_ids[new_id], 0);
		old_ids[new_id] = id;
		assert_same_but_ids(btf, rebtf_btf_type(btf, id), rebtf_btf_type(sorted, new_id),
				    new_ids);
	}
	for (uint32_t id = start + 1; id < end; id++) {
		int order = strcmp(sort_name(sorted, id - 1), sort_name(sorted, id));

		assert_true(order < 0 || (!order && old_ids[id - 1] < old_ids[id]));
	}
	return sorted;
}

static void assert_sorts(const struct rebtf_btf *btf)
{
	_cleanup_unref_ struct rebtf_btf *sorted = sorted_by_name(btf);
	_cleanup_unref_ struct rebtf_btf *again = sorted_by_name(sorted);
	_cleanup_bytes_ struct bytes once = written(sorted, 0), twice = written(again, 0);

	assert_same_bytes(&twice, &once);
}

static void types_without_a_name_come_first(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *sorted = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_int(b, "long", 8, 0, 64);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3);
	add_int(b);
	rebtf_builder_ref(b, REBTF_KIND_CONST, 1);
	btf = built(b);
	assert_false(rebtf_btf_is_sorted(btf));
	sorted = sorted_by_name(btf);
	assert_dump(sorted, "[1] PTR '(anon)' type_id=3\n"
			    "[2] CONST '(anon)' type_id=4\n"
			    "[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			    "[4] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=(none)\n");
}

static void all_kinds_sort(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	assert_sorts(btf);
}

static void base_types_keep_their_ids(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *split = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	/* Names from the base's strings, and of its own. */
	rebtf_builder_typedef(b, "zebra", 1);
	rebtf_builder_typedef(b, "pair", 4);
	rebtf_builder_ref(b, REBTF_KIND_PTR, rebtf_btf_type_count(base));
	rebtf_builder_typedef(b, "ant", 2);
	split = built(b);
	assert_sorts(split);
}

static void no_types_are_sorted(void **state)
{
	_cleanup_unref_ struct rebtf_btf *empty = built(build_over(NULL));

	(void)state;
	assert_true(rebtf_btf_is_sorted(empty));
	assert_sorts(empty);
}

/* strcmp() compares bytes as unsigned. */
static void bytes_above_127_come_last(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	rebtf_builder_typedef(b, "\xff", 1);
	rebtf_builder_typedef(b, "\x80", 1);
	rebtf_builder_typedef(b, "\x7f", 1);
	rebtf_builder_typedef(b, "\x01", 1);
	btf = built(b);
	assert_sorts(btf);
}

/*
 * Groups of all sizes whose names agree in their first bytes, for every length of the common part,
 * and several types of each name.
 */
static void names_that_start_alike_sort(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint64_t random = 7;

	(void)state;
	add_int(b);
	for (uint32_t i = 0; i < 5000; i++) {
		char name[64] = "";
		uint32_t common = random_below(&random, 40), end = common + 6;

		memset(name, 'a' + common % 3, common);
		for (uint32_t at = common; at < end; at++)
			name[at] = random_below(&random, 4) ? "abc"[random_below(&random, 3)] : 0;
		rebtf_builder_typedef(b, *name ? name : "x", 1);
	}
	btf = built(b);
	assert_sorts(btf);
}

/* Names may start inside other names, so equal names can have different offsets. */
static void names_inside_names_sort(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0aaaaaaaaaaaaaaaa\0aaaaaaaaaaaa", NULL, &btf, 1, INFO(FWD, 0), 0, 2,
			   INFO(FWD, 0), 0, 18, INFO(FWD, 0), 0, 5, INFO(FWD, 0), 0, 9,
			   INFO(FWD, 0), 0, 0, INFO(PTR, 0), 1));
	assert_sorts(btf);
}

static void byte_order_and_layout_are_kept(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *sorted = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	rebtf_builder_float(b, "float", 4);
	rebtf_builder_float(b, "double", 8);
	btf = built(b);
	sorted = sorted_by_name(btf);
	assert_int_equal(rebtf_btf_is_big_endian(sorted), !HOST_BIG_ENDIAN);
	assert_true(rebtf_btf_has_layout(sorted));
}

/* In the order of their functions' ids, which is another one after sorting. */
static void places_of_inlined_functions_stay_in_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *sorted = NULL;
	_cleanup_free_ uint32_t *new_ids = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t proto, zebra, ant;

	(void)state;
	proto = rebtf_builder_func_proto(b, 0);
	zebra = rebtf_builder_func(b, "zebra", REBTF_LINKAGE_STATIC, proto);
	ant = rebtf_builder_func(b, "ant", REBTF_LINKAGE_STATIC, proto);
	rebtf_builder_locsec(b, ".text");
	rebtf_builder_locsec_loc(b, zebra, 0, 8);
	rebtf_builder_locsec_loc(b, ant, 0, 16);
	btf = built(b);
	assert_ok(sort_types(btf, &sorted, &new_ids));
	assert_dump(sorted, "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0\n"
			    "[2] LOCSEC '.text' vlen=2\n"
			    "\tname='ant' func_type_id=3 loc_proto_type_id=0 offset=16\n"
			    "\tname='zebra' func_type_id=4 loc_proto_type_id=0 offset=8\n"
			    "[3] FUNC 'ant' type_id=1 linkage=static\n"
			    "[4] FUNC 'zebra' type_id=1 linkage=static\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_without_a_name_come_first),
		cmocka_unit_test(all_kinds_sort),
		cmocka_unit_test(base_types_keep_their_ids),
		cmocka_unit_test(no_types_are_sorted),
		cmocka_unit_test(bytes_above_127_come_last),
		cmocka_unit_test(names_that_start_alike_sort),
		cmocka_unit_test(names_inside_names_sort),
		cmocka_unit_test(byte_order_and_layout_are_kept),
		cmocka_unit_test(places_of_inlined_functions_stay_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
