/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Assertions that a compiler gives types the size, and members the offsets, that BTF records. Types
 * without a name are asserted under the typedef that names them.
 */
#include <stdlib.h>

#include "btf/resolve.h"
#include "core/c_writer.h"

static void c_assert_start(struct c_writer *w, uint32_t id, const char *operator)
{
	const struct rebtf_type *t = btf_type(w->btf, id);

	c_spend(w);
	writer_begin(w->out);
	WRITER_PUT(w->out, "_Static_assert(");
	writer_string(w->out, operator);
	WRITER_PUT(w->out, "(");
	if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF)
		c_write_typedef_name(w, id);
	else
		c_declare_tag(w, id);
	writer_begin(w->out);
}

static void c_assert_end(struct c_writer *w, uint64_t value)
{
	WRITER_PUT(w->out, ") == ");
	writer_u64(w->out, value);
	WRITER_PUT(w->out, ", \"\");\n");
}

static void c_assert_members(struct c_writer *w, uint32_t id, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint32_t offset = rebtf_member_bit_offset(t, m);

		if (!m->name_off || rebtf_member_bitfield_size(t, m) || offset % 8)
			continue;
		c_assert_start(w, id, "__builtin_offsetof");
		WRITER_PUT(w->out, ", ");
		c_define_identifier(w, btf_string(w->btf, m->name_off));
		writer_begin(w->out);
		c_assert_end(w, offset / 8);
	}
}

/* Whether the size of a struct or union depends on the machine that a header is compiled for. */
enum c_varies {
	C_VARIES_UNKNOWN,
	C_VARIES_NO,
	C_VARIES_YES,
};

/* Returns the struct or union that a type contains, or 0. Sets @is_va_list. */
static uint32_t c_assert_part(const struct c_writer *w, uint32_t id, bool *is_va_list)
{
	for (int links = 0; links < RESOLVE_TYPES_MAX; links++) {
		const struct rebtf_type *t = btf_type(w->btf, id);

		*is_va_list = !strcmp(btf_string(w->btf, t->name_off), "__builtin_va_list");
		if (*is_va_list)
			return 0;
		if (!resolve_step(t, FAMILY_ALIAS | FAMILY_ARRAY, &id))
			return kind_is_composite(rebtf_type_kind(t)) ? id : 0;
	}
	return 0;
}

/*
 * Looks at the members of the last frame's type until its answer is known. Returns the id of a type
 * whose answer comes first, or 0.
 */
static uint32_t c_assert_look(struct c_writer *w, struct c_frame *frame)
{
	const struct rebtf_type *t = btf_type(w->btf, frame->id);

	while (frame->next < rebtf_type_vlen(t)) {
		bool is_va_list;
		uint32_t part = c_assert_part(w, rebtf_members(t)[frame->next].type, &is_va_list);

		if (part && !w->varies[part])
			return part;
		frame->next++;
		if (!is_va_list && w->varies[part] != C_VARIES_YES)
			continue;
		w->varies[frame->id] = C_VARIES_YES;
		return 0;
	}
	w->varies[frame->id] = C_VARIES_NO;
	return 0;
}

/* Whether struct or union @id contains a va_list. */
static bool c_assert_varies(struct c_writer *w, uint32_t id)
{
	struct c_frames frames = {};

	if (!w->varies)
		w->varies = calloc(rebtf_btf_type_count(w->btf), sizeof(*w->varies));
	if (!w->varies || !c_frames_append(&frames, (struct c_frame){ .id = id })) {
		w->frames.failed = true;
		return true;
	}
	while (frames.count && !frames.failed) {
		struct c_frame *frame = &frames.items[frames.count - 1];
		uint32_t part = w->varies[frame->id] ? 0 : c_assert_look(w, frame);

		if (part)
			c_frames_append(&frames, (struct c_frame){ .id = part });
		else
			frames.count--;
	}
	w->frames.failed |= frames.failed;
	c_frames_release(&frames);
	return w->varies[id] != C_VARIES_NO;
}

void c_assert(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	bool is_typedef = rebtf_type_kind(t) == REBTF_KIND_TYPEDEF;
	uint32_t target_id = is_typedef ? t->type : id;
	const struct rebtf_type *target = btf_type(w->btf, target_id);

	if (!kind_is_composite(rebtf_type_kind(target)) || (is_typedef && target->name_off) ||
	    c_assert_varies(w, target_id))
		return;
	/* As the members were defined. */
	w->tag = is_typedef ? c_typedef_tag(w, id) : btf_string(w->btf, t->name_off);
	c_assert_start(w, id, "sizeof");
	c_assert_end(w, target->size);
	c_assert_members(w, id, target);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	w->tag = "";
}
