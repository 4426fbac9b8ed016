/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Output of many files: into a directory, or into one tar archive, also compressed, as the name
 * suggests. Equal files are stored once: later ones are hard links to the first.
 */
#ifndef REBTF_CLI_ARCHIVE_OUT_H
#define REBTF_CLI_ARCHIVE_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "rebtf.h"

#include "cli/text.h"

struct archive_out {
	const char *path;
	bool is_tar;
	enum rebtf_compression compression; /* of the archive */
	struct text tar;		    /* the archive so far */
	void *files;			    /* different ones: struct archive_file, for tsearch() */
};

/*
 * Starts output to @path: an archive if that ends in ".tar", ".tar.gz", ".tgz", ".tar.xz" or
 * ".tar.zst", otherwise a directory.
 */
void archive_out_init(struct archive_out *out, const char *path);
void archive_out_release(struct archive_out *out);

/*
 * Adds the file @name, a path without a leading slash, and takes over its malloced @data. Sets *@first
 * to the name of an equal file, which @out owns, or NULL. Errors: IO, NOMEM, UNSUPPORTED, ARGUMENT.
 */
struct rebtf_error *archive_out_add(struct archive_out *out, const char *name, void *data,
				    size_t size, const char **first);

/* Writes the archive. Errors: IO, NOMEM, UNSUPPORTED. */
struct rebtf_error *archive_out_finish(struct archive_out *out);

#endif
