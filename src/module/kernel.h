/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Kernels as files, and finding these files by a kernel's release below any root directory. Tests
 * use a root of their own.
 */
#ifndef REBTF_MODULE_KERNEL_H
#define REBTF_MODULE_KERNEL_H

#include <sys/stat.h>

#include "module/image.h"

/* --- kernel_file.c: a kernel in one file */

/*
 * Opens the BTF of the kernel in @fd, which was opened as @path. Sets the bytes of @found only if
 * the file is an image that had to be searched. @found->btf remembers the path and, if the file
 * names it, the release. @found->state is that of @fd. @cache is the directory of kernel_cache.h;
 * NULL: no cache. @found starts as {}. After an error, only @found->link can be set. Errors: as
 * rebtf_kernel_open().
 */
struct rebtf_error *kernel_file_open(int fd, const char *path, const char *cache,
				     struct image_btf *found);

/*
 * Sets @release to that of the unified kernel image in @fd, or to "" if @fd is another file or does
 * not name a release.
 */
void kernel_file_release(int fd, char release[RELEASE_SIZE]);

/* Replaces the release that @btf remembers. Errors: NOMEM. */
struct rebtf_error *kernel_set_release(struct rebtf_btf *btf, const char *release);

/* --- kernel.c: the caller's names for a kernel */

/* Whether @where names a file (which need not exist) and not a release. */
bool kernel_is_path(const char *where);

/*
 * As rebtf_kernel_open(). @found starts as {}. Its bytes are those of kernel_file_open(). @own as in
 * kernel_open_release().
 */
struct rebtf_error *kernel_find(const char *where, const struct rebtf_kernel_options *options,
				const struct stat *own, struct image_btf *found);

/* --- module_kernel.c: kernels as modules */

/* Opens a module, or a kernel as a module. Errors: as rebtf_module_open() with such options. */
struct rebtf_error *module_kernel_open(const char *where,
				       const struct rebtf_kernel_options *options,
				       struct rebtf_module **module);

/* --- release.c: the files of a release */

/* The order to try the files of a release in. */
enum kernel_order {
	KERNEL_ANY,		  /* those that are cheapest to read first */
	KERNEL_RUNNING,		  /* for this machine's running kernel: /sys first */
	KERNEL_INSTALLED,	  /* files that the machine will boot with */
	KERNEL_INSTALLED_RUNNING, /* the same; without any installed file, /sys */
};

/*
 * Opens the BTF of @release as kernel_file_open() does. Searches the usual places below @root (""
 * for the real root). Skips files without BTF, unreadable files, and @own, a file that rebtf wrote
 * from another one (NULL: no such file). Errors: NO_BTF, which reports the first existing files and
 * their problems, and lists all places in its details; NOMEM.
 */
struct rebtf_error *kernel_open_release(const char *root, const char *release,
					enum kernel_order order, const char *cache,
					const struct stat *own, struct image_btf *found);

#endif
