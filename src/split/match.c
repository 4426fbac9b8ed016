/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * See match.h. The rules are those of the kernel's relocation, less two mistakes in it: what
 * decides between a forward declaration's STRUCT and UNION is the declaration's own kind flag (in a
 * STRUCT the flag means bit-fields), and a UNION does not stand for a STRUCT.
 *
 * All homonyms of a type stand side by side in the index of names, sorted so that those which may
 * match are one run of ids. Finding a match is then finding a run, and the verdict is how long it
 * is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "format/name_index.h"
#include "split/match.h"
#include "util/cleanup.h"
#include "util/error.h"

/* Every object in the new base's chain has an index of its own. */
struct level {
	const struct rebtf_btf *btf;
	const struct name_index *index;
	struct id_run homonyms; /* of the type that is being matched */
};

struct matcher {
	const struct rebtf_btf *distilled;
	const struct rebtf_btf *new_base;
	const struct id_set *embedded;
	struct level *levels;
	size_t level_count;
	struct match_report *report;
};

/* A report and the candidate lists that it owns; lists in an index are owned by that. */
struct match_report {
	struct rebtf_report public;
	struct candidate_list *lists;
};

struct candidate_list {
	struct candidate_list *next;
	uint32_t ids[];
};

void rebtf_report_free(struct rebtf_report *report)
{
	struct match_report *r = (struct match_report *)report;

	if (!r)
		return;
	while (r->lists) {
		struct candidate_list *next = r->lists->next;

		free(r->lists);
		r->lists = next;
	}
	rebtf_unref(r->public.distilled_base);
	rebtf_unref(r->public.new_base);
	free(r->public.matches);
	free(r);
}

/* Candidates that stand in several levels are copied, of each distilled type no more than this. */
#define JOINED_MAX 64u

static struct rebtf_error *join_levels(struct matcher *m, uint64_t first, uint64_t end,
				       struct id_run *run)
{
	struct candidate_list *list = malloc(sizeof(*list) + JOINED_MAX * sizeof(*list->ids));

	if (!list)
		return error_nomem();
	list->next = m->report->lists;
	m->report->lists = list;
	*run = (struct id_run){ .ids = list->ids };
	for (size_t i = 0; i < m->level_count; i++) {
		const struct level *level = &m->levels[i];
		struct id_run part = id_run_between(level->btf, level->homonyms, first, end);

		for (size_t j = 0; j < part.count && run->count < JOINED_MAX; j++)
			list->ids[run->count++] = part.ids[j];
	}
	return NULL;
}

/* The homonyms with first <= match_key() < end, of all levels. */
static struct rebtf_error *find_between(struct matcher *m, uint64_t first, uint64_t end,
					struct id_run *run)
{
	size_t levels = 0;

	*run = (struct id_run){};
	for (size_t i = 0; i < m->level_count; i++) {
		const struct level *level = &m->levels[i];
		struct id_run part;

		if (!level->homonyms.count)
			continue;
		part = id_run_between(level->btf, level->homonyms, first, end);
		if (part.count) {
			*run = part;
			levels++;
		}
	}
	return levels > 1 ? join_levels(m, first, end, run) : NULL;
}

static struct rebtf_error *find_class(struct matcher *m, enum match_class class, struct id_run *run)
{
	return find_between(m, match_key_of(class, 0), match_key_of(class + 1, 0), run);
}

/* Those of one class and size. */
static struct rebtf_error *find_sized(struct matcher *m, enum match_class class, uint32_t size,
				      struct id_run *run)
{
	uint64_t first = match_key_of(class, size);

	return find_between(m, first, first + MATCH_KEY_INT_MASK + 1, run);
}

/*
 * A struct or union: its size matters if it is embedded, or if its name alone does not single it
 * out.
 */
static struct rebtf_error *find_composite(struct matcher *m, const struct rebtf_type *t,
					  bool embedded, struct id_run *run)
{
	enum match_class class = match_class(t);

	TRY(find_class(m, class, run));
	if (embedded || run->count > 1)
		return find_sized(m, class, t->size, run);
	if (!run->count)
		return find_class(m, class == MATCH_STRUCT ? MATCH_FWD_STRUCT : MATCH_FWD_UNION,
				  run);
	return NULL;
}

/* The types that may stand for @t. */
static struct rebtf_error *find_fitting(struct matcher *m, const struct rebtf_type *t,
					bool embedded, struct id_run *run)
{
	enum match_class class = match_class(t);

	switch (class) {
	case MATCH_INT:
		return find_between(m, match_key(t), match_key(t) + 1, run);
	case MATCH_STRUCT:
	case MATCH_UNION:
		return find_composite(m, t, embedded, run);
	case MATCH_FWD_STRUCT:
		return find_between(m, match_key_of(MATCH_FWD_STRUCT, 0),
				    match_key_of(MATCH_UNION, 0), run);
	case MATCH_FWD_UNION:
		return find_between(m, match_key_of(MATCH_UNION, 0), match_key_of(MATCH_OTHER, 0),
				    run);
	default:
		return find_sized(m, class, t->size, run);
	}
}

static uint32_t type_size_or_zero(const struct rebtf_type *t)
{
	return layout_of(t)->third == THIRD_SIZE ? t->size : 0;
}

/* Says what is nearest to a type for which nothing fits. */
static struct rebtf_error *explain_misfit(struct matcher *m, const struct rebtf_type *t,
					  struct rebtf_match *match, struct id_run *near)
{
	enum match_class class = match_class(t);

	TRY(find_sized(m, class, t->size, near));
	if (near->count) {
		match->verdict = REBTF_KIND;
		return NULL;
	}
	TRY(find_class(m, class, near));
	if (near->count) {
		match->verdict = REBTF_SIZE;
		return NULL;
	}
	TRY(find_between(m, 0, UINT64_MAX, near));
	match->verdict = near->count ? REBTF_KIND : REBTF_MISSING;
	return NULL;
}

static struct rebtf_error *match_type(struct matcher *m, uint32_t id, struct rebtf_match *match)
{
	const struct rebtf_type *t = btf_type(m->distilled, id);
	const char *name = btf_string(m->distilled, t->name_off);
	struct id_run run;

	*match = (struct rebtf_match){
		.id = id,
		.embedded = id_set_has(m->embedded, id),
		.old_size = type_size_or_zero(t),
	};
	for (size_t i = 0; i < m->level_count; i++)
		m->levels[i].homonyms = name_index_find(m->levels[i].btf, m->levels[i].index, name);
	TRY(find_fitting(m, t, match->embedded, &run));
	if (run.count == 1) {
		match->verdict = REBTF_MATCHED;
		match->target = run.ids[0];
		match->new_size = type_size_or_zero(btf_type(m->new_base, match->target));
		return NULL;
	}
	m->report->public.misfits++;
	if (run.count)
		match->verdict = REBTF_AMBIGUOUS;
	else
		TRY(explain_misfit(m, t, match, &run));
	match->candidates = run.ids;
	match->candidate_count = run.count;
	if (run.count) {
		const struct rebtf_type *near = btf_type(m->new_base, run.ids[0]);

		match->new_size = type_size_or_zero(near);
		match->near_kind = rebtf_type_kind(near);
	}
	return NULL;
}

static struct rebtf_error *check_distilled(const struct rebtf_btf *btf)
{
	if (btf->base)
		return error_new(REBTF_ERR_FORMAT,
				 "a distilled base cannot be split from another base");
	for (uint32_t id = 1; id <= btf->own_count; id++) {
		const struct rebtf_type *t = btf_type(btf, id);

		if (match_class(t) == MATCH_OTHER)
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "no kind for a distilled base"),
					    btf, id);
		if (layout_of(t)->elem_size && rebtf_type_vlen(t))
			return btf_error_at(
				error_new(
					REBTF_ERR_FORMAT,
					"types of a distilled base have no members or values, and this has %u",
					rebtf_type_vlen(t)),
				btf, id);
		if (!*btf_string(btf, t->name_off))
			return btf_error_at(
				error_new(
					REBTF_ERR_FORMAT,
					"types of a distilled base need a name, and this has none"),
				btf, id);
	}
	return NULL;
}

bool rebtf_is_distilled_base(const struct rebtf_btf *btf)
{
	struct rebtf_error *err = check_distilled(btf);

	rebtf_error_free(err);
	return !err;
}

static struct rebtf_error *open_levels(struct matcher *m)
{
	for (const struct rebtf_btf *b = m->new_base; b; b = b->base)
		m->level_count++;
	m->levels = calloc(m->level_count, sizeof(*m->levels));
	if (!m->levels)
		return error_nomem();
	m->level_count = 0;
	for (const struct rebtf_btf *b = m->new_base; b; b = b->base) {
		struct level *level = &m->levels[m->level_count++];

		level->btf = b;
		TRY(name_index_get(b, INDEX_RELOCATABLE, &level->index));
	}
	return NULL;
}

static struct rebtf_error *match_all(struct matcher *m)
{
	struct rebtf_report *report = &m->report->public;

	report->count = m->distilled->own_count;
	report->matches = calloc(report->count ?: 1, sizeof(*report->matches));
	if (!report->matches)
		return error_nomem();
	TRY(open_levels(m));
	for (uint32_t id = 1; id <= report->count; id++)
		TRY(match_type(m, id, &report->matches[id - 1]));
	return NULL;
}

struct rebtf_error *match_distilled(struct rebtf_btf *distilled_base, const struct id_set *embedded,
				    struct rebtf_btf *new_base, struct rebtf_report **report)
{
	struct matcher m = { .distilled = distilled_base,
			     .new_base = new_base,
			     .embedded = embedded };
	struct rebtf_error *err;

	TRY(check_distilled(distilled_base));
	m.report = calloc(1, sizeof(*m.report));
	if (!m.report)
		return error_nomem();
	m.report->public.distilled_base = rebtf_ref(distilled_base);
	m.report->public.new_base = rebtf_ref(new_base);
	err = match_all(&m);
	free(m.levels);
	if (err) {
		rebtf_report_free(&m.report->public);
		return err;
	}
	*report = &m.report->public;
	return NULL;
}

const char *rebtf_class_name(enum rebtf_class class)
{
	static const char *const names[] = {
		[REBTF_POINTER_ONLY] = "pointer-only",
		[REBTF_EMBEDDED] = "embedded",
		[REBTF_TRUSTED] = "trusted",
	};

	return names[class];
}

const char *rebtf_verdict_name(enum rebtf_verdict verdict)
{
	static const char *const names[] = {
		[REBTF_MATCHED] = "matched",	 [REBTF_MISSING] = "missing",
		[REBTF_SIZE] = "size",		 [REBTF_KIND] = "kind",
		[REBTF_AMBIGUOUS] = "ambiguous", [REBTF_MEMBERS] = "members",
		[REBTF_UNPROVEN] = "unproven",
	};

	return names[verdict];
}

static struct rebtf_error *misfit_error(const struct rebtf_match *match, size_t misfits)
{
	char others[64] = "";

	if (misfits > 1)
		snprintf(others, sizeof(others), " (and %zu more types do not fit)", misfits - 1);
	switch (match->verdict) {
	case REBTF_SIZE:
		return error_new(REBTF_ERR_MISMATCH, "%u bytes then, %u now%s%s", match->old_size,
				 match->new_size, match->embedded ? ", and it is embedded" : "",
				 others);
	case REBTF_KIND:
		return error_new(REBTF_ERR_MISMATCH, "the new base has it as %s [%u]%s%s",
				 rebtf_kind_name(match->near_kind), match->candidates[0],
				 match->near_kind == REBTF_KIND_INT ? " of another encoding or size"
								    : "",
				 others);
	case REBTF_AMBIGUOUS:
		return error_new(REBTF_ERR_MISMATCH,
				 "the new base has %zu that fit, [%u] and [%u] among them%s",
				 match->candidate_count, match->candidates[0], match->candidates[1],
				 others);
	default:
		return error_new(REBTF_ERR_MISMATCH, "the new base has no type of that name%s",
				 others);
	}
}

struct rebtf_error *report_error(const struct rebtf_report *report)
{
	const struct rebtf_match *match = report->matches;

	while (match->verdict == REBTF_MATCHED)
		match++;
	return btf_error_at(misfit_error(match, report->misfits), report->distilled_base,
			    match->id);
}
