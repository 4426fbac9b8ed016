/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the names of types and enumerators in headers. */
#include "core/c_header_for_test.h"

static void second_type_of_a_name_is_numbered(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 0);
	rebtf_builder_typedef(b, "s", 2);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, NULL, 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "s", 1);
	btf = built(b);
	assert_header(btf, "struct s {};\n\n"
			   "struct s___2 {};\n\n"
			   "typedef struct s s;\n\n"
			   "enum {\n"
			   "\ts___2 = 1,\n"
			   "};\n\n");
}

static void names_that_are_no_identifiers_are_changed_and_stay_apart(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_int(b, "u64", 8, 0, 64);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a::b<u8>", 8);
	rebtf_builder_member(b, "{x}", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "a::b(u8)", 0);
	btf = built(b);
	assert_has(btf, "struct a__b_u8_ { __cxx_empty };\n\n"
			"struct a__b_u8____2 {\n"
			"\tunsigned long long __x_;\n"
			"};\n");
}

/* The number of the second struct s is not that of another type. */
static void number_of_a_name_is_free(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 8);
	rebtf_builder_member(b, "x", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s___2", 0);
	btf = built(b);
	assert_has(btf, "struct s___2___2 { __cxx_empty };\n");
}

/* A number behind 255 bytes would be cut off, and all such names would be the same. */
static void long_names_have_numbers(void **state)
{
	struct rebtf_builder *b = header_build();
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	char name[4001] = { 0 }, want[300];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	for (int i = 0; i < 6; i++) {
		name[sizeof(name) - 2] = i < 3 ? 'b' : 'c';
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 0);
	}
	btf = built(b);
	for (int number = 2; number < 6; number++) {
		snprintf(want, sizeof(want), "struct %.242s___%d {", name, number);
		assert_has(btf, want);
	}
}

/* C++ and compilers of C refuse a union foo after "struct foo;". */
static void a_declaration_of_another_kind_has_another_name(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "foo"); /* [2] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "first", 8);
	rebtf_builder_member(b, "p", 3, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "foo", 8);
	rebtf_builder_member(b, "x", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "foo", 8);
	rebtf_builder_member(b, "y", 1, 0, 0);
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "foo");
	btf = built(b);
	assert_unsorted_has(btf, "struct foo;\n\n"
				 "struct first {\n\tstruct foo *p;\n};\n\n"
				 "union foo___2 {\n\tlong unsigned int x;\n};\n\n"
				 "struct foo {\n\tlong unsigned int y;\n};\n\n"
				 "union foo___3;\n\n");
}

static void declared_enums_have_the_type_of_their_definition_in_cxx(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "s", 4, REBTF_UNSIGNED); /* [2] */
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "c", 4, REBTF_UNSIGNED);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "none", 4, REBTF_UNSIGNED);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "s", 4, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "M", (uint64_t)-1);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "c", 1, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "C", 1);
	btf = built(b);
	assert_unsorted_has(
		btf,
		"enum s __cxx_enum(int);\n\n"
		"enum c __cxx_enum(unsigned char);\n\n"
		"enum none __cxx_enum(unsigned int);\n\n"
		"enum s __cxx_enum(int) {\n\tM = -1,\n};\n\n"
		"enum c __cxx_enum(unsigned char) {\n\tC = 1,\n} __attribute__((mode(byte)));\n\n");
}

static void add_enum(struct rebtf_builder *b, const char *enumerator)
{
	rebtf_builder_enum(b, REBTF_KIND_ENUM, NULL, 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, enumerator, 1);
}

static void enumerators_stay_apart(void **state)
{
	static const char *const names[] = { "A",   "A",   "A___2", "true", "true",
					     "x-1", "x_1", "int",   "int_" };
	static const char *const want[] = { "A",	"A___2", "A___2___2", "__c23_name(true)",
					    "true___2", "x_1",	 "x_1___2",   "int_",
					    "int____2" };
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	struct noted noted = {};
	REBTF_OPTIONS(rebtf_header_options, options, .unsorted = true, .note = collect_note,
		      .note_arg = &noted);
	struct buffer text = {};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		add_enum(b, names[i]);
	btf = built(b);
	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_append(&text, "", 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char line[64];

		snprintf(line, sizeof(line), "enum {\n\t%s = 1,\n};\n", want[i]);
		if (!strstr((char *)text.data, line))
			assert_string_equal((char *)text.data, line);
	}
	buffer_release(&text);
	assert_string_equal(
		noted.text,
		"0 [3] [3] A___2\n0 [4] [4] A___2___2\n0 [6] [6] true___2\n"
		"0 [7] [7] x_1\n0 [8] [8] x_1___2\n0 [9] [9] int_\n0 [10] [10] int____2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_are_no_identifiers_are_changed_and_stay_apart),
		cmocka_unit_test(number_of_a_name_is_free),
		cmocka_unit_test(long_names_have_numbers),
		cmocka_unit_test(second_type_of_a_name_is_numbered),
		cmocka_unit_test(a_declaration_of_another_kind_has_another_name),
		cmocka_unit_test(declared_enums_have_the_type_of_their_definition_in_cxx),
		cmocka_unit_test(enumerators_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
