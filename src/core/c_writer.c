/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes queued definitions, each after the forward declarations that it needs: of structs and
 * unions that are defined later, and of typedefs whose own definition waits for the one that is
 * being written.
 */
#include <stdlib.h>

#include "core/c_writer.h"
#include "util/error.h"

/*
 * Steps for each word of the types, and at least. A kernel takes two. Types that are shared by many
 * others, but have no name, could take a number that grows exponentially.
 */
#define STEPS_PER_WORD 64
#define STEPS_MIN      1000000

/* ---------------------------------------------------------------------------------------- states */

static void c_mark_used(void *arg, uint32_t id)
{
	((uint8_t *)arg)[id] |= C_USED;
}

void c_mark_uses(struct c_writer *w, uint32_t from, uint32_t end)
{
	for (uint32_t id = from; id < end; id++) {
		const struct rebtf_type *t = btf_type(w->btf, id);

		if (rebtf_type_kind(t) != REBTF_KIND_FUNC_PROTO) {
			visit_ids(t, c_mark_used, w->states);
			continue;
		}
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			c_mark_used(w->states, rebtf_params(t)[i].type);
	}
	w->states[0] = C_ORDERED | C_WRITTEN;
}

static void c_add_name(uint64_t *names, uint32_t name_off)
{
	names[name_off / 64] |= UINT64_C(1) << name_off % 64;
}

/* Marks the name of a tag or typedef. */
static void c_mark_name(struct c_writer *w, uint32_t id, const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);
	bool is_tag = kind_has_members(kind) || kind == REBTF_KIND_FWD;

	if (!t->name_off)
		return;
	if (is_tag)
		c_add_name(w->tags, t->name_off);
	if (id < w->btf->start_id && is_tag)
		c_add_name(w->base_tags, t->name_off);
	if (id < w->btf->start_id && kind == REBTF_KIND_TYPEDEF)
		c_add_name(w->base_typedefs, t->name_off);
}

/* Keeps only those definitions of enums whose names are declared as well: few, or none. */
static void c_keep_declared(struct c_writer *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->defined_enums.count; i++) {
		uint32_t id = w->defined_enums.items[i];

		if (c_has_name(w->forward_enums, btf_type(w->btf, id)->name_off))
			w->defined_enums.items[kept++] = id;
	}
	w->defined_enums.count = kept;
}

/*
 * In C++, a typedef is hidden in a struct with a member of its name, and an enum that was declared
 * must be defined with the type that it was declared with.
 */
static struct rebtf_error *c_mark_names(struct c_writer *w)
{
	size_t words = rebtf_btf_string_end(w->btf) / 64 + 1;
	uint32_t count = rebtf_btf_type_count(w->btf);

	w->members = calloc(words, sizeof(*w->members));
	w->forward_enums = calloc(words, sizeof(*w->forward_enums));
	w->tags = calloc(words, sizeof(*w->tags));
	w->base_tags = calloc(words, sizeof(*w->base_tags));
	w->base_typedefs = calloc(words, sizeof(*w->base_typedefs));
	if (!w->members || !w->forward_enums || !w->tags || !w->base_tags || !w->base_typedefs)
		return error_nomem();
	for (uint32_t id = 1; id < count; id++) {
		const struct rebtf_type *t = btf_type(w->btf, id);

		c_mark_name(w, id, t);
		if (kind_is_enum(rebtf_type_kind(t)) && !rebtf_type_vlen(t))
			c_add_name(w->forward_enums, t->name_off);
		else if (kind_is_enum(rebtf_type_kind(t)) && t->name_off)
			u32_vector_append(&w->defined_enums, id);
		if (!kind_is_composite(rebtf_type_kind(t)))
			continue;
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			c_add_name(w->members, rebtf_members(t)[i].name_off);
	}
	c_keep_declared(w);
	return w->defined_enums.failed ? error_nomem() : NULL;
}

struct rebtf_error *c_writer_init(struct c_writer *w, const struct rebtf_btf *btf,
				  struct writer *out, bool like_libbpf, uint32_t first)
{
	uint64_t words = 0;

	*w = (struct c_writer){ .btf = btf, .out = out, .like_libbpf = like_libbpf, .tag = "" };
	for (const struct rebtf_btf *b = btf; b; b = b->base) {
		TRY(btf_require_known_kinds(b, "write in C"));
		words += b->types_size / 4;
	}
	w->declare = (struct declare){
		.btf = btf,
		.out = out,
		.name = c_define_name,
		.member = c_define_member,
		.arg = w,
		.identifier = like_libbpf ? NULL : c_define_identifier,
		.tight = !like_libbpf,
		.restrict_word = like_libbpf ? "restrict" : "__restrict",
		.budget = words * STEPS_PER_WORD + STEPS_MIN,
	};
	w->states = calloc(rebtf_btf_type_count(btf), 1);
	if (!w->states)
		return error_nomem();
	c_mark_uses(w, 1, rebtf_btf_type_count(btf));
	if (!like_libbpf)
		TRY(c_mark_names(w));
	TRY(c_names_init(&w->names, btf, !like_libbpf));
	TRY(c_layout_init(&w->layout, btf, like_libbpf, first));
	if (like_libbpf)
		return NULL;
	TRY(c_express_init(&w->express, btf, &w->layout));
	w->declare.opaque = w->express.opaque;
	return NULL;
}

void c_writer_release(struct c_writer *w)
{
	declare_release(&w->declare);
	c_names_release(&w->names);
	c_layout_release(&w->layout);
	c_express_release(&w->express);
	u32_vector_release(&w->queue);
	c_frames_release(&w->frames);
	free(w->states);
	free(w->varies);
	free(w->members);
	free(w->forward_enums);
	u32_vector_release(&w->defined_enums);
	free(w->tags);
	free(w->base_tags);
	free(w->base_typedefs);
}

/* Returns the error of the last call, if any. @id is the type that it was about. */
static struct rebtf_error *c_writer_error(const struct c_writer *w, uint32_t id)
{
	if (w->cycle)
		return btf_error_at(error_new(REBTF_ERR_UNSUPPORTED,
					      "the type contains itself, which C cannot express"),
				    w->btf, w->cycle);
	if (w->queue.failed || w->express.frames.failed || w->frames.failed || w->names.failed ||
	    w->layout.frames.failed || w->declare.links.failed || w->declare.tasks.failed)
		return error_nomem();
	if (!w->declare.budget)
		return btf_error_at(
			error_new(REBTF_ERR_UNSUPPORTED,
				  "its text in C is too long: unnamed types are repeated "
				  "where they are used"),
			w->btf, id);
	return NULL;
}

/* --------------------------------------------------------------------------------------- writing */

static void c_end(struct c_writer *w)
{
	writer_begin(w->out);
	WRITER_PUT(w->out, ";\n\n");
}

static void c_write_typedef(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);

	/* The compiler has this type. */
	if (!strcmp(btf_string(w->btf, t->name_off), "__builtin_va_list"))
		return;
	c_define_typedef(w, id);
	if (w->asserts)
		c_assert(w, id);
}

static void c_write_declaration(struct c_writer *w, uint32_t id)
{
	c_declare_tag(w, id);
	c_end(w);
	w->states[id] |= C_DECLARED;
}

/* A type is used while its definition, which contains the use, is being written. */
static void c_write_early(struct c_writer *w, uint32_t id, uint32_t container)
{
	uint32_t kind = rebtf_type_kind(btf_type(w->btf, id));

	if (w->states[id] & C_DECLARED)
		return;
	if (kind_is_composite(kind)) {
		if (id != container && btf_type(w->btf, id)->name_off)
			c_write_declaration(w, id);
	} else if (kind == REBTF_KIND_TYPEDEF) {
		c_write_typedef(w, id);
		w->states[id] |= C_DECLARED;
	}
}

/* Declares an INT that GCC has for Arm's vectors, and that other compilers lack. */
static void c_write_alias(struct c_writer *w, uint32_t id)
{
	static const char *const aliases[][2] = {
		{ "__Poly8_t", "unsigned char" },
		{ "__Poly16_t", "unsigned short" },
		{ "__Poly64_t", "unsigned long long" },
		{ "__Poly128_t", "unsigned __int128" },
	};
	const char *name = c_names_of(&w->names, id, C_TAGS);

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(name, aliases[i][0]) != 0)
			continue;
		writer_begin(w->out);
		WRITER_PUT(w->out, "typedef ");
		writer_string(w->out, aliases[i][1]);
		WRITER_PUT(w->out, " ");
		writer_string(w->out, name);
		c_end(w);
	}
}

/*
 * Writes the types that a use of type @id inside @container needs, or its definition if @container
 * is 0. Adds a frame if it has references that come first.
 */
static void c_write_enter(struct c_writer *w, uint32_t id, uint32_t container)
{
	for (;;) {
		const struct rebtf_type *t = btf_type(w->btf, id);
		uint8_t *state = &w->states[id];

		if (*state & C_WRITTEN || !c_spend(w))
			return;
		if (*state & C_WRITING) {
			c_write_early(w, id, container);
			return;
		}
		switch (rebtf_type_kind(t)) {
		case REBTF_KIND_INT:
			c_write_alias(w, id);
			*state |= C_WRITTEN;
			return;
		case REBTF_KIND_ENUM:
		case REBTF_KIND_ENUM64:
			if (!container) {
				c_define_enum(w, id, 0);
				c_end(w);
			}
			*state |= C_WRITTEN;
			return;
		case REBTF_KIND_FWD:
			c_declare_tag(w, id);
			c_end(w);
			*state |= C_WRITTEN;
			return;
		case REBTF_KIND_PTR:
			if (c_writer_is_opaque(w, id))
				return;
			id = t->type;
			continue;
		case REBTF_KIND_VOLATILE:
		case REBTF_KIND_CONST:
		case REBTF_KIND_RESTRICT:
		case REBTF_KIND_TYPE_TAG:
			id = t->type;
			continue;
		case REBTF_KIND_ARRAY:
			id = rebtf_array(t)->type;
			continue;
		case REBTF_KIND_STRUCT:
		case REBTF_KIND_UNION:
			if (container && t->name_off) {
				if (!(*state & C_DECLARED) && id != container)
					c_write_declaration(w, id);
				return;
			}
			break;
		case REBTF_KIND_TYPEDEF:
		case REBTF_KIND_FUNC_PROTO:
			break;
		default:
			return;
		}
		if (rebtf_type_kind(t) != REBTF_KIND_FUNC_PROTO)
			*state |= C_WRITING;
		c_frames_append(&w->frames, (struct c_frame){ .id = id, .container = container });
		return;
	}
}

/* The next type that a use of @frame's type needs. Returns false if all were visited. */
static bool c_write_next(const struct c_writer *w, struct c_frame *frame, uint32_t *id,
			 uint32_t *container)
{
	const struct rebtf_type *t = btf_type(w->btf, frame->id);
	uint32_t kind = rebtf_type_kind(t), i = frame->next++;

	if (kind == REBTF_KIND_TYPEDEF) {
		*id = t->type;
		*container = frame->id;
		return !i;
	}
	*container = kind_is_composite(kind) && t->name_off ? frame->id : frame->container;
	if (kind == REBTF_KIND_FUNC_PROTO) {
		*id = i ? 0 : t->type;
		if (i && i <= rebtf_type_vlen(t))
			*id = rebtf_params(t)[i - 1].type;
		return i <= rebtf_type_vlen(t);
	}
	if (i == rebtf_type_vlen(t))
		return false;
	*id = rebtf_members(t)[i].type;
	return true;
}

static void c_write_leave(struct c_writer *w, const struct c_frame *frame)
{
	const struct rebtf_type *t = btf_type(w->btf, frame->id);
	uint8_t *state = &w->states[frame->id];

	*state &= ~C_WRITING;
	if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF) {
		if (!(*state & C_DECLARED))
			c_write_typedef(w, frame->id);
		*state |= C_WRITTEN;
	} else if (kind_is_composite(rebtf_type_kind(t)) && !frame->container) {
		c_define_composite(w, frame->id);
		c_end(w);
		if (w->asserts)
			c_assert(w, frame->id);
		*state |= C_WRITTEN;
	}
}

static void c_write(struct c_writer *w, uint32_t id, uint32_t container)
{
	c_write_enter(w, id, container);
	while (w->frames.count && !w->frames.failed && w->declare.budget) {
		struct c_frame *frame = &w->frames.items[w->frames.count - 1];
		struct c_frame done = *frame;

		if (c_write_next(w, frame, &id, &container)) {
			c_write_enter(w, id, container);
			continue;
		}
		c_write_leave(w, &done);
		w->frames.count--;
	}
}

/* Whether type @id is left out: a definition, but not one that C has. */
static bool c_writer_leaves_out(struct c_writer *w, uint32_t id)
{
	const struct rebtf_type *t = btf_type(w->btf, id);
	uint32_t kind = rebtf_type_kind(t);

	if (layout_of(t)->role & ROLES_NO_TYPE || c_writer_has(w, id, kind_is_composite(kind)))
		return false;
	w->states[id] |= C_LEFT_OUT;
	return true;
}

struct rebtf_error *c_writer_type(struct c_writer *w, uint32_t id)
{
	if (c_writer_leaves_out(w, id))
		return c_writer_error(w, id);
	/* libbpf goes on after a type that contains itself. */
	w->queue.count = w->frames.count = 0;
	w->cycle = 0;
	c_order(w, id);
	for (size_t i = 0; i < w->queue.count && !w->cycle; i++)
		c_write(w, w->queue.items[i], 0);
	return c_writer_error(w, id);
}

struct rebtf_error *c_writer_needs(struct c_writer *w, uint32_t id)
{
	TRY(c_writer_type(w, id));
	if (!(w->states[id] & C_LEFT_OUT))
		c_write(w, id, id);
	return c_writer_error(w, id);
}

struct rebtf_error *c_writer_declare(struct c_writer *w, uint32_t id, const char *name)
{
	declare(&w->declare, id, name, 0);
	return c_writer_error(w, id);
}
