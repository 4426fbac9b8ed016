/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The kernel and the modules that --base and --modules name, as one set. */
#ifndef REBTF_CLI_KERNEL_MODULES_H
#define REBTF_CLI_KERNEL_MODULES_H

#include "rebtf.h"

#include "cli/base.h"

struct kernel_modules {
	struct base base;
	struct rebtf_set *set;
};

/* Opens the set. Returns false after a message. Call kernel_modules_release() in any case. */
bool kernel_modules_open(struct kernel_modules *km, const struct options *options);

/* Prints a line for each module that is left out, unless --quiet. Returns their number. */
size_t kernel_modules_print_left_out(const struct kernel_modules *km);
void kernel_modules_release(struct kernel_modules *km);

#endif
