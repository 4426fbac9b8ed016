/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Walks a path component by component. Each name is looked up once, and all further queries use the
 * descriptor from that lookup. So a link's type, owner and target all belong to one and the same
 * link.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/text.h"
#include "util/walk.h"

/* The kernel's limit. */
#define LINKS_MAX 40

struct walk {
	unsigned int flags;
	int directory; /* the directory reached so far */
	char *text;
	char *rest;  /* the rest of @text, not walked yet */
	char *shown; /* the path of the last file */
	unsigned int links;
	/* The owner of a link, if it is not root or the user of this process. */
	bool has_stranger;
	bool has_strangers;
	uid_t stranger;
};

static void walk_release(struct walk *w)
{
	if (w->directory >= 0)
		close(w->directory);
	free(w->text);
	free(w->shown);
}

static struct rebtf_error *cannot_follow(int errnum)
{
	return error_io(errnum, "cannot follow the symbolic link");
}

/* The error of a failed step. Distinguishes the path itself from the links on it. */
static struct rebtf_error *cannot_go_on(const struct walk *w, int errnum)
{
	return w->links ? cannot_follow(errnum) : error_io(errnum, "cannot open");
}

/* ---------------------------------------------------------------------------------------- links */

static void note_owner(struct walk *w, uid_t uid)
{
	if (!uid || uid == geteuid())
		return;
	w->has_strangers |= w->has_stranger && w->stranger != uid;
	w->has_stranger = true;
	w->stranger = uid;
}

static bool is_trusted(const struct walk *w, uid_t owner)
{
	return !w->has_strangers && (!w->has_stranger || w->stranger == owner);
}

/* The path, for errors, of the file that the link at @path leads to; @target is the link's text. */
static char *walk_show(const char *path, const char *target)
{
	const char *slash = *target == '/' ? NULL : strrchr(path, '/');
	char *shown;

	if (asprintf(&shown, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, target) < 0)
		return NULL;
	return shown;
}

/* Continues with the target of the open link @fd, which belongs to @uid. */
static struct rebtf_error *follow_link(struct walk *w, int fd, uid_t uid)
{
	char target[PATH_MAX], *text;
	ssize_t size = readlinkat(fd, "", target, sizeof(target) - 1);

	if (size < 0)
		return cannot_follow(errno);
	target[size] = '\0';
	if (++w->links > LINKS_MAX)
		return cannot_follow(ELOOP);
	if (!size)
		return cannot_follow(ENOENT);
	note_owner(w, uid);
	if (!*w->rest) {
		char *shown = walk_show(w->shown, target);

		free(w->shown);
		w->shown = shown;
	}
	text = text_join(target, w->rest);
	free(w->text);
	w->text = w->rest = text;
	return text && w->shown ? NULL : error_nomem();
}

/* ----------------------------------------------------------------------------------- components */

static struct rebtf_error *go_to_root(struct walk *w)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return cannot_go_on(w, errno);
	close(w->directory);
	w->directory = root;
	return NULL;
}

/* Splits the next component off into @name, which becomes empty at the end of the path. */
static struct rebtf_error *next_name(struct walk *w, char name[NAME_MAX + 1])
{
	size_t length;

	if (*w->rest == '/' && w->rest == w->text && (w->flags & WALK_FOLLOW))
		TRY(go_to_root(w));
	w->rest += strspn(w->rest, "/");
	length = strcspn(w->rest, "/");
	if (length > NAME_MAX)
		return cannot_go_on(w, ENAMETOOLONG);
	memcpy(name, w->rest, length);
	name[length] = '\0';
	w->rest += length;
	if (!strcmp(name, "..") && !(w->flags & WALK_FOLLOW))
		return error_io(ELOOP, "the path contains '..'");
	return NULL;
}

static struct rebtf_error *open_name(const struct walk *w, const char *name, int *fd,
				     struct stat *st)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;

	*fd = openat(w->directory, name, flags);
	if (*fd < 0 && errno == ENOENT && (w->flags & WALK_MAKE)) {
		/* Another thread may have made the same directory. */
		if (mkdirat(w->directory, name, 0777) && errno != EEXIST)
			return error_io(errno, "cannot create the directory");
		*fd = openat(w->directory, name, flags);
	}
	if (*fd < 0)
		return cannot_go_on(w, errno);
	if (fstat(*fd, st)) {
		struct rebtf_error *err = cannot_go_on(w, errno);

		close(*fd);
		return err;
	}
	return NULL;
}

/* Continues from the open @fd, which it takes over. Sets @there if @fd is the file at the end. */
static struct rebtf_error *go_on(struct walk *w, int fd, const struct stat *st, bool *there)
{
	struct rebtf_error *err = NULL;

	if (S_ISLNK(st->st_mode)) {
		err = w->flags & WALK_FOLLOW
			      ? follow_link(w, fd, st->st_uid)
			      : error_io(ELOOP, "not a directory (found a symbolic link)");
	} else if (S_ISDIR(st->st_mode)) {
		close(w->directory);
		w->directory = fd;
		return NULL;
	} else if (w->flags & WALK_FILE && !*w->rest) {
		*there = true;
	} else {
		err = w->flags & WALK_MAKE ? error_io(EEXIST, "cannot create the directory")
					   : cannot_go_on(w, ENOTDIR);
	}
	close(fd);
	return err;
}

static struct rebtf_error *walk_all(struct walk *w, struct walk_end *end)
{
	for (bool there = false; !there;) {
		int fd;

		TRY(next_name(w, end->name));
		if (!*end->name)
			break;
		TRY(open_name(w, end->name, &fd, &end->st));
		TRY(go_on(w, fd, &end->st, &there));
	}
	if (!*end->name && w->flags & WALK_FILE)
		return cannot_go_on(w, EISDIR);
	if (!*end->name && w->has_stranger && fstat(w->directory, &end->st))
		return cannot_go_on(w, errno);
	end->is_trusted = is_trusted(w, end->st.st_uid);
	return NULL;
}

struct rebtf_error *walk(int at, const char *path, unsigned int flags, const char *shown,
			 struct walk_end *end)
{
	_cleanup_(walk_release) struct walk w = {
		.flags = flags,
		.directory = openat(at, ".", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.text = strdup(path),
		.shown = strdup(shown),
	};

	*end = (struct walk_end){};
	w.rest = w.text;
	if (!w.text || !w.shown)
		return error_nomem();
	if (w.directory < 0)
		return cannot_go_on(&w, errno);
	TRY(walk_all(&w, end));
	end->directory = w.directory;
	w.directory = -1;
	end->shown = take_ptr(&w.shown);
	return NULL;
}
