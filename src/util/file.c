/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whole files: see file.h for the idea. Batches read and write thousands of small files and are
 * measured against cp, so the usual case takes as few system calls as it can: five to read a file
 * (open, fstat, one read that asks for a byte more than there should be, fstat, close), six to write
 * one that is new.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "util/file.h"

/* -------------------------------------------------------------------------------------- reading */

/* What to start with where fstat() gives no size: /proc, pipes. */
#define UNKNOWN_SIZE_GUESS (64u << 10)

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

static struct rebtf_error *too_large(void)
{
	return error_new(REBTF_ERR_UNSUPPORTED, "file is larger than %zu bytes", FILE_SIZE_MAX);
}

#define HUGE_PAGE ((size_t)2 << 20)

void *file_memory(size_t size)
{
	void *memory;

	if (size < HUGE_PAGE)
		return malloc(size);
	size = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	memory = aligned_alloc(HUGE_PAGE, size);
	if (memory)
		madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

/*
 * How much of a file shows what it is, and from what size on that is asked before the rest is read.
 */
#define START_SIZE 4096u
#define LARGE_FILE (1 << 20)

static struct file_state state_of(const struct stat *st)
{
	return (struct file_state){
		.known = S_ISREG(st->st_mode) && st->st_size,
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = st->st_size,
		.modified = st->st_mtim,
	};
}

static bool same_state(const struct file_state *a, const struct file_state *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}

/* Whether what was read of a regular file, of which @before was known, is one state of it. */
static struct rebtf_error *check_same(int fd, const struct stat *before)
{
	struct file_state old = state_of(before), new;
	struct stat st;

	if (!old.known)
		return NULL;
	if (fstat(fd, &st))
		return error_io(errno, "cannot read");
	new = state_of(&st);
	if (!same_state(&old, &new))
		return error_new(REBTF_ERR_CHANGED, "somebody wrote to it while it was read");
	return NULL;
}

/* @wanted may be NULL: see file_read_wanted(). */
static struct rebtf_error *read_all(int fd, bool (*wanted)(const uint8_t *start, size_t size),
				    struct file_bytes *bytes)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t size = 0, capacity;
	struct stat st;
	bool regular, ask;

	if (fstat(fd, &st))
		return error_io(errno, "cannot read");
	regular = S_ISREG(st.st_mode);
	ask = wanted && (!regular || st.st_size > LARGE_FILE);
	if (regular && st.st_size > (off_t)FILE_SIZE_MAX)
		return too_large();
	capacity = regular && st.st_size ? (size_t)st.st_size + 1 : UNKNOWN_SIZE_GUESS;
	data = file_memory(capacity);
	if (!data)
		return error_nomem();

	for (;;) {
		size_t room = (ask ? START_SIZE : capacity) - size;
		ssize_t n = read_retrying(fd, regular, data + size, room, (off_t)size);

		if (n < 0)
			return error_io(errno, "cannot read");
		size += (size_t)n;
		/* A read that falls short just where the file should end has met the end. */
		if (n == 0 || (regular && size == (size_t)st.st_size))
			break;
		if (ask && size == START_SIZE) {
			ask = false;
			if (!wanted(data, size))
				break;
		}
		if (size > FILE_SIZE_MAX)
			return too_large();
		if (size == capacity) {
			uint8_t *grown = realloc(data, capacity * 2);

			if (!grown)
				return error_nomem();
			data = grown;
			capacity *= 2;
		}
	}
	TRY(check_same(fd, &st));
	bytes->data = size ? take_ptr(&data) : NULL;
	bytes->size = size;
	bytes->state = state_of(&st);
	bytes->attrs.mode = st.st_mode & 07777;
	bytes->attrs.uid = st.st_uid;
	bytes->attrs.gid = st.st_gid;
	return NULL;
}

struct rebtf_error *file_read_fd(int fd, const char *name, struct file_bytes *bytes)
{
	return error_at(read_all(fd, NULL, bytes), name, NULL);
}

struct rebtf_error *file_read_wanted(const char *path,
				     bool (*wanted)(const uint8_t *start, size_t size),
				     struct file_bytes *bytes)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return error_at(error_io(errno, "cannot open"), path, NULL);
	return error_at(read_all(fd, wanted, bytes), path, NULL);
}

struct rebtf_error *file_read(const char *path, struct file_bytes *bytes)
{
	return file_read_wanted(path, NULL, bytes);
}

void file_bytes_release(struct file_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct file_bytes){};
}

/* ------------------------------------------------------------------------------------ replacing */

/* Room for "/.rebtf-" and sixteen digits. */
#define TEMP_SUFFIX_SIZE 32

/* How often a temporary name that is taken already makes us try another one. */
#define TEMP_NAME_TRIES 100

static struct rebtf_error *set_temp_name(struct file_replacement *file)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return error_io(errno, "cannot make a temporary name");
	snprintf(file->temp, strlen(file->directory) + TEMP_SUFFIX_SIZE, "%s/.rebtf-%016llx",
		 file->directory, (unsigned long long)number);
	return NULL;
}

/* A file without a name gets one by way of /proc, which some containers lack. */
static bool can_name_by_fd(void)
{
	static atomic_int known; /* 1: yes, -1: no */
	int answer = atomic_load(&known);

	if (!answer) {
		answer = access("/proc/self/fd", X_OK) ? -1 : 1;
		atomic_store(&known, answer);
	}
	return answer > 0;
}

/*
 * Without a name where the file system can (tmpfs, ext4, xfs, btrfs), so that not even a kill
 * leaves anything behind, else with a temporary one.
 */
static struct rebtf_error *create(struct file_replacement *file, mode_t mode)
{
	const int flags = O_WRONLY | O_CLOEXEC;

	if (can_name_by_fd()) {
		file->fd = open(file->directory, flags | O_TMPFILE, mode);
		if (file->fd >= 0)
			return NULL;
		/* What kernels and file systems that cannot do it answer. */
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
			return error_io(errno, "cannot create a file in %s", file->directory);
	}
	for (int tries = 0; tries < TEMP_NAME_TRIES; tries++) {
		TRY(set_temp_name(file));
		file->fd = open(file->temp, flags | O_CREAT | O_EXCL, mode);
		if (file->fd >= 0)
			return NULL;
		if (errno != EEXIST)
			break;
	}
	file->temp[0] = '\0';
	return error_io(errno, "cannot create a file in %s", file->directory);
}

static struct rebtf_error *write_pieces(int fd, struct iovec *iov, size_t count)
{
	while (count) {
		ssize_t n = writev(fd, iov, count < IOV_MAX ? (int)count : IOV_MAX);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return error_io(errno, "cannot write");
		}
		for (; count && (size_t)n >= iov->iov_len; iov++, count--)
			n -= (ssize_t)iov->iov_len;
		if (n) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return NULL;
}

/*
 * The owner goes first, as changing it clears the set-id bits. That it may not be set (EINVAL: not
 * in this user namespace) is no error; that it could not be set is one.
 */
static struct rebtf_error *set_attrs(int fd, const struct file_attrs *attrs)
{
	mode_t mode = attrs->mode;

	if ((attrs->uid != geteuid() || attrs->gid != getegid()) &&
	    fchown(fd, attrs->uid, attrs->gid)) {
		if (errno != EPERM && errno != EINVAL)
			return error_io(errno, "cannot set the owner");
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	}
	if (fchmod(fd, mode))
		return error_io(errno, "cannot set the mode");
	return NULL;
}

/*
 * Gives a nameless file @name; false with errno where that does not go. The short way needs a
 * privilege (or Linux 6.10), for want of which it says that there is no such file.
 */
static bool link_fd(int fd, const char *name)
{
	char self[sizeof("/proc/self/fd/") + 12];

	if (!linkat(fd, "", AT_FDCWD, name, AT_EMPTY_PATH))
		return true;
	if (errno != ENOENT)
		return false;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return !linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* Malloced; NULL if there is no memory. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Finds out what @path leads to, and the attributes of what is there. */
static struct rebtf_error *find_target(const char *path, struct file_replacement *file,
				       struct file_attrs *attrs)
{
	struct stat st;

	file->exists = !lstat(path, &st);
	if (!file->exists && errno != ENOENT)
		return error_io(errno, "cannot write");
	if (file->exists && S_ISLNK(st.st_mode)) {
		file->target = realpath(path, NULL);
		if (!file->target || stat(file->target, &st))
			return error_io(errno, "cannot follow the symbolic link");
	} else {
		file->target = strdup(path);
		if (!file->target)
			return error_nomem();
	}
	/* A directory, a device or a pipe is not a file that one replaces. */
	if (file->exists && !S_ISREG(st.st_mode))
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "not a regular file, so it is not replaced");
	if (file->exists)
		*attrs = (struct file_attrs){ st.st_mode & 07777, st.st_uid, st.st_gid };

	file->directory = directory_of(file->target);
	if (!file->directory)
		return error_nomem();
	file->temp = calloc(1, strlen(file->directory) + TEMP_SUFFIX_SIZE);
	return file->temp ? NULL : error_nomem();
}

static struct rebtf_error *prepare(const char *path, struct iovec *iov, size_t count,
				   const struct file_attrs *attrs, bool durable,
				   struct file_replacement *file)
{
	struct file_attrs old_attrs;

	TRY(find_target(path, file, &old_attrs));
	if (file->exists && !attrs)
		attrs = &old_attrs;
	/* Nobody who may not read the file may read it while it has another name. */
	TRY(create(file, attrs ? 0600 : 0666));
	TRY(write_pieces(file->fd, iov, count));
	if (attrs)
		TRY(set_attrs(file->fd, attrs));
	if ((file->exists || durable) && fsync(file->fd))
		return error_io(errno, "cannot write");
	/*
	 * Network file systems may tell only here that the disk is full. A nameless file must stay
	 * open.
	 */
	if (file->temp[0]) {
		int fd = file->fd;

		file->fd = -1;
		if (close(fd))
			return error_io(errno, "cannot write");
	}
	return NULL;
}

struct rebtf_error *file_prepare(const char *path, struct iovec *iov, size_t count,
				 const struct file_attrs *attrs, bool durable,
				 struct file_replacement *file)
{
	struct file_replacement prepared = FILE_NOT_PREPARED;
	struct rebtf_error *err = prepare(path, iov, count, attrs, durable, &prepared);

	if (err) {
		file_replacement_release(&prepared);
		return error_at(err, path, NULL);
	}
	*file = prepared;
	return NULL;
}

/*
 * A link cannot replace anything, so where the name is taken a nameless file gets a temporary one
 * first. The name may have been taken since file_prepare() looked.
 */
static struct rebtf_error *take_name(struct file_replacement *file)
{
	if (!file->temp[0]) {
		if (!file->exists && link_fd(file->fd, file->target))
			return NULL;
		if (!file->exists && errno != EEXIST)
			return error_io(errno, "cannot name the new file");
		for (int tries = 0;; tries++) {
			TRY(set_temp_name(file));
			if (link_fd(file->fd, file->temp))
				break;
			file->temp[0] = '\0';
			if (errno != EEXIST || tries == TEMP_NAME_TRIES)
				return error_io(errno, "cannot name the new file");
		}
	}
	if (rename(file->temp, file->target))
		return error_io(errno, "cannot replace");
	file->temp[0] = '\0';
	return NULL;
}

struct rebtf_error *file_commit(struct file_replacement *file)
{
	return error_at(take_name(file), file->target, NULL);
}

bool file_is_same(const char *a, const char *b)
{
	struct stat left, right;

	return !stat(a, &left) && !stat(b, &right) && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

struct rebtf_error *file_check_unchanged(const char *path, const struct file_state *old)
{
	struct file_state state;
	struct stat st;

	if (!old->known)
		return NULL;
	if (stat(path, &st)) {
		if (errno != ENOENT)
			return error_at(error_io(errno, "cannot open"), path, NULL);
		return error_at(error_new(REBTF_ERR_CHANGED, "somebody removed it meanwhile"), path,
				NULL);
	}
	state = state_of(&st);
	if (same_state(&state, old))
		return NULL;
	return error_at(error_new(REBTF_ERR_CHANGED, "somebody changed it meanwhile"), path, NULL);
}

int file_lock_directory_of(const char *path)
{
	_cleanup_free_ char *directory = directory_of(path);
	int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	while (fd >= 0 && flock(fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

void file_replacement_release(struct file_replacement *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->temp && file->temp[0])
		unlink(file->temp);
	free(file->target);
	free(file->directory);
	free(file->temp);
	*file = (struct file_replacement)FILE_NOT_PREPARED;
}

struct rebtf_error *file_replace(const char *path, struct iovec *iov, size_t count,
				 const struct file_attrs *attrs)
{
	_cleanup_file_replacement_ struct file_replacement file = FILE_NOT_PREPARED;

	TRY(file_prepare(path, iov, count, attrs, false, &file));
	return error_at(take_name(&file), path, NULL);
}
