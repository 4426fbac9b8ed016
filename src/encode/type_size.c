/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Follows references to a type of known size. */
#include "encode/type_size.h"

/* Types of C are less deep. A deeper one has no size here, so that chains cost little. */
#define DEPTH_MAX 64

/* The number of members that type_is_packed() looks at. */
#define MEMBERS_MAX 4096

static bool is_alias(const struct node *n)
{
	switch (n->kind) {
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_CONST:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

uint32_t type_stripped(const struct type_view *view, uint32_t node)
{
	for (unsigned int i = 0; node && i < DEPTH_MAX; i++) {
		const struct node *n = node_store_get(view->store, node);

		if (!is_alias(n))
			return node;
		node = n->type;
	}
	return 0;
}

uint32_t type_definition(const struct type_view *view, uint32_t node)
{
	const struct node *n = node ? node_store_get(view->store, node) : NULL;

	if (!n)
		return 0;
	if (n->kind == REBTF_KIND_FWD)
		return contexts_definition(view->contexts, node, view->unit);
	return n->kind == REBTF_KIND_STRUCT || n->kind == REBTF_KIND_UNION ? node : 0;
}

uint64_t type_view_size(const struct type_view *view, uint32_t node)
{
	uint64_t elements = 1, size = 0;

	for (unsigned int i = 0; i < DEPTH_MAX; i++) {
		const struct node *n;

		node = type_stripped(view, node);
		if (!node)
			return 0;
		n = node_store_get(view->store, node);
		if (n->kind != REBTF_KIND_ARRAY) {
			if (n->kind == REBTF_KIND_FWD)
				node = type_definition(view, node);
			size = n->kind == REBTF_KIND_PTR	  ? view->pointer_size
			       : n->kind == REBTF_KIND_FUNC_PROTO ? 0
			       : node ? node_store_get(view->store, node)->size
				      : 0;
			break;
		}
		elements *= n->size;
		if (elements > UINT32_MAX)
			return 0;
		node = n->type;
	}
	return elements * size <= UINT32_MAX ? elements * size : 0;
}

/* --------------------------------------------------------------------------------------- packed */

/* The alignment that a member's type has unless it is packed. 1: unknown. */
static uint64_t type_alignment(const struct type_view *view, uint32_t node, unsigned int depth,
			       uint32_t *budget);

/* The largest alignment of the definition's members. 0: a member is not aligned. */
static uint64_t members_alignment(const struct type_view *view, uint32_t definition,
				  unsigned int depth, uint32_t *budget)
{
	const struct node *n = node_store_get(view->store, definition);
	uint64_t largest = 1;

	for (uint32_t i = 0; i < n->count && *budget; i++) {
		const struct node_member *m = &node_members(view->store, n)[i];
		uint64_t alignment;

		--*budget;
		if (m->bits)
			continue;
		alignment = type_alignment(view, m->type, depth + 1, budget);
		if (m->bit_offset % (alignment * 8))
			return 0;
		largest = alignment > largest ? alignment : largest;
	}
	return n->size % largest ? 0 : largest;
}

static uint64_t type_alignment(const struct type_view *view, uint32_t node, unsigned int depth,
			       uint32_t *budget)
{
	const struct node *n = NULL;
	uint32_t definition;
	uint64_t size;

	for (unsigned int i = 0; i < DEPTH_MAX; i++) {
		node = type_stripped(view, node);
		n = node ? node_store_get(view->store, node) : NULL;
		if (!n || n->kind != REBTF_KIND_ARRAY)
			break;
		node = n->type;
	}
	if (!n || depth >= DEPTH_MAX)
		return 1;
	definition = type_definition(view, node);
	if (definition)
		return members_alignment(view, definition, depth, budget) ?: 1;
	size = type_view_size(view, node);
	/* A larger integer, such as __int128, may have the alignment of a pointer. */
	size = size > view->pointer_size ? view->pointer_size : size;
	return size && !(size & (size - 1)) ? size : 1;
}

bool type_is_packed(const struct type_view *view, uint32_t definition)
{
	uint32_t budget = MEMBERS_MAX;

	return !members_alignment(view, definition, 0, &budget) && budget;
}
