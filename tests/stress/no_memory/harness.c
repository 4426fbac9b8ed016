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

/* Appends the output of an operation, with memory that does not fail. */
static void append_text(struct results *r, const void *data, size_t size)
{
	failing_pause();
	buffer_append(r->arg, data, size);
	failing_resume();
}

/* All comparable parts of results. */
static struct buffer bytes_of(const struct results *results)
{
	const struct buffer *text = results->arg;
	struct buffer all = {};

	for (int i = 0; i < 3; i++) {
		void *data;
		size_t size;

		if (!results->btf[i])
			continue;
		assert_ok(rebtf_btf_write(results->btf[i], NULL, &data, &size));
		buffer_append(&all, data, size);
		free(data);
	}
	if (results->data)
		buffer_append(&all, results->data, results->size);
	for (size_t i = 0; results->report && i < rebtf_report_count(results->report); i++) {
		const struct rebtf_match *match = rebtf_report_at(results->report, i);

		buffer_append(&all, &match->verdict, sizeof(match->verdict));
		buffer_append(&all, &match->target, sizeof(match->target));
		buffer_append(&all, match->candidates,
			      match->candidate_count * sizeof(*match->candidates));
	}
	buffer_append(&all, text->data, text->size);
	return all;
}

/* The name of a file, and its contents unless the name starts with a dot. */
static void append_file(struct buffer *all, const char *directory, const char *name)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	buffer_append(all, name, strlen(name) + 1);
	if (name[0] == '.')
		return;
	assert_ok(file_read(scratch_path(directory, name), &bytes));
	buffer_append(all, bytes.data, bytes.size);
}

/* Calls @add for all files in a directory, in the order of names. */
static void for_each_file(const char *directory,
			  void (*add)(void *arg, const char *directory, const char *name),
			  void *arg)
{
	struct dirent **entries;
	int count;

	if (!directory)
		return;
	count = scandir(directory, &entries, NULL, alphasort);
	assert_true(count >= 2);
	for (int i = 0; i < count; i++) {
		add(arg, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void add_to_snapshot(void *arg, const char *directory, const char *name)
{
	append_file(arg, directory, name);
}

static struct buffer snapshot(const char *directory)
{
	struct buffer all = {};

	for_each_file(directory, add_to_snapshot, &all);
	return all;
}

static void count_file(void *arg, const char *directory, const char *name)
{
	size_t *count = arg;

	(void)directory;
	(void)name;
	++*count;
}

static size_t count_descriptors(void)
{
	size_t count = 0;

	for_each_file("/proc/self/fd", count_file, &count);
	return count;
}

/* -------------------------------------------------------------------------------------- one run */

/* One run, for comparison with another. */
struct run {
	struct things things;
	struct results results;
	struct buffer text; /* told by the operation */
	struct rebtf_error *err;
	unsigned int allocations;    /* made by the operation alone */
	struct buffer before, files; /* on disk */
	struct buffer bytes;
};

/* Prepares a run. Returns false if the operation is not possible. */
static bool run_start(struct run *run, const struct operation *operation,
		      const struct preparation *preparation, struct world *world)
{
	*run = (struct run){ .results = { .tell = append_text, .arg = &run->text } };
	things_make(&run->things);
	if (preparation) {
		run->things.directory = scratch_new();
		assert_int_equal(mkdir(scratch_path(run->things.directory, ".out"), 0777), 0);
		preparation->prepare(&run->things);
	}
	*world = things_world(&run->things);
	return operation_is_possible(operation, world);
}

/* Makes the allocations from @first to @last fail, or no allocation if @first is 0. */
static bool run_once(struct run *run, const struct operation *operation,
		     const struct preparation *preparation, unsigned int first, unsigned int last)
{
	struct world world;

	if (!run_start(run, operation, preparation, &world))
		return false;
	run->before = snapshot(run->things.directory);
	failing_start(first, last);
	run->err = operation->run(&world, &run->results);
	run->allocations = failing_stop();
	/* No allocation failed, so the code took NULL for 0 bytes as a failure. */
	if (!first && run->err && run->err->code == REBTF_ERR_NOMEM)
		fail_msg("%s: %s", operation->name, rebtf_error_message(run->err));
	run->files = snapshot(run->things.directory);
	run->bytes = bytes_of(&run->results);
	return true;
}

static void run_release(struct run *run)
{
	rebtf_error_free(run->err);
	results_release(&run->results);
	buffer_release(&run->text);
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

struct mixture {
	const struct buffer *old_files, *new_files;
	bool has_other;
};

static void look_for_other(void *arg, const char *directory, const char *name)
{
	struct mixture *m = arg;
	struct buffer file = {};

	append_file(&file, directory, name);
	if (!memmem(m->old_files->data, m->old_files->size, file.data, file.size) &&
	    !memmem(m->new_files->data, m->new_files->size, file.data, file.size))
		m->has_other = true;
	buffer_release(&file);
}

/* Raw BTF is several files, which cannot be replaced at once. Each must be the old or the new one. */
static bool is_mixture(const struct run *run, const struct run *want)
{
	struct mixture m = { &run->before, &want->files, false };

	for_each_file(run->things.directory, look_for_other, &m);
	return !m.has_other;
}

/*
 * Compares a run with failing allocations to @want, a run without. Returns true if it failed for
 * lack of memory.
 */
static bool try(const struct operation *operation, const struct preparation *preparation,
		unsigned int first, unsigned int last, const struct run *want)
{
	enum rebtf_error_code code, want_code = want->err ? rebtf_error_code(want->err) : 0;
	size_t descriptors = count_descriptors();
	struct run run;
	bool failed;

	runs++;
	run_once(&run, operation, preparation, first, last);
	code = run.err ? rebtf_error_code(run.err) : 0;
	/* Opening a directory reports ENOMEM in errnum. */
	failed = run.err && (code == REBTF_ERR_NOMEM || rebtf_error_errnum(run.err) == ENOMEM);
	if (!failed && code != want_code)
		fail_msg("%s: allocations %u to %u: error %d instead of %d: %s", operation->name,
			 first, last, code, want_code,
			 run.err ? rebtf_error_message(run.err) : "none");
	if (!failed && !same_buffer(&run.bytes, &want->bytes))
		fail_msg("%s: allocations %u to %u: another result", operation->name, first, last);
	if (!same_buffer(&run.files, failed ? &run.before : &want->files) &&
	    !(failed && preparation->several_files && (operation->flags & REPLACES_SEVERAL) &&
	      is_mixture(&run, want)))
		fail_msg("%s: allocations %u to %u: other files", operation->name, first, last);
	run_release(&run);
	if (count_descriptors() != descriptors)
		fail_msg("%s: allocations %u to %u: not all files are closed", operation->name,
			 first, last);
	return failed;
}

/* Sanitized, all allocations take minutes, so tests/run --quick tries at most ten of each operation. */
static bool is_sample(void)
{
	return __lsan_do_recoverable_leak_check && getenv("QUICK");
}

void try_all(const struct operation *operation, const struct preparation *preparation)
{
	unsigned int made_a_difference = 0, step;
	struct run want;

	if (!run_once(&want, operation, preparation, 0, 0)) {
		run_release(&want);
		return;
	}
	assert_in_range(want.allocations, !(operation->flags & WORKS_WITHOUT_MEMORY), 100000);
	step = is_sample() ? want.allocations / 10 + 1 : 1;
	for (unsigned int n = 1; n <= want.allocations; n += step) {
		/* This one alone, and then all from this one on, as when memory really runs out. */
		made_a_difference += try(operation, preparation, n, n, &want);
		try(operation, preparation, n, UINT_MAX, &want);
	}
	if (operation->flags & WORKS_WITHOUT_MEMORY)
		assert_int_equal(made_a_difference, 0);
	else
		assert_in_range(made_a_difference, 1, want.allocations);
	run_release(&want);
	/* The end of the program has such a check, too, but that does not tell the operation. */
	if (__lsan_do_recoverable_leak_check && !is_sample())
		assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
}

void try_none(const struct operation *operation, const struct preparation *preparation)
{
	struct run run;

	run_once(&run, operation, preparation, 0, 0);
	run_release(&run);
}
