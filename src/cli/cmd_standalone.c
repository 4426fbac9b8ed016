/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf standalone: adds to each module's BTF all types that it needs from its kernel. */
#include <stdlib.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/built_for.h"
#include "cli/destination.h"
#include "cli/json.h"
#include "cli/reconcile.h"
#include "cli/report.h"
#include "cli/signer.h"
#include "cli/stray_ids.h"
#include "cli/summary.h"

struct making {
	const struct options *options;
	struct reconciliation reconciliation;
	struct rebtf_signer *signer; /* NULL: do not sign */
	struct destination destination;
	struct loadings loadings;
	struct reasons reasons;
	struct stray_ids stray_ids;
	struct built_for built_for; /* for split modules */
};

/* One module during processing. */
struct made {
	struct reconciled reconciled; /* with the base, for a distilled module */
	struct rebtf_btf *split;
	struct rebtf_btf *btf;
	char *path;
	char **stray_ids; /* NULL: no stray ids */
};

/* The module's BTF over the base: unchanged, or relocated to it. */
static struct rebtf_error *split_btf(struct making *m, const struct rebtf_file *file,
				     const struct rebtf_module *module, enum rebtf_form form,
				     struct made *made)
{
	struct rebtf_error *err;

	if (form == REBTF_FORM_SPLIT)
		return rebtf_module_btf(module, m->reconciliation.base, &made->split);
	err = reconcile(&m->reconciliation, file, module, form, true, &made->reconciled);
	if (!err)
		made->split = rebtf_btf_ref(made->reconciled.btf);
	return err;
}

static struct rebtf_error *cmd_standalone_make(struct making *m, const struct rebtf_file *file,
					       const struct rebtf_module *module,
					       enum rebtf_form form, struct made *made)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_STANDALONE,
		.made_over = m->reconciliation.base,
		.flags = m->options->strip_signature ? REBTF_MODULE_STRIP_SIGNATURE : 0,
		.signer = m->signer,
		.compress_level = m->options->compress_level,
	};
	struct rebtf_error *err;

	err = split_btf(m, file, module, form, made);
	if (!err)
		err = rebtf_standalone(made->split, m->options->full, &made->btf);
	if (err)
		return err;
	output.btf = made->btf;
	err = destination_path(&m->destination, file, &made->path);
	if (err)
		return err;
	err = stray_ids_check(&m->stray_ids, file->path, module, &output, &made->stray_ids);
	return err ?: destination_write(&m->destination, file, module, &output);
}

static void report_made(const struct options *options, const struct rebtf_file *file,
			enum rebtf_form form, const struct made *made, const struct fit *fit,
			struct result *result)
{
	uint32_t own_types = rebtf_btf_type_count(made->split) - rebtf_btf_start_id(made->split);
	uint32_t types = rebtf_btf_type_count(made->btf) - 1;
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (options->json) {
		object = result_json(options, file->path, "standalone");
		json_add_string(object, "form", rebtf_form_name(form));
		json_add_string(object, "output", made->path);
		json_add_number(object, "split_types", own_types);
		json_add_number(object, "types", types);
		report_add_loading_json(object, fit);
		stray_names_add_json(object, made->stray_ids);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, file->path);
		text_addf(&result->out, ": %smade standalone, ", would_be(options));
		text_add_counted(&result->out, own_types, "type");
		text_add(&result->out, " then, ");
		text_add_count(&result->out, types);
		text_add(&result->out, " now\n");
		loadings_add_text(&result->out, fit->loadings, fit->loading, false);
	}
}

static void standalone_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct making *m = arg;
	struct made made = {};
	struct rebtf_loading *loading = NULL;
	struct rebtf_module *module = NULL;
	enum rebtf_form form = REBTF_FORM_SPLIT;
	struct rebtf_error *err;
	struct fit fit;
	bool to_do;

	err = open_any(m->options, file, &module);
	if (leave_without_btf(&m->destination, m->options, file, module, result)) {
		loadings_judge_left(&m->loadings, module);
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = rebtf_module_form(module, named_base(m->options, m->reconciliation.base),
					&form);
	if (!err && form == REBTF_FORM_SPLIT &&
	    built_for_stops(&m->built_for, module, form, result)) {
		rebtf_module_free(module);
		return;
	}
	to_do = form == REBTF_FORM_SPLIT || form == REBTF_FORM_DISTILLED;
	if (!err && to_do)
		err = cmd_standalone_make(m, file, module, form, &made);

	fit = fit_of(&made.reconciled);
	fit.loadings = &m->loadings;
	if (to_do && (!err || (rebtf_error_code(err) == REBTF_ERR_MISMATCH && fit.report)))
		fit.loading = loading = loadings_judge(&m->loadings, module, !err);
	if (err && rebtf_error_code(err) == REBTF_ERR_MISMATCH && fit.report) {
		report_misfit(result, m->options, file->path, form, &fit);
		if (!m->options->quiet)
			reasons_add(&m->reasons, fit.report);
		rebtf_error_free(err);
	} else if (err) {
		result_fail(result, m->options, file->path, err);
	} else if (!to_do) {
		leave_alone(&m->destination, m->options, file, module, form, result);
	} else {
		report_made(m->options, file, form, &made, &fit, result);
	}
	free(made.path);
	rebtf_loading_free(loading);
	stray_names_free(made.stray_ids);
	rebtf_btf_unref(made.btf);
	rebtf_btf_unref(made.split);
	reconciled_release(&made.reconciled);
	rebtf_module_free(module);
}

static enum status run_standalone(const struct options *options)
{
	static const struct summary_words words = {
		.verb = "standalone",
		.outcome = "standalone",
		.one = "made standalone",
		.many = "made standalone",
	};
	struct making m = { .options = options, .reasons = REASONS_INIT };
	const struct batch_work work = {
		.doing = "making standalone",
		.one = standalone_one,
		.arg = &m,
		.listed = loadings_offer,
		.listed_arg = &m.loadings,
		.evidence = &m.built_for.evidence,
		.takes_kernels = true,
	};
	enum status status = STATUS_TROUBLE;
	struct tally tally;
	bool ran;

	if (!open_signer(options, &m.signer))
		return STATUS_TROUBLE;
	if (!reconciliation_init(&m.reconciliation, options)) {
		rebtf_signer_free(m.signer);
		return STATUS_TROUBLE;
	}
	built_for_init(&m.built_for, options, m.reconciliation.base);
	destination_init(&m.destination, options);
	stray_ids_init(&m.stray_ids, options, "these ids are now of copies of the kernel's types",
		       NULL);
	if (loadings_init(&m.loadings, options, m.reconciliation.base)) {
		m.loadings.warns = true;
		ran = batch_run(options, &work, &tally);
		tally.base = m.reconciliation.base;
		if (ran)
			print_summary(options, &words, &tally, &m.reasons, &m.loadings);
		status = loadings_status(&m.loadings, tally_finish(&tally, ran));
	}
	loadings_release(&m.loadings);
	stray_ids_finish(&m.stray_ids);
	reasons_release(&m.reasons);
	destination_release(&m.destination);
	built_for_release(&m.built_for);
	reconciliation_release(&m.reconciliation);
	rebtf_signer_free(m.signer);
	return status;
}

static const struct argp_option standalone_options[] = {
	{ "full", OPTION_FULL, NULL, 0,
	  "Copy all types that can be reached, even where a declaration is enough; the result is about 14 "
	  "times as large",
	  1 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp },
	{ .argp = &cache_argp },
	{ .argp = &built_for_argp },
	{ .argp = &loading_argp },
	{ .argp = &write_argp },
	{ .argp = &batch_argp },
	{},
};

const struct verb verb_standalone = {
	.name = "standalone",
	.summary = "copy into modules all kernel types that their BTF needs",
	.writes = true,
	.argp = {
		.options = standalone_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Copies into each module the types of the kernel BASE that its BTF needs, so that it "
		       "refers only to itself. Such BTF can be read without a kernel's BTF, and fits every "
		       "kernel. DIR stands for every module in it.\n"
		       "\n"
		       "BASE must be the exact kernel that the modules were built for; distilled modules are "
		       "first relocated to it. Modules that are already standalone, or empty, are left "
		       "alone; with --out-dir they are copied."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf standalone drivers/net/dummy.ko\n"
		       "  rebtf standalone --base 6.1.0-47-amd64 --out-dir alone split\n",
		.children = children,
	},
	.run = run_standalone,
};
