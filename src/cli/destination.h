/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The destination of a file's output: the file itself, or the same relative path below --out-dir.
 * Directories are made when the first file goes there. With --out-dir the output tree is complete:
 * a module that needs no change is copied.
 */
#ifndef REBTF_CLI_DESTINATION_H
#define REBTF_CLI_DESTINATION_H

#include "cli/batch.h"

struct destination {
	const char *out_dir;   /* NULL: in place */
	struct rebtf_dir *dir; /* the same directory, open */
	bool dry_run;	       /* writes no files */
};

void destination_init(struct destination *destination, const struct options *options);
void destination_release(struct destination *destination);

/* Sets @path, malloced, to the destination of @file. Errors: NOMEM. */
struct rebtf_error *destination_path(const struct destination *destination,
				     const struct tree_file *file, char **path);

/* Writes @module to its destination. Errors: those of rebtf_module_write(). */
struct rebtf_error *destination_write(struct destination *destination, const struct tree_file *file,
				      const struct rebtf_module *module,
				      const struct rebtf_module_output *output);

/* Leaves a module alone because of its form. With --out-dir, copies it. */
void leave_alone(struct destination *destination, const struct options *options,
		 const struct tree_file *file, const struct rebtf_module *module,
		 enum rebtf_form form, struct result *result);

/*
 * Makes @result that of a file that was left alone, because of its form or because it is another
 * kernel's (@elsewhere). @output: the path of its copy; NULL: not copied.
 */
void report_left(const struct options *options, const struct tree_file *file, enum rebtf_form form,
		 bool elsewhere, const char *output, struct result *result);

/*
 * Leaves a module without BTF alone, after open_file() accepted it. @destination: NULL for a verb
 * that writes no files. Returns false if the module has BTF.
 */
bool leave_without_btf(struct destination *destination, const struct options *options,
		       const struct tree_file *file, const struct rebtf_module *module,
		       struct result *result);

#endif
