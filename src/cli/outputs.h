/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks which files a batch writes. The base, the expectations and the note of raw BTF "x.btf"
 * are beside it in "x.btf.base", "x.btf.expects" and "x.btf.note". So if the batch has a file of
 * such a name, it is either the companion of "x.btf", or an output of "x.btf" would overwrite it.
 */
#ifndef REBTF_CLI_OUTPUTS_H
#define REBTF_CLI_OUTPUTS_H

#include "rebtf.h"

#include "cli/options.h"
#include "module/tree.h"

/*
 * Sets to NULL each of the @count @files that is a base, expectations or a note beside another file. It
 * is processed with that file. Processed by itself, it would overwrite data that the other file
 * needs, or be gone when its turn comes.
 */
void outputs_drop_companions(const struct tree_file **files, size_t count);

/* The name, malloced, of a file below --out-dir. NULL: out of memory. */
typedef char *name_below(const struct tree_file *file);

/*
 * Whether each of the @count @files has its own place below --out-dir, without replacing another's
 * output or unread input. False after a message if not. @name_of NULL: files keep their names.
 */
bool outputs_differ(const struct options *options, const struct tree_file *const *files,
		    size_t count, name_below *name_of);

#endif
