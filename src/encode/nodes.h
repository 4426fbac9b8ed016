/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The store of type nodes. A node is a C type as one unit of DWARF describes it. Equal types are one
 * node, whichever unit they come from, so memory follows the number of different types.
 *
 * Every cycle of C types passes a named struct or union. A reference to one of these is a node of
 * kind FWD: it has the name only, not the definition. So the graph of nodes has no cycle, and a node
 * is equal to another if the contents are equal. The definition of a named struct or union is a node
 * of kind STRUCT or UNION. Other nodes never refer to it, except DECL_TAG nodes. contexts.h finds
 * the definition that a FWD stands for.
 *
 * Some structs and unions are hidden behind others of the same name, or have no name though they
 * contain themselves. Their name here is a number between NODE_HIDDEN and NODE_NAME, followed by the
 * real name (node_real_name()).
 *
 * Each thread has a store of its own. At the end, node_store_merge() adds the nodes of one store to
 * another.
 */
#ifndef REBTF_ENCODE_NODES_H
#define REBTF_ENCODE_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rebtf.h"

#define NODE_HIDDEN '\1'
#define NODE_NAME   '\2'

/* The name of a type without the number in front. */
static inline const char *node_real_name(const char *name)
{
	const char *end = *name == NODE_HIDDEN ? strchr(name, NODE_NAME) : NULL;

	return end ? end + 1 : name;
}

/*
 * Kind of a node that stands for a type in another unit. It has the offset of that type's DIE
 * (node_remote_offset()), and its place (enum die_place) as flags. The merged store has no such node.
 */
#define NODE_REMOTE 0xff

/* Kind of a node that stands for a type that C does not have. In the merged store it is void. */
#define NODE_FOREIGN 0xfe

/*
 * Nodes are numbered from 1. 0 is void. Strings are numbered too, and 0 is the empty string: equal
 * strings of a store have equal numbers.
 */
struct node {
	uint32_t name; /* a string */
	/*
	 * PTR and its like, ARRAY (element), FUNC_PROTO (result), DECL_TAG: the type. ENUM64: 0, or
	 * its NODE_REMOTE, which tells whether it is signed. Else 0.
	 */
	uint32_t type;
	/* INT, FLOAT, ENUM, STRUCT, UNION: bytes; ARRAY: elements; DECL_TAG: component_idx */
	uint32_t size;
	uint32_t count; /* the number of members, values or parameters */
	uint8_t kind;	/* enum rebtf_kind, NODE_REMOTE or NODE_FOREIGN */
	/*
	 * INT: its encoding; ENUM, ENUM64: 1 if signed; FWD: 1 for a union; TYPE_TAG, DECL_TAG: 1
	 * for an attribute; else 0
	 */
	uint8_t flags;
	uint16_t unused;   /* 0, so that nodes have no padding and can be compared as bytes */
	uint32_t elements; /* place of the elements in the store: see node_members() */
	uint64_t first;	   /* smallest position of a DIE with this type: unit << 32 | order in it */
};

static inline uint64_t node_remote_offset(const struct node *node)
{
	return (uint64_t)node->size << 32 | node->name;
}

/* A member of a STRUCT or UNION. */
struct node_member {
	uint32_t name, type, bit_offset;
	uint32_t bits; /* size of a bit-field, or 0 */
};

/* A parameter of a FUNC_PROTO. Both are 0 in the last one of a function with variable arguments. */
struct node_parameter {
	uint32_t name, type;
};

/* A value of an ENUM or ENUM64. */
struct node_value {
	uint32_t name, low, high;
};

struct node_store;

/* Errors: NOMEM. */
struct rebtf_error *node_store_new(struct node_store **store);
void node_store_free(struct node_store *store); /* NULL is allowed */

/* Makes room for so many nodes and strings, so that the store need not grow in steps. */
void node_store_reserve(struct node_store *store, size_t nodes, size_t strings);

/*
 * Returns the number of @text. @key is that of struct die_string: equal keys that are not 0 imply
 * equal texts. So the text of a known key is mostly not read. Returns 0 if out of memory.
 */
uint32_t node_store_string(struct node_store *store, const char *text, uint64_t key);

/* Returns the text of a string, which is valid until the store gets another string. */
const char *node_store_text(const struct node_store *store, uint32_t string);

/*
 * The string without the number of a type hidden behind another: @name itself if it has none, 0 if
 * nothing is left.
 */
uint32_t node_store_real_name(struct node_store *store, uint32_t name);

/*
 * Returns the node that has the contents of @node. Adds it if necessary, and lowers its @first.
 * @elements are @node->count members, parameters or values. Both are copied. @node->elements is
 * ignored. Returns 0 if out of memory.
 */
uint32_t node_store_add(struct node_store *store, const struct node *node, const void *elements);

/* A DIE at @position has the type of node @id: lowers the node's @first. */
void node_store_see(struct node_store *store, uint32_t id, uint64_t position);

/* The node with number @id, valid until the store gets another node. @id is not 0. */
const struct node *node_store_get(const struct node_store *store, uint32_t id);

/* The number of nodes, plus 1. */
uint32_t node_store_count(const struct node_store *store);

/* The number of strings, the empty one included. */
uint32_t node_store_strings(const struct node_store *store);

/* The elements of a node of the right kind, valid until the store gets another node. */
const struct node_member *node_members(const struct node_store *store, const struct node *node);
const struct node_parameter *node_parameters(const struct node_store *store,
					     const struct node *node);
const struct node_value *node_values(const struct node_store *store, const struct node *node);

/*
 * Whether the integer type @id, perhaps behind typedefs, is signed. If it is in another unit, sets
 * *@remote to the NODE_REMOTE.
 */
bool node_is_signed(const struct node_store *store, uint32_t id, uint32_t *remote);

/* The number of words of an element. 0: nodes of @kind have no elements. */
static inline uint32_t node_element_words(uint32_t kind)
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

/* Whether the node is a struct or union that declarations can mean. */
static inline bool node_is_definition(const struct node *node)
{
	return (node->kind == REBTF_KIND_STRUCT || node->kind == REBTF_KIND_UNION) && node->name;
}

/* Whether the second word of an element refers to a type. The first is always a name. */
static inline bool node_refers(uint32_t kind)
{
	return kind == REBTF_KIND_STRUCT || kind == REBTF_KIND_UNION ||
	       kind == REBTF_KIND_FUNC_PROTO;
}

/*
 * Returns the reference of the first element. *@count is the number of elements, 0 if they do not
 * refer to types, and *@stride the distance of references.
 */
const uint32_t *node_element_types(const struct node_store *store, const struct node *node,
				   uint32_t *count, uint32_t *stride);

/*
 * Lets the store fail when its strings take more than @bytes: those of a hostile file may start
 * inside each other.
 */
void node_store_limit_text(struct node_store *store, size_t bytes);

/* Whether the store failed because of that limit. */
bool node_store_is_over_limit(const struct node_store *store);

/*
 * Whether an allocation failed, or the limit was reached. Then the store takes no more nodes and
 * strings, so that callers need to check only once, at the end.
 */
bool node_store_failed(const struct node_store *store);

#endif
