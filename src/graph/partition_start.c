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

/* In seen: the type is on the current path, or in a loop. */
#define ON_PATH UINT32_MAX

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
	const uint64_t *keys; /* for hashes */
	uint32_t *shaped;     /* ids of named structs and unions, then of types in loops */
	uint32_t shaped_count;
	struct start_path path;
	/* The class of each shaped type by its first words alone, and of all types. By id. */
	uint32_t *shape_classes;
	uint32_t *classes;
	/* By id: the class that references see. 0: the type was not visited yet. */
	uint32_t *seen;
	uint32_t *mapped;   /* a copy of the types, with classes instead of ids */
	struct table table; /* ids of types */
};

/* --- classes */

/* Classes that stand for a name differ from all others, which are ids. */
static uint32_t start_seen_as(const struct partition_draft *d, uint32_t id, uint32_t class)
{
	uint32_t name = d->p->names ? d->p->names[id] : 0;

	return name && d->p->by_name[name] ? ON_PATH - name : class;
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
static inline uint32_t start_first_like(struct partition_draft *d, uint32_t id, size_t count)
{
	struct start_key key = { d, d->mapped + d->run->places[id - 1], count };
	uint32_t hash = hash_words(d->keys, key.words, count);
	struct table_slot *slot = table_find(&d->table, hash, start_same, &key);

	/* There is room for all types, so the table does not grow. */
	if (!slot->value)
		table_add(&d->table, slot, hash, id);
	return slot->value;
}

/*
 * References see the name of a followed enumeration, but not the kind and size of its declarations.
 * So these are equal: a definition replaces all of them, or the first does.
 */
static inline void start_unify_enum_declaration(const struct partition_draft *d, uint32_t id,
						uint32_t *words)
{
	const struct rebtf_type *t = run_type(d->run, id);

	if (!kind_is_enum(rebtf_type_kind(t)) || rebtf_type_vlen(t) || !d->p->names ||
	    !d->p->names[id])
		return;
	words[1] = 0;
	words[2] = 0;
}

/* Copies a type with classes instead of ids. Returns whether all these classes are final. */
static inline bool start_map(struct partition_draft *d, uint32_t id, size_t count)
{
	const struct rebtf_type *t = run_type(d->run, id);
	const uint32_t *from = (const uint32_t *)t, *seen = d->seen;
	uint32_t *words = d->mapped + d->run->places[id - 1];
	const struct kind_layout *row = layout_of(t);
	const bool *closed = d->p->closed;
	bool all = true;
	size_t i = 3;

	words[0] = from[0];
	words[1] = from[1];
	words[2] = row->third == THIRD_TYPE ? seen[t->type] : from[2];
	if (row->third == THIRD_TYPE)
		all = closed[t->type];
	start_unify_enum_declaration(d, id, words);
	for (; i < 3u + row->info_ids; i++) {
		words[i] = seen[from[i]];
		all &= closed[from[i]];
	}
	if (row->elem_id == NO_FIELD) {
		for (; i < count; i++)
			words[i] = from[i];
		return all;
	}
	for (; i < count; i += row->elem_size / 4) {
		uint32_t at = i + row->elem_id;

		for (uint32_t j = i; j < i + row->elem_size / 4; j++)
			words[j] = from[j];
		words[at] = seen[from[at]];
		all &= closed[from[at]];
		if (row->elem_pair) {
			words[at + 1] = seen[from[at + 1]];
			all &= closed[from[at + 1]];
		}
	}
	return all;
}

/* Variables with the same name and type are still different variables. */
static bool start_is_one_of_a_kind(const struct rebtf_type *t)
{
	return layout_of(t)->single || rebtf_type_kind(t) == REBTF_KIND_VOID;
}

/* Classifies a type whose references lead to types that have classes. */
static void start_classify(struct partition_draft *d, uint32_t id)
{
	size_t count = run_type_words(d->run, id);
	bool closed = true;

	d->p->ordered[d->p->ordered_count++] = id;
	if (start_is_one_of_a_kind(run_type(d->run, id))) {
		d->classes[id] = id;
	} else {
		closed = start_map(d, id, count);
		d->classes[id] = start_first_like(d, id, count);
	}
	d->seen[id] = start_seen_as(d, id, d->classes[id]);
	d->p->closed[id] = closed && d->seen[id] == d->classes[id];
}

static inline bool start_shape_same(const void *arg, uint32_t id)
{
	const struct start_key *key = arg;

	return !memcmp(run_type(key->draft->run, id), key->words, key->count * sizeof(*key->words));
}

/* At first, types are equal if their first @count words are. */
static void start_classify_shape(struct partition_draft *d, uint32_t id, size_t count)
{
	struct start_key key = { d, (const uint32_t *)run_type(d->run, id), count };
	uint32_t hash = hash_words(d->keys, key.words, count);
	struct table_slot *slot = table_find(&d->table, hash, start_shape_same, &key);

	if (!slot->value)
		table_add(&d->table, slot, hash, id);
	d->shape_classes[id] = slot->value;
	d->seen[id] = start_seen_as(d, id, slot->value);
	d->shaped[d->shaped_count++] = id;
}

static void start_clear(struct partition_draft *d)
{
	memset(d->table.slots, 0, (d->table.mask + 1) * sizeof(*d->table.slots));
	d->table.count = 0;
}

/* --- the order */

static void start_descend(struct partition_draft *d, uint32_t id)
{
	struct start_visit visit = { .id = id };

	if (d->seen[id] == ON_PATH)
		d->path.items[d->path.count - 1].loops = true;
	if (d->seen[id])
		return;
	field_iter_init(&visit.fields, run_type(d->run, id), REBTF_FIELD_IDS);
	d->seen[id] = ON_PATH;
	start_path_append(&d->path, visit);
}

static void start_ascend(struct partition_draft *d)
{
	struct start_visit done = d->path.items[--d->path.count];

	if (!done.loops) {
		start_classify(d, done.id);
		return;
	}
	u32_vector_append(&d->p->loops, done.id);
	if (d->path.count)
		d->path.items[d->path.count - 1].loops = true;
}

/* Uses an explicit stack, because chains of types can be long. */
static void start_visit_from(struct partition_draft *d, uint32_t id)
{
	start_descend(d, id);
	while (d->path.count && !d->path.failed) {
		const uint32_t *next = field_iter_next(&d->path.items[d->path.count - 1].fields);

		if (!next)
			start_ascend(d);
		else if (*next)
			start_descend(d, *next);
	}
}

struct start_references {
	const uint32_t *seen;
	bool all; /* have classes */
};

static inline void start_check_reference(void *arg, uint32_t id)
{
	struct start_references *r = arg;

	r->all &= !id || r->seen[id] - 1 < ON_PATH - 1;
}

/* Classifies each type after those that it refers to. */
static void start_visit_all(struct partition_draft *d)
{
	for (uint32_t id = 1; id <= d->run->count; id++) {
		struct start_references references = { d->seen, true };

		if (d->seen[id])
			continue;
		visit_ids(run_type(d->run, id), start_check_reference, &references);
		if (references.all)
			start_classify(d, id);
		else
			start_visit_from(d, id);
	}
}

static struct rebtf_error *start_classify_all(struct partition_draft *d)
{
	struct partition *p = d->p;

	for (uint32_t id = 1; id <= d->run->count; id++) {
		if (run_is_named_composite(d->run, id))
			start_classify_shape(d, id, sizeof(struct rebtf_type) / sizeof(uint32_t));
	}
	start_clear(d);
	start_visit_all(d);
	if (d->path.failed || p->loops.failed)
		return error_nomem();
	start_clear(d);
	/* Without the third word, which can be a type id. */
	for (size_t i = 0; i < p->loops.count; i++)
		start_classify_shape(d, p->loops.items[i], 2);
	start_clear(d);
	for (uint32_t i = 0; i < d->shaped_count; i++) {
		uint32_t id = d->shaped[i];
		size_t count = run_type_words(d->run, id);

		start_map(d, id, count);
		d->classes[id] = start_first_like(d, id, count);
	}
	return NULL;
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
	d->shaped = malloc(count * sizeof(*d->shaped));
	d->shape_classes = malloc(count * sizeof(*d->shape_classes));
	d->classes = malloc(count * sizeof(*d->classes));
	d->seen = calloc(count, sizeof(*d->seen));
	d->mapped = malloc(d->run->size + 1);
	if (!p->block_of || !p->members || !p->positions || !p->ordered || !p->closed ||
	    !d->shaped || !d->shape_classes || !d->classes || !d->seen || !d->mapped ||
	    !table_reserve(&d->table, count))
		return error_nomem();
	p->closed[0] = true;
	p->block_of[0] = NO_BLOCK;
	return NULL;
}

static struct rebtf_error *start_steps(struct partition_draft *d)
{
	TRY(start_prepare(d));

	TRY(start_classify_all(d));

	TRY(start_make_blocks(d));

	start_queue(d);
	return NULL;
}

struct rebtf_error *partition_start(struct partition *p)
{
	struct partition_draft d = { .p = p, .run = p->run, .keys = hash_keys() };
	struct rebtf_error *err = start_steps(&d);

	free(d.shaped);
	start_path_release(&d.path);
	free(d.shape_classes);
	free(d.classes);
	free(d.seen);
	free(d.mapped);
	table_release(&d.table);
	return err;
}
