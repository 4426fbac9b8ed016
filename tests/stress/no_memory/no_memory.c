/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists the tests of the library without memory (no_memory.h). */
#include "no_memory.h"

int main(void)
{
	/* A file system in memory, because each run in place syncs. */
	const char *memory = "/dev/shm";
	int failed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(btf_is_opened_written_and_built),
		cmocka_unit_test(split_btf_is_distilled),
		cmocka_unit_test(distilled_btf_is_relocated_and_reconciled),
		cmocka_unit_test(btf_is_made_standalone_and_presented),
		cmocka_unit_test(what_does_not_fit_is_explained),
		cmocka_unit_test(modules_are_written_or_stay_as_they_are),
		cmocka_unit_test(ids_of_a_real_module_follow_its_types),
		cmocka_unit_test(files_are_listed_and_kernels_opened),
		cmocka_unit_test(modules_are_judged_before_kernels),
	};

	if (!access(memory, W_OK))
		setenv("TMPDIR", memory, 0);
	failed = cmocka_run_group_tests(tests, blobs_make, blobs_free);
	printf("# %u runs in which allocations failed\n", runs);
	return failed;
}
