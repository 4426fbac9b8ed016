/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Copies the files of a module tree that are no modules: modules.order, modules.builtin and their
 * kin, which come with the kernel and without which depmod and initramfs tools cannot use a copy of
 * the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

/* Files that depmod makes anew; it also makes all that end in ".bin". */
static const char *const made_by_depmod[] = {
	"modules.alias",   "modules.dep",     "modules.devname",
	"modules.softdep", "modules.symbols", "modules.weakdep",
};

static bool is_tree_file(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (strncmp(name, "modules.", strlen("modules.")) || !strcmp(dot, ".bin"))
		return false;
	for (size_t i = 0; i < sizeof(made_by_depmod) / sizeof(made_by_depmod[0]); i++) {
		if (!strcmp(name, made_by_depmod[i]))
			return false;
	}
	return true;
}

static struct rebtf_error *copy_file(const char *from, const char *to)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct iovec piece;

	TRY(file_read(from, &bytes));
	TRY(rebtf_make_parents(to));
	piece = (struct iovec){ bytes.data, bytes.size };
	return error_at(file_replace(to, &piece, 1, &bytes.attrs), to, NULL);
}

/* A file that @to has already belongs to the kernel that @to is for. */
static struct rebtf_error *copy_entry(int directory, const char *name, const char *from,
				      const char *to)
{
	_cleanup_free_ char *from_path = NULL, *to_path = NULL;
	struct stat st;

	if (!is_tree_file(name) || fstatat(directory, name, &st, 0) || !S_ISREG(st.st_mode))
		return NULL;
	if (asprintf(&from_path, "%s/%s", from, name) < 0) {
		from_path = NULL;
		return error_nomem();
	}
	if (asprintf(&to_path, "%s/%s", to, name) < 0) {
		to_path = NULL;
		return error_nomem();
	}
	return lstat(to_path, &st) ? error_at(copy_file(from_path, to_path), from_path, NULL)
				   : NULL;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

struct rebtf_error *rebtf_copy_tree_files(const char *from, const char *to)
{
	_cleanup_(close_dir) DIR *dir = opendir(from);
	const struct dirent *entry;

	if (!dir)
		return error_at(error_io(errno, "cannot open"), from, NULL);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		TRY(copy_entry(dirfd(dir), entry->d_name, from, to));
	}
	return errno ? error_at(error_io(errno, "cannot read"), from, NULL) : NULL;
}
