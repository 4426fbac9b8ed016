/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds strings of BTF by their text, so that BTF over it need not repeat them. Each object has an
 * index of its own strings. It is built for the first search and shared by all threads.
 */
#ifndef REBTF_BTF_STRING_INDEX_H
#define REBTF_BTF_STRING_INDEX_H

#include <string.h>

#include "btf/btf.h"
#include "util/table.h"

/* A string to search for in a section of strings. */
struct string_key {
	const char *section;
	uint32_t start; /* offset of the section's first byte */
	const char *text;
	size_t length;
};

/* For table_find(): whether the string at @off of the section is the one to search for. */
static inline bool string_key_same(const void *arg, uint32_t off)
{
	const struct string_key *key = arg;
	const char *found = key->section + (off - key->start);

	return !strncmp(found, key->text, key->length) && !found[key->length];
}

/*
 * Sets @off to the offset of the @length bytes at @text in @btf or its bases. Of equal strings, the
 * first one counts. 0: no string is equal. @hash is their hash_string(). The string must not be
 * empty. Errors: NOMEM.
 */
struct rebtf_error *string_index_find(const struct rebtf_btf *btf, const char *text, size_t length,
				      uint32_t hash, uint32_t *off);

/*
 * Whether the string at @off, which is one of @btf's own, is surely the first of equal strings. Most
 * BTF has no string twice, which the index shows. False before the first search.
 */
bool string_index_is_first(const struct rebtf_btf *btf, uint32_t off);

#endif
