/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds equal types. Two ideas make it fast:
 *
 * - Reference cycles always contain a named struct or union (other cycles are not valid C). Once
 *   the classes of these are known, all other types can be visited in an order in which each
 *   follows the types it refers to. Types with equal words are then equal.
 * - Named structs and unions are classified by partition refinement. At first, those that look
 *   alike apart from their references share a class, which for nearly all of them contains no other
 *   type. Then classes are split by the classes of the types they refer to, until nothing changes.
 *   The result is the coarsest partition. Recursive types need no special case.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/dedup.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/vec.h"

/*
 * The maximum number of rounds. Most modules need one, the worst module of a kernel needs 18. If
 * more are needed, every named struct and union gets a class of its own.
 */
#define ROUNDS 64

struct dedup_search {
	const struct type_run *run;
	uint32_t *classes; /* indexed by id; the class of void is 0 */
	uint32_t *named;   /* ids of named structs and unions, in ascending order */
	uint32_t named_count;
	uint32_t *ordered; /* ids of all other types, each after the types it refers to */
	uint32_t ordered_count;
	uint32_t *mapped; /* a copy of the types, with classes instead of ids */
	uint32_t *slots;  /* an open-addressing hash table of ids in mapped; 0: free */
	size_t slot_mask;
};

/* The size of a type in words. */
static size_t type_size(const struct dedup_search *s, uint32_t id)
{
	const struct type_run *run = s->run;
	size_t end = id < run->count ? run->places[id] : run->size / sizeof(uint32_t);

	return end - run->places[id - 1];
}

static bool dedup_is_named(const struct rebtf_type *t)
{
	return kind_is_composite(rebtf_type_kind(t)) && t->name_off;
}

/* --- the order */

/* A type on the current path, and its remaining references. */
struct dedup_visit {
	uint32_t id;
	struct rebtf_field_iter fields;
};

DEFINE_VECTOR(dedup_path, struct dedup_visit);

struct descent {
	struct dedup_search *search;
	uint8_t *seen; /* indexed by id */
	struct dedup_path path;
};

/* Visits a type. Named structs and unions end the descent. */
static void dedup_descend(struct descent *d, uint32_t id)
{
	struct dedup_visit visit = { .id = id };

	if (!id || d->seen[id])
		return;
	d->seen[id] = true;
	if (dedup_is_named(run_type(d->search->run, id)))
		return;
	field_iter_init(&visit.fields, run_type(d->search->run, id), REBTF_FIELD_IDS);
	dedup_path_append(&d->path, visit);
}

/* Uses an explicit stack, because chains of types can be long. */
static void order_from(struct descent *d, uint32_t id)
{
	struct dedup_search *s = d->search;

	dedup_descend(d, id);
	while (d->path.count) {
		struct dedup_visit *top = &d->path.items[d->path.count - 1];
		const uint32_t *next = field_iter_next(&top->fields);

		if (next) {
			dedup_descend(d, *next);
		} else {
			s->ordered[s->ordered_count++] = top->id;
			d->path.count--;
		}
	}
}

static struct rebtf_error *order_types(struct dedup_search *s)
{
	_cleanup_free_ uint8_t *seen = calloc((size_t)s->run->count + 1, 1);
	struct descent d = { .search = s, .seen = seen };
	bool failed;

	if (!seen)
		return error_nomem();
	for (uint32_t id = 1; id <= s->run->count; id++) {
		if (dedup_is_named(run_type(s->run, id)))
			s->named[s->named_count++] = id;
		else
			order_from(&d, id);
	}
	failed = d.path.failed;
	dedup_path_release(&d.path);
	return failed ? error_nomem() : NULL;
}

/* --- classes */

static void forget_types(struct dedup_search *s)
{
	memset(s->slots, 0, (s->slot_mask + 1) * sizeof(*s->slots));
}

static inline uint32_t dedup_class(const void *arg, uint32_t id)
{
	const struct dedup_search *s = arg;

	return s->classes[id];
}

/*
 * Returns the first type with the same words as @id, with classes instead of ids. Returns @id
 * itself if it is the first.
 */
static uint32_t first_like(struct dedup_search *s, uint32_t id)
{
	uint32_t *words = s->mapped + s->run->places[id - 1];
	size_t size = type_size(s, id) * sizeof(*words);
	size_t at;

	memcpy(words, run_type(s->run, id), size);
	map_ids((struct rebtf_type *)words, dedup_class, s);
	at = hash_string((const char *)words, size) & s->slot_mask;
	for (; s->slots[at]; at = (at + 1) & s->slot_mask) {
		uint32_t other = s->slots[at];

		if (type_size(s, other) * sizeof(*words) == size &&
		    !memcmp(s->mapped + s->run->places[other - 1], words, size))
			return other;
	}
	return s->slots[at] = id;
}

/* Variables with the same name and type are still different variables. */
static bool is_one_of_a_kind(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_VAR || rebtf_type_kind(t) == REBTF_KIND_DATASEC;
}

/*
 * Derives the classes of all other types from those of named structs and unions. If there is a
 * cycle without these, a type can precede a type it refers to, which then counts as unique.
 */
static void classify_others(struct dedup_search *s)
{
	forget_types(s);
	for (uint32_t i = 0; i < s->ordered_count; i++)
		s->classes[s->ordered[i]] = s->ordered[i];
	for (uint32_t i = 0; i < s->ordered_count; i++) {
		uint32_t id = s->ordered[i];

		if (!is_one_of_a_kind(run_type(s->run, id)))
			s->classes[id] = first_like(s, id);
	}
}

/*
 * Derives new classes of named structs and unions from the classes of all types. Returns the number
 * of these classes.
 */
static uint32_t classify_named(struct dedup_search *s, uint32_t *new_classes)
{
	uint32_t count = 0;

	forget_types(s);
	for (uint32_t i = 0; i < s->named_count; i++) {
		new_classes[i] = first_like(s, s->named[i]);
		count += new_classes[i] == s->named[i];
	}
	for (uint32_t i = 0; i < s->named_count; i++)
		s->classes[s->named[i]] = new_classes[i];
	return count;
}

/* Classes only ever split, so the result is final once their number stays the same. */
static struct rebtf_error *classify(struct dedup_search *s)
{
	_cleanup_free_ uint32_t *new_classes =
		malloc(((size_t)s->named_count + 1) * sizeof(*new_classes));
	uint32_t count, before = 0, rounds = 0;

	if (!new_classes)
		return error_nomem();
	/* All types are still in class 0, so references make no difference. */
	count = classify_named(s, new_classes);
	while (count != before && count < s->named_count && rounds++ < ROUNDS) {
		before = count;
		classify_others(s);
		count = classify_named(s, new_classes);
	}
	for (uint32_t i = 0; count != before && i < s->named_count; i++)
		s->classes[s->named[i]] = s->named[i];
	classify_others(s);
	return NULL;
}

static struct rebtf_error *dedup_prepare(struct dedup_search *s)
{
	size_t count = (size_t)s->run->count + 1;

	s->slot_mask = hash_table_size(count) - 1;
	s->classes = calloc(count, sizeof(*s->classes));
	s->named = malloc(count * sizeof(*s->named));
	s->ordered = malloc(count * sizeof(*s->ordered));
	s->mapped = malloc(s->run->size + 1);
	s->slots = malloc((s->slot_mask + 1) * sizeof(*s->slots));
	if (!s->classes || !s->named || !s->ordered || !s->mapped || !s->slots)
		return error_nomem();
	return order_types(s);
}

struct rebtf_error *find_same_types(const struct type_run *run, uint32_t **classes)
{
	struct dedup_search s = { .run = run };
	struct rebtf_error *err = dedup_prepare(&s);

	if (!err)
		err = classify(&s);
	if (!err)
		*classes = take_ptr(&s.classes);
	free(s.classes);
	free(s.named);
	free(s.ordered);
	free(s.mapped);
	free(s.slots);
	return err;
}
