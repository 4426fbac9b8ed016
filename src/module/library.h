/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Libraries that are loaded when they are first needed, and not linked: most runs do not need them, and
 * would start later. The build needs only their headers, which give each function its type.
 *
 * A macro lists the functions of a library. From it come the table of pointers to them and their names:
 *
 *	#define LZ4_FUNCTIONS(f) f(LZ4F_isError) f(LZ4F_decompress)
 *	static struct { LZ4_FUNCTIONS(LIBRARY_POINTER) } lz4;
 *	static struct library lz4_library =
 *		LIBRARY(lz4, LZ4_FUNCTIONS, "lz4 data needs liblz4", "liblz4.so.1");
 *
 * After library_get(&lz4_library), each function has its own name: lz4.LZ4F_isError(...).
 */
#ifndef REBTF_MODULE_LIBRARY_H
#define REBTF_MODULE_LIBRARY_H

#include "util/error.h"

#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name)    #name,

struct library {
	const char *need;	      /* who needs it, for errors: "packages need libarchive" */
	const char *const *files;     /* names of its file; the first that can be loaded is taken */
	const char *const *functions; /* their names. Both lists end with NULL. */
	void *table; /* of pointers to these functions, in their order; library_get() sets it */
	/* Set by library_get(): */
	bool is_tried;
	struct rebtf_error *error;
};

/* For a variable outside of functions. The last arguments are the names of its file. */
#define LIBRARY(pointers, list, who, ...)                                                          \
	{                                                                                          \
		.need = who, .files = (const char *const[]){ __VA_ARGS__, NULL },                  \
		.functions = (const char *const[]){ list(LIBRARY_NAME) NULL },                     \
		.table = &(pointers)                                                               \
	}

/*
 * Loads the library at the first call, and gives the same answer at each later one. The library
 * stays loaded. Thread-safe. Errors: UNSUPPORTED (no file can be loaded, or it lacks a function).
 */
struct rebtf_error *library_get(struct library *library);

#endif
