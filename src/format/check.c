/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks of a new object, see check.h. They run on every kernel's 100,000 types each time one is opened, so
 * the common case, in which all is well, is one pass that only keeps the largest id and string offset that
 * it meets. Only when one of the two is too large does a second pass look for whose it is.
 */
#include <stdlib.h>

#include "format/check.h"
#include "util/cleanup.h"
#include "util/error.h"

static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* The largest of the words at @first, @first + @stride, ... */
static uint32_t max_of(const uint32_t *first, uint32_t count, uint32_t stride)
{
	uint32_t max = 0;

	for (; count; count--, first += stride)
		max = max_u32(max, *first);
	return max;
}

static void find_largest(const struct rebtf_btf *btf, uint32_t *largest_id, uint32_t *largest_string)
{
	uint32_t max_id = 0, max_string = 0;

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		const struct kind_layout *row = kind_layout(rebtf_type_kind(t));
		const uint32_t *info = rebtf_type_data(t);
		const uint32_t *elems = info + row->info_size / 4;

		max_string = max_u32(max_string, t->name_off);
		if (row->third == THIRD_TYPE)
			max_id = max_u32(max_id, t->type);
		if (row->info_ids)
			max_id = max_u32(max_id, max_of(info, row->info_ids, 1));
		if (!row->elem_size)
			continue;
		if (row->elem_id != NO_FIELD)
			max_id = max_u32(max_id, max_of(elems + row->elem_id, rebtf_type_vlen(t),
							row->elem_size / 4));
		if (row->elem_name != NO_FIELD)
			max_string = max_u32(max_string, max_of(elems + row->elem_name, rebtf_type_vlen(t),
								row->elem_size / 4));
	}
	*largest_id = max_id;
	*largest_string = max_string;
}

static struct rebtf_error *bad_reference(const struct rebtf_btf *btf, enum rebtf_field field, uint32_t value)
{
	bool is_id = field == REBTF_FIELD_IDS;
	uint32_t end = is_id ? rebtf_type_count(btf) : rebtf_string_end(btf);
	const char *what = is_id ? "type id" : "string offset";

	if (btf->base)
		return error_new(REBTF_ERR_WRONG_BASE,
				 "it refers to %s %u, and with its base there are %u: not the base that this was split from?",
				 what, value, end);
	return error_new(REBTF_ERR_FORMAT, "it refers to %s %u, and there are %u%s", what, value, end,
			 is_id && btf->own_count ? ": damaged, or split BTF that needs its base" : "");
}

/* Finds the type that find_largest() says must be there. */
static struct rebtf_error *find_bad_reference(const struct rebtf_btf *btf, enum rebtf_field field)
{
	uint32_t end = field == REBTF_FIELD_IDS ? rebtf_type_count(btf) : rebtf_string_end(btf);

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		struct rebtf_field_iter it;
		const uint32_t *value;

		rebtf_field_iter_init(&it, t, field);
		while ((value = rebtf_field_iter_next(&it))) {
			if (*value && *value >= end)
				return btf_error_at(bad_reference(btf, field, *value), btf, btf->start_id + i);
		}
	}
	return NULL;
}

/*
 * No tool lets a name start inside another one. Where a name in the base does, or a function's prototype
 * is none, the ids and offsets were made for some other base, which happens to be no larger.
 */
static struct rebtf_error *check_base_references(const struct rebtf_btf *btf)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		struct rebtf_field_iter it;
		const uint32_t *off;

		rebtf_field_iter_init(&it, t, REBTF_FIELD_STRINGS);
		while ((off = rebtf_field_iter_next(&it))) {
			if (*off && *off < btf->start_string && btf_string(btf, *off)[-1])
				return btf_error_at(error_new(REBTF_ERR_WRONG_BASE,
							      "string offset %u is inside another string of its base: not the base that this was split from",
							      *off),
						    btf, btf->start_id + i);
		}
		if (rebtf_type_kind(t) == REBTF_KIND_FUNC && t->type < btf->start_id &&
		    rebtf_type_kind(btf_type(btf, t->type)) != REBTF_KIND_FUNC_PROTO)
			return btf_error_at(error_new(REBTF_ERR_WRONG_BASE,
						      "its prototype, type [%u] of its base, is no FUNC_PROTO: not the base that this was split from",
						      t->type),
					    btf, btf->start_id + i);
	}
	return NULL;
}

struct rebtf_error *check_types(const struct rebtf_btf *btf)
{
	uint32_t largest_id, largest_string;

	find_largest(btf, &largest_id, &largest_string);
	if (largest_id >= rebtf_type_count(btf))
		return find_bad_reference(btf, REBTF_FIELD_IDS);
	if (largest_string && largest_string >= rebtf_string_end(btf))
		return find_bad_reference(btf, REBTF_FIELD_STRINGS);
	return btf->base ? check_base_references(btf) : NULL;
}

/*
 * The search for cycles goes depth first along by-value references, on a stack of its own. Only a type
 * that refers to itself or to a later one can close a cycle, so it sets out from those alone; a finished
 * type is never entered again, which keeps the whole linear.
 */
enum visit_state {
	UNSEEN,
	ON_PATH,
	FINISHED,
};

struct visit {
	uint32_t index;		/* of an own type */
	struct rebtf_field_iter fields;
};

struct cycle_search {
	const struct rebtf_btf *btf;
	uint8_t *state;		/* enum visit_state of each own type */
	struct visit *path;
	size_t depth;
	size_t room;
};

static struct rebtf_error *enter(struct cycle_search *s, uint32_t index)
{
	if (s->depth == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct visit *path = realloc(s->path, room * sizeof(*path));

		if (!path)
			return error_nomem();
		s->path = path;
		s->room = room;
	}
	s->state[index] = ON_PATH;
	s->path[s->depth].index = index;
	rebtf_field_iter_init(&s->path[s->depth].fields, btf_own_type(s->btf, index), REBTF_FIELD_IDS);
	s->depth++;
	return NULL;
}

static bool is_by_value(const struct rebtf_btf *btf, uint32_t index)
{
	return kind_layout(rebtf_type_kind(btf_own_type(btf, index)))->by_value;
}

static struct rebtf_error *search_from(struct cycle_search *s, uint32_t index)
{
	const struct rebtf_btf *btf = s->btf;

	TRY(enter(s, index));
	while (s->depth) {
		struct visit *top = &s->path[s->depth - 1];
		const uint32_t *id = rebtf_field_iter_next(&top->fields);
		uint32_t next;

		if (!id) {
			s->state[top->index] = FINISHED;
			s->depth--;
			continue;
		}
		if (*id < btf->start_id)
			continue;
		next = *id - btf->start_id;
		if (s->state[next] == ON_PATH)
			return btf_error_at(error_new(REBTF_ERR_FORMAT, "it contains itself, by way of type [%u]",
						      btf->start_id + top->index),
					    btf, *id);
		if (s->state[next] == UNSEEN && is_by_value(btf, next))
			TRY(enter(s, next));
	}
	return NULL;
}

static bool refers_forward(const struct rebtf_btf *btf, uint32_t index)
{
	struct rebtf_field_iter it;
	const uint32_t *id;

	rebtf_field_iter_init(&it, btf_own_type(btf, index), REBTF_FIELD_IDS);
	while ((id = rebtf_field_iter_next(&it))) {
		if (*id >= btf->start_id + index)
			return true;
	}
	return false;
}

struct rebtf_error *check_cycles(const struct rebtf_btf *btf)
{
	_cleanup_free_ uint8_t *state = calloc(btf->own_count ?: 1, 1);
	struct cycle_search s = { .btf = btf, .state = state };
	struct rebtf_error *err = NULL;

	if (!state)
		return error_nomem();
	for (uint32_t i = 0; i < btf->own_count && !err; i++) {
		if (state[i] == UNSEEN && is_by_value(btf, i) && refers_forward(btf, i))
			err = search_from(&s, i);
	}
	free(s.path);
	return err;
}
