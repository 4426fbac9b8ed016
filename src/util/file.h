/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whole files: read into memory in one go, replaced in one go. Reading copies rather than maps, so
 * a file that somebody changes or cuts short meanwhile can give odd bytes, which the parsers
 * refuse, but never a SIGBUS. Replacing writes a file without a name (or, where the file system has
 * no such thing, one with a temporary name) beside the old one and lets it take the name over only
 * when it is complete: who opens the name sees the old file or the new one, whatever happens in
 * between.
 */
#ifndef REBTF_UTIL_FILE_H
#define REBTF_UTIL_FILE_H

#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "util/cleanup.h"
#include "util/error.h"

/* What a replaced file keeps of the original, besides its name. */
struct file_attrs {
	mode_t mode; /* permission bits alone */
	uid_t uid;
	gid_t gid;
};

/*
 * Which state of which file it was, to tell whether it is that still. Who writes to a file changes
 * one of these, as far as the file system's clock shows it; who replaces it changes the inode.
 */
struct file_state {
	bool known; /* false of pipes, and of files in /proc: they have none */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

/*
 * A file's contents. @data is malloced, as aligned as malloc has it, and NULL if the file is empty.
 */
struct file_bytes {
	uint8_t *data;
	size_t size;
	struct file_attrs attrs;
	struct file_state state;
};

/* Larger files are refused with UNSUPPORTED, which stops endless pipes and sparse monsters. */
#define FILE_SIZE_MAX ((size_t)0x7fffffff)

/*
 * Reads all of @path: a regular file, a pipe, a file in /sys. Errors: IO, NOMEM, UNSUPPORTED, CHANGED
 * (somebody wrote to it meanwhile, so that it may be half of one state and half of another).
 */
struct rebtf_error *file_read(const char *path, struct file_bytes *bytes);

/*
 * As file_read(), from @fd: a regular file from its start, whatever its position, which stays;
 * anything else from where it stands. @name stands for the file in errors; may be NULL.
 */
struct rebtf_error *file_read_fd(int fd, const char *name, struct file_bytes *bytes);

/*
 * Reads up to @size bytes of a regular file, from @offset on. Returns how many came.
 */
size_t file_read_at(int fd, void *data, size_t size, uint64_t offset);

/*
 * As file_read(), but of a file of more than a megabyte, or of no known size, the start is read
 * first, and if @wanted says no to it that is all that comes: a disk image or an endless device
 * that was named by mistake costs next to nothing.
 */
struct rebtf_error *file_read_wanted(const char *path,
				     bool (*wanted)(const uint8_t *start, size_t size),
				     struct file_bytes *bytes);

/*
 * Malloced memory for the contents of a file. For those of megabytes it asks for large pages: a
 * process that does nothing but read one kernel's BTF would otherwise spend most of its time on
 * page faults.
 */
void *file_memory(size_t size);

/* Frees the contents and leaves an empty struct. */
void file_bytes_release(struct file_bytes *bytes);

/* A struct file_bytes that starts as {} and is released when its scope ends. */
#define _cleanup_file_bytes_ _cleanup_(file_bytes_release)

/*
 * Makes @path a file that holds the @count pieces of @iov, one after the other (@iov is used up).
 * If @path is a symbolic link, the file it leads to is replaced and the link stays. An existing
 * file's successor is on disk before it takes over. @attrs NULL: those of the file that is
 * replaced, or the umask's. The owner is set where that is allowed; where it is not, set-id bits
 * are dropped. On error all is as it was. Errors: IO, NOMEM.
 */
struct rebtf_error *file_replace(const char *path, struct iovec *iov, size_t count,
				 const struct file_attrs *attrs);

/*
 * The same in two steps, for files that belong together: after file_prepare() the new file is
 * complete and nobody sees it, so what may well fail, a full disk say, has happened; file_commit()
 * gives it the name. What replaces a file is on disk by then; what is new is so only if @durable,
 * which costs time.
 */
struct file_replacement {
	char *target; /* no symbolic link */
	char *directory;
	char *temp;  /* the name it has meanwhile; "" while it has none */
	bool exists; /* whether there was a file to replace */
	int fd;
};

struct rebtf_error *file_prepare(const char *path, struct iovec *iov, size_t count,
				 const struct file_attrs *attrs, bool durable,
				 struct file_replacement *file);
struct rebtf_error *file_commit(struct file_replacement *file);

/* Whether both are there and one file: the same name, a symbolic link or a hard link to it. */
bool file_is_same(const char *a, const char *b);

/*
 * Whether the file at @path is still what it was when it was read, as far as that is known. Errors:
 * IO, CHANGED.
 */
struct rebtf_error *file_check_unchanged(const char *path, const struct file_state *old);

/*
 * Makes whoever else calls this for a file of the same directory wait until the descriptor that it
 * returns is closed: so several files are replaced, or one is checked and then replaced, with no
 * other process or thread of ours in between. -1 where directories cannot be locked; then nobody
 * waits.
 */
int file_lock_directory_of(const char *path);

/*
 * Drops what was not committed, and the memory. A struct file_replacement may start as
 * FILE_NOT_PREPARED.
 */
void file_replacement_release(struct file_replacement *file);
#define FILE_NOT_PREPARED                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}
#define _cleanup_file_replacement_ _cleanup_(file_replacement_release)

#endif
