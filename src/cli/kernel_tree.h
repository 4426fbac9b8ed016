/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A directory with the BTF of many kernels, as BTFHub's archive:
 * DISTRIBUTION/RELEASE/ARCHITECTURE/KERNEL.btf.tar.xz
 */
#ifndef REBTF_CLI_KERNEL_TREE_H
#define REBTF_CLI_KERNEL_TREE_H

#include <stddef.h>

#include "rebtf.h"

struct kernel_file {
	char *path;
	char *name; /* below the directory, without compression: "ubuntu/20.04/x86_64/5.4.0-1.btf" */
};

struct kernel_tree {
	struct kernel_file *files; /* sorted by name */
	size_t count;
	size_t room;
};

/*
 * Lists all files below @directory whose names end in .btf, also of an archive or compressed.
 * Errors: IO, NO_BTF (no such file), NOMEM. Call kernel_tree_release() in any case.
 */
struct rebtf_error *kernel_tree_list(struct kernel_tree *tree, const char *directory);
void kernel_tree_release(struct kernel_tree *tree);

#endif
