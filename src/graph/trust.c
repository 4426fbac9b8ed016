/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the trusted types. From a kfunc the search follows pointers, because the verifier follows
 * the arguments of kfuncs. Inside the module's own structs it follows only members by value. It
 * does not follow the members of base structs: whether those fit is up to the base. So each type
 * can be met in two ways and is visited at most once for each, plus once for its functions if it is
 * a struct_ops.
 *
 * A kfunc has the declaration tag "bpf_kfunc" (the kernel's include/linux/btf.h). A struct_ops has
 * a value type named "bpf_struct_ops_" plus the name of the struct, which is its member "data"
 * (register_bpf_struct_ops() in include/linux/bpf.h).
 */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "graph/trust.h"
#include "util/buffer.h"
#include "util/cleanup.h"
#include "util/error.h"

#define KFUNC_TAG	  "bpf_kfunc"
#define STRUCT_OPS_PREFIX "bpf_struct_ops_"

/* How a type was met. */
enum trust_path {
	THROUGH_POINTERS,
	BY_VALUE,
	AS_OPERATIONS, /* as a struct_ops, for its functions */
	WAYS,
};

struct trust_search {
	const struct rebtf_btf *split;
	struct id_set *trusted;
	struct id_set seen[WAYS];
	struct buffer work;  /* struct trust_meeting */
	enum trust_path way; /* how fields of the current type are met */
};

struct trust_meeting {
	uint32_t id;
	enum trust_path way;
};

static void trust_meet(struct trust_search *s, uint32_t id, enum trust_path way)
{
	const struct trust_meeting meeting = { id, way };

	if (id && id_set_add(&s->seen[way], id))
		buffer_append(&s->work, &meeting, sizeof(meeting));
}

static inline void trust_meet_field(void *arg, const uint32_t *field)
{
	struct trust_search *s = arg;

	trust_meet(s, *field, s->way);
}

static void meet_all(struct trust_search *s, const struct rebtf_type *t, enum trust_path way)
{
	s->way = way;
	visit_ids(t, trust_meet_field, s);
}

static void trust_visit_members(struct trust_search *s, const struct trust_meeting *meeting)
{
	const struct rebtf_type *t = btf_type(s->split, meeting->id);
	uint32_t kind = rebtf_type_kind(t);

	if (kind_is_enum(kind)) {
		id_set_add(s->trusted, meeting->id);
	} else if (kind_is_composite(kind)) {
		id_set_add(s->trusted, meeting->id);
		if (meeting->id >= s->split->start_id || !btf_is_named_composite(s->split, t))
			meet_all(s, t, BY_VALUE);
	} else if (kind != REBTF_KIND_PTR || meeting->way == THROUGH_POINTERS) {
		meet_all(s, t, meeting->way);
	}
}

/* Follows pointers, typedefs and qualifiers. Returns 0 for a cycle of pointers. */
static uint32_t pointee(const struct rebtf_btf *btf, uint32_t id)
{
	return resolve_skip(btf, FAMILY_POINTER | FAMILY_ALIAS, &id) ? id : 0;
}

/*
 * Programs implement the functions of a struct_ops, so they get the parameters of these functions.
 */
static void meet_operations(struct trust_search *s, const struct rebtf_type *t)
{
	const struct rebtf_member *member = rebtf_type_data(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, member++) {
		uint32_t id = pointee(s->split, member->type);

		if (rebtf_type_kind(btf_type(s->split, id)) == REBTF_KIND_FUNC_PROTO)
			trust_meet(s, id, THROUGH_POINTERS);
	}
}

static void meet_struct_ops(struct trust_search *s, const struct rebtf_type *t)
{
	const struct rebtf_member *member = rebtf_type_data(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, member++) {
		uint32_t id = pointee(s->split, member->type);
		const struct rebtf_type *ops = btf_type(s->split, id);

		if (rebtf_type_kind(ops) == REBTF_KIND_STRUCT &&
		    id_set_add(&s->seen[AS_OPERATIONS], id))
			meet_operations(s, ops);
	}
}

bool is_struct_ops(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_STRUCT &&
	       !strncmp(btf_string(btf, t->name_off), STRUCT_OPS_PREFIX, strlen(STRUCT_OPS_PREFIX));
}

static void meet_root(void *arg, uint32_t id)
{
	struct trust_search *s = arg;

	/* A struct may have any number of tags. */
	if (id_set_has(&s->seen[THROUGH_POINTERS], id))
		return;
	if (is_struct_ops(s->split, btf_type(s->split, id)))
		meet_struct_ops(s, btf_type(s->split, id));
	trust_meet(s, id, THROUGH_POINTERS);
}

/* ---------------------------------------------------------------------------------------- roots */

static int trust_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_kfunc_tag(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_DECL_TAG && !rebtf_type_kind_flag(t) &&
	       *(const int32_t *)rebtf_type_data(t) == -1 &&
	       !strcmp(btf_string(btf, t->name_off), KFUNC_TAG);
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
		TRY(rebtf_btf_find_all(base, names[i], REBTF_ANY_KIND, 0, &ids, &id_count));
		for (size_t j = 0; j < id_count; j++) {
			if (can_be_named(rebtf_type_kind(btf_type(base, ids[j]))))
				visit(arg, ids[j]);
		}
	}
	return NULL;
}

struct rebtf_error *visit_trust_roots(const struct rebtf_btf *split,
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

		if (is_kfunc_tag(split, t))
			visit(arg, t->type);
		else if (is_struct_ops(split, t) || is_named(split, t, names, trust->name_count))
			visit(arg, split->start_id + i);
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- whole */

static struct rebtf_error *search_all(struct trust_search *s, const struct rebtf_trust *trust)
{
	TRY(visit_trust_roots(s->split, trust, meet_root, s));
	for (size_t i = 0; i < s->work.size / sizeof(struct trust_meeting); i++) {
		const struct trust_meeting meeting =
			((const struct trust_meeting *)s->work.data)[i];

		trust_visit_members(s, &meeting);
	}
	return s->work.failed ? error_nomem() : NULL;
}

struct rebtf_error *find_trusted(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				 struct id_set *trusted)
{
	uint32_t end = rebtf_btf_type_count(split);
	struct trust_search s = { .split = split, .trusted = trusted };
	bool ready = id_set_init(trusted, end);
	struct rebtf_error *err;

	for (int way = 0; way < WAYS; way++)
		ready = id_set_init(&s.seen[way], end) && ready;
	err = ready ? search_all(&s, trust) : error_nomem();
	buffer_release(&s.work);
	for (int way = 0; way < WAYS; way++)
		id_set_release(&s.seen[way]);
	if (err)
		id_set_release(trusted);
	return err;
}
