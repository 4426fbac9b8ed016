/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * For each named type, finds which definitions and forward declarations it refers to, either
 * directly or through unnamed types and typedefs. These lists are passed on from each unnamed type
 * to its users. A list that gets too long is not passed on, so the work stays linear: an unnamed type
 * that refers to that many versions is specific enough to be compared itself, as if it had a name.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/forward_fit.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"

/* Prototypes refer to a few structs. */
#define FIT_LIST_MAX 8

/* A definition or forward declaration of a name. */
struct fit_version {
	uint32_t name;
	uint32_t block;
};

/* A named type, by its block, refers to a version. */
struct fit_use {
	uint32_t user;
	struct fit_version version;
};

DEFINE_VECTOR(fit_versions, struct fit_version);
DEFINE_VECTOR(fit_uses, struct fit_use);

struct fit_list {
	uint32_t first; /* index in lists */
	uint32_t count;
};

struct fit_search {
	const struct forward_names *f;
	const struct partition *p;
	struct fit_list *list_of; /* by id */
	struct fit_versions lists;
	struct fit_versions now; /* those that one type refers to */
	struct fit_uses uses;
	struct fit_versions fits; /* once for each user that a definition fits in */
	uint32_t *base_ids;	  /* by block: the lowest id of its types in the base, or 0 */
};

static int by_version(const void *a, const void *b)
{
	const struct fit_version *left = a, *right = b;

	return by_number(left->name, right->name) ?: by_number(left->block, right->block);
}

static int by_use(const void *a, const void *b)
{
	const struct fit_use *left = a, *right = b;

	return by_number(left->user, right->user) ?: by_version(&left->version, &right->version);
}

/* Adds the version that @id is, or those that it refers to. */
static inline void fit_note(void *arg, uint32_t id)
{
	struct fit_search *s = arg;
	uint32_t name = s->f->by_id[id];

	if (name && s->f->names.items[name].several) {
		fit_versions_append(&s->now, (struct fit_version){ name, s->p->block_of[id] });
	} else if (s->list_of[id].count) {
		fit_versions_extend(&s->now, s->lists.items + s->list_of[id].first,
				    s->list_of[id].count);
	}
}

/* Sorts the versions that a type refers to and removes repetitions. */
static void fit_tidy(struct fit_versions *now)
{
	size_t count = 0;

	if (now->count < 2)
		return;
	qsort(now->items, now->count, sizeof(*now->items), by_version);
	for (size_t i = 0; i < now->count; i++) {
		if (!count || by_version(&now->items[i], &now->items[count - 1]))
			now->items[count++] = now->items[i];
	}
	now->count = count;
}

/* Keeps the list for the users of type @id. Returns false if it is too long. */
static bool fit_keep_list(struct fit_search *s, uint32_t id)
{
	if (s->now.count > FIT_LIST_MAX)
		return false;
	s->list_of[id] = (struct fit_list){ s->lists.count, s->now.count };
	fit_versions_extend(&s->lists, s->now.items, s->now.count);
	return true;
}

/* Notes the types that a type refers to, for its users if it is unnamed, and as a user itself. */
static void fit_visit(struct fit_search *s, uint32_t id)
{
	const struct rebtf_type *t = run_type(s->p->run, id);
	bool is_user = layout_of(t)->landmark && t->name_off;

	s->now.count = 0;
	visit_ids(t, fit_note, s);
	fit_tidy(&s->now);
	if (!s->now.count)
		return;
	if (!is_user || rebtf_type_kind(t) == REBTF_KIND_TYPEDEF)
		is_user |= !fit_keep_list(s, id);
	for (size_t i = 0; is_user && i < s->now.count; i++)
		fit_uses_append(&s->uses, (struct fit_use){ s->p->block_of[id], s->now.items[i] });
}

static bool fit_is_forward(const struct fit_search *s, const struct fit_version *v)
{
	return v->block == s->p->block_of[s->f->names.items[v->name].forward];
}

static bool fit_same_group(const struct fit_use *a, const struct fit_use *b)
{
	return a->user == b->user && a->version.name == b->version.name;
}

/* Within the uses of a name by equal types, definitions fit if there is a forward declaration. */
static void fit_compare_group(struct fit_search *s, const struct fit_use *uses, size_t count)
{
	bool has_forward = false;

	for (size_t i = 0; i < count; i++)
		has_forward |= fit_is_forward(s, &uses[i].version);
	for (size_t i = 0; has_forward && i < count; i++) {
		bool repeated = i && uses[i].version.block == uses[i - 1].version.block;

		if (!repeated && !fit_is_forward(s, &uses[i].version))
			fit_versions_append(&s->fits, uses[i].version);
	}
}

static void fit_compare(struct fit_search *s)
{
	size_t start = 0;

	if (s->uses.count)
		qsort(s->uses.items, s->uses.count, sizeof(*s->uses.items), by_use);
	for (size_t i = 1; i <= s->uses.count; i++) {
		if (i < s->uses.count && fit_same_group(&s->uses.items[i], &s->uses.items[start]))
			continue;
		fit_compare_group(s, s->uses.items + start, i - start);
		start = i;
	}
}

/*
 * How well a definition fits that does so in @count types. A definition of size 0 tells no more
 * than a declaration. Bindings for other languages have such structs, or small ones, in place of
 * those that they do not know. So of two that fit in as many types, the larger one fits better.
 */
static uint64_t fit_rank(const struct fit_search *s, const struct fit_version *v, size_t count)
{
	const struct partition_block *b = &s->p->blocks.items[v->block];
	uint32_t size = run_type(s->p->run, s->p->members[b->first])->size;

	return (uint64_t)(size != 0) << 63 | (uint64_t)count << 32 | size;
}

/* Sets the base ids of all blocks. */
static bool fit_find_base(struct fit_search *s)
{
	const struct forward_names *f = s->f;

	s->base_ids = calloc(s->p->blocks.count + 1, sizeof(*s->base_ids));
	for (uint32_t id = f->own_count; s->base_ids && f->base_ids && id < s->p->run->count;
	     id++) {
		uint32_t *lowest = &s->base_ids[s->p->block_of[id + 1]];
		uint32_t base_id = f->base_ids[id - f->own_count];

		if (!*lowest || base_id < *lowest)
			*lowest = base_id;
	}
	return s->base_ids;
}

/* Whether block @a, and not @b, is chosen of two definitions that fit equally well. */
static bool fit_comes_first(const struct fit_search *s, uint32_t a, uint32_t b)
{
	uint32_t base_id = b != NO_BLOCK ? s->base_ids[b] : 0;

	return s->base_ids[a] && (!base_id || s->base_ids[a] < base_id);
}

/*
 * The definition that fits best is chosen. If several fit equally well, the first of those that the
 * base has; or none.
 */
static void fit_count(struct fit_search *s)
{
	struct fit_versions *fits = &s->fits;
	uint64_t best = 0, rank;
	uint32_t name = 0;

	if (fits->count)
		qsort(fits->items, fits->count, sizeof(*fits->items), by_version);
	for (size_t i = 0, end; i < fits->count; i = end) {
		struct forward_name *n = &s->f->names.items[fits->items[i].name];

		for (end = i + 1; end < fits->count; end++) {
			if (by_version(&fits->items[end], &fits->items[i]))
				break;
		}
		rank = fit_rank(s, &fits->items[i], end - i);
		if (fits->items[i].name != name)
			best = 0;
		name = fits->items[i].name;
		if (rank > best ||
		    (rank == best && fit_comes_first(s, fits->items[i].block, n->chosen)))
			n->chosen = fits->items[i].block;
		else if (rank == best && (n->chosen == NO_BLOCK || !s->base_ids[n->chosen]))
			n->chosen = NO_BLOCK;
		best = rank > best ? rank : best;
	}
}

/* A type that equals no other has no other version to be compared with. */
static bool fit_is_compared(const struct fit_search *s, uint32_t id)
{
	return s->p->blocks.items[s->p->block_of[id]].count > 1;
}

static struct rebtf_error *fit_search(struct fit_search *s)
{
	const struct partition *p = s->p;

	s->list_of = calloc((size_t)p->run->count + 1, sizeof(*s->list_of));
	if (!s->list_of || !fit_find_base(s))
		return error_nomem();
	for (uint32_t i = 0; i < p->ordered_count; i++) {
		if (fit_is_compared(s, p->ordered[i]))
			fit_visit(s, p->ordered[i]);
	}
	for (uint32_t id = 1; id <= p->run->count; id++) {
		if (run_is_named_composite(p->run, id) && fit_is_compared(s, id))
			fit_visit(s, id);
	}
	fit_compare(s);
	fit_count(s);
	return s->lists.failed || s->now.failed || s->uses.failed || s->fits.failed ? error_nomem()
										    : NULL;
}

struct rebtf_error *fit_choose(struct forward_names *f, const struct partition *p)
{
	struct fit_search s = { .f = f, .p = p };
	struct rebtf_error *err;

	for (size_t i = 1; i < f->names.count; i++)
		f->names.items[i].chosen = NO_BLOCK;
	err = fit_search(&s);
	free(s.list_of);
	free(s.base_ids);
	fit_versions_release(&s.lists);
	fit_versions_release(&s.now);
	fit_uses_release(&s.uses);
	fit_versions_release(&s.fits);
	return err;
}
