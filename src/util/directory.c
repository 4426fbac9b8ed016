/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens, makes and locks directories. openat2() opens a directory in a single call and fails if the
 * path contains a symbolic link. If it does, or if the call is missing (Linux before 5.6, some
 * sandboxes), the path is walked component by component.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "util/acl.h"
#include "util/directory.h"

#if defined(SYS_openat2) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#define HAVE_OPENAT2 1
#else
#define HAVE_OPENAT2	0
#define RESOLVE_BENEATH 0
#endif

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

struct directory *directory_new(int fd, bool is_trusted)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory) {
		close(fd);
		return NULL;
	}
	directory->fd = fd;
	directory->is_trusted = is_trusted;
	atomic_init(&directory->refs, 1);
	atomic_init(&directory->cannot_exchange, false);
	atomic_init(&directory->is_fresh, false);
	pthread_mutex_init(&directory->lock, NULL);
	pthread_mutex_init(&directory->gives_lock, NULL);
	return directory;
}

struct directory *directory_ref(struct directory *directory)
{
	atomic_fetch_add(&directory->refs, 1);
	return directory;
}

void directory_unref(struct directory *directory)
{
	if (!directory || atomic_fetch_sub(&directory->refs, 1) != 1)
		return;
	if (directory->fd >= 0)
		close(directory->fd);
	pthread_mutex_destroy(&directory->lock);
	pthread_mutex_destroy(&directory->gives_lock);
	free(directory);
}

/* -------------------------------------------------------------------------------------- opening */

static struct rebtf_error *cannot_open(int errnum)
{
	/* openat2() fails with this on a symbolic link. */
	if (errnum == ELOOP)
		return error_io(errnum, "not a directory (found a symbolic link)");
	return error_io(errnum, "cannot open");
}

/* Makes an object of @fd. If @fd is negative, returns an error for errno. */
static struct rebtf_error *directory_opened(int fd, bool is_trusted, struct directory **directory)
{
	if (fd < 0)
		return cannot_open(errno);
	*directory = directory_new(fd, is_trusted);
	return *directory ? NULL : error_nomem();
}

struct rebtf_error *directory_from_walk(struct walk_end *end, struct directory **directory)
{
	int fd = openat(end->directory, ".", DIRECTORY_FLAGS);

	/* A directory with search but no read permission still serves for naming files in it. */
	if (fd < 0 && errno == EACCES) {
		fd = end->directory;
		end->directory = -1;
	}
	if (end->directory >= 0)
		close(end->directory);
	free(end->shown);
	return directory_opened(fd, end->is_trusted, directory);
}

/*
 * Opens a directory in one call if no symbolic link is on the path. Returns -1 with errno, which is
 * EXDEV if the path must be walked.
 */
static int open_at_once(int at, const char *path, uint64_t resolve)
{
#if HAVE_OPENAT2
	struct open_how how = {
		.flags = DIRECTORY_FLAGS,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd = (int)syscall(SYS_openat2, at, *path ? path : ".", &how, sizeof(how));

	if (fd < 0 && errno == EACCES) {
		how.flags |= O_PATH;
		fd = (int)syscall(SYS_openat2, at, *path ? path : ".", &how, sizeof(how));
	}
	/* EPERM: some sandboxes answer this to unknown calls. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN))
		errno = EXDEV;
	return fd;
#else
	(void)at, (void)path, (void)resolve;
	errno = EXDEV;
	return -1;
#endif
}

static struct rebtf_error *walk_to(int at, const char *path, unsigned int flags,
				   struct directory **directory)
{
	struct walk_end end;

	TRY(walk(at, path, flags, path, &end));
	return directory_from_walk(&end, directory);
}

struct rebtf_error *directory_open(const char *path, struct directory **directory)
{
	int fd = *path ? open_at_once(AT_FDCWD, path, 0) : -1;

	if (*path && fd < 0 && (errno == ELOOP || errno == EXDEV))
		return walk_to(AT_FDCWD, path, WALK_FOLLOW, directory);
	return directory_opened(fd, true, directory);
}

/* Whether the directory @fd has no entries but directories. It may move the position of @fd. */
static bool directory_has_no_files(int fd)
{
	_Alignas(struct dirent64) char entries[1024];
	ssize_t size;

	while ((size = getdents64(fd, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < size;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			if (entry->d_type != DT_DIR)
				return false;
			at += entry->d_reclen;
		}
	}
	return !size;
}

struct rebtf_error *directory_make(const char *path, struct directory **directory)
{
	int fd = open_at_once(AT_FDCWD, path, 0);

	if (fd < 0)
		return walk_to(AT_FDCWD, path, WALK_FOLLOW | WALK_MAKE, directory);
	return directory_opened(fd, true, directory);
}

/* Turns "no such file or directory" into success; @directory stays NULL. */
static struct rebtf_error *none_is_no_error(struct rebtf_error *err)
{
	if (!err || err->code != REBTF_ERR_IO || err->errnum != ENOENT)
		return err;
	rebtf_error_free(err);
	return NULL;
}

struct rebtf_error *directory_open_below(const struct directory *root, const char *relative,
					 struct directory **directory)
{
	int fd = open_at_once(root->fd, relative, RESOLVE_BENEATH);

	*directory = NULL;
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd >= 0 || errno != EXDEV)
		return directory_opened(fd, root->is_trusted, directory);
	TRY(none_is_no_error(walk_to(root->fd, relative, 0, directory)));
	if (*directory)
		(*directory)->is_trusted = root->is_trusted;
	return NULL;
}

struct rebtf_error *directory_make_below(const struct directory *root, const char *relative,
					 struct directory **directory)
{
	_cleanup_directory_ struct directory *start = NULL;
	_cleanup_free_ char *above = strdup(relative);
	size_t length = strlen(relative);

	if (!above)
		return error_nomem();
	TRY(directory_open_below(root, relative, directory));
	if (*directory) {
		atomic_store(&(*directory)->is_fresh, directory_has_no_files((*directory)->fd));
		return NULL;
	}
	/* In a batch, the parent is usually open. */
	if (*relative && !strchr(relative, '/') && !mkdirat(root->fd, relative, 0777)) {
		TRY(directory_open_below(root, relative, directory));
		if (*directory) {
			atomic_store(&(*directory)->is_fresh, true);
			return NULL;
		}
	}
	/* Find the lowest directory above it that exists, usually the direct parent. */
	while (!start) {
		if (!length)
			return cannot_open(ENOENT);
		while (length && above[length - 1] != '/')
			length--;
		while (length && above[length - 1] == '/')
			length--;
		above[length] = '\0';
		TRY(directory_open_below(root, above, &start));
	}
	TRY(walk_to(start->fd, relative + length, WALK_MAKE, directory));
	(*directory)->is_trusted = root->is_trusted;
	atomic_store(&(*directory)->is_fresh, directory_has_no_files((*directory)->fd));
	return NULL;
}

DIR *directory_entries(struct directory *directory)
{
	DIR *entries = fdopendir(directory->fd);

	if (entries)
		directory->fd = -1;
	else if (errno == EBADF)
		errno = EACCES; /* only search permission */
	return entries;
}

/* -------------------------------------------------------------------------------------- locking */

void directory_lock(struct directory *directory)
{
	pthread_mutex_lock(&directory->lock);
	while (flock(directory->fd, LOCK_EX) && errno == EINTR)
		;
}

void directory_unlock(struct directory *directory)
{
	flock(directory->fd, LOCK_UN);
	pthread_mutex_unlock(&directory->lock);
}

/* ------------------------------------------------------------------------------------ new files */

static struct directory_gives look(int directory, int fd, mode_t asked)
{
	struct stat st, own;

	if (fstat(directory, &st) || fstat(fd, &own))
		return (struct directory_gives){};
	return (struct directory_gives){
		.known = true,
		.stays = !st.st_uid || st.st_uid == geteuid(),
		.uid = own.st_uid,
		.gid = own.st_gid,
		.acl = acl_exists(fd),
		.withheld = 0777 & ~(asked & own.st_mode),
	};
}

struct directory_gives directory_known_gives(struct directory *directory)
{
	struct directory_gives gives;

	pthread_mutex_lock(&directory->gives_lock);
	gives = directory->gives;
	pthread_mutex_unlock(&directory->gives_lock);
	return gives;
}

struct directory_gives directory_gives(struct directory *directory, int fd, mode_t asked)
{
	struct directory_gives gives;

	pthread_mutex_lock(&directory->gives_lock);
	if (!directory->gives.known)
		directory->gives = look(directory->fd, fd, asked);
	gives = directory->gives;
	pthread_mutex_unlock(&directory->gives_lock);
	return gives;
}
