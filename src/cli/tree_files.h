/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Copies the files beside the modules of a tree, such as modules.order, to --out-dir, so that
 * depmod and initramfs tools can use the output tree.
 */
#ifndef REBTF_CLI_TREE_FILES_H
#define REBTF_CLI_TREE_FILES_H

#include "rebtf.h"

#include "cli/options.h"
#include "module/tree.h"

/*
 * Copies these files below --out-dir, from each directory that was walked to find the files of
 * @list. On failure, prints a message for each directory and returns false.
 */
bool tree_files_copy(const struct options *options, const struct tree_list *list);

#endif
