/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Errors are objects that carry a sentence and a place. A function that finds something wrong makes
 * one with error_new(); callers that know more about the place (which file, which section) add it
 * on the way up with error_at() and never overwrite what is already there. Making an error cannot
 * fail: when there is no memory for it, a static one that says so takes its place.
 */
#ifndef REBTF_UTIL_ERROR_H
#define REBTF_UTIL_ERROR_H

#include "rebtf.h"

/* An error without a place. @format makes its sentence: no capital, no full stop, no newline. */
struct rebtf_error *error_new(enum rebtf_error_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* An IO error: the sentence is @format's, followed by ": " and strerror(@errnum). */
struct rebtf_error *error_io(int errnum, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* The one error for want of memory; static, so freeing it does nothing. */
struct rebtf_error *error_nomem(void) __attribute__((returns_nonnull));

/*
 * For trying whether something can be done: that it cannot is an answer, and no error. Returns
 * NULL, having freed @err, unless that is for want of memory.
 */
struct rebtf_error *error_nomem_only(struct rebtf_error *err);

/*
 * Adds to @err which file and section it is about, unless it says so already; either may be NULL.
 * Returns @err, which may be NULL, so that a call can be wrapped: return error_at(f(...), path,
 * ".BTF").
 */
struct rebtf_error *error_at(struct rebtf_error *err, const char *file, const char *section);

/*
 * Adds which type it is about, unless it says so already. @kind and @name may be NULL. Returns
 * @err.
 */
struct rebtf_error *error_at_type(struct rebtf_error *err, uint32_t type_id, const char *kind,
				  const char *name);

/* Adds details, which @format makes. Returns @err, which may not be NULL. */
struct rebtf_error *error_detail(struct rebtf_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/*
 * Hands an error on to the caller of the function it stands in, like "return" in a test of its own.
 */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		struct rebtf_error *try_error = (call);                                            \
		if (try_error)                                                                     \
			return try_error;                                                          \
	} while (0)

#endif
