/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * One side of a comparison: the BTF of a kernel and of modules over it. All types of a side have a
 * number: 0 is void, then come the types of the first member, and so on. A module sees the kernel's
 * types under the kernel's numbers.
 */
#ifndef REBTF_CORE_DIFF_SIDE_H
#define REBTF_CORE_DIFF_SIDE_H

#include "core/kfuncs.h"
#include "core/type_hash.h"

struct diff_member {
	char *name;
	struct rebtf_btf *btf;		   /* a reference */
	const struct rebtf_kfuncs *kfuncs; /* those without tags; or NULL */
	struct diff_member *base;
	size_t index;	       /* in the list of members */
	bool is_context;       /* only others refer to its types: a distilled base */
	uint32_t first_number; /* of the first own type */
	uint32_t slot;	       /* the same for the members of both sides that are compared */
	bool is_alone;	       /* the other side has no such member */
	struct type_hashes hashes;
};

DEFINE_VECTOR(diff_member_list, struct diff_member *);

struct diff_side {
	struct diff_member_list members;
	uint32_t type_count; /* with void */
};

/*
 * Adds @btf, and before it the BTF that it is split from unless the side has that already. @kfuncs: those
 * of @btf that have no tags, which must outlive the comparison; or NULL. Errors: NOMEM, UNSUPPORTED
 * (too many types).
 */
struct rebtf_error *diff_side_add(struct diff_side *side, const char *name,
				  const struct rebtf_btf *btf, const struct rebtf_kfuncs *kfuncs);
void diff_side_release(struct diff_side *side);

/* Hashes the types of all members, on @jobs threads. Errors: NOMEM. */
struct rebtf_error *diff_side_hash(struct diff_side *side, unsigned int jobs);

/* The member with the type @number, which is not 0. */
struct diff_member *diff_side_member(const struct diff_side *side, uint32_t number);

/* The number of type @id of @member or its base. */
static inline uint32_t diff_member_number(const struct diff_member *member, uint32_t id)
{
	if (!id)
		return 0;
	while (id < member->btf->start_id)
		member = member->base;
	return member->first_number + (id - member->btf->start_id);
}

/* The id of an own type with this number. */
static inline uint32_t diff_member_id(const struct diff_member *member, uint32_t number)
{
	return member->btf->start_id + (number - member->first_number);
}

/*
 * Gives the members of both sides their slots: members of one name are compared with each other. If
 * each side has one member, so are these. Errors: NOMEM.
 */
struct rebtf_error *diff_sides_pair(struct diff_side *old_side, struct diff_side *new_side);

#endif
