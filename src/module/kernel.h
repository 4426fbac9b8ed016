/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finding kernels by their release, below any root directory, which is what tests need of it.
 */
#ifndef REBTF_MODULE_KERNEL_H
#define REBTF_MODULE_KERNEL_H

#include "util/error.h"

/* Opens the BTF of the kernel in the file @path. Errors: as rebtf_kernel_open(). */
struct rebtf_error *kernel_open_path(const char *path, struct rebtf_btf **btf);

/*
 * Opens the BTF of @release, looked for in the usual places below @root ("" for the real ones). A
 * place whose file has no BTF or may not be read is passed over. @running says whether it is this
 * machine's kernel, which then shows its BTF in /sys. Errors: NO_BTF, with all places and what was
 * wrong with those that exist; NOMEM.
 */
struct rebtf_error *kernel_open_release(const char *root, const char *release, bool running,
					struct rebtf_btf **btf);

#endif
