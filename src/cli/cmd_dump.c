/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf dump: prints BTF as text, the same text as bpftool's. */
#include "rebtf.h"

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/one_btf.h"
#include "cli/output.h"

/* Stops the dump when output fails, and sets the bool @arg. */
static struct rebtf_error *write_text(void *arg, const char *text, size_t size)
{
	bool *stopped = arg;

	*stopped = !output_write(text, size);
	return *stopped ? rebtf_error_new(REBTF_ERR_IO, NULL, NULL, "output failed") : NULL;
}

static enum status run_dump(const struct options *options)
{
	GUARD(btf) struct rebtf_btf *btf = NULL;
	bool stopped = false;
	struct rebtf_error *err;

	if (!one_btf_open(options, "dump", &btf))
		return STATUS_TROUBLE;
	err = rebtf_btf_dump(btf, write_text, &stopped);
	if (err && !stopped)
		print_error(err);
	else
		rebtf_error_free(err);
	return err ? STATUS_TROUBLE : STATUS_OK;
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
