/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of relocating: results on new bases of one and several levels, and refused input.
 * match_test.c tests which types may stand for one another.
 */
#include "split/report.h"
#include "split/split_for_test.h"

/* --- the result */

static void all_kinds_are_renumbered(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old_base = build_int(), *split = NULL,
					 *over_distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *new_base = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(old_base);
	uint32_t last;

	(void)state;
	/*
	 * All types of add_all_kinds() except its INT are the split's own and refer to the base's
	 * INT.
	 */
	last = rebtf_builder_array(b, 1, 1, 16);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "pair", 8);
	rebtf_builder_member(b, "int", 1, 0, 3);
	rebtf_builder_member(b, "second", last, 32, 0);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "wide", 8, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "int", -1);
	rebtf_builder_func_proto(b, 1);
	rebtf_builder_param(b, "int", 1);
	rebtf_builder_param(b, NULL, 0);
	rebtf_builder_func(b, "run", REBTF_LINKAGE_GLOBAL, 5);
	rebtf_builder_var(b, "counter", REBTF_LINKAGE_EXTERN, 1);
	rebtf_builder_datasec(b, ".data", 4);
	rebtf_builder_secinfo(b, 7, 0, 4);
	rebtf_builder_secinfo(b, 6, 4, 4);
	rebtf_builder_decl_tag(b, "note", 6, -1);
	rebtf_builder_type_attr(b, "user", 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	split = built(b);

	over_distilled = distilled(split);
	b = build_over(NULL);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "filler");
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "more");
	add_int(b);
	new_base = built(b);
	result = relocated(over_distilled, new_base);
	assert_dump(result, "[4] ARRAY '(anon)' type_id=3 index_type_id=3 nr_elems=16\n"
			    "[5] STRUCT 'pair' size=8 vlen=2\n"
			    "\t'int' type_id=3 bits_offset=0 bitfield_size=3\n"
			    "\t'second' type_id=4 bits_offset=32\n"
			    "[6] ENUM64 'wide' encoding=SIGNED size=8 vlen=1\n"
			    "\t'int' val=-1LL\n"
			    "[7] FUNC_PROTO '(anon)' ret_type_id=3 vlen=2\n"
			    "\t'int' type_id=3\n"
			    "\t'(anon)' type_id=0\n"
			    "[8] FUNC 'run' type_id=7 linkage=global\n"
			    "[9] VAR 'counter' type_id=3, linkage=extern\n"
			    "[10] DATASEC '.data' size=4 vlen=2\n"
			    "\ttype_id=9 offset=0 size=4 (VAR 'counter')\n"
			    "\ttype_id=8 offset=4 size=4 (FUNC 'run')\n"
			    "[11] DECL_TAG 'note' type_id=8 component_idx=-1\n"
			    "[12] TYPE_TAG 'user' type_id=3\n"
			    "[13] PTR '(anon)' type_id=0\n");
	/*
	 * Names that the new base has are used from there. The string section is the split's, byte
	 * for byte.
	 */
	assert_int_equal(rebtf_btf_string_end(result) - rebtf_btf_start_string(result),
			 rebtf_btf_string_end(split) - rebtf_btf_start_string(split));
}

/* The split refers to a string of the distilled base that does not name a type there. */
static void strings_that_name_no_type_come_along(void **state)
{
	static const uint32_t base_types[] = { 1, INFO(INT, 0), 4, 32 };
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *new_base = NULL,
					 *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	/* "int" is at 1, "extra" at 5, "more" at 11; the split's own "own" is at 16. */
	assert_ok(open_raw(base_types, sizeof(base_types), "\0int\0extra\0more", 16, NULL, &base));
	assert_ok(OPEN_RAW("own", base, &split, 5, INFO(FWD, 0), 0, 16, INFO(STRUCT, 3), 4, 1, 1, 0,
			   5, 1, 0, 11, 1, 0));
	rebtf_builder_int(b, "int", 4, 0, 32);
	new_base = built(b);
	result = relocated(split, new_base);
	assert_dump(result, "[2] FWD 'extra' fwd_kind=struct\n"
			    "[3] STRUCT 'own' size=4 vlen=3\n"
			    "\t'int' type_id=1 bits_offset=0\n"
			    "\t'extra' type_id=1 bits_offset=0\n"
			    "\t'more' type_id=1 bits_offset=0\n");
	/* Each once, after the split's own. */
	assert_int_equal(rebtf_btf_string_end(result) - rebtf_btf_start_string(result),
			 sizeof("own\0extra\0more"));
}

/*
 * A compiler may keep "int" as the end of "uint". Split BTF must not refer into the middle of a
 * string.
 */
static void names_inside_names_of_the_new_base_are_copied(void **state)
{
	_cleanup_unref_ struct rebtf_btf *new_base = NULL, *split = NULL, *base = NULL,
					 *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_int(b, "int", 4, 0, 32);
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 4);
	rebtf_builder_member(b, "int", 1, 0, 0);
	split = built(b);
	assert_ok(OPEN_RAW("\0uint", NULL, &new_base, 1, INFO(INT, 0), 8, 64, 2, INFO(INT, 0), 4,
			   32));
	result = relocated(split, new_base);
	assert_dump(result, "[3] STRUCT 'own' size=4 vlen=1\n"
			    "\t'int' type_id=2 bits_offset=0\n");
}

/*
 * Over a base with only a header, offset 0 is both "no name" and the start of the split's own
 * strings.
 */
static void no_name_stays_none_over_an_empty_distilled_base(void **state)
{
	_cleanup_bytes_ struct bytes empty = raw_bytes(NULL, 0, NULL, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *new_base = build_int(),
					 *result = NULL;

	(void)state;
	assert_ok(open_bytes(&empty, NULL, &base));
	assert_ok(open_raw((const uint32_t[]){ 0, INFO(PTR, 0), 0 }, 12, NULL, 0, base, &split));
	result = relocated(split, new_base);
	assert_dump(result, "[2] PTR '(anon)' type_id=0\n");
	rebtf_btf_unref(take_ptr(&result));
	rebtf_btf_unref(take_ptr(&split));
	assert_ok(OPEN_RAW("\0own", base, &split, 0, INFO(PTR, 0), 0, 1, INFO(FWD, 0), 0));
	result = relocated(split, new_base);
	assert_dump(result, "[2] PTR '(anon)' type_id=0\n"
			    "[3] FWD 'own' fwd_kind=struct\n");
}

static void layout_and_byte_order_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old_base = NULL, *split = NULL, *over_distilled = NULL,
					 *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	rebtf_builder_int(b, "int", 4, 0, 32);
	old_base = built(b);
	b = build_over(old_base);
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	split = built(b);
	over_distilled = distilled(split);
	result = relocated(over_distilled, old_base);
	assert_int_equal(rebtf_btf_is_big_endian(over_distilled), !HOST_BIG_ENDIAN);
	assert_int_equal(rebtf_btf_is_big_endian(rebtf_btf_base(over_distilled)), !HOST_BIG_ENDIAN);
	assert_int_equal(rebtf_btf_is_big_endian(result), !HOST_BIG_ENDIAN);
	assert_true(rebtf_btf_has_layout(result));
	assert_dump(result, "[2] PTR '(anon)' type_id=1\n");
}

/* A kernel renumbers the bytes of the file in place, so the header stays. */
static void the_header_keeps_its_size(void **state)
{
	_cleanup_unref_ struct rebtf_btf *old_base = build_int(), *made = NULL;
	struct rebtf_builder *b = build_over(old_base);
	_cleanup_bytes_ struct bytes plain = {};

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	made = built(b);
	plain = written(made, 0);
	for (uint32_t size = HEADER_SIZE; size <= 40; size += 4) {
		_cleanup_bytes_ struct bytes bytes = with_header(&plain, size);
		_cleanup_unref_ struct rebtf_btf *split = NULL, *over_distilled = NULL,
						 *result = NULL;

		assert_ok(open_bytes(&bytes, old_base, &split));
		over_distilled = distilled(split);
		result = relocated(over_distilled, old_base);
		assert_int_equal(header_length(over_distilled), size);
		assert_int_equal(header_length(rebtf_btf_base(over_distilled)), size);
		assert_int_equal(header_length(result), size);
	}
}

static void nothing_can_be_relocated(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = built(build_over(NULL)),
					 *split = built(build_over(base));
	_cleanup_unref_ struct rebtf_btf *new_base = build_int(), *result = NULL;

	(void)state;
	result = relocated(split, new_base);
	assert_int_equal(rebtf_btf_type_count(result), 2);
}

/* --- a chain as the new base */

/* Over STRUCT "t" of 8 bytes: [2] a pointer to it. */
static struct rebtf_btf *build_pointer_to_t(void)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "t", 8);
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	return built(b);
}

/* Two levels with a struct "t" of that size in each; 0: no such struct. [1] and [3] are fillers. */
static struct rebtf_btf *build_levels(uint32_t lower_size, uint32_t upper_size)
{
	_cleanup_unref_ struct rebtf_btf *lower = NULL;
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "lower");
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, lower_size ? "t" : "other", lower_size);
	lower = built(b);
	b = build_over(lower);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "upper");
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, upper_size ? "t" : "other", upper_size);
	return built(b);
}

static void types_are_found_on_each_level(void **state)
{
	static const struct {
		uint32_t lower, upper, target;
	} cases[] = {
		{ 8, 0, 2 }, { 0, 8, 4 }, { 16, 0, 2 }, { 0, 16, 4 }, { 8, 16, 2 }, { 16, 8, 4 },
	};
	_cleanup_unref_ struct rebtf_btf *split = build_pointer_to_t();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_unref_ struct rebtf_btf *levels = build_levels(cases[i].lower,
									cases[i].upper);
		_cleanup_unref_ struct rebtf_btf *result = relocated(split, levels);

		assert_int_equal(rebtf_btf_start_id(result), 5);
		assert_int_equal(rebtf_btf_type(result, 5)->type, cases[i].target);
	}
}

static void same_named_types_on_two_levels_are_candidates(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_pointer_to_t(),
					 *levels = build_levels(8, 8);
	struct rebtf_report *report;
	struct rebtf_btf *result;

	(void)state;
	assert_fails(rebtf_relocate(split, levels, &report, &result), REBTF_ERR_MISMATCH,
		     "type [1] STRUCT 't': 2 types of the new base match");
	assert_int_equal(report->matches[0].verdict, REBTF_VERDICT_AMBIGUOUS);
	assert_int_equal(report->matches[0].candidate_count, 2);
	assert_int_equal(report->matches[0].candidates[0] + report->matches[0].candidates[1],
			 2 + 4);
	rebtf_report_free(report);

	rebtf_btf_unref(levels);
	levels = build_levels(16, 4);
	assert_fails(rebtf_relocate(split, levels, &report, &result), REBTF_ERR_MISMATCH,
		     "size 8, but the new base has");
	assert_int_equal(report->matches[0].verdict, REBTF_VERDICT_SIZE);
	assert_int_equal(report->matches[0].candidate_count, 2);
	rebtf_report_free(report);
}

/* --- reports */

/*
 * Over [1] INT "int" (embedded), [2] STRUCT "gone", [3] STRUCT "grown" (embedded) and [4] FWD
 * "kept".
 */
static struct rebtf_btf *build_split_of_four(void)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_int(b, "int", 4, 0, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "gone", 8);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "grown", 8);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "kept");
	base = built(b);
	b = build_over(base);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "own", 12);
	rebtf_builder_member(b, "grown", 3, 0, 0);
	rebtf_builder_member(b, "i", 1, 64, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 4);
	return built(b);
}

static struct rebtf_btf *build_base_for_four(uint32_t grown)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "kept", 99);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "grown", grown);
	if (grown == 8)
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "gone", 8);
	rebtf_builder_int(b, "int", 4, 0, 32);
	return built(b);
}

static void a_report_has_all_types_good_and_bad(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_split_of_four(),
					 *new_base = build_base_for_four(16);
	static const enum rebtf_verdict verdicts[] = { REBTF_VERDICT_MATCHED, REBTF_VERDICT_MISSING,
						       REBTF_VERDICT_SIZE, REBTF_VERDICT_MATCHED };
	struct rebtf_report *report = NULL;
	struct rebtf_btf *result = NULL;

	(void)state;
	assert_fails(
		rebtf_relocate(split, new_base, &report, &result), REBTF_ERR_MISMATCH,
		"type [2] STRUCT 'gone': the new base has no type of this name; 1 more type does not fit");
	assert_null(result);
	assert_int_equal(rebtf_report_count(report), 4);
	assert_int_equal(rebtf_report_misfits(report), 2);
	assert_ptr_equal(rebtf_report_at(report, 3), &report->matches[3]);
	assert_none_beyond(report, report);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(report->matches[i].id, i + 1);
		assert_int_equal(report->matches[i].verdict, verdicts[i]);
		assert_int_equal(report->matches[i].embedded, i == 0 || i == 2);
	}
	assert_int_equal(report->matches[2].old_size, 8);
	assert_int_equal(report->matches[2].new_size, 16);
	assert_int_equal(report->matches[3].target, 1);
	/* The report holds references to its objects. */
	rebtf_btf_unref(take_ptr(&split));
	rebtf_btf_unref(take_ptr(&new_base));
	assert_string_equal(rebtf_btf_string(report->distilled_base,
					     rebtf_btf_type(report->distilled_base, 2)->name_off),
			    "gone");
	assert_int_equal(rebtf_btf_type(report->new_base, report->matches[2].candidates[0])->size,
			 16);
	rebtf_report_free(report);
	rebtf_report_free(NULL);
}

static void a_report_comes_with_success_too(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_split_of_four(),
					 *new_base = build_base_for_four(8);
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_report *report = NULL;

	(void)state;
	assert_ok(rebtf_relocate(split, new_base, &report, &result));
	assert_int_equal(report->misfits, 0);
	assert_int_equal(report->count, 4);
	rebtf_report_free(report);
	assert_dump(result, "[5] STRUCT 'own' size=12 vlen=2\n"
			    "\t'grown' type_id=2 bits_offset=0\n"
			    "\t'i' type_id=4 bits_offset=64\n"
			    "[6] PTR '(anon)' type_id=3\n"
			    "[7] PTR '(anon)' type_id=1\n");
}

static void to_ask_alone_needs_no_result(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_split_of_four();
	_cleanup_unref_ struct rebtf_btf *fits = build_base_for_four(8),
					 *does_not = build_base_for_four(16);
	struct rebtf_report *report = NULL;

	(void)state;
	assert_ok(rebtf_relocate(split, fits, NULL, NULL));
	assert_ok(rebtf_relocate(split, fits, &report, NULL));
	assert_int_equal(report->misfits, 0);
	rebtf_report_free(report);
	assert_fails(rebtf_relocate(split, does_not, NULL, NULL), REBTF_ERR_MISMATCH, "gone");
}

/* --- refused input */

static void what_is_not_split_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	struct rebtf_report *report = NULL;
	struct rebtf_btf *result;

	(void)state;
	assert_fails(rebtf_relocate(btf, btf, &report, &result), REBTF_ERR_ARGUMENT,
		     "no base (expected split BTF over a distilled base)");
	assert_null(report);
}

static void byte_orders_must_be_the_same(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_pointer_to_t(), *new_base = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *result;

	(void)state;
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "t", 8);
	new_base = built(b);
	assert_fails(rebtf_relocate(split, new_base, NULL, &result), REBTF_ERR_ARGUMENT, "-endian");
}

/* A base that claims to have nearly 4 GiB of strings. */
static void more_strings_than_32_bits_can_count_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_split_of_four(),
					 *new_base = build_base_for_four(8);
	struct rebtf_btf *result;

	(void)state;
	new_base->strings_size = UINT32_MAX - 4;
	assert_fails(rebtf_relocate(split, new_base, NULL, &result), REBTF_ERR_UNSUPPORTED,
		     "too many types or strings together with the base");
}

static void unknown_kinds_are_refused(void **state)
{
	struct layout_entry layout[24] = {};
	static const uint32_t types[] = { 0, INFO(PTR, 0), 1, 0, 23u << 24, 0 };
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	_cleanup_bytes_ struct bytes bytes = { 0 };
	struct rebtf_btf *result, *result_base;

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), NULL, 0);
	assert_ok(open_bytes(&bytes, base, &split));
	assert_fails(rebtf_relocate(split, base, NULL, &result), REBTF_ERR_UNSUPPORTED,
		     "type [3] UNKNOWN: cannot relocate: unknown kind 23");
	assert_fails(rebtf_distill(split, &result_base, &result), REBTF_ERR_UNSUPPORTED,
		     "type [3] UNKNOWN: cannot distill: unknown kind 23");
}

static void unknown_policies_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *split = build_pointer_to_t();
	REBTF_OPTIONS(rebtf_reconcile_options, options, .policy = 9);

	(void)state;
	assert_fails(rebtf_reconcile(split, rebtf_btf_base(split), &options, NULL, NULL),
		     REBTF_ERR_ARGUMENT, "unknown policy 9 (maximum 2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_are_renumbered),
		cmocka_unit_test(strings_that_name_no_type_come_along),
		cmocka_unit_test(names_inside_names_of_the_new_base_are_copied),
		cmocka_unit_test(no_name_stays_none_over_an_empty_distilled_base),
		cmocka_unit_test(layout_and_byte_order_stay),
		cmocka_unit_test(the_header_keeps_its_size),
		cmocka_unit_test(nothing_can_be_relocated),
		cmocka_unit_test(types_are_found_on_each_level),
		cmocka_unit_test(same_named_types_on_two_levels_are_candidates),
		cmocka_unit_test(a_report_has_all_types_good_and_bad),
		cmocka_unit_test(a_report_comes_with_success_too),
		cmocka_unit_test(to_ask_alone_needs_no_result),
		cmocka_unit_test(what_is_not_split_is_refused),
		cmocka_unit_test(byte_orders_must_be_the_same),
		cmocka_unit_test(more_strings_than_32_bits_can_count_are_refused),
		cmocka_unit_test(unknown_kinds_are_refused),
		cmocka_unit_test(unknown_policies_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
