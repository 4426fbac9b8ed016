/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A place is the location of a file: an open directory and a name in it. A file that is read,
 * compared and replaced by its place is found without looking up its path again.
 *
 * If the name turns out to be a symbolic link, it is not followed. place_follow() finds the place
 * that a link leads to.
 */
#ifndef REBTF_UTIL_PLACE_H
#define REBTF_UTIL_PLACE_H

#include <sys/stat.h>

#include "util/directory.h"

struct file_place {
	struct directory *directory; /* NULL: no place */
	char *name;
	char *path; /* as the user knows it, for errors */
};

/* Opens the directory that contains @path. Errors: IO, NOMEM. */
struct rebtf_error *place_find(const char *path, struct file_place *place);

/*
 * The place of @name in @directory. Takes a reference to @directory. @path is for errors. Errors:
 * NOMEM.
 */
struct rebtf_error *place_in(struct directory *directory, const char *name, const char *path,
			     struct file_place *place);

/* The place in the same directory whose name is @place's plus @ending. Errors: NOMEM. */
struct rebtf_error *place_beside(const struct file_place *place, const char *ending,
				 struct file_place *beside);

/* Copies a place. Errors: NOMEM. */
struct rebtf_error *place_copy(const struct file_place *place, struct file_place *copy);

void place_release(struct file_place *place);
#define _cleanup_place_ _cleanup_(place_release)

/* Stats the file at @place without following links. Returns false with errno. */
bool place_stat(const struct file_place *place, struct stat *st);

/* Whether the name is in use. */
bool place_is_taken(const struct file_place *place);

/* Removes the file at @place, if there is one. Sets @existed, which may be NULL. Errors: IO. */
struct rebtf_error *place_remove(const struct file_place *place, bool *existed);

/* Whether both are the same name in the same directory. */
bool place_is_same(const struct file_place *a, const struct file_place *b);

/* The absolute path of the place, malloced. Errors: IO, NOMEM. */
struct rebtf_error *place_real_path(const struct file_place *place, char **path);

/*
 * Opens a file for reading. Does not follow a link (errno: ELOOP) and does not wait for the other
 * end of a pipe. Returns -1 with errno.
 */
int place_open(const struct file_place *place);

/*
 * Finds the regular file that the symbolic link at @place leads to. The directory of @target is
 * trusted if all links on the path are: see struct directory. Errors: IO, UNSUPPORTED (not a
 * regular file), NOMEM.
 */
struct rebtf_error *place_follow(const struct file_place *place, struct file_place *target);

/* Checks that @place may be written to. Errors: UNSUPPORTED (links to it are not trusted). */
struct rebtf_error *place_check_trusted(const struct file_place *place);

#endif
