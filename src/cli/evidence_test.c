/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of how many modules confirm or refute a base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/evidence.h"

/* The verdict on a batch. */
enum verdict {
	BELIEVED_AT_ONCE, /* before all files were examined */
	BELIEVED_AT_THE_END,
	DOUBTED,
};

/*
 * Examines a batch of @files: @fits modules make sense and refer to @refs types each, @refusals do
 * not make sense, and the other files are no evidence.
 */
static enum verdict verdict_on(size_t files, size_t fits, size_t refs, size_t refusals)
{
	struct evidence evidence;
	enum verdict verdict = BELIEVED_AT_ONCE;
	size_t index, modules, counted, held = 0;

	evidence_init(&evidence);
	evidence_start(&evidence, files);
	for (size_t i = 0; i < refusals && !evidence_believed(&evidence); i++)
		evidence_refuse(&evidence);
	for (size_t i = 0; i < fits && !evidence_believed(&evidence); i++) {
		assert_false(evidence_take(&evidence, &index));
		evidence_hold(&evidence, i, refs);
		held++;
	}
	assert_false(evidence_doubts(&evidence, &modules, &counted));
	if (!evidence_believed(&evidence)) {
		evidence_close(&evidence);
		verdict = evidence_believed(&evidence) ? BELIEVED_AT_THE_END : DOUBTED;
	}
	assert_int_equal(evidence_doubts(&evidence, &modules, &counted), verdict == DOUBTED);
	assert_int_equal(modules, held + counted);
	/* Each held item comes again, exactly once. */
	for (; held; held--)
		assert_true(evidence_take(&evidence, &index));
	assert_false(evidence_take(&evidence, &index));
	evidence_release(&evidence);
	return verdict;
}

static void a_single_file_is_no_batch(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(0, 0, 0, 0), BELIEVED_AT_ONCE);
	assert_int_equal(verdict_on(1, 1, 0, 0), BELIEVED_AT_ONCE);
}

static void the_only_one_that_makes_sense_is_doubted(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(2, 1, 1000, 1), DOUBTED);
	assert_int_equal(verdict_on(50, 1, 1000, 49), DOUBTED);
	assert_int_equal(verdict_on(4230, 1, 1000, 4229), DOUBTED);
	/* Unless the other modules are no evidence about this base. */
	assert_int_equal(verdict_on(50, 1, 0, 0), BELIEVED_AT_THE_END);
}

static void two_large_ones_are_enough_in_most_batches(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(2, 2, 16, 0), BELIEVED_AT_ONCE);
	assert_int_equal(verdict_on(50, 2, 16, 48), BELIEVED_AT_ONCE);
	assert_int_equal(verdict_on(511, 2, 1000, 509), BELIEVED_AT_ONCE);
}

static void small_ones_count_for_less(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(50, 8, 4, 42), BELIEVED_AT_ONCE);
	assert_int_equal(verdict_on(50, 7, 4, 28), BELIEVED_AT_THE_END);
	assert_int_equal(verdict_on(50, 7, 4, 29), DOUBTED);
	assert_int_equal(verdict_on(50, 2, 0, 2), BELIEVED_AT_THE_END);
	assert_int_equal(verdict_on(50, 2, 0, 3), DOUBTED);
	assert_int_equal(verdict_on(50, 20, 0, 0), BELIEVED_AT_THE_END);
}

static void large_batches_take_two_for_each_256_files(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(4230, 32, 16, 4198), BELIEVED_AT_ONCE);
	assert_int_equal(verdict_on(4230, 31, 16, 4199), DOUBTED);
	/* If most files are not split, fewer can make sense. */
	assert_int_equal(verdict_on(4230, 20, 16, 320), BELIEVED_AT_THE_END);
	assert_int_equal(verdict_on(4230, 20, 16, 321), DOUBTED);
	assert_int_equal(verdict_on(4230, 20, 1, 0), BELIEVED_AT_THE_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_file_is_no_batch),
		cmocka_unit_test(the_only_one_that_makes_sense_is_doubted),
		cmocka_unit_test(two_large_ones_are_enough_in_most_batches),
		cmocka_unit_test(small_ones_count_for_less),
		cmocka_unit_test(large_batches_take_two_for_each_256_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
