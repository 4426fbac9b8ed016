/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Merges the stores of all threads into one. Nodes that stand for a type in another unit are replaced
 * by the node of that type, and enumerations that are only declared by their only definition. Types
 * that BTF cannot express become void (losses.h).
 */
#ifndef REBTF_ENCODE_NODE_MERGE_H
#define REBTF_ENCODE_NODE_MERGE_H

#include "encode/losses.h"

/* The nodes and strings that those of a store became in the merged one. {} is empty. */
struct node_map {
	uint32_t *nodes, *strings; /* malloced */
};

void node_map_release(struct node_map *map);

/*
 * Finds the type that @remote stands for, a node of kind NODE_REMOTE. Sets *@store to the index of
 * the store that has its node, and *@node to the node. Returns false if there is no such type. No type
 * may contain itself through such nodes.
 */
typedef bool (*node_remote_find)(void *arg, const struct node *remote, uint32_t *store,
				 uint32_t *node);

/*
 * Adds all nodes of @count stores to @into, which is empty, and sets maps[0] to maps[count - 1]. Adds
 * to @losses, which is empty, the types and members that BTF cannot express. The caller releases
 * the maps and @losses, after an error too. Errors: NOMEM.
 */
struct rebtf_error *node_merge(struct node_store *const *stores, uint32_t count,
			       node_remote_find find, void *arg, struct node_store *into,
			       struct node_map *maps, struct losses *losses);

/*
 * Whether merging @store alone would only copy it: it has no node of another unit, no enumeration
 * that is only declared, and no type or member that BTF cannot express. Then the store can stand
 * for the merged one, with the map of node_map_same(). False if out of memory.
 */
bool node_merge_is_copy(const struct node_store *store);

/* The map from a store to itself. Errors: NOMEM. */
struct rebtf_error *node_map_same(struct node_map *map, const struct node_store *store);

#endif
