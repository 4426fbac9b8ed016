/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Adds entries at the head of their bucket, and doubles the buckets when they are 3/4 full. */
#include <stdlib.h>

#include "libbpf/unify_table.h"

#define FEWEST_BITS  2
#define GOLDEN_RATIO 11400714819323198485u

static size_t unify_table_bucket(const struct unify_table *t, uint64_t hash)
{
	return t->one_bucket ? 0 : (hash * GOLDEN_RATIO) >> (64 - t->bits);
}

static void unify_table_link(struct unify_table *t, uint32_t index)
{
	uint32_t *head = &t->buckets[unify_table_bucket(t, t->entries[index].hash)];

	t->entries[index].next = *head;
	*head = index;
}

static bool unify_table_grow(struct unify_table *t)
{
	struct unify_table old = *t;
	size_t old_buckets = t->bits ? (size_t)1 << t->bits : 0;

	t->bits = t->bits ? t->bits + 1 : FEWEST_BITS;
	t->buckets = calloc((size_t)1 << t->bits, sizeof(*t->buckets));
	if (!t->buckets) {
		*t = old;
		return false;
	}
	for (size_t i = 0; i < old_buckets; i++) {
		for (uint32_t index = old.buckets[i], next; index; index = next) {
			next = t->entries[index].next;
			unify_table_link(t, index);
		}
	}
	free(old.buckets);
	return true;
}

bool unify_table_add(struct unify_table *t, uint64_t hash, uint32_t id)
{
	if (t->count + 2 > t->room) {
		size_t room = t->room ? t->room * 2 : 1024;
		struct unify_entry *entries = reallocarray(t->entries, room, sizeof(*entries));

		if (!entries)
			return false;
		t->entries = entries;
		t->room = room;
	}
	if ((!t->bits || (t->count + 1) * 4 / 3 > (size_t)1 << t->bits) && !unify_table_grow(t))
		return false;
	t->entries[++t->count] = (struct unify_entry){ .hash = hash, .id = id };
	unify_table_link(t, t->count);
	return true;
}

static const struct unify_entry *unify_table_find(const struct unify_table *t, uint64_t hash,
						  uint32_t index)
{
	while (index && t->entries[index].hash != hash)
		index = t->entries[index].next;
	return index ? &t->entries[index] : NULL;
}

const struct unify_entry *unify_table_first(const struct unify_table *t, uint64_t hash)
{
	return t->bits ? unify_table_find(t, hash, t->buckets[unify_table_bucket(t, hash)]) : NULL;
}

const struct unify_entry *unify_table_next(const struct unify_table *t, const struct unify_entry *e)
{
	return unify_table_find(t, e->hash, e->next);
}

void unify_table_release(struct unify_table *t)
{
	free(t->entries);
	free(t->buckets);
	*t = (struct unify_table){};
}
