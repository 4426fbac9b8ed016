/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
#include <stdio.h>

#include "graph/dedup_for_test.h"

static void assert_dedup(struct rebtf_builder *b, const char *want)
{
	_cleanup_unref_ struct rebtf_btf *result = deduplicated(built(b));

	assert_dump(result, want);
}

static void equal_types_become_one(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i;

	(void)state;
	for (int copy = 0; copy < 3; copy++) {
		i = add_int(b);
		add_struct(b, "s", "m", add_ptr(b, rebtf_builder_ref(b, REBTF_KIND_CONST, i)));
		rebtf_builder_array(b, i, i, 4);
		rebtf_builder_typedef(b, "t", i);
	}
	assert_dedup(b, "[1] " INT "[2] CONST '(anon)' type_id=1\n[3] PTR '(anon)' type_id=2\n"
			"[4] STRUCT 's' size=8 vlen=1\n\t'm' type_id=3 bits_offset=0\n"
			"[5] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=4\n"
			"[6] TYPEDEF 't' type_id=1\n");
}

static void types_that_refer_to_themselves_become_one(void **state)
{
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	for (int copy = 0; copy < 2; copy++)
		add_struct(b, "list", "next", add_ptr(b, rebtf_builder_next_id(b) + 1));
	assert_dedup(b, "[1] PTR '(anon)' type_id=2\n"
			"[2] STRUCT 'list' size=8 vlen=1\n\t'next' type_id=1 bits_offset=0\n");
}

static void a_difference_reaches_all_users(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), f = rebtf_builder_float(b, "float", 4);

	(void)state;
	add_holder(b, "outer", add_holder(b, "middle", add_struct(b, "inner", "m", i)));
	add_holder(b, "outer", add_holder(b, "middle", add_struct(b, "inner", "m", f)));
	assert_dedup(b, "[1] " INT "[2] FLOAT 'float' size=4\n"
			"[3] STRUCT 'inner' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n"
			"[4] PTR '(anon)' type_id=3\n"
			"[5] STRUCT 'middle' size=8 vlen=1\n\t'p' type_id=4 bits_offset=0\n"
			"[6] PTR '(anon)' type_id=5\n"
			"[7] STRUCT 'outer' size=8 vlen=1\n\t'p' type_id=6 bits_offset=0\n"
			"[8] STRUCT 'inner' size=8 vlen=1\n\t'm' type_id=2 bits_offset=0\n"
			"[9] PTR '(anon)' type_id=8\n"
			"[10] STRUCT 'middle' size=8 vlen=1\n\t'p' type_id=9 bits_offset=0\n"
			"[11] PTR '(anon)' type_id=10\n"
			"[12] STRUCT 'outer' size=8 vlen=1\n\t'p' type_id=11 bits_offset=0\n");
}

static void a_declaration_becomes_its_only_definition(void **state)
{
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"));
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "s");
	add_holder(b, "user", add_struct(b, "s", "m", add_int(b)));
	assert_dedup(b, "[1] PTR '(anon)' type_id=5\n"
			"[2] STRUCT 'user' size=8 vlen=1\n\t'p' type_id=1 bits_offset=0\n"
			"[3] FWD 's' fwd_kind=union\n"
			"[4] " INT "[5] STRUCT 's' size=8 vlen=1\n\t'm' type_id=4 bits_offset=0\n");
}

static void declarations_that_need_one_another_are_resolved(void **state)
{
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	/* In one unit a is defined and b declared, in the other it is the other way round. */
	add_holder(b, "a", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "b"));
	add_holder(b, "b", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "a"));
	add_holder(b, "a", rebtf_builder_next_id(b) + 3);
	add_holder(b, "b", rebtf_builder_next_id(b) - 1);
	assert_dedup(b, "[1] PTR '(anon)' type_id=4\n"
			"[2] STRUCT 'a' size=8 vlen=1\n\t'p' type_id=1 bits_offset=0\n"
			"[3] PTR '(anon)' type_id=2\n"
			"[4] STRUCT 'b' size=8 vlen=1\n\t'p' type_id=3 bits_offset=0\n");
}

/* --- several definitions of a name */

/* Returns the number of types of this name and kind. */
static size_t count_named(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	uint32_t *ids;
	size_t count;

	assert_ok(rebtf_btf_find_all(btf, name, kind, REBTF_FIND_BASES_FIRST, &ids, &count));
	free(ids);
	return count;
}

static void a_declaration_without_use_stays_if_two_definitions_exist(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"));
	add_struct(b, "s", "m", add_int(b));
	add_struct(b, "s", "other", 0);
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 1);
	assert_int_equal(count_named(result, "s", REBTF_KIND_STRUCT), 2);
}

static void a_declaration_becomes_the_definition_in_its_place_elsewhere(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_struct(b, "s", "other", 0);
	add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"));
	add_holder(b, "user", add_struct(b, "s", "m", add_int(b)));
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 0);
	assert_int_equal(count_named(result, "s", REBTF_KIND_STRUCT), 2);
	assert_int_equal(count_named(result, "user", REBTF_KIND_STRUCT), 1);
}

static void a_declaration_stays_if_two_definitions_fit_equally_well(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_holder(b, "user", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"));
	add_holder(b, "user", add_struct(b, "s", "m", add_int(b)));
	add_holder(b, "user", add_struct(b, "s", "other", 0));
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 1);
	assert_int_equal(count_named(result, "user", REBTF_KIND_STRUCT), 3);
}

static void a_declaration_becomes_the_definition_that_fits_in_more_types(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t declared = rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"), s;

	(void)state;
	add_holder(b, "user", declared);
	add_holder(b, "other", declared);
	add_holder(b, "user", add_struct(b, "s", "less", 0));
	s = add_struct(b, "s", "more", 0);
	add_holder(b, "user", s);
	add_holder(b, "other", s);
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 0);
	assert_int_equal(count_named(result, "user", REBTF_KIND_STRUCT), 2);
	assert_int_equal(count_named(result, "other", REBTF_KIND_STRUCT), 1);
}

static void a_definition_of_size_0_fits_worse_than_any_other(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t declared = rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"), opaque;

	(void)state;
	add_holder(b, "user", declared);
	add_holder(b, "other", declared);
	opaque = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 0);
	add_holder(b, "user", opaque);
	add_holder(b, "other", opaque);
	add_holder(b, "user", add_struct(b, "s", "m", add_int(b)));
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 0);
	assert_int_equal(count_named(result, "user", REBTF_KIND_STRUCT), 2);
	assert_int_equal(count_named(result, "other", REBTF_KIND_STRUCT), 2);
}

/* A binding for another language has a small struct s in place of one that it does not know. */
static void the_larger_of_two_definitions_that_fit_in_as_many_types_is_chosen(void **state)
{
	(void)state;
	for (int at = 0; at < 2; at++) {
		_cleanup_unref_ struct rebtf_btf *result = NULL;
		struct rebtf_builder *b = build_over(NULL);

		add_ptr(b, rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s"));
		add_holder(b, "user", 1);
		for (int i = 0; i < 2; i++)
			add_holder(b, "user",
				   rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s",
							i == at ? 16 : 1));
		result = deduplicated(built(b));
		assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 0);
		assert_int_equal(count_named(result, "user", REBTF_KIND_STRUCT), 2);
		/* The first pointer led to the declaration. */
		assert_int_equal(rebtf_type_kind(btf_type(result, 1)), REBTF_KIND_PTR);
		assert_int_equal(btf_type(result, btf_type(result, 1)->type)->size, 16);
	}
}

#define MANY 20

/* Adds user { struct { s0 *, s1 *, ... }; }, where @targets are the structs or their declarations. */
static void add_user_of_many(struct rebtf_builder *b, const uint32_t *targets)
{
	uint32_t pointers[MANY], inner;

	for (uint32_t i = 0; i < MANY; i++)
		pointers[i] = add_ptr(b, targets[i]);
	inner = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8 * MANY);
	for (uint32_t i = 0; i < MANY; i++)
		rebtf_builder_member(b, "p", pointers[i], 64 * i, 0);
	add_struct(b, "user", "inner", inner);
}

/* As in the struct without a name inside mm_struct. */
static void a_definition_fits_in_an_unnamed_type_that_refers_to_many(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t targets[MANY];
	char name[8];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "s%u", i);
			targets[i] = round ? add_struct(b, name, round == 1 ? "m" : "other", 0)
					   : rebtf_builder_fwd(b, REBTF_KIND_STRUCT, name);
		}
		/* Other definitions of the names exist, but not in this place. */
		if (round < 2)
			add_user_of_many(b, targets);
	}
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "user", REBTF_KIND_STRUCT), 1);
	assert_int_equal(count_named(result, "s0", REBTF_KIND_FWD), 0);
	assert_int_equal(count_named(result, "s0", REBTF_KIND_STRUCT), 2);
}

/* Three units: one defines s, one has another s, one only declares it. The first and last agree. */
static void types_over_a_declaration_equal_those_over_the_definition_that_fits(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t t;

	(void)state;
	for (int unit = 0; unit < 3; unit++) {
		uint32_t s = unit == 2 ? rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "s")
				       : add_struct(b, "s", unit ? "other" : "m", 0);

		if (unit == 1)
			continue;
		t = add_holder(b, "t", s);
		add_holder(b, "task", t);
	}
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "s", REBTF_KIND_FWD), 0);
	assert_int_equal(count_named(result, "s", REBTF_KIND_STRUCT), 2);
	assert_int_equal(count_named(result, "task", REBTF_KIND_STRUCT), 1);
}

/*
 * A driver has its own struct s. All types that refer to it exist twice there, but no other unit is
 * affected, whether it defines types or only declares them.
 */
static void a_private_definition_makes_one_more_version(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t ids[5];

	(void)state;
	for (uint32_t unit = 0; unit < 32; unit++) {
		static const char *const names[] = { "s", "t1", "t2", "t3", "t4" };

		for (uint32_t i = 0; i < 5; i++) {
			if (unit >> i & 1)
				ids[i] = rebtf_builder_fwd(b, REBTF_KIND_STRUCT, names[i]);
			else if (i)
				ids[i] = add_holder(b, names[i], ids[i - 1]);
			else
				ids[i] = add_struct(b, "s", "common", 0);
		}
		add_holder(b, "extra", ids[0]);
	}
	ids[0] = add_struct(b, "s", "private", 0);
	add_holder(b, "t4", add_holder(b, "t3", add_holder(b, "t2", add_holder(b, "t1", ids[0]))));
	result = deduplicated(built(b));
	assert_int_equal(count_named(result, "t1", REBTF_KIND_STRUCT), 2);
	assert_int_equal(count_named(result, "t4", REBTF_KIND_STRUCT), 2);
	assert_int_equal(count_named(result, "t4", REBTF_KIND_FWD), 0);
	assert_int_equal(count_named(result, "extra", REBTF_KIND_STRUCT), 1);
}

/* --- enumerations */

static void a_declared_enumeration_becomes_its_definition(void **state)
{
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_holder(b, "user", rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_UNSIGNED));
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "e", 8, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "A", 1);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, NULL, 4, REBTF_UNSIGNED);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, NULL, 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "B", 1);
	assert_dedup(b, "[1] PTR '(anon)' type_id=3\n"
			"[2] STRUCT 'user' size=8 vlen=1\n\t'p' type_id=1 bits_offset=0\n"
			"[3] ENUM64 'e' encoding=UNSIGNED size=8 vlen=1\n\t'A' val=1ULL\n"
			"[4] ENUM '(anon)' encoding=UNSIGNED size=4 vlen=0\n"
			"[5] ENUM '(anon)' encoding=UNSIGNED size=4 vlen=1\n\t'B' val=1\n");
}

/* --- over a base */

/* The base: int, list { next }, user { FWD *, list * }, FWD. */
static struct rebtf_btf *build_base(void)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t list, fwd;

	add_int(b);
	list = add_struct(b, "list", "next", add_ptr(b, rebtf_builder_next_id(b) + 1));
	fwd = rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "hidden");
	add_holder(b, "hider", fwd);
	rebtf_builder_func(b, "function", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 1));
	add_ptr(b, rebtf_builder_ref(b, REBTF_KIND_CONST, list));
	return built(b);
}

static void types_of_the_base_are_found_at_any_depth(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base(), *btf = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(base);
	_cleanup_free_ uint32_t *map = NULL;
	uint32_t i = add_int(b), list;

	(void)state;
	list = add_struct(b, "list", "next", add_ptr(b, rebtf_builder_next_id(b) + 1));
	add_ptr(b, rebtf_builder_ref(b, REBTF_KIND_CONST, list));
	rebtf_builder_func(b, "function", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, i));
	add_holder(b, "own", list);
	btf = built(b);
	assert_ok(dedup_types(btf, &result, &map));
	assert_dump(result, "[11] STRUCT 'own' size=8 vlen=1\n\t'p' type_id=2 bits_offset=0\n");
	assert_int_equal(map[0], 1);
	assert_int_equal(map[2], 3);
	assert_int_equal(map[8], 11);
	assert_int_equal(rebtf_btf_string_end(result) - rebtf_btf_start_string(result), 4);
}

static void a_declaration_in_the_base_does_not_become_a_definition(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base(), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	add_holder(b, "hider", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "hidden"));
	add_holder(b, "hider", add_struct(b, "hidden", "m", 0));
	result = deduplicated(built(b));
	assert_dump(result, "[11] STRUCT 'hidden' size=8 vlen=1\n\t'm' type_id=0 bits_offset=0\n"
			    "[12] PTR '(anon)' type_id=11\n"
			    "[13] STRUCT 'hider' size=8 vlen=1\n\t'p' type_id=12 bits_offset=0\n");
}

/* A module defines a struct that its kernel declares. Other types of the kernel are not repeated. */
static void what_leads_to_a_definition_of_ones_own_is_in_the_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_holder(b, "outer",
		   add_holder(b, "hider", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "x")));
	base = built(b);
	b = build_over(base);
	add_holder(b, "outer", add_holder(b, "hider", add_struct(b, "x", "m", 0)));
	add_holder(b, "own", add_holder(b, "inner", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "x")));
	add_holder(b, "own", add_holder(b, "inner", 6));
	result = deduplicated(built(b));
	assert_dump(result, "[6] STRUCT 'x' size=8 vlen=1\n\t'm' type_id=0 bits_offset=0\n"
			    "[7] PTR '(anon)' type_id=6\n"
			    "[8] STRUCT 'hider' size=8 vlen=1\n\t'p' type_id=7 bits_offset=0\n"
			    "[9] STRUCT 'inner' size=8 vlen=1\n\t'p' type_id=7 bits_offset=0\n"
			    "[10] PTR '(anon)' type_id=9\n"
			    "[11] STRUCT 'own' size=8 vlen=1\n\t'p' type_id=10 bits_offset=0\n");
}

static void a_declaration_becomes_the_definition_of_the_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base(), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	add_holder(b, "own", rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "list"));
	result = deduplicated(built(b));
	assert_dump(result, "[11] STRUCT 'own' size=8 vlen=1\n\t'p' type_id=2 bits_offset=0\n");
}

/* --- others */

static void variables_sections_and_loops_come_to_an_end(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), var;

	(void)state;
	for (int copy = 0; copy < 2; copy++) {
		var = rebtf_builder_var(b, "v", REBTF_LINKAGE_STATIC, i);
		rebtf_builder_datasec(b, ".data", 4);
		rebtf_builder_secinfo(b, var, 0, 4);
	}
	add_ptr(b, rebtf_builder_next_id(b) + 1);
	add_ptr(b, rebtf_builder_next_id(b) - 1);
	add_ptr(b, rebtf_builder_next_id(b) - 1);
	assert_dedup(b, "[1] " INT "[2] VAR 'v' type_id=1, linkage=static\n"
			"[3] DATASEC '.data' size=4 vlen=1\n"
			"\ttype_id=2 offset=0 size=4 (VAR 'v')\n"
			"[4] VAR 'v' type_id=1, linkage=static\n"
			"[5] DATASEC '.data' size=4 vlen=1\n"
			"\ttype_id=4 offset=0 size=4 (VAR 'v')\n"
			"[6] PTR '(anon)' type_id=6\n");
}

/* --- the library's function */

static struct rebtf_dedup *dedup_with_versions(struct rebtf_builder *b)
{
	REBTF_OPTIONS(rebtf_dedup_options, options, .versions = true);
	_cleanup_unref_ struct rebtf_btf *btf = built(b);
	struct rebtf_dedup *dedup;

	assert_ok(rebtf_dedup(btf, &options, &dedup));
	return dedup;
}

static void the_result_has_new_ids_and_counts(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_dedup *dedup;

	(void)state;
	add_ptr(b, add_int(b));
	add_ptr(b, add_int(b));
	add_ptr(b, add_ptr(b, 3));
	dedup = dedup_with_versions(b);
	assert_int_equal(rebtf_dedup_id(dedup, 0), 0);
	assert_int_equal(rebtf_dedup_id(dedup, 3), 1);
	assert_int_equal(rebtf_dedup_id(dedup, 4), 2);
	assert_int_equal(rebtf_dedup_id(dedup, 5), 2);
	assert_int_equal(rebtf_dedup_id(dedup, 6), 3);
	assert_int_equal(rebtf_dedup_id(dedup, 7), 0);
	assert_int_equal(rebtf_dedup_gone(dedup, REBTF_KIND_INT), 1);
	assert_int_equal(rebtf_dedup_gone(dedup, REBTF_KIND_PTR), 2);
	assert_int_equal(rebtf_dedup_gone(dedup, REBTF_ANY_KIND), 3);
	assert_int_equal(rebtf_dedup_count(dedup), 0);
	assert_null(rebtf_dedup_at(dedup, 0));
	rebtf_dedup_free(dedup);
}

static void a_version_leads_to_the_type_that_differs(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), f = rebtf_builder_float(b, "float", 4);
	const struct rebtf_version *v;
	struct rebtf_dedup *dedup;

	(void)state;
	add_holder(b, "outer", add_holder(b, "middle", add_struct(b, "inner", "m", i)));
	add_holder(b, "outer", add_holder(b, "middle", add_struct(b, "inner", "m", f)));
	dedup = dedup_with_versions(b);
	assert_int_equal(rebtf_dedup_count(dedup), 3);
	assert_none_beyond(dedup, dedup);
	v = rebtf_dedup_at(dedup, 2);
	assert_int_equal(v->id, 12);
	assert_int_equal(v->first_id, 7);
	assert_int_equal(v->cause, 8);
	assert_int_equal(v->first_cause, 3);
	assert_string_equal(v->member, "m");
	assert_string_equal(v->first_member, "m");
	assert_string_equal(v->type, "float");
	assert_string_equal(v->first_type, "int");
	rebtf_dedup_free(dedup);
}

static void versions_of_other_kinds_are_described(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	const struct rebtf_version *v;
	struct rebtf_dedup *dedup;

	(void)state;
	rebtf_builder_typedef(b, "t", add_int(b));
	rebtf_builder_typedef(b, "t", add_ptr(b, 1));
	for (uint32_t value = 1; value < 3; value++) {
		rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, false);
		rebtf_builder_enumerator(b, "A", value);
	}
	rebtf_builder_struct(b, REBTF_KIND_UNION, "u", 4);
	rebtf_builder_member(b, "a", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "u", 4);
	rebtf_builder_member(b, "a", 1, 0, 0);
	rebtf_builder_member(b, NULL, 1, 0, 0);
	dedup = dedup_with_versions(b);
	assert_int_equal(rebtf_dedup_count(dedup), 3);
	v = rebtf_dedup_at(dedup, 0);
	assert_string_equal(v->first_type, "int");
	assert_string_equal(v->type, "int *");
	assert_null(v->member);
	v = rebtf_dedup_at(dedup, 1);
	assert_string_equal(v->member, "A");
	assert_null(v->type);
	v = rebtf_dedup_at(dedup, 2);
	assert_int_equal(v->cause, v->id);
	assert_null(v->first_member);
	assert_string_equal(v->member, "");
	rebtf_dedup_free(dedup);
}

static void unknown_kinds_are_refused(void **state)
{
	static const uint32_t types[] = { 1, 25u << 24, 4 };
	struct layout_entry layout[26] = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_bytes_ struct bytes bytes = {};
	struct rebtf_dedup *dedup;

	(void)state;
	layout_write(layout, REBTF_KNOWN_KINDS);
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "\0x", 3);
	assert_ok(open_bytes(&bytes, NULL, &btf));
	assert_fails(rebtf_dedup(btf, NULL, &dedup), REBTF_ERR_UNSUPPORTED, "unknown kind");
}

/* Each LOCSEC stays, even next to its copy. */
static void equal_locations_become_one_but_lists_of_places_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t proto = rebtf_builder_func_proto(b, 0);
	uint32_t func = rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, proto);

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint32_t param = add_loc_param(b, 4, REBTF_LOC_REG, 5, NULL), locations;

		locations = rebtf_builder_loc_proto(b);
		rebtf_builder_loc_proto_param(b, param);
		rebtf_builder_loc_proto_param(b, 0);
		rebtf_builder_locsec(b, ".text");
		rebtf_builder_locsec_loc(b, func, locations, 16);
	}
	add_loc_param(b, 8, REBTF_LOC_REG, 5, NULL);
	add_loc_param(b, 4, REBTF_LOC_CONST, 5, NULL);
	result = deduplicated(built(b));
	assert_dump(result, "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0\n"
			    "[2] FUNC 'f' type_id=1 linkage=static\n"
			    "[3] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg5'\n"
			    "[4] LOC_PROTO '(anon)' vlen=2\n"
			    "\ttype_id=3 value='reg5'\n"
			    "\ttype_id=0\n"
			    "[5] LOCSEC '.text' vlen=1\n"
			    "\tname='f' func_type_id=2 loc_proto_type_id=4 offset=16\n"
			    "[6] LOCSEC '.text' vlen=1\n"
			    "\tname='f' func_type_id=2 loc_proto_type_id=4 offset=16\n"
			    "[7] LOC_PARAM '(anon)' size=8 flags=0x8 vlen=1 values='reg5'\n"
			    "[8] LOC_PARAM '(anon)' size=4 flags=0x2 vlen=1 values='0x5'\n");
}

/* The base's own locations are found there. */
static void locations_of_the_base_are_found_there(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_locations(), *result = NULL;
	struct rebtf_builder *b = build_over(base);
	uint32_t param = add_loc_param(b, 4, REBTF_LOC_REG, 1, NULL);

	(void)state;
	rebtf_builder_loc_proto(b);
	rebtf_builder_loc_proto_param(b, param);
	rebtf_builder_locsec(b, "inline.text");
	rebtf_builder_locsec_loc(b, 3, 10, 64);
	result = deduplicated(built(b));
	assert_dump(result, "[12] LOC_PROTO '(anon)' vlen=1\n"
			    "\ttype_id=4 value='reg1'\n"
			    "[13] LOCSEC 'inline.text' vlen=1\n"
			    "\tname='foo' func_type_id=3 loc_proto_type_id=10 offset=64\n");
}

/* A FUNC refers to an INT, and so many types follow that opening does not check it. */
static void split_btf_that_would_not_open_again_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	struct rebtf_builder *b = build_over(base);
	uint32_t x = rebtf_builder_int(b, "x", 4, 0, 32);
	struct rebtf_btf *result;

	(void)state;
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, x);
	for (int i = 0; i < 10; i++)
		rebtf_builder_ref(b, REBTF_KIND_CONST, x);
	split = built(b);
	assert_fails(dedup_types(split, &result, NULL), REBTF_ERR_WRONG_BASE, "type [3] FUNC 'f'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_types_become_one),
		cmocka_unit_test(types_that_refer_to_themselves_become_one),
		cmocka_unit_test(a_difference_reaches_all_users),
		cmocka_unit_test(a_declaration_becomes_its_only_definition),
		cmocka_unit_test(declarations_that_need_one_another_are_resolved),
		cmocka_unit_test(a_declaration_without_use_stays_if_two_definitions_exist),
		cmocka_unit_test(a_declaration_becomes_the_definition_in_its_place_elsewhere),
		cmocka_unit_test(a_declaration_stays_if_two_definitions_fit_equally_well),
		cmocka_unit_test(a_declaration_becomes_the_definition_that_fits_in_more_types),
		cmocka_unit_test(a_definition_of_size_0_fits_worse_than_any_other),
		cmocka_unit_test(the_larger_of_two_definitions_that_fit_in_as_many_types_is_chosen),
		cmocka_unit_test(a_definition_fits_in_an_unnamed_type_that_refers_to_many),
		cmocka_unit_test(
			types_over_a_declaration_equal_those_over_the_definition_that_fits),
		cmocka_unit_test(a_private_definition_makes_one_more_version),
		cmocka_unit_test(a_declared_enumeration_becomes_its_definition),
		cmocka_unit_test(types_of_the_base_are_found_at_any_depth),
		cmocka_unit_test(a_declaration_in_the_base_does_not_become_a_definition),
		cmocka_unit_test(what_leads_to_a_definition_of_ones_own_is_in_the_base),
		cmocka_unit_test(a_declaration_becomes_the_definition_of_the_base),
		cmocka_unit_test(variables_sections_and_loops_come_to_an_end),
		cmocka_unit_test(the_result_has_new_ids_and_counts),
		cmocka_unit_test(a_version_leads_to_the_type_that_differs),
		cmocka_unit_test(versions_of_other_kinds_are_described),
		cmocka_unit_test(unknown_kinds_are_refused),
		cmocka_unit_test(equal_locations_become_one_but_lists_of_places_stay),
		cmocka_unit_test(locations_of_the_base_are_found_there),
		cmocka_unit_test(split_btf_that_would_not_open_again_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
