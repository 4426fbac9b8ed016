/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds, opens, compares and follows places: names in open directories. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "util/regular.h"
#include "util/place.h"
#include "util/text.h"

/* --------------------------------------------------------------------------------------- places */

/* Takes @name and @path, which are malloced, or NULL without memory. */
static struct rebtf_error *place_take(struct directory *directory, char *name, char *path,
				      struct file_place *place)
{
	*place = (struct file_place){ directory_ref(directory), name, path };
	if (name && path)
		return NULL;
	place_release(place);
	return error_nomem();
}

struct rebtf_error *place_in(struct directory *directory, const char *name, const char *path,
			     struct file_place *place)
{
	return place_take(directory, strdup(name), strdup(path), place);
}

struct rebtf_error *place_find(const char *path, struct file_place *place)
{
	_cleanup_directory_ struct directory *directory = NULL;
	_cleanup_free_ char *above = NULL;
	const char *slash = strrchr(path, '/');

	if (!slash)
		above = strdup(".");
	else
		above = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!above)
		return error_nomem();
	TRY(error_at(directory_open(above, &directory), path, NULL));
	return place_in(directory, slash ? slash + 1 : path, path, place);
}

struct rebtf_error *place_beside(const struct file_place *place, const char *ending,
				 struct file_place *beside)
{
	return place_take(place->directory, text_join(place->name, ending),
			  text_join(place->path, ending), beside);
}

struct rebtf_error *place_copy(const struct file_place *place, struct file_place *copy)
{
	return place_in(place->directory, place->name, place->path, copy);
}

void place_release(struct file_place *place)
{
	directory_unref(place->directory);
	free(place->name);
	free(place->path);
	*place = (struct file_place){};
}

bool place_stat(const struct file_place *place, struct stat *st)
{
	return !fstatat(place->directory->fd, place->name, st, AT_SYMLINK_NOFOLLOW);
}

bool place_is_taken(const struct file_place *place)
{
	struct stat st;

	return place_stat(place, &st) || errno != ENOENT;
}

struct rebtf_error *place_remove(const struct file_place *place, bool *existed)
{
	bool there = !unlinkat(place->directory->fd, place->name, 0);

	if (!there && errno != ENOENT)
		return error_at(error_io(errno, "cannot remove"), place->path, NULL);
	if (existed)
		*existed = there;
	return NULL;
}

bool place_is_same(const struct file_place *a, const struct file_place *b)
{
	struct stat left, right;

	return !strcmp(a->name, b->name) &&
	       (a->directory == b->directory ||
		(!fstat(a->directory->fd, &left) && !fstat(b->directory->fd, &right) &&
		 left.st_dev == right.st_dev && left.st_ino == right.st_ino));
}

struct rebtf_error *place_real_path(const struct file_place *place, char **path)
{
	char self[sizeof("/proc/self/fd/") + 12], directory[PATH_MAX], *real;
	ssize_t size;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", place->directory->fd);
	size = readlink(self, directory, sizeof(directory));
	if (size < 0 || size == sizeof(directory))
		return error_at(error_io(size < 0 ? errno : ENAMETOOLONG,
					 "cannot determine the real path"),
				place->path, NULL);
	if (asprintf(&real, "%.*s/%s", directory[size - 1] == '/' ? (int)size - 1 : (int)size,
		     directory, place->name) < 0)
		return error_nomem();
	*path = real;
	return NULL;
}

int place_open(const struct file_place *place)
{
	return openat(place->directory->fd, place->name,
		      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* ------------------------------------------------------------------------------------ following */

static struct rebtf_error *place_follow_link(const struct file_place *place,
					     struct file_place *target)
{
	_cleanup_directory_ struct directory *directory = NULL;
	_cleanup_free_ char *name = NULL, *shown = NULL;
	struct rebtf_error *err;
	struct walk_end end;

	TRY(walk(place->directory->fd, place->name, WALK_FOLLOW | WALK_FILE, place->path, &end));
	name = strdup(end.name);
	shown = take_ptr(&end.shown);
	end.is_trusted = end.is_trusted && place->directory->is_trusted;
	err = regular_check(&end.st);
	if (err) {
		close(end.directory);
		return err;
	}
	TRY(directory_from_walk(&end, &directory));
	return name && shown ? place_in(directory, name, shown, target) : error_nomem();
}

struct rebtf_error *place_follow(const struct file_place *place, struct file_place *target)
{
	return error_at(place_follow_link(place, target), place->path, NULL);
}

struct rebtf_error *place_check_trusted(const struct file_place *place)
{
	if (place->directory->is_trusted)
		return NULL;
	return error_new(
		REBTF_ERR_UNSUPPORTED,
		"refusing to follow one user's symbolic link to another user's file: name the file itself");
}
