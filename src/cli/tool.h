/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tools of kernel builds that this command takes the place of. It is such a tool if its own name is
 * that of the tool, with or without "rebtf-" before it: the installation has links of these names.
 * Then the tool's command line, messages and exit statuses apply instead of rebtf's.
 */
#ifndef REBTF_CLI_TOOL_H
#define REBTF_CLI_TOOL_H

#include <stdbool.h>

struct tool {
	const char *name; /* "resolve_btfids" */
	/* Returns the exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct tool tool_pahole;
extern const struct tool tool_resolve_btfids;

/* If argv[0] is the name of a tool, runs it, sets @status and returns true. */
bool tool_run(int argc, char **argv, int *status);

#endif
