/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists the tests of the library without memory (no_memory.h). */
#include "no_memory.h"

/* These operations do not depend on the BTF objects alone. */
#define NEEDS_FILES (NEEDS_FILE | NEEDS_DIRECTORY | NEEDS_TREE | NEEDS_MACHINE)

/* Tries all operations that need files if @state is a preparation, and all others if it is NULL. */
static void operations_fail_or_have_the_same_results(void **state)
{
	const struct operation *operation;

	for (size_t i = 0; (operation = operation_at(i)); i++) {
		if (!*state == !(operation->flags & NEEDS_FILES))
			try_all(operation, *state);
	}
}

static struct CMUnitTest *add_tests(struct CMUnitTest *tests, const struct preparation *preparation)
{
	for (; preparation->name; preparation++)
		*tests++ = (struct CMUnitTest){
			.name = preparation->name,
			.test_func = operations_fail_or_have_the_same_results,
			.initial_state = (void *)preparation,
		};
	return tests;
}

int main(void)
{
	/* A file system in memory, because each run in place syncs. */
	const char *memory = "/dev/shm";
	struct CMUnitTest tests[32] = {
		cmocka_unit_test(operations_fail_or_have_the_same_results),
		cmocka_unit_test(ids_of_a_real_module_follow_its_types),
		cmocka_unit_test(no_types_take_no_memory),
		cmocka_unit_test(outputs_are_set_on_success_only),
		cmocka_unit_test(an_object_is_encoded_or_stays_as_it_is),
		cmocka_unit_test(a_source_of_symbols_can_be_read_after_a_failure),
	};
	struct CMUnitTest *end = add_tests(tests + 6, file_preparations);
	int failed;

	end = add_tests(end, loading_preparations);
	if (!access(memory, W_OK))
		setenv("TMPDIR", memory, 0);
	failed = _cmocka_run_group_tests("no_memory", tests, (size_t)(end - tests), blobs_make,
					 blobs_free);
	printf("# %u runs in which allocations failed\n", runs);
	return failed;
}
