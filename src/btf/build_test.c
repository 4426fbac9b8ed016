/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the builder: the type that each function adds, shared strings, copies, sticky errors. */
#include "btf/build_for_test.h"

static void every_function_makes_its_type(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] PTR '(anon)' type_id=1\n"
			 "[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=16\n"
			 "[4] STRUCT 'pair' size=8 vlen=2\n"
			 "\t'first' type_id=1 bits_offset=0\n"
			 "\t'second' type_id=1 bits_offset=32\n"
			 "[5] STRUCT 'bits' size=4 vlen=2\n"
			 "\t'low' type_id=1 bits_offset=0 bitfield_size=3\n"
			 "\t'(anon)' type_id=1 bits_offset=3 bitfield_size=5\n"
			 "[6] UNION '(anon)' size=8 vlen=1\n"
			 "\t'whole' type_id=4 bits_offset=0\n"
			 "[7] ENUM 'colour' encoding=UNSIGNED size=4 vlen=2\n"
			 "\t'RED' val=0\n"
			 "\t'BLUE' val=4294967295\n"
			 "[8] ENUM '(anon)' encoding=SIGNED size=4 vlen=1\n"
			 "\t'BELOW' val=-1\n"
			 "[9] FWD 'later' fwd_kind=struct\n"
			 "[10] FWD 'later_union' fwd_kind=union\n"
			 "[11] TYPEDEF 'pair_t' type_id=4\n"
			 "[12] VOLATILE '(anon)' type_id=1\n"
			 "[13] CONST '(anon)' type_id=1\n"
			 "[14] RESTRICT '(anon)' type_id=1\n"
			 "[15] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2\n"
			 "\t'format' type_id=1\n"
			 "\t'(anon)' type_id=0\n"
			 "[16] FUNC 'run' type_id=15 linkage=global\n"
			 "[17] VAR 'counter' type_id=1, linkage=static\n"
			 "[18] DATASEC '.data' size=4 vlen=1\n"
			 "\ttype_id=17 offset=0 size=4 (VAR 'counter')\n"
			 "[19] FLOAT 'double' size=8\n"
			 "[20] DECL_TAG 'note' type_id=4 component_idx=1\n"
			 "[21] DECL_TAG 'whole_note' type_id=4 component_idx=-1\n"
			 "[22] TYPE_TAG 'user' type_id=1\n"
			 "[23] TYPE_TAG 'attribute' type_id=1\n"
			 "[24] ENUM64 'wide' encoding=UNSIGNED size=8 vlen=1\n"
			 "\t'WIDE_MAX' val=18446744073709551615ULL\n"
			 "[25] ENUM64 'wide_signed' encoding=SIGNED size=8 vlen=1\n"
			 "\t'WIDE_MIN' val=-9223372036854775808LL\n");
	assert_false(rebtf_type_kind_flag(rebtf_btf_type(btf, 20)));
	assert_true(rebtf_type_kind_flag(rebtf_btf_type(btf, 21)));
	assert_false(rebtf_type_kind_flag(rebtf_btf_type(btf, 22)));
	assert_true(rebtf_type_kind_flag(rebtf_btf_type(btf, 23)));
}

static void ids_count_up_from_the_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *btf = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	assert_int_equal(rebtf_builder_next_id(b), 2);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_PTR, 1), 2);
	assert_int_equal(rebtf_builder_next_id(b), 3);
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_CONST, 2), 3);
	btf = built(b);
	assert_int_equal(rebtf_btf_start_id(btf), 2);
	assert_dump(btf, "[2] PTR '(anon)' type_id=1\n"
			 "[3] CONST '(anon)' type_id=2\n");
}

static void types_may_refer_to_later_ones(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "list", 8);
	rebtf_builder_member(b, "next", 1, 0, 0);
	btf = built(b);
	assert_dump(btf, "[1] PTR '(anon)' type_id=2\n"
			 "[2] STRUCT 'list' size=8 vlen=1\n"
			 "\t'next' type_id=1 bits_offset=0\n");
}

static void finish_checks_what_was_built(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *btf;

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_FORMAT,
		     "type [1] PTR: invalid type id 2");
}

/* --- strings */

static void each_string_is_there_once(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint32_t size, off;

	(void)state;
	assert_int_equal(rebtf_builder_string(b, ""), 0);
	assert_int_equal(rebtf_builder_string(b, NULL), 0);
	off = rebtf_builder_string(b, "name");
	assert_int_equal(off, 1);
	/* A suffix or a longer string is a different string. */
	assert_int_equal(rebtf_builder_string(b, "ame"), 6);
	assert_int_equal(rebtf_builder_string(b, "names"), 10);
	assert_int_equal(rebtf_builder_string(b, "name"), off);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "name");
	btf = built(b);
	size = rebtf_btf_string_end(btf);
	assert_int_equal(size, 16);
	assert_string_equal(rebtf_btf_string(btf, off), "name");
}

static void many_strings_are_found_again(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t offs[3000];
	char name[16];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3000; i++) {
			uint32_t off;

			snprintf(name, sizeof(name), "name%d", i);
			off = rebtf_builder_string(b, name);
			assert_int_not_equal(off, 0);
			if (round)
				assert_int_equal(off, offs[i]);
			offs[i] = off;
		}
	}
	rebtf_builder_free(b);
}

static void strings_of_all_bases_are_shared(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *middle = NULL, *btf = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "middle");
	middle = built(b);
	b = build_over(middle);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "int");
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "middle");
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "own");
	btf = built(b);
	assert_int_equal(rebtf_btf_string_end(btf) - rebtf_btf_start_string(btf), sizeof("own"));
	assert_dump(btf, "[3] FWD 'int' fwd_kind=struct\n"
			 "[4] FWD 'middle' fwd_kind=struct\n"
			 "[5] FWD 'own' fwd_kind=struct\n");
}

/* Offset 0 means "no name" even if the base has no strings at all. */
static void strings_over_a_base_without_strings_have_names(void **state)
{
	_cleanup_bytes_ struct bytes empty = raw_bytes(NULL, 0, NULL, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *btf = NULL;
	struct rebtf_builder *b;

	(void)state;
	assert_ok(open_bytes(&empty, NULL, &base));
	b = build_over(base);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "first");
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "first");
	rebtf_builder_fwd(b, REBTF_KIND_UNION, NULL);
	btf = built(b);
	assert_dump(btf, "[1] FWD 'first' fwd_kind=struct\n"
			 "[2] FWD 'first' fwd_kind=union\n"
			 "[3] FWD '(anon)' fwd_kind=union\n");
}

/* --- bit-fields */

static struct rebtf_builder *build_struct_of(uint32_t *i)
{
	struct rebtf_builder *b = build_over(NULL);

	*i = rebtf_builder_int(b, "int", 4, 0, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 64);
	return b;
}

static void late_bitfield_changes_members_before_and_after(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b;
	uint32_t i;

	(void)state;
	b = build_struct_of(&i);
	rebtf_builder_member(b, "plain", i, 0, 0);
	rebtf_builder_member(b, "late", i, 32, 7);
	rebtf_builder_member(b, "next", i, 39, 255);
	rebtf_builder_member(b, "after", i, 0xffffff, 0);
	btf = built(b);
	assert_true(rebtf_type_kind_flag(rebtf_btf_type(btf, 2)));
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
			 "[2] STRUCT 's' size=64 vlen=4\n"
			 "\t'plain' type_id=1 bits_offset=0\n"
			 "\t'late' type_id=1 bits_offset=32 bitfield_size=7\n"
			 "\t'next' type_id=1 bits_offset=39 bitfield_size=255\n"
			 "\t'after' type_id=1 bits_offset=16777215\n");
}

static void members_too_far_for_bitfields_are_refused(void **state)
{
	struct rebtf_btf *btf;
	struct rebtf_builder *b;
	uint32_t i;

	(void)state;
	b = build_struct_of(&i);
	assert_true(rebtf_builder_member(b, "far", i, 0x1000000, 0));
	assert_false(rebtf_builder_member(b, "late", i, 0, 7));
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_FORMAT,
		     "member 0 starts at bit 16777216");
	b = build_struct_of(&i);
	assert_true(rebtf_builder_member(b, "bits", i, 0, 7));
	assert_false(rebtf_builder_member(b, "far", i, 0x1000000, 0));
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_FORMAT,
		     "member 1 starts at bit 16777216");
	b = build_struct_of(&i);
	assert_false(rebtf_builder_member(b, "wide", i, 0, 256));
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_ARGUMENT,
		     "invalid bit-field size 256");
}

/* --- errors */

static void the_first_error_sticks(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *btf;

	(void)state;
	assert_int_equal(rebtf_builder_ref(b, REBTF_KIND_STRUCT, 0), 0);
	assert_int_equal(rebtf_builder_int(b, "int", 4, 0, 32), 0);
	assert_int_equal(rebtf_builder_int(b, "int", 4, 99, 32), 0);
	assert_int_equal(rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 0), 0);
	assert_false(rebtf_builder_member(b, "m", 1, 0, 0));
	assert_int_equal(rebtf_builder_string(b, "string"), 0);
	assert_int_equal(rebtf_builder_next_id(b), 1);
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_ARGUMENT,
		     "rebtf_builder_ref() does not support kind STRUCT");
}

/* Runs @call on a new builder and asserts that finishing fails with @part in the error. */
#define assert_misuse(call, part)                                                                  \
	do {                                                                                       \
		struct rebtf_builder *b = build_over(NULL);                                        \
		struct rebtf_btf *btf;                                                             \
		rebtf_builder_int(b, "int", 4, 0, 32);                                             \
		assert_int_equal(call, 0);                                                         \
		assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_ARGUMENT, part);             \
	} while (0)

static void wrong_arguments_are_refused(void **state)
{
	(void)state;
	assert_misuse(rebtf_builder_int(b, "x", 4, 16, 32),
		      "invalid INT (encoding 16, maximum 15; 32 bits, maximum 255)");
	assert_misuse(rebtf_builder_int(b, "x", 4, 0, 256),
		      "invalid INT (encoding 0, maximum 15; 256 bits, maximum 255)");
	assert_misuse(rebtf_builder_ref(b, REBTF_KIND_TYPEDEF, 1), "TYPEDEF");
	assert_misuse(rebtf_builder_ref(b, 1000, 1), "UNKNOWN");
	assert_misuse(rebtf_builder_struct(b, REBTF_KIND_ENUM, "x", 4), "rebtf_builder_struct");
	assert_misuse(rebtf_builder_fwd(b, REBTF_KIND_ENUM, "x"), "rebtf_builder_fwd");
	assert_misuse(rebtf_builder_enum(b, REBTF_KIND_STRUCT, "x", 4, REBTF_UNSIGNED),
		      "rebtf_builder_enum");
	assert_misuse(rebtf_builder_func(b, "x", (enum rebtf_linkage)3, 1), "unknown linkage 3");
	assert_misuse(rebtf_builder_func(b, "x", (enum rebtf_linkage)(1u << 24), 1),
		      "unknown linkage 16777216");
	assert_misuse(rebtf_builder_var(b, "x", (enum rebtf_linkage)3, 1), "unknown linkage 3");
	assert_misuse(rebtf_builder_enum(b, REBTF_KIND_ENUM, "x", 4, (enum rebtf_signedness)5),
		      "unknown signedness 5");
	assert_misuse((rebtf_builder_set_layout(b, (enum rebtf_layout)9), 0), "unknown layout 9");
	assert_misuse((rebtf_builder_set_byte_order(b, (enum rebtf_byte_order)9), 0),
		      "unknown byte order 9");
}

static void elements_must_follow_their_type(void **state)
{
	(void)state;
	assert_misuse(rebtf_builder_member(b, "m", 1, 0, 0), "rebtf_builder_member");
	assert_misuse(rebtf_builder_enumerator(b, "E", 0), "rebtf_builder_enumerator");
	assert_misuse(rebtf_builder_param(b, "p", 1), "rebtf_builder_param");
	assert_misuse(rebtf_builder_secinfo(b, 1, 0, 4), "rebtf_builder_secinfo");
	assert_misuse(rebtf_builder_loc_param_value(b, 1), "rebtf_builder_loc_param_value");
	assert_misuse(rebtf_builder_loc_proto_param(b, 1), "rebtf_builder_loc_proto_param");
	assert_misuse(rebtf_builder_locsec_loc(b, 1, 1, 0), "rebtf_builder_locsec_loc");
}

static void an_element_before_any_type_is_refused(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *btf;

	(void)state;
	assert_false(rebtf_builder_member(b, "m", 1, 0, 0));
	assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_ARGUMENT, "rebtf_builder_member");
}

static void an_unfinished_builder_can_be_freed(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_STRUCT, 0);
	rebtf_builder_free(b);
	rebtf_builder_free(NULL);
}

/* --- copies */

static void copies_of_all_kinds_are_the_same(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = build_all_kinds(), *btf = NULL;
	_cleanup_free_ char *want = dump_text(src);
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	/* Another string comes first, so that all offsets differ. */
	rebtf_builder_string(b, "something else");
	for (uint32_t id = 1; id < rebtf_btf_type_count(src); id++)
		assert_int_equal(rebtf_builder_copy(b, src, id, NULL), id);
	btf = built(b);
	assert_dump(btf, want);
}

static void a_copy_follows_the_map(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL, *btf = NULL;
	struct rebtf_builder *b = build_over(base);
	const uint32_t map[] = { 0, 7, 8, 9 };

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	rebtf_builder_array(b, 2, 1, 5);
	split = built(b);
	b = build_over(NULL);
	for (int i = 0; i < 6; i++)
		rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "x");
	for (uint32_t id = 1; id < 4; id++)
		assert_int_equal(rebtf_builder_copy(b, split, id, map), 6 + id);
	btf = built(b);
	assert_string_equal(rebtf_btf_type_name(btf, rebtf_btf_type(btf, 7)), "int");
	assert_int_equal(rebtf_btf_type(btf, 8)->type, 7);
	assert_int_equal(rebtf_array(rebtf_btf_type(btf, 9))->type, 8);
}

static void elements_can_be_added_to_a_copy(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = build_all_kinds(), *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_copy(b, src, 1, NULL);
	rebtf_builder_copy(b, src, 7, NULL);
	assert_true(rebtf_builder_enumerator(b, "GREEN", 5));
	btf = built(b);
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
			 "[2] ENUM 'colour' encoding=UNSIGNED size=4 vlen=3\n"
			 "\t'RED' val=0\n"
			 "\t'BLUE' val=4294967295\n"
			 "\t'GREEN' val=5\n");
}

static void what_is_not_there_cannot_be_copied(void **state)
{
	_cleanup_unref_ struct rebtf_btf *src = build_int();

	(void)state;
	assert_misuse(rebtf_builder_copy(b, src, 0, NULL), "cannot copy nonexistent type [0]");
	assert_misuse(rebtf_builder_copy(b, src, 2, NULL), "cannot copy nonexistent type [2]");
	assert_misuse(rebtf_builder_copy(b, src, UINT32_MAX, NULL),
		      "cannot copy nonexistent type [4294967295]");
}

/* --- the form of the result */

static void layout_and_byte_order_are_as_asked(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rebtf_builder *b = build_over(NULL);
		_cleanup_unref_ struct rebtf_btf *btf = NULL;

		rebtf_builder_set_byte_order(b, i & 1 ? REBTF_BYTE_ORDER_BIG
						      : REBTF_BYTE_ORDER_LITTLE);
		rebtf_builder_set_layout(b, i & 2 ? REBTF_LAYOUT_WITH : REBTF_LAYOUT_SAME);
		rebtf_builder_int(b, "int", 4, 0, 32);
		btf = built(b);
		assert_int_equal(rebtf_btf_is_big_endian(btf), i & 1);
		assert_int_equal(rebtf_btf_has_layout(btf), !!(i & 2));
		assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n");
	}
}

static void byte_order_is_that_of_the_base_by_default(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	rebtf_builder_int(b, "int", 4, 0, 32);
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	split = built(b);
	assert_int_equal(rebtf_btf_is_big_endian(split), !HOST_BIG_ENDIAN);
}

static void nothing_at_all_can_be_built(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = built(build_over(NULL)), *split = NULL;

	(void)state;
	assert_int_equal(rebtf_btf_type_count(btf), 1);
	split = built(build_over(btf));
	assert_int_equal(rebtf_btf_type_count(split), 1);
}

static void a_value_of_an_enum_has_32_bits(void **state)
{
	static const uint64_t good[] = { 0, UINT32_MAX, (uint64_t)INT32_MIN, UINT64_MAX },
			      bad[] = { 1ull << 32, (uint64_t)INT32_MIN - 1, 1ull << 63 };
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_ok(rebtf_builder_new(NULL, &b));
		rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_SIGNED);
		assert_false(rebtf_builder_enumerator(b, "v", bad[i]));
		assert_fails(rebtf_builder_finish(b, &btf), REBTF_ERR_ARGUMENT,
			     "does not fit into 32 bits");
	}
	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_SIGNED);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(rebtf_builder_enumerator(b, "v", good[i]));
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "e64", 8, REBTF_UNSIGNED);
	assert_true(rebtf_builder_enumerator(b, "w", 1ull << 63));
	assert_ok(rebtf_builder_finish(b, &btf));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(rebtf_enums(rebtf_btf_type(btf, 1))[i].val, (uint32_t)good[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_function_makes_its_type),
		cmocka_unit_test(ids_count_up_from_the_base),
		cmocka_unit_test(types_may_refer_to_later_ones),
		cmocka_unit_test(finish_checks_what_was_built),
		cmocka_unit_test(each_string_is_there_once),
		cmocka_unit_test(many_strings_are_found_again),
		cmocka_unit_test(strings_of_all_bases_are_shared),
		cmocka_unit_test(strings_over_a_base_without_strings_have_names),
		cmocka_unit_test(late_bitfield_changes_members_before_and_after),
		cmocka_unit_test(members_too_far_for_bitfields_are_refused),
		cmocka_unit_test(the_first_error_sticks),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(elements_must_follow_their_type),
		cmocka_unit_test(an_element_before_any_type_is_refused),
		cmocka_unit_test(an_unfinished_builder_can_be_freed),
		cmocka_unit_test(copies_of_all_kinds_are_the_same),
		cmocka_unit_test(a_copy_follows_the_map),
		cmocka_unit_test(elements_can_be_added_to_a_copy),
		cmocka_unit_test(what_is_not_there_cannot_be_copied),
		cmocka_unit_test(layout_and_byte_order_are_as_asked),
		cmocka_unit_test(byte_order_is_that_of_the_base_by_default),
		cmocka_unit_test(nothing_at_all_can_be_built),
		cmocka_unit_test(a_value_of_an_enum_has_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
