/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens files and kernels named on the command line. Caches the BTF of kernel images below
 * $XDG_CACHE_HOME, unless --no-cache forbids it.
 */
#ifndef REBTF_CLI_KERNELS_H
#define REBTF_CLI_KERNELS_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/options.h"
#include "cli/text.h"
#include "module/tree.h"

/* Locates the cache. Call once, before threads start. */
void kernels_init(const struct options *options);
void kernels_finish(void);

/* The directory of the cache; or NULL. */
const char *kernels_cache_dir(void);

/* As rebtf_kernel_open() and rebtf_module_open(), with the cache; "-" is standard input. */
struct rebtf_error *kernels_open(const char *where, struct rebtf_btf **btf);
struct rebtf_error *kernels_open_module(const char *where, enum rebtf_reading reading,
					struct rebtf_module **module);

/* Opens the BTF of the kernel @release that is installed below @root; NULL: "/". */
struct rebtf_error *kernels_open_installed(const char *root, const char *release,
					   struct rebtf_btf **btf);

/*
 * Opens @file as a module, to be read as @options request. If it was found in a directory, it may
 * lack BTF. A user who names the file itself expects BTF in it. Errors: those of
 * rebtf_module_open(); NO_BTF.
 */
struct rebtf_error *open_file(const struct options *options, const struct tree_file *file,
			      struct rebtf_module **module);

/*
 * As open_file(), but a named file may also be a kernel image, or the release of a kernel. Errors:
 * those of rebtf_module_open().
 */
struct rebtf_error *open_any(const struct options *options, const struct tree_file *file,
			     struct rebtf_module **module);

/* Whether @path, which is not a file, can be the release of a kernel: it starts with a digit. */
bool kernels_is_release(const char *path);

/* The kernel that @btf is, or is split from; NULL if neither. */
const struct rebtf_btf *kernels_of(const struct rebtf_btf *btf);

/* Adds the kernel's file and release: "/boot/vmlinuz-6.1.0-56-amd64, release 6.1.0-56-amd64". */
void kernels_add_name(struct text *text, const struct rebtf_btf *btf);

/* The same as keys file and release. NULL, which is JSON's null, without a kernel. */
struct json_object *kernels_json(const struct rebtf_btf *btf);

/* The same for a module that is a kernel's image; null for others. */
struct json_object *kernels_module_json(const struct rebtf_module *module);

#endif
