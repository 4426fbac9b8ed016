/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Directories that are open. A path that is looked up twice can lead to two different places,
 * because whoever may write to a directory on the way can put a symbolic link there in between. So
 * rebtf looks up a directory once, and names files relative to its descriptor from then on.
 *
 * A directory that the user names may be reached through symbolic links: see walk.h. Below it no
 * link is followed.
 */
#ifndef REBTF_UTIL_DIRECTORY_H
#define REBTF_UTIL_DIRECTORY_H

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/walk.h"

/* What a new file in a directory gets from it. */
struct directory_gives {
	bool known;
	bool stays; /* only root and the process's own user can change it */
	uid_t uid;
	gid_t gid;
	bool acl; /* an access control list */
};

/* An open directory, shared by reference count. */
struct directory {
	int fd;
	/*
	 * Whether every symbolic link through which it was reached belongs to root, to the user of
	 * this process, or to the owner of what it led to. Others could lead rebtf to where their
	 * owners may not write. Nothing is written to a directory that is not trusted.
	 */
	bool is_trusted;
	atomic_uint refs;
	pthread_mutex_t lock; /* held by whoever has locked the directory */
	pthread_mutex_t gives_lock;
	struct directory_gives gives;
	atomic_bool cannot_exchange; /* the file system has no RENAME_EXCHANGE */
};

/* Opens the directory @path. Errors: IO, without the path. */
struct rebtf_error *directory_open(const char *path, struct directory **directory);
/* As directory_open(), but makes what is missing of @path, as mkdir -p does. */
struct rebtf_error *directory_make(const char *path, struct directory **directory);

/*
 * The directory at the end of a walk, or of the file there; takes over what is in @end. Errors: IO.
 */
struct rebtf_error *directory_from_walk(struct walk_end *end, struct directory **directory);

/*
 * Opens a directory by its path @relative to @root, following no symbolic link. Sets @directory to
 * NULL if there is none. Errors: IO, without the path.
 */
struct rebtf_error *directory_open_below(const struct directory *root, const char *relative,
					 struct directory **directory);
/* As directory_open_below(), but makes what is missing. */
struct rebtf_error *directory_make_below(const struct directory *root, const char *relative,
					 struct directory **directory);

/*
 * The entries of @directory, which nothing else uses and which is good for nothing else any more.
 * NULL with errno.
 */
DIR *directory_entries(struct directory *directory);

/* Takes over @fd. NULL if there is no memory; then @fd is closed. */
struct directory *directory_new(int fd, bool is_trusted);
struct directory *directory_ref(struct directory *directory);
void directory_unref(struct directory *directory); /* NULL is fine */

static inline void cleanup_directory(struct directory **directory)
{
	directory_unref(*directory);
}
#define _cleanup_directory_ _cleanup_(cleanup_directory)

/*
 * Makes other threads and other processes of rebtf wait that lock the same directory: so several
 * files are replaced, or one is checked and then replaced, with no other rebtf in between. Where a
 * directory cannot be locked, other processes do not wait.
 */
void directory_lock(struct directory *directory);
void directory_unlock(struct directory *directory);

/*
 * What a new file gets in @directory; @fd is such a file, which is looked at unless the answer is
 * known.
 */
struct directory_gives directory_gives(struct directory *directory, int fd);

#endif
