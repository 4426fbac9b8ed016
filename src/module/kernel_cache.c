/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Stores the BTF of kernel images in files. An entry is written under a temporary name and renamed
 * when it is complete and on disk. So a reader, another process or a crash never sees half an
 * entry.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "module/crypto.h"
#include "module/kernel_cache.h"
#include "util/bytes.h"
#include "util/file.h"

/* Another version of rebtf may find different BTF in an image. */
#define MAGIC "rebtf " REBTF_VERSION "\n"

/* The size of the digested part at either end of an image. */
#define ENDS_SIZE (64u << 10)

/* The header of an entry, in the host's byte order. The BTF follows. */
struct entry_header {
	char magic[32];
	struct cache_key key;
	char release[RELEASE_SIZE + 7];
	struct rebtf_link link; /* without the carrier's path */
	uint64_t btf_size;
};

/* "HEX.btf", with half of a digest. */
#define NAME_DIGITS 32u
#define NAME_SIZE   (NAME_DIGITS + sizeof(".btf"))

/* Temporary names have as many digits. */
#define TEMP_PREFIX ".tmp-"
#define TEMP_SIZE   (sizeof(TEMP_PREFIX) + NAME_DIGITS)

/* Temporary files of killed processes are removed after a day. */
#define TEMP_AGE_MAX (24 * 60 * 60)

/* ------------------------------------------------------------------------------------------ keys */

static bool digest_of(const void *data, size_t size, uint8_t digest[REBTF_DIGEST_SIZE])
{
	const struct iovec piece = iovec_of(data, size);
	struct rebtf_error *err = crypto_sha256(&piece, 1, digest);

	rebtf_error_free(err);
	return !err;
}

/*
 * The digest covers the first and the last bytes. The first bytes contain the kernel's version. The
 * last bytes depend on all compressed data before them, so they distinguish builds of one version.
 */
static bool digest_ends(int fd, off_t size, uint8_t digest[REBTF_DIGEST_SIZE])
{
	size_t head = size < (off_t)ENDS_SIZE ? (size_t)size : ENDS_SIZE;
	size_t tail = size - (off_t)head < (off_t)ENDS_SIZE ? (size_t)size - head : ENDS_SIZE;
	_cleanup_free_ uint8_t *ends = malloc(head + tail + 1);

	return ends && file_read_at(fd, ends, head, 0) == head &&
	       file_read_at(fd, ends + head, tail, (uint64_t)size - tail) == tail &&
	       digest_of(ends, head + tail, digest);
}

bool cache_key_make(int fd, struct cache_key *key)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return false;
	*key = (struct cache_key){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.modified = { st.st_mtim.tv_sec, st.st_mtim.tv_nsec },
		.changed = { st.st_ctim.tv_sec, st.st_ctim.tv_nsec },
	};
	return digest_ends(fd, st.st_size, key->digest);
}

static void put_digits(char *text, const uint8_t *bytes, size_t digits)
{
	for (size_t i = 0; i < digits / 2; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static bool entry_name(const struct cache_key *key, char name[NAME_SIZE])
{
	uint8_t digest[REBTF_DIGEST_SIZE];

	if (!digest_of(key, sizeof(*key), digest))
		return false;
	put_digits(name, digest, NAME_DIGITS);
	memcpy(name + NAME_DIGITS, ".btf", sizeof(".btf"));
	return true;
}

/* ------------------------------------------------------------------------------------ directories */

/* Whether only this user can have made or changed the file of @st. */
static bool is_ours(const struct stat *st, mode_t type)
{
	return (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * Opens @name in @above, which must be a directory and not a link. If it is missing and @make,
 * makes it.
 */
static int open_directory(int above, const char *name, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(above, name, flags);

	if (fd >= 0 || errno != ENOENT || !make || mkdirat(above, name, 0700))
		return fd;
	return openat(above, name, flags);
}

/* A directory is only made inside the user's own: root must not make one in another user's home. */
static bool owns(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_uid == geteuid();
}

/* Splits @path, a copy, at its last slash. NULL: it does not have two parts. */
static char *split_path(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path || !slash[1])
		return NULL;
	*slash = '\0';
	return slash + 1;
}

/* Opens the cache, "ABOVE/PARENT/NAME". -1 if it is missing or not trustworthy. */
static int open_cache(const char *directory, bool make)
{
	_cleanup_free_ char *above = strdup(directory);
	char *name = above ? split_path(above) : NULL;
	char *parent = name ? split_path(above) : NULL;
	_cleanup_close_ int above_fd = -1, parent_fd = -1;
	struct stat st;
	int fd;

	if (!parent)
		return -1;
	above_fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above_fd < 0)
		return -1;
	parent_fd = open_directory(above_fd, parent, make && owns(above_fd));
	if (parent_fd < 0)
		return -1;
	fd = open_directory(parent_fd, name, make && owns(parent_fd));
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !is_ours(&st, S_IFDIR)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---------------------------------------------------------------------------------------- reading */

/* Opens an entry. -1 if it is missing, or not one of ours. */
static int kernel_cache_open_entry(int directory, const char *name, size_t *size)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !is_ours(&st, S_IFREG) ||
	    st.st_size <= (off_t)sizeof(struct entry_header) ||
	    st.st_size > (off_t)KERNEL_CACHE_ENTRY_MAX) {
		close(fd);
		return -1;
	}
	*size = (size_t)st.st_size;
	return fd;
}

static bool kernel_cache_read_header(int fd, size_t size, const struct cache_key *key,
				     struct entry_header *header)
{
	static const char magic[sizeof(header->magic)] = MAGIC;

	return file_read_at(fd, header, sizeof(*header), 0) == sizeof(*header) &&
	       !memcmp(header->magic, magic, sizeof(magic)) &&
	       !memcmp(&header->key, key, sizeof(*key)) &&
	       header->btf_size == size - sizeof(*header) &&
	       memchr(header->release, '\0', RELEASE_SIZE);
}

struct rebtf_error *kernel_cache_get(const char *directory, const struct cache_key *key,
				     struct image_btf *found)
{
	_cleanup_image_btf_ struct image_btf entry = {};
	_cleanup_close_ int cache = -1, fd = -1;
	struct entry_header header;
	char name[NAME_SIZE];
	size_t size;

	if (!entry_name(key, name))
		return NULL;
	cache = open_cache(directory, false);
	if (cache < 0)
		return NULL;
	fd = kernel_cache_open_entry(cache, name, &size);
	if (fd < 0 || !kernel_cache_read_header(fd, size, key, &header))
		return NULL;
	entry.size = (size_t)header.btf_size;
	entry.data = file_memory(entry.size);
	if (!entry.data)
		return error_nomem();
	if (file_read_at(fd, entry.data, entry.size, sizeof(header)) != entry.size)
		return NULL;
	TRY(error_nomem_only(rebtf_btf_open_mem(entry.data, entry.size, NULL, NULL, &entry.btf)));
	if (!entry.btf)
		return NULL;
	memcpy(entry.release, header.release, RELEASE_SIZE);
	entry.link = header.link;
	entry.link.carrier = NULL;
	/* Records the use, so that eviction spares the entry. */
	futimens(fd, NULL);
	*found = entry;
	entry = (struct image_btf){};
	return NULL;
}

/* --------------------------------------------------------------------------------------- evicting */

/* Whether @name is "PREFIX", NAME_DIGITS hexadecimal digits, "ENDING". */
static bool is_name(const char *name, const char *prefix, const char *ending)
{
	size_t length = strlen(prefix);

	return !strncmp(name, prefix, length) &&
	       strspn(name + length, "0123456789abcdef") == NAME_DIGITS &&
	       !strcmp(name + length + NAME_DIGITS, ending);
}

/* The least recently used entry. */
struct oldest {
	char name[NAME_SIZE];
	struct timespec used;
};

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Returns the size of all entries. Removes stale temporary files. */
static size_t add_sizes(DIR *dir, struct oldest *oldest)
{
	time_t now = time(NULL);
	const struct dirent *entry;
	size_t total = 0;

	rewinddir(dir);
	oldest->name[0] = '\0';
	while ((entry = readdir(dir))) {
		bool is_temp = is_name(entry->d_name, TEMP_PREFIX, "");
		struct stat st;

		if ((!is_temp && !is_name(entry->d_name, "", ".btf")) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (is_temp && now - st.st_mtim.tv_sec > TEMP_AGE_MAX)
			unlinkat(dirfd(dir), entry->d_name, 0);
		if (is_temp)
			continue;
		total += (size_t)st.st_size;
		if (!oldest->name[0] || is_before(&st.st_mtim, &oldest->used)) {
			memcpy(oldest->name, entry->d_name, NAME_SIZE);
			oldest->used = st.st_mtim;
		}
	}
	return total;
}

/* Makes room for @size more bytes. */
static void evict(int cache, size_t size)
{
	int fd = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct oldest oldest;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (add_sizes(dir, &oldest) + size > KERNEL_CACHE_SIZE_MAX) {
		if (!oldest.name[0] || unlinkat(cache, oldest.name, 0))
			break;
	}
	closedir(dir);
}

/* ---------------------------------------------------------------------------------------- writing */

/* Writes the entry under a unique name. On failure returns false and leaves no file. */
static bool write_temp(int cache, const struct cache_key *key, const struct image_btf *found,
		       char temp[TEMP_SIZE])
{
	struct entry_header header = { .magic = MAGIC, .key = *key, .btf_size = found->size };
	uint8_t random[NAME_DIGITS / 2];
	bool written;
	int fd;

	memcpy(header.release, found->release, RELEASE_SIZE);
	header.link = found->link;
	header.link.carrier = NULL;
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return false;
	memcpy(temp, TEMP_PREFIX, sizeof(TEMP_PREFIX));
	put_digits(temp + strlen(TEMP_PREFIX), random, NAME_DIGITS);
	fd = openat(cache, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	written = file_write_at(fd, &header, sizeof(header), 0) &&
		  file_write_at(fd, found->data, found->size, sizeof(header)) && !fsync(fd);
	written = !close(fd) && written;
	if (!written)
		unlinkat(cache, temp, 0);
	return written;
}

void kernel_cache_put(const char *directory, const struct cache_key *key,
		      const struct image_btf *found)
{
	_cleanup_close_ int cache = -1;
	char name[NAME_SIZE], temp[TEMP_SIZE];
	size_t size = sizeof(struct entry_header) + found->size;

	if (size > KERNEL_CACHE_ENTRY_MAX || !entry_name(key, name))
		return;
	cache = open_cache(directory, true);
	if (cache < 0)
		return;
	evict(cache, size);
	if (write_temp(cache, key, found, temp) && renameat(cache, temp, cache, name))
		unlinkat(cache, temp, 0);
}
