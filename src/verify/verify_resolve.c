/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The second pass of the verifier resolves references. It goes depth first from each type that
 * refers to others, in the order of ids, on a stack with the kernel's depth. If a type needs
 * another type first, it opens that type and is visited again afterwards. The kind of the first
 * type determines how far the walk goes: from a pointer through pointers and modifiers, from a
 * struct or array through structs, arrays and modifiers. Pointers to structs and structs with
 * pointers would have no end.
 *
 * Kernel quirk: some verdicts therefore depend on the order of types. A type that was resolved from
 * a pointer, where the walk stops at arrays and structs, counts as resolved for a struct, too. To
 * reach the kernel's verdicts, this file visits types in the kernel's order.
 */
#include <stdio.h>
#include <stdlib.h>

#include "btf/kind.h"
#include "verify/verify_refer.h"
#include "util/error.h"

enum resolve_mode {
	MODE_UNDECIDED,
	MODE_POINTER,
	MODE_CONTAINER,
};

struct open_type {
	uint32_t id;
	uint32_t next; /* next element to visit */
};

struct resolver {
	struct verifier *v;
	enum resolve_mode mode;
	struct open_type stack[MAX_DEPTH];
	uint32_t depth;
	bool opened; /* the current step has opened another type */
};

/* Returned by a step that met a failed type. Its violation has been noted already. */
static struct rebtf_error said_already = { .code = REBTF_ERR_FORMAT };

/* Whether a type that refers to @t can be resolved before @t is. */
static bool ends_here(const struct resolver *r, const struct rebtf_type *t)
{
	switch (r->mode) {
	case MODE_POINTER:
		return !is_one_of(t, MODIFIERS | KIND(PTR));
	case MODE_CONTAINER:
		return !is_one_of(t, MODIFIERS | COMPOSITES | KIND(ARRAY));
	default:
		return !is_one_of(t, REFERRING);
	}
}

/* ---------------------------------------------------------------------------------- depth first */

/* Opens a type, so that it is resolved next. */
static struct rebtf_error *open_type(struct resolver *r, const struct rebtf_type *t, uint32_t id)
{
	struct verifier *v = r->v;
	uint8_t *state;

	if (r->depth == MAX_DEPTH)
		FAIL("nested too deep below type [%u] (maximum %u)", r->stack[0].id, MAX_DEPTH);
	state = &v->state[id - v->start_id];
	if (*state == RESOLVE_FAILED)
		return &said_already;
	if (*state == RESOLVE_OPEN)
		FAIL("reference loop through type [%u]", id);
	*state = RESOLVE_OPEN;
	r->stack[r->depth++] = (struct open_type){ .id = id };
	r->opened = true;
	if (r->mode == MODE_UNDECIDED && is_one_of(t, KIND(PTR)))
		r->mode = MODE_POINTER;
	else if (r->mode == MODE_UNDECIDED && is_one_of(t, COMPOSITES | KIND(ARRAY)))
		r->mode = MODE_CONTAINER;
	return NULL;
}

/* Opens a type if it must be resolved first. */
static struct rebtf_error *verify_resolve_need(struct resolver *r, const struct rebtf_type *t,
					       uint32_t id)
{
	if (ends_here(r, t) || is_done(r->v, id))
		return NULL;
	return open_type(r, t, id);
}

/*
 * A modifier that was resolved from a struct may end at an unresolved pointer. If a pointer or
 * variable refers to it, that pointer must be resolved next, otherwise a cycle would go undetected.
 */
static struct rebtf_error *need_pointer_below(struct resolver *r, const struct rebtf_type *t,
					      uint32_t id)
{
	const struct rebtf_type *below;
	uint32_t final;

	if (!is_one_of(t, MODIFIERS))
		return NULL;
	final = final_of(r->v, id);
	below = verifier_type(r->v, final);
	return below && is_one_of(below, KIND(PTR)) ? verify_resolve_need(r, below, final) : NULL;
}

static struct rebtf_error *refer(struct resolver *r, const char *what, uint32_t id,
				 uint32_t refused, const struct rebtf_type **t)
{
	TRY(look_up(r->v, id, t));
	if (!*t)
		FAIL("%s [%u] does not exist", what, id);
	if (is_one_of(*t, refused))
		FAIL("%s [%u] has invalid kind %s", what, id,
		     id ? rebtf_kind_name(rebtf_type_kind(*t)) : "void");
	return NULL;
}

/*
 * Checks the target of a pointer or modifier: a type with a size, void, a FWD or a FUNC_PROTO.
 * Kernel quirk: also a resolved FUNC. Sets *@final to the type below.
 */
static struct rebtf_error *settle_target(struct resolver *r, const struct rebtf_type *t,
					 uint32_t id, uint32_t *final)
{
	struct sized s = refer_find_sized(r->v, id);

	*final = s.id;
	if (s.t)
		return NULL;
	if (is_one_of(t, MODIFIERS))
		*final = final_of(r->v, id);
	else if (is_one_of(t, KIND(FUNC)) && r->v->rules->resolved_funcs && is_done(r->v, id))
		*final = t->type;
	t = verifier_type(r->v, *final);
	if (!t)
		FAIL("referenced type [%u] does not exist", id);
	if (!is_one_of(t, KIND(VOID) | KIND(FWD) | KIND(FUNC_PROTO)))
		FAIL("referenced type [%u] has invalid kind %s", id,
		     rebtf_kind_name(rebtf_type_kind(t)));
	return NULL;
}

static struct rebtf_error *step_modifier(struct resolver *r, struct open_type *o,
					 const struct rebtf_type *t)
{
	struct verifier *v = r->v;
	uint32_t i = o->id - v->start_id;
	const struct rebtf_type *next;

	TRY(refer(r, "referenced type", t->type, NEVER_INSIDE, &next));
	TRY(verify_resolve_need(r, next, t->type));
	if (r->opened)
		return NULL;
	v->tags[i] = kptr_tag_bit(v, t);
	if (is_one_of(next, MODIFIERS) && !is_in_base(v, t->type))
		v->tags[i] |= v->tags[t->type - v->start_id];
	return settle_target(r, next, t->type, &v->final[i]);
}

static struct rebtf_error *step_ptr(struct resolver *r, struct open_type *o,
				    const struct rebtf_type *t)
{
	const struct rebtf_type *next;
	uint32_t final;

	(void)o;
	TRY(refer(r, "target type", t->type, NEVER_INSIDE, &next));
	TRY(verify_resolve_need(r, next, t->type));
	if (!r->opened)
		TRY(need_pointer_below(r, next, t->type));
	return r->opened ? NULL : settle_target(r, next, t->type, &final);
}

static struct rebtf_error *step_var(struct resolver *r, struct open_type *o,
				    const struct rebtf_type *t)
{
	const struct rebtf_type *next;

	(void)o;
	TRY(refer(r, "type", t->type, NEVER_INSIDE, &next));
	TRY(verify_resolve_need(r, next, t->type));
	if (!r->opened)
		TRY(need_pointer_below(r, next, t->type));
	if (!r->opened && !refer_find_sized(r->v, t->type).t)
		FAIL("type [%u] has no size", t->type);
	return NULL;
}

static struct rebtf_error *step_array(struct resolver *r, struct open_type *o,
				      const struct rebtf_type *t)
{
	const struct rebtf_array *a = rebtf_array(t);
	const struct rebtf_type *next;
	struct sized s;

	TRY(refer(r, "index type", a->index_type, NEVER_INSIDE | SIZELESS, &next));
	TRY(verify_resolve_need(r, next, a->index_type));
	if (r->opened)
		return NULL;
	s = refer_find_sized(r->v, a->index_type);
	if (!s.t || !is_one_of(s.t, KIND(INT)) || !is_regular_int(s.t))
		FAIL("index type [%u] is not a regular INT", a->index_type);

	TRY(refer(r, "element type", a->type, NEVER_INSIDE | SIZELESS, &next));
	TRY(verify_resolve_need(r, next, a->type));
	if (r->opened)
		return NULL;
	s = refer_find_sized(r->v, a->type);
	if (!s.t)
		FAIL("element type [%u] has no size", a->type);
	if (is_one_of(s.t, KIND(INT)) && !is_regular_int(s.t))
		FAIL("element type [%u] is not a regular INT", a->type);
	if ((uint64_t)s.size * a->nelems > UINT32_MAX)
		FAIL("%u elements of %u bytes exceed 4 GiB", a->nelems, s.size);
	r->v->array_size[o->id - r->v->start_id] = s.size * a->nelems;
	return NULL;
}

/* Checks member @i, whose type is resolved as far as necessary. */
static struct rebtf_error *check_member_at(struct resolver *r, const struct rebtf_type *t,
					   uint32_t i)
{
	const struct rebtf_member *m = rebtf_members(t);
	struct sized s = refer_find_sized(r->v, m[i].type);
	struct rebtf_error *err, *with_number;

	if (!s.t)
		FAIL("member %u: type [%u] has no size", i, m[i].type);
	err = check_member(r->v, t, &m[i], s.t, s.size);
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	with_number = error_new(err->code, "member %u: %s", i, err->message);
	rebtf_error_free(err);
	return with_number;
}

static struct rebtf_error *step_members(struct resolver *r, struct open_type *o,
					const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);

	/* The previous member waited for its type, which is resolved now. */
	if (o->next)
		TRY(check_member_at(r, t, o->next - 1));
	for (uint32_t i = o->next; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_type *next;

		TRY(look_up(r->v, m[i].type, &next));
		if (!next)
			FAIL("member %u: type [%u] does not exist", i, m[i].type);
		if (is_one_of(next, SIZELESS | NEVER_INSIDE))
			FAIL("member %u: type [%u] has invalid kind %s", i, m[i].type,
			     rebtf_kind_name(rebtf_type_kind(next)));
		o->next = i + 1;
		TRY(verify_resolve_need(r, next, m[i].type));
		if (r->opened)
			return NULL;
		TRY(check_member_at(r, t, i));
	}
	return NULL;
}

static struct rebtf_error *step_section(struct resolver *r, struct open_type *o,
					const struct rebtf_type *t)
{
	const struct rebtf_var_secinfo *s = rebtf_var_secinfos(t);

	r->mode = MODE_UNDECIDED;
	for (uint32_t i = o->next; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_type *var, *type;
		struct sized sized;

		TRY(look_up(r->v, s[i].type, &var));
		if (!var || !is_one_of(var, KIND(VAR)))
			FAIL("variable %u: type [%u] is not a VAR", i, s[i].type);
		/* Kernel quirk: the size of a VAR that follows its section is never checked. */
		o->next = i + 1;
		TRY(verify_resolve_need(r, var, s[i].type));
		if (r->opened)
			return NULL;
		TRY(look_up(r->v, var->type, &type));
		sized = refer_find_sized(r->v, var->type);
		if (!sized.t)
			FAIL("variable %u: type [%u] has no size", i, var->type);
		if (s[i].size < sized.size)
			FAIL("variable %u: size %u, but its type [%u] has size %u", i, s[i].size,
			     var->type, sized.size);
	}
	return NULL;
}

/* Returns the index of the first unnamed parameter plus 1, or 0 if all have names. */
static uint32_t find_nameless(const struct rebtf_type *proto)
{
	const struct rebtf_param *p = rebtf_params(proto);

	for (uint32_t i = 0; i < rebtf_type_vlen(proto); i++) {
		if (p[i].type && !p[i].name_off)
			return i + 1;
	}
	return 0;
}

static struct rebtf_error *step_func(struct resolver *r, struct open_type *o,
				     const struct rebtf_type *t)
{
	struct verifier *v = r->v;
	const struct rebtf_type *proto = verifier_type(v, t->type);
	uint32_t *nameless;

	(void)o;
	if (!proto || !is_one_of(proto, KIND(FUNC_PROTO)))
		FAIL("prototype [%u] is not a FUNC_PROTO", t->type);
	/*
	 * Many functions may share one prototype with many parameters. The result is stored, plus
	 * 1, in the field that holds the size of arrays.
	 */
	if (is_in_base(v, t->type))
		TRY(make_base_arrays(v));
	nameless = is_in_base(v, t->type) ? &v->base_arrays[t->type]
					  : &v->array_size[t->type - v->start_id];
	if (!*nameless)
		*nameless = find_nameless(proto) + 1;
	if (*nameless > 1)
		FAIL("parameter %u of prototype [%u] has no name", *nameless - 2, t->type);
	return NULL;
}

static struct rebtf_error *step_decl_tag(struct resolver *r, struct open_type *o,
					 const struct rebtf_type *t)
{
	uint32_t component = (uint32_t)rebtf_decl_tag_component(t);
	const struct rebtf_type *next;

	(void)o;
	TRY(refer(r, "tagged type", t->type, ~(KIND(FUNC) | COMPOSITES | KIND(VAR) | KIND(TYPEDEF)),
		  &next));
	TRY(verify_resolve_need(r, next, t->type));
	if (r->opened || component == UINT32_MAX)
		return NULL;
	if (is_one_of(next, KIND(VAR) | KIND(TYPEDEF)))
		FAIL("invalid component %u (%s has no components)", component,
		     rebtf_kind_name(rebtf_type_kind(next)));
	if (is_one_of(next, KIND(FUNC)))
		next = verifier_type(r->v, next->type);
	if (!next || component >= rebtf_type_vlen(next))
		FAIL("invalid component %u (expected less than %u)", component,
		     next ? rebtf_type_vlen(next) : 0);
	return NULL;
}

/* One step for an open type. If the step opens no other type, the type is resolved. */
static struct rebtf_error *(*const steps[REBTF_KNOWN_KINDS])(struct resolver *r,
							     struct open_type *o,
							     const struct rebtf_type *t) = {
	[REBTF_KIND_PTR] = step_ptr,	       [REBTF_KIND_ARRAY] = step_array,
	[REBTF_KIND_STRUCT] = step_members,    [REBTF_KIND_UNION] = step_members,
	[REBTF_KIND_TYPEDEF] = step_modifier,  [REBTF_KIND_VOLATILE] = step_modifier,
	[REBTF_KIND_CONST] = step_modifier,    [REBTF_KIND_RESTRICT] = step_modifier,
	[REBTF_KIND_TYPE_TAG] = step_modifier, [REBTF_KIND_FUNC] = step_func,
	[REBTF_KIND_VAR] = step_var,	       [REBTF_KIND_DATASEC] = step_section,
	[REBTF_KIND_DECL_TAG] = step_decl_tag,
};

/* All open types depend on the one that failed. */
static struct rebtf_error *fail_open(struct resolver *r, struct rebtf_error *err)
{
	uint32_t id = r->stack[r->depth - 1].id;

	if (err->code == REBTF_ERR_NOMEM)
		return err;
	while (r->depth)
		r->v->state[r->stack[--r->depth].id - r->v->start_id] = RESOLVE_FAILED;
	return err == &said_already ? NULL : note_violation(r->v, id, err);
}

/* Resolves @t. Errors: NOMEM. A violation is noted and shows in the state of the type. */
static struct rebtf_error *verify_resolve_type(struct verifier *v, const struct rebtf_type *t,
					       uint32_t id)
{
	struct resolver r = { .v = v };
	struct rebtf_error *err = open_type(&r, t, id);

	if (err)
		return err == &said_already ? NULL : err;
	while (r.depth) {
		struct open_type *top = &r.stack[r.depth - 1];

		r.opened = false;
		t = verifier_type(v, top->id);
		err = steps[rebtf_type_kind(t)](&r, top, t);
		if (err)
			return fail_open(&r, err);
		if (!r.opened)
			v->state[r.stack[--r.depth].id - v->start_id] = RESOLVE_DONE;
	}
	return NULL;
}

/* ----------------------------------------------------------------------------------- prototypes */

/* Checks the type of parameter @i of a prototype, or its return type (-1). */
static struct rebtf_error *check_passed(struct verifier *v, int64_t i, uint32_t id)
{
	const struct rebtf_type *t;
	char what[32] = "return type";
	bool may_be_var = i < 0 && v->rules->returned_vars;

	if (i >= 0)
		snprintf(what, sizeof(what), "parameter %u: type", (unsigned int)i);
	TRY(look_up(v, id, &t));
	if (!t)
		FAIL("%s [%u] does not exist", what, id);
	if (is_one_of(t, may_be_var ? KIND(DECL_TAG) : NEVER_INSIDE))
		FAIL("%s [%u] has invalid kind %s", what, id, rebtf_kind_name(rebtf_type_kind(t)));
	if (is_one_of(t, REFERRING) && !is_done(v, id)) {
		TRY(verify_resolve_type(v, t, id));
		if (!is_done(v, id))
			return &said_already;
	}
	/* The type of a resolved VAR has a size. */
	if (!is_one_of(t, KIND(VAR)) && !refer_find_sized(v, id).t)
		FAIL("%s [%u] has no size", what, id);
	return NULL;
}

static struct rebtf_error *check_proto(struct verifier *v, const struct rebtf_type *t)
{
	const struct rebtf_param *p = rebtf_params(t);
	uint32_t count = rebtf_type_vlen(t);

	if (t->type)
		TRY(check_passed(v, -1, t->type));
	if (count && !p[count - 1].type) {
		if (p[count - 1].name_off)
			FAIL("parameter %u: variable arguments cannot have a name", count - 1);
		count--;
	}
	for (uint32_t i = 0; i < count; i++) {
		const char *name = verifier_string(v, p[i].name_off);

		if (p[i].name_off && !name)
			FAIL("parameter %u: no string at name offset %u", i, p[i].name_off);
		if (p[i].name_off && !verifier_accepts_identifier(v, name))
			FAIL("parameter %u: name '%.600s' is not an identifier", i, name);
		TRY(check_passed(v, i, p[i].type));
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------ locations */

/* @what: the entry with the reference. @optional: it may be 0. */
static struct rebtf_error *check_location(const struct verifier *v, const char *what, uint32_t i,
					  uint32_t id, uint32_t kind, bool optional)
{
	const struct rebtf_type *t = verifier_type(v, id);

	if (!id && optional)
		return NULL;
	if (!t)
		FAIL("%s %u: type [%u] does not exist", what, i, id);
	if (rebtf_type_kind(t) != kind)
		FAIL("%s %u: type [%u] is not a %s", what, i, id, rebtf_kind_name(kind));
	return NULL;
}

static struct rebtf_error *check_loc_proto(const struct verifier *v, const struct rebtf_type *t)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
		TRY(check_location(v, "parameter", i, rebtf_loc_proto_params(t)[i],
				   REBTF_KIND_LOC_PARAM, true));
	return NULL;
}

static struct rebtf_error *check_locsec(const struct verifier *v, const struct rebtf_type *t)
{
	const struct rebtf_locsec_entry *e = rebtf_locsec_entries(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		TRY(check_location(v, "location", i, e[i].func, REBTF_KIND_FUNC, false));
		TRY(check_location(v, "location", i, e[i].loc_proto, REBTF_KIND_LOC_PROTO, true));
	}
	return NULL;
}

struct rebtf_error *verify_references(struct verifier *v)
{
	for (uint32_t i = 0; i < v->own_count && !has_enough(v); i++) {
		const struct rebtf_type *t = (const struct rebtf_type *)(v->types + v->places[i]);
		uint32_t id = v->start_id + i;
		struct rebtf_error *err = NULL;

		if (v->state[i] == RESOLVE_FAILED)
			continue;
		if (is_one_of(t, REFERRING) && v->state[i] != RESOLVE_DONE)
			TRY(verify_resolve_type(v, t, id));
		if (is_one_of(t, KIND(FUNC_PROTO)))
			err = check_proto(v, t);
		else if (is_one_of(t, KIND(LOC_PROTO)))
			err = check_loc_proto(v, t);
		else if (is_one_of(t, KIND(LOCSEC)))
			err = check_locsec(v, t);
		if (err && err != &said_already)
			TRY(note_violation(v, id, err));
	}
	return NULL;
}
