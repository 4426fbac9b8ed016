/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Named directories. Each caches the directory below it that was used last. Batches are sorted, so
 * one cache entry nearly always hits.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module/dir.h"

struct rebtf_dir {
	char *path;
	/* The lock protects the members below. */
	pthread_mutex_t lock;
	struct directory *root; /* NULL: not opened or made yet */
	char *last_name;
	struct directory *last;
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

void rebtf_dir_free(struct rebtf_dir *dir)
{
	if (!dir)
		return;
	directory_unref(dir->root);
	directory_unref(dir->last);
	pthread_mutex_destroy(&dir->lock);
	free(dir->last_name);
	free(dir->path);
	free(dir);
}

struct rebtf_error *dir_open(const char *path, struct rebtf_dir **dir)
{
	struct rebtf_dir *new_dir;
	struct rebtf_error *err;

	TRY(rebtf_dir_new(path, &new_dir));
	err = error_at(directory_open(path, &new_dir->root), path, NULL);
	if (err)
		rebtf_dir_free(new_dir);
	else
		*dir = new_dir;
	return err;
}

static char *dir_join(const struct rebtf_dir *dir, const char *relative)
{
	size_t length = strlen(dir->path);
	char *path;

	if (asprintf(&path, "%s%s%s", dir->path, length && dir->path[length - 1] == '/' ? "" : "/",
		     relative) < 0)
		return NULL;
	return path;
}

/* Opens the root, or makes it if @make. The caller holds the lock. */
static struct rebtf_error *open_root(struct rebtf_dir *dir, bool make)
{
	if (dir->root)
		return NULL;
	return make ? directory_make(dir->path, &dir->root) : directory_open(dir->path, &dir->root);
}

/* Opens the directory below the root, or makes it if @make. The caller holds the lock. */
static struct rebtf_error *dir_look_up(struct rebtf_dir *dir, const char *name, bool make,
				       struct directory **found)
{
	TRY(open_root(dir, make));
	TRY(make ? directory_make_below(dir->root, name, found)
		 : directory_open_below(dir->root, name, found));
	return *found ? NULL : error_io(ENOENT, "cannot open");
}

/* Returns a reference to the directory @name, which this function frees. */
static struct rebtf_error *directory_of(struct rebtf_dir *dir, char *name, bool make,
					struct directory **directory)
{
	struct rebtf_error *err = NULL;

	pthread_mutex_lock(&dir->lock);
	if (!dir->last || strcmp(dir->last_name, name)) {
		struct directory *found = NULL;

		err = dir_look_up(dir, name, make, &found);
		if (!err) {
			directory_unref(dir->last);
			dir->last = found;
			free(dir->last_name);
			dir->last_name = take_ptr(&name);
		}
	}
	if (!err)
		*directory = directory_ref(dir->last);
	pthread_mutex_unlock(&dir->lock);
	free(name);
	return err;
}

static struct rebtf_error *dir_find_at(struct rebtf_dir *dir, const char *relative, bool make,
				       struct file_place *place)
{
	_cleanup_directory_ struct directory *directory = NULL;
	_cleanup_free_ char *path = dir_join(dir, relative);
	const char *slash = strrchr(relative, '/');
	char *name = strndup(relative, slash ? (size_t)(slash - relative) : 0);

	if (!path || !name) {
		free(name);
		return error_nomem();
	}
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
	err = dir_look_up(dir, relative, false, &below);
	pthread_mutex_unlock(&dir->lock);
	if (err)
		return err;
	*entries = directory_entries(below);
	return *entries ? NULL : error_io(errno, "cannot open");
}

struct rebtf_error *dir_entries(struct rebtf_dir *dir, const char *relative, DIR **entries)
{
	struct rebtf_error *err = open_entries(dir, relative, entries);
	_cleanup_free_ char *path = err ? dir_join(dir, relative) : NULL;

	return error_at(err, *relative ? path : dir->path, NULL);
}
