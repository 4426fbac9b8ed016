/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks a new object. A kernel's 100,000 types are checked each time its BTF is opened, so the
 * common case, valid BTF, is a single pass. It finds the types and records only the largest id and
 * string offset. The offending type is located in a second pass, only after a failure.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/check.h"
#include "btf/reference.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/vec.h"

/* The layout entry of an unknown kind, from the layout sections of @btf and its bases. */
static const struct layout_entry *btf_check_find_layout(const struct rebtf_btf *btf, uint32_t kind)
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
	const struct layout_entry *entry = btf_check_find_layout(btf, kind);

	if (!kind || !entry)
		return error_new(REBTF_ERR_FORMAT, "unknown kind %u has no layout entry", kind);
	*size = sizeof(*t) + entry->info_size + (uint64_t)entry->elem_size * rebtf_type_vlen(t);
	if (*size % 4)
		return error_new(REBTF_ERR_FORMAT,
				 "unknown kind %u: size %llu is not a multiple of 4", kind,
				 (unsigned long long)*size);
	return NULL;
}

/* The error for a truncated type at @t. @left: bytes that remain in the section. */
static struct rebtf_error *cut_short(const struct rebtf_type *t, size_t left, uint64_t size)
{
	if (left < sizeof(*t))
		return error_new(REBTF_ERR_FORMAT,
				 "truncated type (found %zu bytes, expected at least %zu)", left,
				 sizeof(*t));
	return error_new(REBTF_ERR_FORMAT, "truncated %s (found %zu bytes, expected %llu)",
			 rebtf_kind_name(rebtf_type_kind(t)), left, (unsigned long long)size);
}

/*
 * Sets @size to the size in bytes of the type at @t. The section has @left bytes from there on. The
 * size can be nearly 4 GiB: 24 bits of vlen times 8 bits of element size.
 */
static inline struct rebtf_error *measure_type(struct rebtf_btf *btf, const struct rebtf_type *t,
					       size_t left, uint64_t *size)
{
	const struct kind_layout *row;

	if (left < sizeof(*t))
		return cut_short(t, left, 0);
	row = layout_of(t);
	/*
	 * This branch is usually predicted, so that the CPU can start on the next type before this
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

/* Four consecutive words of memory. The CPU works on them at once. */
typedef uint32_t btf_check_words __attribute__((vector_size(16)));

/* The results of the pass over the types. */
struct btf_check_findings {
	const struct rebtf_btf *btf;
	uint32_t largest_id;
	uint32_t largest_string;
	uint32_t largest_here;		/* largest id in the current type */
	btf_check_words largest_params; /* of two parameters, largest name and id */
	struct reference_base base;	/* the base of split BTF */
	struct reference_signs signs;
	uint32_t *suspects; /* own types that may refer to themselves or to a later type by value */
	uint32_t suspect_count;
	uint8_t *state; /* for check_cycles() */
	/* Own types that relocation looks up by name. Split BTF has few and does not list them: NULL. */
	uint32_t *relocatable;
	uint32_t relocatable_count;
};

/* @never: the roles of types that this reference never leads to. */
static inline __attribute__((always_inline)) void note_id(struct btf_check_findings *f, uint32_t id,
							  uint8_t never, bool is_split)
{
	f->largest_here = id > f->largest_here ? id : f->largest_here;
	if (is_split)
		reference_note_id(&f->signs, &f->base, id, never);
}

static inline __attribute__((always_inline)) void note_string(struct btf_check_findings *f,
							      uint32_t off, bool is_split)
{
	f->largest_string = off > f->largest_string ? off : f->largest_string;
	if (is_split)
		reference_note_string(&f->signs, &f->base, off);
}

/* Branches as little on the kind as map_fields(), and for the same reason. */
static inline __attribute__((always_inline)) void note_fields(struct btf_check_findings *f,
							      const struct rebtf_type *t,
							      bool is_split)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *word = (const uint32_t *)(t + 1);
	uint32_t left = rebtf_type_vlen(t), stride = row->elem_size / 4;

	note_string(f, t->name_off, is_split);
	note_id(f, row->third == THIRD_TYPE ? t->type : 0, row->third_never, is_split);
	for (uint32_t i = 0; i < row->info_ids; i++)
		note_id(f, word[i], row->info_never[i], is_split);
	if (!stride)
		return;
	word += row->info_size / 4;
	if (row->elem_id == NO_FIELD) {
		if (row->elem_name == NO_FIELD)
			return;
		for (; left; left--, word += stride)
			note_string(f, word[row->elem_name], is_split);
	} else if (row->elem_name == NO_FIELD) {
		for (uint32_t i = row->elem_pair ? left : 0; i--;)
			note_id(f, word[(size_t)i * stride + row->elem_id + 1], row->pair_never,
				is_split);
		for (; left; left--, word += stride)
			note_id(f, word[row->elem_id], row->elem_never, is_split);
	} else {
		for (; left; left--, word += stride) {
			note_string(f, word[row->elem_name], is_split);
			note_id(f, word[row->elem_id], row->elem_never, is_split);
		}
	}
}

/* The state of a type in the search for cycles. */
enum visit_state {
	FINISHED, /* or of a kind that contains no other types */
	UNSEEN,
	ON_PATH,
};

/*
 * @i: the index of @t among own types. Suspects and relocatable types are listed without a branch.
 */
static inline __attribute__((always_inline)) void note_type(struct btf_check_findings *f,
							    const struct rebtf_type *t, uint32_t i,
							    bool is_split)
{
	f->largest_here = 0;
	note_fields(f, t, is_split);
	f->largest_id = f->largest_here > f->largest_id ? f->largest_here : f->largest_id;
	f->suspects[f->suspect_count] = i;
	f->suspect_count += layout_of(t)->by_value & (f->largest_here >= f->btf->start_id + i);
	f->state[i] = layout_of(t)->by_value; /* UNSEEN or FINISHED */
	if (!is_split)
		f->relocatable[f->relocatable_count] = i;
	f->relocatable_count += kind_is_relocatable(rebtf_type_kind(t)) & (is_split || t->name_off);
}

/* Up to this many parameters of a FUNC_PROTO are checked without a branch. Most have no more. */
#define PARAMS_AT_ONCE 4
#define PARAM_WORDS    2
#define FUNCTION_WORDS (3 + PARAM_WORDS * PARAMS_AT_ONCE) /* of the type and these parameters */

static inline bool is_function(const struct rebtf_type *t)
{
	_Static_assert(REBTF_KIND_FUNC_PROTO == (REBTF_KIND_FUNC | 1), "kinds differ in one bit");
	return (rebtf_type_kind(t) | 1) == REBTF_KIND_FUNC_PROTO;
}

/* Raises the numbers in @largest to those of parameter @first, counted from 0, and of the next. */
static inline __attribute__((always_inline)) void note_params(btf_check_words *largest,
							      const uint32_t *words, uint32_t first,
							      uint32_t count)
{
	const btf_check_words number = { first, first, first + 1, first + 1 };
	const btf_check_words counts = { count, count, count, count };
	btf_check_words found, greater;

	memcpy(&found, words, sizeof(found));
	found &= (btf_check_words)(number < counts);
	greater = (btf_check_words)(found > *largest);
	*largest = (found & greater) | (*largest & ~greater);
}

/*
 * Two thirds of a kernel's types are FUNC and FUNC_PROTO, in an order that no CPU can predict, and
 * with an unpredictable number of parameters. So for standalone BTF these two share one path, which
 * has no branches. Other types, and the last ones of a section, take the general path: returns
 * false. Sets @size to the number of words of the type.
 */
static inline __attribute__((always_inline)) bool note_function(struct btf_check_findings *f,
								const struct rebtf_type *t,
								uint32_t i, size_t left,
								uint64_t *size)
{
	const uint32_t *words = (const uint32_t *)(t + 1);
	uint32_t count;

	if (left < FUNCTION_WORDS || !is_function(t))
		return false;
	count = rebtf_type_vlen(t) & -(rebtf_type_kind(t) & 1);
	if (count > PARAMS_AT_ONCE)
		return false;
	f->largest_string = t->name_off > f->largest_string ? t->name_off : f->largest_string;
	f->largest_id = t->type > f->largest_id ? t->type : f->largest_id;
	note_params(&f->largest_params, words, 0, count);
	note_params(&f->largest_params, words + 2 * PARAM_WORDS, 2, count);
	f->state[i] = FINISHED;
	*size = 3 + PARAM_WORDS * count;
	return true;
}

static void take_params(struct btf_check_findings *f)
{
	const btf_check_words *p = &f->largest_params;

	for (int i = 0; i < 4; i += PARAM_WORDS) {
		f->largest_string = (*p)[i] > f->largest_string ? (*p)[i] : f->largest_string;
		f->largest_id = (*p)[i + 1] > f->largest_id ? (*p)[i + 1] : f->largest_id;
	}
}

/*
 * The only loop over the types. It works on local variables, which stay in registers, and copies
 * them to @findings at the end. Without @findings it only finds the types.
 */
static inline __attribute__((always_inline)) struct rebtf_error *
btf_check_walk(struct rebtf_btf *btf, bool is_split, struct btf_check_findings *findings)
{
	struct btf_check_findings f = findings ? *findings : (struct btf_check_findings){};
	const uint32_t *types = btf->types, *at = types;
	const uint32_t *end = at + btf->types_size / 4;
	uint32_t *places = btf->places;
	uint32_t count = 0;

	while (at < end) {
		const struct rebtf_type *t = (const struct rebtf_type *)at;
		struct rebtf_error *err;
		uint64_t size = 0;

		if (findings && !is_split && note_function(&f, t, count, end - at, &size)) {
			places[count++] = at - types;
			at += size;
			continue;
		}
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
	if (findings) {
		take_params(&f);
		f.state[count] = FINISHED;
		*findings = f;
	}
	return NULL;
}

/* An upper bound for the number of types, because each type takes at least a struct rebtf_type. */
static size_t most_types(const struct rebtf_btf *btf)
{
	return btf->types_size / sizeof(struct rebtf_type) + 1;
}

/* Frees the memory of unused entries. @items are from btf_take(), or NULL. */
static uint32_t *shrunk(const struct rebtf_btf *btf, uint32_t *items, uint32_t count)
{
	if (!items || btf_is_inside(btf, items))
		return items;
	return realloc(items, count * sizeof(*items) + 1) ?: items;
}

/*
 * Walks the types with one of three specializations of the same loop. The array of offsets starts
 * at its maximum size and is shrunk at the end.
 */
static struct rebtf_error *find_and_note(struct rebtf_btf *btf, struct btf_check_findings *findings)
{
	if (!findings)
		TRY(btf_check_walk(btf, false, NULL));
	else if (btf->base)
		TRY(btf_check_walk(btf, true, findings));
	else
		TRY(btf_check_walk(btf, false, findings));
	if ((uint64_t)btf->start_id + btf->own_count > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "too many types (ids have 32 bits)");
	btf->places = shrunk(btf, btf->places, btf->own_count);
	return NULL;
}

static bool alloc_places(struct rebtf_btf *btf)
{
	btf->places = btf_take(btf, most_types(btf) * sizeof(*btf->places));
	return btf->places;
}

struct rebtf_error *find_types(struct rebtf_btf *btf)
{
	return alloc_places(btf) ? find_and_note(btf, NULL) : error_nomem();
}

static struct rebtf_error *bad_reference(const struct rebtf_btf *btf, enum rebtf_field field,
					 uint32_t value)
{
	bool is_id = field == REBTF_FIELD_IDS;
	uint32_t end = is_id ? rebtf_btf_type_count(btf) : rebtf_btf_string_end(btf);
	const char *what = is_id ? "type id" : "string offset";

	if (btf->base)
		return error_new(
			REBTF_ERR_WRONG_BASE,
			"invalid %s %u (expected less than %u with this base): probably the wrong base",
			what, value, end);
	return error_new(REBTF_ERR_FORMAT, "invalid %s %u (expected less than %u)%s", what, value,
			 end,
			 is_id && btf->own_count ? ": damaged, or split BTF without its base" : "");
}

/* Locates the reference that the pass found to be too large. */
static struct rebtf_error *find_bad_reference(const struct rebtf_btf *btf, enum rebtf_field field)
{
	uint32_t end = field == REBTF_FIELD_IDS ? rebtf_btf_type_count(btf)
						: rebtf_btf_string_end(btf);

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

/*
 * The search for cycles goes depth first along by-value references, with an explicit stack. Every
 * cycle contains a type with the lowest id, which refers to itself or to a later type. So the
 * search starts only from such types, in ascending order, and ignores references below its start.
 * Finished types are not entered again, so the search takes linear time.
 */
struct btf_check_visit {
	uint32_t index; /* an own type */
	struct rebtf_field_iter fields;
};

DEFINE_VECTOR(btf_check_path, struct btf_check_visit);

struct cycle_search {
	const struct rebtf_btf *btf;
	uint8_t *state; /* enum visit_state of each own type */
	struct btf_check_path path;
};

static struct rebtf_error *btf_check_enter(struct cycle_search *s, uint32_t index)
{
	struct btf_check_visit visit = { .index = index };

	field_iter_init(&visit.fields, btf_own_type(s->btf, index), REBTF_FIELD_IDS);
	s->state[index] = ON_PATH;
	return btf_check_path_append(&s->path, visit) ? NULL : error_nomem();
}

static struct rebtf_error *search_from(struct cycle_search *s, uint32_t index)
{
	const struct rebtf_btf *btf = s->btf;

	TRY(btf_check_enter(s, index));
	while (s->path.count) {
		struct btf_check_visit *top = &s->path.items[s->path.count - 1];
		const uint32_t *id = field_iter_next(&top->fields);
		uint32_t next;

		if (!id) {
			s->state[top->index] = FINISHED;
			s->path.count--;
			continue;
		}
		if (*id < btf->start_id + index)
			continue;
		next = *id - btf->start_id;
		if (s->state[next] == ON_PATH)
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "contains itself through type [%u]",
						      btf->start_id + top->index),
					    btf, *id);
		if (s->state[next] == UNSEEN)
			TRY(btf_check_enter(s, next));
	}
	return NULL;
}

struct forward_search {
	const struct cycle_search *search;
	uint32_t from; /* the id of an own type */
	bool found;
};

/*
 * No CPU can predict whether an id is large enough. So there is no branch: a smaller id leads to
 * the state behind the last type.
 */
static inline void note_forward(void *arg, uint32_t id)
{
	struct forward_search *s = arg;
	const struct rebtf_btf *btf = s->search->btf;
	uint32_t index = id >= s->from ? id - btf->start_id : btf->own_count;

	s->found |= s->search->state[index] == UNSEEN;
}

/*
 * Most suspects refer to later types only through pointers. This check filters them out without a
 * search.
 */
static bool refers_forward_by_value(const struct cycle_search *s, uint32_t index)
{
	struct forward_search forward = { .search = s, .from = s->btf->start_id + index };

	visit_ids(btf_own_type(s->btf, index), note_forward, &forward);
	return forward.found;
}

/* The types are no longer in the CPU's caches, and suspects are far apart. */
#define SUSPECTS_AHEAD 8

/*
 * @state: of each own type, UNSEEN if it contains the types that it refers to, or else FINISHED.
 * Behind these, another FINISHED.
 */
static struct rebtf_error *check_cycles(const struct rebtf_btf *btf, uint8_t *state,
					const uint32_t *suspects, uint32_t count)
{
	struct cycle_search s = { .btf = btf, .state = state };
	struct rebtf_error *err = NULL;

	for (uint32_t i = 0; i < count && !err; i++) {
		if (count - i > SUSPECTS_AHEAD)
			__builtin_prefetch(btf_own_type(btf, suspects[i + SUSPECTS_AHEAD]));
		if (state[suspects[i]] == UNSEEN && refers_forward_by_value(&s, suspects[i]))
			err = search_from(&s, suspects[i]);
	}
	btf_check_path_release(&s.path);
	return err;
}

struct rebtf_error *check_containment(const struct rebtf_btf *btf)
{
	_cleanup_free_ uint32_t *suspects =
		malloc(((size_t)btf->own_count + 1) * sizeof(*suspects));
	_cleanup_free_ uint8_t *state = malloc((size_t)btf->own_count + 1);
	uint32_t count = 0;

	if (!suspects || !state)
		return error_nomem();
	for (uint32_t i = 0; i < btf->own_count; i++) {
		bool by_value = layout_of(btf_own_type(btf, i))->by_value;

		state[i] = by_value; /* UNSEEN or FINISHED */
		suspects[count] = i;
		count += by_value;
	}
	state[btf->own_count] = FINISHED;
	return check_cycles(btf, state, suspects, count);
}

/*
 * Checks whether ids and offsets, which are all in range, make sense over this base. @f: the
 * results of the walk.
 */
static struct rebtf_error *check_base(const struct rebtf_btf *btf,
				      const struct btf_check_findings *f)
{
	if (!btf->base)
		return NULL;
	if (!btf->base->base && !f->signs.roles && !f->signs.inside && !reference_last_are_odd(btf))
		return NULL;
	return reference_find_odd(btf);
}

/*
 * Allocates the lists of the walk, each with room for all types. Those that the walk fills come
 * first, because the spare huge pages may not be enough for all.
 */
static bool alloc_lists(struct rebtf_btf *btf, struct btf_check_findings *f)
{
	if (!alloc_places(btf))
		return false;
	f->state = btf_take(btf, most_types(btf));
	if (!btf->base)
		f->relocatable = btf_take(btf, most_types(btf) * sizeof(*f->relocatable));
	f->suspects = btf_take(btf, most_types(btf) * sizeof(*f->suspects));
	return f->suspects && f->state && (f->relocatable || btf->base);
}

static struct rebtf_error *check_findings(struct rebtf_btf *btf, struct btf_check_findings *f)
{
	if (f->largest_id >= rebtf_btf_type_count(btf))
		return find_bad_reference(btf, REBTF_FIELD_IDS);
	if (f->largest_string && f->largest_string >= rebtf_btf_string_end(btf))
		return find_bad_reference(btf, REBTF_FIELD_STRINGS);
	TRY(check_base(btf, f));
	return check_cycles(btf, f->state, f->suspects, f->suspect_count);
}

struct rebtf_error *check_types(struct rebtf_btf *btf)
{
	struct btf_check_findings f = { .btf = btf };
	struct rebtf_error *err;

	err = reference_base_init(&f.base, btf);
	if (!err)
		err = alloc_lists(btf, &f) ? find_and_note(btf, &f) : error_nomem();
	if (!err)
		err = check_findings(btf, &f);
	btf_give(btf, f.suspects);
	btf_give(btf, f.state);
	btf->relocatable = shrunk(btf, f.relocatable, f.relocatable_count);
	return err;
}
