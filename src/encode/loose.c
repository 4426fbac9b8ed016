/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Gives nodes classes from the bottom up. A class has the contents that its nodes have in common. */
#include <stdlib.h>
#include <string.h>

#include "encode/loose.h"
#include "util/error.h"
#include "util/hash.h"

#define VOID_CLASS 1u

struct rebtf_error *loose_init(struct loose_classes *l, struct node_store *store)
{
	*l = (struct loose_classes){ .store = store, .count = node_store_count(store) };
	l->classes = calloc(l->count, sizeof(*l->classes));
	/* Class 1 is void, so its word is taken. */
	if (!l->classes || !table_reserve(&l->table, 1) || !u32_vector_append(&l->words, 0)) {
		loose_release(l);
		return error_nomem();
	}
	l->classes[0] = VOID_CLASS;
	return NULL;
}

void loose_release(struct loose_classes *l)
{
	free(l->classes);
	table_release(&l->table);
	u32_vector_release(&l->words);
	u32_vector_release(&l->stack);
	u32_vector_release(&l->key);
}

/* --------------------------------------------------------------------------------------- classes */

struct loose_key {
	const uint32_t *words;
	const uint32_t *contents;
	uint32_t length;
};

static bool loose_same(const void *arg, uint32_t value)
{
	const struct loose_key *key = arg;
	const uint32_t *class = key->words + value - 1;

	return class[0] == key->length &&
	       !memcmp(class + 1, key->contents, key->length * sizeof(uint32_t));
}

/* Returns the class with the contents in l->key. */
static uint32_t class_of_key(struct loose_classes *l)
{
	struct loose_key key = { l->words.items, l->key.items, (uint32_t)l->key.count };
	uint32_t hash = (uint32_t)hash_string((const char *)key.contents,
					      key.length * sizeof(uint32_t));
	struct table_slot *slot = table_find(&l->table, hash, loose_same, &key);
	uint32_t class;

	if (slot->value)
		return slot->value;
	class = (uint32_t)l->words.count + 1;
	if (!u32_vector_append(&l->words, key.length) ||
	    !u32_vector_extend(&l->words, l->key.items, key.length) ||
	    !table_add(&l->table, slot, hash, class))
		return 0;
	return class;
}

/* ----------------------------------------------------------------------------------------- nodes */

/* Whether the class of a node depends on that of node->type. */
static bool refers(const struct node *node)
{
	switch (node->kind) {
	case REBTF_KIND_PTR:
	case REBTF_KIND_CONST:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
	case REBTF_KIND_ARRAY:
	case REBTF_KIND_FUNC_PROTO:
		return true;
	default:
		return false;
	}
}

/* Pushes the node if its class is not known yet. Returns false if it is. */
static bool push_unknown(struct loose_classes *l, uint32_t node)
{
	if (l->classes[node])
		return false;
	u32_vector_append(&l->stack, node);
	return true;
}

/* Pushes the nodes that the class of @node depends on. Returns false if all are known. */
static bool push_references(struct loose_classes *l, const struct node *node)
{
	const struct node_parameter *parameters;
	bool pushed;

	if (!refers(node))
		return false;
	pushed = push_unknown(l, node->type);
	if (node->kind != REBTF_KIND_FUNC_PROTO)
		return pushed;
	parameters = node_parameters(l->store, node);
	for (uint32_t i = 0; i < node->count; i++)
		pushed |= push_unknown(l, parameters[i].type);
	return pushed;
}

static void loose_add_word(struct loose_classes *l, uint32_t word)
{
	u32_vector_append(&l->key, word);
}

/* Sets l->key to the contents of the node's class. */
static void make_key(struct loose_classes *l, const struct node *node)
{
	const struct node_parameter *parameters;

	l->key.count = 0;
	switch (node->kind) {
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
		loose_add_word(l, node->kind);
		loose_add_word(l, node->name);
		loose_add_word(l, node->size);
		loose_add_word(l, node->flags);
		return;
	case REBTF_KIND_FWD:
		loose_add_word(l, node->flags ? REBTF_KIND_UNION : REBTF_KIND_STRUCT);
		loose_add_word(l, node_store_real_name(l->store, node->name));
		return;
	case REBTF_KIND_ARRAY:
		loose_add_word(l, node->kind);
		loose_add_word(l, node->size);
		loose_add_word(l, l->classes[node->type]);
		return;
	case REBTF_KIND_FUNC_PROTO:
		loose_add_word(l, node->kind);
		loose_add_word(l, l->classes[node->type]);
		parameters = node_parameters(l->store, node);
		for (uint32_t i = 0; i < node->count; i++)
			loose_add_word(l, l->classes[parameters[i].type]);
		return;
	default:
		loose_add_word(l, node->kind);
		loose_add_word(l, refers(node) ? l->classes[node->type]
					       : node_store_real_name(l->store, node->name));
	}
}

uint32_t loose_class(struct loose_classes *l, uint32_t node)
{
	l->stack.count = 0;
	push_unknown(l, node);
	while (l->stack.count && !l->stack.failed) {
		uint32_t top = l->stack.items[l->stack.count - 1];
		const struct node *n = node_store_get(l->store, top);

		/* Several parents may have pushed it. */
		if (!l->classes[top] && push_references(l, n))
			continue;
		l->stack.count--;
		if (l->classes[top])
			continue;
		if (n->kind == REBTF_KIND_CONST) {
			l->classes[top] = l->classes[n->type];
			continue;
		}
		make_key(l, n);
		l->classes[top] = l->key.failed ? 0 : class_of_key(l);
		if (!l->classes[top])
			return 0;
	}
	return l->stack.failed ? 0 : l->classes[node];
}
