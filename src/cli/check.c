/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf check: would modules relocate onto a kernel? Writes nothing. */
#include "rebtf.h"

#include "cli/batch.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/summary.h"

struct inspection {
	const struct options *options;
	struct rebtf_btf *base;
	struct rebtf_btf *old_base; /* NULL: none was given */
	struct reasons reasons;
};

/* The module's BTF over a distilled base: its own, or one that is made here of plain split BTF. */
static struct rebtf_error *distilled_btf(const struct inspection *c,
					 const struct rebtf_module *module, enum rebtf_form form,
					 struct rebtf_btf **btf)
{
	struct rebtf_btf *split, *distilled_base;
	struct rebtf_error *err;

	if (form != REBTF_FORM_SPLIT)
		return rebtf_module_btf(module, NULL, btf);
	err = rebtf_module_btf(module, c->old_base, &split);
	if (err)
		return err;
	err = rebtf_distill(split, &distilled_base, btf);
	rebtf_unref(split);
	if (!err)
		rebtf_unref(distilled_base); /* *btf holds a reference */
	return err;
}

static struct rebtf_error *check_module(const struct inspection *c,
					const struct rebtf_module *module, enum rebtf_form form,
					struct rebtf_btf **btf, struct rebtf_report **report)
{
	struct rebtf_error *err;

	err = distilled_btf(c, module, form, btf);
	/* What is standalone, or empty, refers to no base that it could miss. */
	if (!err && rebtf_base(*btf))
		err = rebtf_relocate(*btf, c->base, report, NULL);
	return err;
}

/* A report of NULL in @fit is that of a module that needs no base. */
static void report_fit(const struct options *options, const char *path, enum rebtf_form form,
		       const struct fit *fit, struct result *result)
{
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (fit->report)
		report_done(result, options, path, "fits", fit);
	if (options->format == OUTPUT_JSON) {
		object = json_new_object();
		json_add_string(object, "file", path);
		json_add_string(object, "outcome", "fits");
		json_add_string(object, "form", rebtf_form_name(form));
		json_add_number(object, "base_types", fit->report ? fit->report->count : 0);
		report_add_given_up_json(object, fit->report);
		json_add(object, "misfits", fit->report ? report_json(fit) : json_new_array());
		json_print(&result->out, object);
	} else if (options->verbose && !fit->report) {
		text_add_name(&result->out, path);
		text_addf(&result->out, ": fits, as it is %s\n", rebtf_form_name(form));
	}
}

static void check_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct inspection *c = arg;
	struct rebtf_module *module = NULL;
	struct rebtf_report *report = NULL;
	struct rebtf_btf *btf = NULL;
	struct fit fit;
	enum rebtf_form form = REBTF_FORM_DISTILLED;
	bool needs_old_base = false;
	struct rebtf_error *err;

	err = open_module(c->options, file->path, &module);
	if (!err)
		err = rebtf_module_form(module, c->old_base, &form);
	if (!err) {
		needs_old_base = form == REBTF_FORM_SPLIT && !c->old_base;
		if (!needs_old_base)
			err = check_module(c, module, form, &btf, &report);
	}
	fit = (struct fit){ report, btf, NULL };

	if (err && err->code == REBTF_ERR_MISMATCH && report) {
		report_misfit(result, c->options, file->path, form, &fit);
		reasons_add(&c->reasons, report);
		rebtf_error_free(err);
	} else if (err) {
		result_fail(result, c->options, file->path, err);
	} else if (needs_old_base) {
		result_refuse(
			result, c->options, file->path, REBTF_ERR_UNSUPPORTED, ".BTF",
			"refers to its kernel by id alone: name the kernel it was built for with "
			"--old-base, or distill it first");
	} else {
		report_fit(c->options, file->path, form, &fit, result);
	}
	rebtf_report_free(report);
	rebtf_unref(btf);
	rebtf_module_free(module);
}

static enum status check_all(struct inspection *c)
{
	static const struct summary_words words = { "check", "fits", "fits", "fit" };
	const struct batch_work work = { .doing = "checking", .one = check_one, .arg = c };
	struct tally tally;

	if (!batch_run(c->options, &work, &tally))
		return STATUS_TROUBLE;
	print_summary(c->options, &words, &tally, &c->reasons);
	return tally_status(&tally);
}

static enum status run_check(const struct options *options)
{
	struct inspection c = { .options = options, .reasons = REASONS_INIT };
	enum status status = STATUS_TROUBLE;

	c.base = open_base(options->base);
	if (c.base && options->old_base)
		c.old_base = open_base(options->old_base);
	if (c.base && (c.old_base || !options->old_base))
		status = check_all(&c);
	reasons_release(&c.reasons);
	rebtf_unref(c.old_base);
	rebtf_unref(c.base);
	return status;
}

static const struct argp_option check_options[] = {
	{ "old-base", OPTION_OLD_BASE, "BASE", 0,
	  "The kernel that modules which are not distilled were built for; they are distilled in memory "
	  "first",
	  1 },
	{}
};

static const struct argp_child children[] = { { .argp = &base_argp }, { .argp = &batch_argp }, {} };

const struct verb verb_check = {
	.name = "check",
	.summary = "say whether modules would relocate, and if not, why",
	.argp = {
		.options = check_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Says for each module whether 'rebtf relocate' would make it refer to the kernel BASE, "
		       "and if not, which types keep it from that; then which types do so most often. Of a "
		       "DIR, every module in it is taken. Nothing is written."
		       "\v"
		       "'(embedded)' marks a type that lies inside one of the module's own, so that the "
		       "module was compiled with its size.\n"
		       "\n"
		       "Examples:\n"
		       "\n"
		       "  rebtf check --base 6.1.0-56-amd64 kept\n"
		       "  rebtf check --old-base 6.1.0-47-amd64 --base 6.1.0-56-amd64 dummy.ko\n"
		       "  rebtf check --format json --base vmlinux.btf kept | jq -r .summary\n",
		.children = children,
	},
	.run = run_check,
};
