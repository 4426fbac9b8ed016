/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The layout that a C compiler gives to types. BTF has offsets and sizes but no attributes, so the
 * alignment of a type follows from its members. A type that does not fit its alignment must be
 * packed.
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
};

/* Errors: NOMEM. Must be released in any case. */
struct rebtf_error *c_layout_init(struct c_layout *l, const struct rebtf_btf *btf,
				  bool like_libbpf);
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

/* Whether the members or the size of a struct or union do not fit the alignment of its members. */
bool c_layout_is_packed(struct c_layout *l, const struct rebtf_type *t);

#endif
