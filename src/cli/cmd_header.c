/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf header: prints types as a header in C. After an error, it prints no header. */
#include <stdio.h>
#include <stdlib.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/directory.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/header_kfuncs.h"
#include "cli/header_notes.h"
#include "cli/heap.h"
#include "cli/kernel_set.h"
#include "cli/one_btf.h"
#include "cli/output.h"
#include "cli/programs.h"
#include "cli/text.h"

/* The header of a kernel is not much larger. So its text need not move while it grows. */
#define HEADER_SIZE_USUAL ((size_t)4 << 20)
/* With all that is known about a kernel's types. */
#define HEADER_HEAP ((size_t)24 << 20)

static struct rebtf_error *cmd_header_collect(void *arg, const char *text, size_t size)
{
	struct text *all = arg;

	text_add_bytes(all, text, size);
	return all->failed ? rebtf_error_nomem() : NULL;
}

/* The source of the types: one file, or a kernel with several modules. */
struct header_source {
	const struct options *options;
	struct kernel_set kernel; /* of several modules */
	struct rebtf_merge *merge;
	struct rebtf_btf *btf; /* a reference */
	struct header_kfuncs kfuncs;
	struct programs programs;
};

/* Whether @path stands for modules. A package without --base stands for the kernel in it. */
static bool cmd_header_has_modules(const struct options *options, const char *path)
{
	return is_directory(path) || (options->base && rebtf_package_has_modules(path));
}

/* The reason why a member is left out. */
static const struct rebtf_error *cmd_header_reason(const void *arg, size_t member)
{
	const struct header_source *source = arg;

	return source->merge ? rebtf_merge_error(source->merge, member) : NULL;
}

static void cmd_header_note_renamed(const struct header_source *source)
{
	size_t count = rebtf_merge_count(source->merge);

	if (count && !source->options->quiet)
		fprintf(stderr,
			"rebtf: %zu %s from another of the same name: the second is named by its module, as "
			"in 'struct s___nf_nat'\n",
			count, count == 1 ? "type differs" : "types differ");
}

static struct rebtf_error *cmd_header_merge(struct header_source *source)
{
	REBTF_OPTIONS(rebtf_merge_options, split, .split = true);

	TRY(rebtf_merge(source->kernel.set, &split, &source->merge));
	kernel_set_print_left_out(source->kernel.set, cmd_header_reason, source);
	cmd_header_note_renamed(source);
	source->btf = rebtf_btf_ref(rebtf_merge_btf(source->merge));
	return NULL;
}

/* Whether the header has kfuncs that are not tagged. */
static bool cmd_header_wants_kfuncs(const struct options *options)
{
	if (options->like_bpftool)
		return false;
	return options->kfunc_count ||
	       !(options->type_count || options->for_count || options->root_id_count);
}

static struct rebtf_error *cmd_header_find_kfuncs(struct header_source *source)
{
	if (!cmd_header_wants_kfuncs(source->options))
		return NULL;
	return source->merge
		       ? header_kfuncs_of_merge(&source->kfuncs, source->kernel.set, source->merge)
		       : header_kfuncs_of_one(&source->kfuncs, source->btf);
}

/* Returns false after a message. */
static bool cmd_header_open(struct header_source *source)
{
	const struct options *options = source->options;
	struct rebtf_error *err;

	if (options->path_count == 1 && !cmd_header_has_modules(options, options->paths[0]))
		return one_btf_open(options, "header", &source->btf,
				    cmd_header_wants_kfuncs(options) ? &source->kfuncs.of_file
								     : NULL);
	if (options->like_bpftool) {
		fputs("rebtf: --like-bpftool takes one file\n", stderr);
		return false;
	}
	if (!kernel_set_open(&source->kernel, options, (const char *const *)options->paths,
			     options->path_count))
		return false;
	err = cmd_header_merge(source);
	if (err)
		print_error(err);
	return !err;
}

static void cmd_header_close(struct header_source *source)
{
	programs_release(&source->programs);
	header_kfuncs_release(&source->kfuncs);
	rebtf_btf_unref(source->btf);
	rebtf_merge_free(source->merge);
	kernel_set_close(&source->kernel);
}

static const char *cmd_header_origin(void *arg, uint32_t id)
{
	const struct header_source *source = arg;

	return rebtf_set_name(source->kernel.set, rebtf_merge_origin(source->merge, id));
}

static struct json_object *cmd_header_json(const struct header_source *source,
					   const struct header_notes *notes, struct text *header)
{
	const struct options *options = source->options;
	struct json_object *object = result_json(options, options->paths[0], "header");
	char *text = text_end(header);

	json_add_string(object, "header", text);
	free(text);
	header_notes_add_json(notes, object);
	json_add(object, "kfuncs_left_out", header_kfuncs_errors_json(&source->kfuncs));
	if (source->merge)
		json_add(object, "modules_left_out",
			 kernel_set_left_out_json(source->kernel.set, cmd_header_reason, source));
	return object;
}

/* Returns whether the output was written. Takes over @header. */
static bool cmd_header_output(const struct header_source *source, const struct header_notes *notes,
			      struct text *header)
{
	const struct options *options = source->options;
	struct text line = {};
	bool written;

	if (notes->failed)
		out_of_memory();
	if (!options->json) {
		written = output_text(header);
		if (written && !options->quiet) {
			header_kfuncs_print_errors(&source->kfuncs);
			header_notes_print(notes, options->verbose);
		}
		return written;
	}
	json_print(&line, cmd_header_json(source, notes, header));
	return output_text(&line);
}

static bool cmd_header_print(struct header_source *source)
{
	const struct options *options = source->options;
	struct header_notes notes = { .btf = source->btf };
	struct rebtf_error *err = cmd_header_find_kfuncs(source);
	REBTF_OPTIONS(rebtf_header_options, how, .like_bpftool = options->like_bpftool,
		      .unsorted = options->unsorted, .ids = options->root_ids,
		      .id_count = options->root_id_count, .names = options->types,
		      .name_count = options->type_count, .kfuncs = options->kfuncs,
		      .kfunc_count = options->kfunc_count, .only_own = options->only_modules,
		      .include = options->include, .asserts = options->asserts,
		      .programs = (const struct rebtf_program *const *)source->programs.items,
		      .program_count = source->programs.count,
		      .origin = source->merge ? cmd_header_origin : NULL, .origin_arg = source,
		      .note = header_notes_add, .note_arg = &notes,
		      .known_kfuncs = source->kfuncs.ids, .known_kfunc_flags = source->kfuncs.flags,
		      .known_kfunc_count = source->kfuncs.count);
	struct text text = {};
	bool written = false;

	text_reserve(&text, HEADER_SIZE_USUAL);
	if (!err)
		err = rebtf_header(source->btf, &how, cmd_header_collect, &text);
	if (err)
		print_error(err);
	else
		written = cmd_header_output(source, &notes, &text);
	text_release(&text);
	header_notes_release(&notes);
	return written;
}

static enum status run_header(const struct options *options)
{
	struct header_source source = { .options = options };
	bool written;

	heap_expect(HEADER_HEAP);
	written = programs_open(&source.programs, options, options->for_programs,
				options->for_count) &&
		  cmd_header_open(&source) && cmd_header_print(&source);
	cmd_header_close(&source);
	return written ? STATUS_OK : STATUS_TROUBLE;
}

static const struct argp_option own_options[] = {
	{ "type", OPTION_TYPE, "NAME", 0,
	  "Print only the struct, union, enum or typedef with this name, or those that a glob such as "
	  "'task_*' matches, and what they need; can be given several times",
	  1 },
	{ "kfunc", OPTION_KFUNC, "NAME", 0,
	  "Print only the prototypes of the kfuncs that this name or glob matches, and what they need; can be "
	  "given several times",
	  1 },
	{ "for", OPTION_FOR, "PROG.bpf.o", 0,
	  "Print only the types that this BPF object's CO-RE relocations are about, the kfuncs that it calls, "
	  "and what they need; can be given several times",
	  1 },
	{ "only-modules", OPTION_ONLY_MODULES, NULL, 0,
	  "Print only types that the base does not have, for use with the header of the base", 1 },
	{ "include", OPTION_INCLUDE, "FILE", 0,
	  "With --only-modules: the name of the header of the base; \"vmlinux.h\" by default", 1 },
	{ "asserts", OPTION_ASSERTS, NULL, 0,
	  "Also print assertions of the sizes of types and of the offsets of their members", 1 },
	{ "like-bpftool", OPTION_LIKE_BPFTOOL, NULL, 0,
	  "Print what 'bpftool btf dump file FILE format c' prints, byte for byte", 1 },
	{ "unsorted", OPTION_UNSORTED, NULL, 0,
	  "Print types in the order of their ids, instead of by kind and name", 1 },
	{ "root-id", OPTION_ROOT_ID, "ID", 0,
	  "Print only the type with this id and what it needs; can be given several times", 1 },
	{ "jobs", 'j', "N", 0, "Use N threads to open modules; by default one for each core", 2 },
	{ "quiet", 'q', NULL, 0, "Print no notes on standard error, only errors", 2 },
	{ "verbose", 'v', NULL, 0, "Print all notes on standard error, not only the first ones",
	  2 },
	JSON_OPTION,
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &cache_argp }, {} };

const struct verb verb_header = {
	.name = "header",
	.summary = "print types as a C header",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Prints the types of FILE and its base as a header in C, like vmlinux.h. Only split BTF "
		       "needs a base. Of several FILEs, or the modules in DIR, each type is printed once."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf header /sys/kernel/btf/vmlinux > vmlinux.h\n"
		       "  rebtf header --base 6.1.0-47-amd64 dummy.ko > dummy.h\n",
		.children = children,
	},
	.run = run_header,
};
