/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Adds nodes to the merged store after the nodes that they refer to. In a store, these come first
 * anyway. A node that stands for a type in another unit may refer to a node of any number, so nodes
 * wait in a stack.
 */
#include "encode/node_merge.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/vec.h"

/* States of a node in the map. */
#define MERGE_UNKNOWN UINT32_MAX
#define MERGE_BUSY    (UINT32_MAX - 1)

/* In definitions of enumerations by name. */
#define SEVERAL UINT32_MAX

struct waiting {
	uint32_t store, node;
};

DEFINE_VECTOR(waiting_vector, struct waiting);

struct merge {
	struct node_store *const *stores;
	struct node_store *into;
	struct node_map *maps;
	node_remote_find find;
	void *arg;
	struct waiting_vector stack;
	struct u32_vector elements; /* buffer */
	struct u32_vector enums;    /* by name: the only definition, 0, or SEVERAL */
	struct losses *losses;
	/* By store, and by node: whether members changed their index. NULL: all kept it. */
	uint8_t **partial;
	uint32_t store_count;
};

void node_map_release(struct node_map *map)
{
	free(map->nodes);
	free(map->strings);
	*map = (struct node_map){};
}

static void merge_release(struct merge *m)
{
	waiting_vector_release(&m->stack);
	u32_vector_release(&m->elements);
	u32_vector_release(&m->enums);
	for (uint32_t i = 0; m->partial && i < m->store_count; i++)
		free(m->partial[i]);
	free(m->partial);
}

static uint32_t merged_string(struct merge *m, uint32_t store, uint32_t string)
{
	uint32_t *slot = &m->maps[store].strings[string];

	if (*slot == MERGE_UNKNOWN)
		*slot = node_store_string(m->into, node_store_text(m->stores[store], string), 0);
	return *slot;
}

static uint32_t merged_type(const struct merge *m, uint32_t store, uint32_t node)
{
	return node ? m->maps[store].nodes[node] : 0;
}

/* Whether the node has to wait for @node. Then @node is put onto the stack. */
static bool merge_wait(struct merge *m, uint32_t store, uint32_t node)
{
	if (!node || m->maps[store].nodes[node] != MERGE_UNKNOWN)
		return false;
	waiting_vector_append(&m->stack, (struct waiting){ store, node });
	return true;
}

static bool merge_wait_for_types(struct merge *m, uint32_t store, const struct node *node)
{
	uint32_t count, stride;
	const uint32_t *types = node_element_types(m->stores[store], node, &count, &stride);
	bool waits = merge_wait(m, store, node->type);

	for (uint32_t i = 0; i < count; i++)
		waits |= merge_wait(m, store, types[(size_t)i * stride]);
	return waits;
}

/* Returns a copy of the node's elements for the merged store. */
static uint32_t *merged_elements(struct merge *m, uint32_t store, const struct node *node)
{
	const struct node_store *from = m->stores[store];
	uint32_t words = node_element_words(node->kind), *element;

	m->elements.count = 0;
	if (!u32_vector_extend(&m->elements, (const uint32_t *)node_members(from, node),
			       (size_t)words * node->count))
		return NULL;
	element = m->elements.items;
	for (uint32_t i = 0; i < node->count; i++, element += words) {
		element[0] = merged_string(m, store, element[0]);
		if (node_refers(node->kind) && element[1])
			element[1] = merged_type(m, store, element[1]) ?: LOSS_TYPE;
	}
	return m->elements.items;
}

/* Notes that the members of node @id have another index than in its tags. */
static void merge_note_partial(struct merge *m, uint32_t store, uint32_t id)
{
	if (!m->partial[store])
		m->partial[store] = calloc(node_store_count(m->stores[store]), 1);
	if (m->partial[store])
		m->partial[store][id] = true;
	else
		m->elements.failed = true;
}

/* Whether the node is the tag of a type that is gone, or of a member with another index. */
static bool merge_is_stale_tag(const struct merge *m, uint32_t store, const struct node *node,
			       const struct node *merged)
{
	const uint8_t *partial = m->partial[store];

	return node->kind == REBTF_KIND_DECL_TAG &&
	       (!merged->type || (node->size != UINT32_MAX && partial && partial[node->type]));
}

/* Adds node @old as @merged unless BTF cannot express it. Returns the node that it becomes. */
static uint32_t merge_judged(struct merge *m, uint32_t store, uint32_t old, struct node *merged,
			     uint32_t *elements)
{
	enum loss_verdict verdict = losses_judge(m->losses, m->into,
						 node_store_get(m->stores[store], old), merged,
						 elements);
	uint32_t id;

	if (verdict == LOSS_VOID)
		return 0;
	if (verdict == LOSS_ALIAS)
		return merged->type;
	if (verdict == LOSS_PART)
		merge_note_partial(m, store, old);
	id = node_store_add(m->into, merged, elements);
	losses_note_node(m->losses, merged, id);
	return id;
}

/* Returns the merged node of node @old, whose types are merged. */
static uint32_t merge_node(struct merge *m, uint32_t store, uint32_t old)
{
	const struct node *node = node_store_get(m->stores[store], old);
	struct node merged = *node;
	uint32_t id, *elements = NULL;

	if (node->kind == NODE_FOREIGN)
		return 0;

	merged.name = merged_string(m, store, node->name);
	merged.type = merged_type(m, store, node->type);
	if (node->kind == REBTF_KIND_ENUM64 && merged.type) {
		uint32_t remote;

		merged.flags = node_is_signed(m->into, merged.type, &remote);
		merged.type = 0;
	}
	if (node->kind == REBTF_KIND_ENUM && !node->count && merged.name < m->enums.count) {
		id = m->enums.items[merged.name];
		if (id && id != SEVERAL) {
			node_store_see(m->into, id, node->first);
			return id;
		}
	}
	if (merge_is_stale_tag(m, store, node, &merged))
		return 0;
	if (node_element_words(node->kind)) {
		elements = merged_elements(m, store, node);
		if (!elements)
			return 0;
	}
	return merge_judged(m, store, old, &merged, elements);
}

/* Returns the merged node, or MERGE_UNKNOWN if it waits for the top of the stack. */
static uint32_t merge_remote(struct merge *m, const struct node *node, bool waited)
{
	uint32_t store, target;

	if (!m->find || !m->find(m->arg, node, &store, &target))
		return 0;
	if (!waited && merge_wait(m, store, target))
		return MERGE_UNKNOWN;
	return merged_type(m, store, target);
}

static void merge_stack(struct merge *m)
{
	while (m->stack.count && !m->stack.failed) {
		struct waiting top = m->stack.items[m->stack.count - 1];
		const struct node *node = node_store_get(m->stores[top.store], top.node);
		uint32_t *slot = &m->maps[top.store].nodes[top.node];
		bool waited = *slot == MERGE_BUSY;
		uint32_t merged = MERGE_UNKNOWN;

		if (*slot < MERGE_BUSY) {
			m->stack.count--;
			continue;
		}
		*slot = MERGE_BUSY;
		if (node->kind == NODE_REMOTE)
			merged = merge_remote(m, node, waited);
		else if (waited || !merge_wait_for_types(m, top.store, node))
			merged = merge_node(m, top.store, top.node);
		if (merged == MERGE_UNKNOWN)
			continue;
		*slot = merged;
		m->stack.count--;
	}
}

/* Notes by name which structs and unions a store defines. */
static void merge_note_definitions(struct merge *m, uint32_t store)
{
	const struct node_store *from = m->stores[store];

	for (uint32_t id = 1; id < node_store_count(from); id++) {
		const struct node *node = node_store_get(from, id);

		if (node_is_definition(node))
			losses_note_definition(m->losses, merged_string(m, store, node->name),
					       node->kind == REBTF_KIND_UNION);
	}
}

/* Merges the enumerations with values of a store, and notes them by name. */
static bool merge_enums(struct merge *m, uint32_t store)
{
	const struct node_store *from = m->stores[store];

	for (uint32_t id = 1; id < node_store_count(from); id++) {
		const struct node *node = node_store_get(from, id);
		uint32_t merged, name, *known;

		if (!node->count || node->type ||
		    (node->kind != REBTF_KIND_ENUM && node->kind != REBTF_KIND_ENUM64))
			continue;
		merged = merge_node(m, store, id);
		m->maps[store].nodes[id] = merged;
		if (!merged)
			continue;
		name = node_store_get(m->into, merged)->name;
		while (m->enums.count <= name) {
			if (!u32_vector_append(&m->enums, 0))
				return false;
		}
		known = &m->enums.items[name];
		*known = *known && *known != merged ? SEVERAL : merged;
	}
	m->enums.items[0] = 0;
	return true;
}

static bool merge_allocate_map(struct node_map *map, const struct node_store *store)
{
	map->nodes = malloc((size_t)node_store_count(store) * sizeof(*map->nodes));
	map->strings = malloc((size_t)node_store_strings(store) * sizeof(*map->strings));
	return map->nodes && map->strings;
}

static bool merge_init_map(struct node_map *map, const struct node_store *store)
{
	if (!merge_allocate_map(map, store))
		return false;
	memset(map->nodes, 0xff, (size_t)node_store_count(store) * sizeof(*map->nodes));
	memset(map->strings, 0xff, (size_t)node_store_strings(store) * sizeof(*map->strings));
	map->nodes[0] = map->strings[0] = 0;
	return true;
}

struct rebtf_error *node_map_same(struct node_map *map, const struct node_store *store)
{
	if (!merge_allocate_map(map, store))
		return error_nomem();
	for (uint32_t id = 0; id < node_store_count(store); id++)
		map->nodes[id] = id;
	for (uint32_t string = 0; string < node_store_strings(store); string++)
		map->strings[string] = string;
	return NULL;
}

/* Whether merging node @id alone keeps it as it is. The nodes that it refers to do not change. */
static bool merge_keeps(struct merge *m, const struct node_store *store, uint32_t id)
{
	const struct node *node = node_store_get(store, id);
	struct node judged = *node;

	if (node->kind == NODE_REMOTE || node->kind == NODE_FOREIGN ||
	    (node->kind == REBTF_KIND_ENUM && !node->count))
		return false;
	m->elements.count = 0;
	if (!u32_vector_extend(&m->elements, (const uint32_t *)node_members(store, node),
			       (size_t)node_element_words(node->kind) * node->count) ||
	    losses_judge(m->losses, store, node, &judged, m->elements.items) != LOSS_NONE)
		return false;
	losses_note_node(m->losses, node, id);
	return true;
}

bool node_merge_is_copy(const struct node_store *store)
{
	_cleanup_(losses_release) struct losses losses = {};
	_cleanup_(merge_release) struct merge m = { .losses = &losses };
	bool keeps = true;

	for (uint32_t id = 1; id < node_store_count(store); id++) {
		const struct node *node = node_store_get(store, id);

		if (node_is_definition(node))
			losses_note_definition(&losses, node->name, node->kind == REBTF_KIND_UNION);
	}
	for (uint32_t id = 1; id < node_store_count(store) && keeps; id++)
		keeps = merge_keeps(&m, store, id);
	return keeps && !losses.list.failed && !losses.names.failed && !losses.sizeless.failed;
}

static bool merge_stores(struct merge *m, uint32_t count)
{
	/* Types without a name have no definition elsewhere. */
	if (!u32_vector_append(&m->enums, 0))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (!merge_init_map(&m->maps[i], m->stores[i]))
			return false;
		merge_note_definitions(m, i);
		if (!merge_enums(m, i))
			return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t id = 1; id < node_store_count(m->stores[i]); id++) {
			merge_wait(m, i, id);
			merge_stack(m);
		}
		/* Strings that only functions have. */
		for (uint32_t id = 1; id < node_store_strings(m->stores[i]); id++)
			merged_string(m, i, id);
	}
	return !m->stack.failed && !m->elements.failed && !node_store_failed(m->into);
}

struct rebtf_error *node_merge(struct node_store *const *stores, uint32_t count,
			       node_remote_find find, void *arg, struct node_store *into,
			       struct node_map *maps, struct losses *losses)
{
	_cleanup_(merge_release) struct merge m = {
		.stores = stores,
		.into = into,
		.maps = maps,
		.find = find,
		.arg = arg,
		.losses = losses,
		.store_count = count,
	};

	m.partial = calloc(count + 1, sizeof(*m.partial));
	if (!m.partial || !merge_stores(&m, count))
		return error_nomem();
	return losses_finish(losses);
}
