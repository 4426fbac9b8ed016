/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads whole files. A batch reads thousands of small files and is measured against cp, so the
 * common case makes as few system calls as possible: open, one read, fstat, close. Where the file's
 * ctime does not prove that the file did not change during the read, there are two fstat, before and
 * after.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "util/buffer.h"
#include "util/file.h"
#include "util/moment.h"
#include "util/regular.h"

/* The first allocation where fstat() gives no size: /proc, pipes. */
#define UNKNOWN_SIZE_GUESS (64u << 10)

/* Files up to this size are read before fstat(). malloc() takes larger blocks from the kernel. */
#define SMALL_FILE (120u << 10)

/* -------------------------------------------------------------------------------------- opening */

bool file_is_descriptor(const char *path)
{
	static const char *const directories[] = { "/dev/fd/", "/proc/self/fd/" };

	if (!strcmp(path, "/dev/stdin"))
		return true;
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		size_t length = strlen(directories[i]);

		if (!strncmp(path, directories[i], length) && path[length] &&
		    !path[length + strspn(path + length, "0123456789")])
			return true;
	}
	return false;
}

/* The kinds of files that may be read. */
enum kinds {
	REGULAR_FILES,
	FILES_AND_PIPES, /* pipes that are already open */
	WHATEVER_IS_OPEN,
};

static struct rebtf_error *check_kind(const struct stat *st, enum kinds kinds)
{
	if (kinds == WHATEVER_IS_OPEN && !S_ISDIR(st->st_mode))
		return NULL;
	if (kinds == FILES_AND_PIPES && S_ISFIFO(st->st_mode))
		return NULL;
	return regular_check(st);
}

static int file_open_path(const char *path, enum kinds kinds)
{
	/* On an open pipe, block until the other end writes. */
	return open(path,
		    O_RDONLY | O_CLOEXEC | O_NOCTTY | (kinds == FILES_AND_PIPES ? 0 : O_NONBLOCK));
}

static enum kinds kinds_at(const char *path)
{
	return file_is_descriptor(path) ? FILES_AND_PIPES : REGULAR_FILES;
}

struct rebtf_error *file_open(const char *path, int *fd)
{
	enum kinds kinds = kinds_at(path);
	int opened = file_open_path(path, kinds);
	struct rebtf_error *err;
	struct stat st;

	if (opened < 0)
		return error_at(error_io(errno, "cannot open"), path, NULL);
	err = fstat(opened, &st) ? error_io(errno, "cannot read") : check_kind(&st, kinds);
	if (err) {
		close(opened);
		return error_at(err, path, NULL);
	}
	*fd = opened;
	return NULL;
}

/* -------------------------------------------------------------------------------------- reading */

static ssize_t read_retrying(int fd, bool seekable, void *data, size_t size, off_t off)
{
	ssize_t n;

	do {
		n = seekable ? pread(fd, data, size, off) : read(fd, data, size);
	} while (n < 0 && errno == EINTR);
	return n;
}

size_t file_read_at(int fd, void *data, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read_retrying(fd, true, (char *)data + done, size - done,
					  (off_t)(offset + done));

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

bool file_write_at(int fd, const void *data, size_t size, uint64_t offset)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(fd, (const char *)data + done, size - done,
				   (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (!n)
			errno = ENOSPC;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static struct rebtf_error *file_too_large(void)
{
	return error_new(REBTF_ERR_UNSUPPORTED, "file is too large (maximum %zu bytes)",
			 FILE_SIZE_MAX);
}

#define HUGE_PAGE ((size_t)2 << 20)

void *file_memory(size_t size)
{
	void *memory;

	if (size < HUGE_PAGE)
		return malloc(size);
	/* Room behind the file, for the offsets of types. Untouched pages are free. */
	size = (size + size / 4 + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	memory = aligned_alloc(HUGE_PAGE, size);
	if (memory)
		madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

/*
 * The bytes at the start of a file that reveal its type. From LARGE_FILE on, the caller is asked
 * for its interest after these bytes, before the rest is read.
 */
#define START_SIZE 4096u
#define LARGE_FILE (1 << 20)

struct file_state file_state(const struct stat *st)
{
	return (struct file_state){
		.known = (S_ISREG(st->st_mode) || S_ISLNK(st->st_mode)) && st->st_size,
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = st->st_size,
		.modified = st->st_mtim,
	};
}

bool file_state_is_same(const struct file_state *a, const struct file_state *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}

/* Checks that a regular file, which was @before when opened, did not change while it was read. */
static struct rebtf_error *check_same(int fd, const struct stat *before)
{
	struct file_state old = file_state(before), new;
	struct stat st;

	if (!old.known)
		return NULL;
	if (fstat(fd, &st))
		return error_io(errno, "cannot read");
	new = file_state(&st);
	if (!file_state_is_same(&old, &new))
		return error_new(REBTF_ERR_CHANGED,
				 "another process changed the file during the read");
	return NULL;
}

/* Stores the @size bytes @data of a file that was @st when it was read. */
static struct rebtf_error *file_keep(int fd, const struct stat *st, bool extended, uint8_t **data,
				     size_t size, struct file_bytes *bytes)
{
	bytes->attrs = (struct attrs){ st->st_mode & 07777, st->st_uid, st->st_gid, {}, false, 0 };
	if (extended)
		TRY(attrs_read(fd, st, &bytes->attrs));
	bytes->data = size ? take_ptr(data) : NULL;
	bytes->size = size;
	bytes->state = file_state(st);
	bytes->ctime = st->st_ctim;
	return NULL;
}

/* @wanted may be NULL. @extended: also read the extended attributes. */
static struct rebtf_error *file_read_all(int fd, enum kinds kinds, file_wanted *wanted,
					 bool extended, struct file_bytes *bytes)
{
	_cleanup_(buffer_release) struct buffer data = {};
	struct stat st;
	bool regular, ask;

	if (fstat(fd, &st))
		return error_io(errno, "cannot read");
	TRY(check_kind(&st, kinds));
	regular = S_ISREG(st.st_mode);
	ask = wanted && (!regular || st.st_size > LARGE_FILE);
	if (regular && st.st_size > (off_t)FILE_SIZE_MAX)
		return file_too_large();
	data.room = regular && st.st_size ? (size_t)st.st_size + 1 : UNKNOWN_SIZE_GUESS;
	data.data = file_memory(data.room);
	if (!data.data)
		return error_nomem();

	for (;;) {
		size_t room = (ask ? START_SIZE : data.room) - data.size;
		ssize_t n = read_retrying(fd, regular, data.data + data.size, room,
					  (off_t)data.size);

		if (n < 0)
			return error_io(errno, "cannot read");
		data.size += (size_t)n;
		/* A short read that ends at the expected size has reached the end of the file. */
		if (n == 0 || (regular && data.size == (size_t)st.st_size))
			break;
		if (ask && data.size == START_SIZE) {
			ask = false;
			if (!wanted(data.data, data.size))
				break;
		}
		if (data.size > FILE_SIZE_MAX)
			return file_too_large();
		/* Doubles the room if it is full. */
		if (!buffer_reserve(&data, 1))
			return error_nomem();
	}
	TRY(check_same(fd, &st));
	return file_keep(fd, &st, extended && regular, &data.data, data.size, bytes);
}

/*
 * Reads a small file with one read and one fstat(), if that is enough: otherwise @done stays false.
 * Reading with an offset fails at once for pipes, terminals and directories.
 */
static struct rebtf_error *file_read_small(int fd, bool extended, struct file_bytes *bytes,
					   bool *done)
{
	const struct moment start = moment_now();
	_cleanup_free_ uint8_t *data = malloc(SMALL_FILE);
	uint8_t *fitted;
	struct stat st;
	ssize_t size;

	if (!data)
		return error_nomem();
	size = read_retrying(fd, true, data, SMALL_FILE, 0);
	if (size <= 0 || size == SMALL_FILE || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size != size || !moment_precedes_no_change(&start, fd, st.st_dev, &st.st_ctim))
		return NULL;
	*done = true;
	fitted = realloc(data, (size_t)size);
	data = fitted ?: data;
	return file_keep(fd, &st, extended, &data, (size_t)size, bytes);
}

struct rebtf_error *file_read_fd(int fd, const char *name, file_wanted *wanted,
				 struct file_bytes *bytes)
{
	return error_at(file_read_all(fd, WHATEVER_IS_OPEN, wanted, false, bytes), name, NULL);
}

struct rebtf_error *file_read_place(int fd, const struct file_place *place, file_wanted *wanted,
				    bool extended, struct file_bytes *bytes)
{
	return error_at(file_read_all(fd, REGULAR_FILES, wanted, extended, bytes), place->path,
			NULL);
}

struct rebtf_error *file_read_listed(int fd, const struct file_place *place, file_wanted *wanted,
				     bool extended, struct file_bytes *bytes)
{
	bool done = false;

	TRY(error_at(file_read_small(fd, extended, bytes, &done), place->path, NULL));
	return done ? NULL : file_read_place(fd, place, wanted, extended, bytes);
}

static struct rebtf_error *read_path(const char *path, enum kinds kinds, file_wanted *wanted,
				     struct file_bytes *bytes)
{
	_cleanup_close_ int fd = file_open_path(path, kinds);

	if (fd < 0)
		return error_at(error_io(errno, "cannot open"), path, NULL);
	return error_at(file_read_all(fd, kinds, wanted, false, bytes), path, NULL);
}

struct rebtf_error *file_read_descriptor(const char *path, file_wanted *wanted,
					 struct file_bytes *bytes)
{
	return read_path(path, FILES_AND_PIPES, wanted, bytes);
}

struct rebtf_error *file_read(const char *path, struct file_bytes *bytes)
{
	return read_path(path, kinds_at(path), NULL, bytes);
}

void file_bytes_release(struct file_bytes *bytes)
{
	free(bytes->data);
	attrs_release(&bytes->attrs);
	*bytes = (struct file_bytes){};
}

struct rebtf_error *file_check_unchanged(const struct file_place *place,
					 const struct file_state *old)
{
	struct file_state state;
	struct stat st;

	if (!old->known)
		return NULL;
	if (!place_stat(place, &st)) {
		if (errno != ENOENT)
			return error_at(error_io(errno, "cannot open"), place->path, NULL);
		return error_at(error_new(REBTF_ERR_CHANGED, "another process removed the file"),
				place->path, NULL);
	}
	state = file_state(&st);
	if (file_state_is_same(&state, old))
		return NULL;
	return error_at(error_changed(), place->path, NULL);
}
