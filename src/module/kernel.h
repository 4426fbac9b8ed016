/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finding kernels by their release, below any root directory, which is what tests need of it.
 */
#ifndef REBTF_MODULE_KERNEL_H
#define REBTF_MODULE_KERNEL_H

#include "util/error.h"

/* Opens the BTF of the kernel in the file @path. Errors: as rebtf_kernel_open(). */
struct rebtf_error *kernel_open_path(const char *path, struct rebtf_btf **btf);

/* What counts most of what there is of a release. */
enum kernel_order {
	KERNEL_ANY,		  /* whatever is cheapest to read */
	KERNEL_RUNNING,		  /* it is this machine's kernel: what that shows in /sys */
	KERNEL_INSTALLED,	  /* what it will boot with */
	KERNEL_INSTALLED_RUNNING, /* the same; if nothing is installed, what it shows in /sys */
};

/*
 * Opens the BTF of @release, looked for in the usual places below @root ("" for the real ones). A
 * place whose file has no BTF or may not be read is passed over. Errors: NO_BTF, with the first files
 * that exist and what is wrong with them, and all places among its details; NOMEM.
 */
struct rebtf_error *kernel_open_release(const char *root, const char *release,
					enum kernel_order order, struct rebtf_btf **btf);

#endif
