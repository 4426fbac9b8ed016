/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of minimal BTF: the types that each kind of relocation takes along. Real kernels are
 * compared with bpftool.
 */
#include "core/core_for_test.h"

static struct rebtf_min_core *minimized(const struct rebtf_program *program, struct rebtf_set *set,
					bool split)
{
	REBTF_OPTIONS(rebtf_min_core_options, options, .split = split);
	struct rebtf_min_core *m;

	assert_ok(rebtf_min_core(&program, 1, set, &options, &m));
	return m;
}

/*
 * [1] int, [2] struct inner { int y; int z; }, [3] PTR to inner, [4] struct s { int unused; struct inner
 * in; struct inner *p; int n[2]; }, [5] ARRAY, [6] TYPEDEF ps of [7] PTR to s
 */
static struct rebtf_builder *build_types(void)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), inner, s;

	inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", 8);
	rebtf_builder_member(b, "y", i, 0, 0);
	rebtf_builder_member(b, "z", i, 32, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, inner);
	s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 32);
	rebtf_builder_member(b, "unused", i, 0, 0);
	rebtf_builder_member(b, "in", inner, 32, 0);
	rebtf_builder_member(b, "p", 3, 128, 0);
	rebtf_builder_member(b, "n", 5, 192, 0);
	rebtf_builder_array(b, i, i, 2);
	rebtf_builder_typedef(b, "ps", 7);
	rebtf_builder_ref(b, REBTF_KIND_PTR, s);
	return b;
}

static void assert_minimal(struct test_relo relo, const char *want)
{
	_cleanup_program_ struct rebtf_program *program = test_program(build_types(), &relo, 1);
	_cleanup_set_ struct rebtf_set *set = test_set(build_types());
	struct rebtf_min_core *m = minimized(program, set, false);

	assert_dump(rebtf_min_core_btf(m, 0), want);
	assert_null(rebtf_min_core_btf(m, 1));
	assert_int_equal(rebtf_core_count(rebtf_min_core_missing(m, 0)), 0);
	rebtf_min_core_free(m);
}

#define DUMP_INT "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"

static void fields_take_their_path_along(void **state)
{
	(void)state;
	assert_minimal((struct test_relo){ REBTF_RELO_FIELD_OFFSET, 4, "0:1:1", 8 },
		       DUMP_INT "[2] STRUCT 'inner' size=8 vlen=1\n"
				"\t'z' type_id=1 bits_offset=32\n"
				"[3] STRUCT 's' size=32 vlen=1\n"
				"\t'in' type_id=2 bits_offset=32\n");
	/* A pointer is kept, but not its target. */
	assert_minimal((struct test_relo){ REBTF_RELO_FIELD_OFFSET, 4, "0:2", 16 },
		       "[1] PTR '(anon)' type_id=0\n"
		       "[2] STRUCT 's' size=32 vlen=1\n"
		       "\t'p' type_id=1 bits_offset=128\n");
	assert_minimal((struct test_relo){ REBTF_RELO_FIELD_OFFSET, 4, "0:3:1", 28 },
		       DUMP_INT "[2] STRUCT 's' size=32 vlen=1\n"
				"\t'n' type_id=3 bits_offset=192\n"
				"[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=2\n");
}

static void types_take_pointers_along(void **state)
{
	(void)state;
	assert_minimal((struct test_relo){ REBTF_RELO_TYPE_EXISTS, 6, "0", 1 },
		       "[1] STRUCT 's' size=32 vlen=0\n"
		       "[2] TYPEDEF 'ps' type_id=3\n"
		       "[3] PTR '(anon)' type_id=1\n");
}

static void matching_types_take_all_members_along(void **state)
{
	(void)state;
	assert_minimal((struct test_relo){ REBTF_RELO_TYPE_MATCHES, 2, "0", 1 },
		       DUMP_INT "[2] STRUCT 'inner' size=8 vlen=2\n"
				"\t'y' type_id=1 bits_offset=0\n"
				"\t'z' type_id=1 bits_offset=32\n");
}

static void a_relocation_without_a_match_takes_nothing_along(void **state)
{
	const struct test_relo relo = { REBTF_RELO_FIELD_OFFSET, 4, "0:0", 0 };
	_cleanup_program_ struct rebtf_program *program = test_program(build_types(), &relo, 1);
	_cleanup_set_ struct rebtf_set *set = test_set(build_over(NULL));
	struct rebtf_min_core *m = minimized(program, set, false);
	const struct rebtf_core *missing = rebtf_min_core_missing(m, 0);

	(void)state;
	assert_dump(rebtf_min_core_btf(m, 0), "");
	assert_int_equal(rebtf_core_count(missing), 1);
	assert_string_equal(rebtf_core_at(missing, 0)->reason, "the kernel has no struct s");
	rebtf_min_core_free(m);
}

static void modules_stay_apart_if_asked(void **state)
{
	const struct test_relo relos[] = { { REBTF_RELO_FIELD_OFFSET, 4, "0:1:1", 8 },
					   { REBTF_RELO_TYPE_SIZE, 2, "0", 8 } };
	_cleanup_program_ struct rebtf_program *program = test_program(build_types(), relos, 2);
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_min_core *m;
	uint32_t inner;

	(void)state;
	add_int(b);
	inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", 8);
	rebtf_builder_member(b, "z", 1, 32, 0);
	_cleanup_set_ struct rebtf_set *set = test_set(b);
	b = build_over(test_kernel(set));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16);
	rebtf_builder_member(b, "in", inner, 64, 0);
	test_module(set, "m", b);

	m = minimized(program, set, true);
	assert_dump(rebtf_min_core_btf(m, 0), DUMP_INT "[2] STRUCT 'inner' size=8 vlen=1\n"
						       "\t'z' type_id=1 bits_offset=32\n");
	assert_dump(rebtf_min_core_btf(m, 1), "[3] STRUCT 's' size=16 vlen=1\n"
					      "\t'in' type_id=2 bits_offset=64\n");
	rebtf_min_core_free(m);
	m = minimized(program, set, false);
	assert_int_equal(rebtf_btf_type_count(rebtf_min_core_btf(m, 0)), 4);
	assert_null(rebtf_min_core_btf(m, 1));
	rebtf_min_core_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_take_their_path_along),
		cmocka_unit_test(types_take_pointers_along),
		cmocka_unit_test(matching_types_take_all_members_along),
		cmocka_unit_test(a_relocation_without_a_match_takes_nothing_along),
		cmocka_unit_test(modules_stay_apart_if_asked),
	};

	return cmocka_run_group_tests_name("minimal", tests, NULL, NULL);
}
