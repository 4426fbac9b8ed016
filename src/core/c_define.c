/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the definitions of structs, unions, enums and typedefs. */
#include "btf/resolve.h"
#include "core/c_words.h"
#include "core/c_writer.h"

/* As many tabs as libbpf writes at most. */
#define TABS "\t\t\t\t\t\t\t\t\t\t\t\t\t"

void c_indent(struct c_writer *w, uint32_t level)
{
	size_t tabs = level < sizeof(TABS) - 1 ? level : sizeof(TABS) - 1;

	writer_bytes(w->out, TABS, tabs);
}

/*
 * In C++, a tag and a typedef of one name must be the same type. Whether the tag of type @id gets another
 * name there, because a typedef of the base has its name: the header of the base cannot know of the tag.
 */
static bool c_tag_clashes(const struct c_writer *w, uint32_t id, const struct rebtf_type *t)
{
	return id >= w->btf->start_id && c_has_name(w->base_typedefs, t->name_off) &&
	       !c_has_name(w->base_tags, t->name_off) && !c_names_changed(&w->names, id);
}

/* Whether the typedef @id gets another name in C++, because another type has its name as a tag. */
static bool c_typedef_clashes(struct c_writer *w, uint32_t id, const struct rebtf_type *t)
{
	const uint64_t *tags = id < w->btf->start_id ? w->base_tags : w->tags;
	const struct rebtf_type *target = btf_type(w->btf, t->type);
	uint32_t kind = rebtf_type_kind(target);

	if (!c_has_name(tags, t->name_off))
		return false;
	return !(kind_has_members(kind) || kind == REBTF_KIND_FWD) ||
	       strcmp(c_names_of(&w->names, t->type, C_TAGS),
		      c_names_of(&w->names, id, C_IDENTIFIERS)) != 0;
}

/* Writes a name that C++ must not have, as far as it is not another one there anyway. */
static void c_write_clashing(struct c_writer *w, const char *name)
{
	if (c_word_of(name) == C_WORD_PLAIN)
		c_word_write_cxx(w->out, name);
	else
		c_word_write(w->out, name);
}

void c_declare_tag(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const char *name;

	writer_begin(w->out);
	writer_string(w->out, rebtf_type_keyword(t));
	if (!t->name_off) {
		w->out->at--; /* the space */
		return;
	}
	name = c_names_of(&w->names, id, C_TAGS);
	if (c_tag_clashes(w, id, t))
		c_write_clashing(w, name);
	else
		c_write_name(w, name);
}

void c_write_typedef_name(struct c_writer *w, uint32_t id)
{
	const char *name = c_names_of(&w->names, id, C_IDENTIFIERS);

	if (c_typedef_clashes(w, id, btf_type(w->btf, id)))
		c_write_clashing(w, name);
	else
		c_write_name(w, name);
}

/* ----------------------------------------------------------------------------------------- enums */

/* Writes the name of an enumerator with libbpf's number. */
static void c_enumerator_numbered(struct c_writer *w, const char *name)
{
	uint32_t use = c_names_count(&w->names, C_IDENTIFIERS, name);

	writer_string(w->out, name);
	if (use > 1) {
		WRITER_PUT(w->out, "___");
		writer_u64(w->out, use);
	}
}

/* Writes a name that no other identifier has, and reports it if it differs. */
static void c_enumerator_own(struct c_writer *w, uint32_t id, const char *name)
{
	struct rebtf_header_note note = { .id = id, .name = name, .cause = id };

	note.c_name = c_names_own(&w->names, C_IDENTIFIERS, name);
	c_word_write(w->out, note.c_name);
	if (w->note && note.c_name != name && !w->names.failed)
		w->note(w->note_arg, &note);
}

static void c_enumerator(struct c_writer *w, uint32_t id, uint32_t name_off, uint32_t level)
{
	const char *name = btf_string(w->btf, name_off);

	c_spend(w);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, level + 1);
	if (w->like_libbpf)
		c_enumerator_numbered(w, name);
	else
		c_enumerator_own(w, id, name);
	WRITER_PUT(w->out, " = ");
}

static void c_enumerators(struct c_writer *w, uint32_t id, uint32_t level)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const struct rebtf_enum *e = rebtf_enums(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		c_enumerator(w, id, e->name_off, level);
		writer_i64(w->out, rebtf_type_kind_flag(t) ? (int32_t)e->val : (int64_t)e->val);
		WRITER_PUT(w->out, ",");
	}
}

static void c_enumerators64(struct c_writer *w, uint32_t id, uint32_t level)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const struct rebtf_enum64 *e = rebtf_enums64(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		c_enumerator(w, id, e->name_off, level);
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

/* Returns the definition that shares the name of the declared enum @id, or @id if there is none. */
static uint32_t c_enum_definition(struct c_writer *w, uint32_t id)
{
	uint32_t name_off = btf_type(w->btf, id)->name_off;

	for (size_t i = 0; i < w->defined_enums.count && c_spend(w); i++) {
		uint32_t found = w->defined_enums.items[i];

		if (btf_type(w->btf, found)->name_off == name_off &&
		    !strcmp(c_names_of(&w->names, found, C_TAGS),
			    c_names_of(&w->names, id, C_TAGS)))
			return found;
	}
	return id;
}

/* C++ has forward declarations only of enums with a type, which is that of the definition. */
static void c_enum_base(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);

	if (!rebtf_type_vlen(t))
		t = btf_type(w->btf, c_enum_definition(w, id));
	writer_begin(w->out);
	WRITER_PUT(w->out, " __cxx_enum(");
	writer_string(w->out, c_integer(t->size, rebtf_type_kind_flag(t)));
	WRITER_PUT(w->out, ")");
}

void c_define_enum(struct c_writer *w, uint32_t id, uint32_t level)
{
	const struct rebtf_type *t = btf_type(w->btf, id);

	c_declare_tag(w, id);
	if (t->name_off && c_has_name(w->forward_enums, t->name_off))
		c_enum_base(w, id);
	if (!rebtf_type_vlen(t))
		return;
	WRITER_PUT(w->out, " {");
	if (rebtf_type_kind(t) == REBTF_KIND_ENUM)
		c_enumerators(w, id, level);
	else
		c_enumerators64(w, id, level);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, level);
	WRITER_PUT(w->out, "}");
	if (t->size == 1)
		WRITER_PUT(w->out, " __attribute__((mode(byte)))");
	else if (t->size == 2 && !w->like_libbpf)
		WRITER_PUT(w->out, " __attribute__((mode(HI)))");
	else if (t->size == 8 && w->layout.pointer_size == 8 && c_enum_needs_word(t))
		WRITER_PUT(w->out, " __attribute__((mode(word)))");
}

/* --------------------------------------------------------------------------- structs and unions */

static void c_begin_composite(struct c_writer *w, uint32_t id, uint32_t level)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	bool is_struct = rebtf_type_kind(t) == REBTF_KIND_STRUCT;

	if (level && t->name_off) {
		writer_begin(w->out); /* repeated without its name */
		writer_string(w->out, is_struct ? "struct" : "union");
	} else {
		c_declare_tag(w, id);
	}
	WRITER_PUT(w->out, " {");
	if (!w->like_libbpf && !t->size && !rebtf_type_vlen(t))
		WRITER_PUT(w->out, " __cxx_empty ");
	declare_push(&w->declare,
		     (struct declare_task){ .step = DECLARE_MEMBER,
					    .id = id,
					    .level = level,
					    .packed = c_layout_is_packed(&w->layout, t) });
}

/* The attribute that member @m needs, in bytes; 0: none. */
static uint32_t c_member_align(const struct c_writer *w, const struct declare_task *task,
			       const struct rebtf_member *m)
{
	return task->packed ? 0 : c_align_of_member(&w->layout, task->id, m, task->offset);
}

static void c_write_align(struct c_writer *w, uint32_t bytes)
{
	if (!bytes)
		return;
	WRITER_PUT(w->out, " __attribute__((aligned(");
	writer_u64(w->out, bytes);
	WRITER_PUT(w->out, ")))");
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
	c_write_align(w, c_member_align(w, task, m));
	WRITER_PUT(w->out, ";");
	task->in_bitfield = bits;
	c_layout_pass(&w->layout, t, m, &task->offset);
}

/* Gives a union that is larger than its members the size that it has. */
static void c_fill_union(struct c_writer *w, const struct declare_task *task,
			 const struct rebtf_type *t)
{
	uint64_t align = task->packed ? 1 : c_layout_align(&w->layout, task->id) ?: 1;
	uint64_t bytes = (task->offset + 7) / 8;

	if ((bytes + align - 1) / align * align >= t->size)
		return;
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, task->level + 1);
	WRITER_PUT(w->out, "char __opaque_");
	writer_u64(w->out, task->id);
	WRITER_PUT(w->out, "[");
	writer_u64(w->out, t->size);
	WRITER_PUT(w->out, "];");
}

static void c_end_composite(struct c_writer *w, const struct declare_task *task,
			    const struct rebtf_type *t)
{
	if (rebtf_type_kind(t) == REBTF_KIND_STRUCT)
		c_pad(w, task->offset, (uint64_t)t->size * 8, c_layout_align(&w->layout, task->id),
		      false, task->packed && !w->like_libbpf, task->level + 1);
	else if (!w->like_libbpf)
		c_fill_union(w, task, t);
	writer_begin(w->out);
	if (rebtf_type_vlen(t) || t->size) {
		WRITER_PUT(w->out, "\n");
		c_indent(w, task->level);
	}
	WRITER_PUT(w->out, "}");
	if (task->packed)
		WRITER_PUT(w->out, " __attribute__((packed))");
	else
		c_write_align(w, c_align_of(&w->layout, task->id));
}

/* Returns the id of the struct or union with a name that type @id is, or 0. */
static uint32_t c_named_type(const struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = resolve_skip(w->btf, FAMILY_ALIAS, &id);

	return t && t->name_off && kind_is_composite(rebtf_type_kind(t)) ? id : 0;
}

/* Writes the text before member @m of @t. */
static void c_begin_member(struct c_writer *w, const struct declare_task *task,
			   const struct rebtf_type *t, const struct rebtf_member *m)
{
	uint32_t align = task->packed ? 1 : c_layout_align(&w->layout, m->type);

	c_pad(w, task->offset, rebtf_member_bit_offset(t, m), c_member_align(w, task, m) ?: align,
	      task->in_bitfield && rebtf_member_bitfield_size(t, m),
	      task->packed && !w->like_libbpf, task->level + 1);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, task->level + 1);
	w->inlined = m->name_off || w->like_libbpf ? 0 : c_named_type(w, m->type);
}

/* Writes members until one needs tasks of its own. */
void c_define_member(void *arg, struct declare_task task)
{
	struct c_writer *w = arg;
	const struct rebtf_type *t = btf_type(w->btf, task.id);
	uint32_t count = rebtf_type_vlen(t), level = task.level + 1;

	if (task.at)
		c_end_member(w, &task, t, rebtf_members(t) + task.at - 1);
	while (task.at < count) {
		const struct rebtf_member *m = rebtf_members(t) + task.at++;
		const char *name = btf_string(w->btf, m->name_off);

		c_begin_member(w, &task, t, m);
		if (!w->inlined && declare_simple(&w->declare, m->type, name, level)) {
			c_end_member(w, &task, t, m);
			continue;
		}
		declare_push(&w->declare, task);
		declare_push(&w->declare, (struct declare_task){ .step = DECLARE_TYPE,
								 .id = m->type,
								 .name = name,
								 .level = level });
		return;
	}
	c_end_composite(w, &task, t);
}

void c_define_composite(struct c_writer *w, uint32_t id)
{
	w->tag = btf_string(w->btf, btf_type(w->btf, id)->name_off);
	c_begin_composite(w, id, 0);
	declare_run(&w->declare);
	w->tag = "";
}

/* ----------------------------------------------------------------------------------------- names */

void c_write_name(struct c_writer *w, const char *name)
{
	if (w->like_libbpf)
		writer_string(w->out, name);
	else
		c_word_write(w->out, name);
}

/* C++ has no member with the name of its struct in an unnamed union there. */
void c_define_identifier(void *arg, const char *name)
{
	struct c_writer *w = arg;

	if (*w->tag && !strcmp(name, w->tag))
		c_write_clashing(w, name);
	else
		c_word_write(w->out, name);
}

/* Whether @t is the typedef bool. C++ and C23 have that type under this name. */
static bool c_is_bool(const struct c_writer *w, const struct rebtf_type *t)
{
	const struct rebtf_type *target = btf_type(w->btf, t->type);

	return !w->like_libbpf && !strcmp(btf_string(w->btf, t->name_off), "bool") &&
	       rebtf_type_kind(target) == REBTF_KIND_INT &&
	       !strcmp(btf_string(w->btf, target->name_off), "_Bool");
}

static void c_use_typedef(struct c_writer *w, uint32_t id, const struct rebtf_type *t,
			  uint32_t level)
{
	writer_begin(w->out);
	if (c_is_bool(w, t)) {
		WRITER_PUT(w->out, "_Bool");
		return;
	}
	if (level && c_has_name(w->members, t->name_off))
		WRITER_PUT(w->out, "__cxx_global ");
	c_write_typedef_name(w, id);
}

/* Writes the type of a member inside another definition. Returns true if a task does the rest. */
static bool c_define_inside(struct c_writer *w, uint32_t id, const struct rebtf_type *t,
			    uint32_t level)
{
	if (kind_is_composite(rebtf_type_kind(t))) {
		c_begin_composite(w, id, level);
		return true;
	}
	c_define_enum(w, id, level);
	return false;
}

bool c_define_name(void *arg, uint32_t id, const struct rebtf_type *t, uint32_t level)
{
	struct c_writer *w = arg;
	uint32_t kind = rebtf_type_kind(t);
	bool inlined = id && id == w->inlined;

	w->inlined = 0;
	if (!kind) {
		writer_begin(w->out);
		WRITER_PUT(w->out, "void");
	} else if (kind_has_members(kind) && (!t->name_off || inlined) && !w->only_tags) {
		return c_define_inside(w, id, t, level);
	} else if (kind_has_members(kind) || kind == REBTF_KIND_FWD) {
		c_declare_tag(w, id);
	} else if (kind == REBTF_KIND_TYPEDEF) {
		c_use_typedef(w, id, t, level);
	} else {
		c_write_number(w, id);
	}
	return false;
}

const char *c_typedef_tag(struct c_writer *w, uint32_t id)
{
	return c_typedef_clashes(w, id, btf_type(w->btf, id))
		       ? c_names_of(&w->names, id, C_IDENTIFIERS)
		       : "";
}

/* The name is written by c_define_identifier(), which knows clashing names by the tag. */
static void c_define_typedef_as(struct c_writer *w, uint32_t id, const char *name)
{
	w->tag = c_typedef_tag(w, id);
	declare(&w->declare, btf_type(w->btf, id)->type, name, 0);
	w->tag = "";
}

void c_define_typedef(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	const char *name = c_names_of(&w->names, id, C_IDENTIFIERS);
	bool is_bool = c_is_bool(w, t);

	writer_begin(w->out);
	/* Old versions of GCC make this a typedef of void. */
	if (!t->type && !strcmp(name, "__gnuc_va_list")) {
		WRITER_PUT(w->out, "typedef __builtin_va_list __gnuc_va_list;\n\n");
		return;
	}
	if (is_bool)
		WRITER_PUT(w->out, "#if !defined(__cplusplus) && !defined(bool) && "
				   "__STDC_VERSION__ <= 201710L\n");
	WRITER_PUT(w->out, "typedef ");
	if (is_bool)
		WRITER_PUT(w->out, "_Bool bool;\n#endif\n\n");
	else
		c_define_typedef_as(w, id, name);
	writer_begin(w->out);
	if (!is_bool)
		WRITER_PUT(w->out, ";\n\n");
}
