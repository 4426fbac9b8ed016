/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Joins and compares strings. */
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

char *text_join_all(const char *const *parts)
{
	size_t size = 1;
	char *text, *end;

	for (size_t i = 0; parts[i]; i++)
		size += strlen(parts[i]);
	text = end = malloc(size);
	if (!text)
		return NULL;
	*end = '\0';
	for (size_t i = 0; parts[i]; i++)
		end = stpcpy(end, parts[i]);
	return text;
}

bool text_ends_in(const char *text, const char *ending)
{
	size_t length = strlen(text), size = strlen(ending);

	return length > size && !strcmp(text + length - size, ending);
}
