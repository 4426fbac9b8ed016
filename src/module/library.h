/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Libraries that are loaded when they are first needed, and not linked: most runs do not need them, and
 * would start later. The build needs only their headers, which give each function its type.
 */
#ifndef REBTF_MODULE_LIBRARY_H
#define REBTF_MODULE_LIBRARY_H

#include "util/error.h"

struct library_function {
	const char *name;
	size_t offset; /* of the pointer to it in a table of functions */
};

struct library {
	const char *need; /* who needs it, for errors: "packages need libarchive" */
	const struct library_function *functions;
	size_t function_count;
};

/*
 * Loads the first available one of the @count libraries @names, and sets the pointers in @table. It
 * stays loaded. Errors: UNSUPPORTED (none can be loaded, or it lacks a function).
 */
struct rebtf_error *library_load(const struct library *library, const char *const *names,
				 size_t count, void *table);

#endif
