/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the list of loaded modules. How it is made: tests/cli/loaded.bats. */
#include "module/loaded.h"
#include "util/testing.h"

static void a_list_of_modules_comes_to_an_end(void **state)
{
	struct rebtf_loaded loaded = {};

	(void)state;
	assert_none_beyond(loaded, &loaded);
	assert_true(loaded_modules_append(&loaded.modules,
					  (struct rebtf_loaded_module){ .name = "veth" }));
	assert_string_equal(rebtf_loaded_at(&loaded, 0)->name, "veth");
	assert_none_beyond(loaded, &loaded);
	loaded_modules_release(&loaded.modules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_modules_comes_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
