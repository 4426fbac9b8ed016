/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Where a file is: an open directory and a name in it. What is read, compared and replaced by its
 * place is found without looking up the path again.
 *
 * A place is not followed if its name turns out to be a symbolic link. place_follow() finds the
 * place to which a link leads.
 */
#ifndef REBTF_UTIL_PLACE_H
#define REBTF_UTIL_PLACE_H

#include <sys/stat.h>

#include "util/directory.h"

struct file_place {
	struct directory *directory; /* NULL: no place */
	char *name;
	char *path; /* for errors: as the user knows it */
};

/* Opens the directory in which @path is. Errors: IO, NOMEM. */
struct rebtf_error *place_find(const char *path, struct file_place *place);

/* @path, or a name, in @directory, which is referenced. @path is for errors. Errors: NOMEM. */
struct rebtf_error *place_in(struct directory *directory, const char *name, const char *path,
			     struct file_place *place);

/* The place of the same name and @ending. Errors: NOMEM. */
struct rebtf_error *place_beside(const struct file_place *place, const char *ending,
				 struct file_place *beside);

/* The same place once more. Errors: NOMEM. */
struct rebtf_error *place_copy(const struct file_place *place, struct file_place *copy);

void place_release(struct file_place *place);
#define _cleanup_place_ _cleanup_(place_release)

/* What is there; links are not followed. False with errno. */
bool place_stat(const struct file_place *place, struct stat *st);

/* Whether something of that name is there. */
bool place_is_taken(const struct file_place *place);

/* Whether both are the same name in the same directory. */
bool place_is_same(const struct file_place *a, const struct file_place *b);

/*
 * The path by which the place can be found from the root of the file system, malloced. Errors: IO,
 * NOMEM.
 */
struct rebtf_error *place_real_path(const struct file_place *place, char **path);

/*
 * Opens a file for reading without following a link (errno: ELOOP) or waiting for the other end of
 * a pipe. -1 with errno.
 */
int place_open(const struct file_place *place);

/*
 * Finds the regular file to which the symbolic link at @place leads. The directory of @target is
 * trusted if all links on the way are: see struct directory. Errors: IO, UNSUPPORTED (no regular
 * file), NOMEM.
 */
struct rebtf_error *place_follow(const struct file_place *place, struct file_place *target);

/* Whether something may be written at @place. Errors: UNSUPPORTED (links to it are not trusted). */
struct rebtf_error *place_check_trusted(const struct file_place *place);

#endif
