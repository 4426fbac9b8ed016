/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Infers attributes of alignment. An attribute on a struct also raises the alignment of every type
 * that contains it. So each container limits the attributes of the types inside it.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "core/c_layout.h"
#include "util/error.h"

/* A page of most machines. Larger gaps are filled. */
#define C_ALIGN_LOG_MAX 12

/* The logarithm of the largest power of two that divides @bytes. */
static uint8_t c_align_log(uint64_t bytes)
{
	uint8_t log = bytes ? (uint8_t)__builtin_ctzll(bytes) : C_ALIGN_LOG_MAX;

	return log < C_ALIGN_LOG_MAX ? log : C_ALIGN_LOG_MAX;
}

/* The struct or union that a member of type @id contains, or 0. */
static uint32_t c_align_contained(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = btf_type(btf, id);
	uint32_t kind = rebtf_type_kind(t);

	if (kind == REBTF_KIND_INT || kind == REBTF_KIND_PTR || kind == REBTF_KIND_ENUM)
		return 0;
	t = resolve_skip(btf, FAMILY_ALIAS | FAMILY_ARRAY, &id);
	return t && kind_is_composite(rebtf_type_kind(t)) ? id : 0;
}

/* Lowers what the types inside type @id may have. Those that change are queued. */
static void c_align_limit(struct c_layout *l, uint32_t id, struct u32_vector *queue)
{
	const struct rebtf_type *t = btf_type(l->btf, id);
	const struct rebtf_member *m = rebtf_members(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint32_t inside = c_align_contained(l->btf, m->type);
		uint32_t offset = rebtf_member_bit_offset(t, m);
		uint8_t log = offset % 8 ? 0 : c_align_log(offset / 8);

		if (!inside)
			continue;
		if (log > l->allowed[id])
			log = l->allowed[id];
		if (l->allowed[inside] <= log)
			continue;
		l->allowed[inside] = log;
		u32_vector_append(queue, inside);
	}
}

struct rebtf_error *c_align_init(struct c_layout *l, uint32_t first)
{
	uint32_t count = rebtf_btf_type_count(l->btf);
	struct u32_vector queue = {};
	bool failed;

	l->allowed = calloc(count, sizeof(*l->allowed));
	l->tails = calloc(count, sizeof(*l->tails));
	if (!l->allowed || !l->tails)
		return error_nomem();
	for (uint32_t id = first; id < count; id++) {
		const struct rebtf_type *t = btf_type(l->btf, id);

		if (kind_is_composite(rebtf_type_kind(t)))
			l->allowed[id] = c_align_log(t->size);
	}
	/* A type is queued at most once for each power of two. */
	for (uint32_t id = 1; id < count; id++) {
		if (!kind_is_composite(rebtf_type_kind(btf_type(l->btf, id))))
			continue;
		c_align_limit(l, id, &queue);
		while (queue.count)
			c_align_limit(l, queue.items[--queue.count], &queue);
	}
	failed = queue.failed;
	u32_vector_release(&queue);
	return failed ? error_nomem() : NULL;
}

static uint64_t c_align_up(uint64_t value, uint64_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

/* The logarithm of the smallest alignment above @align that leads from byte @end to @start; 0: none. */
static uint8_t c_align_between(const struct c_layout *l, uint32_t id, uint32_t align, uint64_t end,
			       uint64_t start)
{
	if (!align || c_align_up(end, align) >= start)
		return 0;
	for (uint8_t log = 1; log <= l->allowed[id]; log++)
		if (UINT64_C(1) << log > align && c_align_up(end, UINT64_C(1) << log) == start)
			return log;
	return 0;
}

uint32_t c_align_of_member(const struct c_layout *l, uint32_t id, const struct rebtf_member *m,
			   uint64_t end)
{
	const struct rebtf_type *t = btf_type(l->btf, id);
	uint32_t offset = rebtf_member_bit_offset(t, m), align = l->aligns[m->type];
	uint8_t log;

	if (!l->allowed || !align || offset % 8 || rebtf_member_bitfield_size(t, m) ||
	    rebtf_type_kind(t) != REBTF_KIND_STRUCT)
		return 0;
	log = c_align_between(l, id, align - 1, (end + 7) / 8, offset / 8);
	return log ? 1u << log : 0;
}

void c_align_tail(struct c_layout *l, uint32_t id, uint32_t align, uint64_t end)
{
	if (l->allowed)
		l->tails[id] = c_align_between(l, id, align, (end + 7) / 8,
					       btf_type(l->btf, id)->size);
}
