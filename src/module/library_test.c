/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of libraries that are loaded at run time, above all if they are missing or not as expected. */
#include "module/library.h"
#include "util/testing.h"

typedef int int_of_string(const char *);
typedef char *string_of_string(const char *);

/* Of the C library, which is always there. */
static struct {
	int_of_string *atoi;
	string_of_string *strdup;
} functions;

static const char *const names[] = { "atoi", "strdup", NULL };

static struct library library_in(const char *const *files)
{
	return (struct library){
		.need = "this test needs it",
		.files = files,
		.functions = names,
		.table = &functions,
	};
}

static void functions_are_found_by_name(void **state)
{
	static const char *const files[] = { "librebtf-test-missing.so.1", "libc.so.6", NULL };
	struct library library = library_in(files);
	char *copy;

	(void)state;
	assert_ok(library_get(&library));
	assert_int_equal(functions.atoi("12"), 12);
	copy = functions.strdup("text");
	assert_string_equal(copy, "text");
	free(copy);
}

static void a_library_is_loaded_once(void **state)
{
	static const char *const files[] = { "libc.so.6", NULL };
	struct library library = library_in(files);

	(void)state;
	assert_ok(library_get(&library));
	memset(&functions, 0, sizeof(functions));
	assert_ok(library_get(&library));
	assert_null(functions.atoi);
}

static void a_missing_library_is_named(void **state)
{
	static const char *const files[] = { "librebtf-test-missing.so.1",
					     "librebtf-test-missing.so", NULL };
	struct library library = library_in(files);

	(void)state;
	/* Each caller gets the error. */
	for (int i = 0; i < 2; i++)
		assert_fails(
			library_get(&library), REBTF_ERR_UNSUPPORTED,
			"this test needs it, but loading it fails: librebtf-test-missing.so.1");
	rebtf_error_free(library.error);
}

static void a_library_without_the_functions_is_refused(void **state)
{
	static const char *const files[] = { "librebtf-test-missing.so.1", "libz.so.1", NULL };
	static const char *const missing[] = { "zlibVersion", "rebtf_no_such_function", NULL };
	struct library library = library_in(files);

	(void)state;
	library.functions = missing;
	assert_fails(library_get(&library), REBTF_ERR_UNSUPPORTED,
		     "libz.so.1 has no rebtf_no_such_function()");
	rebtf_error_free(library.error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_found_by_name),
		cmocka_unit_test(a_library_is_loaded_once),
		cmocka_unit_test(a_missing_library_is_named),
		cmocka_unit_test(a_library_without_the_functions_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
