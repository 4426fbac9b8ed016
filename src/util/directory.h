/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Open directories. A path that is looked up twice can lead to two different places, because anyone
 * with write access to a directory on the path can put a symbolic link there in between. So rebtf
 * looks up a directory once and then names files relative to its descriptor.
 *
 * A directory that the user names may be reached through symbolic links: see walk.h. Below it,
 * links are not followed.
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

/* The attributes that a new file inherits in a directory. */
struct directory_gives {
	bool known;
	bool stays; /* only root and the user of this process can change the directory */
	uid_t uid;
	gid_t gid;
	bool acl;	 /* an access control list */
	mode_t withheld; /* permissions that a new file never gets */
};

/* An open directory, shared by reference count. */
struct directory {
	int fd;
	/*
	 * Whether every symbolic link on its path belongs to root, to the user of this process, or
	 * to the owner of the link's target. Any other link could lead rebtf to a place where the
	 * link's owner may not write. rebtf does not write to untrusted directories.
	 */
	bool is_trusted;
	atomic_uint refs;
	pthread_mutex_t lock; /* held while directory_lock() is in effect */
	pthread_mutex_t gives_lock;
	struct directory_gives gives;
	atomic_bool cannot_exchange; /* the file system has no RENAME_EXCHANGE */
	/*
	 * The directory was made, or found without files, for the output of this run. All files in
	 * it are then from this run or from a process that runs at the same time.
	 */
	atomic_bool is_fresh;
	/* The listing of a tree showed the entries of the directory. Set before threads share it. */
	bool is_listed;
};

/* Opens the directory @path. Errors: IO; the error does not name the path. */
struct rebtf_error *directory_open(const char *path, struct directory **directory);
/* As directory_open(), but makes missing directories, as mkdir -p does. */
struct rebtf_error *directory_make(const char *path, struct directory **directory);

/*
 * Opens the directory at the end of a walk, or the directory of the file there. Takes over the
 * contents of @end. Errors: IO.
 */
struct rebtf_error *directory_from_walk(struct walk_end *end, struct directory **directory);

/*
 * Opens a directory by its path @relative to @root without following symbolic links. Sets
 * @directory to NULL if it does not exist. Errors: IO; the error does not name the path.
 */
struct rebtf_error *directory_open_below(const struct directory *root, const char *relative,
					 struct directory **directory);
/* As directory_open_below(), but makes missing directories. */
struct rebtf_error *directory_make_below(const struct directory *root, const char *relative,
					 struct directory **directory);

/*
 * Lists @directory. It takes over the descriptor: the caller must be the only user of @directory
 * and can only unref it afterwards. Returns NULL with errno.
 */
DIR *directory_entries(struct directory *directory);

/* Takes over @fd. Returns NULL if out of memory, with @fd closed. */
struct directory *directory_new(int fd, bool is_trusted);
struct directory *directory_ref(struct directory *directory);
void directory_unref(struct directory *directory); /* NULL is allowed */

static inline void cleanup_directory(struct directory **directory)
{
	directory_unref(*directory);
}
#define _cleanup_directory_ _cleanup_(cleanup_directory)

/*
 * Locks the directory against other threads and against other rebtf processes that lock it. Under
 * the lock, several files can be replaced, or one checked and then replaced, without interference
 * from another rebtf. If the file system does not support locks, other processes do not wait.
 */
void directory_lock(struct directory *directory);
void directory_unlock(struct directory *directory);

/* The attributes that a new file inherits in @directory, if they are known already. */
struct directory_gives directory_known_gives(struct directory *directory);

/*
 * Returns the attributes that a new file inherits in @directory. @fd is such a file; it is examined
 * unless the answer is already known. @asked: the mode that its maker asked for.
 */
struct directory_gives directory_gives(struct directory *directory, int fd, mode_t asked);

#endif
