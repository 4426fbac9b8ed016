/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The order of definitions. C needs the definition of a struct before a member of that type, but
 * only a declaration before a pointer to it. So a depth-first search queues each definition after
 * those that it needs, and stops at pointers to named structs and unions. Unnamed ones are defined
 * where they are used, so the types of their members are needed even behind a pointer.
 *
 * The order is libbpf's. It counts a type that was visited before as a definition that came before
 * ("strong"). A typedef behind a pointer is queued only if such a definition came before.
 */
#include "core/c_writer.h"

/*
 * Visits type @id. Returns true if its answer is known, which @strong is set to. Otherwise, adds a
 * frame for it.
 */
static bool c_order_enter(struct c_writer *w, uint32_t id, bool behind, bool *strong)
{
	for (;;) {
		const struct rebtf_type *t = btf_type(w->btf, id);
		uint8_t *state = &w->states[id];
		bool named = t->name_off;

		if (!c_spend(w) || *state & C_ORDERED) {
			*strong = true;
			return true;
		}
		switch (rebtf_type_kind(t)) {
		case REBTF_KIND_STRUCT:
		case REBTF_KIND_UNION:
			if (named && (behind || !c_writer_has(w, id, true))) {
				*strong = false;
				return true;
			}
			break;
		case REBTF_KIND_ARRAY:
			id = rebtf_array(t)->type;
			behind = false;
			continue;
		case REBTF_KIND_VOLATILE:
		case REBTF_KIND_CONST:
		case REBTF_KIND_RESTRICT:
		case REBTF_KIND_TYPE_TAG:
			id = t->type;
			continue;
		case REBTF_KIND_ENUM:
		case REBTF_KIND_ENUM64:
		case REBTF_KIND_FWD:
			if (named || !(*state & C_USED))
				u32_vector_append(&w->queue, id);
			*state |= C_ORDERED;
			*strong = true;
			return true;
		/*
		 * Not marked C_ORDERING: a typedef may lead back to itself through a pointer to a
		 * struct.
		 */
		case REBTF_KIND_TYPEDEF:
			c_frames_append(&w->frames, (struct c_frame){ .id = id, .behind = behind });
			return false;
		case REBTF_KIND_PTR:
			if (c_writer_is_opaque(w, id)) {
				*strong = false;
				return true;
			}
			break;
		case REBTF_KIND_FUNC_PROTO:
			break;
		default:
			*state |= C_ORDERED;
			*strong = false;
			return true;
		}
		if (*state & C_ORDERING) {
			w->cycle = id;
			return true;
		}
		*state |= C_ORDERING;
		c_frames_append(&w->frames, (struct c_frame){ .id = id, .behind = behind });
		return false;
	}
}

/* The next type that @frame's type refers to. Returns false if all were visited. */
static bool c_order_next(const struct c_writer *w, struct c_frame *frame, uint32_t *id,
			 bool *behind)
{
	const struct rebtf_type *t = btf_type(w->btf, frame->id);
	uint32_t kind = rebtf_type_kind(t), i = frame->next++;

	if (kind_is_composite(kind)) {
		if (i == rebtf_type_vlen(t))
			return false;
		*id = rebtf_members(t)[i].type;
		*behind = false;
		return true;
	}
	*behind = frame->behind || kind == REBTF_KIND_PTR;
	if (!i) {
		*id = t->type;
		return true;
	}
	if (kind != REBTF_KIND_FUNC_PROTO || i > rebtf_type_vlen(t))
		return false;
	*id = rebtf_params(t)[i - 1].type;
	return true;
}

/* Ends the visit of @frame's type. Returns its answer. */
static bool c_order_leave(struct c_writer *w, const struct c_frame *frame)
{
	const struct rebtf_type *t = btf_type(w->btf, frame->id);
	uint8_t *state = &w->states[frame->id];

	*state &= ~C_ORDERING;
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		if (t->name_off)
			u32_vector_append(&w->queue, frame->id);
		*state |= C_ORDERED;
		return true;
	case REBTF_KIND_TYPEDEF:
		if (frame->behind && !frame->strong)
			return false;
		u32_vector_append(&w->queue, frame->id);
		*state |= C_ORDERED;
		return true;
	case REBTF_KIND_PTR:
		*state |= C_ORDERED;
		return frame->strong;
	default:
		return frame->strong;
	}
}

void c_order(struct c_writer *w, uint32_t id)
{
	bool strong = false, behind = false;

	if (c_order_enter(w, id, false, &strong))
		return;
	while (w->frames.count && !w->frames.failed && !w->cycle) {
		struct c_frame *frame = &w->frames.items[w->frames.count - 1];

		if (c_order_next(w, frame, &id, &behind)) {
			if (c_order_enter(w, id, behind, &strong))
				w->frames.items[w->frames.count - 1].strong |= strong;
			continue;
		}
		strong = c_order_leave(w, frame);
		w->frames.count--;
		if (w->frames.count)
			w->frames.items[w->frames.count - 1].strong |= strong;
	}
}
