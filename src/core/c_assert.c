/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Assertions that a compiler gives types the size, and members the offsets, that BTF records. Types
 * without a name are asserted under the typedef that names them.
 */
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

/* Whether a member is a va_list, whose size depends on the machine that a header is compiled for. */
static bool c_assert_varies(const struct c_writer *w, const struct rebtf_type *t)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		uint32_t id = rebtf_members(t)[i].type;
		const struct rebtf_type *m = btf_type(w->btf, id);

		for (int links = 0; links < RESOLVE_TYPES_MAX; links++, m = btf_type(w->btf, id)) {
			if (!strcmp(btf_string(w->btf, m->name_off), "__builtin_va_list"))
				return true;
			if (!resolve_step(m, FAMILY_ALIAS, &id))
				break;
		}
	}
	return false;
}

void c_assert(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const struct rebtf_type *target = t;

	if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF)
		target = btf_type(w->btf, t->type);
	if (!kind_is_composite(rebtf_type_kind(target)) || (target != t && target->name_off) ||
	    c_assert_varies(w, target))
		return;
	w->tag = btf_string(w->btf, t->name_off);
	c_assert_start(w, id, "sizeof");
	c_assert_end(w, target->size);
	c_assert_members(w, id, target);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	w->tag = "";
}
