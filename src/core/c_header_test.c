/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of headers. tests/peers/header compares whole kernels with bpftool's. These tests cover
 * types that no kernel has: types that C cannot express, and text of any length.
 */
#include "core/c_header_for_test.h"
#include "core/core_for_test.h"

/* Asserts that bpftool's header is refused, and that of the default one the types @notes are left out. */
static void assert_no_header(const struct rebtf_btf *btf, const char *why, const char *notes)
{
	struct noted noted = {};
	REBTF_OPTIONS(rebtf_header_options, like, .like_bpftool = true);
	REBTF_OPTIONS(rebtf_header_options, options, .note = collect_note, .note_arg = &noted);
	struct buffer text = {};

	assert_fails(rebtf_header(btf, &like, collect_text, &text), REBTF_ERR_UNSUPPORTED, why);
	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_release(&text);
	assert_string_equal(noted.text, notes);
}

/* As the kernel's btf_dump_test_case_ordering.c. */
static void struct_is_declared_before_a_pointer_to_it(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", 16); /* [2] */
	rebtf_builder_member(b, "later", 3, 0, 0);
	rebtf_builder_member(b, "inner", 5, 64, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 4);		/* [3] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "later", 8); /* [4] */
	rebtf_builder_member(b, "outer", 6, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", 8); /* [5] */
	rebtf_builder_member(b, "self", 7, 0, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2); /* [6] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 5); /* [7] */
	btf = built(b);
	assert_header(btf, "struct inner {\n"
			   "\tstruct inner *self;\n"
			   "};\n\n"
			   "struct later;\n\n"
			   "struct outer {\n"
			   "\tstruct later *later;\n"
			   "\tstruct inner inner;\n"
			   "};\n\n"
			   "struct later {\n"
			   "\tstruct outer *outer;\n"
			   "};\n\n");
}

/* Otherwise, the struct would be one of the parameter list only. */
static void struct_is_declared_once_before_what_its_members_point_to(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16); /* [2] */
	rebtf_builder_member(b, "get", 4, 0, 0);
	rebtf_builder_member(b, "next", 8, 64, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2); /* [3] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 5); /* [4] */
	rebtf_builder_typedef(b, "getter", 6);	 /* [5] */
	rebtf_builder_func_proto(b, 7);		 /* [6] */
	rebtf_builder_param(b, NULL, 3);
	add_int(b);				 /* [7] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 9); /* [8] */
	rebtf_builder_typedef(b, "s_t", 2);	 /* [9] */
	btf = built(b);
	assert_header(btf, "struct s;\n\n"
			   "typedef int getter(struct s *);\n\n"
			   "typedef struct s s_t;\n\n"
			   "struct s {\n"
			   "\tgetter *get;\n"
			   "\ts_t *next;\n"
			   "};\n\n");
}

static void chain_of_declarators_of_any_length_is_written(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	REBTF_OPTIONS(rebtf_header_options, options, .like_bpftool = true, .unsorted = true);
	_cleanup_free_ char *types = NULL;
	uint32_t id = 1;

	(void)state;
	for (int i = 0; i < 100000; i++)
		id = rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	rebtf_builder_typedef(b, "deep", id);
	btf = built(b);
	types = header_types(btf, &options);
	assert_int_equal(strspn(strchr(types, '*'), "*"), 100000);
	assert_string_equal(strrchr(types, '*'), "*deep;\n\n");
}

static void nested_unnamed_structs_of_any_depth_are_written(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	REBTF_OPTIONS(rebtf_header_options, options, .like_bpftool = true, .unsorted = true);
	_cleanup_free_ char *types = NULL;
	uint32_t id = 1;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		uint32_t inner = id;

		id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8);
		rebtf_builder_member(b, "x", inner, 0, 0);
	}
	rebtf_builder_typedef(b, "deep", id);
	btf = built(b);
	types = header_types(btf, &options);
	assert_non_null(strstr(types, "} x;\n} deep;\n\n"));
}

static void pointer_to_itself_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(OPEN_RAW("", NULL, &btf, 0, INFO(PTR, 0), 1));
	assert_no_header(btf, "contains itself", "2 [1] [1] contains itself without a name\n");
}

static void pointer_to_a_tag_that_is_no_c_is_one_to_void(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct noted noted = {};
	struct buffer text = {};
	REBTF_OPTIONS(rebtf_header_options, options, .note = collect_note, .note_arg = &noted);
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 32); /* [2] */
	rebtf_builder_member(b, "text", 4, 0, 0);
	rebtf_builder_member(b, "attribute", 6, 64, 0);
	rebtf_builder_member(b, "good", 8, 128, 0);
	rebtf_builder_member(b, "good_too", 10, 192, 0);
	rebtf_builder_type_tag(b, "a\"))) int x; //", 2);		       /* [3] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3);			       /* [4] */
	rebtf_builder_type_attr(b, "packed)) int x __attribute__((packed", 2); /* [5] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 5);			       /* [6] */
	rebtf_builder_type_tag(b, "rcu", 2);				       /* [7] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 7);			       /* [8] */
	rebtf_builder_type_attr(b, "address_space(1)", 2);		       /* [9] */
	rebtf_builder_ref(b, REBTF_KIND_PTR, 9);			       /* [10] */
	btf = built(b);
	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_non_null(strstr((char *)text.data,
			       "struct s {\n"
			       "\tvoid *text;\n"
			       "\tvoid *attribute;\n"
			       "\tstruct s __attribute__((btf_type_tag(\"rcu\"))) *good;\n"
			       "\tstruct s __attribute__((address_space(1))) *good_too;\n"
			       "};\n"));
	buffer_release(&text);
	assert_string_equal(noted.text,
			    "1 [3] [3] is a tag or an attribute that cannot be written in C\n"
			    "2 [4] [3] is a tag or an attribute that cannot be written in C\n"
			    "1 [5] [5] is a tag or an attribute that cannot be written in C\n"
			    "2 [6] [5] is a tag or an attribute that cannot be written in C\n");
}

static void function_that_takes_itself_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3); /* [2] */
	rebtf_builder_func_proto(b, 0);		 /* [3] */
	rebtf_builder_param(b, "f", 2);
	btf = built(b);
	assert_no_header(btf, "contains itself", "2 [2] [3] contains itself without a name\n");
}

static void unnamed_struct_with_a_pointer_to_itself_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3);	     /* [2] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8); /* [3] */
	rebtf_builder_member(b, "self", 2, 0, 0);
	rebtf_builder_typedef(b, "s", 3);
	btf = built(b);
	assert_no_header(btf, "contains itself", "2 [2] [3] contains itself without a name\n");
}

/* Each struct has the one before twice, so the text doubles 100 times. */
static void text_that_grows_exponentially_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 0);

	(void)state;
	for (int i = 0; i < 100; i++) {
		uint32_t inner = id;

		id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 0);
		rebtf_builder_member(b, "a", inner, 0, 0);
		rebtf_builder_member(b, "b", inner, 0, 0);
	}
	rebtf_builder_typedef(b, "t", id);
	btf = built(b);
	assert_no_header(btf, "too long", "1 [103] [17] has a definition that is too long\n");
}

/* The gap takes half a billion bit-fields. */
static void gap_of_four_gigabytes_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", UINT32_MAX);
	btf = built(b);
	assert_no_header(btf, "too long", "1 [2] [2] has a definition that is too long\n");
}

static void type_that_does_not_exist_is_an_argument_error(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	const uint32_t ids[] = { 1, 2 };
	REBTF_OPTIONS(rebtf_header_options, options, .ids = ids, .id_count = 2);
	struct buffer text = {};

	(void)state;
	assert_fails(rebtf_header(btf, &options, collect_text, &text), REBTF_ERR_ARGUMENT,
		     "type [2] does not exist (found 1 types)");
	buffer_release(&text);
}

static void chosen_types_are_all_of_the_header(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const uint32_t ids[] = { 3 };
	REBTF_OPTIONS(rebtf_header_options, options, .ids = ids, .id_count = 1,
		      .like_bpftool = true);
	struct rebtf_builder *b = header_build();
	struct buffer text = {};

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "other", 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "chosen", 0);
	btf = built(b);
	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_non_null(strstr((char *)text.data, "struct chosen {};\n\n"));
	assert_null(strstr((char *)text.data, "other"));
	buffer_release(&text);
}

static void words_of_later_languages_are_names_in_macros(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "class", 24);
	rebtf_builder_member(b, "new", 1, 0, 0);
	rebtf_builder_member(b, "true", 1, 64, 0);
	rebtf_builder_member(b, "default", 1, 128, 0);
	btf = built(b);
	assert_has(btf, "struct __cxx_name(class) {\n"
			"\tlong unsigned int __cxx_name(new);\n"
			"\tlong unsigned int __c23_name(true);\n"
			"\tlong unsigned int default_;\n"
			"};\n");
}

/* In C++, a header with asserts has the member under the same name. */
static void assertions_name_members_as_definitions_do(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	REBTF_OPTIONS(rebtf_header_options, options, .asserts = true);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8); /* [2] */
	rebtf_builder_member(b, "foo", 1, 0, 0);
	rebtf_builder_typedef(b, "foo", 2);
	btf = built(b);
	assert_has_with(btf, &options, "typedef struct {\n\tlong unsigned int foo;\n} foo;\n\n");
	assert_has_with(btf, &options,
			"_Static_assert(__builtin_offsetof(foo, foo) == 0, \"\");\n");
}

static void sizes_with_a_va_list_inside_are_not_asserted(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	REBTF_OPTIONS(rebtf_header_options, options, .asserts = true);
	struct buffer text = {};

	(void)state;
	rebtf_builder_typedef(b, "__builtin_va_list", 1);    /* [2] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, NULL, 8); /* [3] */
	rebtf_builder_member(b, "list", 2, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "inner", 8); /* [4] */
	rebtf_builder_member(b, NULL, 3, 0, 0);
	rebtf_builder_array(b, 4, 1, 2); /* [5] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", 24);
	rebtf_builder_member(b, "x", 1, 0, 0);
	rebtf_builder_member(b, "inners", 5, 64, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "other", 8);
	rebtf_builder_member(b, "x", 1, 0, 0);
	btf = built(b);
	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_non_null(strstr((char *)text.data, "sizeof(struct other) == 8"));
	assert_null(strstr((char *)text.data, "inner) == "));
	assert_null(strstr((char *)text.data, "outer) == "));
	buffer_release(&text);
}

static void numbers_and_enums_of_sizes_that_c_does_not_give_are_left_out(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();
	struct noted noted = {};
	REBTF_OPTIONS(rebtf_header_options, options, .note = collect_note, .note_arg = &noted);
	struct buffer text = {};

	(void)state;
	rebtf_builder_float(b, "f16", 2);      /* [2] */
	rebtf_builder_float(b, "_Float16", 2); /* [3] */
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "rust", 2);
	rebtf_builder_member(b, "x", 2, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "c", 2);
	rebtf_builder_member(b, "x", 3, 0, 0);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "large", 4, REBTF_UNSIGNED); /* [6] */
	rebtf_builder_enumerator(b, "LARGE", UINT64_C(1) << 40);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "small", 4, REBTF_SIGNED); /* [7] */
	rebtf_builder_enumerator(b, "SMALL", (uint64_t)-1);
	btf = built(b);
	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_release(&text);
	assert_string_equal(noted.text,
			    "1 [2] [2] is a number of a size that no type in C has\n"
			    "1 [4] [2] is a number of a size that no type in C has\n"
			    "1 [6] [6] has values that do not fit its size, or without names\n");
}

/* As Rust's. C has no bool of another size. */
static void numbers_of_other_languages_have_words_of_their_size_and_encoding(void **state)
{
	static const struct {
		const char *name;
		uint32_t size, encoding;
		const char *want;
	} cases[] = {
		{ "bool", 1, REBTF_INT_BOOL, "_Bool" },
		{ "u8", 1, 0, "unsigned char" },
		{ "i8", 1, REBTF_INT_SIGNED, "signed char" },
		{ "c8", 1, REBTF_INT_CHAR, "unsigned char" },
		{ "bool32", 4, REBTF_INT_BOOL, "unsigned int" },
		{ "i16", 2, REBTF_INT_SIGNED, "short" },
		{ "u16", 2, 0, "unsigned short" },
		{ "i32", 4, REBTF_INT_SIGNED, "int" },
		{ "u32", 4, 0, "unsigned int" },
		{ "i64", 8, REBTF_INT_SIGNED, "long long" },
		{ "u64", 8, 0, "unsigned long long" },
		{ "i128", 16, REBTF_INT_SIGNED, "__int128" },
		{ "u128", 16, 0, "unsigned __int128" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		struct rebtf_builder *b = header_build();
		char want[80];

		rebtf_builder_int(b, cases[i].name, cases[i].size, cases[i].encoding,
				  cases[i].size * 8);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", cases[i].size);
		rebtf_builder_member(b, "x", 2, 0, 0);
		btf = built(b);
		snprintf(want, sizeof(want), "struct s {\n\t%s x;\n", cases[i].want);
		assert_has(btf, want);
	}
}

static void members_of_an_unnamed_member_are_repeated(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_builder *b = header_build();

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "inner", 8); /* [2] */
	rebtf_builder_member(b, "x", 1, 0, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "outer", 8);
	rebtf_builder_member(b, NULL, 2, 0, 0);
	btf = built(b);
	assert_has(btf, "struct outer {\n"
			"\tstruct {\n"
			"\t\tlong unsigned int x;\n"
			"\t};\n"
			"};\n");
}

static void selection_that_matches_nothing_is_an_argument_error(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	const char *names[] = { "pair", "nothing*" };
	REBTF_OPTIONS(rebtf_header_options, types, .names = names, .name_count = 2);
	REBTF_OPTIONS(rebtf_header_options, kfuncs, .kfuncs = names + 1, .kfunc_count = 1);
	REBTF_OPTIONS(rebtf_header_options, own, .only_own = true);
	struct buffer text = {};

	(void)state;
	assert_fails(rebtf_header(btf, &types, collect_text, &text), REBTF_ERR_ARGUMENT,
		     "no type matches 'nothing*'");
	assert_fails(rebtf_header(btf, &kfuncs, collect_text, &text), REBTF_ERR_ARGUMENT,
		     "no kfunc matches 'nothing*'");
	assert_fails(rebtf_header(btf, &own, collect_text, &text), REBTF_ERR_ARGUMENT,
		     "without its base");
	buffer_release(&text);
}

static void a_backslash_makes_a_pattern_of_a_name(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	const char *name = "p\\air";
	REBTF_OPTIONS(rebtf_header_options, options, .names = &name, .name_count = 1);

	(void)state;
	assert_has_with(btf, &options, "struct pair {");
}

/* Writes the header for a program that asks for its type @id. Malloced. */
static char *header_for(struct rebtf_builder *b, uint32_t id)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	const struct test_relo relo = { REBTF_RELO_TYPE_EXISTS, id, "0", 0 };
	_cleanup_program_ struct rebtf_program *program = test_program(b, &relo, 1);
	REBTF_OPTIONS(rebtf_header_options, options,
		      .programs = (const struct rebtf_program *const *)&program,
		      .program_count = 1);
	struct buffer text = {};

	assert_ok(rebtf_header(btf, &options, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_false(text.failed);
	return (char *)text.data;
}

static void a_program_may_ask_for_a_type_behind_a_pointer(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t pair = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "pair___mine", 0);
	uint32_t behind = rebtf_builder_ref(b, REBTF_KIND_PTR,
					    rebtf_builder_ref(b, REBTF_KIND_CONST, pair));
	_cleanup_free_ char *text = header_for(b, behind);

	(void)state;
	assert_non_null(strstr(text, "struct pair {"));
}

/* The program's typedef is of another struct, which the kernel has, too. */
static void a_program_that_asks_for_a_typedef_gets_it(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t bits = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bits", 0);
	uint32_t pair = rebtf_builder_typedef(b, "pair_t", bits);
	_cleanup_free_ char *text = header_for(b, rebtf_builder_ref(b, REBTF_KIND_PTR, pair));

	(void)state;
	assert_non_null(strstr(text, "typedef struct pair pair_t;"));
	assert_null(strstr(text, "struct bits {"));
}

/* Nobody writes such a type, but a file can have it. */
static void a_program_may_ask_for_pointers_without_an_end(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_free_ char *text = NULL;

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	text = header_for(b, 1);
	assert_null(strstr(text, "struct pair {"));
}

static struct rebtf_error *refuse_header(void *arg, const char *text, size_t size)
{
	++*(int *)arg;
	(void)text, (void)size;
	return error_new(REBTF_ERR_IO, "disk full");
}

static void error_of_the_writer_stops_the_header(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	int calls = 0;

	(void)state;
	assert_fails(rebtf_header(btf, NULL, refuse_header, &calls), REBTF_ERR_IO, "disk full");
	assert_int_equal(calls, 1);
}

static void a_function_of_the_module_is_meant_where_only_its_types_are_printed(void **state)
{
	static const char *const names[] = { "f" };
	_cleanup_unref_ struct rebtf_btf *base = NULL, *btf = NULL;
	REBTF_OPTIONS(rebtf_header_options, own, .only_own = true, .include = "vmlinux.h",
		      .kfuncs = names, .kfunc_count = 1);
	struct rebtf_builder *b = header_build();
	struct buffer text = {};

	(void)state;
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 0));
	base = built(b);
	b = build_over(base);
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, rebtf_builder_func_proto(b, 1));
	btf = built(b);
	assert_ok(rebtf_header(btf, &own, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_non_null(strstr((char *)text.data,
			       "extern long unsigned int f(void) __weak __ksym;"));
	buffer_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(struct_is_declared_before_a_pointer_to_it),
		cmocka_unit_test(struct_is_declared_once_before_what_its_members_point_to),
		cmocka_unit_test(chain_of_declarators_of_any_length_is_written),
		cmocka_unit_test(nested_unnamed_structs_of_any_depth_are_written),
		cmocka_unit_test(pointer_to_itself_is_refused),
		cmocka_unit_test(pointer_to_a_tag_that_is_no_c_is_one_to_void),
		cmocka_unit_test(function_that_takes_itself_is_refused),
		cmocka_unit_test(unnamed_struct_with_a_pointer_to_itself_is_refused),
		cmocka_unit_test(text_that_grows_exponentially_is_refused),
		cmocka_unit_test(gap_of_four_gigabytes_is_refused),
		cmocka_unit_test(type_that_does_not_exist_is_an_argument_error),
		cmocka_unit_test(chosen_types_are_all_of_the_header),
		cmocka_unit_test(words_of_later_languages_are_names_in_macros),
		cmocka_unit_test(assertions_name_members_as_definitions_do),
		cmocka_unit_test(sizes_with_a_va_list_inside_are_not_asserted),
		cmocka_unit_test(numbers_and_enums_of_sizes_that_c_does_not_give_are_left_out),
		cmocka_unit_test(numbers_of_other_languages_have_words_of_their_size_and_encoding),
		cmocka_unit_test(members_of_an_unnamed_member_are_repeated),
		cmocka_unit_test(selection_that_matches_nothing_is_an_argument_error),
		cmocka_unit_test(a_program_may_ask_for_a_type_behind_a_pointer),
		cmocka_unit_test(a_program_that_asks_for_a_typedef_gets_it),
		cmocka_unit_test(a_program_may_ask_for_pointers_without_an_end),
		cmocka_unit_test(a_backslash_makes_a_pattern_of_a_name),
		cmocka_unit_test(
			a_function_of_the_module_is_meant_where_only_its_types_are_printed),
		cmocka_unit_test(error_of_the_writer_stops_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
