/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the checks: references to the last id or offset and one past it, over one, two and three
 * levels; types that contain themselves; and split BTF over the wrong base.
 */
#include "btf/build_for_test.h"

/* --- references */

static void the_last_id_is_fine_and_the_next_is_not(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	assert_ok(OPEN_RAW("", NULL, &btf, 0, INFO(PTR, 0), 2, 0, INFO(PTR, 0), 0));
	assert_fails(OPEN_RAW("", NULL, &refused, 0, INFO(PTR, 0), 3, 0, INFO(PTR, 0), 0),
		     REBTF_ERR_FORMAT, "x: type [1] PTR: invalid type id 3");
	assert_fails(OPEN_RAW("", NULL, &refused, 0, INFO(PTR, 0), UINT32_MAX, 0, INFO(PTR, 0), 0),
		     REBTF_ERR_FORMAT, "type id 4294967295");
}

static void the_last_string_is_fine_and_the_next_is_not(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	assert_ok(OPEN_RAW("\0ab", NULL, &btf, 3, INFO(FWD, 0), 0));
	assert_string_equal(rebtf_btf_type_name(btf, rebtf_btf_type(btf, 1)), "");
	assert_fails(OPEN_RAW("\0ab", NULL, &refused, 4, INFO(FWD, 0), 0), REBTF_ERR_FORMAT,
		     "x: type [1] FWD: invalid string offset 4");
	assert_fails(OPEN_RAW("\0ab", NULL, &refused, UINT32_MAX, INFO(FWD, 0), 0),
		     REBTF_ERR_FORMAT, "string offset 4294967295");
}

/*
 * Each kind of field that holds an id, out of range by one. The error names the kind of the type.
 */
static void every_id_is_checked(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
#define assert_bad_id(kind, ...)                                                                   \
	assert_fails(OPEN_RAW("", NULL, &btf, __VA_ARGS__), REBTF_ERR_FORMAT,                      \
		     kind ": invalid type id 2")
	assert_bad_id("PTR", 0, INFO(PTR, 0), 2);
	assert_bad_id("ARRAY", 0, INFO(ARRAY, 0), 0, 2, 0, 1);
	assert_bad_id("ARRAY", 0, INFO(ARRAY, 0), 0, 0, 2, 1);
	assert_bad_id("STRUCT", 0, INFO(STRUCT, 2), 0, 0, 0, 0, 0, 2, 0);
	assert_bad_id("UNION", 0, INFO(UNION, 1), 0, 0, 2, 0);
	assert_bad_id("TYPEDEF", 0, INFO(TYPEDEF, 0), 2);
	assert_bad_id("VOLATILE", 0, INFO(VOLATILE, 0), 2);
	assert_bad_id("CONST", 0, INFO(CONST, 0), 2);
	assert_bad_id("RESTRICT", 0, INFO(RESTRICT, 0), 2);
	assert_bad_id("FUNC", 0, INFO(FUNC, 0), 2);
	assert_bad_id("FUNC_PROTO", 0, INFO(FUNC_PROTO, 0), 2);
	assert_bad_id("FUNC_PROTO", 0, INFO(FUNC_PROTO, 2), 0, 0, 0, 0, 2);
	assert_bad_id("VAR", 0, INFO(VAR, 0), 2, 0);
	assert_bad_id("DATASEC", 0, INFO(DATASEC, 2), 4, 0, 0, 0, 2, 0, 4);
	assert_bad_id("DECL_TAG", 0, INFO(DECL_TAG, 0), 2, 0);
	assert_bad_id("TYPE_TAG", 0, INFO(TYPE_TAG, 0), 2);
#undef assert_bad_id
}

static void every_string_is_checked(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
#define assert_bad_string(kind, ...)                                                               \
	assert_fails(OPEN_RAW("", NULL, &btf, __VA_ARGS__), REBTF_ERR_FORMAT,                      \
		     kind ": invalid string offset 1")
	assert_bad_string("INT", 1, INFO(INT, 0), 4, 32);
	assert_bad_string("STRUCT", 0, INFO(STRUCT, 2), 0, 0, 0, 0, 1, 0, 0);
	assert_bad_string("UNION", 0, INFO(UNION, 1), 0, 1, 0, 0);
	assert_bad_string("ENUM", 0, INFO(ENUM, 2), 4, 0, 0, 1, 0);
	assert_bad_string("FUNC_PROTO", 0, INFO(FUNC_PROTO, 1), 0, 1, 0);
	assert_bad_string("ENUM64", 0, INFO(ENUM64, 2), 8, 0, 0, 0, 1, 0, 0);
	assert_bad_string("FWD", 1, INFO(FWD, 0), 0);
#undef assert_bad_string
}

/* If the third word is not an id, it may have any value. */
static void sizes_are_no_ids(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("", NULL, &btf, 0, INFO(INT, 0), 1000, 0, 0, INFO(STRUCT, 0), 1000, 0,
			   INFO(ENUM, 0), 1000, 0, INFO(FWD, 0), 1000, 0, INFO(FLOAT, 0), 1000, 0,
			   INFO(DATASEC, 0), 1000, 0, INFO(ENUM64, 0), 1000, 0, INFO(ARRAY, 0),
			   1000, 1, 1, 1000));
	assert_int_equal(rebtf_btf_type_count(btf), 9);
}

static void types_cut_short_are_named(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(OPEN_RAW("", NULL, &btf, 0, INFO(PTR, 0), 0, 0), REBTF_ERR_FORMAT, "type [2]");
	assert_fails(OPEN_RAW("", NULL, &btf, 0, INFO(PTR, 0), 0, 0, INFO(INT, 0), 4),
		     REBTF_ERR_FORMAT, "INT");
	assert_fails(OPEN_RAW("", NULL, &btf, 0, INFO(STRUCT, 2), 0, 0, 0, 0, 0, 0),
		     REBTF_ERR_FORMAT, "STRUCT");
}

/* --- cycles */

static void types_that_contain_themselves_are_refused(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
#define assert_cycle(...)                                                                          \
	assert_fails(OPEN_RAW("", NULL, &btf, __VA_ARGS__), REBTF_ERR_FORMAT, "contains itself")
	assert_cycle(0, INFO(TYPEDEF, 0), 1);
	assert_cycle(0, INFO(VOLATILE, 0), 1);
	assert_cycle(0, INFO(CONST, 0), 1);
	assert_cycle(0, INFO(RESTRICT, 0), 1);
	assert_cycle(0, INFO(TYPE_TAG, 0), 1);
	assert_cycle(0, INFO(VAR, 0), 1, 0);
	assert_cycle(0, INFO(ARRAY, 0), 0, 1, 0, 1);
	assert_cycle(0, INFO(STRUCT, 2), 0, 0, 0, 0, 0, 1, 0);
	assert_cycle(0, INFO(UNION, 1), 0, 0, 1, 0);
	assert_cycle(0, INFO(DATASEC, 1), 0, 1, 0, 0);
	/* Through a later type, and through an earlier one. */
	assert_cycle(0, INFO(CONST, 0), 2, 0, INFO(STRUCT, 1), 0, 0, 1, 0);
	assert_cycle(0, INFO(PTR, 0), 0, 0, INFO(STRUCT, 1), 0, 0, 4, 0, 0, INFO(CONST, 0), 2, 0,
		     INFO(ARRAY, 0), 0, 3, 1, 1);
#undef assert_cycle
}

static void types_may_point_to_themselves(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("", NULL, &btf,
			   /* [1] struct with a pointer [2] to itself */
			   0, INFO(STRUCT, 1), 8, 0, 2, 0, 0, INFO(PTR, 0), 1,
			   /* [3] a pointer to itself */
			   0, INFO(PTR, 0), 3,
			   /* [4] a function that takes a pointer to itself */
			   0, INFO(FUNC_PROTO, 1), 0, 0, 5, 0, INFO(PTR, 0), 4,
			   /* [6] a tag on itself; a tag does not contain its target */
			   0, INFO(DECL_TAG, 0), 6, 0));
}

/* A type that can be reached on a million paths must not be walked a million times. */
static void many_ways_to_the_same_type_take_no_time(void **state)
{
	const uint32_t levels = 60, stride = 3 + 2 * 3;
	_cleanup_free_ uint32_t *types = calloc(levels * stride + 3, sizeof(*types));
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	/* Struct i has two members, both of them struct i + 1: 2^60 paths. */
	for (uint32_t i = 0; i < levels; i++) {
		uint32_t *t = types + i * stride;

		t[1] = INFO(STRUCT, 2);
		t[4] = t[7] = i + 2;
	}
	types[levels * stride + 1] = INFO(FWD, 0);
	assert_ok(open_raw(types, (levels * stride + 3) * 4, "", 1, NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), levels + 2);
}

/*
 * A chain of a million by-value references, each to the next type. The last type ends the chain or
 * refers back to its start.
 */
static void long_chains_do_not_take_the_stack(void **state)
{
	const uint32_t count = 1000000;
	_cleanup_free_ uint32_t *types = calloc(count * 3, sizeof(*types));
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	for (uint32_t i = 0; i < count; i++) {
		types[i * 3 + 1] = INFO(CONST, 0);
		types[i * 3 + 2] = i + 2;
	}
	types[count * 3 - 1] = 0;
	assert_ok(open_raw(types, count * 12, "", 1, NULL, &btf));
	types[count * 3 - 1] = 1;
	assert_fails(open_raw(types, count * 12, "", 1, NULL, &refused), REBTF_ERR_FORMAT,
		     "contains itself");
}

/* --- split BTF */

/* Three levels: [1] INT "int"; [2] PTR, and the string "mid"; [3] CONST. */
static void references_reach_over_three_levels(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *middle = NULL, *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	assert_ok(OPEN_RAW("mid", base, &middle, 0, INFO(PTR, 0), 1));
	assert_int_equal(rebtf_btf_start_string(middle), 5);
	assert_int_equal(rebtf_btf_string_end(middle), 9);
	/*
	 * Names from the base, the middle and the top, each at its first offset; types from each
	 * level.
	 */
	assert_ok(OPEN_RAW("own", middle, &btf, 0, INFO(STRUCT, 3), 0, 1, 1, 0, 5, 2, 0, 9, 4, 0, 9,
			   INFO(FWD, 0), 0));
	assert_dump(btf, "[3] STRUCT '(anon)' size=0 vlen=3\n"
			 "\t'int' type_id=1 bits_offset=0\n"
			 "\t'mid' type_id=2 bits_offset=0\n"
			 "\t'own' type_id=4 bits_offset=0\n"
			 "[4] FWD 'own' fwd_kind=struct\n");
	assert_fails(OPEN_RAW("own", middle, &refused, 0, INFO(PTR, 0), 4), REBTF_ERR_WRONG_BASE,
		     "type [3] PTR: invalid type id 4");
	assert_fails(OPEN_RAW("own", middle, &refused, 13, INFO(FWD, 0), 0), REBTF_ERR_WRONG_BASE,
		     "type [3] FWD: invalid string offset 13");
	/* Without the middle level, the same bytes refer past the end. */
	assert_fails(OPEN_RAW("own", base, &refused, 9, INFO(FWD, 0), 0), REBTF_ERR_WRONG_BASE,
		     "string offset 9");
}

static void split_btf_needs_its_base(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(OPEN_RAW("", NULL, &btf, 0, INFO(PTR, 0), 1000), REBTF_ERR_FORMAT,
		     "split BTF without its base");
}

static void own_types_of_a_split_cannot_contain_themselves(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(OPEN_RAW("", base, &btf, 0, INFO(PTR, 0), 1, 0, INFO(CONST, 0), 3),
		     REBTF_ERR_FORMAT, "type [3] CONST: contains itself through type [3]");
}

/*
 * Opens a FUNC_PROTO with @params parameters and types behind it. Word @at of the FUNC_PROTO and
 * its parameters becomes @value. The words behind the parameters are invalid as ids and offsets.
 */
static struct rebtf_error *open_function(uint32_t params, uint32_t at, uint32_t value,
					 struct rebtf_btf **btf)
{
	static const uint32_t behind[] = {
		0,
		INFO(ENUM, 4),
		UINT32_MAX,
		0,
		UINT32_MAX,
		0,
		UINT32_MAX,
		0,
		UINT32_MAX,
		0,
		UINT32_MAX,
		0,
		INFO(FUNC, 1),
		1,
	};
	uint32_t words[64] = { 0, INFO(FUNC_PROTO, params) }, count = 3 + 2 * params;

	words[at] = at == 1 ? words[at] : value;
	memcpy(words + count, behind, sizeof(behind));
	return open_raw(words, count * sizeof(*words) + sizeof(behind), "\0a", 3, NULL, btf);
}

static void each_parameter_of_each_function_is_checked(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
	for (uint32_t params = 0; params < 9; params++) {
		for (uint32_t at = 0; at < 3 + 2 * params; at++) {
			bool is_id = at > 1 && at % 2 == 0;
			uint32_t end = is_id ? 4 : 3;

			assert_ok(open_function(params, at, end - 1, &btf));
			assert_int_equal(rebtf_btf_type_count(btf), 4);
			rebtf_btf_unref(btf);
			for (int large = 0; large < 2 && at != 1; large++)
				assert_fails(open_function(params, at, large ? UINT32_MAX : end,
							   &btf),
					     REBTF_ERR_FORMAT,
					     is_id ? "type [1] FUNC_PROTO: invalid type id"
						   : "FUNC_PROTO: invalid string offset");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_parameter_of_each_function_is_checked),
		cmocka_unit_test(the_last_id_is_fine_and_the_next_is_not),
		cmocka_unit_test(the_last_string_is_fine_and_the_next_is_not),
		cmocka_unit_test(every_id_is_checked),
		cmocka_unit_test(every_string_is_checked),
		cmocka_unit_test(sizes_are_no_ids),
		cmocka_unit_test(types_cut_short_are_named),
		cmocka_unit_test(types_that_contain_themselves_are_refused),
		cmocka_unit_test(types_may_point_to_themselves),
		cmocka_unit_test(many_ways_to_the_same_type_take_no_time),
		cmocka_unit_test(long_chains_do_not_take_the_stack),
		cmocka_unit_test(references_reach_over_three_levels),
		cmocka_unit_test(split_btf_needs_its_base),
		cmocka_unit_test(own_types_of_a_split_cannot_contain_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
