/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Runs one verb over many files: lists them, runs workers, and prints results in order. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/batch.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/stdin.h"
#include "cli/tree_files.h"

/*
 * One unit of work: a file, or a path that could not be listed. Its failure is reported in order.
 */
struct item {
	const struct rebtf_file *file; /* NULL: */
	const char *path;
	struct rebtf_error *err; /* ownership passes to the result */
};

struct slot {
	struct result result;
	bool done;
	bool untold; /* no memory was left even for the error message */
};

struct batch {
	const struct options *options;
	const struct batch_work *work;
	struct item *items;
	struct rebtf_file *named; /* files that are in no list, by index on the command line */
	struct slot *slots;
	size_t count;

	/* Workers share it. A file that failed for lack of memory locks it exclusively. */
	pthread_rwlock_t memory;

	/* The lock protects the members below, and the slots' done. */
	pthread_mutex_t lock;
	pthread_cond_t has_printed;
	size_t waiting; /* bytes of results that are not printed yet */
	size_t held;	/* files that wait for the evidence of others */
	size_t done;	/* number of finished slots */
	size_t printed; /* all slots before this index are printed */
	struct tally *tally;
	struct progress progress;
};

/* -------------------------------------------------------------------------------------- results */

struct json_object *result_json(const struct options *options, const char *path,
				const char *outcome)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "file", path);
	json_add_string(object, "outcome", outcome);
	if (options->dry_run)
		json_add_bool(object, "dry_run", true);
	return object;
}

static void set_failed(struct result *result, const struct options *options, const char *path,
		       const struct rebtf_error *err)
{
	struct json_object *object;

	result->outcome = OUTCOME_FAILED;
	result->changed = rebtf_error_code(err) == REBTF_ERR_CHANGED;
	result->no_memory = rebtf_error_code(err) == REBTF_ERR_NOMEM;
	file_error_init(&result->error, err, path);
	if (!options->json || options->quiet)
		return;
	object = result_json(options, path, "failed");
	json_add(object, "error", json_error(err, path));
	if (result->loading)
		json_add(object, "loading", result->loading);
	result->loading = NULL;
	json_print(&result->out, object);
}

void result_fail(struct result *result, const struct options *options, const char *path,
		 struct rebtf_error *err)
{
	if (rebtf_error_code(err) == REBTF_ERR_SIGNED) {
		result_refuse(
			result, options, path, REBTF_ERR_SIGNED, NULL,
			"the module is signed, but a change would break its signature: drop it with --strip-signature, or make a new one with --sign");
	} else {
		set_failed(result, options, path, err);
	}
	rebtf_error_free(err);
}

void result_refuse(struct result *result, const struct options *options, const char *path,
		   enum rebtf_error_code code, const char *section, const char *message)
{
	struct rebtf_error *err = rebtf_error_new(code, path, section, message);

	set_failed(result, options, path, err);
	rebtf_error_free(err);
}

/* ------------------------------------------------------------------------------------- printing */

static void batch_count_result(struct tally *tally, const struct result *result)
{
	tally->outcomes[result->outcome]++;
	if (result->outcome == OUTCOME_LEFT && result->no_btf)
		tally->left_no_btf++;
	else if (result->outcome == OUTCOME_LEFT)
		tally->left_forms[result->form]++;
	if (result->outcome != OUTCOME_DONE)
		return;
	tally->built_for_base += result->built_for_base;
	tally->already += result->already;
	if (result->already || !result->localized)
		return;
	tally->kept++;
	tally->localized += result->localized;
	tally->refs += result->refs;
	tally->refs_localized += result->refs_localized;
}

static const char *batch_path_of(const struct item *item)
{
	return item->file ? item->file->path : item->path;
}

/* Works without any memory. */
static void print_untold(const char *path)
{
	fputs("rebtf: ", stderr);
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c < 0x20 || c >= 0x7f)
			fprintf(stderr, "\\x%02x", c);
		else
			fputc(c, stderr);
	}
	fputs(": out of memory\n", stderr);
}

static void print(struct batch *batch, size_t index)
{
	struct slot *slot = &batch->slots[index];
	struct result *result = &slot->result;
	const struct text *line = &result->error.line;

	if (line->size && !error_groups_add(&batch->tally->errors, &result->error))
		line = NULL;
	if ((line && line->size) || slot->untold || (result->out.size && !batch->options->quiet))
		progress_clear(&batch->progress);
	if (slot->untold)
		print_untold(batch_path_of(&batch->items[index]));
	if (line && line->size)
		fwrite(line->data, 1, line->size, stderr);
	if (!batch->options->quiet)
		output_write(result->out.data, result->out.size);
	file_error_release(&result->error);
	text_release(&result->out);
}

static size_t size_of(const struct result *result)
{
	return result->out.capacity + result->error.line.capacity;
}

static void count_and_print(struct batch *batch, size_t index)
{
	struct result *result = &batch->slots[index].result;

	batch_count_result(batch->tally, result);
	batch->waiting -= size_of(result);
	print(batch, index);
}

/*
 * After an interrupt: prints finished results after the first unfinished file, and reports the
 * progress.
 */
static void finish_interrupted(struct batch *batch)
{
	struct text line = {};

	for (size_t i = batch->printed; i < batch->count; i++) {
		if (batch->slots[i].done)
			count_and_print(batch, i);
	}
	batch->tally->unreached = batch->count - batch->done;
	text_addf(&line, "rebtf: interrupted by %s after ", interrupt_name());
	text_add_count(&line, batch->done);
	text_add(&line, " of ");
	text_add_counted(&line, batch->count, "file");
	text_add(&line, "\n");
	fwrite(line.data, 1, line.size, stderr);
	text_release(&line);
}

static struct rebtf_error *take_error(struct item *item)
{
	struct rebtf_error *err = item->err;

	item->err = NULL;
	return err;
}

/* How often to retry a file that other processes keep changing. */
#define ATTEMPTS 10

static void result_clear(struct result *result)
{
	text_release(&result->out);
	file_error_release(&result->error);
	*result = (struct result){};
	memory_has_failed();
}

/*
 * A file that changed meanwhile, perhaps by another run, is a different file: decide anew what to
 * do with it.
 */
static void work_on_file(struct batch *batch, const struct rebtf_file *file, struct result *result)
{
	/* The process that changed it may also have added a companion since the listing. */
	struct rebtf_file again = *file;

	again.may_expect = true;
	for (int attempt = 1;; attempt++) {
		batch->work->one(batch->work->arg, attempt == 1 ? file : &again, result);
		if (!result->changed || attempt == ATTEMPTS)
			return;
		result_clear(result);
	}
}

/*
 * A file that failed for lack of memory is retried once while no other worker has a file. So a
 * large file never blocks others, and its success depends on the file alone.
 */
static void share_memory(struct batch *batch, const struct rebtf_file *file, struct result *result)
{
	pthread_rwlock_rdlock(&batch->memory);
	work_on_file(batch, file, result);
	pthread_rwlock_unlock(&batch->memory);
	if (!result->no_memory || batch->count == 1 || batch->options->jobs == 1)
		return;
	pthread_rwlock_wrlock(&batch->memory);
	result_clear(result);
	work_on_file(batch, file, result);
	pthread_rwlock_unlock(&batch->memory);
}

/* At most this many bytes of results may wait for an earlier file. */
#define WAITING_MAX ((size_t)32 << 20)

static void wait_for_printing(struct batch *batch, size_t index)
{
	pthread_mutex_lock(&batch->lock);
	/*
	 * The file that all results wait for was started earlier, or is this one. Or it is held,
	 * and waits for all.
	 */
	while (batch->waiting > WAITING_MAX && batch->printed != index && !batch->held &&
	       !interrupt_came())
		pthread_cond_wait(&batch->has_printed, &batch->lock);
	pthread_mutex_unlock(&batch->lock);
}

/* After an interrupt, the file that they wait for may never finish. */
static void give_up_waiting(struct batch *batch)
{
	pthread_mutex_lock(&batch->lock);
	pthread_cond_broadcast(&batch->has_printed);
	pthread_mutex_unlock(&batch->lock);
}

static void batch_finish(struct batch *batch, struct slot *slot)
{
	pthread_mutex_lock(&batch->lock);
	slot->done = true;
	batch->done++;
	batch->waiting += size_of(&slot->result);
	for (; batch->printed < batch->count && batch->slots[batch->printed].done; batch->printed++)
		count_and_print(batch, batch->printed);
	/* A memory failure in printing must not count against this worker's next file. */
	memory_has_failed();
	pthread_cond_broadcast(&batch->has_printed);
	progress_update(&batch->progress, batch->done);
	pthread_mutex_unlock(&batch->lock);
}

/* Puts an item back. Another worker may take it at once, so do not touch it afterwards. */
static void hold(struct batch *batch, size_t index)
{
	size_t refs = batch->slots[index].result.base_refs;

	result_clear(&batch->slots[index].result);
	pthread_mutex_lock(&batch->lock);
	batch->held++;
	pthread_cond_broadcast(&batch->has_printed);
	pthread_mutex_unlock(&batch->lock);
	evidence_hold(batch->work->evidence, index, refs);
}

static void do_item(struct batch *batch, size_t index)
{
	struct item *item = &batch->items[index];
	struct slot *slot = &batch->slots[index];

	if (item->file)
		share_memory(batch, item->file, &slot->result);
	else
		result_fail(&slot->result, batch->options, item->path, take_error(item));
	if (memory_has_failed()) {
		result_clear(&slot->result);
		result_refuse(&slot->result, batch->options, batch_path_of(item), REBTF_ERR_NOMEM,
			      NULL, "out of memory for the report");
		slot->untold = memory_has_failed();
	}
	if (slot->untold) {
		text_release(&slot->result.out);
		file_error_release(&slot->result.error);
	}
	if (slot->result.held) {
		hold(batch, index);
		return;
	}
	if (slot->result.refutes_base)
		evidence_refuse(batch->work->evidence);
	batch_finish(batch, slot);
}

/* Runs those held items that can continue. */
static void do_held(struct batch *batch)
{
	size_t index;

	while (!interrupt_came() && batch->work->evidence &&
	       evidence_take(batch->work->evidence, &index)) {
		pthread_mutex_lock(&batch->lock);
		batch->held--;
		pthread_mutex_unlock(&batch->lock);
		do_item(batch, index);
	}
}

static void work_one(void *arg, size_t index, unsigned int worker)
{
	struct batch *batch = arg;

	(void)worker;
	if (interrupt_came()) {
		give_up_waiting(batch);
		return;
	}
	wait_for_printing(batch, index);
	do_item(batch, index);
	do_held(batch);
}

/* -------------------------------------------------------------------------------------- listing */

static void *batch_checked_calloc(size_t number, size_t size)
{
	void *memory = calloc(number ?: 1, size);

	if (!memory)
		out_of_memory();
	return memory;
}

/* A list keeps each named directory open, and the command line may name thousands. */
static void allow_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whether to try @path, which @err reports as missing, as a kernel's release. */
static bool batch_names_release(const char *path, const struct rebtf_error *err)
{
	return rebtf_error_code(err) == REBTF_ERR_IO && rebtf_error_errnum(err) == ENOENT &&
	       kernels_is_release(path);
}

/* Lists each path separately, so that an unreadable one does not affect the others. */
static void list_items(struct batch *batch, struct rebtf_file_list **lists)
{
	const struct options *options = batch->options;
	struct item *item;

	batch->items = NULL;
	if (options->path_count > 100)
		allow_open_files();
	for (size_t i = 0; i < options->path_count; i++) {
		const char *path = options->paths[i];
		struct rebtf_error *err;
		size_t more;

		err = stdin_is(path) ? NULL : rebtf_file_list(&path, 1, &lists[i]);
		batch->named[i] = (struct rebtf_file){ .path = path, .relative = path };
		if (err && batch->work->takes_kernels && batch_names_release(path, err)) {
			rebtf_error_free(err);
			err = NULL;
		}
		more = lists[i] ? lists[i]->count : 1;
		batch->items = reallocarray(batch->items, batch->count + more + 1, sizeof(*item));
		if (!batch->items)
			out_of_memory();
		item = &batch->items[batch->count];
		batch->count += more;
		if (!lists[i])
			*item = (struct item){ err ? NULL : &batch->named[i], path, err };
		for (size_t j = 0; lists[i] && j < more; j++)
			*item++ = (struct item){ .file = &lists[i]->files[j] };
	}
}

static int by_path_then_order(const void *a, const void *b)
{
	const struct item *left = *(const struct item *const *)a;
	const struct item *right = *(const struct item *const *)b;
	int order = strcmp(left->file->path, right->file->path);

	if (!order)
		order = strcmp(left->file->relative, right->file->relative);
	return order ?: (left > right) - (left < right);
}

/*
 * A file that is named twice, perhaps by itself and through its directory, must be processed once:
 * two threads that replaced it at once would each find a different state. The rest keeps its order.
 */
static void drop_repeated(struct batch *batch)
{
	struct item **items = batch_checked_calloc(batch->count, sizeof(*items));
	size_t file_count = 0, kept = 0;

	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].file)
			items[file_count++] = &batch->items[i];
	}
	qsort(items, file_count, sizeof(*items), by_path_then_order);
	for (size_t i = 1, first = 0; i < file_count; i++) {
		const struct rebtf_file *file = items[i]->file, *before = items[first]->file;

		/* Below --out-dir it has a separate place for each relative path. */
		if (!strcmp(file->path, before->path) &&
		    (!batch->options->out_dir || !strcmp(file->relative, before->relative)))
			*items[i] = (struct item){};
		else
			first = i;
	}
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].file || batch->items[i].err)
			batch->items[kept++] = batch->items[i];
	}
	batch->count = kept;
	free(items);
}

/* The files among the items, in order. NULL for items that are not files. */
static const struct rebtf_file **files_of(const struct batch *batch)
{
	const struct rebtf_file **files = batch_checked_calloc(batch->count, sizeof(*files));

	for (size_t i = 0; i < batch->count; i++)
		files[i] = batch->items[i].file;
	return files;
}

/* Companions are not processed as files of their own. */
static void drop_companions(struct batch *batch)
{
	const struct rebtf_file **files = files_of(batch);
	size_t kept = 0;

	outputs_drop_companions(files, batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		if (files[i] || batch->items[i].err)
			batch->items[kept++] = batch->items[i];
	}
	batch->count = kept;
	free(files);
}

static bool destinations_differ(const struct batch *batch)
{
	const struct rebtf_file **files = files_of(batch);
	size_t count = 0;
	bool differ;

	for (size_t i = 0; i < batch->count; i++) {
		if (files[i])
			files[count++] = files[i];
	}
	differ = outputs_differ(batch->options, files, count, batch->work->name_below);
	free(files);
	return differ;
}

static void tell_listed(const struct batch *batch)
{
	const struct batch_work *work = batch->work;
	const char **paths;
	size_t count = 0;

	if (!work->listed)
		return;
	paths = batch_checked_calloc(batch->count, sizeof(*paths));
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->items[i].file)
			paths[count++] = batch->items[i].file->path;
	}
	work->listed(work->listed_arg, paths, count);
	free(paths);
}

/* -------------------------------------------------------------------------------------- running */

/*
 * The limit for unpacked data of all open files together. The largest file alone may use half of
 * it.
 */
#define UNPACKED_MAX ((size_t)2 << 30)

bool batch_run(const struct options *options, const struct batch_work *work, struct tally *tally)
{
	struct rebtf_file_list **lists = batch_checked_calloc(options->path_count, sizeof(*lists));
	struct batch batch = {
		.options = options,
		.work = work,
		.memory = PTHREAD_RWLOCK_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.has_printed = PTHREAD_COND_INITIALIZER,
		.tally = tally,
	};
	struct rebtf_error *err = NULL;
	bool ran;

	batch.named = batch_checked_calloc(options->path_count, sizeof(*batch.named));
	list_items(&batch, lists);
	drop_repeated(&batch);
	drop_companions(&batch);
	*tally = (struct tally){ .files = batch.count };
	ran = destinations_differ(&batch);
	if (ran) {
		tell_listed(&batch);
		batch.slots = batch_checked_calloc(batch.count, sizeof(*batch.slots));
		interrupt_catch();
		progress_start(&batch.progress, work->doing, batch.count, !options->quiet);
		rebtf_limit_unpacked(UNPACKED_MAX);
		if (work->evidence)
			evidence_start(work->evidence, batch.count);
		err = rebtf_parallel(options->jobs, batch.count, work_one, &batch);
		if (work->evidence && !err && !interrupt_came()) {
			evidence_close(work->evidence);
			do_held(&batch);
		}
		progress_clear(&batch.progress);
		if (interrupt_came())
			finish_interrupted(&batch);
		error_groups_print_rest(&tally->errors);
		ran = !err;
	}
	if (err)
		print_error(err);
	for (size_t i = 0; ran && options->out_dir && !options->dry_run && !work->name_below &&
			   i < options->path_count;
	     i++) {
		if (lists[i] && !tree_files_copy(options, lists[i]))
			tally->tree_files_failed = true;
	}
	for (size_t i = 0; i < batch.count; i++)
		rebtf_error_free(batch.items[i].err);
	free(batch.slots);
	free(batch.items);
	free(batch.named);
	for (size_t i = 0; i < options->path_count; i++)
		rebtf_file_list_free(lists[i]);
	free(lists);
	return ran;
}

static enum status status_of(const struct tally *tally)
{
	if (tally->outcomes[OUTCOME_FAILED] == tally->files)
		return STATUS_TROUBLE;
	if (tally->outcomes[OUTCOME_FAILED] || tally->outcomes[OUTCOME_MISFIT] ||
	    tally->tree_files_failed)
		return STATUS_MISFIT;
	return STATUS_OK;
}

enum status tally_finish(struct tally *tally, bool ran)
{
	error_groups_release(&tally->errors);
	return ran ? status_of(tally) : STATUS_TROUBLE;
}
