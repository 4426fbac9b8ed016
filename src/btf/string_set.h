/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A string section under construction. Each string is stored once. Strings that the base already
 * has are not repeated: they keep their offsets in the base.
 */
#ifndef REBTF_BTF_STRING_SET_H
#define REBTF_BTF_STRING_SET_H

#include "btf/btf.h"
#include "util/buffer.h"
#include "util/table.h"

struct string_set {
	const struct rebtf_btf *base; /* or NULL */
	uint32_t start;		      /* offset of the first byte of the section */
	struct buffer text;
	struct table offs; /* offsets of the strings in text */
	bool full;	   /* out of memory or string offsets */
};

/*
 * Without a base, or over a base without strings, the section starts with the empty string, because
 * offset 0 means "no name".
 */
void string_set_init(struct string_set *set, const struct rebtf_btf *base);

/*
 * Returns the offset of the @length bytes at @s, and adds them if necessary. Returns 0 for the
 * empty string and if out of memory.
 */
uint32_t string_set_add(struct string_set *set, const char *s, size_t length);

/*
 * As string_set_add(), but without a search: an equal string may come twice, and the empty string
 * gets an offset, too.
 */
uint32_t string_set_append(struct string_set *set, const char *s, size_t length);

void string_set_release(struct string_set *set);

#endif
