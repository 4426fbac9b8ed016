/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Takes modules.order and its kin along to --out-dir. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/text.h"
#include "cli/tree_files.h"

/* Copies from the directory that the first @length bytes of @file's relative path name. */
static bool copy_from(const struct options *options, const struct rebtf_file *file, size_t length)
{
	size_t root_length = (size_t)(file->relative - file->path);
	struct rebtf_error *err;
	char *from, *to;

	if (asprintf(&from, "%.*s", (int)(root_length + length), file->path) < 0 ||
	    asprintf(&to, "%s/%.*s", options->out_dir, (int)length, file->relative) < 0)
		out_of_memory();
	err = rebtf_copy_tree_files(from, to);
	free(from);
	free(to);
	if (err)
		print_error(err);
	return !err;
}

/* How much the relative paths of two files start with, up to a slash. */
static size_t shared_length(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '/')
			shared = i + 1;
	}
	return shared;
}

bool tree_files_copy(const struct options *options, const struct rebtf_file_list *list)
{
	const char *before = NULL;
	bool copied = true;

	/* The files are sorted, so files of one directory stand together. */
	for (size_t i = 0; i < list->count; i++) {
		const struct rebtf_file *file = &list->files[i];
		size_t length = before ? shared_length(before, file->relative) : 0;
		const char *slash;

		if (!file->from_directory)
			continue;
		if (!before)
			copied = copy_from(options, file, 0) && copied;
		while ((slash = strchr(file->relative + length, '/'))) {
			length = (size_t)(slash - file->relative) + 1;
			copied = copy_from(options, file, length) && copied;
		}
		before = file->relative;
	}
	return copied;
}
