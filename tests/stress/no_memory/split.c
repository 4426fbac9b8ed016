/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on split BTF and its base, whose types are matched (no_memory.h). */
#include "no_memory.h"

static struct rebtf_error *distill(struct things *t, struct outcome *outcome)
{
	return rebtf_distill(t->split, &outcome->btf[0], &outcome->btf[1]);
}

static const char *const trusted_names[] = { "type10", "type20", "own130", "nothing" };
static const struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
					  .names = trusted_names,
					  .name_count = 4 };

static struct rebtf_error *distill_expects(struct things *t, struct outcome *outcome)
{
	return rebtf_distill_expects(t->split, &trust, &outcome->btf[0], &outcome->btf[1],
				     &outcome->btf[2]);
}

static struct rebtf_error *expect_later(struct things *t, struct outcome *outcome)
{
	return rebtf_expects(t->parts.split, &trust, t->base, &outcome->btf[0]);
}

static struct rebtf_error *relocate(struct things *t, struct outcome *outcome)
{
	return rebtf_relocate(t->parts.split, t->base, &outcome->report, &outcome->btf[0]);
}

static struct rebtf_error *relocate_what_does_not_fit(struct things *t, struct outcome *outcome)
{
	return rebtf_relocate(t->parts.split, t->new_base, &outcome->report, &outcome->btf[0]);
}

static struct rebtf_error *reconcile(struct things *t, struct outcome *outcome)
{
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options),
		.policy = REBTF_POLICY_STRICT,
		.local = true,
		.expects = t->parts.expects,
		.trust = NULL,
	};

	return rebtf_reconcile(t->parts.split, t->new_base, &options, &outcome->report,
			       &outcome->btf[0]);
}

static struct rebtf_error *reconcile_with_trust(struct things *t, struct outcome *outcome)
{
	const struct rebtf_reconcile_options options = {
		.size = sizeof(struct rebtf_reconcile_options),
		.policy = REBTF_POLICY_STRICT,
		.expects = t->parts.expects,
		.trust = &trust,
	};

	return rebtf_reconcile(t->parts.split, t->new_base, &options, &outcome->report,
			       &outcome->btf[0]);
}

static struct rebtf_error *make_standalone(struct things *t, struct outcome *outcome)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = true);
	TRY(rebtf_standalone(t->split, NULL, &outcome->btf[0]));
	return rebtf_standalone(t->split, &extent, &outcome->btf[1]);
}

static struct rebtf_error *renumber(struct things *t, struct outcome *outcome)
{
	return rebtf_renumber(t->standalone, t->base, &outcome->btf[0]);
}

static struct rebtf_error *count_base_refs(struct things *t, struct outcome *outcome)
{
	size_t count;

	TRY(rebtf_btf_count_base_refs(t->split, &count));
	tell(outcome, &count, sizeof(count));
	return NULL;
}

void split_btf_is_distilled(void **state)
{
	(void)state;
	try_all(distill, NULL);
	try_all(distill_expects, NULL);
	try_all(expect_later, NULL);
	try_all(count_base_refs, NULL);
}

void distilled_btf_is_relocated_and_reconciled(void **state)
{
	(void)state;
	try_all(relocate, NULL);
	try_all(relocate_what_does_not_fit, NULL);
	try_all(reconcile, NULL);
	try_all(reconcile_with_trust, NULL);
}

void btf_is_made_standalone_and_presented(void **state)
{
	(void)state;
	try_all(make_standalone, NULL);
	try_all(renumber, NULL);
}

static struct rebtf_error *find_ways(struct things *t, struct outcome *outcome)
{
	struct rebtf_error *err = NULL;
	struct rebtf_paths *paths;
	struct rebtf_path *path;

	TRY(rebtf_paths_new(t->parts.split, NULL, &paths));
	for (uint32_t id = 1; !err && id < rebtf_btf_type_count(t->parts.base); id++) {
		err = rebtf_paths_find(paths, id, REBTF_RELIANCE_POINTER_ONLY, &path);
		for (size_t i = 0; !err && i < rebtf_path_count(path); i++)
			tell(outcome, &rebtf_path_at(path, i)->type_id, sizeof(uint32_t));
		if (!err)
			rebtf_path_free(path);
	}
	rebtf_paths_free(paths);
	return err;
}

static struct rebtf_error *compare(struct things *t, struct outcome *outcome)
{
	for (uint32_t id = 1; id < rebtf_btf_type_count(t->base); id++) {
		const struct rebtf_type *type = rebtf_btf_type(t->base, id);
		struct rebtf_change_list *changes;
		size_t count;
		uint32_t other;

		if (rebtf_type_kind(type) != REBTF_KIND_STRUCT || !type->name_off)
			continue;
		/* Any other struct is suitable. */
		for (other = rebtf_btf_type_count(t->new_base) - 1; other; other--) {
			if (rebtf_type_kind(rebtf_btf_type(t->new_base, other)) ==
			    REBTF_KIND_STRUCT)
				break;
		}
		TRY(rebtf_compare(t->base, id, t->new_base, other, &changes));
		count = rebtf_change_list_count(changes);
		tell(outcome, &count, sizeof(count));
		rebtf_change_list_free(changes);
	}
	return NULL;
}

void what_does_not_fit_is_explained(void **state)
{
	(void)state;
	try_all(find_ways, NULL);
	try_all(compare, NULL);
}
