/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Partitions types into blocks of equal types: those with the same contents that refer to equal
 * types, at any depth. The result is the coarsest such partition, so it does not depend on the
 * order of the types.
 *
 * It starts with blocks that may be too large and splits them (Hopcroft's algorithm). If a block is
 * split, types that refer to its parts are no longer equal, so their blocks are split, too. Only
 * the references to the smaller part need to be visited: for n references that takes n log n steps
 * at most, for any types.
 *
 * The first blocks are nearly final already. Reference cycles always contain a named struct or
 * union (other cycles are not valid C). If named structs with the same layout and member names are
 * taken to be equal at first, all other types can be visited after the types that they refer to,
 * and a hash table finds those with equal words.
 *
 * Types can be seen by name: a reference to any type with that name then counts as the same. This
 * is how types with forward declarations are compared (see forward_resolve.h).
 */
#ifndef REBTF_GRAPH_PARTITION_H
#define REBTF_GRAPH_PARTITION_H

#include "btf/btf.h"
#include "util/table.h"
#include "util/vec.h"

/*
 * Types, numbered from 1, that refer to one another. Equal names must have equal string offsets. A
 * type of kind VOID is equal only to itself. Other unknown kinds are not allowed.
 */
struct type_run {
	const uint32_t *types;
	const uint32_t *places; /* offset of each type, in words from types */
	uint32_t count;
	size_t size; /* in bytes */
};

static inline const struct rebtf_type *run_type(const struct type_run *run, uint32_t id)
{
	return (const struct rebtf_type *)(run->types + run->places[id - 1]);
}

/* Whether type @id is a struct or union with a name. Equal names have equal offsets. */
static inline bool run_is_named_composite(const struct type_run *run, uint32_t id)
{
	const struct rebtf_type *t = run_type(run, id);

	return kind_is_composite(rebtf_type_kind(t)) && t->name_off;
}

/* The size of a type in words. */
static inline size_t run_type_words(const struct type_run *run, uint32_t id)
{
	size_t end = id < run->count ? run->places[id] : run->size / sizeof(uint32_t);

	return end - run->places[id - 1];
}

#define NO_BLOCK UINT32_MAX

/* Types that are equal, as far as is known. */
struct partition_block {
	uint32_t first; /* index in members */
	uint32_t count;
	uint32_t marked;   /* the first members, which are about to become a block of their own */
	uint32_t follower; /* a block of forward declarations of these types, or NO_BLOCK */
	uint32_t leaders;  /* number of members that the follower must stay with */
	bool queued;	   /* types that refer to it still need to be compared */
};

DEFINE_VECTOR(partition_blocks, struct partition_block);

/* References to a type. */
struct partition_users {
	/* The references to type id are edges[starts[id]] up to edges[starts[id + 1]]. */
	uint32_t *starts;
	uint64_t *edges; /* the number of the field in the user's type << 32 | the user's id */
};

struct partition {
	const struct type_run *run;
	/* By id, the number of the name that the type is seen by, or 0. NULL: no type has one. */
	const uint32_t *names;
	bool *by_name;	     /* by number of the name: references still see only the name */
	const bool *leading; /* by id: the type is a leader of its block; or NULL */

	uint32_t *block_of;  /* by id */
	uint32_t *members;   /* ids, grouped by block */
	uint32_t *positions; /* by id: index in members */
	struct partition_blocks blocks;
	/* Types without the named structs and unions, each after the types it refers to. */
	uint32_t *ordered;
	uint32_t ordered_count;
	/* Types that refer to themselves, or to one that does, without these in between. */
	struct u32_vector loops;

	bool *closed; /* by id: final from the start, with all that it refers to */
	struct partition_users users;
	struct u32_vector queue;
	struct u32_vector touched;
	uint64_t *edges; /* room for sorting the references to a block */
	size_t edge_room;
};

/*
 * Starts the partition of @run's types and splits blocks until they are final. @names and @by_name
 * may be NULL. @p must be released even after an error. Errors: NOMEM.
 */
struct rebtf_error *partition_init(struct partition *p, const struct type_run *run,
				   const uint32_t *names, bool *by_name);
void partition_release(struct partition *p);

/*
 * Types refer to parts of @block, which are blocks already, and no longer see them as one: splits
 * the users of @block by their references. partition_refine() must follow.
 */
void partition_queue(struct partition *p, uint32_t block);

/* Splits blocks until all are final. Errors: NOMEM. */
struct rebtf_error *partition_refine(struct partition *p);

/*
 * Makes the forward declarations of block @follower equal to the types of @block. They follow those
 * with @p->leading set, until these turn out to be different.
 */
void partition_attach(struct partition *p, uint32_t block, uint32_t follower);

/* Finds the references to each type that is not closed; with @all, those of all types. */
struct rebtf_error *partition_find_users(struct partition *p, bool all,
					 struct partition_users *users);
void partition_users_release(struct partition_users *users);

/* Sets up everything but the splitting: the first blocks, some of them queued. Errors: NOMEM. */
struct rebtf_error *partition_start(struct partition *p);

/*
 * Sets @classes, malloced and indexed by type id, to the class of each type. Equal types have the
 * same class, which is the id of one of them. Variables and sections are equal only to themselves,
 * and so are loops. Errors: NOMEM.
 */
struct rebtf_error *find_same_types(const struct type_run *run, uint32_t **classes);

#endif
