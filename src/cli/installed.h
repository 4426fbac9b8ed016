/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The modules of an installed kernel: all files below /lib/modules/RELEASE, the default with
 * --kernel. Some of them are links to modules of another kernel (made by weak-modules). They belong
 * to that kernel and must not be changed for this one.
 */
#ifndef REBTF_CLI_INSTALLED_H
#define REBTF_CLI_INSTALLED_H

#include "cli/options.h"

/* /lib/modules and /usr/lib/modules, which are the same on most systems. */
#define INSTALLED_DIRS 2

struct installed {
	char *paths[INSTALLED_DIRS]; /* as named */
	char *real[INSTALLED_DIRS];  /* without any links */
	size_t count;
};

/*
 * Finds the directories of the kernel that @options name. False after a message if no such
 * directory exists.
 */
bool installed_find(const struct options *options, struct installed *installed);
void installed_release(struct installed *installed);

/*
 * Sets @elsewhere to whether @module, found in one of them, is a link to a module of another kernel.
 * Errors: NOMEM.
 */
struct rebtf_error *installed_elsewhere(const struct installed *installed,
					const struct rebtf_module *module, bool *elsewhere);

#endif
