/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The list of paths that --files-from names: one per line, or each ended by a zero byte. */
#ifndef REBTF_CLI_PATH_LIST_H
#define REBTF_CLI_PATH_LIST_H

#include "cli/options.h"

/* Adds the listed paths to those of the command line. Returns false after a message. */
bool path_list_read(struct options *options);

#endif
