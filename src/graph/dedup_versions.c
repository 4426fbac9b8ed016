/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares the versions of a type. In deduplicated BTF, types are equal only if their ids are. So
 * two types differ by themselves, or because members refer to different ids. Then the search goes
 * on with the types of these members, breadth first, until it comes to types that differ by
 * themselves: those are the cause.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "graph/dedup_versions.h"
#include "graph/spell.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/number_map.h"

/* A cause is searched for in so many pairs of types, each through so many unnamed types. */
#define VERSION_PAIRS 64
#define VERSION_DEPTH 32
/* All searches together look at so many members for each type, and spell so many types. */
#define VERSION_MEMBERS	    64
#define VERSION_TEXT_MAX    ((size_t)4 << 20)
#define VERSION_SPELLED_MAX (1u << 20)

struct version_pair {
	uint32_t id;
	uint32_t first;
};

struct version_search {
	const struct rebtf_btf *btf;
	uint64_t budget;
	uint64_t spelled; /* types */
	struct version_pair pairs[VERSION_PAIRS];
	size_t count;
};

static bool version_is_listed(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return t->name_off && (kind_has_members(kind) || kind == REBTF_KIND_TYPEDEF);
}

/* Whether the types differ by themselves rather than by the types that they refer to. */
static bool version_heads_differ(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return a->name_off != b->name_off || a->info != b->info ||
	       (layout_of(a)->third == THIRD_SIZE && a->size != b->size);
}

/* Adds a pair of types to look at, unless it is known. */
static void version_add_pair(struct version_search *s, uint32_t id, uint32_t first)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->pairs[i].id == id && s->pairs[i].first == first)
			return;
	}
	if (s->count < VERSION_PAIRS)
		s->pairs[s->count++] = (struct version_pair){ id, first };
}

/*
 * Sets @id and @first to the first types that two prototypes refer to differently. Returns false if
 * there are none, or if names differ before.
 */
static bool version_step_proto(struct version_search *s, const struct rebtf_type *a,
			       const struct rebtf_type *b, uint32_t *id, uint32_t *first)
{
	s->budget -= rebtf_type_vlen(a) < s->budget ? rebtf_type_vlen(a) : s->budget;
	*id = a->type;
	*first = b->type;
	for (uint32_t i = 0; *id == *first && i < rebtf_type_vlen(a); i++) {
		if (rebtf_params(a)[i].name_off != rebtf_params(b)[i].name_off)
			return false;
		*id = rebtf_params(a)[i].type;
		*first = rebtf_params(b)[i].type;
	}
	return *id != *first;
}

/*
 * Two members have different types. Returns true if these are alike down to structs or unions that
 * are alike, too, which are added as a pair.
 */
static bool version_lead(struct version_search *s, uint32_t id, uint32_t first)
{
	for (int depth = 0; depth < VERSION_DEPTH && s->budget; depth++) {
		const struct rebtf_type *a = btf_type(s->btf, id), *b = btf_type(s->btf, first);

		if (rebtf_type_kind(a) != rebtf_type_kind(b) || a->name_off != b->name_off)
			return false;
		if (kind_has_members(rebtf_type_kind(a))) {
			version_add_pair(s, id, first);
			return true;
		}
		if (rebtf_type_kind(a) == REBTF_KIND_FUNC_PROTO) {
			if (a->info != b->info || !version_step_proto(s, a, b, &id, &first))
				return false;
			continue;
		}
		if (rebtf_type_kind(a) == REBTF_KIND_ARRAY &&
		    (rebtf_array(a)->nelems != rebtf_array(b)->nelems ||
		     rebtf_array(a)->index_type != rebtf_array(b)->index_type))
			return false;
		if (!resolve_step(a, FAMILY_ALIAS | FAMILY_ARRAY | FAMILY_POINTER, &id) ||
		    !resolve_step(b, FAMILY_ALIAS | FAMILY_ARRAY | FAMILY_POINTER, &first) ||
		    id == first)
			return false;
	}
	return false;
}

/*
 * Returns the index of the first element that differs by itself. UINT32_MAX: no element does; pairs
 * that members lead to are added then.
 */
static uint32_t version_own_difference(struct version_search *s, struct version_pair pair)
{
	const struct rebtf_type *a = btf_type(s->btf, pair.id), *b = btf_type(s->btf, pair.first);
	const struct kind_layout *row = layout_of(a);
	uint32_t words = row->elem_size / 4, count = rebtf_type_vlen(a), other = rebtf_type_vlen(b);
	const uint32_t *x = rebtf_type_data(a), *y = rebtf_type_data(b);

	if (rebtf_type_kind(a) == REBTF_KIND_TYPEDEF)
		return version_lead(s, a->type, b->type) ? UINT32_MAX : 0;
	if (rebtf_type_kind(a) != rebtf_type_kind(b))
		return 0;
	for (uint32_t i = 0; i < count && i < other; i++, x += words, y += words) {
		s->budget -= s->budget > 0;
		for (uint32_t j = 0; j < words; j++) {
			if (x[j] == y[j] || ((int)j == row->elem_id && version_lead(s, x[j], y[j])))
				continue;
			return i;
		}
	}
	return version_heads_differ(a, b) ? count < other ? count : other : UINT32_MAX;
}

static const char *version_spell(struct version_search *s, struct version_list *list, uint32_t id)
{
	char text[SPELLING_MAX];
	size_t length;

	if (list->text.size > VERSION_TEXT_MAX || s->spelled > VERSION_SPELLED_MAX)
		return NULL;
	length = spell_type(s->btf, id, text, &s->spelled);
	/* The buffer may move, so this is an offset until all is spelled. */
	if (!buffer_append(&list->text, text, length + 1))
		return NULL;
	return (const char *)(list->text.size - length);
}

/* Sets the members of one side: @element is an index, or past the end. */
static void version_describe(struct version_search *s, struct version_list *list, uint32_t id,
			     uint32_t element, const char **member, uint32_t *offset,
			     const char **type)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	const uint32_t *elem = (const uint32_t *)rebtf_type_data(t) +
			       (size_t)element * (layout_of(t)->elem_size / 4);

	if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF) {
		*type = version_spell(s, list, t->type);
		return;
	}
	if (element >= rebtf_type_vlen(t))
		return;
	*member = btf_string(s->btf, elem[0]);
	if (!kind_is_composite(rebtf_type_kind(t)))
		return;
	*offset = rebtf_member_bit_offset(t, (const struct rebtf_member *)elem);
	*type = version_spell(s, list, elem[1]);
}

static void version_compare(struct version_search *s, struct version_list *list,
			    struct rebtf_version *v)
{
	s->count = 0;
	version_add_pair(s, v->id, v->first_id);
	for (size_t i = 0; i < s->count && s->budget; i++) {
		struct version_pair pair = s->pairs[i];
		uint32_t element = version_own_difference(s, pair);

		if (element == UINT32_MAX)
			continue;
		v->cause = pair.id;
		v->first_cause = pair.first;
		version_describe(s, list, pair.id, element, &v->member, &v->offset, &v->type);
		version_describe(s, list, pair.first, element, &v->first_member, &v->first_offset,
				 &v->first_type);
		return;
	}
}

/* Returns the lowest type with the name and kind of own type @id: @id itself, or an earlier one. */
static uint32_t version_first(const struct rebtf_btf *btf, struct number_map *known,
			      const struct rebtf_type *t, uint32_t id)
{
	struct table_slot *slot = number_map_find(known, t->name_off);
	uint32_t first = 0;

	if (slot->value)
		return slot->value;
	if (t->name_off < btf->start_string)
		first = rebtf_btf_find(btf->base, btf_string(btf, t->name_off), rebtf_type_kind(t));
	first = first ?: id;
	return number_map_add(known, slot, t->name_off, first) ? first : 0;
}

static struct rebtf_error *versions_list(const struct rebtf_btf *btf, struct number_map *known,
					 struct version_list *list)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		struct rebtf_version v = { .id = btf->start_id + i };

		if (!version_is_listed(t))
			continue;
		v.first_id = version_first(btf, &known[rebtf_type_kind(t)], t, v.id);
		if (!v.first_id)
			return error_nomem();
		if (v.first_id != v.id)
			version_vector_append(&list->versions, v);
	}
	return list->versions.failed ? error_nomem() : NULL;
}

/* Turns offsets in the text into addresses. */
static const char *version_text(const struct version_list *list, const char *off)
{
	return off ? (const char *)list->text.data + (uintptr_t)off - 1 : NULL;
}

struct rebtf_error *versions_find(const struct rebtf_btf *btf, struct version_list *list)
{
	struct number_map known[REBTF_KNOWN_KINDS] = {};
	struct version_search s = {
		.btf = btf,
		.budget = ((uint64_t)btf->own_count + 1) * VERSION_MEMBERS,
	};
	struct rebtf_error *err = NULL;

	for (int kind = 0; !err && kind < REBTF_KNOWN_KINDS; kind++)
		err = number_map_init(&known[kind], 0) ? NULL : error_nomem();
	if (!err)
		err = versions_list(btf, known, list);
	for (size_t i = 0; !err && i < list->versions.count; i++)
		version_compare(&s, list, &list->versions.items[i]);
	if (!err && list->text.failed)
		err = error_nomem();
	for (size_t i = 0; !err && i < list->versions.count; i++) {
		struct rebtf_version *v = &list->versions.items[i];

		v->type = version_text(list, v->type);
		v->first_type = version_text(list, v->first_type);
	}
	for (int kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		number_map_release(&known[kind]);
	return err;
}

void version_list_release(struct version_list *list)
{
	version_vector_release(&list->versions);
	buffer_release(&list->text);
}
