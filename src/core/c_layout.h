/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The layout that a C compiler gives to types. BTF has offsets and sizes but no attributes, so the
 * alignment of a type follows from its members. A type that does not fit its alignment must be
 * packed.
 *
 * A gap that no alignment of members explains may come from an attribute, such as the kernel's
 * ____cacheline_aligned. c_align.c infers it: the smallest power of two that explains the gap, if
 * the size of the type and all places where it is contained are multiples of it.
 */
#ifndef REBTF_CORE_C_LAYOUT_H
#define REBTF_CORE_C_LAYOUT_H

#include "btf/btf.h"
#include "util/vec.h"

struct c_layout_frame {
	uint32_t id;
	uint32_t member; /* the next one */
};

DEFINE_VECTOR(c_layout_frames, struct c_layout_frame);

struct c_layout {
	const struct rebtf_btf *btf;
	uint32_t pointer_size;
	bool like_libbpf; /* its rules: only a struct is packed, and bit-fields never are */
	uint32_t *aligns; /* by id: bytes + 1, or 0: not computed yet */
	struct c_layout_frames frames;
	/* Logarithms of attributes by id, or NULL: none are inferred. */
	uint8_t *allowed; /* the largest that the uses of a struct or union allow */
	uint8_t *tails;	  /* that of a struct or union with a gap at its end; 0: none */
};

/*
 * @like_libbpf: as libbpf lays out types, without attributes. @first: attributes are inferred for
 * types from this id on. Errors: NOMEM. Must be released in any case.
 */
struct rebtf_error *c_layout_init(struct c_layout *l, const struct rebtf_btf *btf, bool like_libbpf,
				  uint32_t first);
void c_layout_release(struct c_layout *l);

/* See c_layout_align(). */
uint32_t c_layout_find_align(struct c_layout *l, uint32_t id);

/* Returns the alignment of a type in bytes: 1 if it is packed, 0 if it has no size. */
static inline uint32_t c_layout_align(struct c_layout *l, uint32_t id)
{
	return l->aligns[id] ? l->aligns[id] - 1 : c_layout_find_align(l, id);
}

/* Returns the size of a type in bytes, 0 for a type without a size. */
uint32_t c_layout_size(const struct c_layout *l, uint32_t id);

/* Moves the end of the members, in bits, past member @m of @t. */
void c_layout_pass(const struct c_layout *l, const struct rebtf_type *t,
		   const struct rebtf_member *m, uint64_t *end);

/* Whether the members or the size of a struct or union do not fit the alignment of its members. */
bool c_layout_is_packed(struct c_layout *l, const struct rebtf_type *t);

/* --- c_align.c */

/* Finds the attributes that types from id @first on can have. Errors: NOMEM. */
struct rebtf_error *c_align_init(struct c_layout *l, uint32_t first);

/*
 * Returns the alignment in bytes that @m, a member of type @id, needs to start at its offset, if no
 * member before it ends after bit @end. 0: it needs no attribute, or no attribute explains the gap.
 */
uint32_t c_align_of_member(const struct c_layout *l, uint32_t id, const struct rebtf_member *m,
			   uint64_t end);

/* Sets the attribute of type @id, whose members need the alignment @align and end at bit @end. */
void c_align_tail(struct c_layout *l, uint32_t id, uint32_t align, uint64_t end);

/* Returns the attribute of a struct or union in bytes, 0: none. Its alignment is known. */
static inline uint32_t c_align_of(const struct c_layout *l, uint32_t id)
{
	return l->tails && l->tails[id] ? 1u << l->tails[id] : 0;
}

#endif
