/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Replaces files atomically. A new file is written into the directory of its place, without a name
 * or, if the file system cannot do that, with a temporary name. It gets its real name only when it
 * is complete. A process that opens the name finds the old file or the new one.
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

/* A new file that does not have its name yet. */
struct replacement {
	struct file_place place;      /* its destination */
	char temp[REPLACE_TEMP_SIZE]; /* its temporary name, or empty */
	int fd;			      /* -1 once closed; a nameless file stays open */
	dev_t device;
	ino_t inode;
	bool is_synced;
};

/* The initial value of a struct replacement. */
#define REPLACEMENT_NONE                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}

enum replace_flags {
	/*
	 * Sync the file to disk before it gets its name. Otherwise it is synced only if it replaces
	 * another file.
	 */
	REPLACE_DURABLE = 1u << 0,
	/* The attributes are those of the file that it replaces, in the same place. */
	REPLACE_SAME_PLACE = 1u << 1,
};

/*
 * Writes the @count pieces of @iov into a new file for @place, and changes @iov while doing so. If
 * @attrs is NULL, the file gets the mode and owner of any new file. Errors: IO, NOMEM, UNSUPPORTED
 * (attributes that cannot be set).
 */
struct rebtf_error *replace_prepare(const struct file_place *place, struct iovec *iov, size_t count,
				    const struct attrs *attrs, unsigned int flags,
				    struct replacement *new);

/* Gives the file its name if the name is free, otherwise sets @taken. Errors: IO. */
struct rebtf_error *replace_link(struct replacement *new, bool *taken);

/*
 * Gives the file its name and replaces any regular file that has it. Errors: IO, UNSUPPORTED (the
 * name belongs to something other than a regular file).
 */
struct rebtf_error *replace_any(struct replacement *new);

/*
 * Writes a file of the @count pieces of @iov to @place, whether one is there or not. It does not
 * follow a symbolic link there. Errors: IO, NOMEM, UNSUPPORTED.
 */
struct rebtf_error *replace_write(const struct file_place *place, struct iovec *iov, size_t count);

/* Checks that the file with this @st may be replaced. Errors: UNSUPPORTED. */
struct rebtf_error *replace_check(const struct stat *st);

/* The same for @place, where a file need not exist. Errors: IO, UNSUPPORTED. */
struct rebtf_error *replace_check_place(const struct file_place *place);

/*
 * Gives the file its name if, at the moment of the exchange, the name belongs to the file that @old
 * describes. Any other file keeps its name. @locked: the caller has locked the directory. Errors:
 * IO, CHANGED.
 */
struct rebtf_error *replace_exactly(struct replacement *new, const struct file_state *old,
				    bool locked);

/*
 * Removes the file that @old describes. If another file has its name now, that file stays. Errors:
 * IO, CHANGED.
 */
struct rebtf_error *replace_remove(const struct file_place *place, const struct file_state *old);

/* Frees the memory, and removes the file if it did not get its name. */
void replacement_release(struct replacement *new);
/*
 * As replacement_release(), but returns the descriptor for the caller to close; -1: no descriptor.
 */
int replacement_release_open(struct replacement *new);
#define _cleanup_replacement_ _cleanup_(replacement_release)

#endif
