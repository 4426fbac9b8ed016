/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What a path on the command line stands for. */
#ifndef REBTF_CLI_DIRECTORY_H
#define REBTF_CLI_DIRECTORY_H

#include <stdbool.h>
#include <sys/stat.h>

static inline bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static inline bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

#endif
