/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reconciles one module with a base, with the thoroughness that the options request. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/batch.h"
#include "cli/origin.h"
#include "cli/reconcile.h"

/*
 * A kernel without BTF is of no concern to modules without BTF, which --kernel takes along with all
 * others. So that error waits for a module that needs the base.
 */
static bool open_bases(struct reconciliation *r)
{
	const struct options *options = r->options;
	struct rebtf_error *err = kernels_open_base(options, &r->base);

	if (err && options->kernel && rebtf_error_code(err) == REBTF_ERR_NO_BTF) {
		r->no_base = err;
	} else if (err) {
		print_base_error(options, err);
		return false;
	}
	if (options->old_base)
		r->old_base = open_old_base(options);
	return r->old_base || !options->old_base;
}

bool reconciliation_init(struct reconciliation *r, const struct options *options)
{
	bool opened;

	*r = (struct reconciliation){ .options = options };
	trusted_names_init(&r->trusted_names, options);
	opened = open_bases(r);
	built_for_init(&r->built_for, options, r->old_base ?: r->base);
	if (!opened)
		reconciliation_release(r);
	return opened;
}

void reconciliation_release(struct reconciliation *r)
{
	trusted_names_finish(&r->trusted_names);
	built_for_release(&r->built_for);
	rebtf_error_free(r->no_base);
	rebtf_btf_unref(r->old_base);
	rebtf_btf_unref(r->base);
}

struct rebtf_btf *reconciliation_form_base(const struct reconciliation *r)
{
	return r->old_base ?: named_base(r->options, r->base);
}

static bool is_plain_split(const struct rebtf_module *module, enum rebtf_form form)
{
	return form == REBTF_FORM_SPLIT && !rebtf_module_has_distilled(module);
}

/* Without --old-base, the base is assumed to be the kernel that the module was built for. */
bool reconciliation_asks(struct reconciliation *r, const struct rebtf_module *module,
			 enum rebtf_form form, struct result *result, struct refusal *refusal)
{
	struct rebtf_error *err;

	if (!is_plain_split(module, form) ||
	    !built_for_asks(&r->built_for, module, form, result, refusal))
		return false;
	err = refusal->err;
	if (!err || rebtf_error_code(err) != REBTF_ERR_WRONG_BASE || r->old_base)
		return true;
	refusal->section = ".modinfo";
	snprintf(refusal->message, sizeof(refusal->message),
		 "%s: name the first with --old-base, or distill the module over it first",
		 rebtf_error_message(err));
	rebtf_error_free(err);
	refusal->err = NULL;
	return true;
}

bool reconciliation_stops(struct reconciliation *r, const struct rebtf_module *module,
			  enum rebtf_form form, struct result *result)
{
	struct refusal refusal;

	if (!reconciliation_asks(r, module, form, result, &refusal))
		return false;
	if (!result->held)
		refuse_base(r->options, module, &refusal, result);
	return true;
}

bool can_reconcile(const struct reconciliation *r, const struct rebtf_module *module,
		   enum rebtf_form form)
{
	return form == REBTF_FORM_DISTILLED || rebtf_module_has_distilled(module) ||
	       (form == REBTF_FORM_SPLIT && r->old_base);
}

void refuse_split(const struct reconciliation *r, const struct rebtf_module *module,
		  struct result *result)
{
	const char *path = rebtf_module_path(module);

	if (rebtf_module_note(module))
		result_refuse(
			result, r->options, path, REBTF_ERR_WRONG_BASE, ".BTF",
			"made over another base: name that base with --old-base, or distill the module first");
	else
		result_refuse(
			result, r->options, path, REBTF_ERR_WRONG_BASE, ".BTF",
			"built for another kernel: name that kernel with --old-base, or distill the module first");
}

void reconciled_release(struct reconciled *result)
{
	rebtf_report_free(result->report);
	rebtf_btf_unref(result->btf);
	rebtf_btf_unref(result->recorded);
	rebtf_btf_unref(result->expects);
	rebtf_btf_unref(result->distilled);
	free(result->trust_ids);
}

struct fit fit_of(const struct reconciled *result)
{
	return (struct fit){
		.report = result->report,
		.split = result->distilled,
		.trust = &result->trust,
	};
}

/* -------------------------------------------------------------------------------------- sources */

/* Whether the options request exactly the kernel's own checks. */
static bool is_plain(const struct options *options)
{
	return options->policy == REBTF_POLICY_KERNEL && !options->local;
}

/* Finds the trusted types in @btf: the options' names and the module's ids. */
static struct rebtf_error *find_trust(struct reconciliation *r, const struct rebtf_module *module,
				      const struct rebtf_btf *btf, struct reconciled *result)
{
	struct rebtf_error *err;
	uint32_t *ids;
	size_t count;

	result->trust.names = r->options->trust;
	result->trust.name_count = r->options->trust_count;
	trusted_names_look_for(&r->trusted_names, btf);
	err = rebtf_module_ids(module, btf, &ids, &count);
	/* If the ids would only explain a misfit, report the misfit rather than the missing ids. */
	if (err && rebtf_error_code(err) == REBTF_ERR_UNSUPPORTED && is_plain(r->options)) {
		rebtf_error_free(err);
		return NULL;
	}
	if (err)
		return err;
	free(result->trust_ids);
	result->trust_ids = ids;
	result->trust.ids = ids;
	result->trust.id_count = count;
	return NULL;
}

/* Distills plain split BTF over the base that it was built for. */
static struct rebtf_error *reconcile_distill(struct reconciliation *r,
					     const struct rebtf_module *module, bool expects,
					     struct reconciled *result)
{
	struct rebtf_btf *split, *distilled_base = NULL, *btf = NULL, *found = NULL;
	struct rebtf_error *err;

	err = rebtf_module_btf(module, r->old_base, &split);
	if (err)
		return err;
	if (expects)
		err = find_trust(r, module, split, result);
	if (!err)
		err = expects ? rebtf_distill_expects(split, &result->trust, &distilled_base, &btf,
						      &found)
			      : rebtf_distill(split, &distilled_base, &btf);
	rebtf_btf_unref(split);
	if (err)
		return err;
	rebtf_btf_unref(distilled_base); /* BTF over it holds references */
	rebtf_btf_unref(result->distilled);
	result->distilled = btf;
	result->expects = found;
	return NULL;
}

static struct rebtf_error *reconcile_open_distilled(struct reconciliation *r,
						    const struct rebtf_module *module,
						    enum rebtf_form form, struct reconciled *result)
{
	if (is_plain_split(module, form))
		return reconcile_distill(r, module, false, result);
	return rebtf_module_distilled(module, &result->distilled);
}

/*
 * Finds the expectations of a module that was distilled before. The module's own expectations count
 * most, because they also record trust. But only an old base can define the types that this run's
 * options declare as trusted.
 */
static struct rebtf_error *find_expects(struct reconciliation *r, const struct rebtf_module *module,
					struct reconciled *result)
{
	struct rebtf_error *err;

	err = rebtf_module_expects(module, rebtf_btf_base(result->distilled), &result->expects);
	if (err || !r->old_base || (result->expects && !r->options->trust_count))
		return err;
	err = built_for_check(r->options, module, r->old_base);
	if (err && rebtf_error_code(err) != REBTF_ERR_WRONG_BASE)
		return err;
	if (!err) {
		struct rebtf_btf *expects;

		err = rebtf_expects(result->distilled, &result->trust, r->old_base, &expects);
		if (!err) {
			result->recorded = result->expects;
			result->expects = expects;
			return NULL;
		}
		if (rebtf_error_code(err) != REBTF_ERR_MISMATCH)
			return err;
	}
	/* The old base has no information about a module built for yet another kernel. */
	rebtf_error_free(err);
	return NULL;
}

/* Finds trusted types and expectations of the module. */
static struct rebtf_error *look_closer(struct reconciliation *r, const struct rebtf_module *module,
				       enum rebtf_form form, struct reconciled *result)
{
	struct rebtf_error *err;

	if (form == REBTF_FORM_SPLIT && !rebtf_module_has_distilled(module)) {
		err = reconcile_distill(r, module, true, result);
		/* Distilling changed its ids. */
		return err ?: find_trust(r, module, result->distilled, result);
	}
	err = find_trust(r, module, result->distilled, result);
	return err ?: find_expects(r, module, result);
}

/* ----------------------------------------------------------------------------------------- fits */

/*
 * Contradictory expectations mean that the module or the expectations are wrong, so always check
 * them.
 */
static struct rebtf_error *reconcile_check_expects(const struct rebtf_module *module,
						   const struct reconciled *result)
{
	struct rebtf_btf *expects = NULL;
	struct rebtf_error *err;

	err = rebtf_module_expects(module, rebtf_btf_base(result->distilled), &expects);
	rebtf_btf_unref(expects);
	return err;
}

static struct rebtf_error *reconcile_types(struct reconciliation *r, const struct rebtf_file *file,
					   const struct rebtf_module *module, enum rebtf_form form,
					   bool wanted, struct reconciled *result)
{
	struct rebtf_btf **btf = wanted ? &result->btf : NULL;
	struct rebtf_reconcile_options how = {
		.policy = r->options->policy,
		.local = r->options->local,
		.trust = &result->trust,
	};
	struct rebtf_error *err;

	err = reconcile_open_distilled(r, module, form, result);
	if (err)
		return err;
	if (is_plain(r->options)) {
		/* In a batch, looking for a file beside each raw one would take noticeable time. */
		if (file->may_expect || rebtf_module_container(module) == REBTF_CONTAINER_ELF)
			err = reconcile_check_expects(module, result);
		if (err)
			return err;
		err = rebtf_relocate(result->distilled, r->base, &result->report, btf);
		if (!err || rebtf_error_code(err) != REBTF_ERR_MISMATCH)
			return err;
		rebtf_error_free(err);
		rebtf_report_free(result->report);
		result->report = NULL;
	}
	err = look_closer(r, module, form, result);
	if (err)
		return err;
	/* After a misfit: the same again, with everything that explains or resolves it. */
	how.expects = result->expects;
	how.recorded = result->recorded;
	return rebtf_reconcile(result->distilled, r->base, &how, &result->report, btf);
}

/* Checks that the ids in .BTF_ids can be found, which requires the new base. */
static struct rebtf_error *check_ids(const struct reconciliation *r,
				     const struct rebtf_module *module,
				     const struct reconciled *result)
{
	const struct rebtf_module_output output = {
		.btf = result->btf,
		.form = REBTF_FORM_SPLIT,
		.made_over = r->base,
		.old_base = r->old_base,
	};
	size_t count;
	char **stray;
	struct rebtf_error *err = rebtf_module_check_ids(module, &output, &stray, &count);

	/* Relocated ids are never stray. */
	if (!err)
		free(stray);
	return err;
}

struct rebtf_error *reconcile(struct reconciliation *r, const struct rebtf_file *file,
			      const struct rebtf_module *module, enum rebtf_form form, bool wanted,
			      struct reconciled *result)
{
	size_t size;
	bool has_ids = rebtf_module_section(module, REBTF_SECTION_BTF_IDS, &size);
	struct rebtf_error *err = reconcile_types(r, file, module, form, wanted || has_ids, result);

	if (!err && has_ids && !wanted) {
		err = check_ids(r, module, result);
		if (err) {
			/* The types fit, but the module still fails. */
			rebtf_report_free(result->report);
			result->report = NULL;
		}
	}
	if (!wanted) {
		rebtf_btf_unref(result->btf);
		result->btf = NULL;
	}
	return err;
}
