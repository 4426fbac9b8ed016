/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* "-" as a file or a base: standard input. A file of that name is "./-". */
#ifndef REBTF_CLI_STDIN_H
#define REBTF_CLI_STDIN_H

#include "cli/options.h"

/* Returns whether @path stands for standard input. NULL does not. */
bool stdin_is(const char *path);

/*
 * Returns whether @verb can use standard input as @options request: it can be read once and not be
 * replaced. If not, prints an error.
 */
bool stdin_check(const struct verb *verb, const struct options *options);

#endif
