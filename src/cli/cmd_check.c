/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf check: would modules relocate onto a kernel? Writes no file. */
#include "rebtf.h"

#include "cli/guards.h"
#include "cli/json.h"
#include "cli/loaded.h"
#include "cli/origin.h"
#include "cli/transform.h"

/*
 * Reports a module that fits. Its fit has no report if the module needs no base, or is already over
 * the base.
 */
static void report_fit(const struct transform *t, const struct transformed *m,
		       struct result *result)
{
	const struct options *options = t->options;
	const struct fit *fit = &m->fit;
	const char *path = m->file->path;
	enum rebtf_form form = m->form;
	bool is_split = form == REBTF_FORM_SPLIT && !fit->report;
	struct json_object *object;
	enum origin origin;

	result->outcome = OUTCOME_DONE;
	result->built_for_base = is_split && !rebtf_module_note(m->module);
	if (fit->report)
		report_done(result, options, path, "fits", fit);
	/* Skip the work if no output follows. */
	if (options->quiet ||
	    (!options->json && !options->verbose && (fit->report || !report_is_refused(fit))))
		return;
	origin = is_split ? ORIGIN_THIS : origin_of(m->module, t->how.base);
	if (options->json) {
		object = result_json(options, path, "fits");
		json_add_string(object, "form", rebtf_form_name(form));
		origin_add_json(object, origin);
		json_add_number(object, "base_types",
				fit->report ? rebtf_report_count(fit->report) : 0);
		report_add_localized_json(object, fit->report);
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
static void add_loading(const struct transform *t, const struct transformed *m, bool has_btf,
			struct result *result)
{
	const struct fit *fit = &m->fit;

	if (!fit->loading || t->options->quiet)
		return;
	if (t->options->json) {
		result->loading = loading_json(fit->loadings, fit->loading);
	} else if (t->options->verbose || report_is_refused(fit)) {
		text_add_name(&result->out, m->file->path);
		text_add(&result->out, has_btf ? ": no verdict on its BTF\n" : ": has no BTF\n");
		loadings_add_text(&result->out, fit->loadings, fit->loading, has_btf);
	}
}

/* Judges the loading of a module without BTF, before anything else is reported of it. */
static void judge_bare(struct transform *t, struct transformed *m, struct result *result)
{
	const struct options *options = t->options;

	if (rebtf_module_has_btf(m->module) ||
	    (!options->verbose && !options->require_loadable && !options->json))
		return;
	transform_judge(t, m, NULL, true);
	add_loading(t, m, false, result);
}

/* Whether the module does not belong to the base. Then only its loading is judged. */
static bool cmd_check_is_refused(struct transform *t, struct transformed *m, struct result *result)
{
	struct refusal refusal;

	if (!transform_asks(t, m, result, &refusal))
		return false;
	if (result->held)
		return true;
	transform_judge(t, m, NULL, true);
	add_loading(t, m, true, result);
	refuse_base(t->options, m->module, &refusal, result);
	return true;
}

/* Whether the error is in the module itself, not a lack of memory or a concurrent change. */
static bool is_for_good(const struct rebtf_error *err)
{
	return !err || (rebtf_error_code(err) != REBTF_ERR_NOMEM &&
			rebtf_error_code(err) != REBTF_ERR_CHANGED);
}

/* Sets @complete if the result is, without a verdict on the BTF. */
static struct rebtf_error *check_file(struct transform *t, struct transformed *m,
				      struct result *result, bool *complete)
{
	TRY(open_file(t->options, m->file, &m->module));
	judge_bare(t, m, result);
	*complete = leave_without_btf(NULL, t->options, m->file, m->module, result);
	if (*complete)
		return NULL;
	TRY(transform_find_form(t, m));
	*complete = cmd_check_is_refused(t, m, result);
	return *complete ? NULL : transform_make(t, m);
}

static void check_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct transform *t = arg;
	struct transformed m = { .file = file };
	bool complete = false;
	struct rebtf_error *err = check_file(t, &m, result, &complete);

	if (!complete)
		transform_judge(t, &m, err, m.module && is_for_good(err));
	if (transform_is_misfit(&m, err)) {
		report_misfit(result, t->options, file->path, m.form, &m.fit);
		rebtf_error_free(err);
	} else if (err) {
		add_loading(t, &m, true, result);
		transform_fail(t, &m, result, err);
	} else if (!complete) {
		report_fit(t, &m, result);
	}
	transformed_release(&m);
}

static enum status run_check(const struct options *options)
{
	static const struct transform_verb verb = {
		.doing = "checking",
		.words = {
			.verb = "check",
			.outcome = "fits",
			.one = "fits",
			.many = "fit",
			.kept = "would be kept",
			.built_for_base = "built for this kernel",
		},
		.has_evidence = true,
		.has_reasons = true,
		.has_loadings = true,
		.takes_old_base = true,
		.make = rebtf_module_check,
		.one = check_one,
	};

	if (options->loaded)
		return loaded_run(options);
	return transform_verb_run(&verb, options);
}

static const struct argp_option own_options[] = {
	{ "loaded", OPTION_LOADED, NULL, 0,
	  "Report which modules of the running kernel have no BTF, why, and what gives it to them; with "
	  "--root, the root directory of the running system is DIR",
	  1 },
	{}
};

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
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR...\n--loaded",
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
		       "  rebtf check --loaded\n"
		       "  rebtf check --json --base vmlinux.btf kept |\n"
		       "        jq 'select(.summary).summary'\n",
		.children = children,
	},
	.run = run_check,
};
