/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Gives each type of a distilled base its verdict. find.c finds the candidates. The kernel's
 * verdict, by name and size, comes first. If the policy asks for more and the old definition is
 * known, the members are compared. Last comes the decision whether a type that does not fit may be
 * localized.
 */
#include <stdlib.h>

#include "graph/compare.h"
#include "split/find.h"
#include "split/match.h"
#include "util/cleanup.h"
#include "util/error.h"

struct matcher {
	const struct rebtf_btf *distilled;
	const struct match_rules *rules;
	struct finder finder;
	struct rebtf_report *report;
	uint64_t budget; /* members and types that comparisons may still visit */
};

static uint32_t type_size_or_zero(const struct rebtf_type *t)
{
	return layout_of(t)->third == THIRD_SIZE ? t->size : 0;
}

/* --------------------------------------------------------------------------------------- policy */

static enum rebtf_reliance class_of(const struct match_rules *rules, uint32_t id)
{
	const struct id_set *embedded = rules->embedded ?: rules->sized;

	if (rules->trusted && id_set_has(rules->trusted, id))
		return REBTF_RELIANCE_TRUSTED;
	return id_set_has(embedded, id) ? REBTF_RELIANCE_EMBEDDED : REBTF_RELIANCE_POINTER_ONLY;
}

/*
 * How many members and types all comparisons for one module may visit, members of anonymous members
 * included. Each comparison costs some more. Without this limit, thousands of types in a file could
 * each require a comparison with one large type. Modules of real kernels use a hundredth of it.
 */
#define COMPARED_MAX (1u << 22)

/* Whether the members of type @id in the new base differ from @match's, or cannot be compared. */
static struct rebtf_error *is_harmful(struct matcher *m, const struct rebtf_match *match,
				      uint32_t id, bool *harmful)
{
	m->budget -= m->budget < COMPARE_FIXED_COST ? m->budget : COMPARE_FIXED_COST;
	*harmful = true;
	if (rebtf_type_kind(btf_type(m->finder.base, id)) == REBTF_KIND_FWD || !m->budget)
		return NULL;
	return compare_harmful(m->rules->expects, match->expected, m->finder.base, id, &m->budget,
			       harmful);
}

/* With more same-named types than this, members are not compared. */
#define SAME_NAMED_MAX 64u

/*
 * Several types fit by name and size. If the old definition is known and the kernel's verdict is
 * not required, pick the only one whose members are as expected.
 */
static struct rebtf_error *tell_apart(struct matcher *m, const struct rebtf_match *match,
				      struct id_run *run)
{
	const struct match_rules *rules = m->rules;
	size_t fitting = 0, last = 0;

	if (!match->expected || run->count > SAME_NAMED_MAX ||
	    (rules->policy == REBTF_POLICY_KERNEL && !rules->local))
		return NULL;
	for (size_t i = 0; i < run->count && fitting < 2; i++) {
		bool harmful;

		TRY(is_harmful(m, match, run->ids[i], &harmful));
		if (harmful)
			continue;
		fitting++;
		last = i;
	}
	if (fitting == 1)
		*run = (struct id_run){ run->ids + last, 1 };
	return NULL;
}

/* Whether the policy compares the members or enumerators of a type that fits by name and size. */
static bool members_count(const struct match_rules *rules, const struct rebtf_match *match,
			  uint32_t kind)
{
	return rules->policy == REBTF_POLICY_STRICT &&
	       match->reliance != REBTF_RELIANCE_POINTER_ONLY && kind_has_members(kind);
}

static struct rebtf_error *judge_members(struct matcher *m, struct rebtf_match *match)
{
	bool harmful;

	if (!match->expected) {
		match->verdict = REBTF_VERDICT_UNPROVEN;
		return NULL;
	}
	if (rebtf_type_kind(btf_type(m->finder.base, match->target)) == REBTF_KIND_FWD) {
		match->verdict = REBTF_VERDICT_KIND;
		match->target = 0;
		return NULL;
	}
	TRY(is_harmful(m, match, match->target, &harmful));
	if (harmful)
		match->verdict = REBTF_VERDICT_MEMBERS;
	return NULL;
}

/* Whether a type that does not fit may be localized, so that the module stays usable. */
static bool can_be_localized(const struct match_rules *rules, const struct rebtf_match *match,
			     uint32_t kind)
{
	if (kind_is_scalar(kind))
		return rules->local || rules->policy == REBTF_POLICY_LENIENT;
	if (match->reliance == REBTF_RELIANCE_TRUSTED)
		return false;
	if (rules->local)
		return true;
	return rules->policy == REBTF_POLICY_LENIENT &&
	       (match->reliance == REBTF_RELIANCE_POINTER_ONLY || kind_is_enum(kind));
}

/* ------------------------------------------------------------------------------------ matching */

static void set_candidates(struct rebtf_match *match, const struct id_run *run,
			   const struct rebtf_btf *base)
{
	match->candidates = run->ids;
	match->candidate_count = run->count;
	if (run->count) {
		const struct rebtf_type *near = btf_type(base, run->ids[0]);

		match->new_size = type_size_or_zero(near);
		match->near_kind = rebtf_type_kind(near);
	}
}

/* Judges the candidates in @run, which fit by name and size. */
static struct rebtf_error *match_judge(struct matcher *m, const struct rebtf_type *t,
				       struct id_run run, struct rebtf_match *match)
{
	if (run.count > 1)
		TRY(tell_apart(m, match, &run));
	if (run.count == 1) {
		match->verdict = REBTF_VERDICT_MATCHED;
		match->target = run.ids[0];
		match->new_size = type_size_or_zero(btf_type(m->finder.base, match->target));
		if (!members_count(m->rules, match, rebtf_type_kind(t)))
			return NULL;
		TRY(judge_members(m, match));
		if (match->verdict != REBTF_VERDICT_MATCHED)
			set_candidates(match, &run, m->finder.base);
		return NULL;
	}
	match->verdict = REBTF_VERDICT_AMBIGUOUS;
	if (!run.count)
		TRY(find_near(&m->finder, t, &run, &match->verdict));
	set_candidates(match, &run, m->finder.base);
	return NULL;
}

/*
 * Whether the type's size matters: by the kernel's rules, or for the strict policy also where the
 * kernel does not check.
 */
static bool is_sized(const struct match_rules *rules, uint32_t id)
{
	return id_set_has(rules->sized, id) || (rules->policy == REBTF_POLICY_STRICT &&
						rules->embedded && id_set_has(rules->embedded, id));
}

static struct rebtf_error *match_type(struct matcher *m, uint32_t id, struct rebtf_match *match)
{
	const struct rebtf_type *t = btf_type(m->distilled, id);
	const struct match_rules *rules = m->rules;
	struct id_run run;

	*match = (struct rebtf_match){
		.id = id,
		.reliance = class_of(rules, id),
		.embedded = id_set_has(rules->embedded ?: rules->sized, id),
		.old_size = type_size_or_zero(t),
		.expected = rules->definitions ? rules->definitions[id] : 0,
	};
	finder_name(&m->finder, btf_string(m->distilled, t->name_off));
	TRY(find_fitting(&m->finder, t, is_sized(rules, id), &run));
	TRY(match_judge(m, t, run, match));
	if (match->verdict == REBTF_VERDICT_MATCHED)
		return NULL;
	m->report->misfits++;
	match->localized = can_be_localized(rules, match, rebtf_type_kind(t));
	m->report->localized += match->localized;
	return NULL;
}

static struct rebtf_error *match_check_distilled(const struct rebtf_btf *btf)
{
	if (btf->base)
		return error_new(REBTF_ERR_FORMAT, "a distilled base cannot be split BTF");
	for (uint32_t id = 1; id <= btf->own_count; id++) {
		const struct rebtf_type *t = btf_type(btf, id);

		if (match_class(t) == MATCH_OTHER)
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "invalid kind in a distilled base"),
					    btf, id);
		if (layout_of(t)->elem_size && rebtf_type_vlen(t))
			return btf_error_at(
				error_new(REBTF_ERR_FORMAT,
					  "invalid vlen %u in a distilled base (expected 0)",
					  rebtf_type_vlen(t)),
				btf, id);
		if (!*btf_string(btf, t->name_off))
			return btf_error_at(error_new(REBTF_ERR_FORMAT,
						      "unnamed type in a distilled base"),
					    btf, id);
	}
	return NULL;
}

bool rebtf_btf_is_distilled_base(const struct rebtf_btf *btf)
{
	struct rebtf_error *err = match_check_distilled(btf);

	rebtf_error_free(err);
	return !err;
}

static struct rebtf_error *match_all(struct matcher *m)
{
	struct rebtf_report *report = m->report;

	report->count = m->distilled->own_count;
	report->matches = calloc(report->count ?: 1, sizeof(*report->matches));
	if (!report->matches)
		return error_nomem();
	TRY(finder_init(&m->finder, report->new_base, m->distilled));
	for (uint32_t id = 1; id <= report->count; id++)
		TRY(match_type(m, id, &report->matches[id - 1]));
	return NULL;
}

struct rebtf_error *match_distilled(struct rebtf_btf *distilled_base,
				    const struct match_rules *rules, struct rebtf_btf *new_base,
				    struct rebtf_report **report)
{
	struct matcher m = {
		.distilled = distilled_base,
		.rules = rules,
		.budget = COMPARED_MAX,
	};
	struct rebtf_report *r;
	struct rebtf_error *err;

	TRY(match_check_distilled(distilled_base));
	r = calloc(1, sizeof(*r));
	if (!r)
		return error_nomem();
	m.report = r;
	r->distilled_base = rebtf_btf_ref(distilled_base);
	r->new_base = rebtf_btf_ref(new_base);
	if (rules->expects)
		r->expects = rebtf_btf_ref(rules->expects);
	err = match_all(&m);
	r->lists = finder_take_lists(&m.finder);
	finder_release(&m.finder);
	if (err)
		rebtf_report_free(r);
	else
		*report = r;
	return err;
}

void report_classify(struct rebtf_report *report, const struct id_set *embedded,
		     const struct id_set *trusted)
{
	const struct match_rules rules = { .sized = embedded, .trusted = trusted };

	for (size_t i = 0; i < report->count; i++) {
		struct rebtf_match *match = &report->matches[i];

		match->reliance = class_of(&rules, match->id);
		match->embedded = id_set_has(embedded, match->id);
	}
}
