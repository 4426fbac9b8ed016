/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Passes over all strings with a hash table of the sought ones. */
#include <string.h>

#include "btf/string_seek.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/table.h"

/* Most strings differ from all sought ones in their length or last byte, so few are hashed. */
#define FILTER_BITS 4096u

struct string_seek {
	struct sought_string *sought;
	struct table table; /* indices into sought, plus 1 */
	uint64_t filter[FILTER_BITS / 64];
};

struct string_seek_key {
	const struct sought_string *sought;
	const char *text;
};

static inline bool string_seek_same(const void *arg, uint32_t value)
{
	const struct string_seek_key *key = arg;

	return !strcmp(key->sought[value - 1].text, key->text);
}

static struct table_slot *string_seek_slot(const struct string_seek *s, const char *text,
					   size_t length, uint32_t *hash)
{
	const struct string_seek_key key = { s->sought, text };

	*hash = (uint32_t)hash_string(text, length);
	return table_find(&s->table, *hash, string_seek_same, &key);
}

/* @length is not 0. */
static inline uint32_t filter_bit(const char *text, size_t length)
{
	return (uint32_t)(length << 6 ^ (uint8_t)text[0] ^ (uint8_t)text[length - 1] << 3) %
	       FILTER_BITS;
}

static bool string_seek_add(struct string_seek *s, size_t index)
{
	const char *text = s->sought[index].text;
	size_t length = strlen(text);
	uint32_t bit = filter_bit(text, length), hash;
	struct table_slot *slot = string_seek_slot(s, text, length, &hash);

	s->filter[bit / 64] |= (uint64_t)1 << bit % 64;
	s->sought[index].off = 0;
	return table_add(&s->table, slot, hash, (uint32_t)index + 1);
}

static void string_seek_in(struct string_seek *s, const struct rebtf_btf *btf)
{
	for (size_t at = 0, length; at < btf->strings_size; at += length + 1) {
		const char *text = btf->strings + at;
		struct table_slot *slot;
		uint32_t bit, hash;

		length = strlen(text);
		if (!length)
			continue;
		bit = filter_bit(text, length);
		if (!(s->filter[bit / 64] >> bit % 64 & 1))
			continue;
		slot = string_seek_slot(s, text, length, &hash);
		if (slot->value && !s->sought[slot->value - 1].off)
			s->sought[slot->value - 1].off = btf->start_string + (uint32_t)at;
	}
}

/* Own strings come after those of the bases, which are few. */
static void string_seek_in_all(struct string_seek *s, const struct rebtf_btf *btf)
{
	const struct rebtf_btf *last = NULL;

	while (last != btf) {
		const struct rebtf_btf *next = btf;

		while (next->base && next->base != last)
			next = next->base;
		string_seek_in(s, next);
		last = next;
	}
}

struct rebtf_error *string_seek(const struct rebtf_btf *btf, struct sought_string *sought,
				size_t count)
{
	struct string_seek s = { .sought = sought };
	bool failed = !table_reserve(&s.table, count);

	for (size_t i = 0; !failed && i < count; i++)
		failed = !string_seek_add(&s, i);
	if (!failed && count)
		string_seek_in_all(&s, btf);
	table_release(&s.table);
	return failed ? error_nomem() : NULL;
}
