/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Matches names. A name without its flavour is what libbpf compares. Patterns are as in a shell: "*" stands for any text, "?" for a character, "[a-z]" for one of
 * these and "[!a-z]" for one of the others. "\" takes the next character literally. fnmatch() of
 * some C libraries takes exponential time for patterns with many "*", and names come from files.
 */
#ifndef REBTF_UTIL_GLOB_H
#define REBTF_UTIL_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the whole of @text matches. Takes time in the product of both lengths at most. */
bool glob_matches(const char *pattern, const char *text);

/*
 * Returns the length of @name without its flavour, the last "___" and the part after it: 11 for
 * "task_struct___old".
 */
size_t name_essential_length(const char *name);

#endif
