/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The files of a batch: each once, without companions, in the order of the command line. */
#ifndef REBTF_CLI_BATCH_FILES_H
#define REBTF_CLI_BATCH_FILES_H

#include "rebtf.h"

#include "cli/options.h"
#include "cli/outputs.h"
#include "module/tree.h"

/*
 * One unit of work: a file, or a path that could not be listed. Its failure is reported in order.
 */
struct batch_item {
	const struct tree_file *file; /* NULL: */
	const char *path;
	struct rebtf_error *err; /* ownership passes to the result */
};

struct batch_files {
	const struct options *options;
	struct batch_item *items;
	size_t count;
	/* By index on the command line: files that are in no list, and lists. */
	struct tree_file *named;
	struct tree_list **lists;
};

/* Lists the files. @takes_kernels: a kernel's release counts as a file, too. */
void batch_files_init(struct batch_files *files, const struct options *options, bool takes_kernels);
void batch_files_release(struct batch_files *files);

/* As outputs_differ(), for all files. */
bool batch_files_differ(const struct batch_files *files, name_below *name_of);

/* Calls @listed with all paths, and returns its result. */
bool batch_files_offer(const struct batch_files *files,
		       bool (*listed)(void *arg, const char *const *paths, size_t count),
		       void *arg);

/* As tree_files_copy(), for all directories on the command line. */
bool batch_files_copy_trees(const struct batch_files *files);

/* A zeroed array, also of 0 members. Ends the command without memory. */
void *batch_files_calloc(size_t number, size_t size);

#endif
