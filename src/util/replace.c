/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Replaces whole files. All names are relative to one open directory, and symbolic links are not
 * followed. So no matter how other processes change the names, only that directory changes.
 *
 * If we checked the old file and then renamed the new one over it, another process could install
 * its file in between, and that file would be lost. So we exchange old and new file and then check
 * the file that has the temporary name now. If it is not the file that was read, we exchange the
 * two back.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "util/descriptors.h"
#include "util/replace.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#define RENAME_EXCHANGE	 (1 << 1)
#endif

/* How many temporary names are tried if they are taken. */
#define TEMP_NAME_TRIES 100

/* ------------------------------------------------------------------------------ temporary names */

/* A number that does not repeat within this process and is unlikely to repeat between processes. */
static struct rebtf_error *temp_number(uint64_t *number)
{
	static atomic_uint_least64_t seed, count;
	uint64_t value = atomic_load(&seed);

	if (!value) {
		if (getrandom(&value, sizeof(value), 0) != sizeof(value))
			return error_io(errno, "cannot create a temporary name");
		atomic_store(&seed, value);
	}
	/* splitmix64: consecutive numbers look unrelated. */
	value += 0x9e3779b97f4a7c15 * (atomic_fetch_add(&count, 1) + 1);
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	*number = value ^ value >> 31;
	return NULL;
}

static struct rebtf_error *temp_name(char name[REPLACE_TEMP_SIZE])
{
	uint64_t number;

	TRY(temp_number(&number));
	snprintf(name, REPLACE_TEMP_SIZE, ".rebtf-%016llx", (unsigned long long)number);
	return NULL;
}

/* -------------------------------------------------------------------------------------- writing */

/* Naming a nameless file goes through /proc, which some containers lack. */
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
 * Creates a file without a name if the file system supports it (tmpfs, ext4, xfs, btrfs), so that
 * not even a kill leaves a file behind. Otherwise the file gets a temporary name.
 */
static struct rebtf_error *create(struct replacement *new, mode_t nameless_mode, mode_t named_mode)
{
	const int flags = O_WRONLY | O_CLOEXEC, directory = new->place.directory->fd;

	if (can_name_by_fd()) {
		new->fd = openat(directory, ".", flags | O_TMPFILE, nameless_mode);
		if (new->fd >= 0)
			return NULL;
		/* Kernels and file systems without O_TMPFILE fail with one of these. */
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
			return error_io(errno, "cannot create a file in the directory");
	}
	for (int tries = 0; tries < TEMP_NAME_TRIES; tries++) {
		TRY(temp_name(new->temp));
		new->fd = openat(directory, new->temp, flags | O_CREAT | O_EXCL | O_NOFOLLOW,
				 named_mode);
		if (new->fd >= 0)
			return NULL;
		if (errno != EEXIST)
			break;
	}
	new->temp[0] = '\0';
	return error_io(errno, "cannot create a file in the directory");
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
		if (!n && iov->iov_len)
			return error_io(ENOSPC, "cannot write");
		for (; count && (size_t)n >= iov->iov_len; iov++, count--)
			n -= (ssize_t)iov->iov_len;
		if (n) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return NULL;
}

static struct rebtf_error *sync_file(struct replacement *new)
{
	if (new->is_synced)
		return NULL;
	if (fsync(new->fd))
		return error_io(errno, "cannot write");
	new->is_synced = true;
	return NULL;
}

/*
 * Closes a file that has a temporary name. A network file system may report a full disk only now.
 * The file is recognized by its inode later.
 */
static struct rebtf_error *close_named(struct replacement *new)
{
	int fd = new->fd;
	struct stat st;

	/* Once closed, it cannot be synced. */
	if (place_is_taken(&new->place))
		TRY(sync_file(new));
	if (fstat(fd, &st))
		return error_io(errno, "cannot write");
	new->device = st.st_dev;
	new->inode = st.st_ino;
	new->fd = -1;
	return close(fd) ? error_io(errno, "cannot write") : NULL;
}

static struct rebtf_error *replace_start(struct iovec *iov, size_t count, const struct attrs *attrs,
					 unsigned int flags, struct replacement *new)
{
	struct directory_gives gives = directory_known_gives(new->place.directory);
	bool has_attrs = attrs && attrs_come_from_mode(attrs, &gives);
	/* The first file in a directory shows which permissions new files get there. */
	mode_t nameless = !attrs ? 0666 : has_attrs ? attrs->mode : 0777;

	/*
	 * While the file has another name, it must not be readable for users who may not read it.
	 */
	TRY(create(new, nameless, attrs ? 0600 : 0666));
	TRY(write_pieces(new->fd, iov, count));
	if (attrs && !(has_attrs && !new->temp[0])) {
		gives = directory_gives(new->place.directory, new->fd,
					new->temp[0] ? 0600 : nameless);
		TRY(attrs_give(new->fd, attrs, &gives, flags & REPLACE_SAME_PLACE));
	}
	if (flags & REPLACE_DURABLE)
		TRY(sync_file(new));
	return new->temp[0] ? close_named(new) : NULL;
}

struct rebtf_error *replace_prepare(const struct file_place *place, struct iovec *iov, size_t count,
				    const struct attrs *attrs, unsigned int flags,
				    struct replacement *new)
{
	struct replacement prepared = REPLACEMENT_NONE;
	struct rebtf_error *err = place_check_trusted(place);

	if (!err)
		err = place_copy(place, &prepared.place);
	if (!err)
		err = replace_start(iov, count, attrs, flags, &prepared);
	if (err) {
		replacement_release(&prepared);
		return error_at(err, place->path, NULL);
	}
	*new = prepared;
	return NULL;
}

int replacement_release_open(struct replacement *new)
{
	int fd = new->fd;

	if (new->temp[0])
		unlinkat(new->place.directory->fd, new->temp, 0);
	place_release(&new->place);
	*new = (struct replacement)REPLACEMENT_NONE;
	return fd;
}

void replacement_release(struct replacement *new)
{
	descriptors_close(replacement_release_open(new));
}

/* --------------------------------------------------------------------------------------- naming */

static int rename_at(const struct file_place *place, const char *from, const char *to,
		     unsigned int flags)
{
	int directory = place->directory->fd;

	if (!flags)
		return renameat(directory, from, directory, to);
	return (int)syscall(SYS_renameat2, directory, from, directory, to, flags);
}

/*
 * Gives a nameless file @name. Returns false with errno. The direct call needs a privilege (or
 * Linux 6.10); without it, the kernel fails with ENOENT.
 */
static bool link_fd(const struct replacement *new, const char *name)
{
	static atomic_bool needs_proc;
	char self[sizeof("/proc/self/fd/") + 12];

	if (!atomic_load(&needs_proc)) {
		if (!linkat(new->fd, "", new->place.directory->fd, name, AT_EMPTY_PATH))
			return true;
		if (errno != ENOENT)
			return false;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", new->fd);
	if (linkat(AT_FDCWD, self, new->place.directory->fd, name, AT_SYMLINK_FOLLOW))
		return false;
	atomic_store(&needs_proc, true);
	return true;
}

static struct rebtf_error *cannot_name(int errnum)
{
	return error_io(errnum, "cannot name the new file");
}

/* A link cannot replace a file, so a nameless file first gets a temporary name. */
static struct rebtf_error *name_temporarily(struct replacement *new)
{
	for (int tries = 0; !new->temp[0]; tries++) {
		char name[REPLACE_TEMP_SIZE];

		TRY(temp_name(name));
		if (link_fd(new, name))
			memcpy(new->temp, name, sizeof(name));
		else if (errno != EEXIST || tries == TEMP_NAME_TRIES)
			return cannot_name(errno);
	}
	return NULL;
}

static struct rebtf_error *link_new(struct replacement *new, bool *taken)
{
	*taken = false;
	if (!new->temp[0]) {
		if (link_fd(new, new->place.name))
			return NULL;
	} else {
		if (!rename_at(&new->place, new->temp, new->place.name, RENAME_NOREPLACE)) {
			new->temp[0] = '\0';
			return NULL;
		}
		/* File systems without RENAME_NOREPLACE fail with one of these. */
		if (errno == EINVAL || errno == ENOSYS) {
			*taken = place_is_taken(&new->place);
			return *taken ? NULL : replace_any(new);
		}
	}
	if (errno != EEXIST)
		return cannot_name(errno);
	*taken = true;
	return NULL;
}

struct rebtf_error *replace_link(struct replacement *new, bool *taken)
{
	return error_at(link_new(new, taken), new->place.path, NULL);
}

static struct rebtf_error *rename_over(struct replacement *new)
{
	TRY(name_temporarily(new));
	if (rename_at(&new->place, new->temp, new->place.name, 0))
		return error_io(errno, "cannot replace");
	new->temp[0] = '\0';
	return NULL;
}

/* Directories, devices and pipes are not replaced. */
struct rebtf_error *replace_check(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return NULL;
	if (S_ISLNK(st->st_mode))
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot replace a symbolic link: remove it");
	return error_new(REBTF_ERR_UNSUPPORTED, "cannot replace: not a regular file");
}

struct rebtf_error *replace_check_place(const struct file_place *place)
{
	struct rebtf_error *err = NULL;
	struct stat st;

	if (place_stat(place, &st))
		err = replace_check(&st);
	else if (errno != ENOENT)
		err = error_io(errno, "cannot write");
	return error_at(err, place->path, NULL);
}

struct rebtf_error *replace_any(struct replacement *new)
{
	struct rebtf_error *err = replace_check_place(&new->place);

	if (!err && new->fd >= 0)
		err = sync_file(new);
	return error_at(err ?: rename_over(new), new->place.path, NULL);
}

struct rebtf_error *replace_write(const struct file_place *place, struct iovec *iov, size_t count)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	bool taken;

	TRY(replace_prepare(place, iov, count, NULL, 0, &new));
	TRY(replace_link(&new, &taken));
	return taken ? replace_any(&new) : NULL;
}

/* -------------------------------------------------------------------------------------- exactly */

static struct rebtf_error *removed(void)
{
	return error_new(REBTF_ERR_CHANGED, "another process removed the file");
}

/* Identifies a file. */
struct identity {
	dev_t device;
	ino_t inode;
};

static struct identity identity_of(const struct stat *st)
{
	return (struct identity){ st->st_dev, st->st_ino };
}

static bool is_same(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* Stats the file under the temporary name, which the place only lends. */
static bool stat_temp(const struct replacement *new, struct stat *st)
{
	return place_stat(&(struct file_place){ new->place.directory, (char *)(uintptr_t) new->temp,
						NULL },
			  st);
}

/* Leaves another process's file under the temporary name. */
static struct rebtf_error *cannot_restore(struct replacement *new)
{
	struct rebtf_error *err =
		error_new(REBTF_ERR_IO,
			  "another process keeps replacing the file: one version is now %s",
			  new->temp);

	new->temp[0] = '\0';
	return err;
}

/*
 * The temporary name is that of another process's file, and the new file has the name. Exchanges
 * the two back. If a third file got the name meanwhile, the third file keeps the name, and the
 * other process's file stays under the temporary name.
 */
static struct rebtf_error *restore(struct replacement *new)
{
	struct identity own = { new->device, new->inode }, out;
	struct stat st;

	if (new->fd >= 0 && !fstat(new->fd, &st))
		own = identity_of(&st);
	if (rename_at(&new->place, new->temp, new->place.name, RENAME_EXCHANGE)) {
		if (errno != ENOENT ||
		    rename_at(&new->place, new->temp, new->place.name, RENAME_NOREPLACE))
			return cannot_restore(new);
		/* The name was free. */
		new->temp[0] = '\0';
		return error_changed();
	}
	if (!stat_temp(new, &st))
		return cannot_restore(new);
	out = identity_of(&st);
	if (is_same(&out, &own))
		return error_changed();
	rename_at(&new->place, new->temp, new->place.name, RENAME_EXCHANGE);
	return cannot_restore(new);
}

/* After the exchange, the old file has the temporary name. Removes it if it is the file in @old. */
static struct rebtf_error *finish_exchange(struct replacement *new, const struct file_state *old)
{
	int directory = new->place.directory->fd;
	struct file_state state;
	struct stat st;

	if (!stat_temp(new, &st)) {
		struct rebtf_error *err = error_io(errno, "cannot replace");

		/* Another process may have removed it. */
		if (err->errnum == ENOENT)
			new->temp[0] = '\0';
		else
			rebtf_error_free(restore(new));
		return err;
	}
	state = file_state(&st);
	if (!file_state_is_same(&state, old))
		return restore(new);
	/* Try a second time on failure, because all other steps have succeeded. */
	if (unlinkat(directory, new->temp, 0) && unlinkat(directory, new->temp, 0) &&
	    errno != ENOENT)
		return error_io(errno, "cannot remove the old file (now named %s)", new->temp);
	new->temp[0] = '\0';
	return NULL;
}

/*
 * For file systems that cannot exchange files: checks the old file, then renames the new one over
 * it.
 */
static struct rebtf_error *check_and_rename(struct replacement *new, const struct file_state *old)
{
	TRY(file_check_unchanged(&new->place, old));
	return rename_over(new);
}

static struct rebtf_error *exchange(struct replacement *new, const struct file_state *old)
{
	struct directory *directory = new->place.directory;

	if (atomic_load(&directory->cannot_exchange))
		return check_and_rename(new, old);
	TRY(name_temporarily(new));
	if (!rename_at(&new->place, new->temp, new->place.name, RENAME_EXCHANGE))
		return finish_exchange(new, old);
	if (errno == ENOENT)
		return removed();
	if (errno != EINVAL && errno != ENOSYS)
		return error_io(errno, "cannot replace");
	atomic_store(&directory->cannot_exchange, true);
	return check_and_rename(new, old);
}

/*
 * An exchange that met another file is undone by a second one. Three processes that did this at
 * once could leave a file under a temporary name, so all of rebtf's take turns.
 */
static struct rebtf_error *exchange_in_turn(struct replacement *new, const struct file_state *old)
{
	struct rebtf_error *err;

	directory_lock(new->place.directory);
	err = exchange(new, old);
	directory_unlock(new->place.directory);
	return err;
}

static struct rebtf_error *sync_and_exchange(struct replacement *new, const struct file_state *old,
					     bool locked)
{
	if (new->fd >= 0)
		TRY(sync_file(new));
	return locked ? exchange(new, old) : exchange_in_turn(new, old);
}

struct rebtf_error *replace_exactly(struct replacement *new, const struct file_state *old,
				    bool locked)
{
	return error_at(sync_and_exchange(new, old, locked), new->place.path, NULL);
}

static struct rebtf_error *cannot_remove(int errnum)
{
	return error_io(errnum, "cannot remove");
}

static struct rebtf_error *check_and_remove(const struct file_place *place,
					    const struct file_state *old)
{
	TRY(file_check_unchanged(place, old));
	return unlinkat(place->directory->fd, place->name, 0) ? cannot_remove(errno) : NULL;
}

/* Like an exchange: gives the file a temporary name first and then checks it. */
static struct rebtf_error *remove_exactly(const struct file_place *place,
					  const struct file_state *old)
{
	struct replacement gone = { .place = *place, .fd = -1 };
	struct file_state state = {};
	bool is_known, is_same = false;
	struct stat st;
	int errnum;

	TRY(temp_name(gone.temp));
	if (rename_at(place, place->name, gone.temp, RENAME_NOREPLACE)) {
		if (errno == EINVAL || errno == ENOSYS)
			return check_and_remove(place, old);
		return errno == ENOENT ? removed() : cannot_remove(errno);
	}
	is_known = stat_temp(&gone, &st);
	if (is_known) {
		state = file_state(&st);
		is_same = file_state_is_same(&state, old);
	}
	if (is_same && !unlinkat(place->directory->fd, gone.temp, 0))
		return NULL;
	errnum = errno;
	if (rename_at(place, gone.temp, place->name, RENAME_NOREPLACE))
		return cannot_restore(&gone);
	return is_known && !is_same ? error_changed() : cannot_remove(errnum);
}

struct rebtf_error *replace_remove(const struct file_place *place, const struct file_state *old)
{
	return error_at(remove_exactly(place, old), place->path, NULL);
}
