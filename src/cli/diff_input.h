/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens one side of a comparison: a kernel, a module, raw BTF, or a directory or package with a
 * kernel and its modules.
 */
#ifndef REBTF_CLI_DIFF_INPUT_H
#define REBTF_CLI_DIFF_INPUT_H

#include "cli/options.h"
#include "cli/text.h"

struct diff_input {
	const char *path;      /* as given */
	const char *base;      /* the kernel that the user named for it; or NULL */
	char *root;	       /* the directory of an installation; NULL: no installation, or "/" */
	char *release;	       /* of its kernel; NULL: unknown */
	struct rebtf_btf *btf; /* a reference: of a kernel, or of a single module */
	struct rebtf_set *set; /* of a kernel with modules; NULL: a single object */
	size_t left_out;       /* modules that cannot be opened */
};

/* Errors: those of the files; ARGUMENT (a module or directory without a kernel). */
struct rebtf_error *diff_input_open(struct diff_input *input, const struct options *options);
void diff_input_release(struct diff_input *input);

/*
 * Compares both inputs. Prints the errors of modules that are left out. Errors: as rebtf_diff();
 * ARGUMENT (one of them is a single module, the other is not).
 */
struct rebtf_error *diff_input_compare(struct diff_input *old, struct diff_input *new,
				       const struct rebtf_diff_options *how,
				       struct rebtf_diff **diff);

/* Makes a set of a single object, with the kernel of a module. Errors: NOMEM. */
struct rebtf_error *diff_input_make_set(struct diff_input *input);

/*
 * Lists the symbols that the kernel of @input exports. NULL: unknown. @symvers: a Module.symvers that
 * the user named; or NULL. Errors: those of that file; NOMEM.
 */
struct rebtf_error *diff_input_exports(const struct diff_input *input, const char *symvers,
				       struct rebtf_symbols **exports);

#endif
