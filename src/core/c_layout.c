/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Computes alignments by libbpf's rules, once for each type. Types that contain others wait on a
 * stack for these.
 */
#include <stdlib.h>

#include "btf/pointer_size.h"
#include "btf/resolve.h"
#include "core/c_layout.h"
#include "util/error.h"

struct rebtf_error *c_layout_init(struct c_layout *l, const struct rebtf_btf *btf, bool like_libbpf,
				  uint32_t first)
{
	*l = (struct c_layout){ .btf = btf,
				.pointer_size = pointer_size(btf),
				.like_libbpf = like_libbpf };
	if (!l->pointer_size)
		l->pointer_size = 8;
	l->aligns = calloc(rebtf_btf_type_count(btf), sizeof(*l->aligns));
	if (!l->aligns)
		return error_nomem();
	l->aligns[0] = 1;
	return like_libbpf ? NULL : c_align_init(l, first);
}

void c_layout_release(struct c_layout *l)
{
	free(l->aligns);
	free(l->allowed);
	free(l->tails);
	c_layout_frames_release(&l->frames);
}

/* Whether a compiler places member @m of type @t at its offset only in a packed type. */
static bool c_layout_needs_packed(const struct c_layout *l, const struct rebtf_type *t,
				  const struct rebtf_member *m, uint32_t align)
{
	uint32_t bits = rebtf_member_bitfield_size(t, m);
	uint64_t unit;

	if (!bits)
		return m->offset % ((uint64_t)8 * align);
	/* A bit-field must lie in one unit of its type. */
	unit = (uint64_t)c_layout_size(l, m->type) * 8;
	return !l->like_libbpf && unit && rebtf_member_bit_offset(t, m) % unit + bits > unit;
}

void c_layout_pass(const struct c_layout *l, const struct rebtf_type *t,
		   const struct rebtf_member *m, uint64_t *end)
{
	uint32_t bits = rebtf_member_bitfield_size(t, m);
	uint64_t size = bits ? bits : (uint64_t)c_layout_size(l, m->type) * 8;

	/* A union ends where its largest member does. */
	if (rebtf_type_kind(t) == REBTF_KIND_STRUCT || rebtf_member_bit_offset(t, m) + size > *end)
		*end = rebtf_member_bit_offset(t, m) + size;
}

/*
 * Returns the alignment of the struct or union @t, whose members' alignments are known. As in
 * libbpf, a member that does not fit makes it packed before a later member without an alignment
 * makes the answer 0.
 */
static uint32_t c_layout_of_members(struct c_layout *l, uint32_t id, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);
	uint32_t max = 1, inferred = 0;
	uint64_t end = 0;

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint32_t align = l->aligns[m->type] - 1;
		uint32_t attribute = c_align_of_member(l, id, m, end);

		if (!align)
			return 0;
		if (max < align)
			max = align;
		if (inferred < attribute)
			inferred = attribute;
		if (c_layout_needs_packed(l, t, m, align))
			return 1;
		c_layout_pass(l, t, m, &end);
	}
	if (t->size % max)
		return 1;
	max = max < inferred ? inferred : max;
	c_align_tail(l, id, max, end);
	return c_align_of(l, id) ?: max;
}

/*
 * Returns the next type whose alignment that of @frame's type depends on, or 0 if all are known.
 */
static uint32_t c_layout_next(const struct c_layout *l, struct c_layout_frame *frame)
{
	const struct rebtf_type *t = btf_type(l->btf, frame->id);
	uint32_t id;

	if (!kind_is_composite(rebtf_type_kind(t))) {
		if (frame->member++ || !resolve_step(t, FAMILY_ALIAS | FAMILY_ARRAY, &id) ||
		    l->aligns[id])
			return 0;
		return id;
	}
	for (; frame->member < rebtf_type_vlen(t); frame->member++) {
		id = rebtf_members(t)[frame->member].type;
		if (!l->aligns[id])
			return id;
	}
	return 0;
}

/* Returns the alignment of @type. Those of the types that it depends on are known. */
static uint32_t c_layout_compute(struct c_layout *l, uint32_t type)
{
	const struct rebtf_type *t = btf_type(l->btf, type);
	uint32_t id;

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FLOAT:
		return t->size < l->pointer_size ? t->size : l->pointer_size;
	case REBTF_KIND_PTR:
		return l->pointer_size;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return c_layout_of_members(l, type, t);
	default:
		return resolve_step(t, FAMILY_ALIAS | FAMILY_ARRAY, &id) ? l->aligns[id] - 1 : 0;
	}
}

uint32_t c_layout_find_align(struct c_layout *l, uint32_t id)
{
	c_layout_frames_append(&l->frames, (struct c_layout_frame){ .id = id });
	while (l->frames.count) {
		struct c_layout_frame *frame = &l->frames.items[l->frames.count - 1];
		uint32_t next = c_layout_next(l, frame);

		if (next) {
			if (!c_layout_frames_append(&l->frames,
						    (struct c_layout_frame){ .id = next }))
				return 0;
			continue;
		}
		l->aligns[frame->id] = c_layout_compute(l, frame->id) + 1;
		l->frames.count--;
	}
	return l->aligns[id] ? l->aligns[id] - 1 : 0;
}

uint32_t c_layout_size(const struct c_layout *l, uint32_t id)
{
	uint64_t size;

	if (!resolve_size(l->btf, id, l->pointer_size, &size) || size > UINT32_MAX)
		return 0;
	return size;
}

bool c_layout_is_packed(struct c_layout *l, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);
	uint32_t max = 1;

	if (l->like_libbpf && rebtf_type_kind(t) == REBTF_KIND_UNION)
		return false;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint32_t align = c_layout_align(l, m->type);

		if (align && c_layout_needs_packed(l, t, m, align))
			return true;
		if (max < align)
			max = align;
	}
	return t->size % max;
}
