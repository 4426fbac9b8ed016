/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Kernels as files, and finding these files by a kernel's release, below any root directory, which
 * is what tests need of it.
 */
#ifndef REBTF_MODULE_KERNEL_H
#define REBTF_MODULE_KERNEL_H

#include "module/image.h"

/* --- kernel_file.c: a kernel in one file */

/*
 * Opens the BTF of the kernel in @fd, which was opened as @path. Its bytes are set only if the file is
 * an image that had to be searched. @found->btf remembers the path and, if the file tells it, the
 * release. @cache is the directory of kernel_cache.h; NULL: none. @found starts as {}. Errors: as
 * rebtf_kernel_open().
 */
struct rebtf_error *kernel_file_open(int fd, const char *path, const char *cache,
				     struct image_btf *found);

/* Sets @release to that of the unified kernel image in @fd; "" if it is none or does not tell. */
void kernel_file_release(int fd, char release[RELEASE_SIZE]);

/* Replaces the release that @btf remembers. Errors: NOMEM. */
struct rebtf_error *kernel_set_release(struct rebtf_btf *btf, const char *release);

/* --- kernel.c: what a caller calls a kernel */

/* Whether @where names a file, that need not exist, and not a release. */
bool kernel_is_path(const char *where);

/* All options, of which the caller may know fewer, or give none. */
struct rebtf_kernel_options kernel_options(const struct rebtf_kernel_options *options);

/*
 * As rebtf_kernel_open_with(). The bytes of @found, which starts as {}, are those of
 * kernel_file_open().
 */
struct rebtf_error *kernel_find(const char *where, const struct rebtf_kernel_options *options,
				struct image_btf *found);

/* --- release.c: the files of a release */

/* Which files of a release come first. */
enum kernel_order {
	KERNEL_ANY,		  /* those that are cheapest to read */
	KERNEL_RUNNING,		  /* it is this machine's kernel: /sys */
	KERNEL_INSTALLED,	  /* what it will boot with */
	KERNEL_INSTALLED_RUNNING, /* likewise; if nothing is installed, /sys */
};

/*
 * Opens the BTF of @release, as kernel_file_open() does, searched for in the usual places below @root
 * ("" for the real ones). A file without BTF, or that may not be read, is passed over. Errors: NO_BTF,
 * with the first files that exist and their problems, and all places among its details; NOMEM.
 */
struct rebtf_error *kernel_open_release(const char *root, const char *release,
					enum kernel_order order, const char *cache,
					struct image_btf *found);

#endif
