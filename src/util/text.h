/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Joins and compares strings. A batch joins about a dozen paths for each module, and asprintf() executes five
 * times as many instructions. It may also leave its pointer undefined when it fails.
 */
#ifndef REBTF_UTIL_TEXT_H
#define REBTF_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The strings, none of which is NULL, one after the other, malloced. NULL: out of memory. */
#define text_join(...) text_join_all((const char *const[]){ __VA_ARGS__, NULL })

/* Joins @parts, which end with NULL. */
char *text_join_all(const char *const *parts);

/* Whether @text is longer than @ending and ends in it. */
bool text_ends_in(const char *text, const char *ending);

#endif
