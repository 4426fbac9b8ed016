/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Types that other units refer to: with link-time optimization, with type units, and in files that
 * dwz has compressed. The nodes of such types are found when all units have been read, by reading the
 * units that have them once more. Units of the supplementary file are read only if they are imported
 * or referred to, which can in turn lead to others.
 */
#include <stdlib.h>

#include "encode/encoding.h"
#include "util/hash.h"
#include "util/order.h"
#include "util/parallel.h"

/* Fewer units than this are not worth a thread. */
#define UNITS_PER_THREAD 8

void remotes_release(struct encoding *e)
{
	remote_type_vector_release(&e->remotes);
	table_release(&e->remotes_by_ref);
	u32_vector_release(&e->order);
	u32_vector_release(&e->groups);
	u32_vector_release(&e->signed_units);
}

/* --- the list of remote types */

struct remote_key {
	const struct remote_type *list;
	struct die_ref ref;
};

static bool remotes_same(const void *key, uint32_t value)
{
	const struct remote_key *k = key;
	const struct die_ref *ref = &k->list[value - 1].ref;

	return ref->offset == k->ref.offset && ref->place == k->ref.place;
}

static uint32_t remotes_hash(struct die_ref ref)
{
	return hash_number(ref.offset << 2 | (ref.place & 3));
}

static struct table_slot *remotes_slot(const struct encoding *e, struct die_ref ref)
{
	struct remote_key key = { e->remotes.items, ref };

	return table_find(&e->remotes_by_ref, remotes_hash(ref), remotes_same, &key);
}

static uint64_t remotes_signature_of(const struct encoding *e, uint32_t unit)
{
	return e->units.items[unit].signature;
}

static int remotes_order_signed(const void *a, const void *b, void *arg)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return by_number(remotes_signature_of(arg, x), remotes_signature_of(arg, y))
		       ?: by_number(x, y);
}

static bool remotes_list_signed(struct encoding *e)
{
	for (uint32_t i = 0; i < e->units.count; i++) {
		const struct dwarf_unit *unit = &e->units.items[i];

		if (unit->type == DW_UT_type || unit->section == DWARF_TYPES)
			u32_vector_append(&e->signed_units, i);
	}
	if (e->signed_units.count)
		qsort_r(e->signed_units.items, e->signed_units.count, sizeof(uint32_t),
			remotes_order_signed, e);
	return !e->signed_units.failed;
}

static uint32_t remotes_unit_of_signature(const struct encoding *e, uint64_t signature)
{
	size_t low = 0, high = e->signed_units.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (remotes_signature_of(e, e->signed_units.items[middle]) < signature)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == e->signed_units.count ||
	    remotes_signature_of(e, e->signed_units.items[low]) != signature)
		return NO_UNIT;
	return e->signed_units.items[low];
}

/* The number of the unit that has the type, or NO_UNIT. */
static uint32_t remotes_unit_of_ref(const struct encoding *e, struct die_ref ref)
{
	bool supplementary = ref.place == DIE_IN_SUPPLEMENTARY;
	const struct dwarf_unit_vector *units = supplementary ? &e->supplementary : &e->units;
	const struct dwarf_unit *unit;

	if (ref.place == DIE_BY_SIGNATURE)
		return remotes_unit_of_signature(e, ref.offset);
	unit = dwarf_unit_find(units, DWARF_INFO, ref.offset);
	if (!unit)
		return NO_UNIT;
	return unit - units->items + (supplementary ? e->units.count : 0);
}

static bool remotes_add(struct encoding *e, struct die_ref ref)
{
	struct remote_type remote = { .ref = ref, .unit = remotes_unit_of_ref(e, ref) };
	struct table_slot *slot;

	if (!table_reserve(&e->remotes_by_ref, 1))
		return false;
	slot = remotes_slot(e, ref);
	if (slot->value)
		return true;
	return remote_type_vector_append(&e->remotes, remote) &&
	       table_add(&e->remotes_by_ref, slot, remotes_hash(ref), e->remotes.count);
}

/* Adds the types that a worker's units refer to since the last call. */
static bool remotes_collect(struct encoding *e, struct encode_worker *worker)
{
	struct unit_remote_vector *imports = &worker->types.imports;
	bool good = true;

	for (; good && worker->searched < node_store_count(worker->store); worker->searched++) {
		const struct node *node = node_store_get(worker->store, worker->searched);

		if (node->kind == NODE_REMOTE)
			good = remotes_add(e, (struct die_ref){ node_remote_offset(node),
								node->flags });
	}
	for (size_t i = 0; good && i < imports->count; i++)
		good = remotes_add(e, imports->items[i]);
	imports->count = 0;
	return good;
}

/* --- reading units again */

static int remotes_order(const void *a, const void *b, void *arg)
{
	const struct remote_type *remotes = ((const struct encoding *)arg)->remotes.items;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return by_number(remotes[x].unit, remotes[y].unit) ?: by_number(x, y);
}

/* Groups the remote types from number @first on by their units. */
static bool remotes_group(struct encoding *e, uint32_t first)
{
	uint32_t last = NO_UNIT;

	e->order.count = e->groups.count = 0;
	for (uint32_t i = first; i < e->remotes.count; i++) {
		if (e->remotes.items[i].unit != NO_UNIT)
			u32_vector_append(&e->order, i);
	}
	if (e->order.count)
		qsort_r(e->order.items, e->order.count, sizeof(uint32_t), remotes_order, e);
	for (uint32_t i = 0; i < e->order.count; i++) {
		uint32_t unit = e->remotes.items[e->order.items[i]].unit;

		if (unit != last)
			u32_vector_append(&e->groups, i);
		last = unit;
	}
	u32_vector_append(&e->groups, e->order.count);
	return !e->order.failed && !e->groups.failed;
}

static void remotes_read_group(void *arg, size_t group, unsigned int number)
{
	struct encoding *e = arg;
	struct unit_types *types = &e->workers[number].types;
	uint32_t start = e->groups.items[group], end = e->groups.items[group + 1];
	uint32_t unit = e->remotes.items[e->order.items[start]].unit;
	struct rebtf_error *err;

	if (unit > atomic_load(&e->failed_unit))
		return;
	err = encoding_read_unit(e, unit, number, true);
	if (err) {
		encoding_note_error(e, unit, number, err);
		return;
	}
	for (uint32_t i = start; i < end; i++) {
		struct remote_type *remote = &e->remotes.items[e->order.items[i]];
		struct die_ref ref = { remote->ref.offset, DIE_IN_UNIT };

		if (remote->ref.place == DIE_BY_SIGNATURE)
			ref.offset = types->reader->unit->type_offset;
		remote->store = number;
		remote->node = unit_types_node(types, ref);
	}
}

struct rebtf_error *remotes_find(struct encoding *e)
{
	if (!remotes_list_signed(e))
		return error_nomem();
	for (;;) {
		uint32_t first = e->remotes.count, groups, jobs;

		for (uint32_t i = 0; i < e->worker_count; i++) {
			if (!remotes_collect(e, &e->workers[i]))
				return error_nomem();
		}
		if (first == e->remotes.count)
			return remote_cycles_cut(e) ? NULL : error_nomem();
		if (!remotes_group(e, first))
			return error_nomem();
		groups = e->groups.count - 1;
		jobs = groups / UNITS_PER_THREAD + 1;
		TRY(parallel_run(jobs < e->worker_count ? jobs : e->worker_count, groups,
				 remotes_read_group, e));
		TRY(encoding_first_error(e));
	}
}

uint32_t remotes_index(const struct encoding *e, const struct node *remote)
{
	struct die_ref ref = { node_remote_offset(remote), remote->flags };

	return e->remotes_by_ref.slots ? remotes_slot(e, ref)->value : 0;
}

bool remotes_node(void *arg, const struct node *remote, uint32_t *store, uint32_t *node)
{
	const struct encoding *e = arg;
	uint32_t index = remotes_index(e, remote);

	if (!index || !e->remotes.items[index - 1].node)
		return false;
	*store = e->remotes.items[index - 1].store;
	*node = e->remotes.items[index - 1].node;
	return true;
}
