/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What one says "x.name" to, as flat lists: the members of a struct or union with those of its
 * anonymous members among them, each at its place in the whole, or the enumerators of an
 * enumeration, whose place is their value. In this shape the old definition of a type and the new
 * one are compared: a name is a partner of the same name, whatever anonymous union now lies around
 * it.
 *
 * Definitions come from files that anybody may have written, and an anonymous member that holds two
 * of another one, and so on, makes exponentially many of few bytes. So all work is paid for out of
 * a budget; when that is used up, the answer is "not the same".
 */
#ifndef REBTF_GRAPH_MEMBERS_H
#define REBTF_GRAPH_MEMBERS_H

#include "btf/btf.h"

struct member {
	const char *name; /* of an unnamed one the name of its type */
	uint64_t place;	  /* bits from the start; of an enumerator its value */
	uint32_t type;	  /* void for an enumerator */
	uint32_t bits;	  /* of a bit-field, else 0 */
	bool unnamed;
};

struct member_list {
	struct member *members; /* malloced */
	size_t count;
	size_t room;
};

struct pair {
	uint32_t old_id;
	uint32_t new_id;
};

/* Pairs of types that were found to be the same, or are while nothing speaks against it. */
struct pair_set {
	struct pair *pairs; /* in the order in which they came */
	size_t count;
	size_t room;
	uint32_t *slots; /* index of a pair + 1; 0 is free */
	size_t slot_count;
};

struct to_do {
	struct pair *pairs;
	size_t count;
	size_t room;
};

struct comparison {
	const struct rebtf_btf *old_btf;
	const struct rebtf_btf *new_btf;
	uint64_t budget; /* what is left of it */
	uint64_t granted;
	bool no_memory;
	struct pair_set same;
	struct to_do to_do;
};

/*
 * For two types of which the one has @old_count members and the other @new_count. The budget follows
 * these, but is at most @limit.
 */
void comparison_init(struct comparison *c, const struct rebtf_btf *old_btf,
		     const struct rebtf_btf *new_btf, uint32_t old_count, uint32_t new_count,
		     uint64_t limit);
void comparison_release(struct comparison *c);

/* What the comparison has used up so far; at least 1. */
static inline uint64_t comparison_cost(const struct comparison *c)
{
	return 1 + c->granted - c->budget;
}

/* Takes @cost out of the budget; false, from then on, if it does not hold that much. */
bool spend(struct comparison *c, uint64_t cost);
/* For looking at a name: only long ones cost anything. */
void spend_name(struct comparison *c, size_t length);

/* Whether work ended early. What was found until then is not the whole truth. */
static inline bool gave_up(const struct comparison *c)
{
	return !c->budget || c->no_memory;
}

/*
 * Members or enumerators of a STRUCT, UNION, ENUM or ENUM64. @list starts as {} and is to be freed
 * in any case. False if the comparison gave up.
 */
bool list_members(struct comparison *c, const struct rebtf_btf *btf, uint32_t id,
		  struct member_list *list);
void member_list_release(struct member_list *list);

/*
 * The type itself, without typedefs, qualifiers and type tags; @id becomes its id. NULL if the
 * comparison gave up.
 */
const struct rebtf_type *strip_aliases(struct comparison *c, const struct rebtf_btf *btf,
				       uint32_t *id);

/* No partner. */
#define NOBODY UINT32_MAX

/*
 * Sets @partners[i] to the number of the new member that has the name of old member i, or NOBODY.
 * Each new one is the partner of no more than one. False if the comparison gave up.
 */
bool find_partners(struct comparison *c, const struct member_list *old_list,
		   const struct member_list *new_list, uint32_t *partners);

/*
 * The bits of a place that tell places apart. Two enumerations of one size may differ in whether
 * their values count as signed, and -1 is then 0xffffffff.
 */
uint64_t place_mask(const struct rebtf_type *old_type, const struct rebtf_type *new_type);

#endif
