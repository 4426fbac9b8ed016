/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whole files, read into memory in one go. Files are copied rather than mapped. If a file is
 * changed or truncated while it is read, the bytes may be inconsistent, which the parsers detect,
 * but a SIGBUS cannot happen.
 *
 * Only regular files are read. Opening a pipe without a writer would block forever, a device may be
 * endless, and merely opening it may have effects. A pipe that the process already has open may be
 * named by its descriptor: /dev/stdin, /dev/fd/N, /proc/self/fd/N.
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
 * Identifies one state of a file or symbolic link, to detect later changes. Writing to a file
 * changes one of these fields, within the resolution of the file system's clock. Replacing the file
 * changes the inode.
 */
struct file_state {
	bool known; /* false for pipes and for files in /proc, whose state is unknown */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

struct file_state file_state(const struct stat *st);
bool file_state_is_same(const struct file_state *a, const struct file_state *b);

/*
 * The contents of a file. @data is malloced (with malloc's alignment), or NULL if the file is
 * empty.
 */
struct file_bytes {
	uint8_t *data;
	size_t size;
	struct attrs attrs; /* only file_read_place() reads the extended attributes */
	struct file_state state;
	struct timespec ctime; /* of a regular file */
};

/* Larger files fail with UNSUPPORTED. This stops endless pipes and huge sparse files. */
#define FILE_SIZE_MAX ((size_t)0x7fffffff)

/*
 * Reads all of @path. Errors: IO, NOMEM, UNSUPPORTED (too large, not a regular file), CHANGED
 * (another process wrote to the file meanwhile, so the bytes may mix two states).
 */
struct rebtf_error *file_read(const char *path, struct file_bytes *bytes);

/* Whether a file that starts with these bytes should be read to its end. */
typedef bool file_wanted(const uint8_t *start, size_t size);

/*
 * As file_read(), but reads @fd. A regular file is read from its start, and its position does not
 * change. Anything else is read from its current position. @name stands for the file in errors and
 * may be NULL. If the file has more than a megabyte and @wanted (may be NULL) returns false for its
 * start, only the start is read.
 */
struct rebtf_error *file_read_fd(int fd, const char *name, file_wanted *wanted,
				 struct file_bytes *bytes);

/* Reads up to @size bytes of a regular file at @offset. Returns the number of bytes read. */
size_t file_read_at(int fd, void *data, size_t size, uint64_t offset);

/* Writes to a regular file at @offset. Sets errno if it returns false. */
bool file_write_at(int fd, const void *data, size_t size, uint64_t offset);

/*
 * As file_read_fd(), for the regular file at @place, which place_open() opened as @fd. @extended:
 * also read the extended attributes.
 */
struct rebtf_error *file_read_place(int fd, const struct file_place *place, file_wanted *wanted,
				    bool extended, struct file_bytes *bytes);

/*
 * As file_read_place(), with fewer system calls. A listing of the directory must have shown a
 * regular file: if another process has put a device there since, it may be read before the error.
 */
struct rebtf_error *file_read_listed(int fd, const struct file_place *place, file_wanted *wanted,
				     bool extended, struct file_bytes *bytes);

/* As file_read_place(), for a file or pipe that @path names as a descriptor. */
struct rebtf_error *file_read_descriptor(const char *path, file_wanted *wanted,
					 struct file_bytes *bytes);

/* Whether @path names an open descriptor of this process. */
bool file_is_descriptor(const char *path);

/*
 * Opens @path for reading: a regular file, or a descriptor of this process. Errors: IO, UNSUPPORTED
 * (not a regular file).
 */
struct rebtf_error *file_open(const char *path, int *fd);

/*
 * Malloced memory for the contents of a file. For large sizes it asks for huge pages: otherwise, a
 * process that only reads one kernel's BTF would spend most of its time on page faults. Such a block
 * is larger than @size.
 */
void *file_memory(size_t size);

/* Frees the contents and leaves an empty struct. */
void file_bytes_release(struct file_bytes *bytes);

/* A struct file_bytes that starts as {} and is released at the end of its scope. */
#define _cleanup_file_bytes_ _cleanup_(file_bytes_release)

/* Checks that the file at @place is unchanged since it was read. Errors: IO, CHANGED. */
struct rebtf_error *file_check_unchanged(const struct file_place *place,
					 const struct file_state *old);

#endif
