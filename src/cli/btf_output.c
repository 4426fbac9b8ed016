/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the BTF that a verb makes from several files. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/btf_output.h"
#include "cli/guards.h"
#include "cli/output.h"
#include "module/tree.h"

static bool btf_output_is_dash(const struct options *options)
{
	return options->out_dir && !strcmp(options->out_dir, "-");
}

bool btf_output_is_stdout(const struct options *options)
{
	return btf_output_is_dash(options) && !options->dry_run;
}

const char *btf_output_stdout_problem(const struct options *options)
{
	if (!btf_output_is_stdout(options))
		return NULL;
	if (options->json)
		return "cannot write both BTF and JSON to standard output";
	if (options->origins)
		return "cannot write both BTF and origins to standard output";
	return isatty(STDOUT_FILENO) ? "cannot write BTF to a terminal" : NULL;
}

struct rebtf_error *btf_output_write(const struct options *options, const struct rebtf_btf *btf)
{
	GUARD(memory) void *data = NULL;
	size_t size;

	if (options->dry_run)
		return NULL;
	if (!btf_output_is_dash(options)) {
		TRY(tree_make_parents(options->out_dir));
		return rebtf_btf_write_file(btf, NULL, options->out_dir);
	}
	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	/* If that fails, output.c reports it at the end and sets the exit status. */
	output_write(data, size);
	return NULL;
}
