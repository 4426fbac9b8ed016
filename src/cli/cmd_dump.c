/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf dump: prints BTF as text, the same text as bpftool's. */
#include <stdio.h>
#include <string.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/joined.h"
#include "cli/kernels.h"
#include "cli/output.h"

/* Stops the dump when output fails, and sets the bool @arg. */
static struct rebtf_error *write_text(void *arg, const char *text, size_t size)
{
	bool *stopped = arg;

	*stopped = !output_write(text, size);
	return *stopped ? rebtf_error_new(REBTF_ERR_IO, NULL, NULL, "output failed") : NULL;
}

static void dump_print_line(struct text *line)
{
	fwrite(line->data, 1, line->size, stderr);
	text_release(line);
}

/* Notes that the text does not have all types of the section. */
static void dump_note_joined(const struct rebtf_module *module)
{
	struct joined_rest rest = joined_count(module);
	struct text line = {};

	if (!rest.blobs)
		return;
	text_add(&line, "rebtf: ");
	text_add_name(&line, rebtf_module_path(module));
	text_add(&line, ": .BTF: left out ");
	text_add_counted(&line, rest.blobs, "joined blob");
	text_add(&line, " behind the first (");
	text_add_counted(&line, rest.bytes, "byte");
	text_add(&line, "); rebtf dedup makes one of them\n");
	dump_print_line(&line);
}

/*
 * Notes that the running kernel is the base by default. BTF in /sys/kernel/btf belongs to the
 * running kernel, and a module usually does. But raw BTF can come from anywhere.
 */
static void note_running_kernel(const struct rebtf_module *module)
{
	static const char own[] = "/sys/kernel/btf/";
	const char *path = rebtf_module_path(module);
	struct text line = {};

	if (rebtf_module_container(module) != REBTF_CONTAINER_RAW ||
	    !strncmp(path, own, strlen(own)))
		return;
	text_add(&line, "rebtf: ");
	text_add_name(&line, path);
	text_add(&line,
		 ": split BTF, read over the running kernel; name another base with --base\n");
	dump_print_line(&line);
}

/* Whether the BTF is read over a base. A named base decides for BTF of unclear form. */
static struct rebtf_error *dump_needs_base(const struct rebtf_module *module, bool is_named,
					   bool *needs_base)
{
	enum rebtf_form form;
	struct rebtf_error *err = rebtf_module_form(module, NULL, &form);

	*needs_base = err || form == REBTF_FORM_SPLIT ||
		      (form == REBTF_FORM_STANDALONE && is_named);
	if (!err || !is_named ||
	    (rebtf_error_code(err) != REBTF_ERR_AMBIGUOUS &&
	     rebtf_error_code(err) != REBTF_ERR_FORMAT))
		return err;
	rebtf_error_free(err);
	return NULL;
}

/* Whether BTF that was opened without a base needs one. Then frees @err. */
static bool dump_lacks_base(struct rebtf_error *err)
{
	if (!err || rebtf_error_code(err) != REBTF_ERR_ARGUMENT)
		return false;
	rebtf_error_free(err);
	return true;
}

/*
 * Opens the BTF. Only split BTF needs a base. BTF that looks standalone could be split from a named
 * base, so then the base is read as well. If the base cannot be opened, prints a message and leaves
 * *@btf NULL.
 */
static struct rebtf_error *open_btf(struct base *base, const struct rebtf_module *module,
				    struct rebtf_btf **btf)
{
	bool is_named = base->options->base, needs_base;
	struct rebtf_btf *base_btf = NULL;

	/*
	 * Without a named base, most BTF needs no base. Try that first, and read the BTF only once.
	 */
	if (!is_named) {
		struct rebtf_error *err = rebtf_module_btf(module, NULL, btf);

		if (!dump_lacks_base(err))
			return err;
	}
	TRY(dump_needs_base(module, is_named, &needs_base));
	if (needs_base && !base_open(base, &base_btf))
		return NULL;
	TRY(rebtf_module_btf(module, base_btf, btf));
	if (base_btf && !is_named)
		note_running_kernel(module);
	return NULL;
}

/* Sets @failed after an error whose message was printed. */
static struct rebtf_error *dump_file(const struct options *options, struct base *base, bool *failed)
{
	const struct tree_file file = { .path = options->paths[0] };
	GUARD(module) struct rebtf_module *module = NULL;
	GUARD(btf) struct rebtf_btf *btf = NULL;

	TRY(open_any(options, &file, &module));
	TRY(open_btf(base, module, &btf));
	*failed = !btf;
	if (btf)
		dump_note_joined(module);
	return btf ? rebtf_btf_dump(btf, write_text, failed) : NULL;
}

static enum status run_dump(const struct options *options)
{
	bool failed = false;
	struct rebtf_error *err;
	struct base base;

	if (options->path_count > 1) {
		fprintf(stderr, "rebtf: too many files for dump (found %zu, expected 1)\n",
			options->path_count);
		return STATUS_TROUBLE;
	}
	base_init(&base, options);
	err = dump_file(options, &base, &failed);
	base_release(&base);
	if (err && !failed)
		print_error(err);
	else
		rebtf_error_free(err);
	return err || failed ? STATUS_TROUBLE : STATUS_OK;
}

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &cache_argp }, {} };

const struct verb verb_dump = {
	.name = "dump",
	.summary = "print BTF as text, type by type",
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|RELEASE",
		.doc = "Prints the types of FILE as the text that 'bpftool btf dump file FILE format raw' "
		       "prints. Only split BTF needs a base."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf dump /sys/kernel/btf/vmlinux\n"
		       "  rebtf dump --base 6.1.0-47-amd64 dummy.ko\n",
		.children = children,
	},
	.run = run_dump,
};
