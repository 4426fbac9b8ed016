/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A string section in the making: strings are appended once each and found again by their text.
 * Strings of a base are found too, at the base's offsets, and are not repeated.
 */
#ifndef REBTF_BTF_STRING_SET_H
#define REBTF_BTF_STRING_SET_H

#include "rebtf.h"
#include "util/buffer.h"

struct string_set {
	const struct rebtf_btf *base; /* or NULL; entered when the first string is looked for */
	uint32_t start;		      /* the offset of the section's first byte */
	struct buffer text;
	uint32_t *slots; /* offsets; 0: free */
	size_t mask;
	size_t count;
	bool full; /* out of memory, or of string offsets */
};

/*
 * With no base, or one without strings, the section starts with the empty string: offset 0 is "no
 * name".
 */
void string_set_init(struct string_set *set, const struct rebtf_btf *base);

/*
 * The offset of the @length bytes at @s, which are added if need be; 0 for none, and for want of
 * memory.
 */
uint32_t string_set_add(struct string_set *set, const char *s, size_t length);

void string_set_release(struct string_set *set);

#endif
