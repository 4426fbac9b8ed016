/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Stores nodes, their elements and their strings in growing arrays, and finds equal ones through
 * hash tables.
 */
#include <string.h>

#include "encode/nodes.h"
#include "util/buffer.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/table.h"
#include "util/vec.h"

/* The part of struct node that nodes are compared by, besides the elements. */
#define NODE_CONTENTS offsetof(struct node, elements)

struct known_key {
	uint64_t key;
	uint32_t string;
};

DEFINE_VECTOR(node_vector, struct node);
DEFINE_VECTOR(known_key_vector, struct known_key);

struct node_store {
	struct node_vector nodes; /* the first is void */
	struct u32_vector words;  /* the elements of all nodes */
	struct table table;	  /* numbers of nodes */
	struct buffer text;
	struct u32_vector offsets;    /* of the strings in text */
	struct table strings;	      /* numbers of strings */
	struct known_key_vector keys; /* the first is not used */
	struct table known_keys;      /* indices in keys */
	uint64_t factor;
	bool failed;
};

struct rebtf_error *node_store_new(struct node_store **store)
{
	struct node_store *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem();
	s->factor = hash_factor();
	node_vector_append(&s->nodes, (struct node){});
	known_key_vector_append(&s->keys, (struct known_key){});
	buffer_append(&s->text, "", 1);
	u32_vector_append(&s->offsets, 0);
	s->failed = s->nodes.failed || s->keys.failed || s->text.failed || s->offsets.failed;
	if (s->failed) {
		node_store_free(s);
		return error_nomem();
	}
	*store = s;
	return NULL;
}

void node_store_free(struct node_store *store)
{
	if (!store)
		return;
	node_vector_release(&store->nodes);
	u32_vector_release(&store->words);
	table_release(&store->table);
	buffer_release(&store->text);
	u32_vector_release(&store->offsets);
	table_release(&store->strings);
	known_key_vector_release(&store->keys);
	table_release(&store->known_keys);
	free(store);
}

bool node_store_failed(const struct node_store *store)
{
	return store->failed;
}

/* --- strings */

struct text_key {
	const struct node_store *store;
	const char *text;
};

static bool text_same(const void *key, uint32_t value)
{
	const struct text_key *k = key;

	return !strcmp(node_store_text(k->store, value), k->text);
}

static uint32_t string_of_text(struct node_store *store, const char *text)
{
	size_t length = strlen(text);
	uint32_t hash = hash_string(text, length), string = store->offsets.count;
	struct text_key key = { store, text };
	struct table_slot *slot;

	if (!length)
		return 0;
	if (!table_reserve(&store->strings, 1)) {
		store->failed = true;
		return 0;
	}
	slot = table_find(&store->strings, hash, text_same, &key);
	if (slot->value)
		return slot->value;
	if (store->text.size + length >= UINT32_MAX ||
	    !u32_vector_append(&store->offsets, store->text.size) ||
	    !buffer_append(&store->text, text, length + 1) ||
	    !table_add(&store->strings, slot, hash, string)) {
		store->failed = true;
		return 0;
	}
	return string;
}

struct key_key {
	const struct known_key *keys;
	uint64_t key;
};

static bool key_same(const void *key, uint32_t value)
{
	const struct key_key *k = key;

	return k->keys[value].key == k->key;
}

uint32_t node_store_string(struct node_store *store, const char *text, uint64_t key)
{
	struct key_key wanted = { store->keys.items, key };
	uint32_t hash = key * store->factor >> 32, string;
	struct table_slot *slot;

	if (store->failed)
		return 0;
	if (!key)
		return string_of_text(store, text);
	if (!table_reserve(&store->known_keys, 1)) {
		store->failed = true;
		return 0;
	}
	slot = table_find(&store->known_keys, hash, key_same, &wanted);
	if (slot->value)
		return store->keys.items[slot->value].string;
	string = string_of_text(store, text);
	if (store->keys.count == UINT32_MAX ||
	    !known_key_vector_append(&store->keys, (struct known_key){ key, string }) ||
	    !table_add(&store->known_keys, slot, hash, store->keys.count - 1))
		store->failed = true;
	return string;
}

const char *node_store_text(const struct node_store *store, uint32_t string)
{
	return (const char *)store->text.data + store->offsets.items[string];
}

/* --- nodes */

uint32_t node_element_words(uint32_t kind)
{
	switch (kind) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return sizeof(struct node_member) / sizeof(uint32_t);
	case REBTF_KIND_FUNC_PROTO:
		return sizeof(struct node_parameter) / sizeof(uint32_t);
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return sizeof(struct node_value) / sizeof(uint32_t);
	default:
		return 0;
	}
}

struct node_key {
	const struct node_store *store;
	const struct node *node;
	const void *elements;
	size_t size; /* of the elements, in bytes */
};

static bool node_same(const void *key, uint32_t value)
{
	const struct node_key *k = key;
	const struct node *other = &k->store->nodes.items[value];

	return !memcmp(other, k->node, NODE_CONTENTS) &&
	       (!k->size || !memcmp(k->store->words.items + other->elements, k->elements, k->size));
}

/* Hashes the contents and a hash of the elements. */
static uint32_t node_hash(const struct node_key *key)
{
	uint64_t elements = key->size ? hash_string(key->elements, key->size) : 0;
	char hashed[NODE_CONTENTS + sizeof(elements)];

	memcpy(hashed, key->node, NODE_CONTENTS);
	memcpy(hashed + NODE_CONTENTS, &elements, sizeof(elements));
	return hash_string(hashed, sizeof(hashed));
}

void node_store_see(struct node_store *store, uint32_t id, uint64_t position)
{
	struct node *node = &store->nodes.items[id];

	if (position < node->first)
		node->first = position;
}

uint32_t node_store_add(struct node_store *store, const struct node *node, const void *elements)
{
	uint32_t words = node_element_words(node->kind) * node->count, hash,
		 id = store->nodes.count;
	struct node copy = *node;
	struct node_key key = { store, &copy, elements, words * sizeof(uint32_t) };
	struct table_slot *slot;

	copy.unused = 0;
	copy.elements = store->words.count;
	hash = node_hash(&key);
	if (store->failed || !table_reserve(&store->table, 1)) {
		store->failed = true;
		return 0;
	}
	slot = table_find(&store->table, hash, node_same, &key);
	if (slot->value) {
		node_store_see(store, slot->value, node->first);
		return slot->value;
	}
	if (store->words.count + words > UINT32_MAX ||
	    !u32_vector_extend(&store->words, elements, words) ||
	    !node_vector_append(&store->nodes, copy) || !table_add(&store->table, slot, hash, id)) {
		store->failed = true;
		return 0;
	}
	return id;
}

const struct node *node_store_get(const struct node_store *store, uint32_t id)
{
	return &store->nodes.items[id];
}

uint32_t node_store_count(const struct node_store *store)
{
	return store->nodes.count;
}

uint32_t node_store_strings(const struct node_store *store)
{
	return store->offsets.count;
}

const struct node_member *node_members(const struct node_store *store, const struct node *node)
{
	return (const struct node_member *)(store->words.items + node->elements);
}

const struct node_parameter *node_parameters(const struct node_store *store,
					     const struct node *node)
{
	return (const struct node_parameter *)(store->words.items + node->elements);
}

const struct node_value *node_values(const struct node_store *store, const struct node *node)
{
	return (const struct node_value *)(store->words.items + node->elements);
}

const uint32_t *node_element_types(const struct node_store *store, const struct node *node,
				   uint32_t *count, uint32_t *stride)
{
	*count = node_refers(node->kind) ? node->count : 0;
	*stride = node_element_words(node->kind);
	return *count ? store->words.items + node->elements + 1 : NULL;
}
