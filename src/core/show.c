/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shows a type to people: its definition in C, with the offset of each member in a comment. Types
 * inside it that have a name are only named.
 */
#include "graph/declare.h"
#include "util/error.h"

/* Unnamed structs that lie deeper inside each other are not shown. Those of Linux lie five deep. */
#define SHOW_DEPTH 16
/* Steps for one type. Real types take some thousands. */
#define SHOW_BUDGET 1000000

struct show {
	const struct rebtf_btf *btf;
	struct writer out;
	struct declare declare;
	bool defines; /* unnamed structs are defined where they are used */
};

static void show_put(struct show *s, const char *text)
{
	writer_begin(&s->out);
	writer_string(&s->out, text);
}

static void show_new_line(struct show *s, uint32_t level)
{
	show_put(s, "\n");
	while (level--)
		show_put(s, "\t");
}

static void show_tag(struct show *s, const struct rebtf_type *t)
{
	const char *name = btf_string(s->btf, t->name_off);
	const char *keyword = rebtf_type_keyword(t);

	writer_begin(&s->out);
	writer_bytes(&s->out, keyword, strlen(keyword) - (*keyword && !*name));
	writer_escaped(&s->out, name);
}

/* ---------------------------------------------------------------------------------------- members */

static void show_begin_composite(struct show *s, uint32_t id, uint32_t level)
{
	show_tag(s, btf_type(s->btf, id));
	show_put(s, " {");
	declare_push(&s->declare,
		     (struct declare_task){ .step = DECLARE_MEMBER, .id = id, .level = level });
}

/* Ends a member: "; / * 24 * /", "; / * 24.3 * /" for a bit that does not start a byte. */
static void show_end_member(struct show *s, const struct rebtf_type *t,
			    const struct rebtf_member *m)
{
	uint32_t bits = rebtf_member_bitfield_size(t, m), offset = rebtf_member_bit_offset(t, m);

	writer_begin(&s->out);
	if (bits) {
		WRITER_PUT(&s->out, ": ");
		writer_u64(&s->out, bits);
	}
	WRITER_PUT(&s->out, "; /* ");
	writer_u64(&s->out, offset / 8);
	if (bits || offset % 8) {
		WRITER_PUT(&s->out, ".");
		writer_u64(&s->out, offset % 8);
	}
	WRITER_PUT(&s->out, " */");
}

static void show_member(void *arg, struct declare_task task)
{
	struct show *s = arg;
	const struct rebtf_type *t = btf_type(s->btf, task.id);
	const struct rebtf_member *m = rebtf_members(t) + task.at;

	if (task.at)
		show_end_member(s, t, m - 1);
	if (task.at == rebtf_type_vlen(t)) {
		show_new_line(s, task.level);
		show_put(s, "}");
		return;
	}
	show_new_line(s, task.level + 1);
	task.at++;
	declare_push(&s->declare, task);
	declare_push(&s->declare, (struct declare_task){ .step = DECLARE_TYPE,
							 .id = m->type,
							 .name = btf_string(s->btf, m->name_off),
							 .level = task.level + 1 });
}

/* ------------------------------------------------------------------------------------------ enums */

static void show_enumerator(struct show *s, uint32_t name_off, uint32_t level)
{
	show_new_line(s, level + 1);
	writer_escaped(&s->out, btf_string(s->btf, name_off));
	show_put(s, " = ");
}

static void show_enumerators(struct show *s, const struct rebtf_type *t, uint32_t level)
{
	bool is_signed = rebtf_type_kind_flag(t), is_wide = rebtf_type_kind(t) == REBTF_KIND_ENUM64;

	for (uint32_t i = 0; i < rebtf_type_vlen(t) && !s->out.err; i++) {
		uint64_t value = is_wide ? rebtf_enum64_value(&rebtf_enums64(t)[i])
					 : rebtf_enums(t)[i].val;

		show_enumerator(s, enumerator_name_off(t, i), level);
		if (is_signed)
			writer_i64(&s->out, is_wide ? (int64_t)value : (int32_t)value);
		else
			writer_u64(&s->out, value);
		show_put(s, ",");
	}
}

static void show_enum(struct show *s, const struct rebtf_type *t, uint32_t level)
{
	show_tag(s, t);
	show_put(s, " {");
	show_enumerators(s, t, level);
	show_new_line(s, level);
	show_put(s, "}");
}

/* ------------------------------------------------------------------------------------------ types */

static bool show_type_name(void *arg, uint32_t id, const struct rebtf_type *t, uint32_t level)
{
	struct show *s = arg;
	uint32_t kind = rebtf_type_kind(t);

	if (!kind) {
		show_put(s, "void");
	} else if (!s->defines || t->name_off || !kind_has_members(kind)) {
		show_tag(s, t);
	} else if (level > SHOW_DEPTH) {
		show_tag(s, t);
		show_put(s, " {...}");
	} else if (kind_is_composite(kind)) {
		show_begin_composite(s, id, level);
		return true;
	} else {
		show_enum(s, t, level);
	}
	return false;
}

static void show_var(struct show *s, uint32_t linkage)
{
	if (linkage == REBTF_LINKAGE_STATIC)
		show_put(s, "static ");
	else if (linkage == REBTF_LINKAGE_EXTERN)
		show_put(s, "extern ");
}

static void show_type(struct show *s, uint32_t id)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	const char *name = btf_string(s->btf, t->name_off);
	char location[REBTF_LOC_PARAM_TEXT];

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		if (!s->defines)
			break;
		show_begin_composite(s, id, 0);
		declare_run(&s->declare);
		return;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		if (!s->defines)
			break;
		show_enum(s, t, 0);
		return;
	case REBTF_KIND_TYPEDEF:
		show_put(s, "typedef ");
		declare(&s->declare, t->type, name, 0);
		return;
	case REBTF_KIND_VAR:
		show_var(s, rebtf_var_linkage(t));
		declare(&s->declare, t->type, name, 0);
		return;
	case REBTF_KIND_FUNC:
		/* In a FUNC, the linkage is the vlen. */
		show_var(s, rebtf_type_vlen(t));
		declare(&s->declare, t->type, name, 0);
		return;
	case REBTF_KIND_DATASEC:
	case REBTF_KIND_DECL_TAG:
	case REBTF_KIND_LOCSEC:
		writer_escaped(&s->out, name);
		return;
	case REBTF_KIND_LOC_PARAM:
		rebtf_loc_param_text(t, location, sizeof(location));
		show_put(s, location);
		return;
	case REBTF_KIND_VOID:
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
	case REBTF_KIND_FWD:
		break;
	default:
		declare(&s->declare, id, "", 0);
		return;
	}
	show_type_name(s, id, t, 0);
}

struct rebtf_error *rebtf_btf_show(const struct rebtf_btf *btf, uint32_t id, bool definition,
				   struct rebtf_error *(*write)(void *arg, const char *text,
								size_t size),
				   void *arg)
{
	struct show s = {
		.btf = btf,
		.declare = { .btf = btf,
			     .name = show_type_name,
			     .member = show_member,
			     .arg = &s,
			     .tight = true,
			     .escaped = true,
			     .restrict_word = "restrict",
			     .budget = SHOW_BUDGET },
		.defines = definition,
	};
	struct rebtf_error *err;

	if (id >= rebtf_btf_type_count(btf))
		return error_new(REBTF_ERR_ARGUMENT, "no type [%u]", id);
	TRY(writer_init(&s.out, write, arg));
	s.declare.out = &s.out;
	show_type(&s, id);
	if (!s.out.err && !declare_is_complete(&s.declare))
		s.out.err = s.declare.budget ? error_nomem()
					     : btf_error_at(error_new(REBTF_ERR_UNSUPPORTED,
								      "too long in C"),
							    btf, id);
	declare_release(&s.declare);
	err = writer_finish(&s.out);
	return err;
}
