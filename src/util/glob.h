/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Patterns for names, as in a shell: "*" stands for any text, "?" for a character, "[a-z]" for one of
 * these and "[!a-z]" for one of the others. "\" takes the next character literally. fnmatch() of
 * some C libraries takes exponential time for patterns with many "*", and names come from files.
 */
#ifndef REBTF_UTIL_GLOB_H
#define REBTF_UTIL_GLOB_H

#include <stdbool.h>

/* Whether the whole of @text matches. Takes time in the product of both lengths at most. */
bool glob_matches(const char *pattern, const char *text);

#endif
