/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Files and kernels that the command line names. The BTF of kernel images is kept below
 * $XDG_CACHE_HOME, unless --no-cache forbids it.
 */
#ifndef REBTF_CLI_KERNELS_H
#define REBTF_CLI_KERNELS_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/options.h"
#include "cli/text.h"

/* Finds out where the cache is. To be called once, before there are threads. */
void kernels_init(const struct options *options);
void kernels_finish(void);

/* As rebtf_kernel_open() and rebtf_module_open_any(), with the cache; "-" is standard input. */
struct rebtf_error *kernels_open(const char *where, struct rebtf_btf **btf);
struct rebtf_error *kernels_open_module(const char *where, struct rebtf_module **module);

/*
 * Opens @file as a module, to be read as @options say. It may have no BTF if it was found in a
 * directory: whoever names the file itself expects BTF in it. Errors: those of rebtf_module_open();
 * NO_BTF.
 */
struct rebtf_error *open_file(const struct options *options, const struct rebtf_file *file,
			      struct rebtf_module **module);

/*
 * As open_file(), but a file that was named by itself may also be a kernel image, or the release of a
 * kernel. Errors: those of rebtf_module_open_any().
 */
struct rebtf_error *open_any(const struct options *options, const struct rebtf_file *file,
			     struct rebtf_module **module);

/* Opens a kernel's BTF; NULL, with a message, if that fails. */
struct rebtf_btf *open_base(const char *where);

/* Opens the BTF of an installed kernel; likewise. @root: NULL for "/". */
struct rebtf_btf *open_kernel(const char *root, const char *release);

/*
 * Opens the BTF of the kernel that --base or --kernel name, below --root if it is a release;
 * likewise.
 */
struct rebtf_btf *open_base_of(const struct options *options);

/* Whether @path, which is no file, can be the release of a kernel: it starts with a digit. */
bool kernels_is_release(const char *path);

/* The kernel that @btf is, or is split from; NULL if it is neither. */
const struct rebtf_btf *kernels_of(const struct rebtf_btf *btf);

/* The file of that kernel, and its release: "/boot/vmlinuz-6.1.0-56-amd64, release 6.1.0-56-amd64". */
void kernels_add_name(struct text *text, const struct rebtf_btf *btf);

/* The same, with the keys file and release. NULL, which is JSON's null, if there is none. */
struct json_object *kernels_json(const struct rebtf_btf *btf);

/* Likewise of a module that is a kernel's image; null of all others. */
struct json_object *kernels_module_json(const struct rebtf_module *module);

#endif
