/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Each allocation of the library fails once: whatever is done then comes out as NOMEM, or right all
 * the same where there is another way, and the files on disk are as before. The linker puts the
 * functions below in the place of those that allocate (--wrap, see meson.build); how many
 * allocations there are shows when a run gets to its end without one that failed. In the sanitized
 * build nothing of it may leak.
 */
#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>

#include "module/module_for_test.h"
#include "split/random_for_test.h"

/* --- allocations */

static atomic_uint allocations; /* since failing() */
static atomic_uint first_failure, last_failure;

/* Allocations from the @first to the @last one fail; none if @first is 0. */
static void failing(unsigned int first, unsigned int last)
{
	allocations = 0;
	first_failure = first;
	last_failure = last;
}

static bool fails(void)
{
	unsigned int number = atomic_fetch_add(&allocations, 1) + 1;

	if (!first_failure || number < first_failure || number > last_failure)
		return false;
	errno = ENOMEM;
	return true;
}

#define WRAP(type, function, parameters, arguments)                                                \
	type __real_##function parameters;                                                         \
	type __wrap_##function parameters;                                                         \
	type __wrap_##function parameters                                                          \
	{                                                                                          \
		return fails() ? NULL : __real_##function arguments;                               \
	}

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, (void *old, size_t size), (old, size))
WRAP(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size))
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t size), (s, size))
WRAP(char *, realpath, (const char *path, char *resolved), (path, resolved))
WRAP(FILE *, open_memstream, (char **text, size_t *size), (text, size))
WRAP(DIR *, opendir, (const char *path), (path))

int __real_vasprintf(char **text, const char *format, va_list ap);
int __wrap_vasprintf(char **text, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

int __wrap_vasprintf(char **text, const char *format, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(text, format, ap);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list ap;
	int length;

	va_start(ap, format);
	length = __wrap_vasprintf(text, format, ap);
	va_end(ap);
	return length;
}

/* Of the address sanitizer, where there is one. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* --- what is worked on, and what comes of it */

/* Made anew for each run, as objects keep what was made for them once. */
struct things {
	struct rebtf_btf *base, *split;
	struct rebtf_btf *new_base; /* where much is missing, or is of another size */
	struct parts parts;	    /* of the split */
	struct rebtf_btf *standalone;
	char *directory; /* with modules in it */
	char *path;	 /* of the one that is worked on */
};

/* What an operation made; all that is not NULL counts. */
struct outcome {
	struct rebtf_btf *btf[3];
	void *data;
	size_t size;
	struct rebtf_report *report;
	struct rebtf_module *module;
	struct buffer text;
};

static void outcome_release(struct outcome *outcome)
{
	for (int i = 0; i < 3; i++)
		rebtf_unref(outcome->btf[i]);
	free(outcome->data);
	rebtf_report_free(outcome->report);
	rebtf_module_free(outcome->module);
	buffer_release(&outcome->text);
}

/* All that can be compared. */
static struct buffer bytes_of(const struct outcome *outcome)
{
	struct buffer all = {};

	for (int i = 0; i < 3; i++) {
		void *data;
		size_t size;

		if (!outcome->btf[i])
			continue;
		assert_ok(rebtf_write(outcome->btf[i], 0, &data, &size));
		buffer_append(&all, data, size);
		free(data);
	}
	if (outcome->data)
		buffer_append(&all, outcome->data, outcome->size);
	for (size_t i = 0; outcome->report && i < outcome->report->count; i++) {
		const struct rebtf_match *match = &outcome->report->matches[i];

		buffer_append(&all, &match->verdict, sizeof(match->verdict));
		buffer_append(&all, &match->target, sizeof(match->target));
		buffer_append(&all, match->candidates,
			      match->candidate_count * sizeof(*match->candidates));
	}
	buffer_append(&all, outcome->text.data, outcome->text.size);
	return all;
}

/* Where to put a new piece of text; not out of the memory that fails. */
static void tell(struct outcome *outcome, const void *data, size_t size)
{
	unsigned int first = first_failure, before = allocations;

	first_failure = 0;
	buffer_append(&outcome->text, data, size);
	first_failure = first;
	allocations = before;
}

static struct bytes base_bytes, split_bytes, new_base_bytes, standalone_bytes;
static struct bytes distilled_bytes, over_distilled_bytes, expects_bytes;

static int make_bytes(void **state)
{
	struct shape s = { .random = 3, .data_only = true };
	_cleanup_unref_ struct rebtf_btf *base, *new_base, *split, *standalone = NULL;
	_cleanup_parts_ struct parts parts = {};
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	while (rebtf_builder_next_id(b) < 120)
		add_random_type(&s, b, "type", 120);
	base = built(b);
	b = build_over(NULL);
	add_int(b);
	while (rebtf_builder_next_id(b) < 110)
		add_random_type(&s, b, "type", 110);
	new_base = built(b);
	s.data_only = false;
	split = build_random(&s, base, "own", 40);
	assert_ok(rebtf_standalone(split, false, &standalone));
	parts = distilled_parts(split, NULL);

	base_bytes = written(base, 0);
	new_base_bytes = written(new_base, 0);
	split_bytes = written(split, 0);
	distilled_bytes = written(parts.base, 0);
	over_distilled_bytes = written(parts.split, 0);
	expects_bytes = written(parts.expects, 0);
	standalone_bytes = written(standalone, 0);
	return 0;
}

static int free_bytes(void **state)
{
	struct bytes *const all[] = { &base_bytes,	 &split_bytes,	   &new_base_bytes,
				      &standalone_bytes, &distilled_bytes, &over_distilled_bytes,
				      &expects_bytes };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		bytes_release(all[i]);
	return 0;
}

static void things_make(struct things *t)
{
	assert_ok(open_bytes(&base_bytes, NULL, &t->base));
	assert_ok(open_bytes(&split_bytes, t->base, &t->split));
	assert_ok(open_bytes(&new_base_bytes, NULL, &t->new_base));
	assert_ok(open_bytes(&distilled_bytes, NULL, &t->parts.base));
	assert_ok(open_bytes(&over_distilled_bytes, t->parts.base, &t->parts.split));
	assert_ok(open_bytes(&expects_bytes, t->parts.base, &t->parts.expects));
	assert_ok(open_bytes(&standalone_bytes, NULL, &t->standalone));
}

static void things_release(struct things *t)
{
	rebtf_unref(t->standalone);
	parts_release(&t->parts);
	rebtf_unref(t->new_base);
	rebtf_unref(t->split);
	rebtf_unref(t->base);
}

/* --- each operation with each allocation failing */

typedef struct rebtf_error *operation(struct things *t, struct outcome *outcome);

/* What is in a directory: names and contents, in the order of names. */
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

/* What a run came to without a failure. */
struct expectation {
	enum rebtf_error_code code; /* 0: none */
	unsigned int allocations;
	struct buffer bytes, files;
};

/* Runs it with the allocations from @first to @last failing. */
static struct rebtf_error *run(operation *work, void (*prepare)(struct things *t),
			       unsigned int first, unsigned int last, struct things *t,
			       struct outcome *outcome)
{
	struct rebtf_error *err;

	things_make(t);
	if (prepare) {
		t->directory = scratch_new();
		prepare(t);
	}
	failing(first, last);
	err = work(t, outcome);
	last = allocations;
	failing(0, 0);
	allocations = last;
	return err;
}

static void clean_up(struct things *t, struct outcome *outcome, struct rebtf_error *err)
{
	rebtf_error_free(err);
	outcome_release(outcome);
	things_release(t);
	free(t->path);
	if (t->directory)
		scratch_remove(&t->directory);
}

static void expect(operation *work, void (*prepare)(struct things *t), struct expectation *want)
{
	struct outcome outcome = {};
	struct things t = {};
	struct rebtf_error *err = run(work, prepare, 0, 0, &t, &outcome);

	want->code = err ? err->code : 0;
	want->allocations = allocations;
	want->bytes = bytes_of(&outcome);
	want->files = snapshot(t.directory);
	clean_up(&t, &outcome, err);
	assert_in_range(want->allocations, 1, 100000);
}

static unsigned int runs;

static bool same_buffer(const struct buffer *a, const struct buffer *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

/* One run in which some allocations fail; true if that made a difference. */
static bool try(operation *work, void (*prepare)(struct things *t), unsigned int first,
		unsigned int last, const struct expectation *want)
{
	struct buffer bytes, before = {}, files;
	struct outcome outcome = {};
	struct things t = {};
	struct rebtf_error *err;
	bool failed;

	if (prepare) {
		t.directory = scratch_new();
		prepare(&t);
		before = snapshot(t.directory);
		free(t.path);
		scratch_remove(&t.directory);
	}
	runs++;
	err = run(work, prepare, first, last, &t, &outcome);
	/* A directory is opened by a function that says so in its own way. */
	failed = err && (err->code == REBTF_ERR_NOMEM || err->errnum == ENOMEM);
	bytes = bytes_of(&outcome);
	files = snapshot(t.directory);
	if (!failed && (err ? err->code : 0) != want->code)
		fail_msg("allocations %u to %u: error %d instead of %d: %s", first, last,
			 err ? err->code : 0, want->code, err ? err->message : "none");
	if (!failed && !same_buffer(&bytes, &want->bytes))
		fail_msg("allocations %u to %u: another result", first, last);
	if (!same_buffer(&files, failed ? &before : &want->files))
		fail_msg("allocations %u to %u: other files", first, last);
	buffer_release(&before);
	buffer_release(&files);
	buffer_release(&bytes);
	clean_up(&t, &outcome, err);
	return failed;
}

/* @prepare makes a module in t->directory; NULL: none is needed. */
static void try_all(operation *work, void (*prepare)(struct things *t))
{
	unsigned int made_a_difference = 0;
	struct expectation want = {};

	expect(work, prepare, &want);
	for (unsigned int n = 1; n <= want.allocations; n++) {
		/* This one alone, and then: from this one on, as when memory is really at its end. */
		made_a_difference += try(work, prepare, n, n, &want);
		try(work, prepare, n, UINT_MAX, &want);
	}
	assert_in_range(made_a_difference, 1, want.allocations);
	buffer_release(&want.bytes);
	buffer_release(&want.files);
	if (__lsan_do_recoverable_leak_check)
		assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
}

/* --- BTF */

static struct rebtf_error *open_all(struct things *t, struct outcome *outcome)
{
	(void)t;
	TRY(open_bytes(&base_bytes, NULL, &outcome->btf[0]));
	return open_bytes(&split_bytes, outcome->btf[0], &outcome->btf[1]);
}

static struct rebtf_error *write_all(struct things *t, struct outcome *outcome)
{
	return rebtf_write(t->split, REBTF_WRITE_BIG | REBTF_WRITE_LAYOUT, &outcome->data,
			   &outcome->size);
}

static struct rebtf_error *add_text(void *arg, const char *text, size_t size)
{
	tell(arg, text, size);
	return NULL;
}

static struct rebtf_error *dump(struct things *t, struct outcome *outcome)
{
	return rebtf_dump(t->split, add_text, outcome);
}

static struct rebtf_error *build(struct things *t, struct outcome *outcome)
{
	struct rebtf_builder *b;

	TRY(rebtf_builder_new(t->base, &b));
	for (uint32_t id = rebtf_start_id(t->split); id < rebtf_type_count(t->split); id++)
		rebtf_builder_copy(b, t->split, id, NULL);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "new", 4);
	rebtf_builder_member(b, "member", 1, 0, 0);
	return rebtf_builder_finish(b, &outcome->btf[0]);
}

static struct rebtf_error *verify(struct things *t, struct outcome *outcome)
{
	const struct rebtf_verify_options options = {};
	struct rebtf_violations violations = {};

	TRY(rebtf_verify(split_bytes.data, split_bytes.size, "x", t->base, &options, &violations));
	tell(outcome, &violations.count, sizeof(violations.count));
	for (size_t i = 0; i < violations.count; i++)
		tell(outcome, &violations.errors[i]->type_id, sizeof(uint32_t));
	rebtf_violations_free(&violations);
	return NULL;
}

static void btf_is_opened_written_and_built(void **state)
{
	(void)state;
	try_all(open_all, NULL);
	try_all(write_all, NULL);
	try_all(dump, NULL);
	try_all(build, NULL);
	try_all(verify, NULL);
}

/* --- split BTF */

static struct rebtf_error *distill(struct things *t, struct outcome *outcome)
{
	return rebtf_distill(t->split, &outcome->btf[0], &outcome->btf[1]);
}

static const char *const trusted_names[] = { "type10", "type20", "own130", "nothing" };
static const struct rebtf_trust trust = { .names = trusted_names, .name_count = 4 };

static struct rebtf_error *distill_expects(struct things *t, struct outcome *outcome)
{
	return rebtf_distill_expects(t->split, &trust, &outcome->btf[0], &outcome->btf[1],
				     &outcome->btf[2]);
}

static struct rebtf_error *expect_later(struct things *t, struct outcome *outcome)
{
	return rebtf_expects(t->parts.split, &trust, t->base, &outcome->btf[0]);
}

static struct rebtf_error *relocate(struct things *t, struct outcome *outcome)
{
	return rebtf_relocate(t->parts.split, t->base, &outcome->report, &outcome->btf[0]);
}

static struct rebtf_error *relocate_what_does_not_fit(struct things *t, struct outcome *outcome)
{
	return rebtf_relocate(t->parts.split, t->new_base, &outcome->report, &outcome->btf[0]);
}

static struct rebtf_error *reconcile(struct things *t, struct outcome *outcome)
{
	const struct rebtf_reconcile_options options = {
		.policy = REBTF_POLICY_STRICT,
		.local = true,
		.expects = t->parts.expects,
		.trust = NULL,
	};

	return rebtf_reconcile(t->parts.split, t->new_base, &options, &outcome->report,
			       &outcome->btf[0]);
}

static struct rebtf_error *reconcile_with_trust(struct things *t, struct outcome *outcome)
{
	const struct rebtf_reconcile_options options = {
		.policy = REBTF_POLICY_STRICT,
		.expects = t->parts.expects,
		.trust = &trust,
	};

	return rebtf_reconcile(t->parts.split, t->new_base, &options, &outcome->report,
			       &outcome->btf[0]);
}

static struct rebtf_error *make_standalone(struct things *t, struct outcome *outcome)
{
	TRY(rebtf_standalone(t->split, false, &outcome->btf[0]));
	return rebtf_standalone(t->split, true, &outcome->btf[1]);
}

static struct rebtf_error *present(struct things *t, struct outcome *outcome)
{
	return rebtf_present(t->standalone, t->base, &outcome->btf[0]);
}

static struct rebtf_error *count_base_refs(struct things *t, struct outcome *outcome)
{
	size_t count;

	TRY(rebtf_count_base_refs(t->split, &count));
	tell(outcome, &count, sizeof(count));
	return NULL;
}

static void split_btf_is_distilled(void **state)
{
	(void)state;
	try_all(distill, NULL);
	try_all(distill_expects, NULL);
	try_all(expect_later, NULL);
	try_all(count_base_refs, NULL);
}

static void distilled_btf_is_relocated_and_reconciled(void **state)
{
	(void)state;
	try_all(relocate, NULL);
	try_all(relocate_what_does_not_fit, NULL);
	try_all(reconcile, NULL);
	try_all(reconcile_with_trust, NULL);
}

static void btf_is_made_standalone_and_presented(void **state)
{
	(void)state;
	try_all(make_standalone, NULL);
	try_all(present, NULL);
}

static struct rebtf_error *find_ways(struct things *t, struct outcome *outcome)
{
	struct rebtf_error *err = NULL;
	const struct rebtf_step *steps;
	struct rebtf_paths *paths;
	size_t count;

	TRY(rebtf_paths_new(t->parts.split, NULL, &paths));
	for (uint32_t id = 1; !err && id < rebtf_type_count(t->parts.base); id++) {
		err = rebtf_path(paths, id, REBTF_POINTER_ONLY, &steps, &count);
		for (size_t i = 0; !err && i < count; i++)
			tell(outcome, &steps[i].type_id, sizeof(steps[i].type_id));
	}
	rebtf_paths_free(paths);
	return err;
}

static struct rebtf_error *compare(struct things *t, struct outcome *outcome)
{
	for (uint32_t id = 1; id < rebtf_type_count(t->base); id++) {
		const struct rebtf_type *type = rebtf_type_by_id(t->base, id);
		struct rebtf_change_list *changes;
		uint32_t other;

		if (rebtf_type_kind(type) != REBTF_KIND_STRUCT || !type->name_off)
			continue;
		/* Any other will do. */
		for (other = rebtf_type_count(t->new_base) - 1; other; other--) {
			if (rebtf_type_kind(rebtf_type_by_id(t->new_base, other)) ==
			    REBTF_KIND_STRUCT)
				break;
		}
		TRY(rebtf_compare(t->base, id, t->new_base, other, &changes));
		tell(outcome, &changes->count, sizeof(changes->count));
		rebtf_change_list_free(changes);
	}
	return NULL;
}

static void what_does_not_fit_is_explained(void **state)
{
	(void)state;
	try_all(find_ways, NULL);
	try_all(compare, NULL);
}

/* --- files */

static void prepare_raw(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "x.btf"));
	write_bytes(t->path, split_bytes.data, split_bytes.size);
}

static void prepare_pair(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "x.btf"));
	write_bytes(t->path, over_distilled_bytes.data, over_distilled_bytes.size);
	write_bytes(scratch_path(t->directory, "x.btf.base"), distilled_bytes.data,
		    distilled_bytes.size);
	write_bytes(scratch_path(t->directory, "x.btf.expects"), expects_bytes.data,
		    expects_bytes.size);
}

static void prepare_packed(struct things *t, enum codec codec)
{
	t->path = strdup(scratch_path(t->directory, "x.ko"));
	make_ko(t->path, split_bytes.data, split_bytes.size, codec, false);
}

static void prepare_ko(struct things *t)
{
	prepare_packed(t, CODEC_NONE);
}

static void prepare_gzip(struct things *t)
{
	prepare_packed(t, CODEC_GZIP);
}

static void prepare_xz(struct things *t)
{
	prepare_packed(t, CODEC_XZ);
}

static void prepare_zstd(struct things *t)
{
	prepare_packed(t, CODEC_ZSTD);
}

static struct rebtf_error *distill_file(struct things *t, struct outcome *outcome)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_DISTILLED,
		.made_over = t->base,
	};
	struct rebtf_btf *split;
	enum rebtf_form form;
	struct rebtf_error *err;

	TRY(rebtf_module_open(t->path, &outcome->module));
	TRY(rebtf_module_form(outcome->module, t->base, &form));
	TRY(rebtf_module_btf(outcome->module, t->base, &split));
	err = rebtf_distill_expects(split, NULL, &outcome->btf[0], &outcome->btf[1],
				    &outcome->btf[2]);
	rebtf_unref(split);
	if (err)
		return err;
	output.distilled_base = outcome->btf[0];
	output.btf = outcome->btf[1];
	output.expects = outcome->btf[2];
	return rebtf_module_write(outcome->module, t->path, &output);
}

static struct rebtf_error *relocate_file(struct things *t, struct outcome *outcome)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_SPLIT,
		.made_over = t->base,
	};
	struct rebtf_btf *split;
	struct rebtf_error *err;

	TRY(rebtf_module_open(t->path, &outcome->module));
	TRY(rebtf_module_distilled(outcome->module, &split));
	err = rebtf_module_expects(outcome->module, rebtf_base(split), &outcome->btf[0]);
	if (!err)
		err = rebtf_relocate(split, t->base, &outcome->report, &outcome->btf[1]);
	rebtf_unref(split);
	if (err)
		return err;
	output.btf = outcome->btf[1];
	return rebtf_module_write(outcome->module, t->path, &output);
}

static struct rebtf_error *copy_file(struct things *t, struct outcome *outcome)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/copy", t->directory);
	TRY(rebtf_module_open(t->path, &outcome->module));
	return rebtf_module_copy(outcome->module, path);
}

static void modules_are_written_or_stay_as_they_are(void **state)
{
	(void)state;
	try_all(distill_file, prepare_raw);
	try_all(distill_file, prepare_ko);
	try_all(distill_file, prepare_gzip);
	try_all(distill_file, prepare_xz);
	try_all(distill_file, prepare_zstd);
	try_all(relocate_file, prepare_pair);
	try_all(copy_file, prepare_pair);
	try_all(copy_file, prepare_ko);
}

/* --- a module with .BTF_ids, over a kernel whose index is there already */

static struct rebtf_btf *kernel;

static void prepare_real(struct things *t)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/ko/tcp_bbr.ko", getenv("TESTDATA"));
	assert_ok(file_read(path, &bytes));
	t->path = strdup(scratch_path(t->directory, "x.ko"));
	write_bytes(t->path, bytes.data, bytes.size);
	rebtf_unref(t->base);
	t->base = rebtf_ref(kernel);
}

static void prepare_distilled(struct things *t)
{
	struct outcome outcome = {};

	prepare_real(t);
	assert_ok(distill_file(t, &outcome));
	outcome_release(&outcome);
}

static struct rebtf_error *relocate_and_keep(struct things *t, struct outcome *outcome)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_SPLIT,
		.made_over = t->base,
		.flags = REBTF_MODULE_KEEP,
	};
	struct rebtf_trust ids = {};
	uint32_t *found = NULL;

	TRY(rebtf_module_open(t->path, &outcome->module));
	TRY(rebtf_module_distilled(outcome->module, &outcome->btf[0]));
	TRY(rebtf_module_ids(outcome->module, outcome->btf[0], &found, &ids.id_count));
	tell(outcome, found, ids.id_count * sizeof(*found));
	free(found);
	TRY(rebtf_relocate(outcome->btf[0], t->base, NULL, &outcome->btf[1]));
	output.btf = outcome->btf[1];
	return rebtf_module_write(outcome->module, t->path, &output);
}

static void ids_of_a_real_module_follow_its_types(void **state)
{
	struct things t = {};
	struct outcome outcome = {};
	char path[PATH_MAX];

	(void)state;
	if (!getenv("TESTDATA"))
		skip();
	snprintf(path, sizeof(path), "%s/vmlinux/6.1.0-47-amd64.btf", getenv("TESTDATA"));
	assert_ok(rebtf_open(path, NULL, &kernel));
	/* What is made for the kernel once is made here. */
	clean_up(&t, &outcome, run(relocate_and_keep, prepare_distilled, 0, 0, &t, &outcome));
	try_all(distill_file, prepare_real);
	try_all(relocate_and_keep, prepare_distilled);
	rebtf_unref(kernel);
}

static struct rebtf_error *list_files(struct things *t, struct outcome *outcome)
{
	const char *paths[] = { t->directory, t->path };
	struct rebtf_file_list *list;

	TRY(rebtf_file_list(paths, 2, &list));
	tell(outcome, &list->count, sizeof(list->count));
	rebtf_file_list_free(list);
	return NULL;
}

static void add_one(void *arg, size_t index, unsigned int worker)
{
	(void)index, (void)worker;
	atomic_fetch_add((atomic_size_t *)arg, 1);
}

static struct rebtf_error *work_in_parallel(struct things *t, struct outcome *outcome)
{
	atomic_size_t done = 0;
	size_t count;

	(void)t;
	TRY(rebtf_parallel(4, 100, add_one, &done));
	count = done;
	tell(outcome, &count, sizeof(count));
	return NULL;
}

static struct rebtf_error *open_kernel(struct things *t, struct outcome *outcome)
{
	return rebtf_kernel_open(t->path, &outcome->btf[0]);
}

static void prepare_kernel(struct things *t)
{
	t->path = strdup(scratch_path(t->directory, "vmlinux"));
	write_bytes(t->path, base_bytes.data, base_bytes.size);
}

static void files_are_listed_and_kernels_opened(void **state)
{
	(void)state;
	try_all(list_files, prepare_pair);
	try_all(work_in_parallel, NULL);
	try_all(open_kernel, prepare_kernel);
}

int main(void)
{
	/* Each run in place syncs. */
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
	};

	if (!access(memory, W_OK))
		setenv("TMPDIR", memory, 0);
	failed = cmocka_run_group_tests(tests, make_bytes, free_bytes);
	printf("# %u runs in which allocations failed\n", runs);
	return failed;
}
