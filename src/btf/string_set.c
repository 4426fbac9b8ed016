/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Adds strings to the section: searches the base first, then the section itself. */
#include <string.h>

#include "btf/string_index.h"
#include "btf/string_set.h"
#include "util/error.h"
#include "util/hash.h"

void string_set_init(struct string_set *set, const struct rebtf_btf *base)
{
	*set = (struct string_set){ .base = base, .start = base ? rebtf_btf_string_end(base) : 0 };
	if (!set->start)
		buffer_append(&set->text, "", 1);
}

uint32_t string_set_append(struct string_set *set, const char *s, size_t length)
{
	uint64_t off = (uint64_t)set->start + set->text.size;
	char *at;

	if (off + length + 1 > UINT32_MAX)
		return 0;
	at = buffer_append(&set->text, NULL, length + 1);
	if (!at)
		return 0;
	memcpy(at, s, length);
	at[length] = 0;
	return off;
}

uint32_t string_set_add(struct string_set *set, const char *s, size_t length)
{
	struct string_key key = { .start = set->start, .text = s, .length = length };
	struct table_slot *slot;
	uint32_t hash, off;

	if (!length || set->full)
		return 0;
	hash = hash_string(s, length);
	if (set->base) {
		struct rebtf_error *err = string_index_find(set->base, s, length, hash, &off);

		set->full = err;
		rebtf_error_free(err);
		if (err)
			return 0;
		if (off)
			return off;
	}
	set->full = !table_reserve(&set->offs, 1);
	if (set->full)
		return 0;
	key.section = (const char *)set->text.data;
	slot = table_find(&set->offs, hash, string_key_same, &key);
	if (slot->value)
		return slot->value;
	off = string_set_append(set, s, length);
	set->full = !off || !table_add(&set->offs, slot, hash, off);
	return set->full ? 0 : off;
}

void string_set_release(struct string_set *set)
{
	buffer_release(&set->text);
	table_release(&set->offs);
	*set = (struct string_set){};
}
