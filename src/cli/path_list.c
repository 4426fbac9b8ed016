/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the list of paths that --files-from names. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/path_list.h"
#include "cli/stdin.h"
#include "cli/text.h"

/* A million paths of 64 bytes. A larger file is no list of paths. */
#define LIST_MAX ((size_t)64 << 20)

/* Returns whether it could read all. Otherwise errno has the reason. */
static bool read_list(FILE *stream, struct text *list)
{
	char part[1 << 14];
	size_t size;

	while ((size = fread(part, 1, sizeof(part), stream)) > 0) {
		if (list->size + size > LIST_MAX) {
			errno = EFBIG;
			return false;
		}
		text_add_bytes(list, part, size);
	}
	return !ferror(stream);
}

/*
 * Adds the paths in @list to @options. No path contains a zero byte, so a list with one ends each
 * path with one, as find -print0 does. A path is always the name of a file: "-" is not standard
 * input.
 */
static void add_paths(struct options *options, struct text *list)
{
	char end = list->size && memchr(list->data, '\0', list->size) ? '\0' : '\n';
	size_t count = options->path_count;
	static char dash[] = "./-";
	char *path, *stop;

	text_add_bytes(list, &end, 1);
	if (list->failed)
		out_of_memory();
	for (size_t i = 0; i < list->size; i++)
		count += list->data[i] == end;
	options->listed_paths = calloc(count, sizeof(*options->listed_paths));
	if (!options->listed_paths)
		out_of_memory();
	for (count = 0; count < options->path_count; count++)
		options->listed_paths[count] = options->paths[count];
	for (path = list->data; path < list->data + list->size; path = stop + 1) {
		stop = memchr(path, end, (size_t)(list->data + list->size - path));
		*stop = '\0';
		if (*path)
			options->listed_paths[count++] = stdin_is(path) ? dash : path;
	}
	options->paths = options->listed_paths;
	options->path_count = count;
	options->path_list = list->data;
}

bool path_list_read(struct options *options)
{
	FILE *stream = stdin_is(options->files_from) ? stdin : fopen(options->files_from, "re");
	struct text list = {}, line = {};
	bool read = stream && read_list(stream, &list);
	const char *problem = strerror(errno);

	if (stream && stream != stdin)
		fclose(stream);
	if (read) {
		add_paths(options, &list);
		if (options->path_count)
			return true;
		problem = "empty list (expected at least one path)";
	} else {
		text_release(&list);
	}
	text_add(&line, "rebtf: ");
	text_add_name(&line, options->files_from);
	text_addf(&line, ": %s\n", problem);
	errors_print_text(&line);
	return false;
}
