/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares two definitions of a type for callers who only need to know whether the relied-on
 * properties still hold. rebtf_compare() lists all changes for people.
 */
#ifndef REBTF_GRAPH_COMPARE_H
#define REBTF_GRAPH_COMPARE_H

#include "graph/members.h"
#include "util/vec.h"

/* The cost of a comparison besides the members and types that it visits, for budgets of these. */
#define COMPARE_FIXED_COST 256u

/* The two definitions, side by side. */
struct sides {
	struct comparison c;
	uint32_t old_id;
	uint32_t new_id;
	bool are_enums;
	uint64_t mask; /* bits of an offset or value that count */
	struct member_list old_list;
	struct member_list new_list;
	uint32_t *partners; /* for each old member the index of its new one, or NOBODY */
};

/* Errors: ARGUMENT (no such type, or kinds that cannot be compared). */
struct rebtf_error *compare_check_arguments(const struct rebtf_btf *old_btf, uint32_t old_id,
					    const struct rebtf_btf *new_btf, uint32_t new_id);

/*
 * Lists and pairs the members of both types. Returns false if the comparison is incomplete. Call
 * sides_release() in any case.
 */
bool sides_lay_out(struct sides *s, const struct rebtf_btf *old_btf, uint32_t old_id,
		   const struct rebtf_btf *new_btf, uint32_t new_id, uint64_t limit);
void sides_release(struct sides *s);

/* Whether the member has the same offset, or the enumerator the same value, on both sides. */
bool sides_same_place(const struct sides *s, const struct member *o, const struct member *n);

bool sides_same_type(struct sides *s, const struct member *o, const struct member *n);

DEFINE_VECTOR(change_vector, struct rebtf_change);

/* The names of members belong to the BTF objects, which the list references. */
struct rebtf_change_list {
	struct change_vector changes;
	size_t harmful; /* number of changes that are not harmless */
	uint64_t cost;	/* see rebtf_change_list_cost() */
	struct rebtf_btf *old_btf;
	struct rebtf_btf *new_btf;
	struct spelling_block *blocks; /* spellings of types */
	size_t spelled;		       /* in bytes */
	uint64_t spelled_work;	       /* see spell_type() */
	bool with_spellings;	       /* see compare_list() */
	uint32_t old_pointer_size;
	uint32_t new_pointer_size;
};

/*
 * As rebtf_compare(), for two types that list_members() accepts and that are both enumerations or
 * both not. @with_spellings: a member with another spelling of the same type is a harmless change,
 * too. @limit: of the cost. A comparison that exceeds it counts as too complex. Errors: NOMEM.
 */
struct rebtf_error *compare_list(const struct rebtf_btf *old_btf, uint32_t old_id,
				 const struct rebtf_btf *new_btf, uint32_t new_id,
				 bool with_spellings, uint64_t limit,
				 struct rebtf_change_list **changes);

/*
 * Whether rebtf_compare() of these two types would list a harmful change. Stops at the first one.
 * Definitions that are too complex to be compared in time linear in their members count as
 * harmfully changed. So do definitions that exceed @budget, the number of members and types that
 * may still be visited. The function subtracts those it visited. Errors: NOMEM, ARGUMENT (as
 * rebtf_compare()).
 */
struct rebtf_error *compare_harmful(const struct rebtf_btf *old_btf, uint32_t old_id,
				    const struct rebtf_btf *new_btf, uint32_t new_id,
				    uint64_t *budget, bool *harmful);

#endif
