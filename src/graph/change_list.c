/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Lists the changes between two definitions of a type that compare.c laid side by side. Members
 * that are left over on both sides with the same offset and type were renamed.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/pointer_size.h"
#include "btf/resolve.h"
#include "graph/compare.h"
#include "graph/spell.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"

/*
 * Limits on the spelled types in bytes and in visited types. Beyond either, no more types are
 * spelled, because a file may have any number of members with complex types. Real definitions need
 * a few KB.
 */
#define SPELLINGS_MAX	  ((size_t)4 << 20)
#define SPELLING_WORK_MAX (1u << 20)

#define BLOCK_SIZE ((size_t)16 << 10)

struct spelling_block {
	struct spelling_block *next;
	size_t used;
	char text[];
};

const char *rebtf_excuse_name(enum rebtf_excuse excuse)
{
	static const char *const names[] = {
		[REBTF_EXCUSE_NONE] = "none",	      [REBTF_EXCUSE_SPELLING] = "spelling",
		[REBTF_EXCUSE_RESERVED] = "reserved", [REBTF_EXCUSE_KABI] = "kabi",
		[REBTF_EXCUSE_FLEXIBLE] = "flexible", [REBTF_EXCUSE_PARAMETER] = "parameter",
	};

	return (size_t)excuse < sizeof(names) / sizeof(*names) ? names[excuse] : "unknown";
}

const char *rebtf_change_kind_name(enum rebtf_change_kind kind)
{
	static const char *const names[] = {
		[REBTF_CHANGE_ADDED] = "added",	    [REBTF_CHANGE_REMOVED] = "removed",
		[REBTF_CHANGE_MOVED] = "moved",	    [REBTF_CHANGE_RETYPED] = "retyped",
		[REBTF_CHANGE_RENAMED] = "renamed", [REBTF_CHANGE_REVALUED] = "revalued",
	};

	return (size_t)kind < sizeof(names) / sizeof(*names) ? names[kind] : "unknown";
}

size_t rebtf_change_list_count(const struct rebtf_change_list *changes)
{
	return changes->changes.count;
}

const struct rebtf_change *rebtf_change_list_at(const struct rebtf_change_list *changes,
						size_t index)
{
	return index < changes->changes.count ? &changes->changes.items[index] : NULL;
}

size_t rebtf_change_list_harmful(const struct rebtf_change_list *changes)
{
	return changes->harmful;
}

uint64_t rebtf_change_list_cost(const struct rebtf_change_list *changes)
{
	return changes->cost;
}

void rebtf_change_list_free(struct rebtf_change_list *list)
{
	if (!list)
		return;
	while (list->blocks) {
		struct spelling_block *next = list->blocks->next;

		free(list->blocks);
		list->blocks = next;
	}
	rebtf_btf_unref(list->old_btf);
	rebtf_btf_unref(list->new_btf);
	change_vector_release(&list->changes);
	free(list);
}

/* Returns NULL if out of memory. */
static const char *spelling(struct rebtf_change_list *list, const struct rebtf_btf *btf,
			    uint32_t id)
{
	struct spelling_block *block = list->blocks;
	char *text;

	if (list->spelled > SPELLINGS_MAX || list->spelled_work > SPELLING_WORK_MAX)
		return "...";
	if (!block || block->used + SPELLING_MAX > BLOCK_SIZE) {
		block = malloc(sizeof(*block) + BLOCK_SIZE);
		if (!block)
			return NULL;
		*block = (struct spelling_block){ .next = list->blocks };
		list->blocks = block;
		list->spelled += BLOCK_SIZE;
	}
	text = block->text + block->used;
	block->used += spell_type(btf, id, text, &list->spelled_work) + 1;
	return text;
}

static struct rebtf_change *change_list_add(struct rebtf_change_list *list,
					    enum rebtf_change_kind kind, bool harmless)
{
	const struct rebtf_change change = { .kind = kind, .harmless = harmless };

	list->harmful += !harmless;
	return change_vector_append(&list->changes, change);
}

static uint32_t public_offset(const struct sides *s, const struct member *m)
{
	if (s->are_enums)
		return 0;
	return m->place < UINT32_MAX ? m->place : UINT32_MAX;
}

/* The size in bits. 0 if the member has no size. */
static uint64_t public_size(const struct sides *s, const struct rebtf_btf *btf,
			    const struct member *m, uint32_t pointer_size)
{
	uint64_t size;

	if (s->are_enums || m->bits)
		return m->bits;
	if (!resolve_size(btf, m->type, pointer_size, &size) || size > UINT64_MAX / 8)
		return 0;
	return size * 8;
}

/* Adds the change of @o, or the origin of @n. One of them may be NULL. */
static struct rebtf_error *list_change(struct rebtf_change_list *list, const struct sides *s,
				       enum rebtf_change_kind kind, bool harmless,
				       const struct member *o, const struct member *n)
{
	struct rebtf_change *change = change_list_add(list, kind, harmless);

	if (!change)
		return error_nomem();
	if (o) {
		change->old_name = o->unnamed ? "" : o->name;
		change->old_offset = public_offset(s, o);
		change->old_size = public_size(s, list->old_btf, o, list->old_pointer_size);
		change->old_value = s->are_enums ? (int64_t)o->place : 0;
		if (!s->are_enums && !(change->old_type = spelling(list, list->old_btf, o->type)))
			return error_nomem();
	}
	if (n) {
		change->new_name = n->unnamed ? "" : n->name;
		change->new_offset = public_offset(s, n);
		change->new_size = public_size(s, list->new_btf, n, list->new_pointer_size);
		change->new_value = s->are_enums ? (int64_t)n->place : 0;
		if (!s->are_enums && !(change->new_type = spelling(list, list->new_btf, n->type)))
			return error_nomem();
	}
	return NULL;
}

/* ----------------------------------------------------------------------------------- the search */

/* A new member without a partner by name. */
struct stray {
	uint64_t place;
	uint32_t number;
	bool taken;
};

static int by_place(const void *a, const void *b)
{
	const struct stray *left = a, *right = b;

	return by_number(left->place, right->place) ?: by_number(left->number, right->number);
}

/*
 * How many unpaired members at one offset (as in a union) are compared with each old member whose
 * name is gone.
 */
#define STRAYS_TRIED 8

static uint32_t take_stray(struct sides *s, struct stray *strays, size_t count,
			   const struct member *o)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strays[middle].place < o->place)
			low = middle + 1;
		else
			high = middle;
	}
	for (int tried = 0; low < count && strays[low].place == o->place && tried < STRAYS_TRIED;
	     low++, tried++) {
		struct stray *stray = &strays[low];

		if (!stray->taken && sides_same_type(s, o, &s->new_list.items[stray->number])) {
			stray->taken = true;
			return stray->number;
		}
	}
	return NOBODY;
}

/* @owners: for each new member the index of its old one, or NOBODY. */
static struct rebtf_error *find_renamed(struct sides *s, uint32_t *owners)
{
	_cleanup_free_ struct stray *strays = malloc((s->new_list.count + 1) * sizeof(*strays));
	size_t count = 0;

	if (!strays)
		return error_nomem();
	for (size_t i = 0; i < s->new_list.count; i++) {
		if (owners[i] == NOBODY)
			strays[count++] = (struct stray){ s->new_list.items[i].place, i, false };
	}
	qsort(strays, count, sizeof(*strays), by_place);
	for (size_t i = 0; i < s->old_list.count && count; i++) {
		if (s->partners[i] != NOBODY)
			continue;
		s->partners[i] = take_stray(s, strays, count, &s->old_list.items[i]);
		if (s->partners[i] != NOBODY)
			owners[s->partners[i]] = i;
	}
	return NULL;
}

/*
 * Returns the highest new offset of a moved member. A member that was added before it may have
 * caused the move.
 */
static uint64_t end_of_moved(const struct sides *s)
{
	uint64_t end = 0;

	for (size_t i = 0; i < s->old_list.count; i++) {
		const struct member *o = &s->old_list.items[i], *n;

		if (s->partners[i] == NOBODY)
			continue;
		n = &s->new_list.items[s->partners[i]];
		if (!sides_same_place(s, o, n) && n->place > end)
			end = n->place;
	}
	return s->are_enums ? 0 : end;
}

/* The types are the same. Adds a change if their spellings differ. */
static struct rebtf_error *list_spelling(struct rebtf_change_list *list, const struct sides *s,
					 const struct member *o, const struct member *n)
{
	const char *old_type = spelling(list, list->old_btf, o->type);
	const char *new_type = spelling(list, list->new_btf, n->type);

	if (!old_type || !new_type)
		return error_nomem();
	if (!strcmp(old_type, new_type))
		return NULL;
	TRY(list_change(list, s, REBTF_CHANGE_RETYPED, true, o, n));
	list->changes.items[list->changes.count - 1].excuse = REBTF_EXCUSE_SPELLING;
	return NULL;
}

static struct rebtf_error *list_pair(struct rebtf_change_list *list, struct sides *s,
				     const struct member *o, const struct member *n)
{
	if (!sides_same_place(s, o, n))
		return list_change(list, s,
				   s->are_enums ? REBTF_CHANGE_REVALUED : REBTF_CHANGE_MOVED, false,
				   o, n);
	if (!sides_same_type(s, o, n))
		return list_change(list, s, REBTF_CHANGE_RETYPED, false, o, n);
	if (o->unnamed != n->unnamed || strcmp(o->name, n->name))
		return list_change(list, s, REBTF_CHANGE_RENAMED, false, o, n);
	return list->with_spellings && !s->are_enums ? list_spelling(list, s, o, n) : NULL;
}

static struct rebtf_error *change_list_all(struct rebtf_change_list *list, struct sides *s,
					   uint32_t *owners)
{
	uint64_t end;

	for (size_t i = 0; i < s->new_list.count; i++)
		owners[i] = NOBODY;
	for (size_t i = 0; i < s->old_list.count; i++) {
		if (s->partners[i] != NOBODY)
			owners[s->partners[i]] = i;
	}
	TRY(find_renamed(s, owners));
	end = end_of_moved(s);
	/* If the comparison ends early, the caller drops the list. */
	for (size_t i = 0; i < s->new_list.count && !comparison_is_incomplete(&s->c); i++) {
		const struct member *n = &s->new_list.items[i];

		if (owners[i] == NOBODY)
			TRY(list_change(list, s, REBTF_CHANGE_ADDED, n->place >= end, NULL, n));
		else
			TRY(list_pair(list, s, &s->old_list.items[owners[i]], n));
	}
	for (size_t i = 0; i < s->old_list.count && !comparison_is_incomplete(&s->c); i++) {
		if (s->partners[i] == NOBODY)
			TRY(list_change(list, s, REBTF_CHANGE_REMOVED, false, &s->old_list.items[i],
					NULL));
	}
	return s->c.no_memory ? error_nomem() : NULL;
}

/* Replaces all changes with a single one: the type as a whole counts as changed. */
static struct rebtf_error *list_too_complex(struct rebtf_change_list *list, const struct sides *s)
{
	const struct member o = { .type = s->old_id }, n = { .type = s->new_id };

	list->changes.count = list->harmful = 0;
	return list_change(list, s, REBTF_CHANGE_RETYPED, false, &o, &n);
}

struct rebtf_error *compare_list(const struct rebtf_btf *old_btf, uint32_t old_id,
				 const struct rebtf_btf *new_btf, uint32_t new_id,
				 bool with_spellings, uint64_t limit,
				 struct rebtf_change_list **changes)
{
	struct rebtf_change_list *list;
	struct sides s;
	uint32_t *owners;
	struct rebtf_error *err;

	list = calloc(1, sizeof(*list));
	if (!list)
		return error_nomem();
	list->old_btf = rebtf_btf_ref(old_btf);
	list->new_btf = rebtf_btf_ref(new_btf);
	list->with_spellings = with_spellings;
	/* An old definition may lack the type long. */
	list->new_pointer_size = pointer_size(new_btf) ?: 8;
	list->old_pointer_size = pointer_size(old_btf) ?: list->new_pointer_size;
	if (sides_lay_out(&s, old_btf, old_id, new_btf, new_id, limit)) {
		owners = malloc((s.new_list.count + 1) * sizeof(*owners));
		err = owners ? change_list_all(list, &s, owners) : error_nomem();
		free(owners);
	} else {
		err = s.c.no_memory ? error_nomem() : NULL;
	}
	list->cost = comparison_cost(&s.c);
	if (!err && comparison_is_incomplete(&s.c))
		err = list_too_complex(list, &s);
	sides_release(&s);
	if (err)
		rebtf_change_list_free(list);
	else
		*changes = list;
	return err;
}

struct rebtf_error *rebtf_compare(const struct rebtf_btf *old_btf, uint32_t old_id,
				  const struct rebtf_btf *new_btf, uint32_t new_id,
				  struct rebtf_change_list **changes)
{
	TRY(compare_check_arguments(old_btf, old_id, new_btf, new_id));
	return compare_list(old_btf, old_id, new_btf, new_id, false, UINT64_MAX, changes);
}
