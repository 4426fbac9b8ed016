/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The runner of all verbs that make new BTF. Check shares parts of it. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/signer.h"
#include "cli/transform.h"

/* --------------------------------------------------------------------------------- a whole batch */

static bool transform_open_bases(struct transform *t)
{
	const struct options *options = t->options;

	base_init(&t->base, options);
	if (t->verb->base_is_optional && !options->base) {
		struct rebtf_error *err = base_get(&t->base, &t->how.base);

		if (err)
			print_error(err);
		return !err;
	}
	if (!base_open(&t->base, &t->how.base))
		return false;
	if (options->old_base)
		t->how.old_base = base_open_old(options);
	return t->how.old_base || !options->old_base;
}

static void transform_release_inputs(struct transform *t)
{
	rebtf_btf_unref(t->how.old_base);
	base_release(&t->base);
	rebtf_signer_free(t->signer);
}

bool transform_init(struct transform *t, const struct transform_verb *verb,
		    const struct options *options)
{
	*t = (struct transform){
		.options = options,
		.verb = verb,
		.how = {
			.size = sizeof(t->how),
			.base_assumed = !options->base && !options->kernel,
			.any_release = options->any_release,
			.policy = options->policy,
			.local = options->local,
			.trust = options->trust,
			.trust_count = options->trust_count,
			.expects = options->expects,
			.full = options->full,
			.sort = options->sort,
		},
		.reasons = REASONS_INIT,
	};
	if (!open_signer(options, &t->signer))
		return false;
	if (!transform_open_bases(t)) {
		transform_release_inputs(t);
		return false;
	}
	if (verb->has_loadings)
		loadings_init(&t->loadings, options, t->how.base);
	trusted_names_init(&t->trusted_names, options);
	built_for_init(&t->built_for, options, t->how.old_base ?: t->how.base);
	stray_ids_init(&t->stray_ids, options, verb->stray_meaning, verb->stray_remedy);
	destination_init(&t->destination, options);
	return true;
}

void transform_release(struct transform *t)
{
	trusted_names_finish(&t->trusted_names);
	stray_ids_finish(&t->stray_ids);
	destination_release(&t->destination);
	built_for_release(&t->built_for);
	if (t->verb->has_loadings)
		loadings_release(&t->loadings);
	reasons_release(&t->reasons);
	transform_release_inputs(t);
}

/* -------------------------------------------------------------------------------------- questions */

struct rebtf_error *transform_find_form(const struct transform *t, struct transformed *m)
{
	m->old_base = t->how.old_base;
	return rebtf_module_form(m->module, t->how.old_base ?: base_named(&t->base), &m->form);
}

bool transform_is_plain_split(const struct transformed *m)
{
	return m->form == REBTF_FORM_SPLIT && !rebtf_module_has_distilled(m->module);
}

bool transform_asks(struct transform *t, const struct transformed *m, struct result *result,
		    struct refusal *refusal)
{
	struct rebtf_error *err;

	if (!transform_is_plain_split(m) ||
	    !built_for_asks(&t->built_for, m->module, m->form, result, refusal))
		return false;
	err = refusal->err;
	if (!err || rebtf_error_code(err) != REBTF_ERR_WRONG_BASE || t->how.old_base)
		return true;
	refusal->section = ".modinfo";
	snprintf(refusal->message, sizeof(refusal->message),
		 "%s: name the first with --old-base, or distill the module over it first",
		 rebtf_error_message(err));
	rebtf_error_free(err);
	refusal->err = NULL;
	return true;
}

bool transform_is_misfit(const struct transformed *m, const struct rebtf_error *err)
{
	return err && rebtf_error_code(err) == REBTF_ERR_MISMATCH && m->fit.report;
}

/* ------------------------------------------------------------------------------------- one module */

struct rebtf_error *transform_make(struct transform *t, struct transformed *m)
{
	struct rebtf_transform_options how = t->how;
	struct rebtf_error *err;

	how.old_base = m->old_base;
	err = t->verb->make(m->module, &how, &m->made);
	if (m->made && rebtf_transform_trust_btf(m->made))
		trusted_names_look_for(&t->trusted_names, rebtf_transform_trust_btf(m->made));
	return err;
}

/* Whether the file already has the contents to write, in place and without a new signature. */
static struct rebtf_error *find_current(const struct transform *t, struct transformed *m)
{
	if (t->options->out_dir || t->signer ||
	    (rebtf_module_signed(m->module) && t->options->strip_signature))
		return NULL;
	return rebtf_transform_is_current(m->made, &m->current);
}

static struct rebtf_error *transform_write(struct transform *t, struct transformed *m)
{
	struct rebtf_module_output output = {
		.size = sizeof(output),
		.strip_signature = t->options->strip_signature,
		.save_original = t->options->keep,
		.note = t->options->note,
		.signer = t->signer,
		.compress_level = t->options->compress_level,
	};

	rebtf_transform_output(m->made, &output);
	TRY(destination_path(&t->destination, m->file, &m->path));
	stray_ids_note(&t->stray_ids, m->file->path, m->made);
	TRY(find_current(t, m));
	return m->current ? NULL : destination_write(&t->destination, m->file, m->module, &output);
}

static void judge_left(struct transform *t, const struct rebtf_module *module)
{
	if (t->verb->has_loadings)
		loadings_judge_left(&t->loadings, module);
}

static struct rebtf_error *transform_file(struct transform *t, struct transformed *m,
					  struct result *result, enum transform_action *action)
{
	const struct options *options = t->options;

	*action = TRANSFORM_STOP;
	TRY(t->verb->takes_kernels ? open_any(options, m->file, &m->module)
				   : open_file(options, m->file, &m->module));
	if (leave_without_btf(&t->destination, options, m->file, m->module, result)) {
		judge_left(t, m->module);
		return NULL;
	}
	TRY(transform_find_form(t, m));
	*action = t->verb->decide ? t->verb->decide(t, m, result) : TRANSFORM_MAKE;
	if (*action != TRANSFORM_MAKE)
		return NULL;
	TRY(transform_make(t, m));
	if (rebtf_transform_btf(m->made))
		return transform_write(t, m);
	*action = TRANSFORM_LEAVE;
	return NULL;
}

void transform_judge(struct transform *t, struct transformed *m, const struct rebtf_error *err,
		     bool judges_loading)
{
	bool fits;

	m->fit = (struct fit){
		.made = m->made,
		.report = m->made ? rebtf_transform_report(m->made) : NULL,
		.loadings = t->verb->has_loadings ? &t->loadings : NULL,
	};
	fits = !err || transform_is_misfit(m, err);
	if (judges_loading && t->verb->has_loadings)
		m->loading = loadings_judge(&t->loadings, m->module, m->path && !m->current);
	m->fit.loading = m->loading;
	if (fits && m->fit.report && rebtf_report_misfits(m->fit.report) && !t->options->quiet)
		reasons_add(&t->reasons, m->fit.report);
}

void transform_fail(const struct transform *t, const struct transformed *m, struct result *result,
		    struct rebtf_error *err)
{
	const char *path = m->file->path, *remedy;
	char message[256];

	if (rebtf_error_code(err) != REBTF_ERR_WRONG_BASE || !m->module || m->old_base ||
	    !transform_is_plain_split(m) || !t->verb->takes_old_base) {
		result_fail(result, t->options, path, err);
		return;
	}
	remedy = rebtf_module_note(m->module) ? "name that base with --old-base"
					      : "name that kernel with --old-base";
	snprintf(message, sizeof(message), "%s: %s, or distill the module first",
		 rebtf_error_message(err), remedy);
	if (t->options->kernel)
		snprintf(
			message, sizeof(message),
			"relocated to another kernel without a saved original: reinstall the module");
	rebtf_error_free(err);
	result_refuse(result, t->options, path, REBTF_ERR_WRONG_BASE, ".BTF", message);
}

static void transform_tell(struct transform *t, struct transformed *m, enum transform_action action,
			   struct result *result)
{
	const struct options *options = t->options;

	switch (action) {
	case TRANSFORM_MAKE:
		t->verb->report(t, m, result);
		break;
	case TRANSFORM_LEAVE:
		if (t->verb->judges_left)
			judge_left(t, m->module);
		leave_alone(&t->destination, options, m->file, m->module, m->form, result);
		break;
	case TRANSFORM_ELSEWHERE:
		report_left(options, m->file, m->form, true, NULL, result);
		break;
	case TRANSFORM_STOP:
		break;
	}
}

void transformed_release(struct transformed *m)
{
	free(m->path);
	rebtf_loading_free(m->loading);
	rebtf_transform_free(m->made);
	rebtf_module_free(m->module);
}

static void transform_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct transform *t = arg;
	struct transformed m = { .file = file };
	enum transform_action action;
	struct rebtf_error *err = transform_file(t, &m, result, &action);
	bool is_misfit = err && rebtf_error_code(err) == REBTF_ERR_MISMATCH && m.made;

	transform_judge(t, &m, err, is_misfit || (!err && action == TRANSFORM_MAKE));
	if (transform_is_misfit(&m, err)) {
		report_misfit(result, t->options, file->path, m.form, &m.fit);
		rebtf_error_free(err);
	} else if (err) {
		transform_fail(t, &m, result, err);
	} else {
		transform_tell(t, &m, action, result);
	}
	transformed_release(&m);
}

/* -------------------------------------------------------------------------------------- the verb */

enum status transform_run(struct transform *t)
{
	const struct transform_verb *verb = t->verb;
	const struct batch_work work = {
		.doing = verb->doing,
		.one = verb->one ?: transform_one,
		.arg = t,
		.listed = verb->has_loadings ? loadings_open : NULL,
		.listed_arg = &t->loadings,
		.evidence = verb->has_evidence ? &t->built_for.evidence : NULL,
		.takes_kernels = verb->takes_kernels,
	};
	struct summary_words words = verb->words;
	GUARD(memory) char *note = NULL;
	struct text text = {};
	struct tally tally;
	bool ran;

	t->loadings.warns = verb->warns_of_loading;
	ran = batch_run(t->options, &work, &tally);
	tally.base = t->how.base;
	tally.old_base = t->how.old_base;
	if (verb->note) {
		verb->note(t, &text);
		note = text_end(&text);
		words.note = note;
	}
	if (ran)
		print_summary(t->options, &words, &tally, verb->has_reasons ? &t->reasons : NULL,
			      verb->has_loadings ? &t->loadings : NULL);
	return loadings_status(&t->loadings, tally_finish(&tally, ran));
}

static const struct argp_option sort_options[] = {
	{ "sort", OPTION_SORT, NULL, 0,
	  "Sort types by name, as Linux 7.0 and later expect it; by default rebtf does so for these kernels, "
	  "and if the types were sorted",
	  1 },
	{ "no-sort", OPTION_NO_SORT, NULL, 0, "Do not sort types", 1 },
	{}
};

const struct argp sort_argp = { .options = sort_options, .parser = parse_shared };

enum status transform_verb_run(const struct transform_verb *verb, const struct options *options)
{
	enum status status = STATUS_TROUBLE;
	struct transform t;

	if (!transform_init(&t, verb, options))
		return status;
	status = transform_run(&t);
	transform_release(&t);
	return status;
}
