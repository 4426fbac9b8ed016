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
	/* Empty files in BTFHub's archive stand for kernels that it has no BTF of. */
	size_t has_btf_count; /* NAME.hasbtf: the kernel has BTF of its own */
	size_t failed_count;  /* NAME.failed: BTFHub could not make BTF */
};

/*
 * Lists all files below @directory whose names end in .btf, also of an archive or compressed, and
 * counts the marks of BTFHub.
 * Errors: IO, NO_BTF (no such file), NOMEM. Call kernel_tree_release() in any case.
 */
struct rebtf_error *kernel_tree_list(struct kernel_tree *tree, const char *directory);
void kernel_tree_release(struct kernel_tree *tree);

#endif
