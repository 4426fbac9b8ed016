/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the definitions of names, the nodes that reach an ambiguous name, and the groups of units.
 * Only if a name is ambiguous does this read the units' lists.
 */
#include <stdlib.h>
#include <string.h>

#include "encode/contexts.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/order.h"

void contexts_release(struct contexts *c)
{
	free(c->definitions);
	free(c->mixed);
	free(c->groups);
	free(c->only_instance);
	group_choice_vector_release(&c->choices);
	u32_vector_release(&c->starts);
	node_instance_vector_release(&c->instances);
	table_release(&c->by_key);
	free(c->first_units);
	*c = (struct contexts){};
}

/* --- definitions */

/* The FWD for a definition. Adds it if the store lacks it. 0: out of memory. */
static uint32_t contexts_forward(struct node_store *store, const struct node *definition,
				 uint32_t name)
{
	struct node forward = {
		.kind = REBTF_KIND_FWD,
		.name = name,
		.flags = definition->kind == REBTF_KIND_UNION,
		.first = UINT64_MAX,
	};

	return node_store_add(store, &forward, NULL);
}

/* Adds FWD nodes for all definitions and for the types that hide them. */
static void contexts_add_forwards(struct node_store *store, uint32_t count)
{
	for (uint32_t id = 1; id < count; id++) {
		struct node node = *node_store_get(store, id);
		uint32_t hiding;

		if (!node_is_definition(&node))
			continue;
		contexts_forward(store, &node, node.name);
		hiding = node_store_real_name(store, node.name);
		if (hiding && hiding != node.name)
			contexts_forward(store, &node, hiding);
	}
}

static bool contexts_find_definitions(struct contexts *c, struct node_store *store)
{
	uint32_t count = node_store_count(store);

	contexts_add_forwards(store, count);
	c->store = store;
	c->node_count = node_store_count(store);
	c->definitions = calloc(c->node_count, sizeof(*c->definitions));
	if (!c->definitions || node_store_failed(store))
		return false;
	for (uint32_t id = 1; id < count; id++) {
		struct node node = *node_store_get(store, id);
		uint32_t forward, hiding;

		if (!node_is_definition(&node))
			continue;
		forward = contexts_forward(store, &node, node.name);
		c->definitions[id] = forward;
		c->definitions[forward] = c->definitions[forward] ? AMBIGUOUS : id;
		hiding = node_store_real_name(store, node.name);
		if (hiding && hiding != node.name)
			c->definitions[contexts_forward(store, &node, hiding)] = AMBIGUOUS;
	}
	return !node_store_failed(store);
}

/* --- mixed nodes */

/* For each node, the nodes that refer to it. They are mixed if it is. */
struct reverse_edges {
	uint32_t *starts; /* by node, and the end */
	uint32_t *from;
};

static void reverse_edges_release(struct reverse_edges *edges)
{
	free(edges->starts);
	free(edges->from);
}

/* Counts edges in @starts, or stores them in @from, whose places are then in @starts. */
static void contexts_visit_edges(const struct contexts *c, uint32_t *starts, uint32_t *from)
{
	for (uint32_t id = 1; id < c->node_count; id++) {
		const struct node *node = node_store_get(c->store, id);
		uint32_t count, stride;
		const uint32_t *types = node_element_types(c->store, node, &count, &stride);
		uint32_t other = node->type;

		if (node->kind == REBTF_KIND_FWD && c->definitions[id] != AMBIGUOUS)
			other = c->definitions[id];
		for (uint32_t i = 0;; i++) {
			if (from && other)
				from[--starts[other]] = id;
			else if (other)
				starts[other]++;
			if (i == count)
				break;
			other = types[(size_t)i * stride];
		}
	}
}

static bool reverse_edges_make(struct reverse_edges *edges, const struct contexts *c)
{
	size_t sum = 0;

	edges->starts = calloc((size_t)c->node_count + 1, sizeof(*edges->starts));
	if (!edges->starts)
		return false;
	contexts_visit_edges(c, edges->starts, NULL);
	for (uint32_t id = 0; id < c->node_count; id++) {
		sum += edges->starts[id];
		edges->starts[id] = sum;
	}
	edges->starts[c->node_count] = sum;
	edges->from = sum <= UINT32_MAX ? malloc((sum + 1) * sizeof(*edges->from)) : NULL;
	if (!edges->from)
		return false;
	contexts_visit_edges(c, edges->starts, edges->from);
	return true;
}

/* Marks each node that leads to an ambiguous name. Returns false if out of memory. */
static bool contexts_find_mixed(struct contexts *c, bool *any)
{
	_cleanup_(reverse_edges_release) struct reverse_edges edges = {};
	_cleanup_(u32_vector_release) struct u32_vector stack = {};

	c->mixed = calloc(c->node_count, 1);
	if (!c->mixed)
		return false;
	for (uint32_t id = 1; id < c->node_count; id++) {
		if (c->definitions[id] != AMBIGUOUS)
			continue;
		c->mixed[id] = true;
		u32_vector_append(&stack, id);
	}
	*any = stack.count;
	if (!*any)
		return true;
	if (!reverse_edges_make(&edges, c))
		return false;
	while (stack.count && !stack.failed) {
		uint32_t id = stack.items[--stack.count];

		for (uint32_t i = edges.starts[id]; i < edges.starts[id + 1]; i++) {
			uint32_t from = edges.from[i];

			if (c->mixed[from])
				continue;
			c->mixed[from] = true;
			u32_vector_append(&stack, from);
		}
	}
	return !stack.failed;
}

/* --- groups */

/* The key of a group: the choices that its units make. */
struct contexts_group_key {
	const struct contexts *contexts;
	const struct group_choice *choices;
	size_t count;
};

static bool contexts_group_same(const void *key, uint32_t value)
{
	const struct contexts_group_key *k = key;
	const uint32_t *start = &k->contexts->starts.items[value];

	return start[1] - start[0] == k->count &&
	       !memcmp(&k->contexts->choices.items[start[0]], k->choices,
		       k->count * sizeof(*k->choices));
}

/* Sets *@group to the group of units that make @choices, which are sorted. */
static bool contexts_find_group(struct contexts *c, struct table *groups,
				const struct group_choice_vector *choices, uint32_t *group)
{
	struct contexts_group_key key = { c, choices->items, choices->count };
	struct table_slot *slot;
	uint32_t hash;

	*group = 0;
	if (!choices->count)
		return true;
	hash = hash_string((const char *)choices->items, choices->count * sizeof(*choices->items));
	if (!table_reserve(groups, 1))
		return false;
	slot = table_find(groups, hash, contexts_group_same, &key);
	*group = slot->value;
	if (*group)
		return true;
	*group = c->starts.count - 1;
	return group_choice_vector_extend(&c->choices, choices->items, choices->count) &&
	       u32_vector_append(&c->starts, c->choices.count) &&
	       table_add(groups, slot, hash, *group);
}

static int contexts_order_choices(const void *a, const void *b)
{
	const struct group_choice *x = a, *y = b;

	return by_number(x->forward, y->forward);
}

/* --- instances */

struct contexts_instance_key {
	const struct node_instance *instances;
	uint32_t node, group;
};

static bool contexts_instance_same(const void *key, uint32_t value)
{
	const struct contexts_instance_key *k = key;
	const struct node_instance *instance = &k->instances[value - 1];

	return instance->node == k->node && instance->group == k->group;
}

static uint32_t contexts_instance_hash(uint32_t node, uint32_t group)
{
	return hash_number((uint64_t)group << 32 | node);
}

uint32_t contexts_instance(struct contexts *c, uint32_t node, uint32_t group, uint64_t first)
{
	struct contexts_instance_key key = { c->instances.items, node, group };
	uint32_t hash = contexts_instance_hash(node, group);
	struct table_slot *slot = table_find(&c->by_key, hash, contexts_instance_same, &key);

	if (slot->value)
		return slot->value;
	if (!node_instance_vector_append(&c->instances,
					 (struct node_instance){ node, group, first }) ||
	    !table_add(&c->by_key, slot, hash, c->instances.count))
		return 0;
	return c->instances.count;
}

/* The role of a node for the units that have it. */
enum {
	NODE_CHOICE = 1 << 0, /* a definition of an ambiguous name */
	NODE_MIXED = 1 << 1,  /* it has instances */
};

static uint8_t contexts_node_flags(const struct contexts *c, uint32_t merged)
{
	uint32_t forward = c->definitions[merged];
	const struct node *node = node_store_get(c->store, merged);
	uint8_t flags = 0;

	if (forward && forward != AMBIGUOUS && node_is_definition(node) &&
	    c->definitions[forward] == AMBIGUOUS)
		flags |= NODE_CHOICE;
	if (c->mixed[merged] && node->kind != REBTF_KIND_FWD)
		flags |= NODE_MIXED;
	return flags;
}

/* While units are put into groups. */
struct contexts_grouping {
	uint8_t *flags; /* by node */
	struct table groups;
	/* Of the current unit. */
	struct group_choice_vector choices;
	struct node_instance_vector mixed; /* without a group */
};

static void contexts_grouping_release(struct contexts_grouping *g)
{
	free(g->flags);
	table_release(&g->groups);
	group_choice_vector_release(&g->choices);
	node_instance_vector_release(&g->mixed);
}

static bool contexts_grouping_init(struct contexts_grouping *g, const struct contexts *c)
{
	g->flags = calloc(c->node_count, 1);
	for (uint32_t id = 1; g->flags && id < c->node_count; id++)
		g->flags[id] = contexts_node_flags(c, id);
	return g->flags;
}

/* Collects a unit's definitions of ambiguous names, and its mixed nodes. */
static bool contexts_read_unit(struct contexts_grouping *g, const struct contexts *c,
			       const struct unit_list *list, const uint32_t *merged, uint32_t unit)
{
	uint64_t position = (uint64_t)unit << 32;
	uint32_t node = 0;

	g->choices.count = g->mixed.count = 0;
	for (size_t at = 0; unit_list_next(list, &at, &node); position++) {
		uint32_t id = merged[node];
		uint8_t flags = g->flags[id];

		if (flags & NODE_CHOICE)
			group_choice_vector_append(&g->choices,
						   (struct group_choice){ c->definitions[id], id });
		if (flags & NODE_MIXED)
			node_instance_vector_append(&g->mixed,
						    (struct node_instance){ id, 0, position });
	}
	if (g->choices.count)
		qsort(g->choices.items, g->choices.count, sizeof(*g->choices.items),
		      contexts_order_choices);
	return !g->choices.failed && !g->mixed.failed;
}

/* Adds the instances of the unit's mixed nodes. */
static bool contexts_add_instances(struct contexts *c, const struct contexts_grouping *g,
				   uint32_t group)
{
	for (size_t i = 0; i < g->mixed.count; i++) {
		if (!contexts_instance(c, g->mixed.items[i].node, group, g->mixed.items[i].first))
			return false;
	}
	return true;
}

static bool contexts_find_groups(struct contexts *c, const struct node_map *maps,
				 const struct unit_list *lists)
{
	_cleanup_(contexts_grouping_release) struct contexts_grouping g = {};
	bool good = contexts_grouping_init(&g, c) && table_reserve(&c->by_key, 1);

	for (uint32_t unit = 0; good && unit < c->unit_count; unit++)
		good = contexts_read_unit(&g, c, &lists[unit], maps[lists[unit].store].nodes,
					  unit) &&
		       contexts_find_group(c, &g.groups, &g.choices, &c->groups[unit]) &&
		       contexts_add_instances(c, &g, c->groups[unit]);
	if (!good)
		return false;
	c->only_instance = calloc(c->node_count, sizeof(*c->only_instance));
	for (size_t i = 0; c->only_instance && i < c->instances.count; i++) {
		uint32_t *only = &c->only_instance[c->instances.items[i].node];

		*only = *only ? SEVERAL_INSTANCES : i + 1;
	}
	return c->only_instance;
}

struct rebtf_error *contexts_make(struct contexts *c, struct node_store *store,
				  const struct node_map *maps, const struct unit_list *lists,
				  uint32_t count)
{
	bool any;

	*c = (struct contexts){ .unit_count = count };
	c->groups = calloc(count + 1, sizeof(*c->groups));
	/* Group 0 has no choices. */
	u32_vector_append(&c->starts, 0);
	u32_vector_append(&c->starts, 0);
	if (!c->groups || c->starts.failed || !contexts_find_definitions(c, store) ||
	    !contexts_find_mixed(c, &any) || (any && !contexts_find_groups(c, maps, lists)))
		return error_nomem();
	return NULL;
}

/* --- questions */

/* The definition of the ambiguous name @forward in @group, or 0. */
static uint32_t contexts_group_definition(const struct contexts *c, uint32_t forward,
					  uint32_t group)
{
	struct group_choice key = { .forward = forward };
	uint32_t start = c->starts.items[group], end = c->starts.items[group + 1];
	const struct group_choice *choice = start == end ? NULL
							 : bsearch(&key, &c->choices.items[start],
								   end - start, sizeof(key),
								   contexts_order_choices);

	return choice ? choice->definition : 0;
}

uint32_t contexts_definition(const struct contexts *c, uint32_t forward, uint32_t unit)
{
	uint32_t definition = forward < c->node_count ? c->definitions[forward] : 0;

	return definition == AMBIGUOUS ? contexts_group_definition(c, forward, c->groups[unit])
				       : definition;
}

/* The index of the instance plus 1, or 0. */
static uint32_t contexts_find_instance(const struct contexts *c, uint32_t node, uint32_t group)
{
	struct contexts_instance_key key = { c->instances.items, node, group };

	return table_find(&c->by_key, contexts_instance_hash(node, group), contexts_instance_same,
			  &key)
		->value;
}

/* Sets c->first_units. Returns false if out of memory. */
static bool contexts_find_first_units(struct contexts *c)
{
	c->first_units = malloc(c->node_count * sizeof(*c->first_units));
	if (!c->first_units)
		return false;
	memset(c->first_units, 0xff, c->node_count * sizeof(*c->first_units));
	for (size_t i = 0; i < c->instances.count; i++) {
		const struct node_instance *instance = &c->instances.items[i];
		uint32_t unit = instance->first >> 32, *first = &c->first_units[instance->node];

		*first = unit < *first ? unit : *first;
	}
	return true;
}

uint32_t contexts_unit_with(struct contexts *c, uint32_t node, uint32_t unit)
{
	if (!node || !c->mixed[node] || contexts_find_instance(c, node, c->groups[unit]))
		return unit;
	if (!c->first_units && !contexts_find_first_units(c))
		return unit;
	return c->first_units[node] < c->unit_count ? c->first_units[node] : unit;
}

bool contexts_resolve(const struct contexts *c, uint32_t *node, uint32_t *group)
{
	uint32_t definition = c->definitions[*node], only;

	if (node_store_get(c->store, *node)->kind != REBTF_KIND_FWD)
		return c->mixed[*node];
	if (definition == AMBIGUOUS)
		definition = contexts_group_definition(c, *node, *group);
	if (!definition)
		return false;
	if (c->mixed[definition] && !contexts_find_instance(c, definition, *group)) {
		only = c->only_instance[definition];
		if (!only || only == SEVERAL_INSTANCES)
			return false;
		*group = c->instances.items[only - 1].group;
	}
	*node = definition;
	return c->mixed[definition];
}
