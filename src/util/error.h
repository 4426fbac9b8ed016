/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Errors are objects with a message and a location. A function that detects a problem creates one
 * with error_new(). Callers that know more about the location (file, section) add it on the way up
 * with error_at(), which never overwrites an existing part. Creating an error cannot fail: if
 * memory runs out, the static out-of-memory error takes its place.
 */
#ifndef REBTF_UTIL_ERROR_H
#define REBTF_UTIL_ERROR_H

#include "rebtf.h"

/*
 * The parts that do not apply are 0, NULL or REBTF_NO_TYPE. The error owns its strings. The command
 * and other programs read it through rebtf_error_code() and its siblings.
 */
struct rebtf_error {
	enum rebtf_error_code code;
	int errnum;
	char *file;
	char *section;
	uint32_t type_id;
	char *type_kind;
	char *type_name;
	char *message;
	char *details;
};

/* An error without a location. @format makes the message: no capital, no full stop, no newline. */
struct rebtf_error *error_new(enum rebtf_error_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* An IO error. Its message is that of @format, followed by ": " and strerror(@errnum). */
struct rebtf_error *error_io(int errnum, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* The error for a file that is no longer in the state in which it was read. */
struct rebtf_error *error_changed(void) __attribute__((returns_nonnull));

/* The static error for running out of memory. Freeing it has no effect. */
struct rebtf_error *error_nomem(void) __attribute__((returns_nonnull));

/*
 * For attempts whose failure is an answer and not an error. Passes an out-of-memory error on. Frees
 * any other error and returns NULL.
 */
struct rebtf_error *error_nomem_only(struct rebtf_error *err);

/*
 * Adds file and section to @err, except where they are set already. Either may be NULL. Returns
 * @err, which may be NULL, so that a call can be wrapped: return error_at(f(...), path, ".BTF").
 */
struct rebtf_error *error_at(struct rebtf_error *err, const char *file, const char *section);

/* Adds the type to @err unless one is set already. @kind and @name may be NULL. Returns @err. */
struct rebtf_error *error_at_type(struct rebtf_error *err, uint32_t type_id, const char *kind,
				  const char *name);

/* Sets the details, formatted by @format. Returns @err, which must not be NULL. */
struct rebtf_error *error_detail(struct rebtf_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* Returns the call's error, if any, from the enclosing function. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		struct rebtf_error *try_error = (call);                                            \
		if (try_error)                                                                     \
			return try_error;                                                          \
	} while (0)

#endif
