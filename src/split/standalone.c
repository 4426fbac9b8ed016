/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes standalone BTF: a module's types and the base types they need, without references to
 * anything outside.
 *
 * The decision is made per type, not per path. A base struct is either present in full, or all
 * pointers to it share one forward declaration. So each type is needed in one version only, and the
 * rest is copying. Steps:
 *
 *   1. Follow every reference into the base, and note how each type is reached.
 *   2. Draft: the split's types, then the base's types in their order, as forward declarations
 *      where these suffice. Strings are entered by their text, so equal names have equal offsets
 *      from here on.
 *   3. Find the types that are now equal (partition.c), and write the first of each class.
 *
 * The split's types come first because readers of the module know their order. They also keep the
 * ids that they had as split BTF, minus the base's type count, unless two of them have become
 * equal. So standalone BTF renumbered over a kernel numbers them as if it had been relocated.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "graph/partition.h"
#include "graph/forwards.h"
#include "graph/id_set.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"
#include "util/vec.h"

/* For error messages. */
#define DOING_STANDALONE "make it standalone"

/* How a type of the base is reached. Each value requires more than those before it. */
enum need {
	NEEDS_NAME,   /* behind a pointer in a base struct */
	NEEDS_LAYOUT, /* in a base struct by value */
	NEEDS_ALL,    /* reached from the split; a struct without the targets of its pointers */
	NEEDS,
};

/* A type to follow. */
struct reached {
	uint32_t id;
	enum need need;
};

DEFINE_VECTOR(reached_vector, struct reached);

struct standalone {
	const struct rebtf_btf *split;
	bool full;
	struct id_set needed[NEEDS];   /* ids of the base, each set a subset of those before it */
	struct reached_vector reached; /* in the order of discovery */
	enum need need;		       /* of the types being reached now */
	bool has_int;
	uint32_t *base_ids;	  /* the members of needed[NEEDS_NAME], ascending */
	struct rebtf_builder out; /* of the draft, later of the result */
	/* By id in the draft: */
	uint32_t *cut_sizes; /* size of the base struct that it declares; or NOT_CUT */
	uint32_t *targets;   /* new targets of references to it: see resolve_forwards() */
	uint32_t *classes;   /* see find_same_types() */
	uint32_t *new_ids;   /* ids in the result, by class */
};

static void standalone_release(struct standalone *s)
{
	for (int need = 0; need < NEEDS; need++)
		id_set_release(&s->needed[need]);
	reached_vector_release(&s->reached);
	free(s->base_ids);
	builder_release(&s->out);
	free(s->cut_sizes);
	free(s->targets);
	free(s->classes);
	free(s->new_ids);
}

/* --- needed types */

static inline void standalone_reach(void *arg, uint32_t id)
{
	struct standalone *s = arg;
	struct reached reached = { .id = id, .need = s->need };

	if (!reached.id || reached.id >= s->split->start_id ||
	    !id_set_add(&s->needed[s->need], reached.id))
		return;
	for (int need = 0; need < (int)s->need; need++)
		id_set_add(&s->needed[need], reached.id);
	reached_vector_append(&s->reached, reached);
}

/* Returns the need of the types that base type @t, reached with @need, refers to. */
static enum need need_below(const struct standalone *s, const struct rebtf_type *t, enum need need)
{
	if (kind_is_composite(rebtf_type_kind(t)))
		return s->full ? NEEDS_ALL : NEEDS_LAYOUT;
	if (need == NEEDS_ALL || layout_of(t)->below == BELOW_SAME)
		return need;
	return layout_of(t)->below == BELOW_SIZE ? NEEDS_LAYOUT : NEEDS_NAME;
}

static struct rebtf_error *standalone_follow(struct standalone *s, uint32_t id, enum need need)
{
	const struct rebtf_type *t = btf_type(s->split, id);

	TRY(btf_require_known_reached(s->split, id, DOING_STANDALONE));
	s->has_int |= rebtf_type_kind(t) == REBTF_KIND_INT &&
		      !strcmp(btf_string(s->split, t->name_off), "int");
	if (need == NEEDS_NAME && btf_is_named_composite(s->split, t))
		return NULL;
	/* The split's own types need all types that they refer to. */
	s->need = id >= s->split->start_id ? NEEDS_ALL : need_below(s, t, need);
	visit_ids(t, standalone_reach, s);
	return NULL;
}

/* Readers of BTF look up "int" to recognize the kind of BTF, so the result must have one. */
static struct rebtf_error *bring_int(struct standalone *s)
{
	uint32_t id = rebtf_btf_find(s->split->base, "int", REBTF_KIND_INT);

	if (!id)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot %s: no INT 'int' in the BTF or its base",
				 DOING_STANDALONE);
	s->need = NEEDS_ALL;
	standalone_reach(s, id);
	return NULL;
}

/* The split's own types need everything. The list of reached types grows during the loop. */
static struct rebtf_error *standalone_follow_references(struct standalone *s)
{
	for (int need = 0; need < NEEDS; need++) {
		if (!id_set_init(&s->needed[need], s->split->start_id))
			return error_nomem();
	}
	for (uint32_t i = 0; i < s->split->own_count; i++)
		TRY(standalone_follow(s, s->split->start_id + i, NEEDS_ALL));
	for (size_t i = 0; i < s->reached.count; i++)
		TRY(standalone_follow(s, s->reached.items[i].id, s->reached.items[i].need));
	if (!s->has_int)
		TRY(bring_int(s));
	return s->reached.failed ? error_nomem() : NULL;
}

/* --- the draft */

/* Maps an id of the split or its base to an id in the draft. draft() defines the order. */
static inline uint32_t draft_id(const void *arg, uint32_t id)
{
	const struct standalone *s = arg;

	if (!id)
		return 0;
	if (id >= s->split->start_id)
		return id - s->split->start_id + 1;
	return s->split->own_count + 1 + id_set_rank(&s->needed[NEEDS_NAME], id);
}

/* Whether the base's struct or union @id becomes a forward declaration. */
static bool is_cut(const struct standalone *s, uint32_t id)
{
	return !id_set_has(&s->needed[NEEDS_LAYOUT], id) &&
	       btf_is_named_composite(s->split, btf_type(s->split, id));
}

static void draft_base_type(struct standalone *s, uint32_t id)
{
	const struct rebtf_type *t = btf_type(s->split, id);
	struct rebtf_type forward;

	if (!is_cut(s, id)) {
		s->cut_sizes[builder_append_type(&s->out, s->split, id)] = NOT_CUT;
		return;
	}
	forward = forward_of(t);
	builder_add(&s->out, &forward, sizeof(forward));
	s->cut_sizes[builder_count(&s->out)] = t->size;
}

static inline uint32_t draft_string(void *arg, uint32_t off)
{
	struct standalone *s = arg;

	return off ? builder_source_string(&s->out, off) : 0;
}

static struct type_run draft_run(const struct standalone *s)
{
	return (struct type_run){
		.types = (const uint32_t *)s->out.types.data,
		.places = s->out.offs.items,
		.count = builder_count(&s->out),
		.size = s->out.types.size,
	};
}

static struct rebtf_error *draft(struct standalone *s)
{
	const struct rebtf_btf *split = s->split;
	uint32_t base_count = s->needed[NEEDS_NAME].count;

	s->base_ids = id_set_list(&s->needed[NEEDS_NAME]);
	s->cut_sizes = malloc(((size_t)split->own_count + base_count + 1) * sizeof(*s->cut_sizes));
	if (!s->base_ids || !s->cut_sizes)
		return error_nomem();
	builder_start_like(&s->out, NULL, split, DOING_STANDALONE);
	builder_set_source(&s->out, split, base_count, false);
	builder_append_own_types(&s->out, split);
	for (uint32_t id = 0; id <= split->own_count; id++)
		s->cut_sizes[id] = NOT_CUT;
	for (uint32_t i = 0; i < base_count; i++)
		draft_base_type(s, s->base_ids[i]);
	TRY(take_ptr(&s->out.err));
	builder_map(&s->out, 0, builder_count(&s->out), draft_id, draft_string, s);
	return take_ptr(&s->out.err);
}

/* --- the result */

static inline uint32_t target_id(const void *arg, uint32_t id)
{
	const struct standalone *s = arg;

	return s->targets[id];
}

/* Returns the id in the result of the first type of @id's class. */
static inline uint32_t result_id(const void *arg, uint32_t id)
{
	const struct standalone *s = arg;

	return s->new_ids[s->classes[id]];
}

static struct rebtf_error *drop_forwards(struct standalone *s)
{
	struct type_run run = draft_run(s);
	uint32_t found;

	s->targets = malloc(((size_t)run.count + 1) * sizeof(*s->targets));
	if (!s->targets)
		return error_nomem();
	TRY(resolve_forwards(&run, s->cut_sizes, s->targets, &found));
	if (found)
		builder_map_ids(&s->out, target_id, s);
	return NULL;
}

/*
 * Moves the first type of each class to its position in the result. Skips types that are no longer
 * referenced.
 */
static void close_up(struct standalone *s)
{
	uint32_t *types = (uint32_t *)s->out.types.data, *offs = s->out.offs.items;
	uint32_t before = builder_count(&s->out), count = 0, to = 0;

	for (uint32_t id = 1; id <= before; id++) {
		uint32_t from = offs[id - 1];
		uint32_t end = id < before ? offs[id] : s->out.types.size / sizeof(*types);

		if (s->targets[id] != id || s->new_ids[s->classes[id]])
			continue;
		memmove(types + to, types + from, (end - from) * sizeof(*types));
		offs[count++] = to;
		to += end - from;
		s->new_ids[s->classes[id]] = count;
	}
	s->out.types.size = to * sizeof(*types);
	s->out.offs.count = count;
}

static struct rebtf_error *merge_same(struct standalone *s)
{
	struct type_run run = draft_run(s);

	TRY(find_same_types(&run, &s->classes));
	s->new_ids = calloc((size_t)run.count + 1, sizeof(*s->new_ids));
	if (!s->new_ids)
		return error_nomem();
	close_up(s);
	builder_map_ids(&s->out, result_id, s);
	builder_sort_locations(&s->out);
	return NULL;
}

static struct rebtf_error *standalone_make(struct standalone *s, struct rebtf_btf **standalone)
{
	TRY(btf_require_known_kinds(s->split, DOING_STANDALONE));
	TRY(standalone_follow_references(s));
	TRY(draft(s));
	TRY(drop_forwards(s));
	TRY(merge_same(s));
	return builder_assemble(&s->out, standalone);
}

struct rebtf_error *rebtf_standalone(const struct rebtf_btf *split,
				     const struct rebtf_standalone_options *options,
				     struct rebtf_btf **standalone)
{
	struct standalone s = { .split = split };
	struct rebtf_standalone_options how;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_standalone_options, &how, options));
	s.full = how.full;
	if (!split->base)
		return error_new(REBTF_ERR_ARGUMENT,
				 "cannot " DOING_STANDALONE ": no base (expected split BTF)");
	err = standalone_make(&s, standalone);
	standalone_release(&s);
	return err;
}
