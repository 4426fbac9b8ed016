/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The files beside the modules of a tree, such as modules.order: --out-dir takes them along, so that
 * depmod and initramfs tools can use the tree that comes out.
 */
#ifndef REBTF_CLI_TREE_FILES_H
#define REBTF_CLI_TREE_FILES_H

#include "rebtf.h"

#include "cli/options.h"

/*
 * Copies these files below --out-dir, from each directory that was walked to find the files of
 * @list. False, after a message for each directory, if that fails.
 */
bool tree_files_copy(const struct options *options, const struct rebtf_file_list *list);

#endif
