/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the trusted types. From a kfunc the search follows pointers, because the verifier follows
 * the arguments of kfuncs. Inside the module's own structs it follows only members by value. It
 * does not follow the members of base structs: whether those fit is up to the base.
 *
 * A kfunc has the declaration tag "bpf_kfunc" (the kernel's include/linux/btf.h). A struct_ops has
 * a value type named "bpf_struct_ops_" plus the name of the struct, which is its member "data"
 * (register_bpf_struct_ops() in include/linux/bpf.h). Programs implement the functions of a
 * struct_ops, so they get the parameters of these functions.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"

struct trust_search {
	const struct rebtf_btf *split;
	struct id_set *trusted; /* NULL: the search is recorded instead */
	struct reach_search reach;
	enum trust_state state; /* of the types that the current type refers to */
};

static void trust_add(struct trust_search *s, uint32_t id, enum trust_state state)
{
	if (s->trusted && (state == TRUST_BY_VALUE || state == TRUST_THROUGH_POINTERS) &&
	    kind_has_members(rebtf_type_kind(btf_type(s->split, id))))
		id_set_add(s->trusted, id);
}

static inline void trust_meet(void *arg, uint32_t id)
{
	struct trust_search *s = arg;

	if (reach_meet(&s->reach, s->state, id))
		trust_add(s, id, s->state);
}

/* Sets s->state to that of the types below @t. Returns false if the search ends at @t. */
static bool trust_goes_on(struct trust_search *s, const struct rebtf_type *t, uint32_t id,
			  enum trust_state state)
{
	const struct kind_layout *row = layout_of(t);

	s->state = state;
	switch (state) {
	case TRUST_CONTAINER:
		s->state = TRUST_STRUCT_OPS;
		return true;
	case TRUST_STRUCT_OPS:
		if (rebtf_type_kind(t) == REBTF_KIND_STRUCT) {
			s->state = TRUST_OPERATIONS;
			return true;
		}
		return row->family & (FAMILY_ALIAS | FAMILY_POINTER);
	case TRUST_OPERATIONS:
		if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO) {
			s->state = TRUST_THROUGH_POINTERS;
			return true;
		}
		return row->family & (FAMILY_ALIAS | FAMILY_POINTER);
	default:
		if (id < s->split->start_id && btf_is_named_composite(s->split, t))
			return false;
		if (row->family == FAMILY_COMPOSITE)
			s->state = TRUST_BY_VALUE;
		return row->family != FAMILY_POINTER || state == TRUST_THROUGH_POINTERS;
	}
}

static bool is_struct_ops(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_STRUCT &&
	       !strncmp(btf_string(btf, t->name_off), STRUCT_OPS_PREFIX, strlen(STRUCT_OPS_PREFIX));
}

static void trust_start(void *arg, uint32_t id)
{
	struct trust_search *s = arg;

	if (is_struct_ops(s->split, btf_type(s->split, id)))
		reach_start(&s->reach, TRUST_CONTAINER, id);
	if (id && reach_start(&s->reach, TRUST_THROUGH_POINTERS, id))
		trust_add(s, id, TRUST_THROUGH_POINTERS);
}

/* ---------------------------------------------------------------------------------------- roots */

static int trust_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Kinds that a user can name as trusted. */
static bool can_be_named(uint32_t kind)
{
	return kind_has_members(kind) || kind == REBTF_KIND_TYPEDEF || kind == REBTF_KIND_FUNC;
}

static bool is_named(const struct rebtf_btf *btf, const struct rebtf_type *t,
		     const char *const *names, size_t count)
{
	const char *name = btf_string(btf, t->name_off);

	return count && *name && can_be_named(rebtf_type_kind(t)) &&
	       bsearch(&name, names, count, sizeof(*names), trust_compare_names);
}

static struct rebtf_error *trust_sort_names(const struct rebtf_trust *trust, const char ***names)
{
	*names = calloc(trust->name_count + 1, sizeof(**names));
	if (!*names)
		return error_nomem();
	if (trust->name_count) {
		memcpy(*names, trust->names, trust->name_count * sizeof(**names));
		qsort(*names, trust->name_count, sizeof(**names), trust_compare_names);
	}
	return NULL;
}

struct rebtf_error *check_trust(const struct rebtf_btf *split, const struct rebtf_trust *trust)
{
	for (size_t i = 0; i < trust->id_count; i++) {
		if (trust->ids[i] >= rebtf_btf_type_count(split))
			return error_new(REBTF_ERR_ARGUMENT, "cannot trust nonexistent type [%u]",
					 trust->ids[i]);
	}
	return NULL;
}

/* Looks up each name, because a walk over a kernel's types would cost more than the module. */
static struct rebtf_error *visit_named_in_base(const struct rebtf_btf *base,
					       const char *const *names, size_t count,
					       void (*visit)(void *arg, uint32_t id), void *arg)
{
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ uint32_t *ids = NULL;
		size_t id_count;

		if (i && !strcmp(names[i], names[i - 1]))
			continue;
		TRY(rebtf_btf_find_all(base, names[i], REBTF_ANY_KIND, REBTF_FIND_BASES_FIRST, &ids,
				       &id_count));
		for (size_t j = 0; j < id_count; j++) {
			if (can_be_named(rebtf_type_kind(btf_type(base, ids[j]))))
				visit(arg, ids[j]);
		}
	}
	return NULL;
}

/*
 * Calls @visit for each type or function of @split where trust starts: tagged functions, structs of
 * a struct_ops, and the names and ids in @trust.
 */
static struct rebtf_error *visit_trust_roots(const struct rebtf_btf *split,
					     const struct rebtf_trust *trust,
					     void (*visit)(void *arg, uint32_t id), void *arg)
{
	static const struct rebtf_trust none;
	_cleanup_free_ const char **names = NULL;

	trust = trust ?: &none;
	TRY(check_trust(split, trust));
	TRY(trust_sort_names(trust, &names));
	for (size_t i = 0; i < trust->id_count; i++)
		visit(arg, trust->ids[i]);
	if (split->base)
		TRY(visit_named_in_base(split->base, names, trust->name_count, visit, arg));
	for (uint32_t i = 0; i < split->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(split, i);

		if (btf_is_kfunc_tag(split, t))
			visit(arg, t->type);
		else if (is_struct_ops(split, t) || is_named(split, t, names, trust->name_count))
			visit(arg, split->start_id + i);
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- whole */

static struct rebtf_error *trust_run(struct trust_search *s, const struct rebtf_trust *trust)
{
	uint32_t state, id;

	TRY(reach_init(&s->reach, s->split, TRUST_STATES, !s->trusted));
	TRY(visit_trust_roots(s->split, trust, trust_start, s));
	while (reach_next(&s->reach, &state, &id)) {
		const struct rebtf_type *t = btf_type(s->split, id);

		if (trust_goes_on(s, t, id, state))
			visit_ids(t, trust_meet, s);
	}
	return NULL;
}

struct rebtf_error *find_trusted(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				 struct id_set *trusted)
{
	struct trust_search s = { .split = split, .trusted = trusted };
	struct rebtf_error *err = NULL;

	if (!id_set_init(trusted, rebtf_btf_type_count(split)))
		return error_nomem();
	err = trust_run(&s, trust);
	reach_release(&s.reach);
	if (err)
		id_set_release(trusted);
	return err;
}

struct rebtf_error *trace_trusted(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				  struct reach_search *reach)
{
	struct trust_search s = { .split = split };
	struct rebtf_error *err = trust_run(&s, trust);

	if (err) {
		reach_release(&s.reach);
		return err;
	}
	reach_finish(&s.reach);
	*reach = s.reach;
	return NULL;
}
