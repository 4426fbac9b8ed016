/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes files into an output tree. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "module/tree.h"
#include "util/replace.h"

struct rebtf_error *tree_write_file(const char *path, void *data, size_t size)
{
	_cleanup_place_ struct file_place place = {};
	struct iovec piece = { data, size };

	TRY(tree_make_parents(path));
	TRY(place_find(path, &place));
	return replace_write(&place, &piece, 1);
}

/* Whether the name that the file @new shall have is one of its names already. */
static bool tree_write_has_name(const struct replacement *new)
{
	struct stat named, file;

	return place_stat(&new->place, &named) && !fstat(new->fd, &file) &&
	       named.st_dev == file.st_dev && named.st_ino == file.st_ino;
}

struct rebtf_error *tree_link_file(const char *target, const char *path)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	bool taken;

	TRY(tree_make_parents(path));
	TRY(place_find(path, &new.place));
	new.fd = open(target, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (new.fd < 0)
		return error_at(error_io(errno, "cannot open"), target, NULL);
	TRY(replace_link(&new, &taken));
	return !taken || tree_write_has_name(&new) ? NULL : replace_any(&new);
}
