/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Runs one verb over many files: runs workers, and prints results in order. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/batch.h"
#include "cli/batch_files.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "module/unpacked.h"
#include "util/parallel.h"

struct slot {
	struct result result;
	bool done;
	bool untold; /* no memory was left even for the error message */
};

struct batch {
	const struct options *options;
	const struct batch_work *work;
	struct batch_files files;
	struct slot *slots;

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

static const char *batch_path_of(const struct batch_item *item)
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
		print_untold(batch_path_of(&batch->files.items[index]));
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

	for (size_t i = batch->printed; i < batch->files.count; i++) {
		if (batch->slots[i].done)
			count_and_print(batch, i);
	}
	batch->tally->unreached = batch->files.count - batch->done;
	text_addf(&line, "rebtf: interrupted by %s after ", interrupt_name());
	text_add_count(&line, batch->done);
	text_add(&line, " of ");
	text_add_counted(&line, batch->files.count, "file");
	text_add(&line, "\n");
	errors_print_text(&line);
}

static struct rebtf_error *take_error(struct batch_item *item)
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
 * A file that changed meanwhile, perhaps by another run, is a different file: decide anew how to
 * treat it.
 */
static void work_on_file(struct batch *batch, const struct tree_file *file, struct result *result)
{
	/* The process that changed it may also have added a companion since the listing. */
	struct tree_file again = *file;

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
static void share_memory(struct batch *batch, const struct tree_file *file, struct result *result)
{
	pthread_rwlock_rdlock(&batch->memory);
	work_on_file(batch, file, result);
	pthread_rwlock_unlock(&batch->memory);
	if (!result->no_memory || batch->files.count == 1 || batch->options->jobs == 1)
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
	for (; batch->printed < batch->files.count && batch->slots[batch->printed].done;
	     batch->printed++)
		count_and_print(batch, batch->printed);
	pthread_cond_broadcast(&batch->has_printed);
	progress_update(&batch->progress, batch->done);
	/* A memory failure in printing must not count against this worker's next file. */
	memory_has_failed();
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
	struct batch_item *item = &batch->files.items[index];
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

/* -------------------------------------------------------------------------------------- running */

/*
 * The limit for unpacked data of all open files together. The largest file alone may use half of
 * it.
 */
#define UNPACKED_MAX ((size_t)2 << 30)

/*
 * Writes to each page of the slots. If a worker first read a page and another one then wrote to it,
 * the kernel would replace the page and interrupt all processors, for each page anew.
 */
static void touch_slots(struct batch *batch)
{
	for (size_t i = 0; i < batch->files.count; i++)
		batch->slots[i] = (struct slot){};
}

/* Works on all files. False after a message if that is not possible. */
static bool batch_work_on_all(struct batch *batch)
{
	const struct batch_work *work = batch->work;
	size_t count = batch->files.count;
	struct rebtf_error *err;

	if (work->listed && !batch_files_offer(&batch->files, work->listed, work->listed_arg))
		return false;
	batch->slots = batch_files_calloc(count, sizeof(*batch->slots));
	touch_slots(batch);
	interrupt_catch();
	progress_start(&batch->progress, work->doing, count, !batch->options->quiet);
	unpacked_limit(UNPACKED_MAX);
	if (work->evidence)
		evidence_start(work->evidence, count);
	err = parallel_run(batch->options->jobs, count, work_one, batch);
	if (work->evidence && !err && !interrupt_came()) {
		evidence_close(work->evidence);
		do_held(batch);
	}
	progress_clear(&batch->progress);
	if (interrupt_came())
		finish_interrupted(batch);
	error_groups_print_rest(&batch->tally->errors);
	if (err)
		print_error(err);
	free(batch->slots);
	return !err;
}

bool batch_run(const struct options *options, const struct batch_work *work, struct tally *tally)
{
	struct batch batch = {
		.options = options,
		.work = work,
		.memory = PTHREAD_RWLOCK_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.has_printed = PTHREAD_COND_INITIALIZER,
		.tally = tally,
	};
	bool ran;

	batch_files_init(&batch.files, options, work->takes_kernels);
	*tally = (struct tally){ .files = batch.files.count };
	ran = batch_files_differ(&batch.files, work->name_below) && batch_work_on_all(&batch);
	if (ran && options->out_dir && !options->dry_run && !work->name_below && !interrupt_came())
		tally->tree_files_failed = !batch_files_copy_trees(&batch.files);
	batch_files_release(&batch.files);
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
