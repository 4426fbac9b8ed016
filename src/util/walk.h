/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looking up a path one component after the other, by descriptors. The kernel would do it in one
 * call, but does not say through which symbolic links it went, nor in which directory it found the
 * file.
 */
#ifndef REBTF_UTIL_WALK_H
#define REBTF_UTIL_WALK_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "util/error.h"

enum walk_flags {
	WALK_FOLLOW = 1u << 0, /* symbolic links; without it they are an error, and so is ".." */
	WALK_MAKE = 1u << 1,   /* directories that are missing */
	WALK_FILE = 1u << 2,   /* the path leads to a file, not to a directory */
};

/* Where a path led. */
struct walk_end {
	int directory; /* the directory, or that of the file: for looking up names (O_PATH) */
	/* Of a file: */
	char name[NAME_MAX + 1];
	char *shown; /* its path for errors, malloced */
	struct stat st;
	/*
	 * Whether each link on the way belongs to root, to the user of this process, or to the
	 * owner of what the path leads to.
	 */
	bool is_trusted;
};

/*
 * Looks up @path from the directory @at on. @shown: the path of what @path names, for errors and
 * for @end->shown. Errors: IO, NOMEM.
 */
struct rebtf_error *walk(int at, const char *path, unsigned int flags, const char *shown,
			 struct walk_end *end);

#endif
