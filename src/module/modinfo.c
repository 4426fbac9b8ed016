/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Walks the strings of a .modinfo section, as the kernel's module loader does. */
#include <string.h>

#include "module/modinfo.h"

const char *modinfo_next(const struct modinfo *info, const char *tag, const char *previous)
{
	const char *end = info->data + info->size, *next;
	size_t length = strlen(tag);

	for (const char *s = previous ? previous + strlen(previous) + 1 : info->data; s < end;
	     s = next + 1) {
		next = memchr(s, 0, (size_t)(end - s));
		if (!next)
			return NULL;
		if ((size_t)(next - s) > length && !memcmp(s, tag, length) && s[length] == '=')
			return s + length + 1;
	}
	return NULL;
}
