/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Copies modules.order and similar files to --out-dir. */
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/text.h"
#include "cli/tree_files.h"
#include "module/tree.h"

/* Copies from the directory named by the first @length bytes of @file's relative path. */
static bool copy_from(const struct tree_file *file, size_t length, struct rebtf_dir *to)
{
	char *directory = strndup(file->relative, length);
	struct rebtf_error *err;

	if (!directory)
		out_of_memory();
	err = tree_copy_files(file->dir, to, directory);
	free(directory);
	if (err)
		print_error(err);
	return !err;
}

/* The length of the common start of two relative paths, up to a slash. */
static size_t shared_length(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '/')
			shared = i + 1;
	}
	return shared;
}

static bool copy_all(const struct tree_list *list, struct rebtf_dir *to)
{
	const char *before = NULL;
	bool copied = true;

	/* The files are sorted, so files of one directory are adjacent. */
	for (size_t i = 0; i < list->count; i++) {
		const struct tree_file *file = &list->files[i];
		size_t length = before ? shared_length(before, file->relative) : 0;
		const char *slash;

		if (!file->from_directory)
			continue;
		if (!before)
			copied = copy_from(file, 0, to) && copied;
		while ((slash = strchr(file->relative + length, '/'))) {
			copied = copy_from(file, (size_t)(slash - file->relative), to) && copied;
			length = (size_t)(slash - file->relative) + 1;
		}
		before = file->relative;
	}
	return copied;
}

bool tree_files_copy(const struct options *options, const struct tree_list *list)
{
	struct rebtf_error *err;
	struct rebtf_dir *to;
	bool copied;

	/* A file that was named comes without its tree. */
	if (!list->count || !list->files[0].from_directory)
		return true;
	err = rebtf_dir_new(options->out_dir, &to);
	if (err) {
		print_error(err);
		return false;
	}
	copied = copy_all(list, to);
	rebtf_dir_free(to);
	return copied;
}
