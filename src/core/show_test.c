/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of types that are shown in C. */
#include "btf/build_for_test.h"

static void assert_shows(const struct rebtf_btf *btf, uint32_t id, bool definition,
			 const char *want)
{
	struct buffer text = {};

	assert_ok(rebtf_btf_show(btf, id, definition, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_string_equal((char *)text.data, want);
	buffer_release(&text);
}

static void structs_have_offsets_and_unnamed_structs_are_inside(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16); /* 2 */
	rebtf_builder_member(b, "next", 3, 0, 0);
	rebtf_builder_member(b, "low", 1, 64, 3);
	rebtf_builder_member(b, "high", 1, 67, 5);
	rebtf_builder_member(b, NULL, 4, 96, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 4); /* 4 */
	rebtf_builder_member(b, "x", 1, 0, 0);
	rebtf_builder_member(b, "bytes", 5, 0, 0);
	rebtf_builder_array(b, 1, 1, 1);
	btf = built(b);
	assert_shows(btf, 2, true,
		     "struct s {\n"
		     "\tstruct s *next; /* 0 */\n"
		     "\tint low: 3; /* 8.0 */\n"
		     "\tint high: 5; /* 8.3 */\n"
		     "\tunion {\n"
		     "\t\tint x; /* 0 */\n"
		     "\t\tint bytes[1]; /* 0 */\n"
		     "\t}; /* 12 */\n"
		     "}");
	assert_shows(btf, 2, false, "struct s");
	assert_shows(btf, 4, false, "union");
	assert_shows(btf, 3, true, "struct s *");
	assert_shows(btf, 0, true, "void");
}

static void enums_have_their_values(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "e", 4, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "A", -1);
	rebtf_builder_enumerator(b, "B", 7);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "wide", 8, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "MAX", UINT64_MAX);
	btf = built(b);
	assert_shows(btf, 1, true, "enum e {\n\tA = -1,\n\tB = 7,\n}");
	assert_shows(btf, 2, true, "enum wide {\n\tMAX = 18446744073709551615,\n}");
	assert_shows(btf, 1, false, "enum e");
}

static void other_types_are_declarations(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	add_int(b);
	rebtf_builder_func_proto(b, 1); /* 2 */
	rebtf_builder_param(b, "count", 1);
	rebtf_builder_param(b, "callback", 3);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 8);
	rebtf_builder_func(b, "run", REBTF_LINKAGE_STATIC, 2); /* 4 */
	rebtf_builder_typedef(b, "callback_t", 3);
	rebtf_builder_var(b, "jiffies", REBTF_LINKAGE_GLOBAL, 1);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "later");
	rebtf_builder_func_proto(b, 0); /* 8 */
	btf = built(b);
	assert_shows(btf, 4, true, "static int run(int count, void (*callback)(void))");
	assert_shows(btf, 5, true, "typedef void (*callback_t)(void)");
	assert_shows(btf, 6, true, "int jiffies");
	assert_shows(btf, 7, true, "union later");
	assert_shows(btf, 1, true, "int");
}

static void control_characters_are_visible(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	add_int(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a\033b", 4);
	rebtf_builder_member(b, "c\nd", 1, 0, 0);
	btf = built(b);
	assert_shows(btf, 2, true, "struct a\\x1bb {\n\tint c\\x0ad; /* 0 */\n}");
}

/* Four members of each unnamed union lead to the next one: the text grows fourfold with each. */
static void a_text_that_would_never_end_is_refused(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct buffer text = {};

	(void)state;
	add_int(b);
	for (uint32_t id = 2; id < 62; id++) {
		rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 4);
		for (int i = 0; i < 4; i++)
			rebtf_builder_member(b, NULL, id == 61 ? 1 : id + 1, 0, 0);
	}
	btf = built(b);
	assert_fails(rebtf_btf_show(btf, 2, true, collect_text, &text), REBTF_ERR_UNSUPPORTED,
		     "too long");
	assert_fails(rebtf_btf_show(btf, 99, true, collect_text, &text), REBTF_ERR_ARGUMENT,
		     "no type");
	buffer_release(&text);
}

static void deeper_structs_are_not_shown(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct buffer text = {};

	(void)state;
	add_int(b);
	for (uint32_t id = 2; id < 1000; id++) {
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 4);
		rebtf_builder_member(b, NULL, id == 999 ? 1 : id + 1, 0, 0);
	}
	btf = built(b);
	assert_ok(rebtf_btf_show(btf, 2, true, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_non_null(strstr((char *)text.data, "struct {...}; /* 0 */"));
	assert_true(text.size < 1000);
	buffer_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structs_have_offsets_and_unnamed_structs_are_inside),
		cmocka_unit_test(enums_have_their_values),
		cmocka_unit_test(other_types_are_declarations),
		cmocka_unit_test(control_characters_are_visible),
		cmocka_unit_test(deeper_structs_are_not_shown),
		cmocka_unit_test(a_text_that_would_never_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
