/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Detects split BTF that was opened over the wrong base.
 *
 * Over the wrong base, the type ids and string offsets of split BTF are in range but have other
 * meanings. The table of kinds lists the kinds that a reference never leads to, with any compiler:
 * for instance, an array never consists of functions. And no tool lets a name start inside another
 * string. Two thirds of a kernel's types are functions and prototypes, so a few references are
 * enough to tell.
 *
 * The walk over the types checks every reference to the base, without a branch, because no CPU can
 * predict whether an id belongs to the base. If the size of the base is wrong, all references to
 * own types of the split BTF are shifted by the same number. A few of these references are enough,
 * and reference_last_are_odd() checks them instead of the walk.
 */
#ifndef REBTF_BTF_REFERENCE_H
#define REBTF_BTF_REFERENCE_H

#include "btf/btf.h"

/* The properties of the base that a walk over split BTF needs. */
struct reference_base {
	/* The enum type_role of each type, indexed by id, followed by a 0. */
	const uint8_t *roles;
	uint32_t start_id; /* of the split BTF; the index of that 0 */
	const char *strings;
	uint32_t start_string; /* of the split BTF */
};

/* The results of a walk. */
struct reference_signs {
	uint8_t roles; /* not 0: a reference leads to a kind in the base that it cannot lead to */
	char inside;   /* not 0: a name starts inside a string of the base */
};

/*
 * Computes the roles of the base when the first split BTF is opened over it, and keeps them. If the
 * base is itself split, the walk detects no such reference and reference_find_odd() must check
 * every reference. Errors: NOMEM.
 */
struct rebtf_error *reference_base_init(struct reference_base *base, const struct rebtf_btf *split);

/* Records whether the type id, against the rules, leads to a type with a role in @never. */
static inline void reference_note_id(struct reference_signs *signs,
				     const struct reference_base *base, uint32_t id, uint8_t never)
{
	signs->roles |= base->roles[id < base->start_id ? id : base->start_id] & never;
}

/* Records whether a name starts inside a string of the base. Offset 0 means no name. */
static inline void reference_note_string(struct reference_signs *signs,
					 const struct reference_base *base, uint32_t off)
{
	uint32_t before = off - 1u;

	signs->inside |= base->strings[before < base->start_string ? before : 0];
}

/*
 * Checks the last types of @split, their references and names, until a few references to own types
 * have been seen. Returns true if a reference leads to an impossible kind or a name starts inside
 * another string.
 */
bool reference_last_are_odd(const struct rebtf_btf *split);

/*
 * Checks all references and names of @btf's own types. Errors, for the first invalid type:
 * WRONG_BASE, or FORMAT without a base.
 */
struct rebtf_error *reference_find_odd(const struct rebtf_btf *btf);

/*
 * Checks all references of type [@id], for a transform that copies it into split BTF. Errors:
 * FORMAT.
 */
struct rebtf_error *reference_check_type(const struct rebtf_btf *btf, uint32_t id);

#endif
