/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf dump: prints BTF as text, the same text as bpftool's. */
#include <stdio.h>
#include <string.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/output.h"

/* Stops the dump when output fails, and sets the bool @arg. */
static struct rebtf_error *write_text(void *arg, const char *text, size_t size)
{
	bool *stopped = arg;

	*stopped = !output_write(text, size);
	return *stopped ? rebtf_error_new(REBTF_ERR_IO, NULL, NULL, "output failed") : NULL;
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
	fwrite(line.data, 1, line.size, stderr);
	text_release(&line);
}

/*
 * Opens the BTF. Only split BTF needs a base. BTF that looks standalone could be split from a named
 * base, so then the base is read as well. If the base cannot be opened, prints a message and leaves
 * *@btf NULL.
 */
static struct rebtf_error *open_btf(const struct options *options,
				    const struct rebtf_module *module, struct rebtf_btf **btf)
{
	struct rebtf_btf *base = NULL;
	enum rebtf_form form;
	struct rebtf_error *err;

	/*
	 * Without a named base, most BTF needs no base. Try that first, and read the BTF only once.
	 */
	if (!options->base) {
		err = rebtf_module_btf(module, NULL, btf);
		if (!err || rebtf_error_code(err) != REBTF_ERR_ARGUMENT)
			return err;
		rebtf_error_free(err);
	}
	/* A named base decides for BTF of unclear form, such as types without names. */
	err = rebtf_module_form(module, NULL, &form);
	if (err && (!options->base || (rebtf_error_code(err) != REBTF_ERR_AMBIGUOUS &&
				       rebtf_error_code(err) != REBTF_ERR_FORMAT)))
		return err;
	if (err || form == REBTF_FORM_SPLIT || (form == REBTF_FORM_STANDALONE && options->base)) {
		rebtf_error_free(err);
		base = open_base(options->base);
		if (!base)
			return NULL;
	}
	err = rebtf_module_btf(module, base, btf);
	if (!err && base && !options->base)
		note_running_kernel(module);
	rebtf_btf_unref(base);
	return err;
}

static enum status run_dump(const struct options *options)
{
	const struct rebtf_file file = { .path = options->paths[0] };
	struct rebtf_module *module = NULL;
	struct rebtf_btf *btf = NULL;
	bool stopped = false;
	struct rebtf_error *err;

	if (options->path_count > 1) {
		fprintf(stderr, "rebtf: too many files for dump (found %zu, expected 1)\n",
			options->path_count);
		return STATUS_TROUBLE;
	}
	err = open_any(options, &file, &module);
	if (!err)
		err = open_btf(options, module, &btf);
	rebtf_module_free(module);
	if (!err && !btf)
		return STATUS_TROUBLE;
	if (!err)
		err = rebtf_btf_dump(btf, write_text, &stopped);
	rebtf_btf_unref(btf);
	if (!err)
		return STATUS_OK;
	/* output.c prints the message of failed output. */
	if (stopped)
		rebtf_error_free(err);
	else
		print_error(err);
	return STATUS_TROUBLE;
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
