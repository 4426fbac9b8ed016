/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Files of a system that is installed below some directory. Absolute links in it are relative to
 * that directory: /lib/modules/RELEASE/build in an image under construction does not lead to the
 * headers of the system that builds the image.
 */
#ifndef REBTF_MODULE_ROOT_H
#define REBTF_MODULE_ROOT_H

#include <errno.h>

#include "util/file.h"

/*
 * Opens the regular file @path, which starts with "/", below @root ("" for the real root). -1 with
 * errno on error.
 */
int root_open(const char *root, const char *path);
/* As root_open(), for a directory. */
int root_open_directory(const char *root, const char *path);

/*
 * Reads a regular file below @root, at most FILE_SIZE_MAX bytes. Errors: those of file_read(); IO
 * with ENOENT also for other kinds of files.
 */
struct rebtf_error *root_read(const char *root, const char *path, struct file_bytes *bytes);

/* Whether @err means that a file does not exist. */
static inline bool is_absence(const struct rebtf_error *err)
{
	return err->code == REBTF_ERR_IO && (err->errnum == ENOENT || err->errnum == ENOTDIR);
}

#endif
