/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the special fields of a struct, see verify_special.h. For each struct, kernels search
 * nested structs and arrays of structs again, which can take forever. Here each struct is searched
 * once, after its nested structs, and the result is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/kind.h"
#include "verify/verify_special.h"
#include "util/error.h"

/* The kernel stores an owning pointer as a u64, even on 32-bit systems. */
#define KPTR_SIZE 8u

#define TYPE(special, ...) [SPECIAL_##special] = { __VA_ARGS__ }

const struct special_type special_types[SPECIAL_COUNT] = {
	TYPE(SPIN_LOCK, "bpf_spin_lock", 4, 4, SPECIAL_NONE),
	TYPE(LIST_HEAD, "bpf_list_head", 16, 8, SPECIAL_LIST_NODE),
	TYPE(LIST_NODE, "bpf_list_node", 24, 8, SPECIAL_NONE),
	TYPE(RB_ROOT, "bpf_rb_root", 16, 8, SPECIAL_RB_NODE),
	TYPE(RB_NODE, "bpf_rb_node", 32, 8, SPECIAL_NONE),
	TYPE(REFCOUNT, "bpf_refcount", 4, 4, SPECIAL_NONE),
	TYPE(RES_SPIN_LOCK, "bpf_res_spin_lock", 4, 4, SPECIAL_NONE),
	TYPE(KPTR_UNTRUSTED, "kptr_untrusted", KPTR_SIZE, 8, SPECIAL_NONE),
	TYPE(KPTR, "kptr", KPTR_SIZE, 8, SPECIAL_NONE),
	TYPE(KPTR_PERCPU, "percpu_kptr", KPTR_SIZE, 8, SPECIAL_NONE),
	TYPE(UPTR, "uptr", KPTR_SIZE, 8, SPECIAL_NONE),
};

/* ------------------------------------------------------------------------------------- pointers */

uint16_t kptr_tag_bit(const struct verifier *v, const struct rebtf_type *t)
{
	const char *tag = verifier_string(v, t->name_off);

	if (!is_one_of(t, KIND(TYPE_TAG)) || rebtf_type_kind_flag(t))
		return 0;
	for (enum special i = SPECIAL_KPTR_UNTRUSTED; i < SPECIAL_COUNT; i++) {
		if (!strcmp(tag, special_types[i].name) && (i != SPECIAL_UPTR || v->rules->uptr))
			return (uint16_t)(1u << i);
	}
	return 0;
}

/* Collects all tags between a pointer and its target, in any position. */
static struct rebtf_error *find_tags(const struct verifier *v, uint32_t id, uint32_t *tags)
{
	const struct rebtf_type *t = verifier_type(v, id);

	*tags = is_one_of(t, MODIFIERS) ? v->tags[id - v->start_id] : 0;
	if (*tags & (*tags - 1))
		FAIL("pointer with more than one of the tags 'kptr', 'kptr_untrusted', "
		     "'percpu_kptr' and 'uptr'");
	return NULL;
}

/* Older kernels: a single tag directly below the pointer, which must be one of these. */
static struct rebtf_error *find_first_tag(const struct verifier *v, uint32_t id, uint32_t *tags)
{
	const struct rebtf_type *t = verifier_type(v, id);

	*tags = 0;
	if (!is_one_of(t, KIND(TYPE_TAG)) || rebtf_type_kind_flag(t))
		return NULL;
	if (is_one_of(verifier_type(v, t->type), KIND(TYPE_TAG)))
		FAIL("pointer with two type tags, but Linux %s expects one", v->rules->release);
	*tags = kptr_tag_bit(v, t);
	if (!*tags)
		FAIL("pointer with the tag '%.600s', but Linux %s does not know the tag",
		     verifier_string(v, t->name_off), v->rules->release);
	return NULL;
}

struct rebtf_error *find_kptr(const struct verifier *v, uint32_t id, enum special *special,
			      uint32_t *target)
{
	const struct rebtf_type *t = verifier_type(v, id);
	uint32_t tags;

	*special = SPECIAL_NONE;
	if (is_one_of(t, KIND(VOLATILE)))
		t = verifier_type(v, t->type);
	if (!is_one_of(t, KIND(PTR)))
		return NULL;
	*target = t->type;
	TRY(v->rules->tags_first ? find_first_tag(v, *target, &tags)
				 : find_tags(v, *target, &tags));
	if (!(tags & SPECIAL_KPTRS))
		return NULL;
	if (is_one_of(verifier_type(v, *target), MODIFIERS))
		*target = final_of(v, *target);
	t = verifier_type(v, *target);
	*special = (enum special)__builtin_ctz(tags);
	if (!is_one_of(t, KIND(STRUCT)))
		FAIL("pointer with the tag '%s' to type [%u] (found %s, expected STRUCT)",
		     special_types[*special].name, *target,
		     *target ? rebtf_kind_name(rebtf_type_kind(t)) : "void");
	return NULL;
}

/* -------------------------------------------------------------------------------------- members */

/* The type of a member below arrays. */
struct inner {
	uint32_t id;
	const struct rebtf_type *t;
	uint32_t nelems; /* 1 outside of arrays; kernel quirk: may wrap around */
	bool too_deep;	 /* more nested arrays than kernels follow */
	enum special special;
};

/*
 * Identifies a special type by its name. It may have any kind here; add_special() checks that it is
 * a STRUCT.
 */
static enum special special_by_name(const struct verifier *v, const struct rebtf_type *t)
{
	const char *name = verifier_string(v, t->name_off);

	for (enum special i = 1; i < SPECIAL_KPTR_UNTRUSTED; i++) {
		if (i == SPECIAL_RES_SPIN_LOCK && !v->rules->res_spin_lock)
			continue;
		if (!strcmp(name, special_types[i].name))
			return i;
	}
	return SPECIAL_NONE;
}

static struct inner look_into(const struct verifier *v, uint32_t id)
{
	struct inner inner = { .id = id, .t = verifier_type(v, id), .nelems = 1 };

	for (unsigned int i = 0; !v->rules->flat_records && is_one_of(inner.t, KIND(ARRAY)); i++) {
		const struct rebtf_array *a = rebtf_array(inner.t);

		if (i == MAX_DEPTH - 1)
			inner.too_deep = true;
		if (i == MAX_DEPTH)
			break;
		inner.nelems *= a->nelems;
		inner.id = a->type;
		inner.t = verifier_type(v, a->type);
	}
	inner.special = special_by_name(v, inner.t);
	return inner;
}

/* Whether it is a struct to search, because it is not special itself. */
static bool is_nested(const struct inner *inner)
{
	return !inner->too_deep && inner->nelems && !inner->special &&
	       is_one_of(inner->t, KIND(STRUCT));
}

/* Collects the fields of one struct. */
struct special_gathering {
	struct specials *s;
	uint32_t id;
	struct special_struct *of;
	struct special_field fields[MOST_FIELDS];
};

/* Adds @fields, which each of @nelems elements of @size bytes has. */
static struct rebtf_error *add_fields(struct special_gathering *g,
				      const struct special_field *fields, uint32_t count,
				      uint32_t nelems, uint32_t size, uint32_t offset)
{
	if (!count)
		return NULL;
	for (uint32_t i = 0; nelems > 1 && i < count; i++) {
		enum special special = fields[i].special;

		if (!(1u << special & (SPECIAL_ROOTS | SPECIAL_KPTRS)))
			FAIL("arrays cannot contain %s", special_types[special].name);
	}
	if (g->of->count + (uint64_t)count * nelems > MOST_FIELDS)
		FAIL("too many special fields (maximum %u)", MOST_FIELDS);
	for (uint32_t i = 0; i < nelems; i++) {
		for (uint32_t k = 0; k < count; k++) {
			struct special_field *f = &g->fields[g->of->count++];

			*f = fields[k];
			f->offset += offset + i * size;
		}
	}
	return NULL;
}

static struct rebtf_error *note_once(struct special_gathering *g, uint32_t specials)
{
	uint32_t twice = g->of->once & specials;

	if (twice)
		FAIL("second %s (expected at most one)", special_types[__builtin_ctz(twice)].name);
	g->of->once |= (uint16_t)specials;
	return NULL;
}

static struct rebtf_error *add_nested(struct special_gathering *g, const struct inner *inner,
				      uint32_t offset)
{
	const struct special_struct *nested = special_struct(g->s, inner->id);

	if (nested->state != RESOLVE_DONE) {
		/* Kernel quirk: a struct can contain itself. Kernels recurse until they give up. */
		g->of->levels = UINT8_MAX;
		return NULL;
	}
	if (nested->levels >= g->of->levels)
		g->of->levels = nested->levels == UINT8_MAX ? UINT8_MAX : nested->levels + 1;
	if (nested->err_id) {
		g->of->err_id = nested->err_id;
		return NULL;
	}
	if (g->s->v->rules->one_in_all)
		TRY(note_once(g, nested->once));
	return add_fields(g, fields_of(g->s, nested), nested->count, inner->nelems, inner->t->size,
			  offset);
}

static struct rebtf_error *add_special(struct special_gathering *g, const struct inner *inner,
				       uint32_t offset, uint32_t i)
{
	const struct special_type *type = &special_types[inner->special];
	struct special_field field = { .special = inner->special };

	if (comes_once(g->s->v->rules, inner->special))
		TRY(note_once(g, 1u << inner->special));
	/*
	 * Kernel quirk: a type with the right name but a wrong size, kind or offset is not special.
	 */
	if (offset % type->align || !is_one_of(inner->t, KIND(STRUCT)) ||
	    inner->t->size != type->size)
		return NULL;
	if (type->node)
		TRY(find_contained(g->s, g->id, i, &field));
	return add_fields(g, &field, 1, inner->nelems, type->size, offset);
}

static struct rebtf_error *special_add_pointer(struct special_gathering *g,
					       const struct inner *inner, uint32_t offset)
{
	struct special_field field = {};
	enum special special;

	if (offset % KPTR_SIZE)
		return NULL;
	TRY(find_kptr(g->s->v, inner->id, &special, &field.id));
	field.special = special;
	return special ? add_fields(g, &field, 1, inner->nelems, KPTR_SIZE, offset) : NULL;
}

static struct rebtf_error *special_add_member(struct special_gathering *g,
					      const struct rebtf_type *t, uint32_t i)
{
	const struct rebtf_member *m = rebtf_members(t) + i;
	struct inner inner = look_into(g->s->v, m->type);
	uint32_t offset = rebtf_member_bit_offset(t, m);

	if (!inner.special && g->s->v->rules->flat_records)
		return NULL;
	if (offset % 8)
		FAIL("starts at bit %u (expected a multiple of 8 beside special fields)", offset);
	offset /= 8;
	if (inner.too_deep)
		FAIL("arrays of %u or more dimensions", MAX_DEPTH);
	if (!inner.nelems)
		return NULL;
	if (inner.special)
		return add_special(g, &inner, offset, i);
	return is_nested(&inner) ? add_nested(g, &inner, offset)
				 : special_add_pointer(g, &inner, offset);
}

/* Collects the fields of a struct whose nested structs are done. */
static struct rebtf_error *special_gather(struct specials *s, uint32_t id)
{
	const struct rebtf_type *t = verifier_type(s->v, id);
	struct special_gathering g = { .s = s, .id = id, .of = special_struct(s, id) };

	for (uint32_t i = 0; i < rebtf_type_vlen(t) && !g.of->err_id; i++) {
		struct rebtf_error *err = special_add_member(&g, t, i);

		if (!err)
			continue;
		if (err->code == REBTF_ERR_NOMEM)
			return err;
		g.of->err = error_new(err->code, "member %u: %s", i, err->message);
		g.of->err_id = id;
		rebtf_error_free(err);
	}
	g.of->state = RESOLVE_DONE;
	if (g.of->err_id)
		g.of->count = 0;
	g.of->first = (uint32_t)s->fields.count;
	special_fields_extend(&s->fields, g.fields, g.of->count);
	return s->fields.failed ? error_nomem() : NULL;
}

/* --------------------------------------------------------------------------- structs in structs */

struct open_struct {
	uint32_t id;
	uint32_t next; /* next member to visit */
};

DEFINE_VECTOR(open_structs, struct open_struct);

/* Returns the next nested struct that was not searched yet, or void. */
static uint32_t next_nested(const struct specials *s, struct open_struct *open)
{
	const struct rebtf_type *t = verifier_type(s->v, open->id);
	const struct rebtf_member *m = rebtf_members(t);

	if (s->v->rules->flat_records)
		return 0;
	while (open->next < rebtf_type_vlen(t)) {
		struct inner inner = look_into(s->v, m[open->next++].type);

		if (is_nested(&inner) && special_struct(s, inner.id)->state == RESOLVE_UNSEEN)
			return inner.id;
	}
	return 0;
}

struct rebtf_error *find_specials(struct specials *s, uint32_t id)
{
	struct rebtf_error *err = NULL;
	struct open_structs stack = {};

	while (id && !err) {
		struct open_struct *top;

		if (special_struct(s, id)->state == RESOLVE_UNSEEN) {
			special_struct(s, id)->state = RESOLVE_OPEN;
			open_structs_append(&stack, (struct open_struct){ .id = id });
		}
		if (stack.failed)
			err = error_nomem();
		if (err || !stack.count)
			break;
		top = &stack.items[stack.count - 1];
		id = next_nested(s, top);
		if (id)
			continue;
		err = special_gather(s, top->id);
		stack.count--;
		if (stack.count)
			id = top[-1].id;
	}
	open_structs_release(&stack);
	return err;
}
