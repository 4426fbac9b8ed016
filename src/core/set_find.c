/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds types of a set by name, kind and members. Each member of the set is searched from its first
 * type to its last, on several threads, because names have no order and patterns no index.
 */
#include <stdlib.h>
#include <string.h>

#include "core/relo.h"
#include "core/set.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/glob.h"
#include "util/options.h"
#include "util/vec.h"

/* Unnamed structs inside each other, through which a member is found. */
#define SET_FIND_DEPTH 8

DEFINE_VECTOR(set_type_vector, struct rebtf_set_type);

struct rebtf_set_types {
	struct set_type_vector types;
};

struct set_search {
	struct rebtf_set *set;
	const char *name;   /* NULL: any */
	size_t name_length; /* of the essential part */
	struct rebtf_find_options how;
	uint8_t *kernel_has; /* the kernel's struct set_find_members.has */
	bool is_kernel_done;
	struct u32_vector *found; /* by member */
};

static bool set_find_name_fits(const struct set_search *s, const char *name)
{
	if (!s->name)
		return true;
	switch (s->how.match) {
	case REBTF_NAME_GLOB:
		return glob_matches(s->name, name);
	case REBTF_NAME_ESSENTIAL:
		return name_essential_length(name) == s->name_length &&
		       !memcmp(name, s->name, s->name_length);
	default:
		return !strcmp(name, s->name);
	}
}

/* ---------------------------------------------------------------------------------------- members */

/* The members of BTF that is searched. */
struct set_find_members {
	const struct set_search *search;
	const struct rebtf_btf *btf;
	uint8_t *has; /* by own type: an unnamed composite with such a member */
};

static bool set_find_has(const struct set_find_members *m, uint32_t id)
{
	if (id >= m->btf->start_id)
		return m->has[id - m->btf->start_id];
	/* Void is below the first type of the kernel, which has no base. */
	return id && m->search->kernel_has && m->search->kernel_has[id - m->btf->base->start_id];
}

/* Whether @t has the member, itself or in an unnamed struct or union that it contains. */
static bool set_find_look_at(const struct set_find_members *m, const struct rebtf_type *t)
{
	const uint32_t *elem = rebtf_type_data(t);
	uint32_t words = layout_of(t)->elem_size / 4;

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, elem += words) {
		const char *name = btf_string(m->btf, elem[0]);

		if (*name && glob_matches(m->search->how.member, name))
			return true;
		if (!*name && kind_is_composite(rebtf_type_kind(t)) && set_find_has(m, elem[1]))
			return true;
	}
	return false;
}

/* Finds the unnamed composites with the member, those that contain others in later rounds. */
static void set_find_unnamed(const struct set_find_members *m)
{
	bool is_new = true;

	for (int depth = 0; is_new && depth < SET_FIND_DEPTH; depth++) {
		is_new = false;
		for (uint32_t i = 0; i < m->btf->own_count; i++) {
			const struct rebtf_type *t = btf_own_type(m->btf, i);

			if (m->has[i] || !kind_is_composite(rebtf_type_kind(t)) ||
			    *btf_string(m->btf, t->name_off) || !set_find_look_at(m, t))
				continue;
			m->has[i] = 1;
			is_new = true;
		}
	}
}

static struct rebtf_error *set_find_members_init(struct set_find_members *m,
						 const struct set_search *search,
						 const struct rebtf_btf *btf)
{
	*m = (struct set_find_members){ .search = search, .btf = btf };
	if (!search->how.member)
		return NULL;
	m->has = calloc((size_t)btf->own_count + 1, 1);
	if (!m->has)
		return error_nomem();
	set_find_unnamed(m);
	return NULL;
}

/* ----------------------------------------------------------------------------------------- kfuncs */

/* Sets @kfuncs, malloced and indexed by own type: the functions that are kfuncs, by tags or sets. */
static struct rebtf_error *set_find_kfuncs(struct rebtf_set *set, size_t member,
					   const struct rebtf_btf *btf, uint8_t **kfuncs)
{
	const struct rebtf_kfuncs *listed;

	TRY(rebtf_set_kfuncs(set, member, &listed));
	*kfuncs = calloc((size_t)btf->own_count + 1, 1);
	if (!*kfuncs)
		return error_nomem();
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		if (btf_is_kfunc_tag(btf, t) && t->type >= btf->start_id)
			(*kfuncs)[t->type - btf->start_id] = 1;
	}
	for (size_t i = 0; listed && i < listed->list.count; i++)
		(*kfuncs)[listed->list.items[i].id - btf->start_id] = 1;
	return NULL;
}

/* ----------------------------------------------------------------------------------------- search */

static bool set_find_fits(const struct set_search *s, const struct set_find_members *members,
			  const uint8_t *kfuncs, uint32_t i)
{
	const struct rebtf_btf *btf = members->btf;
	const struct rebtf_type *t = btf_own_type(btf, i);
	uint32_t kind = rebtf_type_kind(t);

	if (s->how.kinds && (kind > 63 || !(s->how.kinds >> kind & 1)))
		return false;
	if (kfuncs && (kind != REBTF_KIND_FUNC || !kfuncs[i]))
		return false;
	if (!set_find_name_fits(s, btf_string(btf, t->name_off)))
		return false;
	return !s->how.member || (kind_has_members(kind) && set_find_look_at(members, t));
}

static struct rebtf_error *set_find_in(void *arg, size_t member, const struct rebtf_btf *btf)
{
	struct set_search *s = arg;
	_cleanup_free_ uint8_t *kfuncs = NULL;
	struct set_find_members members;

	/* The kernel was first. */
	if (member == SET_KERNEL && s->is_kernel_done)
		return NULL;
	TRY(set_find_members_init(&members, s, btf));
	if (member == SET_KERNEL)
		s->kernel_has = members.has;
	if (s->how.kfuncs) {
		struct rebtf_error *err = set_find_kfuncs(s->set, member, btf, &kfuncs);

		if (err) {
			if (member != SET_KERNEL)
				free(members.has);
			return err;
		}
	}
	for (uint32_t i = 0; i < btf->own_count; i++) {
		if (set_find_fits(s, &members, kfuncs, i))
			u32_vector_append(&s->found[member], btf->start_id + i);
	}
	if (member != SET_KERNEL)
		free(members.has);
	return s->found[member].failed ? error_nomem() : NULL;
}

static struct rebtf_error *set_find_collect(const struct set_search *s, size_t members,
					    struct rebtf_set_types *types)
{
	for (size_t member = 0; member < members; member++) {
		for (size_t i = 0; i < s->found[member].count; i++)
			set_type_vector_append(&types->types,
					       (struct rebtf_set_type){
						       .member = member,
						       .id = s->found[member].items[i],
					       });
	}
	return types->types.failed ? error_nomem() : NULL;
}

/* Unnamed types of the kernel can be members of modules' types, so the kernel is searched first. */
static struct rebtf_error *set_find_all(struct set_search *s, struct rebtf_set_types *types)
{
	size_t members = rebtf_set_count(s->set);
	const struct rebtf_btf *kernel;
	struct rebtf_error *err;

	s->found = calloc(members, sizeof(*s->found));
	if (!s->found)
		return error_nomem();
	err = rebtf_set_btf(s->set, SET_KERNEL, &kernel);
	if (!err)
		err = set_find_in(s, SET_KERNEL, kernel);
	s->is_kernel_done = true;
	if (!err)
		err = set_each(s->set, set_find_in, s);
	if (!err)
		err = set_find_collect(s, members, types);
	for (size_t i = 0; i < members; i++)
		u32_vector_release(&s->found[i]);
	free(s->found);
	free(s->kernel_has);
	return err;
}

struct rebtf_error *rebtf_set_find(struct rebtf_set *set, const char *name,
				   const struct rebtf_find_options *options,
				   struct rebtf_set_types **types)
{
	struct set_search s = { .set = set, .name = name };
	struct rebtf_set_types *found;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_find_options, &s.how, options));
	TRY(options_check("match", s.how.match, REBTF_NAME_ESSENTIAL));
	s.name_length = name ? name_essential_length(name) : 0;
	found = calloc(1, sizeof(*found));
	if (!found)
		return error_nomem();
	err = set_find_all(&s, found);
	if (err)
		rebtf_set_types_free(found);
	else
		*types = found;
	return err;
}

size_t rebtf_set_types_count(const struct rebtf_set_types *types)
{
	return types->types.count;
}

const struct rebtf_set_type *rebtf_set_types_at(const struct rebtf_set_types *types, size_t index)
{
	return index < types->types.count ? &types->types.items[index] : NULL;
}

void rebtf_set_types_free(struct rebtf_set_types *types)
{
	if (!types)
		return;
	set_type_vector_release(&types->types);
	free(types);
}
