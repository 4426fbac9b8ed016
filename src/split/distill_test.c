/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of distilling: the result for each kind, the order, and the example of the kernel's own
 * documentation. Results are compared as dumped text.
 */
#include "split/split_for_test.h"

/* Distills the split that @b builds, and compares both results. */
static void assert_distills(struct rebtf_builder *b, const char *want_base, const char *want_split)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b), *result = distilled(split);

	assert_dump(rebtf_btf_base(result), want_base);
	assert_dump(result, want_split);
}

/*
 * From Documentation/bpf/btf.rst on .BTF.base: a pointer to struct foo, whose members are in the
 * base.
 */
static struct rebtf_btf *build_documented_base(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "foo", 8);
	rebtf_builder_member(b, "f1", 1, 0, 0);
	rebtf_builder_member(b, "f2", 1, 32, 0);
	return built(b);
}

static struct rebtf_btf *build_documented_new_base(void)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_int(b, "long unsigned int", 8, 0, 64);
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "foo", 8);
	rebtf_builder_member(b, "f1", 2, 0, 0);
	rebtf_builder_member(b, "f2", 2, 32, 0);
	return built(b);
}

/*
 * The documentation also lists INT "int" in the distilled base. Only a member of foo refers to it,
 * so neither libbpf nor rebtf includes it.
 */
static void the_documented_example_distills(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_documented_base(),
					 *new_base = build_documented_new_base();
	_cleanup_unref_ struct rebtf_btf *split = NULL, *over_distilled = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	split = built(b);
	over_distilled = distilled(split);
	assert_dump(rebtf_btf_base(over_distilled), "[1] STRUCT 'foo' size=8 vlen=0\n");
	assert_dump(over_distilled, "[2] PTR '(anon)' type_id=1\n");
	result = relocated(over_distilled, new_base);
	assert_dump(result, "[4] PTR '(anon)' type_id=3\n");
}

/* The same from the distilled base in the documentation, including "int". */
static void the_documented_distilled_base_relocates(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *new_base = build_documented_new_base();
	_cleanup_unref_ struct rebtf_btf *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "foo", 8);
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	split = built(b);
	assert_dump(split, "[3] PTR '(anon)' type_id=2\n");
	result = relocated(split, new_base);
	assert_dump(result, "[4] PTR '(anon)' type_id=3\n");
}

/* --- the fate of each kind */

/*
 * A split that refers to each type of a base of all kinds, except the section and two tags: see
 * add_all_kinds().
 */
static void each_kind_goes_where_it_belongs(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	for (uint32_t id = 1; id < rebtf_btf_type_count(base); id++)
		add_reference(b, base, id);
	assert_distills(b,
			"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			"[2] STRUCT 'pair' size=8 vlen=0\n"
			"[3] STRUCT 'bits' size=4 vlen=0\n"
			"[4] ENUM 'colour' encoding=UNSIGNED size=4 vlen=0\n"
			"[5] FWD 'later' fwd_kind=struct\n"
			"[6] FWD 'later_union' fwd_kind=union\n"
			"[7] FLOAT 'double' size=8\n"
			"[8] ENUM 'wide' encoding=UNSIGNED size=8 vlen=0\n"
			"[9] ENUM 'wide_signed' encoding=UNSIGNED size=8 vlen=0\n",
			/* The split's own references, to [1], to [32] and so on. */
			"[10] PTR '(anon)' type_id=1\n"
			"[11] PTR '(anon)' type_id=32\n"
			"[12] PTR '(anon)' type_id=33\n"
			"[13] PTR '(anon)' type_id=2\n"
			"[14] PTR '(anon)' type_id=3\n"
			"[15] PTR '(anon)' type_id=34\n"
			"[16] PTR '(anon)' type_id=4\n"
			"[17] PTR '(anon)' type_id=35\n"
			"[18] PTR '(anon)' type_id=5\n"
			"[19] PTR '(anon)' type_id=6\n"
			"[20] PTR '(anon)' type_id=36\n"
			"[21] PTR '(anon)' type_id=37\n"
			"[22] PTR '(anon)' type_id=38\n"
			"[23] PTR '(anon)' type_id=39\n"
			"[24] PTR '(anon)' type_id=40\n"
			"[25] DECL_TAG 'tag' type_id=41 component_idx=-1\n"
			"[26] DECL_TAG 'tag' type_id=42 component_idx=-1\n"
			"[27] PTR '(anon)' type_id=7\n"
			"[28] PTR '(anon)' type_id=43\n"
			"[29] PTR '(anon)' type_id=44\n"
			"[30] PTR '(anon)' type_id=8\n"
			"[31] PTR '(anon)' type_id=9\n"
			/* Types that join the split, in the base's order. */
			"[32] PTR '(anon)' type_id=1\n"
			"[33] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=16\n"
			"[34] UNION '(anon)' size=8 vlen=1\n"
			"\t'whole' type_id=2 bits_offset=0\n"
			"[35] ENUM '(anon)' encoding=SIGNED size=4 vlen=1\n"
			"\t'BELOW' val=-1\n"
			"[36] TYPEDEF 'pair_t' type_id=2\n"
			"[37] VOLATILE '(anon)' type_id=1\n"
			"[38] CONST '(anon)' type_id=1\n"
			"[39] RESTRICT '(anon)' type_id=1\n"
			"[40] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n"
			"\t'format' type_id=1\n"
			"\t'(anon)' type_id=0\n"
			"[41] FUNC 'run' type_id=40 linkage=global\n"
			"[42] VAR 'counter' type_id=1, linkage=static\n"
			"[43] TYPE_TAG 'user' type_id=1\n"
			"[44] TYPE_TAG 'attribute' type_id=1\n");
}

static void kind_flags_are_kept_where_they_mean_something(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 5);  /* STRUCT "bits" */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 10); /* FWD "later_union" */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 25); /* ENUM64 "wide_signed" */
	split = built(b);
	result = distilled(split);
	assert_false(rebtf_type_kind_flag(rebtf_btf_type(result, 1)));
	assert_true(rebtf_type_kind_flag(rebtf_btf_type(result, 2)));
	assert_false(rebtf_type_kind_flag(rebtf_btf_type(result, 3)));
}

/* A base with all parts of a chain: struct list_head { struct list_head *next; } and others. */
static struct rebtf_btf *build_base_of_structs(void)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t anonymous;

	rebtf_builder_int(b, "int", 4, 0, 32);			/* [1] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", 4); /* [2] */
	rebtf_builder_member(b, "i", 1, 0, 0);
	anonymous = rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 8); /* [3] */
	rebtf_builder_member(b, "inner", 2, 0, 0);
	rebtf_builder_member(b, "next", 4, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 6);	      /* [4] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 16); /* [5] */
	rebtf_builder_member(b, NULL, anonymous, 0, 0);
	rebtf_builder_member(b, "self", 7, 64, 0);
	rebtf_builder_typedef(b, "anonymous_t", 5);		 /* [6] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 5);		 /* [7] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", 16); /* [8] */
	rebtf_builder_member(b, NULL, 5, 0, 0);
	return built(b);
}

static void members_of_named_structs_are_not_followed(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base_of_structs();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 8);
	assert_distills(b, "[1] STRUCT 'outer' size=16 vlen=0\n", "[2] PTR '(anon)' type_id=1\n");
}

static void anonymous_structs_are_followed_in_full(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base_of_structs();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_CONST, 5);
	assert_distills(b, "[1] STRUCT 'inner' size=4 vlen=0\n",
			"[2] CONST '(anon)' type_id=5\n"
			"[3] UNION '(anon)' size=8 vlen=2\n"
			"\t'inner' type_id=1 bits_offset=0\n"
			"\t'next' type_id=4 bits_offset=0\n"
			"[4] PTR '(anon)' type_id=6\n"
			"[5] STRUCT '(anon)' size=16 vlen=2\n"
			"\t'(anon)' type_id=3 bits_offset=0\n"
			"\t'self' type_id=7 bits_offset=64\n"
			"[6] TYPEDEF 'anonymous_t' type_id=5\n"
			"[7] PTR '(anon)' type_id=5\n");
}

static void own_types_of_the_split_keep_their_order(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base_of_structs();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	/* Reached in the order 8, 1, 2: numbered in the order of the base. */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 24);
	rebtf_builder_member(b, "o", 8, 0, 0);
	rebtf_builder_member(b, "i", 1, 128, 0);
	rebtf_builder_member(b, "own_ptr", 10, 160, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 9);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	assert_distills(b,
			"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
			"[2] STRUCT 'inner' size=4 vlen=0\n"
			"[3] STRUCT 'outer' size=16 vlen=0\n",
			"[4] STRUCT 'own' size=24 vlen=3\n"
			"\t'o' type_id=3 bits_offset=0\n"
			"\t'i' type_id=1 bits_offset=128\n"
			"\t'own_ptr' type_id=5 bits_offset=160\n"
			"[5] PTR '(anon)' type_id=4\n"
			"[6] PTR '(anon)' type_id=2\n");
}

/* A module may put bpf_fastcall and kfunc tags on the kernel's functions. */
static void a_tag_on_a_function_of_the_base_takes_it_along(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_decl_tag(b, "mine", 16, -1);
	assert_distills(b, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n",
			"[2] DECL_TAG 'mine' type_id=4 component_idx=-1\n"
			"[3] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n"
			"\t'format' type_id=1\n"
			"\t'(anon)' type_id=0\n"
			"[4] FUNC 'run' type_id=3 linkage=global\n");
}

/* --- names */

static void same_named_types_share_their_name(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "same", 4);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "same", 8);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "same", 4);
	rebtf_builder_typedef(b, "same", 1);
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "same", 4);
	for (uint32_t id = 1; id < 5; id++)
		rebtf_builder_member(b, "same", id, 0, 0);
	split = built(b);
	result = distilled(split);
	assert_int_equal(rebtf_btf_string_end(rebtf_btf_base(result)), sizeof("\0same"));
	assert_int_equal(rebtf_btf_string_end(result), sizeof("\0same"));
	assert_dump(rebtf_btf_base(result), "[1] STRUCT 'same' size=4 vlen=0\n"
					    "[2] STRUCT 'same' size=8 vlen=0\n"
					    "[3] UNION 'same' size=4 vlen=0\n");
	assert_dump(result, "[4] STRUCT 'same' size=4 vlen=4\n"
			    "\t'same' type_id=1 bits_offset=0\n"
			    "\t'same' type_id=2 bits_offset=0\n"
			    "\t'same' type_id=3 bits_offset=0\n"
			    "\t'same' type_id=5 bits_offset=0\n"
			    "[5] TYPEDEF 'same' type_id=1\n");
}

/* Strings of the base that do not name a distilled type join the split's, each once. */
static void the_split_takes_the_strings_it_needs(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 8);
	rebtf_builder_member(b, "first", 1, 0, 0);
	rebtf_builder_member(b, "first", 11, 0, 0);
	split = built(b);
	assert_int_equal(rebtf_btf_string_end(split) - rebtf_btf_start_string(split),
			 sizeof("own"));
	result = distilled(split);
	assert_int_equal(rebtf_btf_string_end(rebtf_btf_base(result)), sizeof("\0int\0pair"));
	assert_int_equal(rebtf_btf_string_end(result) - rebtf_btf_start_string(result),
			 sizeof("own\0first\0pair_t"));
}

static void many_strings_are_brought(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	char name[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		rebtf_builder_typedef(b, name, 0);
	}
	base = built(b);
	b = build_over(base);
	for (uint32_t id = 2000; id; id--)
		rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	split = built(b);
	result = distilled(split);
	assert_int_equal(rebtf_btf_type_count(rebtf_btf_base(result)), 1);
	for (uint32_t id = 1; id <= 2000; id++) {
		const struct rebtf_type *t = rebtf_btf_type(result, id);

		snprintf(name, sizeof(name), "t%u", 2000 - id);
		assert_string_equal(rebtf_btf_type_name(result, rebtf_btf_type(result, t->type)),
				    name);
	}
}

/* --- other bases, and no base */

static void a_chain_is_a_base_like_any_other(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *middle = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "mid", 4);
	rebtf_builder_member(b, "i", 1, 0, 0);
	rebtf_builder_array(b, 2, 1, 7);
	middle = built(b);
	b = build_over(middle);
	rebtf_builder_typedef(b, "own", 3);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	assert_distills(b,
			"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			"[2] STRUCT 'mid' size=4 vlen=0\n",
			"[3] TYPEDEF 'own' type_id=5\n"
			"[4] PTR '(anon)' type_id=1\n"
			"[5] ARRAY '(anon)' type_id=2 index_type_id=1 nr_elems=7\n");
}

static void nothing_distills_to_nothing(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();

	(void)state;
	assert_distills(build_over(base), "", "");
}

static void a_split_that_needs_nothing_stays_as_it_is(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "own");
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	assert_distills(b, "",
			"[1] FWD 'own' fwd_kind=struct\n"
			"[2] PTR '(anon)' type_id=0\n");
}

/*
 * Over a base with only a header, offset 0 is both "no name" and the start of the split's own
 * strings.
 */
static void no_name_stays_none_over_an_empty_base(void **state)
{
	_cleanup_bytes_ struct bytes empty = raw_bytes(NULL, 0, NULL, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;

	(void)state;
	assert_ok(open_bytes(&empty, NULL, &base));
	assert_ok(OPEN_RAW("\0own", base, &split, 0, INFO(PTR, 0), 0, 1, INFO(FWD, 0), 0));
	result = distilled(split);
	assert_dump(result, "[1] PTR '(anon)' type_id=0\n"
			    "[2] FWD 'own' fwd_kind=struct\n");
}

static void what_is_not_split_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	struct rebtf_btf *base, *split;

	(void)state;
	assert_fails(rebtf_distill(btf, &base, &split), REBTF_ERR_ARGUMENT,
		     "no base (expected split BTF)");
}

static void an_unknown_kind_of_the_base_is_refused_if_needed(void **state)
{
	static const uint32_t types[] = { 1, INFO(INT, 0), 4, 32, 1, 23u << 24, 0 };
	_cleanup_unref_ struct rebtf_btf *base = NULL, *needs = NULL, *does_not = NULL,
					 *result = NULL;
	struct layout_entry layout[24] = {};
	_cleanup_bytes_ struct bytes bytes = { 0 };
	struct rebtf_btf *refused, *refused_base;

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "\0int", 5);
	assert_ok(open_bytes(&bytes, NULL, &base));
	assert_ok(OPEN_RAW("", base, &needs, 0, INFO(PTR, 0), 2));
	assert_ok(OPEN_RAW("", base, &does_not, 0, INFO(PTR, 0), 1));
	assert_fails(
		rebtf_distill(needs, &refused_base, &refused), REBTF_ERR_UNSUPPORTED,
		"type [2] UNKNOWN 'int': cannot distill: the split refers to this base type of unknown kind 23");
	result = distilled(does_not);
	assert_dump(result, "[2] PTR '(anon)' type_id=1\n");
}

/*
 * Types that join the split are checked when it is opened. An invalid prototype would be refused
 * there.
 */
static void a_function_without_prototype_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;
	struct rebtf_btf *refused, *refused_base;

	(void)state;
	assert_ok(OPEN_RAW("\0f", NULL, &base, 1, INFO(INT, 0), 4, 32, 1, INFO(FUNC, 0), 1));
	assert_ok(OPEN_RAW("", base, &split, 1, INFO(DECL_TAG, 0), 2, UINT32_MAX));
	assert_fails(rebtf_distill(split, &refused_base, &refused), REBTF_ERR_FORMAT,
		     "type [2] FUNC 'f'");
}

/* --- counting */

static void references_are_counted_once_and_directly(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base_of_structs(), *split = NULL;
	struct rebtf_builder *b = build_over(base);
	size_t count = 99;

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 24);
	rebtf_builder_member(b, "o", 8, 0, 0);
	rebtf_builder_member(b, "p", 8, 0, 0);
	rebtf_builder_member(b, "i", 1, 128, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 9);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	split = built(b);
	assert_ok(rebtf_btf_count_base_refs(split, &count));
	assert_int_equal(count, 2);
	assert_ok(rebtf_btf_count_base_refs(base, &count));
	assert_int_equal(count, 0);
}

/* As in the kernel's selftest: the base's locations join the split, behind its own types. */
static void locations_join_the_split(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), proto = rebtf_builder_func_proto(b, i), func, param, locations;

	(void)state;
	rebtf_builder_param(b, "p1", i);
	func = rebtf_builder_func(b, "foo", REBTF_LINKAGE_STATIC, proto);
	param = add_loc_param(b, 4, REBTF_LOC_CONST | REBTF_LOC_SIGNED, UINT32_MAX, NULL);
	base = built(b);
	b = build_over(base);
	locations = rebtf_builder_loc_proto(b);
	rebtf_builder_loc_proto_param(b, param);
	rebtf_builder_locsec(b, ".locs");
	rebtf_builder_locsec_loc(b, func, locations, 256);
	split = built(b);
	result = distilled(split);
	assert_dump(rebtf_btf_base(result),
		    "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
	assert_dump(result, "[2] LOC_PROTO '(anon)' vlen=1\n"
			    "\ttype_id=6 value='-0x1'\n"
			    "[3] LOCSEC '.locs' vlen=1\n"
			    "\tname='foo' func_type_id=5 loc_proto_type_id=2 offset=256\n"
			    "[4] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n"
			    "\t'p1' type_id=1\n"
			    "[5] FUNC 'foo' type_id=4 linkage=static\n"
			    "[6] LOC_PARAM '(anon)' size=4 flags=0x3 vlen=1 values='-0x1'\n");
}

/* The base refers to an empty string at the end of its strings, as well as it can to the first one. */
static void a_name_can_be_any_empty_string(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b;

	(void)state;
	assert_ok(OPEN_RAW("\0int\0", NULL, &base, 1, REBTF_KIND_INT << 24, 4, 32, 0,
			   REBTF_KIND_FUNC_PROTO << 24 | 1, 1, 5, 1));
	b = build_over(base);
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, 2);
	split = built(b);
	result = distilled(split);
	assert_dump(result, "[2] FUNC 'f' type_id=3 linkage=static\n"
			    "[3] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1\n"
			    "\t'' type_id=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_example_distills),
		cmocka_unit_test(the_documented_distilled_base_relocates),
		cmocka_unit_test(each_kind_goes_where_it_belongs),
		cmocka_unit_test(kind_flags_are_kept_where_they_mean_something),
		cmocka_unit_test(members_of_named_structs_are_not_followed),
		cmocka_unit_test(anonymous_structs_are_followed_in_full),
		cmocka_unit_test(own_types_of_the_split_keep_their_order),
		cmocka_unit_test(a_tag_on_a_function_of_the_base_takes_it_along),
		cmocka_unit_test(same_named_types_share_their_name),
		cmocka_unit_test(the_split_takes_the_strings_it_needs),
		cmocka_unit_test(many_strings_are_brought),
		cmocka_unit_test(a_chain_is_a_base_like_any_other),
		cmocka_unit_test(nothing_distills_to_nothing),
		cmocka_unit_test(a_split_that_needs_nothing_stays_as_it_is),
		cmocka_unit_test(no_name_stays_none_over_an_empty_base),
		cmocka_unit_test(what_is_not_split_is_refused),
		cmocka_unit_test(an_unknown_kind_of_the_base_is_refused_if_needed),
		cmocka_unit_test(a_function_without_prototype_is_refused),
		cmocka_unit_test(references_are_counted_once_and_directly),
		cmocka_unit_test(locations_join_the_split),
		cmocka_unit_test(a_name_can_be_any_empty_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
