/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Copies the files of a module tree that are not modules: modules.order, modules.builtin and
 * similar files. They come with the kernel. Without them depmod and initramfs tools cannot use a
 * copy of the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "module/dir.h"
#include "module/tree.h"
#include "util/file.h"
#include "util/replace.h"
#include "util/text.h"

/* Files that depmod regenerates. It also regenerates all files that end in ".bin". */
static const char *const made_by_depmod[] = {
	"modules.alias",   "modules.dep",     "modules.devname",
	"modules.softdep", "modules.symbols", "modules.weakdep",
};

bool tree_file_has_prefix(const char *name)
{
	return !strncmp(name, "modules.", strlen("modules."));
}

static bool is_tree_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!tree_file_has_prefix(name) || !strcmp(dot, ".bin") || tree_module_length(name))
		return false;
	for (size_t i = 0; i < sizeof(made_by_depmod) / sizeof(made_by_depmod[0]); i++) {
		if (!strcmp(name, made_by_depmod[i]))
			return false;
	}
	return true;
}

/* Opens the file at @place, or the target of a symbolic link there. */
static struct rebtf_error *tree_files_open_entry(const struct file_place *place, int *fd)
{
	_cleanup_place_ struct file_place target = {};

	*fd = place_open(place);
	if (*fd < 0 && errno == ELOOP) {
		TRY(place_follow(place, &target));
		TRY(place_check_trusted(&target));
		*fd = place_open(&target);
	}
	return *fd < 0 ? error_io(errno, "cannot open") : NULL;
}

/* An existing file belongs to the kernel of the directory, so it stays. */
static struct rebtf_error *tree_files_copy_file(const struct file_place *from, struct rebtf_dir *to,
						const char *relative)
{
	_cleanup_replacement_ struct replacement new = REPLACEMENT_NONE;
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_place_ struct file_place place = {};
	_cleanup_close_ int fd = -1;
	struct iovec piece;
	bool taken;

	TRY(dir_make(to, relative, &place));
	if (place_is_taken(&place))
		return NULL;
	TRY(tree_files_open_entry(from, &fd));
	TRY(file_read_place(fd, from, NULL, true, &bytes));
	piece = (struct iovec){ bytes.data, bytes.size };
	TRY(replace_prepare(&place, &piece, 1, &bytes.attrs, 0, &new));
	return replace_link(&new, &taken);
}

static struct rebtf_error *copy_entry(struct rebtf_dir *from, struct rebtf_dir *to, DIR *dir,
				      const char *directory, const char *name)
{
	_cleanup_free_ char *relative = NULL;
	_cleanup_place_ struct file_place place = {};
	struct stat st;

	if (!is_tree_file(name) || fstatat(dirfd(dir), name, &st, 0) || !S_ISREG(st.st_mode))
		return NULL;
	relative = text_join(directory, *directory ? "/" : "", name);
	if (!relative)
		return error_nomem();
	TRY(dir_find(from, relative, &place));
	return error_at(tree_files_copy_file(&place, to, relative), place.path, NULL);
}

struct rebtf_error *tree_copy_files(struct rebtf_dir *from, struct rebtf_dir *to,
				    const char *directory)
{
	const struct dir_listing listing = dir_listing(from);
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	if (listing.is_complete &&
	    !(*directory ? listing.has_tree_files_below : listing.has_tree_files))
		return NULL;
	TRY(dir_entries(from, directory, &dir));
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		TRY(copy_entry(from, to, dir, directory, entry->d_name));
	}
	return errno ? error_at(error_io(errno, "cannot read"), directory, NULL) : NULL;
}
