/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the definitions of structs, unions, enums and typedefs. */
#include "core/c_writer.h"

/* As many tabs as libbpf writes at most. */
#define TABS "\t\t\t\t\t\t\t\t\t\t\t\t\t"

void c_indent(struct c_writer *w, uint32_t level)
{
	size_t tabs = level < sizeof(TABS) - 1 ? level : sizeof(TABS) - 1;

	writer_bytes(w->out, TABS, tabs);
}

void c_declare_tag(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);

	writer_begin(w->out);
	writer_string(w->out, rebtf_type_keyword(t));
	if (!t->name_off)
		w->out->at--; /* the space */
	writer_string(w->out, c_names_of(&w->names, id, C_TAGS));
}

/* ----------------------------------------------------------------------------------------- enums */

static void c_enumerator(struct c_writer *w, uint32_t name_off, uint32_t level)
{
	const char *name = btf_string(w->btf, name_off);
	uint32_t use = c_names_count(&w->names, C_IDENTIFIERS, name);

	c_spend(w);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, level + 1);
	writer_string(w->out, name);
	if (use > 1) {
		WRITER_PUT(w->out, "___");
		writer_u64(w->out, use);
	}
	WRITER_PUT(w->out, " = ");
}

static void c_enumerators(struct c_writer *w, const struct rebtf_type *t, uint32_t level)
{
	const struct rebtf_enum *e = rebtf_enums(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		c_enumerator(w, e->name_off, level);
		writer_i64(w->out, rebtf_type_kind_flag(t) ? (int32_t)e->val : (int64_t)e->val);
		WRITER_PUT(w->out, ",");
	}
}

static void c_enumerators64(struct c_writer *w, const struct rebtf_type *t, uint32_t level)
{
	const struct rebtf_enum64 *e = rebtf_enums64(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		c_enumerator(w, e->name_off, level);
		if (rebtf_type_kind_flag(t)) {
			writer_i64(w->out, rebtf_enum64_value(e));
			WRITER_PUT(w->out, "LL,");
		} else {
			writer_u64(w->out, rebtf_enum64_value(e));
			WRITER_PUT(w->out, "ULL,");
		}
	}
}

/* Whether a compiler would give the enum of eight bytes only four. */
static bool c_enum_needs_word(const struct rebtf_type *t)
{
	const struct rebtf_enum64 *e = rebtf_enums64(t);

	if (rebtf_type_kind(t) == REBTF_KIND_ENUM)
		return true;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		if (e[i].val_hi32)
			return false;
	}
	return true;
}

void c_define_enum(struct c_writer *w, uint32_t id, uint32_t level)
{
	const struct rebtf_type *t = btf_type(w->btf, id);

	c_declare_tag(w, id);
	if (!rebtf_type_vlen(t))
		return;
	WRITER_PUT(w->out, " {");
	if (rebtf_type_kind(t) == REBTF_KIND_ENUM)
		c_enumerators(w, t, level);
	else
		c_enumerators64(w, t, level);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, level);
	WRITER_PUT(w->out, "}");
	if (t->size == 1)
		WRITER_PUT(w->out, " __attribute__((mode(byte)))");
	else if (t->size == 8 && w->layout.pointer_size == 8 && c_enum_needs_word(t))
		WRITER_PUT(w->out, " __attribute__((mode(word)))");
}

/* --------------------------------------------------------------------------- structs and unions */

static void c_begin_composite(struct c_writer *w, uint32_t id, uint32_t level)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	bool is_struct = rebtf_type_kind(t) == REBTF_KIND_STRUCT;

	c_declare_tag(w, id);
	WRITER_PUT(w->out, " {");
	declare_push(&w->declare,
		     (struct declare_task){ .step = DECLARE_MEMBER,
					    .id = id,
					    .level = level,
					    .packed = is_struct &&
						      c_layout_is_packed(&w->layout, t) });
}

/* Ends member @m, whose declaration was written. Updates the offset of @task. */
static void c_end_member(struct c_writer *w, struct declare_task *task, const struct rebtf_type *t,
			 const struct rebtf_member *m)
{
	uint32_t bits = rebtf_member_bitfield_size(t, m);

	writer_begin(w->out);
	if (bits) {
		WRITER_PUT(w->out, ": ");
		writer_u64(w->out, bits);
	}
	WRITER_PUT(w->out, ";");
	task->in_bitfield = bits;
	task->offset = rebtf_member_bit_offset(t, m) +
		       (bits ? bits : (uint64_t)c_layout_size(&w->layout, m->type) * 8);
}

static void c_end_composite(struct c_writer *w, const struct declare_task *task,
			    const struct rebtf_type *t)
{
	if (rebtf_type_kind(t) == REBTF_KIND_STRUCT)
		c_pad(w, task->offset, (uint64_t)t->size * 8, c_layout_align(&w->layout, task->id),
		      false, task->level + 1);
	writer_begin(w->out);
	if (rebtf_type_vlen(t) || t->size) {
		WRITER_PUT(w->out, "\n");
		c_indent(w, task->level);
	}
	WRITER_PUT(w->out, "}");
	if (task->packed)
		WRITER_PUT(w->out, " __attribute__((packed))");
}

void c_define_member(void *arg, struct declare_task task)
{
	struct c_writer *w = arg;
	const struct rebtf_type *t = btf_type(w->btf, task.id);
	const struct rebtf_member *m = rebtf_members(t) + task.at;

	if (task.at)
		c_end_member(w, &task, t, m - 1);
	if (task.at == rebtf_type_vlen(t)) {
		c_end_composite(w, &task, t);
		return;
	}
	c_pad(w, task.offset, rebtf_member_bit_offset(t, m),
	      task.packed ? 1 : c_layout_align(&w->layout, m->type),
	      task.in_bitfield && rebtf_member_bitfield_size(t, m), task.level + 1);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, task.level + 1);
	task.at++;
	declare_push(&w->declare, task);
	declare_push(&w->declare, (struct declare_task){ .step = DECLARE_TYPE,
							 .id = m->type,
							 .name = btf_string(w->btf, m->name_off),
							 .level = task.level + 1 });
}

void c_define_composite(struct c_writer *w, uint32_t id)
{
	c_begin_composite(w, id, 0);
	declare_run(&w->declare);
}

/* ----------------------------------------------------------------------------------------- names */

bool c_define_name(void *arg, uint32_t id, const struct rebtf_type *t, uint32_t level)
{
	struct c_writer *w = arg;

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_VOID:
		writer_begin(w->out);
		WRITER_PUT(w->out, "void");
		return false;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		if (!t->name_off) {
			c_begin_composite(w, id, level);
			return true;
		}
		break;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		if (!t->name_off) {
			c_define_enum(w, id, level);
			return false;
		}
		break;
	case REBTF_KIND_FWD:
		break;
	case REBTF_KIND_TYPEDEF:
		writer_begin(w->out);
		writer_string(w->out, c_names_of(&w->names, id, C_IDENTIFIERS));
		return false;
	default:
		writer_begin(w->out);
		writer_string(w->out, btf_string(w->btf, t->name_off));
		return false;
	}
	c_declare_tag(w, id);
	return false;
}

void c_define_typedef(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const char *name = c_names_of(&w->names, id, C_IDENTIFIERS);

	writer_begin(w->out);
	/* Old versions of GCC make this a typedef of void. */
	if (!t->type && !strcmp(name, "__gnuc_va_list")) {
		WRITER_PUT(w->out, "typedef __builtin_va_list __gnuc_va_list");
		return;
	}
	WRITER_PUT(w->out, "typedef ");
	declare(&w->declare, t->type, name, 0);
}
