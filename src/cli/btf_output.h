/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The output of a verb that makes one raw BTF: a file, or standard output. */
#ifndef REBTF_CLI_BTF_OUTPUT_H
#define REBTF_CLI_BTF_OUTPUT_H

#include "cli/options.h"

/* Whether the BTF goes to standard output. The verb then prints no report. */
bool btf_output_is_stdout(const struct options *options);

/* Returns why the BTF cannot go to standard output. NULL: it can, or goes elsewhere. */
const char *btf_output_stdout_problem(const struct options *options);

/* Writes @btf, unless it is a dry run. Errors: those of rebtf_btf_write_file(). */
struct rebtf_error *btf_output_write(const struct options *options, const struct rebtf_btf *btf);

#endif
