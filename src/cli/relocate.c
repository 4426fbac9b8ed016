/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf relocate: makes distilled modules refer to another kernel, or says what does not fit. */
#include <stdlib.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/destination.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/signer.h"
#include "cli/summary.h"

struct relocation {
	const struct options *options;
	struct rebtf_btf *base;
	struct rebtf_signer *signer; /* NULL: nothing is signed */
	struct destination destination;
	struct reasons reasons;
};

/*
 * What came of one module: its new BTF, where it went, or the report that says why there is none.
 */
struct relocated {
	struct rebtf_btf *split;
	struct rebtf_report *report;
	struct rebtf_btf *btf;
	char *path;
};

static struct rebtf_error *relocate_module(struct relocation *r, const struct rebtf_file *file,
					   const struct rebtf_module *module,
					   struct relocated *relocated)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_SPLIT,
		.made_over = r->base,
		.flags = r->options->strip_signature ? REBTF_MODULE_STRIP_SIGNATURE : 0,
		.signer = r->signer,
	};
	struct rebtf_error *err;

	err = rebtf_module_btf(module, NULL, &relocated->split);
	if (err)
		return err;
	err = rebtf_relocate(relocated->split, r->base, &relocated->report, &relocated->btf);
	if (err)
		return err;
	err = destination_of(&r->destination, file, &relocated->path);
	if (err)
		return err;
	output.btf = relocated->btf;
	return rebtf_module_write(module, relocated->path, &output);
}

static void report_relocated(const struct options *options, const struct rebtf_file *file,
			     const struct relocated *relocated, struct result *result)
{
	const struct fit fit = { relocated->report, relocated->split, NULL };
	struct json_object *object;

	report_done(result, options, file->path, "relocated", &fit);
	if (options->format == OUTPUT_JSON) {
		object = json_new_object();
		json_add_string(object, "file", file->path);
		json_add_string(object, "outcome", "relocated");
		json_add_string(object, "output", relocated->path);
		json_add_number(object, "base_types", relocated->report->count);
		report_add_given_up_json(object, relocated->report);
		json_add(object, "misfits", report_json(&fit));
		json_print(&result->out, object);
	}
}

static void relocate_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct relocation *r = arg;
	struct relocated relocated = {};
	struct rebtf_module *module = NULL;
	enum rebtf_form form = REBTF_FORM_DISTILLED;
	struct rebtf_error *err;

	err = open_module(r->options, file->path, &module);
	if (!err)
		err = rebtf_module_form(module, r->base, &form);
	if (!err && form == REBTF_FORM_DISTILLED)
		err = relocate_module(r, file, module, &relocated);

	if (err && err->code == REBTF_ERR_MISMATCH && relocated.report) {
		report_misfit(result, r->options, file->path, form,
			      &(struct fit){ relocated.report, relocated.split, NULL });
		reasons_add(&r->reasons, relocated.report);
		rebtf_error_free(err);
	} else if (err) {
		result_fail(result, r->options, file->path, err);
	} else if (form == REBTF_FORM_SPLIT) {
		result_refuse(
			result, r->options, file->path, REBTF_ERR_UNSUPPORTED, ".BTF",
			"refers to its kernel by id alone, so it cannot be relocated: distill it "
			"first, over the kernel it was built for");
	} else if (form != REBTF_FORM_DISTILLED) {
		leave_alone(&r->destination, r->options, file, module, form, result);
	} else {
		report_relocated(r->options, file, &relocated, result);
	}
	free(relocated.path);
	rebtf_unref(relocated.btf);
	rebtf_report_free(relocated.report);
	rebtf_unref(relocated.split);
	rebtf_module_free(module);
}

static enum status run_relocate(const struct options *options)
{
	static const struct summary_words words = { "relocate", "relocated", "relocated",
						    "relocated" };
	struct relocation r = { .options = options, .reasons = REASONS_INIT };
	const struct batch_work work = { .doing = "relocating", .one = relocate_one, .arg = &r };
	struct tally tally;
	bool ran;

	if (!open_signer(options, &r.signer))
		return STATUS_TROUBLE;
	r.base = open_base(options->base);
	if (!r.base) {
		rebtf_signer_free(r.signer);
		return STATUS_TROUBLE;
	}
	destination_init(&r.destination, options);
	ran = batch_run(options, &work, &tally);
	if (ran)
		print_summary(options, &words, &tally, &r.reasons);
	reasons_release(&r.reasons);
	destination_release(&r.destination);
	rebtf_unref(r.base);
	rebtf_signer_free(r.signer);
	return ran ? tally_status(&tally) : STATUS_TROUBLE;
}

static const struct argp_child children[] = {
	{ .argp = &base_argp }, { .argp = &write_argp }, { .argp = &batch_argp }, {}
};

const struct verb verb_relocate = {
	.name = "relocate",
	.summary = "make distilled modules refer to another kernel",
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Makes each distilled module refer to the types of the kernel BASE, found by name. A "
		       "module whose types are not all there, or changed in a way that matters, is left as "
		       "it is, and a line for each such type says what changed. Of a DIR, every module in it "
		       "is taken.\n"
		       "\n"
		       "Modules that need no kernel's BTF are left alone; with --out-dir they are copied."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf relocate --out-dir /lib/modules/$(uname -r)/updates kept\n"
		       "  rebtf relocate --base 6.1.0-56-amd64 --out-dir moved kept\n",
		.children = children,
	},
	.run = run_relocate,
};
