/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* find --inlined: where a kernel and its modules inlined a function. */
#ifndef REBTF_CLI_FIND_INLINED_H
#define REBTF_CLI_FIND_INLINED_H

#include "cli/kernel_set.h"
#include "cli/status.h"

/*
 * Prints the places where the set's members inlined functions whose name is the first path of
 * @options: with @is_glob a pattern, or else a name as for REBTF_NAME_ESSENTIAL. Returns
 * STATUS_MISFIT if no place was found.
 */
enum status find_inlined(const struct options *options, const struct kernel_set *opened,
			 bool is_glob);

#endif
