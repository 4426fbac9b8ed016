/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on split BTF and its bases, whose types are matched (operations.h). */
#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

static struct rebtf_trust trust_of(const struct world *w)
{
	REBTF_OPTIONS(rebtf_trust, trust, .names = w->trust, .name_count = w->trust_count);

	return trust;
}

/* ------------------------------------------------------------------------------------- distill */

static struct rebtf_error *count_refs(const struct world *w, struct results *r)
{
	size_t count;

	TRY(rebtf_btf_count_base_refs(w->split, &count));
	tell_number(r, count);
	return NULL;
}

static struct rebtf_error *distill(const struct world *w, struct results *r)
{
	return rebtf_distill(w->split, &r->btf[0], &r->btf[1]);
}

static struct rebtf_error *distill_expects(const struct world *w, struct results *r)
{
	const struct rebtf_trust trust = trust_of(w);

	return rebtf_distill_expects(w->split, &trust, &r->btf[0], &r->btf[1], &r->btf[2]);
}

static struct rebtf_error *expect_later(const struct world *w, struct results *r)
{
	const struct rebtf_trust trust = trust_of(w);

	return rebtf_expects(w->distilled, &trust, w->base, &r->btf[0]);
}

/* ------------------------------------------------------------------------------------ relocate */

static struct rebtf_error *relocate_back(const struct world *w, struct results *r)
{
	return rebtf_relocate(w->distilled, w->base, &r->report, &r->btf[0]);
}

static struct rebtf_error *relocate_on(const struct world *w, struct results *r)
{
	return rebtf_relocate(w->distilled, w->new_base, &r->report, &r->btf[0]);
}

static struct rebtf_error *reconcile(const struct world *w, struct results *r,
				     enum rebtf_policy policy, bool local)
{
	const struct rebtf_trust trust = trust_of(w);
	REBTF_OPTIONS(rebtf_reconcile_options, options, .policy = policy, .local = local,
		      .expects = w->expects, .trust = local ? NULL : &trust);

	return rebtf_reconcile(w->distilled, w->new_base, &options, &r->report, &r->btf[0]);
}

static struct rebtf_error *reconcile_strictly(const struct world *w, struct results *r)
{
	return reconcile(w, r, REBTF_POLICY_STRICT, false);
}

static struct rebtf_error *reconcile_leniently(const struct world *w, struct results *r)
{
	return reconcile(w, r, REBTF_POLICY_LENIENT, false);
}

static struct rebtf_error *localize(const struct world *w, struct results *r)
{
	return reconcile(w, r, REBTF_POLICY_KERNEL, true);
}

static struct rebtf_error *localize_strictly(const struct world *w, struct results *r)
{
	return reconcile(w, r, REBTF_POLICY_STRICT, true);
}

/* ------------------------------------------------------------------------------------- explain */

static void tell_path(struct results *r, struct rebtf_path *path)
{
	for (size_t i = 0; i < rebtf_path_count(path); i++) {
		tell_number(r, rebtf_path_at(path, i)->type_id);
		tell_text(r, rebtf_path_at(path, i)->member);
	}
	rebtf_path_free(path);
}

static void tell_changes(struct results *r, struct rebtf_change_list *changes)
{
	tell_number(r, rebtf_change_list_harmful(changes));
	for (size_t i = 0; i < rebtf_change_list_count(changes); i++) {
		const struct rebtf_change *change = rebtf_change_list_at(changes, i);

		tell_text(r, rebtf_change_kind_name(change->kind));
		tell_text(r, change->old_name);
		tell_text(r, change->new_name);
		tell_text(r, change->old_type);
		tell_text(r, change->new_type);
	}
	rebtf_change_list_free(changes);
}

/* Types of different kinds cannot be compared. */
static struct rebtf_error *compare(const struct rebtf_btf *old_btf, uint32_t old_id,
				   const struct rebtf_btf *new_btf, uint32_t new_id,
				   struct results *r, uint64_t *cost)
{
	struct rebtf_change_list *changes;
	struct rebtf_error *err = rebtf_compare(old_btf, old_id, new_btf, new_id, &changes);

	if (!err) {
		*cost += rebtf_change_list_cost(changes);
		tell_changes(r, changes);
	} else if (rebtf_error_code(err) == REBTF_ERR_ARGUMENT) {
		tell_text(r, rebtf_error_message(err));
		rebtf_error_free(err);
		return NULL;
	}
	return err;
}

/* The command's own limit: after this much work it compares no more types. */
#define COMPARED_MAX (1u << 20)

static struct rebtf_error *explain_match(struct rebtf_paths *paths,
					 const struct rebtf_report *report,
					 const struct rebtf_match *match, struct results *r,
					 uint64_t *compared)
{
	uint32_t other = match->target;
	struct rebtf_path *path;

	if (!other && match->candidate_count)
		other = match->candidates[0];
	tell_text(r, rebtf_verdict_name(match->verdict));
	tell_text(r, rebtf_reliance_name(match->reliance));
	tell_text(r, rebtf_remedy_name(rebtf_match_remedy(report, match)));
	tell_text(r, rebtf_remedy_name(rebtf_match_other_remedy(report, match)));
	tell_number(r, rebtf_match_is_harmless(report, match));
	TRY(rebtf_paths_find(paths, match->id, match->reliance, &path));
	tell_path(r, path);
	if (!match->expected || !other || *compared >= COMPARED_MAX)
		return NULL;
	return compare(rebtf_report_expects(report), match->expected, rebtf_report_new_base(report),
		       other, r, compared);
}

static struct rebtf_error *explain_report(const struct world *w, struct results *r)
{
	const struct rebtf_trust trust = trust_of(w);
	struct rebtf_error *err = NULL;
	struct rebtf_paths *paths;
	uint64_t compared = 0;

	tell_number(r, rebtf_report_misfits(r->report));
	tell_number(r, rebtf_report_localized(r->report));
	tell_number(r, rebtf_report_refs(r->report));
	tell_number(r, rebtf_report_refs_localized(r->report));
	tell_number(r, rebtf_btf_type_count(rebtf_report_distilled_base(r->report)));
	TRY(rebtf_paths_new(w->distilled, &trust, &paths));
	for (size_t i = 0; !err && i < rebtf_report_count(r->report); i++)
		err = explain_match(paths, r->report, rebtf_report_at(r->report, i), r, &compared);
	rebtf_paths_free(paths);
	return err;
}

static struct rebtf_error *explain(const struct world *w, struct results *r)
{
	struct rebtf_error *err = reconcile_strictly(w, r);

	if (err && rebtf_error_code(err) != REBTF_ERR_MISMATCH)
		return err;
	rebtf_error_free(err);
	return explain_report(w, r);
}

static struct rebtf_error *find_paths(const struct world *w, struct results *r)
{
	struct rebtf_error *err = NULL;
	struct rebtf_paths *paths;
	struct rebtf_path *path;
	uint32_t end = rebtf_btf_start_id(w->distilled);

	TRY(rebtf_paths_new(w->distilled, NULL, &paths));
	for (uint32_t id = 1; !err && id < end; id++) {
		err = rebtf_paths_find(paths, id, REBTF_RELIANCE_POINTER_ONLY, &path);
		if (!err)
			tell_path(r, path);
	}
	rebtf_paths_free(paths);
	return err;
}

static struct rebtf_error *compare_last(const struct world *w, struct results *r)
{
	uint64_t cost = 0;

	return compare(w->base, rebtf_btf_type_count(w->base) - 1, w->new_base,
		       rebtf_btf_type_count(w->new_base) - 1, r, &cost);
}

static bool is_named_struct(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);

	return rebtf_type_kind(t) == REBTF_KIND_STRUCT && t->name_off;
}

/* A comparison takes linear time, so this makes a constant number of them. */
#define STRUCTS_COMPARED 64

static struct rebtf_error *compare_structs(const struct world *w, struct results *r)
{
	uint32_t other = rebtf_btf_type_count(w->new_base) - 1, left = STRUCTS_COMPARED;
	uint64_t cost = 0;

	/* Any other struct is suitable. */
	while (other && !is_named_struct(w->new_base, other))
		other--;
	for (uint32_t id = 1; other && left && id < rebtf_btf_type_count(w->base); id++) {
		if (!is_named_struct(w->base, id))
			continue;
		TRY(compare(w->base, id, w->new_base, other, r, &cost));
		left--;
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------- standalone */

static struct rebtf_error *make_standalone(const struct world *w, struct results *r)
{
	return rebtf_standalone(w->split, NULL, &r->btf[0]);
}

static struct rebtf_error *make_standalone_in_full(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_standalone_options, options, .full = true);

	return rebtf_standalone(w->split, &options, &r->btf[0]);
}

static struct rebtf_error *renumber_back(const struct world *w, struct results *r)
{
	return rebtf_renumber(w->standalone, w->base, &r->btf[0]);
}

static struct rebtf_error *renumber_on(const struct world *w, struct results *r)
{
	return rebtf_renumber(w->standalone, w->new_base, &r->btf[0]);
}

/* ------------------------------------------------------------------------------------ downgrade */

static void tell_downgraded(void *arg, const struct rebtf_downgraded *change)
{
	tell_text(arg, rebtf_downgrade_change_name(change->change));
	tell_number(arg, change->id);
	tell_text(arg, change->name);
	tell_number(arg, change->left_out);
}

static struct rebtf_error *downgrade(const struct rebtf_btf *btf, struct results *r)
{
	REBTF_OPTIONS(rebtf_downgrade_options, options, .kernel = "5.10", .note = tell_downgraded,
		      .note_arg = r);

	return rebtf_downgrade(btf, rebtf_btf_base(btf), &options, &r->btf[0]);
}

static struct rebtf_error *downgrade_base(const struct world *w, struct results *r)
{
	return downgrade(w->base, r);
}

static struct rebtf_error *downgrade_split(const struct world *w, struct results *r)
{
	return downgrade(w->split, r);
}

/* ----------------------------------------------------------------------------------------- sort */

static struct rebtf_error *sort_base(const struct world *w, struct results *r)
{
	tell_number(r, rebtf_btf_is_sorted(w->base));
	return rebtf_sort(w->base, &r->btf[0]);
}

static struct rebtf_error *sort_split(const struct world *w, struct results *r)
{
	tell_number(r, rebtf_btf_is_sorted(w->split));
	return rebtf_sort(w->split, &r->btf[0]);
}

const struct operation split_operations[] = {
	{ "count references", NEEDS_SPLIT, count_refs },
	{ "distill", NEEDS_SPLIT, distill },
	{ "distill with expectations", NEEDS_SPLIT, distill_expects },
	{ "expect later", NEEDS_DISTILLED | NEEDS_BASE, expect_later },
	{ "relocate back", NEEDS_DISTILLED | NEEDS_BASE, relocate_back },
	{ "relocate on", NEEDS_DISTILLED | NEEDS_NEW_BASE, relocate_on },
	{ "reconcile strictly", NEEDS_DISTILLED | NEEDS_NEW_BASE, reconcile_strictly },
	{ "reconcile leniently", NEEDS_DISTILLED | NEEDS_NEW_BASE, reconcile_leniently },
	{ "localize", NEEDS_DISTILLED | NEEDS_NEW_BASE, localize },
	{ "localize strictly", NEEDS_DISTILLED | NEEDS_NEW_BASE, localize_strictly },
	{ "explain", NEEDS_DISTILLED | NEEDS_NEW_BASE, explain },
	{ "find paths", NEEDS_DISTILLED, find_paths },
	{ "compare the last types", NEEDS_BASE | NEEDS_NEW_BASE, compare_last },
	{ "compare structs", NEEDS_BASE | NEEDS_NEW_BASE, compare_structs },
	{ "standalone", NEEDS_SPLIT, make_standalone },
	{ "standalone in full", NEEDS_SPLIT, make_standalone_in_full },
	{ "renumber", NEEDS_STANDALONE | NEEDS_BASE, renumber_back },
	{ "renumber on", NEEDS_STANDALONE | NEEDS_NEW_BASE, renumber_on },
	{ "downgrade", NEEDS_BASE, downgrade_base },
	{ "downgrade split", NEEDS_SPLIT, downgrade_split },
	{ "sort", NEEDS_BASE, sort_base },
	{ "sort split", NEEDS_SPLIT, sort_split },
	{},
};
