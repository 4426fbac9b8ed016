/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: distill, then relocate. The input is three files, each after its length: a base, BTF
 * split from it, and another base. Relocated onto its own base, a module has its old types.
 * Relocated onto the other base, it must open unchanged.
 */
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 3);
}

static void check_counts(const struct rebtf_report *report)
{
	size_t misfits = 0;

	for (size_t i = 0; i < rebtf_report_count(report); i++)
		misfits += rebtf_report_at(report, i)->verdict != REBTF_VERDICT_MATCHED;
	if (misfits != rebtf_report_misfits(report))
		fail("the report counts wrong");
}

static struct rebtf_btf *relocate(const struct rebtf_btf *split, struct rebtf_btf *new_base)
{
	struct rebtf_report *report = NULL;
	struct rebtf_btf *relocated = NULL;

	ok(rebtf_relocate(split, new_base, &report, &relocated));
	if (report) {
		check_counts(report);
		if (!rebtf_report_misfits(report) != !!relocated)
			fail("it fits and there is no result, or the other way round");
	}
	rebtf_report_free(report);
	return relocated;
}

/*
 * A type that is reached only through pointers may have another size in the new base, or be a FWD.
 * A program's BTF must not contain an array of such a type, even behind a pointer.
 */
static enum verdict as_module(enum verdict before, const struct rebtf_btf *new_base)
{
	return worse(TAKEN_FROM_MODULES, worse(before, verdict_of(new_base)));
}

static void transform(const struct rebtf_btf *split, struct rebtf_btf *base,
		      struct rebtf_btf *new_base)
{
	struct rebtf_btf *distilled, *over_distilled, *back, *relocated;
	enum verdict before = verdict_of(split);

	if (!ok(rebtf_distill(split, &distilled, &over_distilled)))
		return;
	if (!rebtf_btf_is_distilled_base(distilled))
		fail("distilling made something else than a distilled base");
	must_reopen(distilled, NULL);
	must_reopen(over_distilled, NULL);
	must_be_same_types(split, over_distilled, false);
	/*
	 * The distilled base of a module without references is empty. Only modules may have an
	 * empty base.
	 */
	must_be_taken(distilled, worse(before, TAKEN_FROM_MODULES));
	must_be_taken(over_distilled, before);
	back = relocate(over_distilled, base);
	if (back) {
		must_be_same_types(split, back, true);
		must_be_taken(back, before);
		must_reopen(back, NULL);
	}
	relocated = new_base ? relocate(over_distilled, new_base) : NULL;
	if (relocated) {
		look_at(relocated);
		must_reopen(relocated, NULL);
		must_be_taken(relocated, as_module(before, new_base));
	}
	rebtf_btf_unref(relocated);
	rebtf_btf_unref(back);
	rebtf_btf_unref(over_distilled);
	rebtf_btf_unref(distilled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_btf *base = next_btf(&input, NULL), *split = NULL, *new_base = NULL;

	if (base)
		split = next_btf(&input, base);
	if (split) {
		new_base = next_btf(&input, NULL);
		transform(split, base, new_base);
		/*
		 * If the input is already split from a distilled base, it can be relocated
		 * directly.
		 */
		if (new_base && rebtf_btf_is_distilled_base(base))
			rebtf_btf_unref(relocate(split, new_base));
	}
	rebtf_btf_unref(new_base);
	rebtf_btf_unref(split);
	rebtf_btf_unref(base);
	return 0;
}
