/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Files that take the place of others. A new file is written without a name (or, where the file
 * system has no such thing, with a temporary one) in the directory of its place, and takes the name
 * only when it is complete. Whoever opens the name finds the old file or the new one.
 *
 * Replacing takes two steps, so that several files can be complete before the first of them gets
 * its name.
 */
#ifndef REBTF_UTIL_REPLACE_H
#define REBTF_UTIL_REPLACE_H

#include "util/file.h"
#include "util/place.h"

/* ".rebtf-", sixteen digits and the NUL. */
#define REPLACE_TEMP_SIZE 24

/* A new file that has no name yet. */
struct replacement {
	struct file_place place;      /* where it goes */
	char temp[REPLACE_TEMP_SIZE]; /* its temporary name; empty while it has none */
	int fd;			      /* -1 once it is closed: a nameless file stays open */
	dev_t device;
	ino_t inode;
	bool is_synced;
};

/* A struct replacement that has no file may start as this. */
#define REPLACEMENT_NONE                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}

enum replace_flags {
	/*
	 * The file is on disk before it gets a name. Otherwise it is so only if it replaces
	 * another.
	 */
	REPLACE_DURABLE = 1u << 0,
	/* The attributes are those of the file that it replaces, whose place it is. */
	REPLACE_SAME_PLACE = 1u << 1,
};

/*
 * Writes the @count pieces of @iov (which is used up) into a new file for @place. @attrs NULL: mode
 * and owner are those of any new file. Errors: IO, NOMEM, UNSUPPORTED (attributes that cannot be
 * given).
 */
struct rebtf_error *replace_prepare(const struct file_place *place, struct iovec *iov, size_t count,
				    const struct attrs *attrs, unsigned int flags,
				    struct replacement *new);

/* Gives the file its name if the name is free. Sets @taken if it is not. Errors: IO. */
struct rebtf_error *replace_link(struct replacement *new, bool *taken);

/*
 * Gives the file its name, which replaces whatever regular file has it. Errors: IO, UNSUPPORTED
 * (something else has the name).
 */
struct rebtf_error *replace_any(struct replacement *new);

/* Whether what has a name may be replaced by a file. Errors: UNSUPPORTED. */
struct rebtf_error *replace_check(const struct stat *st);

/*
 * Gives the file its name if that is the name of the file that @old describes, at the very moment
 * at which the two change places. Another file keeps its name. @locked: the caller has locked the
 * directory. Errors: IO, CHANGED.
 */
struct rebtf_error *replace_exactly(struct replacement *new, const struct file_state *old,
				    bool locked);

/*
 * Removes the file that @old describes. Another one that has its name stays. Errors: IO, CHANGED.
 */
struct rebtf_error *replace_remove(const struct file_place *place, const struct file_state *old);

/* Drops a file that got no name, and the memory. */
void replacement_release(struct replacement *new);
#define _cleanup_replacement_ _cleanup_(replacement_release)

/*
 * All in one, for a path that the user names: makes @path a file of the @count pieces of @iov. If
 * it is a symbolic link, the file to which it leads is replaced, and the link stays. @attrs NULL:
 * those of the file that is replaced, or of any new file. Errors: IO, NOMEM, UNSUPPORTED.
 */
struct rebtf_error *file_replace(const char *path, struct iovec *iov, size_t count,
				 const struct attrs *attrs);

#endif
