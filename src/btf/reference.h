/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Signs that split BTF belongs to another base.
 *
 * Over a base that is not its own, split BTF has type ids and string offsets that exist but mean
 * something else. The table of kinds says to which kinds a reference never leads, in BTF of any
 * compiler: an array never consists of functions, for instance. And no tool lets a name start
 * inside another string. Two thirds of a kernel's types are functions and prototypes, so a few
 * references are enough to tell.
 *
 * The walk over the types looks at every reference to the base. It does so without a branch,
 * because no processor can predict whether an id belongs to the base. If the base has another size
 * than the right one, all references to the split's own types are off by the same number. So a few
 * of these are enough, and the walk leaves them to reference_last_are_odd().
 */
#ifndef REBTF_BTF_REFERENCE_H
#define REBTF_BTF_REFERENCE_H

#include "btf/btf.h"

/* What a walk over split BTF sees of its base. */
struct reference_base {
	/* The enum type_role of each type, by id from 0, and a 0 at the end. */
	const uint8_t *roles;
	uint32_t start_id; /* of the split, where that 0 is */
	const char *strings;
	uint32_t start_string; /* of the split */
};

/* What a walk found. */
struct reference_signs {
	uint8_t roles; /* not 0: a reference to the base leads to a kind that it never leads to */
	char inside;   /* not 0: a name starts inside a string of the base */
};

/*
 * The roles of a base are found when the first split BTF is opened over it, and are kept. Over a base
 * that is itself split, the walk sees nothing, and reference_find_odd() has to look at every
 * reference. Errors: NOMEM.
 */
struct rebtf_error *reference_base_init(struct reference_base *base, const struct rebtf_btf *split);

/* Notes a type id that never leads to a type with one of the roles in @never. */
static inline void reference_note_id(struct reference_signs *signs,
				     const struct reference_base *base, uint32_t id, uint8_t never)
{
	signs->roles |= base->roles[id < base->start_id ? id : base->start_id] & never;
}

/* Notes a string offset. Offset 0, which is no name, and those of the split count as whole. */
static inline void reference_note_string(struct reference_signs *signs,
					 const struct reference_base *base, uint32_t off)
{
	uint32_t before = off - 1u;

	signs->inside |= base->strings[before < base->start_string ? before : 0];
}

/*
 * Looks at the last few references of @split to its own types, and at the names of these types.
 * True if one of them leads to a kind to which it never leads, or one starts inside another string.
 */
bool reference_last_are_odd(const struct rebtf_btf *split);

/*
 * Looks at all references and names of @btf's own types. Errors, with the first type that has an
 * odd one: WRONG_BASE, or FORMAT without a base.
 */
struct rebtf_error *reference_find_odd(const struct rebtf_btf *btf);

/*
 * Looks at all references of the type [@id], for a transform that copies it into split BTF. Errors:
 * FORMAT.
 */
struct rebtf_error *reference_check_type(const struct rebtf_btf *btf, uint32_t id);

#endif
