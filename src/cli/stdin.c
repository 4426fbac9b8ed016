/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Recognizes standard input as a file or a base, and checks its use. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/stdin.h"

bool stdin_is(const char *path)
{
	return path && !strcmp(path, "-");
}

static size_t stdin_count(const char *const *paths, size_t path_count)
{
	size_t found = 0;

	for (size_t i = 0; i < path_count; i++)
		found += stdin_is(paths[i]);
	return found;
}

bool stdin_check(const struct verb *verb, const struct options *options)
{
	size_t files = stdin_count((const char *const *)options->paths, options->path_count);
	size_t times = files + stdin_count(options->over, options->over_count) +
		       stdin_count(options->for_programs, options->for_count) +
		       stdin_is(options->base) + stdin_is(options->old_base) +
		       stdin_is(options->files_from);

	if (files && verb->writes && !verb->reads_stdin) {
		fputs("rebtf: -: cannot write to standard input: name a file (./- if that is its name)\n",
		      stderr);
		return false;
	}
	if (times > 1) {
		fprintf(stderr,
			"rebtf: -: cannot read standard input more than once (named %zu times)\n",
			times);
		return false;
	}
	return true;
}
