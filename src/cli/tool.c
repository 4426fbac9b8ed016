/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the tool that the command was started as. */
#include <stddef.h>
#include <string.h>

#include "cli/tool.h"

static const struct tool *const tools[] = { &tool_pahole, &tool_resolve_btfids };

bool tool_run(int argc, char **argv, int *status)
{
	const char *slash, *name = argc ? argv[0] : "";

	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	if (!strncmp(name, "rebtf-", strlen("rebtf-")))
		name += strlen("rebtf-");
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (!strcmp(tools[i]->name, name)) {
			*status = tools[i]->run(argc, argv);
			return true;
		}
	}
	return false;
}
