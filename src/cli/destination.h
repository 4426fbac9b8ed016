/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Where the output of a file goes: over the file itself, or to the same place below --out-dir,
 * whose directories are made when the first file goes there. With --out-dir the tree that comes out
 * is complete: a module that needs no change is copied.
 */
#ifndef REBTF_CLI_DESTINATION_H
#define REBTF_CLI_DESTINATION_H

#include "cli/batch.h"

struct destination {
	const char *out_dir;   /* NULL: in place */
	struct rebtf_dir *dir; /* the same, open */
};

void destination_init(struct destination *destination, const struct options *options);
void destination_release(struct destination *destination);

/* Sets @path, malloced, to where the output of @file goes. Errors: NOMEM. */
struct rebtf_error *destination_path(const struct destination *destination,
				     const struct rebtf_file *file, char **path);

/* Writes @module there. Errors: those of rebtf_module_write(). */
struct rebtf_error *destination_write(struct destination *destination,
				      const struct rebtf_file *file,
				      const struct rebtf_module *module,
				      const struct rebtf_module_output *output);

/* Leaves a module alone whose form has nothing to change; copies it where that is called for. */
void leave_alone(struct destination *destination, const struct options *options,
		 const struct rebtf_file *file, const struct rebtf_module *module,
		 enum rebtf_form form, struct result *result);

/*
 * Makes @result that of a file that was left alone: for its form, or because it is another
 * kernel's (@elsewhere). @output: where it was copied to; NULL: nowhere.
 */
void report_left(const struct options *options, const struct rebtf_file *file, enum rebtf_form form,
		 bool elsewhere, const char *output, struct result *result);

/*
 * Leaves a module alone that has no BTF, as open_file() takes it. @destination: NULL for a verb that
 * writes nothing. False if there is nothing of that kind in @module, which may be NULL after an
 * error.
 */
bool leave_without_btf(struct destination *destination, const struct options *options,
		       const struct rebtf_file *file, const struct rebtf_module *module,
		       struct result *result);

#endif
