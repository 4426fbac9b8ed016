/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf extract: writes the BTF of any file as raw BTF, as in /sys/kernel/btf. A single file goes
 * to the given name; several go below a directory, under their own names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/destination.h"
#include "cli/directory.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/stem.h"
#include "cli/summary.h"
#include "module/tree.h"

struct extraction {
	const struct options *options;
	const char *directory; /* NULL: a single file, with the name options->out_dir */
	bool to_stdout;	       /* the name is "-" */
};

/* The suffix of each section's output file, and the size of data that it has after the section. */
static const struct {
	enum rebtf_section section;
	const char *ending;
	size_t more;
} outputs[] = {
	{ REBTF_SECTION_BTF, "", 0 },
	{ REBTF_SECTION_BTF_BASE, ".base", 0 },
	{ REBTF_SECTION_BTF_EXPECTS, ".expects", 0 },
	{ REBTF_SECTION_INLINE, ".inline", 0 },
	{ REBTF_SECTION_BTF_IDS, ".ids", 0 },
	{ REBTF_SECTION_NOTE, ".note", REBTF_DIGEST_SIZE },
};

#define OUTPUTS (sizeof(outputs) / sizeof(outputs[0]))

/* ------------------------------------------------------------------------------------------ names */

/* The name of @file's BTF below a directory: "fs/ext4.btf" for "fs/ext4.ko.xz". NULL: out of memory. */
static char *btf_name(const struct tree_file *file)
{
	struct text name = {};

	text_add_bytes(&name, file->relative, stem_length(file->relative));
	text_add(&name, ".btf");
	return text_end(&name);
}

/* Malloced. NULL: out of memory. */
static char *output_path(const struct extraction *e, const struct tree_file *file)
{
	GUARD(memory) char *name = NULL;
	struct text path = {};

	if (e->directory) {
		name = btf_name(file);
		if (!name)
			return NULL;
		text_add(&path, e->directory);
		if (e->directory[strlen(e->directory) - 1] != '/')
			text_add(&path, "/");
		text_add(&path, name);
	} else {
		text_add(&path, e->options->out_dir);
	}
	return text_end(&path);
}

/* ----------------------------------------------------------------------------------------- writing */

static struct rebtf_error *extract(const struct extraction *e, const struct rebtf_module *module,
				   const char *path)
{
	const void *data;
	size_t size;

	if (e->options->dry_run)
		return NULL;
	if (e->to_stdout) {
		data = rebtf_module_section(module, REBTF_SECTION_BTF, &size);
		/* If that fails, output.c reports it at the end and sets the exit status. */
		output_write(data, size);
		return NULL;
	}
	TRY(tree_make_parents(path));
	return rebtf_module_extract(module, path);
}

static struct json_object *outputs_json(const struct rebtf_module *module, const char *path)
{
	struct json_object *all = json_new_object(), *one;

	for (size_t i = 0; i < OUTPUTS; i++) {
		GUARD(memory) char *output = NULL;
		struct text name = {};
		size_t size;

		if (!rebtf_module_section(module, outputs[i].section, &size))
			continue;
		text_add(&name, path);
		text_add(&name, outputs[i].ending);
		output = text_end(&name);
		one = json_new_object();
		json_add_string(one, "output", output);
		json_add_number(one, "size", size + outputs[i].more);
		json_add(all, rebtf_section_name(outputs[i].section), one);
	}
	return all;
}

static void cmd_extract_report(const struct extraction *e, const struct tree_file *file,
			       const struct rebtf_module *module, const char *path,
			       struct result *result)
{
	struct json_object *object;
	size_t size;

	result->outcome = OUTCOME_DONE;
	if (e->to_stdout && !e->options->dry_run)
		return;
	if (e->options->json) {
		object = result_json(e->options, file->path, "extracted");
		json_add_string(object, "release", rebtf_module_release(module));
		json_add_string(object, "output", path);
		json_add(object, "sections", outputs_json(module, path));
		json_print(&result->out, object);
	} else if (e->options->verbose) {
		rebtf_module_section(module, REBTF_SECTION_BTF, &size);
		text_add_name(&result->out, file->path);
		text_addf(&result->out, ": %sextracted to ", would_be(e->options));
		text_add_name(&result->out, path);
		text_add(&result->out, ", ");
		text_add_counted(&result->out, size, "byte");
		text_add(&result->out, "\n");
	}
}

/* Sets @result, or returns an error for it. */
static struct rebtf_error *extract_file(const struct extraction *e, const struct tree_file *file,
					struct result *result)
{
	GUARD(module) struct rebtf_module *module = NULL;
	GUARD(memory) char *path = output_path(e, file);

	if (!path)
		return error_of_text();
	TRY(open_any(e->options, file, &module));
	if (leave_without_btf(NULL, e->options, file, module, result))
		return NULL;
	TRY(extract(e, module, path));
	cmd_extract_report(e, file, module, path, result);
	return NULL;
}

static void extract_one(void *arg, const struct tree_file *file, struct result *result)
{
	const struct extraction *e = arg;
	struct rebtf_error *err = extract_file(e, file, result);

	if (err)
		result_fail(result, e->options, file->path, err);
}

/* -------------------------------------------------------------------------------------------- verb */

static bool names_several(const struct options *options)
{
	return options->path_count > 1 || is_directory(options->paths[0]);
}

/* Checks that the output is possible, and sets up the rest of @e. */
static bool choose_output(struct extraction *e)
{
	const struct options *options = e->options;
	const char *out = options->out_dir, *problem = NULL;

	e->to_stdout = out && !strcmp(out, "-");
	if (!out)
		problem = "extract needs --output: a file, a directory, or - for standard output";
	else if (e->to_stdout && names_several(options))
		problem = "cannot extract several files to standard output";
	else if (e->to_stdout && options->json && !options->dry_run)
		problem = "cannot write both BTF and JSON to standard output";
	else if (e->to_stdout && !options->dry_run && isatty(STDOUT_FILENO))
		problem = "cannot write BTF to a terminal";
	if (problem) {
		fprintf(stderr, "rebtf: %s\n", problem);
		return false;
	}
	if (!e->to_stdout &&
	    (names_several(options) || is_directory(out) || out[strlen(out) - 1] == '/'))
		e->directory = out;
	return true;
}

static enum status run_extract(const struct options *options)
{
	static const struct summary_words words = {
		.verb = "extract",
		.outcome = "extracted",
		.one = "extracted",
		.many = "extracted",
		.noun = "file",
	};
	struct extraction e = { .options = options };
	const struct batch_work work = {
		.doing = "extracting",
		.one = extract_one,
		.arg = &e,
		.takes_kernels = true,
		.name_below = btf_name,
	};
	struct tally tally;
	bool ran;

	if (!choose_output(&e))
		return STATUS_TROUBLE;
	ran = batch_run(options, &work, &tally);
	if (ran && (!e.to_stdout || options->dry_run))
		print_summary(options, &words, &tally, NULL, NULL);
	return tally_finish(&tally, ran);
}

static const struct argp_option own_options[] = {
	{ "output", 'o', "OUT", 0,
	  "The output: a file; a directory, where each FILE keeps its name with the ending .btf; or - for "
	  "standard output",
	  1 },
	DRY_RUN_OPTION,
	{}
};

static const struct argp_child children[] = { { .argp = &cache_argp },
					      { .argp = &batch_argp },
					      {} };

const struct verb verb_extract = {
	.name = "extract",
	.summary = "write the raw BTF of kernels and modules",
	.writes = true,
	.reads_stdin = true,
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Writes the BTF of each FILE as raw BTF: the bytes that /sys/kernel/btf would show. "
		       "FILE is a kernel image of any kind, an archive with one in it, an ELF file or a "
		       "module; RELEASE is an installed kernel. DIR stands for every module in it.\n"
		       "\n"
		       "A module's other sections go beside its BTF: .BTF.base to OUT.base, "
		       ".BTF.base_expects to OUT.expects, .BTF.inline to OUT.inline, .BTF_ids to OUT.ids, "
		       ".note.rebtf to OUT.note."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf extract 6.1.0-56-amd64 -o vmlinux.btf\n"
		       "  rebtf extract vmlinuz -o - | sha256sum\n"
		       "  rebtf extract -o out /lib/modules/6.1.0-56-amd64\n",
		.children = children,
	},
	.run = run_extract,
};
