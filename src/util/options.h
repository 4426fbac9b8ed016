/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Sized option structs: a caller may have been built with an older or a newer rebtf.h. A new member
 * must not lie in the padding at the end of the version before, which callers do not clear.
 */
#ifndef REBTF_UTIL_OPTIONS_H
#define REBTF_UTIL_OPTIONS_H

#include "rebtf.h"

/*
 * Copies @options, a struct @type or NULL, to the struct @copy. Members that the caller's struct
 * does not have are 0. Errors: ARGUMENT (the size is not set, or the caller sets a member that this
 * version does not have).
 */
#define OPTIONS_COPY(type, copy, options)                                                          \
	({                                                                                         \
		struct type *copy_ = (copy);                                                       \
		const struct type *options_ = (options);                                           \
		options_copy(copy_, sizeof(*copy_), options_, #type);                              \
	})

/*
 * Errors: ARGUMENT (@value is more than @last, the last value of its enum that this version knows). @what
 * names the option or argument: "byte order".
 */
struct rebtf_error *options_check(const char *what, uint32_t value, uint32_t last);

/*
 * Sets a member of the caller's struct *@options if the struct has it: it ends before a member that is
 * newer than the program.
 */
#define OPTIONS_SET(options, member, value)                                                        \
	({                                                                                         \
		typeof(options) set_ = (options);                                                  \
		if (offsetof(typeof(*set_), member) + sizeof(set_->member) <= set_->size)          \
			set_->member = (value);                                                    \
	})

struct rebtf_error *options_copy(void *copy, size_t known, const void *options, const char *type);

#endif
