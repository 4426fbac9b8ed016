/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looks up a path one component at a time, by descriptors. The kernel would do it in one call, but
 * it does not report the symbolic links that it followed, or the directory of the file.
 */
#ifndef REBTF_UTIL_WALK_H
#define REBTF_UTIL_WALK_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "util/error.h"

enum walk_flags {
	WALK_FOLLOW = 1u << 0, /* follow symbolic links; without it, they and ".." are errors */
	WALK_MAKE = 1u << 1,   /* make missing directories */
	WALK_FILE = 1u << 2,   /* the path leads to a file, not to a directory */
};

/* The end of a walk. */
struct walk_end {
	int directory; /* the directory (of the file), opened with O_PATH for lookups */
	/* If the path leads to a file: */
	char name[NAME_MAX + 1];
	char *shown; /* its path for errors, malloced */
	struct stat st;
	/*
	 * Whether each link on the path belongs to root, to the user of this process, or to the
	 * owner of the file or directory that the path leads to.
	 */
	bool is_trusted;
};

/*
 * Looks up @path relative to the directory @at. @shown: the same path in the user's words, for
 * errors and for @end->shown. Errors: IO, NOMEM.
 */
struct rebtf_error *walk(int at, const char *path, unsigned int flags, const char *shown,
			 struct walk_end *end);

#endif
