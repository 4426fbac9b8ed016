/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The modules in a package: a Debian package, an RPM package, or a tar or cpio archive, compressed or
 * not. image.h finds the kernel in one.
 */
#ifndef REBTF_MODULE_PACKAGE_H
#define REBTF_MODULE_PACKAGE_H

#include "util/file.h"

/* Is called with each module: its path in the package, and its contents, which it may take over. */
typedef struct rebtf_error *package_visit(void *arg, const char *name, struct file_bytes *bytes);

/*
 * Visits the modules in the file @path in the order of the package. *@is_package is false if the
 * file is of another type. Members are read one by one, so memory does not grow with the package.
 * Errors: FORMAT (damaged), UNSUPPORTED (libarchive cannot be loaded; unpacks to more than 128 times
 * its size; a module of more than a gigabyte), IO, NOMEM; those of @visit.
 */
struct rebtf_error *package_each_module(const char *path, package_visit *visit, void *arg,
					bool *is_package);

#endif
