/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A module's .modinfo section: "tag=value" strings, each with a NUL at its end. */
#ifndef REBTF_MODULE_MODINFO_H
#define REBTF_MODULE_MODINFO_H

#include <stddef.h>

struct modinfo {
	const char *data;
	size_t size;
};

/*
 * The next value of @tag after @previous, a value that this function returned; NULL: the first
 * value. Returns NULL at the end. A value without a NUL at its end is ignored.
 */
const char *modinfo_next(const struct modinfo *info, const char *tag, const char *previous);

/* The first value of @tag, NULL if it is missing. For most tags the kernel only reads the first. */
static inline const char *modinfo_value(const struct modinfo *info, const char *tag)
{
	return modinfo_next(info, tag, NULL);
}

#endif
