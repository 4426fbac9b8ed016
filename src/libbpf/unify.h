/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Deduplication as btf__dedup() does it. rebtf_dedup() (graph/dedup.h) finds more equal types, but
 * other ones: it keeps types apart that libbpf merges because one of them has a forward declaration
 * with several definitions. Programs that were written for libbpf expect the types, ids and bytes of
 * libbpf. So this follows libbpf's algorithm step by step, in its order:
 *
 *   1. Strings: keep those that are used, each once.
 *   2. Types without references: compare by contents.
 *   3. Structs, unions and typedefs: walk the graphs of both types side by side (unify_graph.c). A
 *      forward declaration goes with a definition of its name. If the walk succeeds, these pairs are
 *      the same types from then on.
 *   4. A forward declaration with only one definition becomes that definition.
 *   5. Other types, after the types that they refer to: compare by contents.
 *   6. Remove the types that became others, and renumber the rest.
 *
 * Unlike libbpf's, these steps are not recursive, but for a comparison with a depth of 16.
 */
#ifndef REBTF_LIBBPF_UNIFY_H
#define REBTF_LIBBPF_UNIFY_H

#include "libbpf/unify_table.h"
#include "libbpf/object.h"

/* In unifier.map: the type was not compared yet; it waits for types that it refers to. */
#define UNIFY_TODO    UINT32_MAX
#define UNIFY_WAITING (UINT32_MAX - 1)

/* A pair of types in a walk: of the type to merge, and of the type that it could become. */
struct unify_pair {
	uint32_t type;
	uint32_t other;
};

DEFINE_VECTOR(unify_pairs, struct unify_pair);

struct unifier {
	struct btf *btf;
	struct unify_table table; /* the types that others can become */
	uint32_t *map;		  /* by id: the type that it becomes, which may become another */
	/* By id of the other type: the type that it goes with in this walk. */
	uint32_t *partner;
	struct u32_vector partners; /* the ids that have a partner */
	struct unify_pairs stack;   /* pairs that the walk must still visit */
	/* The walk needs a declaration of the base to be a definition of the split BTF. */
	bool changes_base;
	uint32_t steps; /* left for unify_is_identical() */
};

static inline bool unify_is_done(const struct unifier *m, uint32_t id)
{
	return m->map[id] <= OBJECT_MAX_ID;
}

/* Returns the type that type @id becomes, as far as is known. */
static inline uint32_t unify_target(const struct unifier *m, uint32_t id)
{
	while (unify_is_done(m, id) && m->map[id] != id)
		id = m->map[id];
	return id;
}

/*
 * Whether the graphs of both types are equal: 1, 0 or -errno. Pairs are in @m->partners and
 * @m->partner.
 */
int unify_walk(struct unifier *m, uint32_t type, uint32_t other);

/* Makes the pairs of the last walk the same types. */
void unify_keep_walk(struct unifier *m);

/* Merges types of steps 2 and 5. Return 0 or -errno. */
int unify_plain_types(struct unifier *m);
int unify_references(struct unifier *m);

#endif
