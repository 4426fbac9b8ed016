/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of a new base that match a type of a distilled base.
 *
 * The rules are those of the kernel's relocation, with two of its mistakes fixed. A forward
 * declaration's own kind flag decides between STRUCT and UNION (in a STRUCT, the flag means
 * bit-fields). A UNION never stands for a STRUCT.
 *
 * The name index keeps same-named types side by side, sorted so that the matching ones form one run
 * of ids. Finding a match means finding a run, and the verdict follows from its length.
 */
#include <stdlib.h>

#include "split/find.h"
#include "util/error.h"

/* One object in the new base's chain, with its own index. */
struct find_level {
	const struct rebtf_btf *btf;
	const struct name_index *index;
	struct id_run same_named; /* types with the name being looked up */
};

/* Owns the ids of candidates: those in an index, if it is not NULL, or else @ids. */
struct candidate_list {
	struct candidate_list *next;
	struct name_index *index;
	uint32_t ids[];
};

static struct candidate_list *add_list(struct finder *f, size_t ids)
{
	struct candidate_list *list = calloc(1, sizeof(*list) + ids * sizeof(*list->ids));

	if (list) {
		list->next = f->lists;
		f->lists = list;
	}
	return list;
}

static struct rebtf_error *find_level_init(struct finder *f, struct find_level *level,
					   const struct rebtf_btf *wanted)
{
	struct candidate_list *list;
	struct name_index *own;

	TRY(name_index_of_names(level->btf, wanted, &level->index, &own));
	if (!own)
		return NULL;
	list = add_list(f, 0);
	if (!list) {
		name_index_free(own);
		return error_nomem();
	}
	list->index = own;
	return NULL;
}

struct rebtf_error *finder_init(struct finder *f, const struct rebtf_btf *base,
				const struct rebtf_btf *wanted)
{
	size_t count = 0;

	*f = (struct finder){ .base = base };
	for (const struct rebtf_btf *b = base; b; b = b->base)
		count++;
	f->levels = calloc(count, sizeof(*f->levels));
	if (!f->levels)
		return error_nomem();
	for (const struct rebtf_btf *b = base; b; b = b->base) {
		struct find_level *level = &f->levels[f->level_count++];

		level->btf = b;
		TRY(find_level_init(f, level, wanted));
	}
	return NULL;
}

void finder_release(struct finder *f)
{
	candidate_lists_free(f->lists);
	free(f->levels);
	*f = (struct finder){};
}

struct candidate_list *finder_take_lists(struct finder *f)
{
	struct candidate_list *lists = f->lists;

	f->lists = NULL;
	return lists;
}

void candidate_lists_free(struct candidate_list *lists)
{
	while (lists) {
		struct candidate_list *next = lists->next;

		name_index_free(lists->index);
		free(lists);
		lists = next;
	}
}

void finder_name(struct finder *f, const char *name)
{
	for (size_t i = 0; i < f->level_count; i++)
		f->levels[i].same_named = name_index_find(f->levels[i].btf, f->levels[i].index,
							  name);
}

/* Candidates from several levels are copied into one list of at most this many. */
#define JOINED_MAX 64u

static struct rebtf_error *join_levels(struct finder *f, uint64_t first, uint64_t end,
				       struct id_run *run)
{
	struct candidate_list *list = add_list(f, JOINED_MAX);

	if (!list)
		return error_nomem();
	*run = (struct id_run){ .ids = list->ids };
	for (size_t i = 0; i < f->level_count; i++) {
		const struct find_level *level = &f->levels[i];
		struct id_run part = id_run_between(level->btf, level->same_named, first, end);

		for (size_t j = 0; j < part.count && run->count < JOINED_MAX; j++)
			list->ids[run->count++] = part.ids[j];
	}
	return NULL;
}

/* The same-named types with first <= match_key() < end, of all levels. */
static struct rebtf_error *find_between(struct finder *f, uint64_t first, uint64_t end,
					struct id_run *run)
{
	size_t levels = 0;

	*run = (struct id_run){};
	for (size_t i = 0; i < f->level_count; i++) {
		const struct find_level *level = &f->levels[i];
		struct id_run part;

		if (!level->same_named.count)
			continue;
		part = id_run_between(level->btf, level->same_named, first, end);
		if (part.count) {
			*run = part;
			levels++;
		}
	}
	return levels > 1 ? join_levels(f, first, end, run) : NULL;
}

static struct rebtf_error *find_class(struct finder *f, enum match_class class, struct id_run *run)
{
	return find_between(f, match_key_of(class, 0), match_key_of(class + 1, 0), run);
}

/* The same-named types of one class and size. */
static struct rebtf_error *find_sized(struct finder *f, enum match_class class, uint32_t size,
				      struct id_run *run)
{
	uint64_t first = match_key_of(class, size);

	return find_between(f, first, first + MATCH_KEY_INT_MASK + 1, run);
}

static struct rebtf_error *find_composite(struct finder *f, const struct rebtf_type *t, bool sized,
					  struct id_run *run)
{
	enum match_class class = match_class(t);

	TRY(find_class(f, class, run));
	if (sized || run->count > 1)
		return find_sized(f, class, t->size, run);
	if (!run->count)
		return find_class(f, class == MATCH_STRUCT ? MATCH_FWD_STRUCT : MATCH_FWD_UNION,
				  run);
	return NULL;
}

struct rebtf_error *find_fitting(struct finder *f, const struct rebtf_type *t, bool sized,
				 struct id_run *run)
{
	enum match_class class = match_class(t);

	switch (class) {
	case MATCH_INT:
		return find_between(f, match_key(t), match_key(t) + 1, run);
	case MATCH_STRUCT:
	case MATCH_UNION:
		return find_composite(f, t, sized, run);
	case MATCH_FWD_STRUCT:
		return find_between(f, match_key_of(MATCH_FWD_STRUCT, 0),
				    match_key_of(MATCH_UNION, 0), run);
	case MATCH_FWD_UNION:
		return find_between(f, match_key_of(MATCH_UNION, 0), match_key_of(MATCH_CLASSES, 0),
				    run);
	default:
		return find_sized(f, class, t->size, run);
	}
}

struct rebtf_error *find_near(struct finder *f, const struct rebtf_type *t, struct id_run *near,
			      enum rebtf_verdict *verdict)
{
	enum match_class class = match_class(t);

	TRY(find_sized(f, class, t->size, near));
	if (near->count) {
		*verdict = REBTF_VERDICT_KIND;
		return NULL;
	}
	TRY(find_class(f, class, near));
	if (near->count) {
		*verdict = REBTF_VERDICT_SIZE;
		return NULL;
	}
	TRY(find_between(f, 0, UINT64_MAX, near));
	*verdict = near->count ? REBTF_VERDICT_KIND : REBTF_VERDICT_MISSING;
	return NULL;
}
