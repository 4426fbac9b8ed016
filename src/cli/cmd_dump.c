/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf dump: prints BTF as text, the same text as bpftool's. */
#include "rebtf.h"

#include "cli/batch.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/one_btf.h"
#include "cli/output.h"
#include "cli/stem.h"

/* Stops the dump when output fails, and sets the bool @arg. */
static struct rebtf_error *write_text(void *arg, const char *text, size_t size)
{
	bool *stopped = arg;

	*stopped = !output_write(text, size);
	return *stopped ? rebtf_error_new(REBTF_ERR_IO, NULL, NULL, "output failed") : NULL;
}

/* The library's object goes behind the keys of the command, so its first brace is left out. */
struct dump_json_output {
	bool stopped;
	bool begun;
};

static struct rebtf_error *write_json(void *arg, const char *text, size_t size)
{
	struct dump_json_output *output = arg;
	bool skip = !output->begun;

	output->begun = true;
	return write_text(&output->stopped, text + skip, size - skip);
}

/* Prints the keys of the command: {"file":"...","outcome":"dumped","module":"nf_nat","schema":1, */
static bool dump_print_keys(const struct options *options, const struct rebtf_btf *btf)
{
	const char *path = options->paths[0];
	struct json_object *object = result_json(options, path, "dumped");
	char *module = rebtf_btf_base(btf) ? stem_of_module(path) : NULL;
	struct text text = {};
	bool written;

	json_add_string(object, "module", module);
	free(module);
	json_print(&text, object);
	if (memory_has_failed())
		out_of_memory();
	/* The object goes on: without "}" and the end of the line. */
	written = output_write(text.data, text.size - 2) && output_write(",", 1);
	text_release(&text);
	return written;
}

static struct rebtf_error *dump_as_json(const struct options *options, const struct rebtf_btf *btf,
					bool *stopped)
{
	struct dump_json_output output = {};
	struct rebtf_error *err;

	*stopped = !dump_print_keys(options, btf);
	if (*stopped)
		return rebtf_error_new(REBTF_ERR_IO, NULL, NULL, "output failed");
	err = rebtf_btf_dump_json(btf, write_json, &output);
	*stopped = output.stopped || (!err && !output_write("\n", 1));
	return err;
}

static enum status run_dump(const struct options *options)
{
	GUARD(btf) struct rebtf_btf *btf = NULL;
	bool stopped = false;
	struct rebtf_error *err;

	if (!one_btf_open(options, "dump", &btf, NULL))
		return STATUS_TROUBLE;
	err = options->json ? dump_as_json(options, btf, &stopped)
			    : rebtf_btf_dump(btf, write_text, &stopped);
	if (err && !stopped)
		print_error(err);
	else
		rebtf_error_free(err);
	return err || stopped ? STATUS_TROUBLE : STATUS_OK;
}

static const struct argp_option own_options[] = {
	{ "inline", OPTION_INLINE, NULL, 0,
	  "Print the section .BTF.inline, which is split from .BTF: where functions were inlined",
	  1 },
	JSON_OPTION,
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &cache_argp }, {} };

const struct verb verb_dump = {
	.name = "dump",
	.summary = "print BTF as text, type by type",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|RELEASE",
		.doc = "Prints the types of FILE as the text that 'bpftool btf dump file FILE format raw' "
		       "prints, or its JSON. Only split BTF needs a base."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf dump /sys/kernel/btf/vmlinux\n"
		       "  rebtf dump --base 6.1.0-47-amd64 dummy.ko\n",
		.children = children,
	},
	.run = run_dump,
};
