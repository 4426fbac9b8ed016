/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf header: prints types as a header in C. After an error, it prints nothing. */
#include "rebtf.h"

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/one_btf.h"
#include "cli/output.h"
#include "cli/text.h"

static struct rebtf_error *cmd_header_collect(void *arg, const char *text, size_t size)
{
	struct text *all = arg;

	text_add_bytes(all, text, size);
	return all->failed ? rebtf_error_nomem() : NULL;
}

static enum status run_header(const struct options *options)
{
	REBTF_OPTIONS(rebtf_header_options, how, .like_bpftool = options->like_bpftool,
		      .unsorted = options->unsorted, .ids = options->root_ids,
		      .id_count = options->root_id_count, .names = options->types,
		      .name_count = options->type_count, .kfuncs = options->kfuncs,
		      .kfunc_count = options->kfunc_count, .only_own = options->only_modules,
		      .include = options->include, .asserts = options->asserts);
	GUARD(btf) struct rebtf_btf *btf = NULL;
	struct text text = {};
	struct rebtf_error *err;
	bool written = false;

	if (!one_btf_open(options, "header", &btf))
		return STATUS_TROUBLE;
	err = rebtf_header(btf, &how, cmd_header_collect, &text);
	if (err)
		print_error(err);
	else
		written = output_write(text.data, text.size);
	text_release(&text);
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
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &cache_argp }, {} };

const struct verb verb_header = {
	.name = "header",
	.summary = "print types as a C header",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|RELEASE",
		.doc = "Prints the types of FILE and its base as a header in C, like vmlinux.h. Only split BTF "
		       "needs a base."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf header /sys/kernel/btf/vmlinux > vmlinux.h\n"
		       "  rebtf header --base 6.1.0-47-amd64 dummy.ko > dummy.h\n",
		.children = children,
	},
	.run = run_header,
};
