/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Replaces a file in one call, from the steps that the library takes one by one. */
#ifndef REBTF_UTIL_REPLACE_FOR_TEST_H
#define REBTF_UTIL_REPLACE_FOR_TEST_H

#include <errno.h>

#include "util/error.h"
#include "util/replace.h"

/* The file to replace. */
struct replace_target {
	struct file_place place;
	bool is_there;
	struct attrs attrs;
	struct file_state state;
};

static inline void target_release(struct replace_target *target)
{
	place_release(&target->place);
	attrs_release(&target->attrs);
}

static inline struct rebtf_error *follow_named_link(struct file_place *place)
{
	_cleanup_place_ struct file_place link = *place;

	*place = (struct file_place){};
	return place_follow(&link, place);
}

static inline struct rebtf_error *find_target(const char *path, struct replace_target *target)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	TRY(place_find(path, &target->place));
	if (place_stat(&target->place, &st) && S_ISLNK(st.st_mode))
		TRY(follow_named_link(&target->place));
	if (place_stat(&target->place, &st))
		TRY(replace_check(&st));
	fd = place_open(&target->place);
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st))
		return error_io(errno, "cannot open");
	target->is_there = true;
	target->state = file_state(&st);
	return attrs_read(fd, &st, &target->attrs);
}

static inline struct rebtf_error *replace_whole(const char *path, struct iovec *iov, size_t count,
						const struct attrs *attrs)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	_cleanup_(target_release) struct replace_target target = {};
	unsigned int flags = 0;
	bool taken;

	TRY(find_target(path, &target));
	if (!attrs && target.is_there) {
		attrs = &target.attrs;
		flags = REPLACE_SAME_PLACE;
	}
	TRY(replace_prepare(&target.place, iov, count, attrs, flags, &new));
	if (target.state.known)
		return replace_exactly(&new, &target.state, false);
	TRY(replace_link(&new, &taken));
	return taken ? replace_any(&new) : NULL;
}

/*
 * All steps in one, for a path that the user names: replaces @path with a file of the @count pieces
 * of @iov. If @path is a symbolic link, its target is replaced and the link stays. If @attrs is
 * NULL, the file gets the attributes of the file it replaces, or those of any new file. Errors: IO,
 * NOMEM, UNSUPPORTED.
 */
static inline struct rebtf_error *file_replace(const char *path, struct iovec *iov, size_t count,
					       const struct attrs *attrs)
{
	return error_at(replace_whole(path, iov, count, attrs), path, NULL);
}

#endif
