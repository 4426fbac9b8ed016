/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The texts are those of libbpf 1.8. Its own tests, which tests/peers/libbpf runs, have many more. */
#include "libbpf/built_for_test.h"

static char text[4096];

static void keep_text(void *arg, const char *format, va_list arguments)
{
	size_t used = strlen(text);

	(void)arg;
	vsnprintf(text + used, sizeof(text) - used, format, arguments);
}

static void dump_free(struct btf_dump **d)
{
	btf_dump__free(*d);
}

#define _cleanup_dump_ _cleanup_(dump_free)

static struct btf_dump *dump_of(const struct btf *btf)
{
	*text = 0;
	return btf_dump__new(btf, keep_text, NULL, NULL);
}

static void types_can_be_added_while_others_are_dumped(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	assert_int_equal(btf_dump__dump_type(d, 2), 0);
	assert_string_equal(text, "struct s {\n\tint x;\n};\n\n");
	*text = 0;
	assert_int_equal(btf__add_struct(btf, "s", 8), 4);
	btf__add_field(btf, "old", 3, 0, 0);
	assert_int_equal(btf_dump__dump_type(d, 2), 0);
	assert_int_equal(btf_dump__dump_type(d, 4), 0);
	assert_string_equal(text, "struct s___2 {\n\tstruct s *old;\n};\n\n");
}

static void types_can_be_dumped_after_one_that_contains_itself(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	assert_int_equal(btf__add_typedef(btf, "endless", 5), 4);
	assert_int_equal(btf__add_ptr(btf, 4), 5);
	assert_int_equal(btf_dump__dump_type(d, 4), -ELOOP);
	assert_int_equal(btf_dump__dump_type(d, 2), 0);
	assert_string_equal(text, "struct s {\n\tint x;\n};\n\n");
	assert_int_equal(btf_dump__dump_type(d, 4), -ELOOP);
}

static void declarations(void **state)
{
	struct btf_dump_emit_type_decl_opts opts = { .sz = sizeof(opts), .field_name = "name" };
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_array(btf, 1, 3, 4);
	btf__add_const(btf, 1);
	btf__add_ptr(btf, 5);
	btf_dump__emit_type_decl(d, 4, &opts);
	assert_string_equal(text, "struct s *name[4]");
	*text = 0;
	btf_dump__emit_type_decl(d, 6, &opts);
	assert_string_equal(text, "const int *name");
	*text = 0;
	opts.strip_mods = true;
	btf_dump__emit_type_decl(d, 6, &opts);
	assert_string_equal(text, "int *name");
	assert_errno(btf_dump__emit_type_decl(d, 7, &opts), EINVAL);
}

static void values(void **state)
{
	struct btf_dump_type_data_opts opts = { .sz = sizeof(opts), .compact = true };
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);
	const int data[] = { 7, -1 };

	(void)state;
	assert_int_equal(btf_dump__dump_type_data(d, 2, data, sizeof(data), &opts), 4);
	assert_string_equal(text, "(struct s){.x = (int)7,}");
	*text = 0;
	btf__add_array(btf, 1, 1, 2);
	opts.skip_names = true;
	assert_int_equal(btf_dump__dump_type_data(d, 4, data, sizeof(data), &opts), 8);
	assert_string_equal(text, "[7,-1,]");
	*text = 0;
	opts.compact = false;
	opts.skip_names = false;
	assert_int_equal(btf_dump__dump_type_data(d, 2, data, sizeof(data), &opts), 4);
	assert_string_equal(text, "(struct s){\n\t.x = (int)7,\n}");
}

/* libbpf cuts the indent of one level after 31 characters. */
static void indents(void **state)
{
	static const char *const indents[][2] = {
		{ NULL, "\t" },
		{ "", "" },
		{ "  ", "  " },
		{ "1234567890123456789012345678901", "1234567890123456789012345678901" },
		{ "1234567890123456789012345678901234567890", "1234567890123456789012345678901" },
	};
	struct btf_dump_type_data_opts opts = { .sz = sizeof(opts) };
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);
	const int data = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(indents) / sizeof(*indents); i++) {
		for (int level = 0; level <= 2; level++) {
			const char *of_struct = level ? indents[i][1] : "";
			const char *more = level == 2 ? indents[i][1] : "";
			char expected[512];

			*text = 0;
			opts.indent_str = indents[i][0];
			opts.indent_level = level;
			assert_int_equal(btf_dump__dump_type_data(d, 2, &data, sizeof(data), &opts),
					 4);
			snprintf(expected, sizeof(expected),
				 "%s%s(struct s){\n%s%s%s.x = (int)7,\n%s%s}", of_struct, more,
				 of_struct, more, indents[i][1], of_struct, more);
			assert_string_equal(text, expected);
		}
	}
}

static void characters(void **state)
{
	static const struct {
		char data[4];
		const char *array;
		const char *string;
	} arrays[] = {
		{ "ab", "(char[4])['a','b',]", "(char[4])\"ab\"" },
		{ "a\1c", "(char[4])['a',1,'c',]", "(char[4])\"a\\x01c\"" },
		{ { 'a', 'b', 'c', 'd' },
		  "(char[4])['a','b','c','d',]",
		  "(char[4])['a','b','c','d',]" },
	};
	struct btf_dump_type_data_opts opts = { .sz = sizeof(opts), .compact = true };
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_int(btf, "char", 1, REBTF_INT_SIGNED);
	btf__add_int(btf, "int", 4, REBTF_INT_SIGNED);
	btf__add_array(btf, 2, 1, 4);
	for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++) {
		for (int strings = 0; strings < 2; strings++) {
			*text = 0;
			opts.emit_strings = strings;
			assert_int_equal(btf_dump__dump_type_data(d, 3, arrays[i].data, 4, &opts),
					 4);
			assert_string_equal(text, strings ? arrays[i].string : arrays[i].array);
		}
	}
}

static void enumerators(void **state)
{
	static const struct {
		int64_t value;
		const char *narrow, *wide;
	} values[] = {
		{ 5, "(enum e)A", "(enum w)WIDE_A" },
		{ 6, "(enum e)B", "(enum w)WIDE_B" },
		{ 7, "(enum e)7", "(enum w)7ULL" },
	};
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_enum(btf, "e", 4);
	btf__add_enum_value(btf, "A", 5);
	btf__add_enum_value(btf, "B", 6);
	btf__add_enum64(btf, "w", 8, false);
	btf__add_enum64_value(btf, "WIDE_A", 5);
	btf__add_enum64_value(btf, "WIDE_B", 6);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const int32_t narrow = (int32_t)values[i].value;

		*text = 0;
		assert_int_equal(btf_dump__dump_type_data(d, 1, &narrow, 4, NULL), 4);
		assert_string_equal(text, values[i].narrow);
		*text = 0;
		assert_int_equal(btf_dump__dump_type_data(d, 2, &values[i].value, 8, NULL), 8);
		assert_string_equal(text, values[i].wide);
	}
}

static void data_that_is_too_short(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);
	const int data = 7;

	(void)state;
	assert_errno(btf_dump__dump_type_data(d, 1, &data, 3, NULL), E2BIG);
	assert_string_equal(text, "");
	assert_errno(btf_dump__dump_type_data(d, 9, &data, 4, NULL), ENOENT);
	/* A billion elements, but only one is there. */
	btf__add_array(btf, 1, 1, 1000000000);
	btf__add_array(btf, 1, 4, 1);
	assert_errno(btf_dump__dump_type_data(d, 4, &data, sizeof(data), NULL), EINVAL);
	btf__add_array(btf, 1, 1, 100000000);
	btf_dump__dump_type_data(d, 6, &data, sizeof(data), NULL);
}

/* Files can have such types, and callers can write into types. */
static void sizes_that_no_number_has(void **state)
{
	static const uint32_t sizes[] = { 0, 3, 5, 7, 9, 12, 15, 17, 32 };
	static const uint64_t zeros[4];
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_int(btf, "int", 4, 0);
	btf__add_enum(btf, "e", 4);
	btf__add_enum64(btf, "w", 8, false);
	btf__add_float(btf, "float", 4);
	for (uint32_t id = 1; id <= 4; id++) {
		struct rebtf_type *t = (struct rebtf_type *)(uintptr_t)btf__type_by_id(btf, id);

		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			t->size = sizes[i];
			assert_errno(btf_dump__dump_type_data(d, id, zeros, sizeof(zeros), NULL),
				     EINVAL);
		}
	}
}

static void types_that_contain_themselves(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_struct(btf, "s", 4);
	btf__add_field(btf, "s", 1, 0, 0);
	assert_true(btf_dump__dump_type(d, 1) < 0);
	assert_true(btf_dump__dump_type_data(d, 1, "1234", 4, NULL) < 0);
}

/* Looking for a value that is not zero must end there, too. */
static void zeros_that_are_nested_too_deeply(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);
	const int zero = 0;

	(void)state;
	btf__add_int(btf, "int", 4, REBTF_INT_SIGNED);
	for (int id = 2; id <= 150; id++) {
		btf__add_struct(btf, NULL, 4);
		btf__add_field(btf, "x", id - 1, 0, 0);
	}
	assert_true(btf_dump__dump_type_data(d, 20, &zero, sizeof(zero), NULL) > 0);
	assert_errno(btf_dump__dump_type_data(d, 150, &zero, sizeof(zero), NULL), E2BIG);
}

/* Each struct has an array that is larger than the struct: a few bytes are millions of elements. */
static void zeros_that_are_visited_too_often(void **state)
{
	static const char zeros[64];
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_int(btf, "char", 1, REBTF_INT_CHAR);
	btf__add_struct(btf, NULL, 1);
	btf__add_field(btf, "x", 1, 0, 0);
	for (int id = 4; id <= 14; id += 2) {
		btf__add_array(btf, 1, id - 2, 10);
		btf__add_struct(btf, NULL, 1);
		btf__add_field(btf, "x", id - 1, 0, 0);
	}
	assert_int_equal(btf_dump__dump_type_data(d, 8, zeros, sizeof(zeros), NULL), 1);
	assert_errno(btf_dump__dump_type_data(d, 14, zeros, sizeof(zeros), NULL), E2BIG);
}

static void a_function_that_takes_itself(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	_cleanup_dump_ struct btf_dump *d = dump_of(btf);

	(void)state;
	btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "a", 2);
	btf__add_func_param(btf, "b", 2);
	btf__add_ptr(btf, 1);
	assert_errno(btf_dump__emit_type_decl(d, 2, NULL), E2BIG);
	*text = 0;
	btf__add_int(btf, "int", 4, 0);
	assert_int_equal(btf_dump__emit_type_decl(d, 3, NULL), 0);
	assert_string_equal(text, "int");
}

static void a_printer_is_needed(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	assert_null_errno(btf_dump__new(btf, NULL, NULL, NULL), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_can_be_added_while_others_are_dumped),
		cmocka_unit_test(types_can_be_dumped_after_one_that_contains_itself),
		cmocka_unit_test(declarations),
		cmocka_unit_test(values),
		cmocka_unit_test(indents),
		cmocka_unit_test(characters),
		cmocka_unit_test(enumerators),
		cmocka_unit_test(data_that_is_too_short),
		cmocka_unit_test(sizes_that_no_number_has),
		cmocka_unit_test(types_that_contain_themselves),
		cmocka_unit_test(zeros_that_are_nested_too_deeply),
		cmocka_unit_test(zeros_that_are_visited_too_often),
		cmocka_unit_test(a_function_that_takes_itself),
		cmocka_unit_test(a_printer_is_needed),
	};

	return cmocka_run_group_tests_name("libbpf: dump", tests, built_print_nothing, NULL);
}
