/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: expectations, and reconciling a module. The input is up to four files, each after
 * its length: the new base, the module's base, the module, and expectations over the module's base.
 * The target distills the module and reconciles it with its expectations. If the base is a
 * distilled base, it also reconciles the module directly, with the expectations of the input. All
 * results must open again unchanged.
 */
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 4);
}

/* Explains why each type does not fit, like the command. */
static void explain(struct rebtf_btf *split, const struct rebtf_trust *trust,
		    const struct rebtf_report *report)
{
	struct rebtf_paths *paths;

	if (!ok(rebtf_paths_new(split, trust, &paths)))
		return;
	for (size_t i = 0; i < rebtf_report_count(report); i++) {
		const struct rebtf_match *match = rebtf_report_at(report, i);
		struct rebtf_change_list *changes;
		uint32_t other = match->target;
		struct rebtf_path *path;

		if (match->verdict == REBTF_VERDICT_MATCHED)
			continue;
		if (ok(rebtf_paths_find(paths, match->id, match->reliance, &path)))
			rebtf_path_free(path);
		rebtf_match_remedy(report, match);
		if (!other && match->candidate_count)
			other = match->candidates[0];
		if (!match->expected || !other)
			continue;
		if (ok(rebtf_compare(rebtf_report_expects(report), match->expected,
				     rebtf_report_new_base(report), other, &changes)))
			rebtf_change_list_free(changes);
	}
	rebtf_paths_free(paths);
}

static void check_report(const struct rebtf_report *report, const struct rebtf_btf *result)
{
	size_t misfits = 0, localized = 0;

	for (size_t i = 0; i < rebtf_report_count(report); i++) {
		const struct rebtf_match *match = rebtf_report_at(report, i);

		misfits += match->verdict != REBTF_VERDICT_MATCHED;
		localized += match->localized;
		if (match->localized && match->verdict == REBTF_VERDICT_MATCHED)
			fail("what fits was localized");
		if (result && match->localized != !!rebtf_btf_type(result, match->local)->info)
			fail("what was localized is not there");
	}
	if (misfits != rebtf_report_misfits(report) || localized != rebtf_report_localized(report))
		fail("the report counts wrong");
	if (result && misfits != localized)
		fail("there is a result, but it does not fit");
}

static void reconcile(struct rebtf_btf *split, struct rebtf_btf *new_base,
		      struct rebtf_btf *expects, const struct rebtf_trust *trust)
{
	/* At most the checks for modules (relocate.c). */
	enum verdict before = worse(TAKEN_FROM_MODULES, verdict_of(split));

	before = worse(before, verdict_of(new_base));
	if (expects)
		before = worse(before, verdict_of(expects));
	for (int i = 0; i < 6; i++) {
		const struct rebtf_reconcile_options options = {
			.size = sizeof(struct rebtf_reconcile_options),
			.policy = i / 2,
			.local = i % 2,
			.expects = expects,
			.trust = trust,
		};
		struct rebtf_report *report = NULL;
		struct rebtf_btf *result = NULL;

		ok(rebtf_reconcile(split, new_base, &options, &report, &result));
		if (report) {
			check_report(report, result);
			explain(split, trust, report);
		}
		if (result) {
			must_reopen(result, NULL);
			must_be_taken(result, before);
		}
		rebtf_btf_unref(result);
		rebtf_report_free(report);
	}
}

static void distill(struct rebtf_btf *split, struct rebtf_btf *new_base,
		    const struct rebtf_trust *trust)
{
	struct rebtf_btf *distilled, *over_distilled, *expects, *later;

	if (!ok(rebtf_distill_expects(split, trust, &distilled, &over_distilled, &expects)))
		return;
	must_reopen(distilled, NULL);
	must_reopen(over_distilled, NULL);
	must_reopen(expects, NULL);
	reconcile(over_distilled, new_base, expects, NULL);
	if (ok(rebtf_expects(over_distilled, NULL, new_base, &later))) {
		must_reopen(later, NULL);
		reconcile(over_distilled, rebtf_btf_base(split), later, NULL);
		rebtf_btf_unref(later);
	}
	rebtf_btf_unref(expects);
	rebtf_btf_unref(over_distilled);
	rebtf_btf_unref(distilled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "device", "sk_buff" };
	struct rebtf_btf *new_base, *base = NULL, *split = NULL, *expects = NULL;
	struct input input = { data, size };
	struct rebtf_trust trust = { .size = sizeof(struct rebtf_trust),
				     .names = names,
				     .name_count = 2 };
	uint32_t trusted_id;

	new_base = next_btf(&input, NULL);
	if (new_base)
		base = next_btf(&input, NULL);
	if (base)
		split = next_btf(&input, base);
	if (split) {
		trusted_id = rebtf_btf_type_count(split) / 2;
		trust.ids = &trusted_id;
		trust.id_count = 1;
		expects = next_btf(&input, base);
		distill(split, new_base, &trust);
		reconcile(split, new_base, expects, &trust);
		reconcile(split, new_base, NULL, NULL);
	}
	rebtf_btf_unref(expects);
	rebtf_btf_unref(split);
	rebtf_btf_unref(base);
	rebtf_btf_unref(new_base);
	return 0;
}
