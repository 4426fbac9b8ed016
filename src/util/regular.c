/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Names the kinds of files that are not regular. */
#include <errno.h>

#include "util/regular.h"

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
		return "a named pipe";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "something else";
	}
}

struct rebtf_error *regular_check(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return NULL;
	if (S_ISDIR(st->st_mode))
		return error_io(EISDIR, "cannot read");
	return error_new(REBTF_ERR_UNSUPPORTED, "not a regular file (found %s)",
			 type_name(st->st_mode));
}
