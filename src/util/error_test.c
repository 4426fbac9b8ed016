/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of errors: the text is right, the first location wins, and control characters are escaped.
 */
#include <errno.h>

#include "util/error.h"
#include "util/testing.h"

/* Frees @err. */
static void assert_text(struct rebtf_error *err, const char *want)
{
	_cleanup_free_ char *text = rebtf_error_text(err);

	assert_string_equal(text, want);
	rebtf_error_free(err);
}

static void text_without_place_is_the_sentence(void **state)
{
	(void)state;
	assert_text(error_new(REBTF_ERR_FORMAT, "%u is not %s", 3, "four"), "3 is not four");
}

static void text_names_every_place(void **state)
{
	struct rebtf_error *err = error_new(REBTF_ERR_MISMATCH, "744 bytes then, 752 now");

	(void)state;
	error_at_type(err, 7, "STRUCT", "device");
	error_at(err, "a/b.ko", ".BTF");
	assert_text(err, "a/b.ko: .BTF: type [7] STRUCT 'device': 744 bytes then, 752 now");
}

static void text_leaves_out_what_there_is_not(void **state)
{
	(void)state;
	assert_text(error_at(error_new(REBTF_ERR_FORMAT, "bad"), "f", NULL), "f: bad");
	assert_text(error_at(error_new(REBTF_ERR_FORMAT, "bad"), NULL, ".BTF"), ".BTF: bad");
	assert_text(error_at_type(error_new(REBTF_ERR_FORMAT, "bad"), 0, NULL, NULL),
		    "type [0]: bad");
	assert_text(error_at_type(error_new(REBTF_ERR_FORMAT, "bad"), 4, "PTR", ""),
		    "type [4] PTR: bad");
	assert_text(error_at_type(error_new(REBTF_ERR_FORMAT, "bad"), 4, NULL, "x"),
		    "type [4] 'x': bad");
}

static void first_place_wins(void **state)
{
	struct rebtf_error *err = error_new(REBTF_ERR_FORMAT, "bad");

	(void)state;
	error_at(err, NULL, ".BTF.base");
	error_at(err, "inner", ".BTF");
	error_at(err, "outer", NULL);
	error_at_type(err, 1, "INT", "int");
	error_at_type(err, 2, "PTR", "other");
	assert_text(err, "inner: .BTF.base: type [1] INT 'int': bad");
}

static void first_type_wins_even_without_a_name(void **state)
{
	struct rebtf_error *err = error_at_type(error_new(REBTF_ERR_FORMAT, "bad"), 1, NULL, NULL);

	(void)state;
	assert_text(error_at_type(err, 2, "PTR", "other"), "type [1]: bad");
}

static void no_error_stays_none(void **state)
{
	(void)state;
	assert_null(error_at(NULL, "f", ".BTF"));
	assert_null(error_at_type(NULL, 1, "INT", "int"));
	rebtf_error_free(NULL);
}

static void control_characters_are_escaped_everywhere(void **state)
{
	struct rebtf_error *err = error_new(REBTF_ERR_FORMAT, "a\nb");

	(void)state;
	error_at(err, "evil\x1b[31m.ko", ".B\rTF");
	error_at_type(err, 1, "FWD", "t\tx\x7f\x01");
	assert_text(err, "evil\\x1b[31m.ko: .B\\x0dTF: type [1] FWD 't\\x09x\\x7f\\x01': a\\x0ab");
}

/*
 * To terminals, U+009B is the same as ESC [, with or without UTF-8. U+202E reverses the text after
 * it. U+00E9 and U+65E5 are letters, and a path may contain 0xff.
 */
static void control_characters_of_utf8_are_escaped(void **state)
{
	(void)state;
	assert_text(error_new(REBTF_ERR_FORMAT, "\x9b"
						"31m \xe0\x82\x9b \xe2\x80\xae"),
		    "\\x9b31m \xe0\\x82\\x9b \\xe2\\x80\\xae");
	assert_text(error_new(REBTF_ERR_FORMAT, "\xc2\x9b"
						"31m"),
		    "\\xc2\\x9b31m");
	assert_text(error_new(REBTF_ERR_FORMAT, "\xc3\xa9 \xe6\x97\xa5 \xc2\xa0 \xff \xc2"),
		    "\xc3\xa9 \xe6\x97\xa5 \xc2\xa0 \xff \xc2");
}

static void long_names_and_sentences_are_cut_with_their_length(void **state)
{
	static char name[1 << 20], want[3000];
	struct rebtf_error *err;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	err = error_at_type(error_new(REBTF_ERR_FORMAT, "bad"), 1, "INT", name);
	snprintf(want, sizeof(want), "type [1] INT '%.100s... (1048575 bytes)': bad", name);
	assert_text(err, want);
	err = error_at_type(error_new(REBTF_ERR_FORMAT, "bad"), 1, "INT", name + (1 << 20) - 513);
	snprintf(want, sizeof(want), "type [1] INT '%.512s': bad", name);
	assert_text(err, want);
	snprintf(want, sizeof(want), "no %.1020s... (1048578 bytes)", name);
	assert_text(error_new(REBTF_ERR_FORMAT, "no %s", name), want);
	snprintf(want, sizeof(want), "%.2047s", name);
	assert_text(error_new(REBTF_ERR_FORMAT, "%.2047s", name), want);
}

static void io_error_says_what_the_system_said(void **state)
{
	struct rebtf_error *err = error_io(ENOENT, "cannot open");

	(void)state;
	assert_int_equal(err->code, REBTF_ERR_IO);
	assert_int_equal(err->errnum, ENOENT);
	assert_text(err, "cannot open: No such file or directory");
	assert_text(error_io(9999, "cannot do %d", 1), "cannot do 1: unknown error");
}

static void nomem_is_shared_and_takes_no_place(void **state)
{
	struct rebtf_error *err = error_nomem();

	(void)state;
	assert_int_equal(err->code, REBTF_ERR_NOMEM);
	assert_ptr_equal(error_at(err, "f", ".BTF"), err);
	assert_ptr_equal(error_at_type(err, 1, "INT", "int"), err);
	assert_null(err->file);
	assert_text(err, "out of memory");
	assert_text(error_nomem(), "out of memory");
}

static void accessors_return_the_parts(void **state)
{
	struct rebtf_error *err = error_io(ENOENT, "cannot open");

	(void)state;
	assert_null(rebtf_error_file(err));
	assert_null(rebtf_error_section(err));
	assert_null(rebtf_error_type_kind(err));
	assert_null(rebtf_error_type_name(err));
	assert_null(rebtf_error_details(err));
	assert_int_equal(rebtf_error_type_id(err), REBTF_NO_TYPE);
	error_at_type(err, 7, "STRUCT", "device");
	error_at(err, "a/b.ko", ".BTF");
	error_detail(err, "tried %d files", 3);
	assert_int_equal(rebtf_error_code(err), REBTF_ERR_IO);
	assert_int_equal(rebtf_error_errnum(err), ENOENT);
	assert_string_equal(rebtf_error_file(err), "a/b.ko");
	assert_string_equal(rebtf_error_section(err), ".BTF");
	assert_int_equal(rebtf_error_type_id(err), 7);
	assert_string_equal(rebtf_error_type_kind(err), "STRUCT");
	assert_string_equal(rebtf_error_type_name(err), "device");
	assert_string_equal(rebtf_error_message(err), "cannot open: No such file or directory");
	assert_string_equal(rebtf_error_details(err), "tried 3 files");
	error_detail(err, "tried %d files", 4);
	assert_string_equal(rebtf_error_details(err), "tried 4 files");
	rebtf_error_free(err);
}

static void text_without_file_keeps_the_rest_of_the_location(void **state)
{
	struct rebtf_error *err = rebtf_error_new(REBTF_ERR_FORMAT, "a.ko", ".BTF", "bad");
	_cleanup_free_ char *text = rebtf_error_text_without_file(err);

	(void)state;
	assert_string_equal(text, ".BTF: bad");
	rebtf_error_free(err);
}

static void error_of_a_caller_has_the_parts_that_it_gives(void **state)
{
	(void)state;
	assert_text(rebtf_error_new(REBTF_ERR_IO, "a.ko", ".BTF", "100%d"), "a.ko: .BTF: 100%d");
	assert_text(rebtf_error_new(REBTF_ERR_IO, NULL, NULL, "bad"), "bad");
}

static void error_of_a_system_call_has_its_errno(void **state)
{
	struct rebtf_error *io = rebtf_error_new_io(ENOSPC, "a.ko", ".BTF", "cannot write 100%d");
	struct rebtf_error *other = rebtf_error_new(REBTF_ERR_IO, "a.ko", ".BTF", "bad");

	(void)state;
	assert_int_equal(rebtf_error_code(io), REBTF_ERR_IO);
	assert_int_equal(rebtf_error_errnum(io), ENOSPC);
	assert_int_equal(rebtf_error_errnum(other), 0);
	rebtf_error_free(other);
	assert_text(io, "a.ko: .BTF: cannot write 100%d: No space left on device");
}

/* The codes of docs/rebtf.schema.json, in the order of the enum. */
static void codes_have_the_names_of_the_schema(void **state)
{
	static const char *const names[] = { "unknown",	    "no_memory", "io",	       "argument",
					     "format",	    "no_btf",	 "wrong_base", "mismatch",
					     "unsupported", "signed",	 "ambiguous",  "changed",
					     "unknown" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_string_equal(rebtf_error_code_name((enum rebtf_error_code)i), names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_without_place_is_the_sentence),
		cmocka_unit_test(text_names_every_place),
		cmocka_unit_test(text_leaves_out_what_there_is_not),
		cmocka_unit_test(first_place_wins),
		cmocka_unit_test(first_type_wins_even_without_a_name),
		cmocka_unit_test(no_error_stays_none),
		cmocka_unit_test(control_characters_are_escaped_everywhere),
		cmocka_unit_test(control_characters_of_utf8_are_escaped),
		cmocka_unit_test(long_names_and_sentences_are_cut_with_their_length),
		cmocka_unit_test(io_error_says_what_the_system_said),
		cmocka_unit_test(nomem_is_shared_and_takes_no_place),
		cmocka_unit_test(accessors_return_the_parts),
		cmocka_unit_test(text_without_file_keeps_the_rest_of_the_location),
		cmocka_unit_test(error_of_a_caller_has_the_parts_that_it_gives),
		cmocka_unit_test(error_of_a_system_call_has_its_errno),
		cmocka_unit_test(codes_have_the_names_of_the_schema),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
