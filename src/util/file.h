/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whole files, read into memory in one go. Reading copies rather than maps, so a file that somebody
 * changes or cuts short meanwhile can give odd bytes, which the parsers refuse, but never a SIGBUS.
 *
 * Only regular files are read, because a pipe without a writer would block for ever, and a device
 * can have no end, or do something when it is opened. A pipe that the process has open already may
 * be named by its descriptor: /dev/stdin, /dev/fd/N, /proc/self/fd/N.
 */
#ifndef REBTF_UTIL_FILE_H
#define REBTF_UTIL_FILE_H

#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "util/attrs.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/place.h"

/*
 * Which state of which file, or symbolic link, it was, to tell whether it still is. Writing to a
 * file changes one of these, as far as the file system's clock shows it. Replacing it changes the
 * inode.
 */
struct file_state {
	bool known; /* false for pipes, and for files in /proc: they have no state */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

struct file_state file_state(const struct stat *st);
bool file_state_is_same(const struct file_state *a, const struct file_state *b);

/*
 * A file's contents. @data is malloced, as aligned as malloc has it, and NULL if the file is empty.
 */
struct file_bytes {
	uint8_t *data;
	size_t size;
	struct attrs attrs; /* only file_read_place() reads the extended ones */
	struct file_state state;
};

/* Larger files are refused with UNSUPPORTED, which stops endless pipes and sparse monsters. */
#define FILE_SIZE_MAX ((size_t)0x7fffffff)

/*
 * Reads all of @path. Errors: IO, NOMEM, UNSUPPORTED (too large, no regular file), CHANGED
 * (somebody wrote to it meanwhile, so that it may be half of one state and half of another).
 */
struct rebtf_error *file_read(const char *path, struct file_bytes *bytes);

/* Whether what starts so is worth reading to its end. */
typedef bool file_wanted(const uint8_t *start, size_t size);

/*
 * As file_read(), from @fd: a regular file from its start, whatever its position, which stays;
 * anything else from where it stands. @name stands for the file in errors; may be NULL. If there is
 * more than a megabyte, and @wanted (may be NULL) says no to the start, only the start is read.
 */
struct rebtf_error *file_read_fd(int fd, const char *name, file_wanted *wanted,
				 struct file_bytes *bytes);

/*
 * Reads up to @size bytes of a regular file, from @offset on. Returns how many came.
 */
size_t file_read_at(int fd, void *data, size_t size, uint64_t offset);

/*
 * As file_read_fd(), of a regular file that is looked up by its place: @fd is what place_open()
 * gave. @extended: the attributes include the extended ones.
 */
struct rebtf_error *file_read_place(int fd, const struct file_place *place, file_wanted *wanted,
				    bool extended, struct file_bytes *bytes);

/* As file_read_place(), of the file or pipe that @path names as a descriptor. */
struct rebtf_error *file_read_descriptor(const char *path, file_wanted *wanted,
					 struct file_bytes *bytes);

/* Whether @path names an open descriptor of this process. */
bool file_is_descriptor(const char *path);

/*
 * Opens @path for reading: a regular file, or a descriptor of this process. Errors: IO, UNSUPPORTED
 * (no regular file).
 */
struct rebtf_error *file_open(const char *path, int *fd);

/* Errors: UNSUPPORTED, or IO of a directory, if it is not a regular file. */
struct rebtf_error *file_check_regular(const struct stat *st);

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

/* Whether the file at @place is still what it was when it was read. Errors: IO, CHANGED. */
struct rebtf_error *file_check_unchanged(const struct file_place *place,
					 const struct file_state *old);

#endif
