/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the part of a file name that names a module. */
#include <stdlib.h>
#include <string.h>

#include "cli/stem.h"
#include "cli/text.h"

bool stem_ends(const char *name, size_t length, const char *ending)
{
	size_t size = strlen(ending);

	return length > size && !memcmp(name + length - size, ending, size);
}

size_t stem_length(const char *name)
{
	static const char *const endings[] = {
		".xz", ".zst", ".gz", ".tar", ".ko", ".btf",
	};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (stem_ends(name, length, endings[i]))
			length -= strlen(endings[i]);
	return length;
}

char *stem_of_module(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t length = stem_length(name);
	struct text text = {};

	for (size_t i = 0; i < length; i++)
		text_add_bytes(&text, name[i] == '-' ? "_" : &name[i], 1);
	return text_end(&text);
}
