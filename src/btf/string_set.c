/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A set of strings: an open-addressing hash table of string offsets. The strings are the keys. */
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "util/hash.h"
#include "btf/string_set.h"

void string_set_init(struct string_set *set, const struct rebtf_btf *base)
{
	*set = (struct string_set){ .base = base, .start = base ? rebtf_btf_string_end(base) : 0 };
	if (!set->start)
		buffer_append(&set->text, "", 1);
}

static const char *string_set_string_at(const struct string_set *set, uint32_t off)
{
	if (off < set->start)
		return btf_string(set->base, off);
	return (const char *)set->text.data + (off - set->start);
}

/* Returns the slot of the string, or the free slot where it belongs. */
static uint32_t *string_set_find_slot(const struct string_set *set, const char *s, size_t length)
{
	size_t at = hash_string(s, length) & set->mask;

	for (;; at = (at + 1) & set->mask) {
		const char *found;

		if (!set->slots[at])
			break;
		found = string_set_string_at(set, set->slots[at]);
		if (!strncmp(found, s, length) && !found[length])
			break;
	}
	return &set->slots[at];
}

/* Makes the table large enough for @count strings. */
static bool make_room(struct string_set *set, size_t count)
{
	uint32_t *old = set->slots;
	size_t old_slots = old ? set->mask + 1 : 0;
	size_t slots = hash_table_size(count);

	if (slots <= old_slots)
		return true;
	set->slots = calloc(slots, sizeof(*set->slots));
	if (!set->slots) {
		set->slots = old;
		return false;
	}
	set->mask = slots - 1;
	for (size_t i = 0; i < old_slots; i++) {
		if (old[i]) {
			const char *s = string_set_string_at(set, old[i]);

			*string_set_find_slot(set, s, strlen(s)) = old[i];
		}
	}
	free(old);
	return true;
}

/*
 * Adds the strings of the base and of all its bases. Of equal strings, the first one counts, which
 * belongs to the lowest base.
 */
static bool enter_base(struct string_set *set)
{
	const struct rebtf_btf *base = set->base;

	for (uint32_t off = 0; off < set->start;) {
		const char *s = btf_string(base, off);
		size_t length = strlen(s);

		if (length) {
			uint32_t *slot;

			if (!make_room(set, set->count + 1))
				return false;
			slot = string_set_find_slot(set, s, length);
			if (!*slot) {
				*slot = off;
				set->count++;
			}
		}
		off += length + 1;
	}
	return true;
}

uint32_t string_set_add(struct string_set *set, const char *s, size_t length)
{
	uint32_t *slot;
	uint64_t off;

	if (!length || set->full)
		return 0;
	if (!set->slots && set->base && !enter_base(set))
		set->full = true;
	if (set->full || !make_room(set, set->count + 1)) {
		set->full = true;
		return 0;
	}
	slot = string_set_find_slot(set, s, length);
	if (*slot)
		return *slot;
	off = (uint64_t)set->start + set->text.size;
	if (off + length + 1 > UINT32_MAX || !buffer_reserve(&set->text, length + 1)) {
		set->full = true;
		return 0;
	}
	buffer_append(&set->text, s, length);
	buffer_append(&set->text, "", 1);
	set->count++;
	return *slot = off;
}

void string_set_release(struct string_set *set)
{
	buffer_release(&set->text);
	free(set->slots);
	*set = (struct string_set){};
}
