/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs an operation once normally, and then with each of its allocations failing: alone, and
 * together with all later ones. Compares the results in memory and on disk.
 */
#include <dirent.h>
#include <errno.h>

#include "allocations.h"
#include "no_memory.h"

/* -------------------------------------------------------------------------------------- results */

void outcome_release(struct outcome *outcome)
{
	for (int i = 0; i < 3; i++)
		rebtf_btf_unref(outcome->btf[i]);
	free(outcome->data);
	rebtf_report_free(outcome->report);
	rebtf_module_free(outcome->module);
	buffer_release(&outcome->text);
}

/* All comparable parts of an outcome. */
static struct buffer bytes_of(const struct outcome *outcome)
{
	struct buffer all = {};

	for (int i = 0; i < 3; i++) {
		void *data;
		size_t size;

		if (!outcome->btf[i])
			continue;
		assert_ok(rebtf_btf_write(outcome->btf[i], NULL, &data, &size));
		buffer_append(&all, data, size);
		free(data);
	}
	if (outcome->data)
		buffer_append(&all, outcome->data, outcome->size);
	for (size_t i = 0; outcome->report && i < rebtf_report_count(outcome->report); i++) {
		const struct rebtf_match *match = rebtf_report_at(outcome->report, i);

		buffer_append(&all, &match->verdict, sizeof(match->verdict));
		buffer_append(&all, &match->target, sizeof(match->target));
		buffer_append(&all, match->candidates,
			      match->candidate_count * sizeof(*match->candidates));
	}
	buffer_append(&all, outcome->text.data, outcome->text.size);
	return all;
}

void tell(struct outcome *outcome, const void *data, size_t size)
{
	failing_pause();
	buffer_append(&outcome->text, data, size);
	failing_resume();
}

/* Names and contents of the files in a directory, in the order of names. */
static struct buffer snapshot(const char *directory)
{
	struct buffer all = {};
	struct dirent **entries;
	int count;

	if (!directory)
		return all;
	count = scandir(directory, &entries, NULL, alphasort);
	assert_true(count >= 2);
	for (int i = 0; i < count; i++) {
		_cleanup_file_bytes_ struct file_bytes bytes = {};

		buffer_append(&all, entries[i]->d_name, strlen(entries[i]->d_name) + 1);
		if (entries[i]->d_name[0] != '.') {
			assert_ok(file_read(scratch_path(directory, entries[i]->d_name), &bytes));
			buffer_append(&all, bytes.data, bytes.size);
		}
		free(entries[i]);
	}
	free(entries);
	return all;
}

/* -------------------------------------------------------------------------------------- one run */

/* One run, for comparison with another. */
struct run {
	struct things things;
	struct outcome outcome;
	struct rebtf_error *err;
	unsigned int allocations;    /* made by the operation alone */
	struct buffer before, files; /* on disk */
	struct buffer bytes;
};

/* Makes the allocations from @first to @last fail, or none if @first is 0. */
static void run_once(struct run *run, operation *work, preparation *prepare, unsigned int first,
		     unsigned int last)
{
	*run = (struct run){};
	things_make(&run->things);
	if (prepare) {
		run->things.directory = scratch_new();
		prepare(&run->things);
	}
	run->before = snapshot(run->things.directory);
	failing_start(first, last);
	run->err = work(&run->things, &run->outcome);
	run->allocations = failing_stop();
	run->files = snapshot(run->things.directory);
	run->bytes = bytes_of(&run->outcome);
}

static void run_release(struct run *run)
{
	rebtf_error_free(run->err);
	outcome_release(&run->outcome);
	things_release(&run->things);
	buffer_release(&run->before);
	buffer_release(&run->files);
	buffer_release(&run->bytes);
}

/* ------------------------------------------------------------------------------------- all runs */

/* Defined only with the address sanitizer. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

unsigned int runs;

static bool same_buffer(const struct buffer *a, const struct buffer *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

/*
 * Compares a run with failing allocations to @want, a run without. Returns true if it failed for
 * lack of memory.
 */
static bool try(operation *work, preparation *prepare, unsigned int first, unsigned int last,
		const struct run *want)
{
	enum rebtf_error_code code, want_code = want->err ? rebtf_error_code(want->err) : 0;
	struct run run;
	bool failed;

	runs++;
	run_once(&run, work, prepare, first, last);
	code = run.err ? rebtf_error_code(run.err) : 0;
	/* Opening a directory reports ENOMEM in errnum. */
	failed = run.err && (code == REBTF_ERR_NOMEM || rebtf_error_errnum(run.err) == ENOMEM);
	if (!failed && code != want_code)
		fail_msg("allocations %u to %u: error %d instead of %d: %s", first, last, code,
			 want_code, run.err ? rebtf_error_message(run.err) : "none");
	if (!failed && !same_buffer(&run.bytes, &want->bytes))
		fail_msg("allocations %u to %u: another result", first, last);
	if (!same_buffer(&run.files, failed ? &run.before : &want->files))
		fail_msg("allocations %u to %u: other files", first, last);
	run_release(&run);
	return failed;
}

void try_all(operation *work, preparation *prepare)
{
	unsigned int made_a_difference = 0;
	struct run want;

	run_once(&want, work, prepare, 0, 0);
	assert_in_range(want.allocations, 1, 100000);
	for (unsigned int n = 1; n <= want.allocations; n++) {
		/* This one alone, and then all from this one on, as when memory really runs out. */
		made_a_difference += try(work, prepare, n, n, &want);
		try(work, prepare, n, UINT_MAX, &want);
	}
	assert_in_range(made_a_difference, 1, want.allocations);
	run_release(&want);
	if (__lsan_do_recoverable_leak_check)
		assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
}

void try_none(operation *work, preparation *prepare)
{
	struct run run;

	run_once(&run, work, prepare, 0, 0);
	run_release(&run);
}
