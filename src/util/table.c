/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Grows, shrinks and frees the hash table. The search is inline, in table.h. */
#include <stdlib.h>

#include "util/table.h"

/* More values than this would need more slots than a 32-bit hash can tell apart. */
#define MOST_VALUES  ((size_t)1 << 30)
#define FEWEST_SLOTS ((size_t)16)

static struct table_slot *table_free_slot(const struct table *t, uint32_t hash)
{
	size_t at = table_start(t, hash);

	while (t->slots[at].value)
		at = (at + 1) & t->mask;
	return &t->slots[at];
}

bool table_reserve(struct table *t, size_t more)
{
	size_t old_slots = t->slots ? t->mask + 1 : 0, slots = old_slots ?: FEWEST_SLOTS;
	struct table bigger = { .count = t->count };

	if (more > MOST_VALUES - t->count)
		return false;
	while (slots < (t->count + more) * 2)
		slots *= 2;
	if (slots == old_slots)
		return true;
	bigger.slots = calloc(slots, sizeof(*bigger.slots));
	bigger.mask = slots - 1;
	bigger.shift = 32 - __builtin_ctzll(slots);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < old_slots; i++) {
		if (t->slots[i].value)
			*table_free_slot(&bigger, t->slots[i].hash) = t->slots[i];
	}
	free(t->slots);
	*t = bigger;
	return true;
}

bool table_add(struct table *t, struct table_slot *slot, uint32_t hash, uint32_t value)
{
	if ((t->count + 1) * 2 > t->mask + 1) {
		if (!table_reserve(t, 1))
			return false;
		slot = table_free_slot(t, hash);
	}
	*slot = (struct table_slot){ hash, value };
	t->count++;
	return true;
}

/*
 * A search ends at a free slot. So each later value of the same run of full slots moves into the
 * gap if its search starts at the gap or before it.
 */
void table_remove(struct table *t, struct table_slot *slot)
{
	size_t gap = slot - t->slots;

	for (size_t at = (gap + 1) & t->mask; t->slots[at].value; at = (at + 1) & t->mask) {
		size_t searched = (at - table_start(t, t->slots[at].hash)) & t->mask;

		if (searched < ((at - gap) & t->mask))
			continue;
		t->slots[gap] = t->slots[at];
		gap = at;
	}
	t->slots[gap] = (struct table_slot){};
	t->count--;
}

void table_release(struct table *t)
{
	free(t->slots);
	*t = (struct table){};
}

void table_free(struct table *t)
{
	if (!t)
		return;
	table_release(t);
	free(t);
}
