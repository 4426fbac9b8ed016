/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf dedup: merges the equal types of all files into one raw BTF, or those of each file in the
 * file itself, and explains which types differ.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/batch.h"
#include "cli/btf_output.h"
#include "cli/dedup_input.h"
#include "cli/dedup_report.h"
#include "cli/destination.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernels.h"
#include "cli/output.h"
#include "cli/signer.h"
#include "cli/summary.h"

static void guard_dedup(struct rebtf_dedup **dedup)
{
	rebtf_dedup_free(*dedup);
}

#define GUARD_DEDUP __attribute__((cleanup(guard_dedup)))
#define GUARD_INPUT __attribute__((cleanup(dedup_input_release)))

/* ------------------------------------------------------------------------------- all files, merged */

static struct rebtf_error *dedup_read_all(const struct options *options, struct dedup_input *input)
{
	for (size_t i = 0; i < options->path_count; i++) {
		const struct tree_file file = { .path = options->paths[i] };
		GUARD(module) struct rebtf_module *module = NULL;

		TRY(open_any(options, &file, &module));
		TRY(dedup_input_add(input, module));
	}
	return dedup_input_finish(input);
}

static void dedup_report_all(const struct options *options, const struct dedup_input *input,
			     const struct rebtf_dedup *dedup)
{
	struct text text = {};

	if (options->quiet && !options->json)
		return;
	dedup_report_add(&text, &(struct dedup_report){
					.options = options,
					.paths = (const char *const *)options->paths,
					.path_count = options->path_count,
					.inputs = input->blobs,
					.output = options->out_dir,
					.before = input->btf,
					.dedup = dedup,
				});
	output_text(&text);
}

static struct rebtf_error *dedup_all(const struct options *options, struct rebtf_btf *base)
{
	bool to_stdout = btf_output_is_stdout(options);
	REBTF_OPTIONS(rebtf_dedup_options, how, .versions = !to_stdout);
	GUARD_INPUT struct dedup_input input = { .base = base };
	GUARD_DEDUP struct rebtf_dedup *dedup = NULL;

	TRY(dedup_read_all(options, &input));
	TRY(rebtf_dedup(input.btf, &how, &dedup));
	TRY(btf_output_write(options, rebtf_dedup_btf(dedup)));
	if (!to_stdout)
		dedup_report_all(options, &input, dedup);
	return NULL;
}

/* ------------------------------------------------------------------------------ each file by itself */

struct dedup_run {
	const struct options *options;
	struct rebtf_btf *base;	     /* or NULL */
	struct rebtf_signer *signer; /* or NULL */
	struct destination destination;
};

/* The ids in .BTF_ids are of the first blob only. */
static struct rebtf_error *dedup_check_ids(const struct rebtf_module *module,
					   const struct dedup_input *input)
{
	size_t size;

	if (input->blobs < 2 || !rebtf_module_section(module, REBTF_SECTION_BTF_IDS, &size))
		return NULL;
	return rebtf_error_new(REBTF_ERR_UNSUPPORTED, rebtf_module_path(module), ".BTF_ids",
			       "cannot renew ids of joined BTF");
}

static void dedup_report_each(const struct dedup_run *run, const struct tree_file *file,
			      const char *path, const struct dedup_input *input,
			      const struct rebtf_dedup *dedup, struct result *result)
{
	const char *const paths[] = { file->path };

	result->outcome = OUTCOME_DONE;
	if (!run->options->json && !run->options->verbose)
		return;
	dedup_report_add(&result->out, &(struct dedup_report){
					       .options = run->options,
					       .paths = paths,
					       .path_count = 1,
					       .output = path,
					       .before = input->btf,
					       .dedup = dedup,
				       });
}

static struct rebtf_error *dedup_file(struct dedup_run *run, const struct tree_file *file,
				      struct result *result)
{
	REBTF_OPTIONS(rebtf_dedup_options, how,
		      .versions = run->options->json || run->options->verbose);
	REBTF_OPTIONS(rebtf_module_output, output, .made_over = run->base, .signer = run->signer,
		      .strip_signature = run->options->strip_signature,
		      .compress_level = run->options->compress_level);
	GUARD_INPUT struct dedup_input input = { .base = run->base };
	GUARD(module) struct rebtf_module *module = NULL;
	GUARD_DEDUP struct rebtf_dedup *dedup = NULL;
	GUARD(memory) char *path = NULL;
	enum rebtf_form form;

	TRY(open_file(run->options, file, &module));
	if (leave_without_btf(&run->destination, run->options, file, module, result))
		return NULL;
	TRY(dedup_input_add(&input, module));
	TRY(dedup_input_finish(&input));
	TRY(dedup_check_ids(module, &input));
	TRY(rebtf_dedup(input.btf, &how, &dedup));
	if (input.blobs == 1 && !input.renumbered && !rebtf_dedup_gone(dedup, REBTF_ANY_KIND)) {
		TRY(rebtf_module_form(module, run->base, &form));
		leave_alone(&run->destination, run->options, file, module, form, result);
		return NULL;
	}
	output.btf = rebtf_dedup_btf(dedup);
	if (input.blobs == 1 && !input.renumbered)
		output.dedup = dedup;
	TRY(destination_path(&run->destination, file, &path));
	TRY(destination_write(&run->destination, file, module, &output));
	dedup_report_each(run, file, path, &input, dedup, result);
	return NULL;
}

static void dedup_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct dedup_run *run = arg;
	struct rebtf_error *err = dedup_file(run, file, result);

	if (err)
		result_fail(result, run->options, file->path, err);
}

static enum status dedup_each(const struct options *given, struct rebtf_btf *base)
{
	static const struct summary_words words = {
		.verb = "dedup",
		.outcome = "deduplicated",
		.one = "deduplicated",
		.many = "deduplicated",
		.noun = "file",
	};
	struct options options = *given;
	struct dedup_run run = { .options = &options, .base = base };
	const struct batch_work work = { .doing = "merging types", .one = dedup_one, .arg = &run };
	struct tally tally = {};
	bool ran;

	if (!open_signer(given, &run.signer))
		return STATUS_TROUBLE;
	/* Of this verb, -o names a file. */
	options.out_dir = given->each_dir;
	destination_init(&run.destination, &options);
	ran = batch_run(&options, &work, &tally);
	tally.base = base;
	if (ran)
		print_summary(&options, &words, &tally, NULL, NULL);
	destination_release(&run.destination);
	rebtf_signer_free(run.signer);
	return tally_finish(&tally, ran);
}

/* -------------------------------------------------------------------------------------------- verb */

static bool dedup_is_each(const struct options *options)
{
	return options->in_place || options->each_dir;
}

/* Prints a problem with the output, and returns true. */
static bool dedup_refuses_output(const struct options *options)
{
	const char *problem = btf_output_stdout_problem(options);

	if (!!options->out_dir + options->in_place + !!options->each_dir > 1)
		problem = "dedup takes only one of --output, --in-place and --out-dir";
	else if (!options->out_dir && !options->dry_run && !dedup_is_each(options))
		problem = "dedup needs --output: a file, or - for standard output; "
			  "or --in-place or --out-dir";
	else if (options->sign_key && !dedup_is_each(options))
		problem =
			"dedup signs modules with --in-place or --out-dir only: raw BTF cannot be signed";
	if (problem)
		fprintf(stderr, "rebtf: %s\n", problem);
	return problem;
}

static enum status run_dedup(const struct options *options)
{
	struct rebtf_btf *base_btf = NULL;
	enum status status = STATUS_TROUBLE;
	struct base base;

	if (dedup_refuses_output(options))
		return STATUS_TROUBLE;
	base_init(&base, options);
	if (!options->base || base_open(&base, &base_btf)) {
		if (dedup_is_each(options)) {
			status = dedup_each(options, base_btf);
		} else {
			struct rebtf_error *err = dedup_all(options, base_btf);

			status = err ? STATUS_TROUBLE : STATUS_OK;
			if (err)
				print_error(err);
		}
	}
	base_release(&base);
	return status;
}

static const struct argp_option own_options[] = {
	{ "output", 'o', "OUT", 0,
	  "Merge the types of all FILEs, and write them to OUT: a file, or - for standard output",
	  1 },
	{ "in-place", OPTION_IN_PLACE, NULL, 0,
	  "Merge the types of each FILE by itself, and replace its BTF", 1 },
	{ "out-dir", OPTION_EACH_DIR, "DIR", 0,
	  "As --in-place, but write below DIR and leave the originals alone", 1 },
	DRY_RUN_OPTION,
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp },
					      { .argp = &cache_argp },
					      { .argp = &rewrite_argp },
					      { .argp = &batch_argp },
					      {} };

const struct verb verb_dedup = {
	.name = "dedup",
	.summary = "merge equal types, and explain which types differ",
	.writes = true,
	.reads_stdin = true,
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|RELEASE...\n--in-place|--out-dir DIR FILE|DIR...",
		.doc = "Writes the types of all FILEs as one raw BTF in which no two types are equal. Prints "
		       "which types exist in several versions, and how they first differ."
		       "\n"
		       "With --in-place or --out-dir, each FILE keeps BTF of its own. DIR stands for every "
		       "module in it."
		       "\n"
		       "With --base, the result is split from BASE: it has only the types that BASE does "
		       "not have."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf dedup -o all.btf a.o b.o c.o\n"
		       "  rebtf dedup --dry-run --verbose vmlinux\n"
		       "  rebtf dedup --base vmlinux -o new.btf module.btf\n"
		       "  rebtf dedup --base vmlinux --in-place drivers/net\n",
		.children = children,
	},
	.run = run_dedup,
};
