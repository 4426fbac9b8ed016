/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Matches names and patterns. After a mismatch of a pattern, only the last "*" can take more text: it can still take the
 * rest after any choice of an earlier one.
 */
#include <string.h>

#include "util/glob.h"

/*
 * Whether @c is in the set that starts after "[" at @set. Sets @end to the part after the set. NULL:
 * the set has no end, so the "[" stands for itself.
 */
static bool glob_in_set(const char *set, char c, const char **end)
{
	bool negated = *set == '!' || *set == '^', found = false;
	const char *at = set + negated;

	/* A "]" that comes first is an element. */
	do {
		unsigned char low = *at, high = low;

		if (!low) {
			*end = NULL;
			return false;
		}
		if (at[1] == '-' && at[2] && at[2] != ']') {
			high = at[2];
			at += 2;
		}
		found |= low <= (unsigned char)c && (unsigned char)c <= high;
		at++;
	} while (*at != ']');
	*end = at + 1;
	return found != negated;
}

/* Whether @c matches the first element of @pattern, which is not "*". Sets @next to the rest. */
static bool glob_match_one(const char *pattern, char c, const char **next)
{
	*next = pattern + 1;
	switch (*pattern) {
	case '?':
		return true;
	case '[': {
		const char *end;
		bool found = glob_in_set(pattern + 1, c, &end);

		if (!end)
			return c == '[';
		*next = end;
		return found;
	}
	case '\\':
		if (pattern[1]) {
			*next = pattern + 2;
			return c == pattern[1];
		}
		return c == '\\';
	default:
		return c == *pattern;
	}
}

bool glob_matches(const char *pattern, const char *text)
{
	const char *after_star = NULL, *taken = NULL, *next;

	while (*text) {
		if (*pattern == '*') {
			after_star = ++pattern;
			taken = text;
		} else if (*pattern && glob_match_one(pattern, *text, &next)) {
			pattern = next;
			text++;
		} else if (after_star) {
			pattern = after_star;
			text = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* "x___y", where neither x nor y is an underscore. */
#define FLAVOUR_LENGTH 5

static bool name_is_flavour(const char *s)
{
	return s[0] != '_' && s[1] == '_' && s[2] == '_' && s[3] == '_' && s[4] != '_';
}

size_t name_essential_length(const char *name)
{
	size_t length = strlen(name);

	for (size_t end = length; end >= FLAVOUR_LENGTH; end--) {
		if (name_is_flavour(name + end - FLAVOUR_LENGTH))
			return end - FLAVOUR_LENGTH + 1;
	}
	return length;
}
