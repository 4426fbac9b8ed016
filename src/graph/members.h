/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Flat lists of members: everything that C code accesses as "x.name". For a struct or union, that
 * includes the members of anonymous members, with their offset in the whole type. For an
 * enumeration, it is the enumerators, with their values. The old and new definition of a type are
 * compared in this form: members with the same name are partners, even if an anonymous union now
 * surrounds one of them.
 *
 * Definitions may come from hostile files. An anonymous member that contains another one twice, and
 * so on, expands to exponentially many members from a few bytes. So all work is paid from a budget.
 * Once it is used up, the answer is "not the same".
 */
#ifndef REBTF_GRAPH_MEMBERS_H
#define REBTF_GRAPH_MEMBERS_H

#include "btf/btf.h"
#include "util/table.h"
#include "util/vec.h"

struct member {
	const char *name; /* or, if unnamed, the name of its type */
	uint64_t place;	  /* offset in bits, value of an enumerator, or number of a parameter */
	uint32_t type;	  /* void for an enumerator */
	uint32_t bits;	  /* of a bit-field, otherwise 0 */
	bool unnamed;
};

DEFINE_VECTOR(member_list, struct member);

struct pair {
	uint32_t old_id;
	uint32_t new_id;
};

DEFINE_VECTOR(pair_list, struct pair);

/* Pairs of types known to be the same, or assumed so until a difference is found. */
struct pair_set {
	struct pair_list pairs; /* in order of insertion */
	struct table numbers;	/* indices of pairs, plus 1 */
};

struct comparison {
	const struct rebtf_btf *old_btf;
	const struct rebtf_btf *new_btf;
	uint64_t budget; /* remaining */
	uint64_t granted;
	bool no_memory;
	struct pair_set same;
	struct pair_list to_do;
};

/*
 * Starts a comparison of two types with @old_count and @new_count members. The budget depends on
 * these numbers but is at most @limit.
 */
void comparison_init(struct comparison *c, const struct rebtf_btf *old_btf,
		     const struct rebtf_btf *new_btf, uint32_t old_count, uint32_t new_count,
		     uint64_t limit);
void comparison_release(struct comparison *c);

/* The cost of the comparison so far; at least 1. */
static inline uint64_t comparison_cost(const struct comparison *c)
{
	return 1 + c->granted - c->budget;
}

/* Subtracts the cost of a comparison from a budget for several. */
static inline void budget_spend(uint64_t *budget, uint64_t cost)
{
	*budget -= cost < *budget ? cost : *budget;
}

/* Subtracts @cost from the budget. Returns false once it is used up. */
bool spend(struct comparison *c, uint64_t cost);
/* Pays for reading a name. Only long names cost anything. */
void spend_name(struct comparison *c, size_t length);

/* Whether work ended early, so that results are incomplete. */
static inline bool comparison_is_incomplete(const struct comparison *c)
{
	return !c->budget || c->no_memory;
}

/*
 * Lists the members or enumerators of a STRUCT, UNION, ENUM or ENUM64, or the result and parameters
 * of a FUNC_PROTO. @list starts as {} and must be released in any case. Returns false if the
 * comparison is incomplete.
 */
bool list_members(struct comparison *c, const struct rebtf_btf *btf, uint32_t id,
		  struct member_list *list);

/* The member has no partner. */
#define NOBODY UINT32_MAX

/*
 * Sets @partners[i] to the index of the new member with the same name as old member i, or NOBODY.
 * Each new member has at most one partner. Returns false if the comparison is incomplete.
 */
bool find_partners(struct comparison *c, const struct member_list *old_list,
		   const struct member_list *new_list, uint32_t *partners);

/*
 * The bits of offsets or values to compare. Two enumerations of the same size may differ in
 * signedness, so that -1 in one is 0xffffffff in the other.
 */
uint64_t place_mask(const struct rebtf_type *old_type, const struct rebtf_type *new_type);

#endif
