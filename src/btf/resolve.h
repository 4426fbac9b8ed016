/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Follows chains of types: from a type to the one below its typedefs and qualifiers, and to its
 * size.
 *
 * A chain in an open object ends, because rebtf_btf_open() refuses types that contain themselves.
 * But a hostile file's chain can be as long as the file. So resolve_skip() and resolve_size() look
 * at RESOLVE_TYPES_MAX types and then give up, as libbpf and the kernel do; resolve_aliases() takes
 * a budget; and a search that remembers the types it has seen takes single steps.
 *
 * The verifier does not use these functions: its results depend on the order of a kernel's
 * resolution of types (verify_refer.h).
 */
#ifndef REBTF_BTF_RESOLVE_H
#define REBTF_BTF_RESOLVE_H

#include "btf/btf.h"

#define RESOLVE_TYPES_MAX 32

/*
 * Takes a step to the one type that @t names, qualifies, repeats or points to. Returns false at the
 * end of a chain: the kind of @t is not in @families, a set of enum kind_family.
 */
static inline bool resolve_step(const struct rebtf_type *t, unsigned int families, uint32_t *id)
{
	const struct kind_layout *row = layout_of(t);

	if (!(row->family & families))
		return false;
	/* The first type id of an array is that of its elements. */
	*id = row->third == THIRD_TYPE ? t->type : *(const uint32_t *)(t + 1);
	return true;
}

/*
 * Skips types of @families. Returns the type at the end of the chain and sets @id to its id.
 * Returns NULL if the chain is too long, or leads through pointers back to itself.
 */
const struct rebtf_type *resolve_skip(const struct rebtf_btf *btf, unsigned int families,
				      uint32_t *id);

/*
 * As resolve_skip() for FAMILY_ALIAS, but a chain may have any length. Each step costs 1 of
 * @budget. Returns NULL once that is used up.
 */
const struct rebtf_type *resolve_aliases(const struct rebtf_btf *btf, uint32_t *id,
					 uint64_t *budget);

/*
 * Sets @size to the size in bytes of a type, or of the type of a variable. Returns false if it has
 * no size, if the size exceeds 64 bits, or if the chain is too long.
 */
bool resolve_size(const struct rebtf_btf *btf, uint32_t id, uint32_t pointer_size, uint64_t *size);

#endif
