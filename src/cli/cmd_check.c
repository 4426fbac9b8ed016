/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf check: would modules relocate onto a kernel? Writes nothing. */
#include "rebtf.h"

#include "cli/batch.h"
#include "cli/destination.h"
#include "cli/json.h"
#include "cli/origin.h"
#include "cli/reconcile.h"
#include "cli/report.h"
#include "cli/summary.h"

struct inspection {
	const struct options *options;
	struct reconciliation reconciliation;
	struct loadings loadings;
	struct reasons reasons;
};

/*
 * Reports a module that fits. @fit has no report if the module needs no base, or is already over
 * the base.
 */
static void report_fit(const struct inspection *c, const struct rebtf_module *module,
		       enum rebtf_form form, const struct fit *fit, struct result *result)
{
	const struct options *options = c->options;
	const char *path = rebtf_module_path(module);
	bool is_split = form == REBTF_FORM_SPLIT && !fit->report;
	struct json_object *object;
	enum origin origin;

	result->outcome = OUTCOME_DONE;
	result->built_for_base = is_split && !rebtf_module_note(module);
	if (fit->report)
		report_done(result, options, path, "fits", fit);
	/* Skip the work if no output follows. */
	if (options->quiet ||
	    (!options->json && !options->verbose && (fit->report || !report_is_refused(fit))))
		return;
	origin = is_split ? ORIGIN_THIS : origin_of(module, c->reconciliation.base);
	if (options->json) {
		object = result_json(options, path, "fits");
		json_add_string(object, "form", rebtf_form_name(form));
		origin_add_json(object, origin);
		json_add_number(object, "base_types",
				fit->report ? rebtf_report_count(fit->report) : 0);
		report_add_given_up_json(object, fit->report);
		report_add_json(object, options, fit, report_limit(path));
		report_add_loading_json(object, fit);
		json_print(&result->out, object);
		return;
	}
	if (result->built_for_base) {
		text_add_name(&result->out, path);
		text_add(&result->out, ": fits, as it was built for this kernel\n");
		loadings_add_text(&result->out, fit->loadings, fit->loading, false);
		return;
	}
	if (!fit->report) {
		text_add_name(&result->out, path);
		text_addf(&result->out, ": fits, as it is %s%s\n", rebtf_form_name(form),
			  is_split ? " from this kernel" : "");
		loadings_add_text(&result->out, fit->loadings, fit->loading, false);
	}
	if (options->verbose && origin != ORIGIN_UNKNOWN) {
		text_add(&result->out, "    made over ");
		text_add(&result->out, origin == ORIGIN_THIS ? "" : "another base than ");
		text_add_name(&result->out, base_label(options));
		text_add(&result->out, origin == ORIGIN_THIS ? " itself\n" : "\n");
	}
}

/* Reports the loading verdict of a module without BTF, or without a verdict on its BTF. */
static void add_loading(const struct inspection *c, const char *path, const struct fit *fit,
			bool has_btf, struct result *result)
{
	if (!fit->loading || c->options->quiet)
		return;
	if (c->options->json) {
		result->loading = loading_json(fit->loadings, fit->loading);
	} else if (c->options->verbose || report_is_refused(fit)) {
		text_add_name(&result->out, path);
		text_add(&result->out, has_btf ? ": no verdict on its BTF\n" : ": has no BTF\n");
		loadings_add_text(&result->out, fit->loadings, fit->loading, has_btf);
	}
}

/* Judges the loading of a module without BTF, before anything else is reported of it. */
static void judge_bare(struct inspection *c, const char *path, const struct rebtf_module *module,
		       struct result *result)
{
	const struct options *options = c->options;
	struct rebtf_loading *loading;

	if (!module || rebtf_module_has_btf(module))
		return;
	if (!options->verbose && !options->require_loadable && !options->json)
		return;
	loading = loadings_judge(&c->loadings, module, false);
	add_loading(c, path, &(struct fit){ .loadings = &c->loadings, .loading = loading }, false,
		    result);
	rebtf_loading_free(loading);
}

/* Whether the module does not belong to the base. Then only its loading is judged. */
static bool cmd_check_is_refused(struct inspection *c, const struct rebtf_module *module,
				 enum rebtf_form form, struct result *result)
{
	struct rebtf_loading *loading;
	struct refusal refusal;

	if (!reconciliation_asks(&c->reconciliation, module, form, result, &refusal))
		return false;
	if (result->held)
		return true;
	loading = loadings_judge(&c->loadings, module, false);
	add_loading(c, rebtf_module_path(module),
		    &(struct fit){ .loadings = &c->loadings, .loading = loading }, true, result);
	refuse_base(c->options, module, &refusal, result);
	rebtf_loading_free(loading);
	return true;
}

/* Whether the error is in the module itself, not a lack of memory or a concurrent change. */
static bool is_for_good(const struct rebtf_error *err)
{
	return !err || (rebtf_error_code(err) != REBTF_ERR_NOMEM &&
			rebtf_error_code(err) != REBTF_ERR_CHANGED);
}

static void check_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct inspection *c = arg;
	struct reconciled reconciled = {};
	struct rebtf_btf *base = c->reconciliation.base;
	struct rebtf_loading *loading = NULL;
	struct rebtf_module *module = NULL;
	enum origin origin = ORIGIN_THIS;
	enum rebtf_form form;
	struct fit fit;
	struct rebtf_error *err;

	err = open_file(c->options, file, &module);
	judge_bare(c, file->path, module, result);
	if (leave_without_btf(NULL, c->options, file, module, result)) {
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = rebtf_module_form(module, reconciliation_form_base(&c->reconciliation),
					&form);
	if (!err && cmd_check_is_refused(c, module, form, result)) {
		rebtf_module_free(module);
		return;
	}
	if (!err && can_reconcile(&c->reconciliation, module, form))
		err = reconcile(&c->reconciliation, file, module, form, false, &reconciled);
	else if (!err && form == REBTF_FORM_SPLIT)
		err = origin_of_split(module, base, &origin);

	if (module && is_for_good(err))
		loading = loadings_judge(&c->loadings, module, false);
	fit = fit_of(&reconciled);
	fit.loadings = &c->loadings;
	fit.loading = loading;
	if (fit.report && rebtf_report_misfits(fit.report) && !c->options->quiet)
		reasons_add(&c->reasons, fit.report);
	if (err && rebtf_error_code(err) == REBTF_ERR_MISMATCH && fit.report) {
		report_misfit(result, c->options, file->path, form, &fit);
		rebtf_error_free(err);
	} else if (err) {
		add_loading(c, file->path, &fit, true, result);
		result_fail(result, c->options, file->path, err);
	} else if (origin == ORIGIN_OTHER) {
		add_loading(c, file->path, &fit, true, result);
		refuse_split(&c->reconciliation, module, result);
	} else {
		report_fit(c, module, form, &fit, result);
	}
	rebtf_loading_free(loading);
	reconciled_release(&reconciled);
	rebtf_module_free(module);
}

static enum status check_all(struct inspection *c)
{
	static const struct summary_words words = {
		.verb = "check",
		.outcome = "fits",
		.one = "fits",
		.many = "fit",
		.kept = "would be kept",
		.built_for_base = "built for this kernel",
	};
	const struct batch_work work = {
		.doing = "checking",
		.one = check_one,
		.arg = c,
		.listed = loadings_offer,
		.listed_arg = &c->loadings,
		.evidence = &c->reconciliation.built_for.evidence,
	};
	struct tally tally;
	bool ran;

	ran = batch_run(c->options, &work, &tally);
	tally.base = c->reconciliation.base;
	tally.old_base = c->reconciliation.old_base;
	if (ran)
		print_summary(c->options, &words, &tally, &c->reasons, &c->loadings);
	return loadings_status(&c->loadings, tally_finish(&tally, ran));
}

static enum status run_check(const struct options *options)
{
	struct inspection c = { .options = options, .reasons = REASONS_INIT };
	enum status status = STATUS_TROUBLE;

	if (!reconciliation_init(&c.reconciliation, options))
		return STATUS_TROUBLE;
	if (loadings_init(&c.loadings, options, c.reconciliation.base))
		status = check_all(&c);
	loadings_release(&c.loadings);
	reasons_release(&c.reasons);
	reconciliation_release(&c.reconciliation);
	return status;
}

static const struct argp_child children[] = {
	{ .argp = &base_argp },	     { .argp = &cache_argp },
	{ .argp = &built_for_argp }, { .argp = &loading_argp },
	{ .argp = &fit_argp },	     { .argp = &trust_argp },
	{ .argp = &batch_argp },     {},
};

const struct verb verb_check = {
	.name = "check",
	.summary = "report whether modules would relocate, and why not",
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Reports for each module whether 'rebtf relocate' would make it refer to the kernel "
		       "BASE. If not, names the types that do not fit, and in the end the most frequent of "
		       "them. DIR stands for every module in it. Writes no files."
		       "\v"
		       "'(embedded)': the type lies inside one of the module's own types, so the module was "
		       "compiled with its size.\n"
		       "\n"
		       "Examples:\n"
		       "\n"
		       "  rebtf check --base 6.1.0-56-amd64 kept\n"
		       "  rebtf check --old-base 6.1.0-47-amd64 --base 6.1.0-56-amd64 dummy.ko\n"
		       "  rebtf check --policy strict --base 6.1.0-56-amd64 kept\n"
		       "  rebtf check --json --base vmlinux.btf kept | jq -r .summary\n",
		.children = children,
	},
	.run = run_check,
};
