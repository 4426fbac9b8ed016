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
 * The value of @tag that comes after @previous, a value that this function returned; NULL starts at
 * the first. NULL if there are no more. A value without a NUL at its end does not count.
 */
const char *modinfo_next(const struct modinfo *info, const char *tag, const char *previous);

/*
 * The first value of @tag, the only one that the kernel reads of most tags; NULL if there is none.
 */
static inline const char *modinfo_value(const struct modinfo *info, const char *tag)
{
	return modinfo_next(info, tag, NULL);
}

#endif
