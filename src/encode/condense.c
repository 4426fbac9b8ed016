/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes types into the builder. The order of types, and so the ids, are known before the first is
 * written. A type that is referred to although no unit has it, as a function's prototype, gets the
 * next id and waits in a queue instead of a recursion.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "encode/condense.h"
#include "util/error.h"
#include "util/order.h"
#include "util/vec.h"

#define NO_STRING UINT32_MAX

/* A node, or an instance of a mixed node. */
struct condensed {
	uint32_t node, group;
	uint64_t first;
};

DEFINE_VECTOR(condensed_vector, struct condensed);

struct condense {
	struct contexts *contexts;
	const struct node_store *store;
	struct rebtf_builder *builder;
	uint32_t *ids;			/* by node: its id, or 0 */
	struct u32_vector instance_ids; /* by instance */
	uint32_t *strings;		/* by string: the offset, or NO_STRING */
	struct condensed_vector queue;
	size_t written; /* of the queue */
	uint32_t next_id;
	uint32_t index_type;
	struct u32_vector words; /* the type that is written */
	bool failed;
};

uint32_t condense_index_type(struct node_store *store)
{
	struct node made = {
		.kind = REBTF_KIND_INT,
		.size = sizeof(int32_t),
		.flags = REBTF_INT_SIGNED,
		.first = UINT64_MAX,
	};
	uint32_t found = 0;
	uint64_t first = UINT64_MAX;

	made.name = node_store_string(store, "int", 0);
	for (uint32_t id = 1; id < node_store_count(store); id++) {
		const struct node *node = node_store_get(store, id);

		if (node->kind != REBTF_KIND_INT || node->name != made.name || node->first >= first)
			continue;
		found = id;
		first = node->first;
	}
	return found ? found : node_store_add(store, &made, NULL);
}

uint32_t condense_string(struct condense *c, uint32_t string)
{
	uint32_t *off = &c->strings[string];

	if (*off == NO_STRING)
		*off = rebtf_builder_string(c->builder,
					    node_real_name(node_store_text(c->store, string)));
	return *off;
}

/* --- ids */

/* The place of the id of a node, or of the instance of a mixed node. NULL: out of memory. */
static uint32_t *condense_slot(struct condense *c, uint32_t node, uint32_t group, bool mixed)
{
	uint32_t instance;

	if (!mixed)
		return &c->ids[node];
	instance = contexts_instance(c->contexts, node, group, UINT64_MAX);
	while (instance && c->instance_ids.count < instance) {
		if (!u32_vector_append(&c->instance_ids, 0))
			break;
	}
	c->failed |= !instance || c->instance_ids.failed;
	return c->failed ? NULL : &c->instance_ids.items[instance - 1];
}

/* Returns the id of a node as units of @group see it. A new type is put into the queue. */
static uint32_t condense_ref(struct condense *c, uint32_t node, uint32_t group)
{
	uint32_t *slot;
	bool mixed;

	if (!node)
		return 0;
	mixed = contexts_resolve(c->contexts, &node, &group);
	slot = condense_slot(c, node, group, mixed);
	if (!slot || *slot)
		return slot ? *slot : 0;
	*slot = c->next_id++;
	if (!condensed_vector_append(&c->queue, (struct condensed){ .node = node, .group = group }))
		c->failed = true;
	return *slot;
}

/* --- writing */

static void condense_put(struct condense *c, uint32_t word)
{
	u32_vector_append(&c->words, word);
}

static bool condense_has_bit_field(const struct node_member *members, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (members[i].bits)
			return true;
	}
	return false;
}

static bool condense_put_elements(struct condense *c, const struct node *node, uint32_t group)
{
	const struct node_member *members = node_members(c->store, node);
	const struct node_parameter *parameters = node_parameters(c->store, node);
	const struct node_value *values = node_values(c->store, node);
	bool kind_flag = false;

	switch (node->kind) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		kind_flag = condense_has_bit_field(members, node->count);
		for (uint32_t i = 0; i < node->count; i++) {
			condense_put(c, condense_string(c, members[i].name));
			condense_put(c, condense_ref(c, members[i].type, group));
			condense_put(c, members[i].bit_offset | members[i].bits << 24);
		}
		break;
	case REBTF_KIND_FUNC_PROTO:
		for (uint32_t i = 0; i < node->count; i++) {
			condense_put(c, condense_string(c, parameters[i].name));
			condense_put(c, condense_ref(c, parameters[i].type, group));
		}
		break;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		kind_flag = node->flags;
		for (uint32_t i = 0; i < node->count; i++) {
			condense_put(c, condense_string(c, values[i].name));
			condense_put(c, values[i].low);
			if (node->kind == REBTF_KIND_ENUM64)
				condense_put(c, values[i].high);
		}
		break;
	default:
		break;
	}
	return kind_flag;
}

/* Fills c->words with the type. */
static void condense_put_type(struct condense *c, const struct node *node, uint32_t group)
{
	uint32_t third = node->size;
	bool kind_flag = false;

	c->words.count = 0;
	condense_put(c, condense_string(c, node->name));
	condense_put(c, 0);
	condense_put(c, 0);
	switch (node->kind) {
	case REBTF_KIND_INT:
		condense_put(c, (uint32_t)node->flags << 24 | node->size * 8);
		break;
	case REBTF_KIND_ARRAY:
		third = 0;
		condense_put(c, condense_ref(c, node->type, group));
		condense_put(c, condense_ref(c, c->index_type, group));
		condense_put(c, node->size);
		break;
	case REBTF_KIND_FWD:
		third = 0;
		kind_flag = node->flags;
		break;
	case REBTF_KIND_DECL_TAG:
		third = condense_ref(c, node->type, group);
		kind_flag = node->flags;
		condense_put(c, node->size);
		break;
	case REBTF_KIND_TYPE_TAG:
		third = condense_ref(c, node->type, group);
		kind_flag = node->flags;
		break;
	case REBTF_KIND_FLOAT:
		break;
	default:
		if (node->type || !node->size)
			third = condense_ref(c, node->type, group);
		kind_flag = condense_put_elements(c, node, group);
	}
	if (c->words.failed)
		return;
	c->words.items[1] = (uint32_t)kind_flag << 31 | (uint32_t)node->kind << 24 | node->count;
	c->words.items[2] = third;
}

static void condense_write(struct condense *c, const struct condensed *type)
{
	condense_put_type(c, node_store_get(c->store, type->node), type->group);
	if (c->words.failed || c->queue.failed) {
		c->failed = true;
		return;
	}
	builder_add(c->builder, (const struct rebtf_type *)c->words.items,
		    c->words.count * sizeof(uint32_t));
}

/* Writes the types that wait. Returns false after an error, which the builder has. */
static bool condense_write_queue(struct condense *c)
{
	for (; c->written < c->queue.count && !c->failed; c->written++) {
		struct condensed type = c->queue.items[c->written];

		condense_write(c, &type);
	}
	if (c->written == c->queue.count)
		c->written = c->queue.count = 0;
	if (c->failed)
		builder_fail(c->builder, error_nomem());
	return !c->builder->err;
}

/* --- the order */

/*
 * Whether all units know the type that the FWD @node stands for. Then it needs no type of its own.
 */
static bool condense_is_settled(const struct contexts *c, uint32_t node)
{
	uint32_t definition = c->definitions[node];

	if (!definition || definition == AMBIGUOUS)
		return false;
	return !c->mixed[definition] ||
	       (c->only_instance[definition] && c->only_instance[definition] != SEVERAL_INSTANCES);
}

static bool condense_list_types(const struct contexts *contexts, struct condensed_vector *types)
{
	for (uint32_t id = 1; id < contexts->node_count; id++) {
		const struct node *node = node_store_get(contexts->store, id);

		if (node->first == UINT64_MAX)
			continue;
		if (node->kind == REBTF_KIND_FWD ? condense_is_settled(contexts, id)
						 : contexts->mixed[id])
			continue;
		condensed_vector_append(types, (struct condensed){ id, 0, node->first });
	}
	for (size_t i = 0; i < contexts->instances.count; i++) {
		const struct node_instance *instance = &contexts->instances.items[i];

		condensed_vector_append(types, (struct condensed){ instance->node, instance->group,
								   instance->first });
	}
	return !types->failed;
}

static int condense_order_types(const void *a, const void *b)
{
	const struct condensed *x = a, *y = b;

	return by_number(x->first, y->first);
}

static void condense_write_listed(struct condense *c, struct condensed_vector *types)
{
	c->next_id = rebtf_builder_next_id(c->builder);
	if (types->count)
		qsort(types->items, types->count, sizeof(*types->items), condense_order_types);
	for (size_t i = 0; i < types->count && !c->failed; i++) {
		const struct condensed *type = &types->items[i];
		bool mixed = c->contexts->mixed[type->node] &&
			     node_store_get(c->store, type->node)->kind != REBTF_KIND_FWD;
		uint32_t *slot = condense_slot(c, type->node, type->group, mixed);

		if (slot)
			*slot = c->next_id++;
	}
	for (size_t i = 0; i < types->count && !c->failed && !c->builder->err; i++)
		condense_write(c, &types->items[i]);
	condense_write_queue(c);
}

struct rebtf_error *condense_new(struct contexts *contexts, uint32_t index_type,
				 struct rebtf_builder *builder, struct condense **condense)
{
	struct condense *c = calloc(1, sizeof(*c));
	struct condensed_vector types = {};
	size_t strings = node_store_strings(contexts->store);

	if (!c)
		return error_nomem();
	c->contexts = contexts;
	c->store = contexts->store;
	c->builder = builder;
	c->index_type = index_type;
	c->ids = calloc(contexts->node_count, sizeof(*c->ids));
	c->strings = malloc(strings * sizeof(*c->strings));
	if (!c->ids || !c->strings || !condense_list_types(contexts, &types)) {
		condensed_vector_release(&types);
		condense_free(c);
		return error_nomem();
	}
	memset(c->strings, 0xff, strings * sizeof(*c->strings));
	condense_write_listed(c, &types);
	condensed_vector_release(&types);
	*condense = c;
	return NULL;
}

void condense_free(struct condense *c)
{
	if (!c)
		return;
	free(c->ids);
	free(c->strings);
	u32_vector_release(&c->instance_ids);
	u32_vector_release(&c->words);
	condensed_vector_release(&c->queue);
	free(c);
}

uint32_t condense_id(struct condense *c, uint32_t node, uint32_t unit)
{
	uint32_t id;

	if (c->builder->err || c->failed)
		return 0;
	c->next_id = rebtf_builder_next_id(c->builder);
	id = condense_ref(c, node, c->contexts->groups[unit]);
	return condense_write_queue(c) ? id : 0;
}
