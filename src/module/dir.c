/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Named directories. Each keeps the directories below it open that were used last. Batches are
 * sorted, so these are the directories that the workers are in, and those above them.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "module/dir.h"
#include "util/descriptors.h"
#include "util/order.h"
#include "util/text.h"
#include "util/vec.h"

#define OPEN_MAX 16u

/* An open directory, and its path relative to the root. */
struct dir_open {
	char *name;
	struct directory *directory;
	uint64_t last_use;
};

/* A directory that was listed. */
struct dir_listed {
	dev_t device;
	ino_t inode;
};

DEFINE_VECTOR(dir_listed_vector, struct dir_listed);

struct rebtf_dir {
	char *path;
	struct dir_listing listing;
	struct dir_listed_vector listed; /* sorted once the listing is complete */
	/* The lock protects the members below. */
	pthread_mutex_t lock;
	struct directory *root; /* NULL: not opened or made yet */
	struct dir_open open[OPEN_MAX];
	uint64_t uses;
};

struct rebtf_error *rebtf_dir_new(const char *path, struct rebtf_dir **dir)
{
	struct rebtf_dir *new_dir = calloc(1, sizeof(*new_dir));

	if (!new_dir)
		return error_nomem();
	pthread_mutex_init(&new_dir->lock, NULL);
	new_dir->path = strdup(path);
	if (!new_dir->path) {
		rebtf_dir_free(new_dir);
		return error_nomem();
	}
	*dir = new_dir;
	return NULL;
}

static void dir_open_release(struct dir_open *open)
{
	directory_unref(open->directory);
	free(open->name);
}

void rebtf_dir_free(struct rebtf_dir *dir)
{
	if (!dir)
		return;
	directory_unref(dir->root);
	for (size_t i = 0; i < OPEN_MAX; i++)
		dir_open_release(&dir->open[i]);
	pthread_mutex_destroy(&dir->lock);
	dir_listed_vector_release(&dir->listed);
	free(dir->path);
	free(dir);
}

struct rebtf_error *dir_open(const char *path, struct rebtf_dir **dir)
{
	struct rebtf_dir *new_dir;
	struct rebtf_error *err;

	TRY(rebtf_dir_new(path, &new_dir));
	moment_forget_device();
	err = error_at(directory_open(path, &new_dir->root), path, NULL);
	if (err)
		rebtf_dir_free(new_dir);
	else
		*dir = new_dir;
	return err;
}

struct rebtf_error *dir_add_listed(struct rebtf_dir *dir, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	if (!dir_listed_vector_append(&dir->listed, (struct dir_listed){ st.st_dev, st.st_ino }))
		return error_nomem();
	return NULL;
}

static int by_inode(const void *a, const void *b)
{
	const struct dir_listed *left = a, *right = b;

	return by_number(left->device, right->device) ?: by_number(left->inode, right->inode);
}

void dir_set_listing(struct rebtf_dir *dir, const struct dir_listing *listing)
{
	if (dir->listed.count)
		qsort(dir->listed.items, dir->listed.count, sizeof(*dir->listed.items), by_inode);
	dir->listing = *listing;
}

/* Whether it is a directory that was listed, and not another one that has got its name since. */
static bool dir_was_listed(const struct rebtf_dir *dir, const struct directory *directory)
{
	struct dir_listed key;
	struct stat st;

	if (!dir->listing.is_complete || fstat(directory->fd, &st))
		return false;
	key = (struct dir_listed){ st.st_dev, st.st_ino };
	return dir->listed.count && bsearch(&key, dir->listed.items, dir->listed.count,
					    sizeof(*dir->listed.items), by_inode);
}

struct dir_listing dir_listing(const struct rebtf_dir *dir)
{
	return dir->listing;
}

static char *dir_join(const struct rebtf_dir *dir, const char *relative)
{
	size_t length = strlen(dir->path);

	return text_join(dir->path, length && dir->path[length - 1] == '/' ? "" : "/", relative);
}

/* Opens the root, or makes it if @make. The caller holds the lock. */
static struct rebtf_error *open_root(struct rebtf_dir *dir, bool make)
{
	if (dir->root)
		return NULL;
	return make ? directory_make(dir->path, &dir->root) : directory_open(dir->path, &dir->root);
}

/* The open directory whose path is the first @length bytes of @name; NULL: not open. */
static struct directory *dir_find_open(struct rebtf_dir *dir, const char *name, size_t length)
{
	for (size_t i = 0; i < OPEN_MAX; i++) {
		struct dir_open *open = &dir->open[i];

		if (!open->directory || strncmp(open->name, name, length) || open->name[length])
			continue;
		open->last_use = ++dir->uses;
		return open->directory;
	}
	return NULL;
}

/* Closes the directory that was not used for the longest time, and returns its entry. */
static struct dir_open *dir_close_one(struct rebtf_dir *dir)
{
	struct dir_open *open = dir->open;

	for (size_t i = 1; i < OPEN_MAX; i++) {
		if (dir->open[i].last_use < open->last_use)
			open = &dir->open[i];
	}
	dir_open_release(open);
	*open = (struct dir_open){};
	return open;
}

/*
 * Opens or makes a directory below @above, which is its root or its parent: @path is relative to
 * @above, and @name to the root.
 */
static struct rebtf_error *dir_open_one(struct rebtf_dir *dir, const struct directory *above,
					const char *path, const char *name, bool make,
					struct directory **found)
{
	struct dir_open *open = dir_close_one(dir);
	struct rebtf_error *err;
	char *copy = strdup(name);

	if (!copy)
		return error_nomem();
	err = make ? directory_make_below(above, path, found)
		   : directory_open_below(above, path, found);
	if (err || !*found) {
		free(copy);
		return err;
	}
	(*found)->is_listed = dir_was_listed(dir, *found);
	*open = (struct dir_open){ copy, *found, ++dir->uses };
	return NULL;
}

/* Finds, opens or makes the directory whose path is the first @length bytes of @name. */
static struct rebtf_error *dir_open_parent(struct rebtf_dir *dir, const char *name, size_t length,
					   struct directory **parent)
{
	_cleanup_free_ char *above = strndup(name, length);

	if (!above)
		return error_nomem();
	*parent = dir_find_open(dir, above, length);
	return *parent ? NULL : dir_open_one(dir, dir->root, above, above, true, parent);
}

/* Finds the directory @name, opens it, or makes it if @make. The caller holds the lock. */
static struct rebtf_error *dir_get(struct rebtf_dir *dir, const char *name, bool make,
				   struct directory **found)
{
	const char *slash = strrchr(name, '/');
	struct directory *above;

	*found = dir_find_open(dir, name, strlen(name));
	if (*found)
		return NULL;
	/* The directories take the lowest numbers, so that files have consecutive ones. */
	descriptors_close(-1);
	TRY(open_root(dir, make));
	above = dir->root;
	/* The parent stays open, because it often gets further directories. */
	if (make && slash)
		TRY(dir_open_parent(dir, name, (size_t)(slash - name), &above));
	TRY(dir_open_one(dir, above, make && slash ? slash + 1 : name, name, make, found));
	return *found ? NULL : error_io(ENOENT, "cannot open");
}

/* Returns a reference to the directory @name. */
static struct rebtf_error *directory_of(struct rebtf_dir *dir, const char *name, bool make,
					struct directory **directory)
{
	struct rebtf_error *err;
	struct directory *found;

	pthread_mutex_lock(&dir->lock);
	err = dir_get(dir, name, make, &found);
	if (!err)
		*directory = directory_ref(found);
	pthread_mutex_unlock(&dir->lock);
	return err;
}

static struct rebtf_error *dir_find_at(struct rebtf_dir *dir, const char *relative, bool make,
				       struct file_place *place)
{
	_cleanup_directory_ struct directory *directory = NULL;
	_cleanup_free_ char *path = dir_join(dir, relative);
	const char *slash = strrchr(relative, '/');
	_cleanup_free_ char *name = strndup(relative, slash ? (size_t)(slash - relative) : 0);

	if (!path || !name)
		return error_nomem();
	TRY(error_at(directory_of(dir, name, make, &directory), path, NULL));
	return place_in(directory, slash ? slash + 1 : relative, path, place);
}

struct rebtf_error *dir_find(struct rebtf_dir *dir, const char *relative, struct file_place *place)
{
	return dir_find_at(dir, relative, false, place);
}

struct rebtf_error *dir_make(struct rebtf_dir *dir, const char *relative, struct file_place *place)
{
	return dir_find_at(dir, relative, true, place);
}

static struct rebtf_error *open_entries(struct rebtf_dir *dir, const char *relative, DIR **entries)
{
	_cleanup_directory_ struct directory *below = NULL;
	struct rebtf_error *err;

	pthread_mutex_lock(&dir->lock);
	err = open_root(dir, false);
	pthread_mutex_unlock(&dir->lock);
	if (err)
		return err;
	TRY(directory_open_below(dir->root, relative, &below));
	if (!below)
		return error_io(ENOENT, "cannot open");
	*entries = directory_entries(below);
	return *entries ? NULL : error_io(errno, "cannot open");
}

struct rebtf_error *dir_entries(struct rebtf_dir *dir, const char *relative, DIR **entries)
{
	struct rebtf_error *err = open_entries(dir, relative, entries);
	_cleanup_free_ char *path = err ? dir_join(dir, relative) : NULL;

	return error_at(err, *relative ? path : dir->path, NULL);
}
