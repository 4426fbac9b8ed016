/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Stores nodes, their elements and their strings in growing arrays, and finds equal ones through
 * hash tables.
 */
#include <string.h>

#include "encode/form.h"
#include "encode/nodes.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/number_map.h"
#include "util/table.h"
#include "util/vec.h"

/* A key has the section in its highest bits, and the offset in the others. */
#define KEY_OFFSET_MASK ((1ull << FORM_KEY_SHIFT) - 1)

/* Number of typedefs and qualifiers before an integer type. */
#define MAX_ALIASES 64

/* The part of struct node that nodes are compared by, besides the elements. */
#define NODE_CONTENTS offsetof(struct node, elements)

/*
 * Units include the same headers, so the same strings and nodes follow each other in all of them. The
 * string that followed another lately is a good guess for the next time, and cheaper than hashing.
 */
struct string_use {
	uint32_t number;       /* see node_string_number() */
	uint32_t followers[2]; /* the last two strings that differed, the latest first */
};

DEFINE_VECTOR(node_vector, struct node);
DEFINE_VECTOR(string_use_vector, struct string_use);

struct node_store {
	struct node_vector nodes; /* the first is void */
	struct u32_vector words;  /* the elements of all nodes */
	struct table table;	  /* numbers of nodes */
	struct buffer text;
	size_t text_limit;
	bool is_over_limit;
	struct u32_vector offsets;     /* of the strings in text */
	struct table strings;	       /* numbers of strings */
	struct number_map numbers;     /* from node_string_number() to strings */
	struct string_use_vector uses; /* by string */
	uint32_t last_string;	       /* with a number */
	/* By node: the one that followed it last time, a good guess for the next time. */
	struct u32_vector followers;
	uint32_t last; /* the last node that was added or found */
	bool failed;
};

struct rebtf_error *node_store_new(struct node_store **store)
{
	struct node_store *s = calloc(1, sizeof(*s));

	if (!s)
		return error_nomem();
	node_vector_append(&s->nodes, (struct node){});
	u32_vector_append(&s->followers, 0);
	buffer_append(&s->text, "", 1);
	u32_vector_append(&s->offsets, 0);
	string_use_vector_append(&s->uses, (struct string_use){});
	s->failed = !number_map_init(&s->numbers, 0) || s->nodes.failed || s->followers.failed ||
		    s->text.failed || s->offsets.failed || s->uses.failed;
	if (s->failed) {
		node_store_free(s);
		return error_nomem();
	}
	s->text_limit = UINT32_MAX;
	*store = s;
	return NULL;
}

/* Typical numbers of words of a node, and of bytes of a string. */
#define NODE_WORDS  6
#define STRING_SIZE 16

void node_store_reserve(struct node_store *store, size_t nodes, size_t strings)
{
	store->failed |= !node_vector_reserve(&store->nodes, nodes) ||
			 !u32_vector_reserve(&store->followers, nodes) ||
			 !u32_vector_reserve(&store->words, nodes * NODE_WORDS) ||
			 !table_reserve(&store->table, nodes) ||
			 !u32_vector_reserve(&store->offsets, strings) ||
			 !string_use_vector_reserve(&store->uses, strings) ||
			 !table_reserve(&store->strings, strings) ||
			 !table_reserve(&store->numbers.table, strings) ||
			 !buffer_reserve(&store->text, strings * STRING_SIZE);
}

void node_store_limit_text(struct node_store *store, size_t bytes)
{
	store->text_limit = bytes < UINT32_MAX ? bytes : UINT32_MAX;
}

bool node_store_is_over_limit(const struct node_store *store)
{
	return store->is_over_limit;
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
	string_use_vector_release(&store->uses);
	table_release(&store->strings);
	number_map_release(&store->numbers);
	u32_vector_release(&store->followers);
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

static bool node_text_same(const void *key, uint32_t value)
{
	const struct text_key *k = key;

	return !strcmp(node_store_text(k->store, value), k->text);
}

static uint32_t node_string_of_text(struct node_store *store, const char *text)
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
	slot = table_find(&store->strings, hash, node_text_same, &key);
	if (slot->value)
		return slot->value;
	store->is_over_limit = store->text.size + length >= store->text_limit;
	if (store->is_over_limit || !u32_vector_append(&store->offsets, store->text.size) ||
	    !string_use_vector_append(&store->uses, (struct string_use){}) ||
	    !buffer_append(&store->text, text, length + 1) ||
	    !table_add(&store->strings, slot, hash, string)) {
		store->failed = true;
		return 0;
	}
	return string;
}

/*
 * A number of 32 bits that tells a string. 0: the string has no number, so only its text counts. A
 * section in the highest bits leaves 30 for the offset. Texts without a key are mostly short: they
 * are the number.
 */
static uint32_t node_string_number(const char *text, uint64_t key)
{
	uint64_t section = key >> FORM_KEY_SHIFT, offset = key & KEY_OFFSET_MASK;
	uint32_t number = 0;

	if (key)
		return section && section < 4 && offset <= UINT32_MAX >> 2 ? section << 30 | offset
									   : 0;
	for (int i = 0; i < 4; i++) {
		if (!text[i])
			return number;
		number |= (uint32_t)(uint8_t)text[i] << 8 * i;
	}
	return 0;
}

static bool node_text_is(const struct node_store *store, uint32_t string, const char *text)
{
	return string && !strcmp(node_store_text(store, string), text);
}

/*
 * Finds a string by its number, or adds it. Relocatable objects have a copy of a string for each
 * unit, with a number of its own. Then the text is probably one of @guesses, and only the first
 * number is kept in the table.
 */
static uint32_t node_find_string(struct node_store *store, uint32_t number, const char *text,
				 const uint32_t *guesses)
{
	struct table_slot *slot = number_map_find(&store->numbers, number);
	uint32_t string = slot->value;

	if (!string)
		string = node_text_is(store, guesses[0], text)	 ? guesses[0]
			 : node_text_is(store, guesses[1], text) ? guesses[1]
								 : node_string_of_text(store, text);
	if (!string)
		return 0;
	if (!store->uses.items[string].number &&
	    !number_map_add(&store->numbers, slot, number, string))
		store->failed = true;
	store->uses.items[string].number = number;
	return string;
}

uint32_t node_store_string(struct node_store *store, const char *text, uint64_t key)
{
	uint32_t number = node_string_number(text, key);
	struct string_use *last = &store->uses.items[store->last_string];
	uint32_t string = last->followers[0];

	if (store->failed)
		return 0;
	if (!number)
		return node_string_of_text(store, text);
	if (store->uses.items[string].number != number) {
		string = last->followers[1];
		if (store->uses.items[string].number != number)
			string = node_find_string(store, number, text, last->followers);
		last = &store->uses.items[store->last_string];
		last->followers[1] = last->followers[0];
		last->followers[0] = string;
	}
	store->last_string = string;
	return string;
}

const char *node_store_text(const struct node_store *store, uint32_t string)
{
	return (const char *)store->text.data + store->offsets.items[string];
}

uint32_t node_store_real_name(struct node_store *store, uint32_t name)
{
	const char *text = node_store_text(store, name), *real = node_real_name(text);
	_cleanup_free_ char *copy = NULL;

	if (real == text)
		return name;
	/* A new string can move the text of the store. */
	copy = strdup(real);
	if (!copy)
		store->failed = true;
	return copy ? node_store_string(store, copy, 0) : 0;
}

/* --- nodes */

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

	return other->name == k->node->name && other->type == k->node->type &&
	       other->size == k->node->size && other->count == k->node->count &&
	       other->kind == k->node->kind && other->flags == k->node->flags &&
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

/* Adds the node that @key describes, unless it is known. Returns its number, or 0. */
static uint32_t node_find_or_add(struct node_store *store, const struct node_key *key)
{
	uint32_t hash = node_hash(key), id = store->nodes.count;
	size_t words = key->size / sizeof(uint32_t);
	struct table_slot *slot;

	if (!table_reserve(&store->table, 1))
		return 0;
	slot = table_find(&store->table, hash, node_same, key);
	if (slot->value)
		return slot->value;
	if (store->words.count + words > UINT32_MAX ||
	    !u32_vector_extend(&store->words, key->elements, words) ||
	    !u32_vector_append(&store->followers, 0) ||
	    !node_vector_append(&store->nodes, *key->node) ||
	    !table_add(&store->table, slot, hash, id))
		return 0;
	return id;
}

/*
 * Units include the same headers in the same order, so most nodes follow the same node as the last
 * time. Comparing with that one first is cheaper than hashing.
 */
uint32_t node_store_add(struct node_store *store, const struct node *node, const void *elements)
{
	struct node copy = *node;
	struct node_key key = { store, &copy, elements,
				(size_t)node_element_words(node->kind) * node->count *
					sizeof(uint32_t) };
	uint32_t *follower = &store->followers.items[store->last], id = *follower;

	if (store->failed)
		return 0;
	copy.unused = 0;
	copy.elements = store->words.count;
	if (!id || !node_same(&key, id)) {
		id = node_find_or_add(store, &key);
		if (!id) {
			store->failed = true;
			return 0;
		}
		store->followers.items[store->last] = id;
	}
	node_store_see(store, id, node->first);
	store->last = id;
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

bool node_is_signed(const struct node_store *store, uint32_t id, uint32_t *remote)
{
	for (int i = 0; id && i < MAX_ALIASES; i++, id = store->nodes.items[id].type) {
		const struct node *node = &store->nodes.items[id];

		switch (node->kind) {
		case NODE_REMOTE:
			*remote = id;
			return false;
		case REBTF_KIND_INT:
			return node->flags & REBTF_INT_SIGNED;
		case REBTF_KIND_TYPEDEF:
		case REBTF_KIND_CONST:
		case REBTF_KIND_VOLATILE:
		case REBTF_KIND_RESTRICT:
			break;
		default:
			return false;
		}
	}
	return false;
}
