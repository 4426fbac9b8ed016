/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on blobs: random numbers, adding, swapping and removing types, and writing. */
#include <string.h>

#include "rebtf.h"

#include "blob.h"

uint32_t rng_next(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)((r->state * 0x2545f4914f6cdd1dull) >> 32);
}

uint32_t rng_below(struct rng *r, uint32_t end)
{
	return (uint32_t)((uint64_t)rng_next(r) * end >> 32);
}

uint32_t blob_string(struct blob *b, const char *s)
{
	uint32_t off = b->strings_size;

	memcpy(b->strings + off, s, strlen(s) + 1);
	b->strings_size += strlen(s) + 1;
	return off;
}

void blob_put(struct blob *b, uint32_t word)
{
	b->words[b->start[b->count]++] = word;
}

void blob_begin(struct blob *b, uint32_t name, uint32_t kind, uint32_t vlen, uint32_t third)
{
	b->start[b->count + 1] = b->start[b->count];
	b->count++;
	blob_put(b, name);
	blob_put(b, kind << 24 | vlen);
	blob_put(b, third);
}

static uint32_t renumbered(uint32_t id, uint32_t removed)
{
	if (id == removed)
		return 0;
	return id > removed ? id - 1 : id;
}

void blob_remove(struct blob *b, uint32_t i)
{
	uint32_t length = b->start[i + 1] - b->start[i];

	memmove(b->words + b->start[i], b->words + b->start[i + 1],
		(b->start[b->count] - b->start[i + 1]) * sizeof(uint32_t));
	for (uint32_t k = i; k < b->count; k++)
		b->start[k] = b->start[k + 1] - length;
	b->count--;
	for (uint32_t k = 0; k < b->count; k++) {
		struct rebtf_type *t = (struct rebtf_type *)(b->words + b->start[k]);
		const uint32_t *end = b->words + b->start[k + 1], *id;
		struct rebtf_field_iter it;

		rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
		while ((id = rebtf_field_iter_next(&it)) && id < end)
			b->words[id - b->words] = renumbered(*id, i + 1);
	}
}

void blob_swap(struct blob *b, uint32_t i)
{
	uint32_t first = b->start[i + 1] - b->start[i], second = b->start[i + 2] - b->start[i + 1];
	uint32_t copy[128];

	if (first > 128)
		return;
	memcpy(copy, b->words + b->start[i], first * sizeof(uint32_t));
	memmove(b->words + b->start[i], b->words + b->start[i + 1], second * sizeof(uint32_t));
	memcpy(b->words + b->start[i] + second, copy, first * sizeof(uint32_t));
	b->start[i + 1] = b->start[i] + second;
}

void blob_shuffle(struct blob *b, struct rng *r)
{
	static struct blob old;
	uint32_t order[BLOB_MAX_TYPES], ids[BLOB_MAX_TYPES + 1] = { 0 };

	old = *b;
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t k = rng_below(r, i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t from = old.start[order[i]], length = old.start[order[i] + 1] - from;

		ids[order[i] + 1] = i + 1;
		memcpy(b->words + b->start[i], old.words + from, length * sizeof(uint32_t));
		b->start[i + 1] = b->start[i] + length;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		struct rebtf_type *t = (struct rebtf_type *)(b->words + b->start[i]);
		struct rebtf_field_iter it;
		const uint32_t *id;

		rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
		while ((id = rebtf_field_iter_next(&it)))
			b->words[id - b->words] = ids[*id];
	}
}

size_t blob_write(const struct blob *b, uint8_t *out)
{
	uint32_t header[8], types_size = b->start[b->count] * 4;
	size_t at = b->header_size;

	memcpy(header, b->header, sizeof(header));
	memset(out, 0, at);
	/* The fields hold differences from the correct values. */
	header[1] += b->header_size;
	header[2] += b->strings_first ? b->strings_size : 0;
	header[3] += types_size;
	header[4] += b->strings_first ? 0 : types_size + b->layout_size;
	header[5] += b->strings_size;
	if (b->layout_size) {
		header[6] += types_size + (b->strings_first ? b->strings_size : 0);
		header[7] += b->layout_size;
	}
	memcpy(out, header, at < sizeof(header) ? at : sizeof(header));
	if (at > sizeof(header))
		out[at - 1] = b->header_junk;
	if (b->strings_first) {
		memcpy(out + at, b->strings, b->strings_size);
		at += b->strings_size;
	}
	memcpy(out + at, b->words, types_size);
	at += types_size;
	memset(out + at, 0, b->layout_size);
	at += b->layout_size;
	if (!b->strings_first) {
		memcpy(out + at, b->strings, b->strings_size);
		at += b->strings_size;
	}
	memset(out + at, 0, b->trailing);
	at += b->trailing;
	return at > b->cut ? at - b->cut : 0;
}
