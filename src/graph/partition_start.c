/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes the first blocks of a partition. Types are equal if they have equal words once each type id
 * is replaced by the class of its type. For named structs and unions that is done twice: first
 * without the ids, then with the classes that follow from this.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/partition.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"

enum start_state {
	UNVISITED,
	ON_PATH,
	VISITED,
	IN_LOOP, /* refers to itself without a named struct or union in between */
};

/* A type on the current path, and its remaining references. */
struct start_visit {
	uint32_t id;
	bool loops;
	struct rebtf_field_iter fields;
};

DEFINE_VECTOR(start_path, struct start_visit);

struct partition_draft {
	struct partition *p;
	const struct type_run *run;
	uint8_t *states;  /* by id */
	uint32_t *shaped; /* ids of named structs and unions, and of types that refer to a loop */
	uint32_t shaped_count;
	struct start_path path;
	/* The class of each type by its shape alone; later as a whole. By id. */
	uint32_t *shape_classes;
	uint32_t *classes;
	uint32_t *seen;	    /* by id: the class that references see */
	uint32_t *mapped;   /* a copy of the types, with classes instead of ids */
	struct table table; /* ids of types in mapped */
};

/* --- the order */

static bool start_is_shaped(const struct rebtf_type *t)
{
	return kind_is_composite(rebtf_type_kind(t)) && t->name_off;
}

static void start_descend(struct partition_draft *d, uint32_t id)
{
	struct start_visit visit = { .id = id };

	if (!id || d->states[id] == VISITED)
		return;
	if (d->states[id] != UNVISITED) {
		/* The type refers to itself, or to a type that does. */
		d->path.items[d->path.count - 1].loops = true;
		return;
	}
	if (start_is_shaped(run_type(d->run, id))) {
		d->states[id] = VISITED;
		return;
	}
	field_iter_init(&visit.fields, run_type(d->run, id), REBTF_FIELD_IDS);
	d->states[id] = ON_PATH;
	start_path_append(&d->path, visit);
}

static void start_ascend(struct partition_draft *d)
{
	struct start_visit done = d->path.items[--d->path.count];

	if (!done.loops) {
		d->states[done.id] = VISITED;
		d->p->ordered[d->p->ordered_count++] = done.id;
		return;
	}
	d->states[done.id] = IN_LOOP;
	d->shaped[d->shaped_count++] = done.id;
	u32_vector_append(&d->p->loops, done.id);
	if (d->path.count)
		d->path.items[d->path.count - 1].loops = true;
}

/* Uses an explicit stack, because chains of types can be long. */
static void start_order_from(struct partition_draft *d, uint32_t id)
{
	start_descend(d, id);
	while (d->path.count && !d->path.failed) {
		const uint32_t *next = field_iter_next(&d->path.items[d->path.count - 1].fields);

		if (next)
			start_descend(d, *next);
		else
			start_ascend(d);
	}
}

static struct rebtf_error *start_order(struct partition_draft *d)
{
	for (uint32_t id = 1; id <= d->run->count; id++) {
		if (start_is_shaped(run_type(d->run, id)))
			d->shaped[d->shaped_count++] = id;
		else if (d->states[id] == UNVISITED)
			start_order_from(d, id);
	}
	return d->path.failed || d->p->loops.failed ? error_nomem() : NULL;
}

/* --- classes */

static inline uint32_t start_no_id(const void *arg, uint32_t id)
{
	(void)arg, (void)id;
	return 0;
}

static inline uint32_t start_seen(const void *arg, uint32_t id)
{
	return ((const uint32_t *)arg)[id];
}

struct start_key {
	const struct partition_draft *draft;
	const uint32_t *words;
	size_t count;
};

static inline bool start_same(const void *arg, uint32_t id)
{
	const struct start_key *key = arg;
	const struct type_run *run = key->draft->run;

	return run_type_words(run, id) == key->count &&
	       !memcmp(key->draft->mapped + run->places[id - 1], key->words,
		       key->count * sizeof(*key->words));
}

/* Returns the first type with the same mapped words as @id, which is @id itself if it is new. */
static uint32_t start_first_like(struct partition_draft *d, uint32_t id)
{
	struct start_key key = {
		.draft = d,
		.words = d->mapped + d->run->places[id - 1],
		.count = run_type_words(d->run, id),
	};
	uint32_t hash = hash_string((const char *)key.words, key.count * sizeof(*key.words));
	struct table_slot *slot = table_find(&d->table, hash, start_same, &key);

	/* There is room for all types, so the table does not grow. */
	if (!slot->value)
		table_add(&d->table, slot, hash, id);
	return slot->value;
}

static struct rebtf_type *start_copy(struct partition_draft *d, uint32_t id)
{
	uint32_t *words = d->mapped + d->run->places[id - 1];

	memcpy(words, run_type(d->run, id), run_type_words(d->run, id) * sizeof(*words));
	return (struct rebtf_type *)words;
}

/* Classes that stand for a name differ from all others, which are ids. */
static uint32_t start_seen_as(const struct partition_draft *d, uint32_t id, uint32_t class)
{
	uint32_t name = d->p->names ? d->p->names[id] : 0;

	return name && d->p->by_name[name] ? UINT32_MAX - name : class;
}

static void start_clear(struct partition_draft *d)
{
	memset(d->table.slots, 0, (d->table.mask + 1) * sizeof(*d->table.slots));
	d->table.count = 0;
}

/* Variables with the same name and type are still different variables. */
static bool start_is_one_of_a_kind(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_VAR || rebtf_type_kind(t) == REBTF_KIND_DATASEC ||
	       rebtf_type_kind(t) == REBTF_KIND_VOID;
}

struct start_closure {
	const bool *closed;
	bool all;
};

static inline void start_note_closed(void *arg, uint32_t id)
{
	struct start_closure *c = arg;

	c->all &= !id || c->closed[id];
}

static void start_classify_ordered(struct partition_draft *d, uint32_t id)
{
	struct start_closure closure = { .closed = d->p->closed, .all = true };
	const struct rebtf_type *t = run_type(d->run, id);

	if (start_is_one_of_a_kind(t)) {
		d->classes[id] = d->seen[id] = id;
		d->p->closed[id] = true;
		return;
	}
	map_ids(start_copy(d, id), start_seen, d->seen);
	d->classes[id] = start_first_like(d, id);
	d->seen[id] = start_seen_as(d, id, d->classes[id]);
	visit_ids(t, start_note_closed, &closure);
	d->p->closed[id] = closure.all && d->seen[id] == d->classes[id];
}

static void start_classify(struct partition_draft *d)
{
	for (uint32_t i = 0; i < d->shaped_count; i++) {
		uint32_t id = d->shaped[i];

		map_ids(start_copy(d, id), start_no_id, NULL);
		d->shape_classes[id] = start_first_like(d, id);
		d->seen[id] = start_seen_as(d, id, d->shape_classes[id]);
	}
	start_clear(d);
	for (uint32_t i = 0; i < d->p->ordered_count; i++)
		start_classify_ordered(d, d->p->ordered[i]);
	start_clear(d);
	for (uint32_t i = 0; i < d->shaped_count; i++) {
		uint32_t id = d->shaped[i];

		map_ids(start_copy(d, id), start_seen, d->seen);
		d->classes[id] = start_first_like(d, id);
	}
}

/* --- blocks */

/* Numbers the classes in the order of their first types, and groups the types by class. */
static struct rebtf_error *start_make_blocks(struct partition_draft *d)
{
	struct partition *p = d->p;
	uint32_t *numbers = d->seen; /* by class; no longer needed for its own purpose */
	uint32_t first = 0;

	memset(numbers, 0xff, ((size_t)d->run->count + 1) * sizeof(*numbers));
	for (uint32_t id = 1; id <= d->run->count; id++) {
		uint32_t *number = &numbers[d->classes[id]];

		if (*number == NO_BLOCK) {
			*number = p->blocks.count;
			partition_blocks_append(&p->blocks,
						(struct partition_block){ .follower = NO_BLOCK });
			if (p->blocks.failed)
				return error_nomem();
		}
		p->block_of[id] = *number;
		p->blocks.items[*number].count++;
	}
	for (size_t i = 0; i < p->blocks.count; i++) {
		p->blocks.items[i].first = first;
		first += p->blocks.items[i].count;
		p->blocks.items[i].count = 0;
	}
	for (uint32_t id = 1; id <= d->run->count; id++) {
		struct partition_block *b = &p->blocks.items[p->block_of[id]];

		p->positions[id] = b->first + b->count;
		p->members[b->first + b->count++] = id;
	}
	return NULL;
}

/*
 * References still see types of the same shape as one. They will tell all of its blocks apart once
 * those but the largest have been visited.
 */
static void start_queue(struct partition_draft *d)
{
	struct partition *p = d->p;
	uint32_t *largest = d->seen; /* by shape class */

	memset(largest, 0xff, ((size_t)d->run->count + 1) * sizeof(*largest));
	for (uint32_t i = 0; i < d->shaped_count; i++) {
		uint32_t id = d->shaped[i], block = p->block_of[id];
		uint32_t *best = &largest[d->shape_classes[id]];

		if (*best == NO_BLOCK ||
		    p->blocks.items[block].count > p->blocks.items[*best].count)
			*best = block;
	}
	for (uint32_t i = 0; i < d->shaped_count; i++) {
		uint32_t id = d->shaped[i];

		if (p->block_of[id] != largest[d->shape_classes[id]])
			partition_queue(p, p->block_of[id]);
	}
}

static struct rebtf_error *start_prepare(struct partition_draft *d)
{
	size_t count = (size_t)d->run->count + 1;
	struct partition *p = d->p;

	p->block_of = malloc(count * sizeof(*p->block_of));
	p->members = malloc(count * sizeof(*p->members));
	p->positions = malloc(count * sizeof(*p->positions));
	p->ordered = malloc(count * sizeof(*p->ordered));
	p->closed = calloc(count, sizeof(*p->closed));
	d->states = calloc(count, sizeof(*d->states));
	d->shaped = malloc(count * sizeof(*d->shaped));
	d->shape_classes = malloc(count * sizeof(*d->shape_classes));
	d->classes = malloc(count * sizeof(*d->classes));
	d->seen = malloc(count * sizeof(*d->seen));
	d->mapped = malloc(d->run->size + 1);
	if (!p->block_of || !p->members || !p->positions || !p->ordered || !p->closed ||
	    !d->states || !d->shaped || !d->shape_classes || !d->classes || !d->seen ||
	    !d->mapped || !table_reserve(&d->table, count))
		return error_nomem();
	d->seen[0] = 0;
	p->block_of[0] = NO_BLOCK;
	return NULL;
}

static struct rebtf_error *start_steps(struct partition_draft *d)
{
	TRY(start_prepare(d));
	TRY(start_order(d));
	start_classify(d);
	TRY(start_make_blocks(d));
	start_queue(d);
	return NULL;
}

struct rebtf_error *partition_start(struct partition *p)
{
	struct partition_draft d = { .p = p, .run = p->run };
	struct rebtf_error *err = start_steps(&d);

	free(d.states);
	free(d.shaped);
	start_path_release(&d.path);
	free(d.shape_classes);
	free(d.classes);
	free(d.seen);
	free(d.mapped);
	table_release(&d.table);
	return err;
}
