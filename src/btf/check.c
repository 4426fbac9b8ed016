/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks of a new object, see check.h. They run on every kernel's 100,000 types each time one is
 * opened, so the common case, in which all is well, is one pass, which finds the types and only
 * keeps the largest id and string offset that it meets. Only when something is amiss does a second
 * pass look for whose it is.
 */
#include <stdlib.h>

#include "btf/check.h"
#include "btf/reference.h"
#include "util/cleanup.h"
#include "util/error.h"

/* What the layout sections of @btf and its bases say of a kind that this library does not know. */
static const struct layout_entry *find_layout(const struct rebtf_btf *btf, uint32_t kind)
{
	for (; btf; btf = btf->base) {
		if (kind < btf->layout_count)
			return &btf->layout[kind];
	}
	return NULL;
}

static struct rebtf_error *unknown_type_size(const struct rebtf_btf *btf,
					     const struct rebtf_type *t, uint64_t *size)
{
	uint32_t kind = rebtf_type_kind(t);
	const struct layout_entry *entry = find_layout(btf, kind);

	if (!kind || !entry)
		return error_new(REBTF_ERR_FORMAT,
				 "unknown kind %u, and no layout section says how long it is",
				 kind);
	*size = sizeof(*t) + entry->info_size + (uint64_t)entry->elem_size * rebtf_type_vlen(t);
	if (*size % 4)
		return error_new(REBTF_ERR_FORMAT,
				 "unknown kind %u of %llu bytes, which is no multiple of 4", kind,
				 (unsigned long long)*size);
	return NULL;
}

/* Why the type at @t, of which @left bytes are in the section, is not whole. */
static struct rebtf_error *cut_short(const struct rebtf_type *t, size_t left, uint64_t size)
{
	if (left < sizeof(*t))
		return error_new(REBTF_ERR_FORMAT, "the type section ends %zu bytes into this type",
				 left);
	return error_new(REBTF_ERR_FORMAT, "a %s of %llu bytes, and the type section has %zu left",
			 rebtf_kind_name(rebtf_type_kind(t)), (unsigned long long)size, left);
}

/*
 * The size in bytes of the type at @t, which has @left bytes; it can pass 4 GiB, with 24 bits of
 * vlen times 8 bits of element size.
 */
static inline struct rebtf_error *measure_type(struct rebtf_btf *btf, const struct rebtf_type *t,
					       size_t left, uint64_t *size)
{
	const struct kind_layout *row;

	if (left < sizeof(*t))
		return cut_short(t, left, 0);
	row = layout_of(t);
	/*
	 * A branch that is mostly predicted right, so that the next type can be begun before this
	 * one is done.
	 */
	*size = sizeof(*t);
	if (row->info_size || row->elem_size)
		*size += row->info_size + (uint64_t)row->elem_size * rebtf_type_vlen(t);
	if (!kind_is_known(rebtf_type_kind(t))) {
		TRY(unknown_type_size(btf, t, size));
		btf->has_unknown = true;
	}
	return *size > left ? cut_short(t, left, *size) : NULL;
}

/* What the pass over the types finds out about their references. */
struct findings {
	const struct rebtf_btf *btf;
	uint32_t largest_id;
	uint32_t largest_string;
	uint32_t largest_here;	    /* id, in the type at hand */
	struct reference_base base; /* of split BTF */
	struct reference_signs signs;
	uint32_t *suspects; /* own types that refer to themselves or to later ones by value */
	uint32_t suspect_count;
	uint32_t relocatable_count;
};

static inline void note_id(void *arg, const uint32_t *id)
{
	struct findings *f = arg;

	f->largest_here = *id > f->largest_here ? *id : f->largest_here;
}

static inline void note_string(void *arg, const uint32_t *off)
{
	struct findings *f = arg;

	f->largest_string = *off > f->largest_string ? *off : f->largest_string;
}

static inline void note_split_id(struct findings *f, uint32_t id, uint8_t never)
{
	note_id(f, &id);
	reference_note_id(&f->signs, &f->base, id, never);
}

static inline void note_split_string(struct findings *f, uint32_t off)
{
	note_string(f, &off);
	reference_note_string(&f->signs, &f->base, off);
}

/* As visit_fields(), but with the roles that each field's type never has. */
static inline __attribute__((always_inline)) void note_split_fields(struct findings *f,
								    const struct rebtf_type *t)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *word = (const uint32_t *)(t + 1);
	uint32_t left = rebtf_type_vlen(t), stride = row->elem_size / 4;

	note_split_string(f, t->name_off);
	note_split_id(f, row->third == THIRD_TYPE ? t->type : 0, row->third_never);
	for (uint32_t i = 0; i < row->info_ids; i++)
		note_split_id(f, word[i], row->info_never[i]);
	if (!stride)
		return;
	word += row->info_size / 4;
	if (row->elem_id == NO_FIELD) {
		for (; left; left--, word += stride)
			note_split_string(f, word[row->elem_name]);
	} else if (row->elem_name == NO_FIELD) {
		for (; left; left--, word += stride)
			note_split_id(f, word[row->elem_id], row->elem_never);
	} else {
		for (; left; left--, word += stride) {
			note_split_string(f, word[row->elem_name]);
			note_split_id(f, word[row->elem_id], row->elem_never);
		}
	}
}

/* @i: its number among own types. A suspect is noted without a branch. */
static inline __attribute__((always_inline)) void note_type(struct findings *f,
							    const struct rebtf_type *t, uint32_t i,
							    bool is_split)
{
	f->largest_here = 0;
	if (is_split)
		note_split_fields(f, t);
	else
		visit_fields(t, note_id, note_string, f);
	f->largest_id = f->largest_here > f->largest_id ? f->largest_here : f->largest_id;
	f->suspects[f->suspect_count] = i;
	f->suspect_count += layout_of(t)->by_value & (f->largest_here >= f->btf->start_id + i);
	f->relocatable_count += kind_is_relocatable(rebtf_type_kind(t));
}

/*
 * The one loop over the types. What it finds is kept in variables of its own, which stay in
 * registers, and goes to @findings at its end; without @findings it only finds the types.
 */
static inline __attribute__((always_inline)) struct rebtf_error *walk(struct rebtf_btf *btf,
								      bool is_split,
								      struct findings *findings)
{
	struct findings f = findings ? *findings : (struct findings){};
	const uint32_t *types = btf->types, *at = types;
	const uint32_t *end = at + btf->types_size / 4;
	uint32_t *places = btf->places;
	uint32_t count = 0;

	while (at < end) {
		const struct rebtf_type *t = (const struct rebtf_type *)at;
		struct rebtf_error *err;
		uint64_t size = 0;

		err = measure_type(btf, t, (end - at) * sizeof(*at), &size);
		if (err)
			return error_at_type(err, btf->start_id + count, NULL, NULL);
		if (findings)
			note_type(&f, t, count, is_split);
		places[count++] = at - types;
		at += size / 4;
	}
	btf->own_count = count;
	btf->relocatable_count = findings ? f.relocatable_count : count;
	if (findings)
		*findings = f;
	return NULL;
}

/* No section has more types than this, as none is shorter than struct rebtf_type. */
static size_t most_types(const struct rebtf_btf *btf)
{
	return btf->types_size / sizeof(struct rebtf_type) + 1;
}

/*
 * Walks the types. Three versions of one loop look for different things. The array of places is as
 * large as it may have to be at first, and gives back the rest at the end.
 */
static struct rebtf_error *find_and_note(struct rebtf_btf *btf, struct findings *findings)
{
	uint32_t *fitted;

	btf->places = malloc(most_types(btf) * sizeof(*btf->places));
	if (!btf->places)
		return error_nomem();
	if (!findings)
		TRY(walk(btf, false, NULL));
	else if (btf->base)
		TRY(walk(btf, true, findings));
	else
		TRY(walk(btf, false, findings));
	if ((uint64_t)btf->start_id + btf->own_count > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "more types than there are type ids");
	fitted = realloc(btf->places, (size_t)btf->own_count * sizeof(*fitted) + 1);
	if (fitted)
		btf->places = fitted;
	return NULL;
}

struct rebtf_error *find_types(struct rebtf_btf *btf)
{
	return find_and_note(btf, NULL);
}

static struct rebtf_error *bad_reference(const struct rebtf_btf *btf, enum rebtf_field field,
					 uint32_t value)
{
	bool is_id = field == REBTF_FIELD_IDS;
	uint32_t end = is_id ? rebtf_type_count(btf) : rebtf_string_end(btf);
	const char *what = is_id ? "type id" : "string offset";

	if (btf->base)
		return error_new(
			REBTF_ERR_WRONG_BASE,
			"it refers to %s %u, and with its base there are %u: not the base that this was split from?",
			what, value, end);
	return error_new(REBTF_ERR_FORMAT, "it refers to %s %u, and there are %u%s", what, value,
			 end,
			 is_id && btf->own_count ? ": damaged, or split BTF that needs its base"
						 : "");
}

/* Finds the type whose reference the pass has seen to be too large. */
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
				return btf_error_at(bad_reference(btf, field, *value), btf,
						    btf->start_id + i);
		}
	}
	return NULL;
}

/* How far the search for cycles is with a type. */
enum visit_state {
	UNSEEN,
	ON_PATH,
	FINISHED,
};

/*
 * The search for cycles goes depth first along by-value references, on a stack of its own. A cycle
 * has a type with the lowest id, and that one refers to itself or to a later type; so the search
 * sets out from such types alone, in ascending order, and passes over all that is below the one it
 * came from. A finished type is never entered again, which keeps the whole linear.
 */
struct visit {
	uint32_t index; /* of an own type */
	struct rebtf_field_iter fields;
};

struct cycle_search {
	const struct rebtf_btf *btf;
	uint8_t *state; /* enum visit_state of each own type */
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
	field_iter_init(&s->path[s->depth].fields, btf_own_type(s->btf, index), REBTF_FIELD_IDS);
	s->depth++;
	return NULL;
}

static bool is_by_value(const struct rebtf_btf *btf, uint32_t index)
{
	return layout_of(btf_own_type(btf, index))->by_value;
}

static struct rebtf_error *search_from(struct cycle_search *s, uint32_t index)
{
	const struct rebtf_btf *btf = s->btf;

	TRY(enter(s, index));
	while (s->depth) {
		struct visit *top = &s->path[s->depth - 1];
		const uint32_t *id = field_iter_next(&top->fields);
		uint32_t next;

		if (!id) {
			s->state[top->index] = FINISHED;
			s->depth--;
			continue;
		}
		if (*id < btf->start_id + index)
			continue;
		next = *id - btf->start_id;
		if (s->state[next] == ON_PATH)
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "it contains itself, by way of type [%u]",
						      btf->start_id + top->index),
					    btf, *id);
		if (s->state[next] == UNSEEN && is_by_value(btf, next))
			TRY(enter(s, next));
	}
	return NULL;
}

struct forward_search {
	const struct rebtf_btf *btf;
	uint32_t from; /* an own type's id */
	bool found;
};

static inline void note_forward(void *arg, const uint32_t *id)
{
	struct forward_search *s = arg;

	s->found |= *id >= s->from && is_by_value(s->btf, *id - s->btf->start_id);
}

/*
 * Most suspects only have pointers to later types, which need no search; they are sorted out here.
 */
static bool refers_forward_by_value(const struct rebtf_btf *btf, uint32_t index)
{
	struct forward_search s = { .btf = btf, .from = btf->start_id + index };

	visit_ids(btf_own_type(btf, index), note_forward, &s);
	return s.found;
}

static struct rebtf_error *check_cycles(const struct rebtf_btf *btf, const uint32_t *suspects,
					uint32_t count)
{
	_cleanup_free_ uint8_t *state = calloc(btf->own_count + 1, 1);
	struct cycle_search s = { .btf = btf, .state = state };
	struct rebtf_error *err = NULL;

	if (!state)
		return error_nomem();
	for (uint32_t i = 0; i < count && !err; i++) {
		if (state[suspects[i]] == UNSEEN && refers_forward_by_value(btf, suspects[i]))
			err = search_from(&s, suspects[i]);
	}
	free(s.path);
	return err;
}

struct rebtf_error *check_containment(const struct rebtf_btf *btf)
{
	_cleanup_free_ uint32_t *suspects =
		malloc(((size_t)btf->own_count + 1) * sizeof(*suspects));
	uint32_t count = 0;

	if (!suspects)
		return error_nomem();
	for (uint32_t i = 0; i < btf->own_count; i++) {
		if (is_by_value(btf, i))
			suspects[count++] = i;
	}
	return check_cycles(btf, suspects, count);
}

/*
 * Whether ids and offsets, which all exist, mean what they meant to whoever wrote them. @f: what
 * the walk found.
 */
static struct rebtf_error *check_base(const struct rebtf_btf *btf, const struct findings *f)
{
	if (!btf->base)
		return NULL;
	if (!btf->base->base && !f->signs.roles && !f->signs.inside && !reference_last_are_odd(btf))
		return NULL;
	return reference_find_odd(btf);
}

struct rebtf_error *check_types(struct rebtf_btf *btf)
{
	_cleanup_free_ uint32_t *suspects = malloc(most_types(btf) * sizeof(*suspects));
	struct findings f = { .btf = btf, .suspects = suspects };

	if (!suspects)
		return error_nomem();
	TRY(reference_base_init(&f.base, btf));
	TRY(find_and_note(btf, &f));
	if (f.largest_id >= rebtf_type_count(btf))
		return find_bad_reference(btf, REBTF_FIELD_IDS);
	if (f.largest_string && f.largest_string >= rebtf_string_end(btf))
		return find_bad_reference(btf, REBTF_FIELD_STRINGS);
	TRY(check_base(btf, &f));
	return f.suspect_count ? check_cycles(btf, suspects, f.suspect_count) : NULL;
}
