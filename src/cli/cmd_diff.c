/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf diff: which types, functions and variables differ between two kernels, and who is hit. */
#include <stdio.h>
#include <stdlib.h>

#include "rebtf.h"

#include "cli/diff_input.h"
#include "cli/diff_report.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/output.h"

struct diff_run {
	const struct options *options;
	struct diff_input old;
	struct diff_input new;
	struct suppressions suppressions;
	struct rebtf_symbols *symbols;
	struct rebtf_symbols *exports;
	struct diff_report report;
};

/* ---------------------------------------------------------------------------------------- report */

/* Counts the differences, each as suppressed, compatible or incompatible. */
static struct rebtf_error *count_differences(struct diff_run *run)
{
	struct diff_report *report = &run->report;
	size_t count = rebtf_diff_count(report->diff);

	report->suppressed = calloc(count + 1, sizeof(*report->suppressed));
	if (!report->suppressed)
		return rebtf_error_nomem();
	for (size_t i = 0; i < count; i++) {
		const struct rebtf_difference *d = rebtf_diff_at(report->diff, i);

		report->suppressed[i] = suppressions_find(&run->suppressions, d);
		report->suppressed_count += report->suppressed[i] != NULL;
		report->compatible += !report->suppressed[i] && d->compatible;
		report->incompatible += !report->suppressed[i] && !d->compatible;
	}
	report->left_out = run->old.left_out + run->new.left_out;
	return NULL;
}

/* An entry without a difference is outdated or has a typo. */
static void note_unused(const struct diff_run *run)
{
	for (size_t i = 0; i < run->suppressions.count; i++) {
		const struct suppression *one = &run->suppressions.items[i];
		struct text line = {};

		if (one->uses)
			continue;
		text_add(&line, "rebtf: ");
		text_add_name(&line, run->options->suppressions);
		text_addf(&line, ": line %zu: no difference matches '%s ", one->line, one->kind);
		text_add_name(&line, one->glob);
		text_add(&line, "'\n");
		errors_print_text(&line);
	}
}

static void print_report(const struct diff_run *run)
{
	struct text text = {};

	if (run->options->json)
		diff_report_json(&run->report, &text);
	else if (run->options->markdown)
		diff_report_markdown(&run->report, &text);
	else if (!run->options->quiet)
		diff_report_text(&run->report, &text);
	output_text(&text);
}

/* ------------------------------------------------------------------------------------------- run */

static struct rebtf_error *read_lists(struct diff_run *run)
{
	const struct options *options = run->options;

	if (options->suppressions)
		TRY(suppressions_read(options->suppressions, &run->suppressions));
	if (options->symbols)
		TRY(rebtf_symbols_open(options->symbols, &run->symbols));
	return NULL;
}

static struct rebtf_error *compare_inputs(struct diff_run *run, struct rebtf_diff **diff)
{
	const struct options *options = run->options;
	REBTF_OPTIONS(rebtf_diff_options, how, .only = options->only,
		      .only_count = options->only_count, .jobs = options->jobs);

	if (run->symbols)
		how.symbols = rebtf_symbols_names(run->symbols, &how.symbol_count);
	if (run->exports) {
		how.exports = rebtf_symbols_names(run->exports, &how.export_count);
		how.exports_of_kernel_only = rebtf_symbols_of_kernel_only(run->exports);
	}
	run->report.knows_exports = run->exports != NULL;
	return diff_input_compare(&run->old, &run->new, &how, diff);
}

static struct rebtf_error *diff_files(struct diff_run *run)
{
	GUARD(diff) struct rebtf_diff *diff = NULL;

	TRY(read_lists(run));
	TRY(diff_input_open(&run->old, run->options));
	TRY(diff_input_open(&run->new, run->options));
	TRY(diff_input_exports(&run->old, run->options->symvers, &run->exports));
	TRY(compare_inputs(run, &diff));
	run->report.diff = diff;
	TRY(diff_objects_compare(&run->report.objects, &run->old, &run->new));
	TRY(count_differences(run));
	print_report(run);
	note_unused(run);
	return NULL;
}

static enum status diff_status(const struct diff_report *report)
{
	if (report->incompatible || report->objects.broken)
		return STATUS_INCOMPATIBLE;
	return report->compatible ? STATUS_MISFIT : STATUS_OK;
}

static enum status run_diff(const struct options *options)
{
	const char *const *paths = (const char *const *)options->paths;
	struct diff_run run = { .options = options };
	struct rebtf_error *err;
	bool opened;

	if (options->path_count != 2) {
		fprintf(stderr, "rebtf: diff compares two files (found %zu)\n",
			options->path_count);
		return STATUS_TROUBLE;
	}
	run.old = (struct diff_input){ .path = paths[0],
				       .base = options->old_base ? options->old_base
								 : options->base };
	run.new = (struct diff_input){ .path = paths[1], .base = options->base };
	run.report = (struct diff_report){ .options = options,
					   .old_path = paths[0],
					   .new_path = paths[1],
					   .old = &run.old,
					   .new = &run.new };
	opened = programs_open(&run.report.objects.programs, options, options->for_programs,
			       options->for_count);
	err = opened ? diff_files(&run) : NULL;
	diff_objects_release(&run.report.objects);
	diff_input_release(&run.old);
	diff_input_release(&run.new);
	suppressions_release(&run.suppressions);
	rebtf_symbols_free(run.symbols);
	rebtf_symbols_free(run.exports);
	free(run.report.suppressed);
	if (err)
		print_error(err);
	return err || !opened ? STATUS_TROUBLE : diff_status(&run.report);
}

static const struct argp_option own_options[] = {
	{ "only", OPTION_ONLY, "GLOB", 0,
	  "Compare only types, functions and variables with such a name; can be given several times",
	  1 },
	{ "symbols", OPTION_SYMBOLS, "FILE", 0,
	  "Compare only the functions and variables that FILE lists, and the types that they lead to: a "
	  "Module.symvers, a stablelist of RHEL, a KMI list of Android, or any list of symbols",
	  1 },
	{ "for", OPTION_FOR, "PROG.bpf.o", 0,
	  "Also compare the answers of both kernels to this BPF object; can be given several times",
	  1 },
	{ "suppress", OPTION_SUPPRESS, "FILE", 0,
	  "Accept the differences that FILE lists, one per line: KIND GLOB: REASON", 1 },
	{ "old-base", OPTION_OLD_BASE, "BASE", 0,
	  "The kernel of OLD, if that is another than that of NEW", 1 },
	{ "symvers", OPTION_SYMVERS, "FILE", 0,
	  "The symbols that OLD exports; by default rebtf uses files of OLD's release, or its image",
	  1 },
	{ "markdown", OPTION_MARKDOWN, NULL, 0, "Print Markdown", 2 },
	{ "jobs", 'j', "N", 0, "Use N threads; by default one for each core", 2 },
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only errors", 2 },
	{ "verbose", 'v', NULL, 0, "List compatible differences, too, and all users", 2 },
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &cache_argp }, {} };

const struct verb verb_diff = {
	.name = "diff",
	.summary = "compare two kernels: what changed, and who is hit",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "OLD NEW",
		.doc = "Compares the types, functions and variables of OLD and NEW. Each is a kernel, a module, "
		       "raw BTF, or a directory with a kernel and its modules. Prints each type whose own "
		       "definition changed, and who uses it. Exit status: 0 if nothing differs, 1 if all "
		       "differences are compatible, 4 if some are not, 2 after an error."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf diff 6.1.0-47-amd64 6.1.0-56-amd64\n"
		       "  rebtf diff --symbols Module.symvers old/vmlinux new/vmlinux\n"
		       "  rebtf diff --markdown /lib/modules/6.1.0-47 /lib/modules/6.1.0-56\n",
		.children = children,
	},
	.run = run_diff,
};
