/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Linkers join the .BTF sections of objects that were compiled with -gbtf. So one section can
 * contain several blobs, each with a header, one after the other.
 */
#ifndef REBTF_CLI_JOINED_H
#define REBTF_CLI_JOINED_H

#include "rebtf.h"

/*
 * Sets @blob to the size of the first blob of a section with @size bytes. That is @size if no other
 * blob follows. Errors: those of rebtf_survey().
 */
struct rebtf_error *joined_first(const char *path, const void *data, size_t size, size_t *blob);

/* The blobs behind the first one. */
struct joined_rest {
	size_t blobs, bytes;
};

/* Counts the further blobs of the module's .BTF. */
struct joined_rest joined_count(const struct rebtf_module *module);

#endif
