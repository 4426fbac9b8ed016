/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Which files a batch writes. The base and the expectations of raw BTF "x.btf" stand beside it as
 * "x.btf.base" and "x.btf.expects", so a file of that name elsewhere in the batch is either meant
 * to go with it, or in its way.
 */
#ifndef REBTF_CLI_OUTPUTS_H
#define REBTF_CLI_OUTPUTS_H

#include "rebtf.h"

#include "cli/options.h"

/*
 * Sets to NULL each of the @count @files that is a base, or expectations, beside another one. It
 * goes with that one. Taken as a file of its own, it would be written over what the other needs
 * there, or be gone when its turn comes.
 */
void outputs_drop_companions(const struct rebtf_file **files, size_t count);

/* The name, malloced, that a file gets below --out-dir; NULL: no memory. */
typedef char *name_below(const struct rebtf_file *file);

/*
 * Whether below --out-dir each of the @count @files has a place of its own, where it replaces
 * neither another's output nor what is still to be read. False, with a message, if not. @name_of
 * NULL: files keep their names.
 */
bool outputs_differ(const struct options *options, const struct rebtf_file *const *files,
		    size_t count, name_below *name_of);

#endif
