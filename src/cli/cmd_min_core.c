/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf min-core: writes the part of a kernel's BTF that the CO-RE relocations of BPF programs need,
 * for machines whose kernel has no BTF. With --kernels, does so for every kernel of an archive.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/archive_out.h"
#include "cli/batch.h"
#include "cli/btf_output.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernel_set.h"
#include "cli/kernel_tree.h"
#include "cli/output.h"
#include "cli/own_types.h"
#include "cli/programs.h"
#include "module/tree.h"
#include "util/parallel.h"

static void guard_min_core(struct rebtf_min_core **m)
{
	rebtf_min_core_free(*m);
}

static struct rebtf_error *min_core_make(const struct options *options,
					 const struct programs *programs, struct rebtf_set *set,
					 struct rebtf_min_core **m)
{
	REBTF_OPTIONS(rebtf_core_options, core, .all_modules = options->all_modules,
		      .modules = options->chosen, .module_count = options->chosen_count);
	REBTF_OPTIONS(rebtf_min_core_options, how, .core = &core, .split = options->split);

	return rebtf_min_core((const struct rebtf_program *const *)programs->items, programs->count,
			      set, &how, m);
}

/* --------------------------------------------------------------------------------------- report */

/* Whether to mention the answer: questions whether something exists may be answered "no". */
static bool min_core_is_notable(const struct options *options,
				const struct rebtf_core_answer *answer)
{
	return answer->fails || options->verbose;
}

/* Adds a line for each relocation without a match, and returns their number. */
static size_t min_core_add_missing(struct text *text, const struct options *options,
				   const struct programs *programs, const struct rebtf_set *set,
				   const struct rebtf_min_core *m, const char *kernel)
{
	size_t failures = 0;

	for (size_t i = 0; i < programs->count; i++) {
		const struct rebtf_core *core = rebtf_min_core_missing(m, i);

		failures += rebtf_core_failures(core);
		for (size_t j = 0; !options->quiet && j < rebtf_core_count(core); j++) {
			if (!min_core_is_notable(options, rebtf_core_at(core, j)))
				continue;
			if (kernel) {
				text_add_name(text, kernel);
				text_add(text, ": ");
			}
			programs_add_answer(text, rebtf_program_path(programs->items[i]), set,
					    rebtf_core_at(core, j));
		}
	}
	return failures;
}

static struct json_object *min_core_missing_json(const struct programs *programs,
						 const struct rebtf_set *set,
						 const struct rebtf_min_core *m)
{
	struct json_object *all = json_new_array();

	for (size_t i = 0; i < programs->count; i++) {
		const struct rebtf_core *core = rebtf_min_core_missing(m, i);

		for (size_t j = 0; j < rebtf_core_count(core); j++) {
			struct json_object *one = programs_answer_json(set, rebtf_core_at(core, j));

			json_add_string(one, "program", rebtf_program_path(programs->items[i]));
			json_append(all, one);
		}
	}
	return all;
}

static uint32_t min_core_types(const struct rebtf_min_core *m, const struct rebtf_set *set)
{
	uint32_t count = 0;

	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_btf *btf = rebtf_min_core_btf(m, i);

		if (btf)
			count += own_type_count(btf);
	}
	return count;
}

/* @kernel: the file of the kernel's BTF, or NULL: that of --base. @first: an equal output, or NULL. */
static void min_core_report(struct text *text, const struct options *options,
			    const struct programs *programs, const struct rebtf_set *set,
			    const struct rebtf_min_core *m, const char *kernel, const char *output,
			    const char *first)
{
	struct json_object *object;
	size_t failures;

	if (options->json) {
		object = result_json(options, kernel ? kernel : base_label(options), "minimized");
		json_add_string(object, "output", output);
		json_add_string(object, "same_as", first);
		json_add_number(object, "types", min_core_types(m, set));
		json_add(object, "missing", min_core_missing_json(programs, set, m));
		json_print(text, object);
		return;
	}
	failures = min_core_add_missing(text, options, programs, set, m, kernel);
	if (options->quiet || (kernel && !options->verbose))
		return;
	text_add_name(text, output);
	text_add(text, options->dry_run ? ": would have " : ": ");
	text_add_counted(text, min_core_types(m, set), "type");
	if (first) {
		text_add(text, ", the same as ");
		text_add_name(text, first);
	}
	if (failures) {
		text_add(text, "; ");
		text_add_counted(text, failures, "relocation");
		text_add(text, " without a match");
	}
	text_add(text, "\n");
}

/* ----------------------------------------------------------------------------------- one kernel */

/* A directory as /sys/kernel/btf: a file for each member. */
static struct rebtf_error *min_core_write_split(const struct options *options,
						const struct rebtf_set *set,
						const struct rebtf_min_core *m)
{
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		struct rebtf_btf *btf = rebtf_min_core_btf(m, i);
		GUARD(memory) char *path = NULL;

		if (!btf)
			continue;
		if (asprintf(&path, "%s/%s", options->out_dir, rebtf_set_name(set, i)) < 0)
			return rebtf_error_nomem();
		TRY(tree_make_parents(path));
		TRY(rebtf_btf_write_file(btf, NULL, path));
	}
	return NULL;
}

static struct rebtf_error *min_core_write(const struct options *options,
					  const struct rebtf_set *set,
					  const struct rebtf_min_core *m)
{
	if (options->split && !options->dry_run)
		return min_core_write_split(options, set, m);
	return btf_output_write(options, rebtf_min_core_btf(m, 0));
}

static struct rebtf_error *min_core_one(const struct options *options,
					const struct programs *programs, struct rebtf_set *set)
{
	GUARD(min_core) struct rebtf_min_core *m = NULL;
	struct text text = {};

	TRY(min_core_make(options, programs, set, &m));
	TRY(min_core_write(options, set, m));
	if (btf_output_is_stdout(options))
		return NULL;
	min_core_report(&text, options, programs, set, m, NULL, options->out_dir, NULL);
	output_text(&text);
	return NULL;
}

static enum status min_core_run_one(const struct options *options, const struct programs *programs)
{
	struct rebtf_error *err = NULL;
	struct kernel_set kernel;
	bool opened = kernel_set_open(&kernel, options, options->modules, options->module_count);

	if (opened) {
		err = min_core_one(options, programs, kernel.set);
		if (!options->quiet)
			kernel_set_print_left_out(kernel.set, kernel_set_reason, kernel.set);
	}
	if (err)
		programs_fail(options, base_label(options), err);
	kernel_set_close(&kernel);
	return opened && !err ? STATUS_OK : STATUS_TROUBLE;
}

/* --------------------------------------------------------------------------------- many kernels */

/* The result for one kernel of a tree. */
struct min_core_result {
	struct rebtf_error *err;
	struct rebtf_set *set;
	struct rebtf_min_core *m;
	void *data;
	size_t size;
};

struct min_core_run {
	const struct options *options;
	const struct programs *programs;
	const struct kernel_tree *tree;
	struct min_core_result *results;
};

static struct rebtf_error *min_core_open(const char *path, struct rebtf_set **set)
{
	GUARD(btf) struct rebtf_btf *kernel = NULL;

	TRY(rebtf_kernel_open(path, NULL, &kernel));
	return rebtf_set_open(kernel, NULL, 0, NULL, set);
}

static struct rebtf_error *min_core_minimize(struct min_core_run *run, const char *path,
					     struct min_core_result *r)
{
	TRY(min_core_open(path, &r->set));
	TRY(min_core_make(run->options, run->programs, r->set, &r->m));
	return rebtf_btf_write(rebtf_min_core_btf(r->m, 0), NULL, &r->data, &r->size);
}

static void min_core_work(void *arg, size_t index, unsigned int worker)
{
	struct min_core_run *run = arg;

	(void)worker;
	run->results[index].err = min_core_minimize(run, run->tree->files[index].path,
						    &run->results[index]);
}

static void min_core_result_release(struct min_core_result *r)
{
	rebtf_min_core_free(r->m);
	rebtf_set_free(r->set);
	free(r->data);
	rebtf_error_free(r->err);
	*r = (struct min_core_result){};
}

/* Writes and reports a result. */
static struct rebtf_error *min_core_store(struct min_core_run *run, size_t index,
					  struct archive_out *out)
{
	const struct kernel_file *file = &run->tree->files[index];
	struct min_core_result *r = &run->results[index];
	const char *first = NULL;
	struct text text = {};
	struct rebtf_error *err = r->err;

	r->err = NULL;
	if (err)
		return err;
	if (!run->options->dry_run) {
		void *data = r->data;

		r->data = NULL;
		TRY(archive_out_add(out, file->name, data, r->size, &first));
	}
	min_core_report(&text, run->options, run->programs, r->set, r->m, file->path, file->name,
			first);
	output_text(&text);
	return NULL;
}

/* As many kernels are in memory at once for each thread. */
#define KERNELS_AT_ONCE 8

static void min_core_summary(const struct min_core_run *run, size_t failed)
{
	const struct kernel_tree *tree = run->tree;
	struct text text = {};

	if (run->options->quiet || run->options->json)
		return;
	text_add_counted(&text, tree->count - failed, "kernel");
	text_add(&text, run->options->dry_run ? " would be minimized" : " minimized");
	if (failed)
		text_addf(&text, "; %zu failed", failed);
	if (tree->has_btf_count)
		text_addf(&text, "; %zu with a .hasbtf file left out: they have BTF of their own",
			  tree->has_btf_count);
	if (tree->failed_count)
		text_addf(&text,
			  "; %zu with a .failed file left out: the archive has no BTF of them",
			  tree->failed_count);
	text_add(&text, "\n");
	output_text(&text);
}

static enum status min_core_run_all(struct min_core_run *run, struct archive_out *out)
{
	size_t step = KERNELS_AT_ONCE * parallel_jobs(run->options->jobs, run->tree->count);
	struct min_core_run part = *run;
	size_t failed = 0;
	struct kernel_tree tree;

	for (size_t start = 0; start < run->tree->count; start += step) {
		struct rebtf_error *err;

		tree = *run->tree;
		tree.files += start;
		tree.count = run->tree->count - start < step ? run->tree->count - start : step;
		part.tree = &tree;
		err = parallel_run(run->options->jobs, tree.count, min_core_work, &part);
		for (size_t i = 0; i < tree.count; i++) {
			struct rebtf_error *one = err ? NULL : min_core_store(&part, i, out);

			failed += one != NULL;
			if (one)
				programs_fail(run->options, tree.files[i].path, one);
			min_core_result_release(&part.results[i]);
		}
		if (err) {
			print_error(err);
			return STATUS_TROUBLE;
		}
	}
	min_core_summary(run, failed);
	return failed == run->tree->count ? STATUS_TROUBLE : failed ? STATUS_MISFIT : STATUS_OK;
}

static enum status min_core_run_tree(const struct options *options, const struct programs *programs)
{
	struct kernel_tree tree;
	struct min_core_run run = { .options = options, .programs = programs, .tree = &tree };
	enum status status = STATUS_TROUBLE;
	struct archive_out out;
	struct rebtf_error *err = kernel_tree_list(&tree, options->kernels);

	archive_out_init(&out, options->out_dir ? options->out_dir : "");
	run.results = calloc(tree.count + 1, sizeof(*run.results));
	if (!err && !run.results)
		err = rebtf_error_nomem();
	if (!err) {
		status = min_core_run_all(&run, &out);
		if (status != STATUS_TROUBLE && !options->dry_run)
			err = archive_out_finish(&out);
	}
	if (err) {
		print_error(err);
		status = STATUS_TROUBLE;
	}
	free(run.results);
	archive_out_release(&out);
	kernel_tree_release(&tree);
	return status;
}

/* ----------------------------------------------------------------------------------------- verb */

/* Prints a problem with the options, and returns true. */
static bool min_core_refuses(const struct options *options)
{
	bool to_stdout = options->out_dir && !strcmp(options->out_dir, "-");
	const char *problem = btf_output_stdout_problem(options);

	if (!options->out_dir && !options->dry_run)
		problem = "min-core needs --output: a file, a directory, or - for standard output";
	else if (options->kernels && (options->base || options->module_count || options->split))
		problem = "--kernels excludes --base, --modules and --split";
	else if (to_stdout && (options->split || options->kernels))
		problem = "cannot write several files to standard output";
	if (problem)
		fprintf(stderr, "rebtf: %s\n", problem);
	return problem;
}

static enum status run_min_core(const struct options *options)
{
	struct programs programs;
	enum status status = STATUS_TROUBLE;

	if (min_core_refuses(options))
		return STATUS_TROUBLE;
	if (programs_open(&programs, options, (const char *const *)options->paths,
			  options->path_count))
		status = options->kernels ? min_core_run_tree(options, &programs)
					  : min_core_run_one(options, &programs);
	programs_release(&programs);
	return status;
}

static const struct argp_option own_options[] = {
	{ "output", 'o', "OUT", 0,
	  "The output: a file; - for standard output; with --split a directory; with --kernels a directory, or "
	  "an archive if it ends in .tar, .tar.gz, .tgz, .tar.xz or .tar.zst",
	  1 },
	{ "split", OPTION_SPLIT, NULL, 0,
	  "Keep the modules' types apart: write vmlinux, and a file for each module over it, as in "
	  "/sys/kernel/btf; by default all types are in one file",
	  1 },
	{ "kernels", OPTION_KERNELS, "DIR", 0,
	  "Do so for every kernel below DIR, an archive such as BTFHub's with "
	  "DISTRIBUTION/RELEASE/ARCHITECTURE/KERNEL.btf.tar.xz: files keep their names, without compression, and "
	  "equal ones are stored once",
	  1 },
	DRY_RUN_OPTION,
	{ "jobs", 'j', "N", 0, "Use N threads; by default one for each core", 2 },
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only errors", 2 },
	{ "verbose", 'v', NULL, 0,
	  "Also list types, fields and enumerators that do not exist, as programs ask", 2 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp }, { .argp = &core_argp }, { .argp = &cache_argp }, {}
};

const struct verb verb_min_core = {
	.name = "min-core",
	.summary = "write the part of a kernel's BTF that BPF programs need",
	.writes = true,
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "PROGRAM...",
		.doc = "Writes the types and members that the CO-RE relocations of each PROGRAM need to have the same results "
		       "as on the kernel of --base with its --modules: a few kilobytes, to ship with a program for kernels without "
		       "BTF of their own (btf_custom_path of libbpf)."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf min-core --base 6.1.0-56-amd64 -o min.btf prog.bpf.o\n"
		       "  rebtf min-core --modules /lib/modules/6.1.0-56-amd64 -o min.btf prog.bpf.o\n"
		       "  rebtf min-core --kernels btfhub-archive -o min_core_btfs.tar.gz prog.bpf.o\n",
		.children = children,
	},
	.run = run_min_core,
};
