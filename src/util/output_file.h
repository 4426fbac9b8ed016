/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes several files that belong together: each is prepared first, so that all are complete before
 * the first gets its name.
 */
#ifndef REBTF_UTIL_OUTPUT_FILE_H
#define REBTF_UTIL_OUTPUT_FILE_H

#include "util/replace.h"

/* A file to write, or to remove. */
struct output_file {
	struct iovec contents; /* no base: there is to be no such file */
	struct file_place place;
	struct replacement new;
};

/*
 * Sets the place to that of the file whose name is @beside's plus @ending, and writes the contents
 * under no name or a temporary one. @file->new is REPLACEMENT_NONE before. Errors: IO, NOMEM,
 * UNSUPPORTED (the name belongs to something other than a regular file).
 */
struct rebtf_error *output_file_prepare(struct output_file *file, const struct file_place *beside,
					const char *ending);

/* Gives the file its name, or removes the file that has it. Errors: IO, UNSUPPORTED. */
struct rebtf_error *output_file_finish(struct output_file *file);

/* Frees the memory, but not that of the contents. A file that did not get its name is removed. */
void output_file_release(struct output_file *file);

#endif
