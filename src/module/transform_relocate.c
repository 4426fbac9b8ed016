/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Moves a module from one base to another, or checks whether it fits. Steps:
 *
 *   1. Open the distilled BTF, or distill plain split BTF over its old base.
 *   2. Match it. If only a kernel's verdict is wanted, neither expectations nor trust are needed for
 *      that, and finding them takes time.
 *   3. Find trusted types and expectations. They explain misfits, and a stricter policy needs them.
 *   4. Make the new BTF, or explain the misfits in the report of step 2.
 */
#include "module/name_order.h"
#include "split/expects.h"
#include "split/match.h"
#include "split/relocate.h"
#include "split/report.h"
#include "util/error.h"

static bool transform_is_plain(const struct rebtf_transform *t)
{
	return t->old_form == REBTF_FORM_SPLIT && !rebtf_module_has_distilled(t->module);
}

/* Whether the options ask for exactly the kernel's own checks. */
static bool is_as_kernel(const struct rebtf_transform *t)
{
	return t->options.policy == REBTF_POLICY_KERNEL && !t->options.local;
}

/* --------------------------------------------------------------------------------- distilled BTF */

static struct rebtf_error *open_source(struct rebtf_transform *t)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL; /* BTF over it holds a reference, too */

	if (!transform_is_plain(t))
		return transform_open_distilled(t);
	TRY(transform_open(t, t->options.old_base, &t->split));
	if (is_as_kernel(t))
		return rebtf_distill(t->split, &base, &t->distilled);
	TRY(transform_find_trust(t, t->split));
	return rebtf_distill_expects(t->split, &t->trust, &base, &t->distilled, &t->expects);
}

/* ---------------------------------------------------------------------- trust and expectations */

static struct rebtf_error *seek_expects(struct rebtf_transform *t)
{
	if (t->has_sought_expects)
		return NULL;
	TRY(rebtf_module_expects(t->module, rebtf_btf_base(t->distilled), &t->expects));
	t->has_sought_expects = true;
	return NULL;
}

/*
 * Contradictory expectations mean that the module or the expectations are wrong, so check them even
 * if they are not needed. But looking for a file beside each raw one would take noticeable time.
 */
static struct rebtf_error *check_own_expects(struct rebtf_transform *t)
{
	bool may_expect = t->module->may_expect || t->module->container == REBTF_CONTAINER_ELF;

	return may_expect ? seek_expects(t) : NULL;
}

/* Records the definitions of the old base, for types that this call's options trust. */
static struct rebtf_error *ask_old_base(struct rebtf_transform *t)
{
	struct rebtf_error *err = NULL;
	struct rebtf_btf *expects;

	if (!t->options.any_release)
		err = rebtf_module_check_release(t->module, t->options.old_base);
	if (!err)
		err = rebtf_expects(t->distilled, &t->trust, t->options.old_base, &expects);
	/* The old base has no information about a module built for yet another kernel. */
	if (err && (err->code == REBTF_ERR_WRONG_BASE || err->code == REBTF_ERR_MISMATCH)) {
		rebtf_error_free(err);
		return NULL;
	}
	if (err)
		return err;
	t->recorded = t->expects;
	t->expects = expects;
	return NULL;
}

/*
 * Finds the expectations of a module that was distilled before. The module's own expectations count
 * most, because they also record trust. But only an old base can define the types that this call's
 * options declare as trusted.
 */
static struct rebtf_error *transform_find_expects(struct rebtf_transform *t)
{
	TRY(seek_expects(t));
	if (!t->options.old_base || (t->expects && !t->options.trust_count))
		return NULL;
	return ask_old_base(t);
}

/* If ids only explain a misfit, report the misfit rather than ids that cannot be found. */
static struct rebtf_error *find_explaining_trust(struct rebtf_transform *t, struct rebtf_btf *btf)
{
	struct rebtf_error *err = transform_find_trust(t, btf);

	if (!err || err->code != REBTF_ERR_UNSUPPORTED || !is_as_kernel(t))
		return err;
	rebtf_error_free(err);
	return NULL;
}

static struct rebtf_error *find_split_expects(struct rebtf_transform *t)
{
	TRY(find_explaining_trust(t, t->split));
	rebtf_btf_unref(t->expects);
	t->expects = NULL;
	return expects_of_distilled(t->split, &t->trust, t->distilled, &t->expects);
}

/* Finds trusted types and expectations. */
static struct rebtf_error *transform_look_closer(struct rebtf_transform *t)
{
	if (transform_is_plain(t)) {
		/* For the other policies, distilling has recorded them. */
		if (is_as_kernel(t))
			TRY(find_split_expects(t));
		/* Distilling changed its ids. */
		return find_explaining_trust(t, t->distilled);
	}
	TRY(find_explaining_trust(t, t->distilled));
	return transform_find_expects(t);
}

/* ------------------------------------------------------------------------------------- matching */

static struct rebtf_error *transform_explain(struct rebtf_transform *t,
					     const struct rebtf_reconcile_options *how)
{
	struct rebtf_error *err = relocate_explain(t->distilled, how, t->report);

	return err ?: report_error(t->report);
}

static struct rebtf_error *match_and_explain(struct rebtf_transform *t, struct rebtf_btf **btf)
{
	struct rebtf_reconcile_options how = {
		.size = sizeof(how),
		.policy = t->options.policy,
		.local = t->options.local,
		.trust = &t->trust,
	};

	TRY(open_source(t));
	if (is_as_kernel(t)) {
		TRY(check_own_expects(t));
		TRY(relocate_unexplained(t->distilled, t->options.base, &t->report, btf));
		if (!t->report->misfits)
			return NULL;
	}
	TRY(transform_look_closer(t));
	how.expects = t->expects;
	how.recorded = t->recorded;
	if (t->report)
		return transform_explain(t, &how);
	return rebtf_reconcile(t->distilled, t->options.base, &how, &t->report, btf);
}

struct rebtf_error *transform_relocate(struct rebtf_transform *t, bool wanted)
{
	bool has_ids = t->module->sections[REBTF_SECTION_BTF_IDS].data;
	struct rebtf_error *err;

	t->form = REBTF_FORM_SPLIT;
	err = match_and_explain(t, wanted || has_ids ? &t->btf : NULL);
	/* Writing will check the ids. Without it, do so here: relocated ids are never stray. */
	if (!err && !wanted)
		err = transform_check_ids(t);
	if (err && err->code != REBTF_ERR_MISMATCH) {
		rebtf_report_free(t->report);
		t->report = NULL;
	}
	if (!wanted) {
		rebtf_btf_unref(t->btf);
		t->btf = NULL;
	}
	return err;
}

/* ---------------------------------------------------------------------------------------- verbs */

/* Checks whether split BTF without a distilled original was made over the base. */
static struct rebtf_error *check_made_over_base(struct rebtf_transform *t)
{
	bool known, fits = transform_note_fits(t, &known);
	struct rebtf_error *err = NULL;

	if (!known) {
		/* Every reference must make sense over the base. */
		err = transform_open(t, t->options.base, &t->split);
		fits = !err;
		if (err && err->code != REBTF_ERR_WRONG_BASE)
			return err;
		rebtf_error_free(err);
	}
	if (fits)
		return transform_check_inlined(t);
	return error_at(error_new(REBTF_ERR_WRONG_BASE, rebtf_module_note(t->module)
								? "made over another base"
								: "built for another kernel"),
			t->module->path, ".BTF");
}

static struct rebtf_error *relocate_or_check(const struct rebtf_module *module,
					     const struct rebtf_transform_options *options,
					     bool wanted, struct rebtf_transform **transform)
{
	_cleanup_transform_ struct rebtf_transform *t = NULL;
	struct rebtf_error *err = NULL;

	TRY(transform_new(module, options, true, &t));
	if (t->old_form == REBTF_FORM_DISTILLED || rebtf_module_has_distilled(module) ||
	    (t->old_form == REBTF_FORM_SPLIT && t->options.old_base))
		err = transform_relocate(t, wanted) ?: transform_sort(t) ?: transform_part(t);
	else if (t->old_form == REBTF_FORM_SPLIT)
		err = check_made_over_base(t);
	return transform_finish(&t, err, transform);
}

struct rebtf_error *rebtf_module_relocate(const struct rebtf_module *module,
					  const struct rebtf_transform_options *options,
					  struct rebtf_transform **transform)
{
	return relocate_or_check(module, options, true, transform);
}

struct rebtf_error *rebtf_module_check(const struct rebtf_module *module,
				       const struct rebtf_transform_options *options,
				       struct rebtf_transform **transform)
{
	return relocate_or_check(module, options, false, transform);
}
