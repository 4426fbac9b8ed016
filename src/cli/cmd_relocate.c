/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf relocate: makes distilled modules refer to another kernel, or reports the types that do not
 * fit. With --kernel, it relocates the modules of an installed kernel in place.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/destination.h"
#include "cli/installed.h"
#include "cli/json.h"
#include "cli/origin.h"
#include "cli/reconcile.h"
#include "cli/report.h"
#include "cli/signer.h"
#include "cli/summary.h"

struct cmd_relocation {
	const struct options *options;
	struct reconciliation reconciliation;
	struct rebtf_signer *signer; /* NULL: do not sign */
	struct installed installed;  /* empty if files were named */
	struct destination destination;
	struct loadings loadings;
	struct reasons reasons;
	atomic_bool base_missed; /* a module needs the base, but it was not found */
};

/* The action for a module. */
enum deed {
	DEED_RELOCATE,
	DEED_LEAVE,	/* no relocation needed or wanted */
	DEED_REFUSE,	/* relocation is needed but impossible */
	DEED_ELSEWHERE, /* belongs to another kernel */
	DEED_STOP,	/* stop: the result has the reason */
};

/* The results for one module. */
struct relocated {
	struct reconciled reconciled;
	char *path;   /* its destination */
	bool current; /* the file already has the new contents */
};

/* ------------------------------------------------------------------------------------- deciding */

/* A split module without a note came with the kernel that it is installed for. */
static bool came_with_kernel(const struct cmd_relocation *r, const struct rebtf_module *module,
			     enum rebtf_form form)
{
	return r->options->kernel && form == REBTF_FORM_SPLIT &&
	       !rebtf_module_has_distilled(module) && !rebtf_module_note(module);
}

/*
 * With --kernel, plain split modules are never relocated, even with --old-base: they belong to that
 * kernel.
 */
static bool is_to_relocate(const struct cmd_relocation *r, const struct rebtf_module *module,
			   enum rebtf_form form)
{
	return can_reconcile(&r->reconciliation, module, form) &&
	       (!r->options->kernel || form == REBTF_FORM_DISTILLED ||
		rebtf_module_has_distilled(module));
}

static void refuse_without_base(struct cmd_relocation *r, const struct rebtf_module *module,
				struct result *result)
{
	char message[256];

	atomic_store(&r->base_missed, true);
	snprintf(message, sizeof(message), "cannot find the BTF of the kernel %s",
		 r->options->kernel);
	result_refuse(result, r->options, rebtf_module_path(module), REBTF_ERR_NO_BTF, NULL,
		      message);
}

static struct rebtf_error *cmd_relocate_decide(struct cmd_relocation *r,
					       const struct rebtf_module *module,
					       enum rebtf_form form, enum deed *deed,
					       struct result *result)
{
	enum origin origin;
	struct rebtf_error *err;

	*deed = DEED_LEAVE;
	if (!r->options->out_dir && installed_elsewhere(&r->installed, module)) {
		*deed = DEED_ELSEWHERE;
		return NULL;
	}
	if (form == REBTF_FORM_STANDALONE || form == REBTF_FORM_EMPTY)
		return NULL;
	if (came_with_kernel(r, module, form))
		return NULL;
	if (!r->reconciliation.base) {
		*deed = DEED_STOP;
		refuse_without_base(r, module, result);
		return NULL;
	}
	if (reconciliation_stops(&r->reconciliation, module, form, result)) {
		*deed = DEED_STOP;
		return NULL;
	}
	if (is_to_relocate(r, module, form)) {
		*deed = DEED_RELOCATE;
		return NULL;
	}
	err = origin_of_split(module, r->reconciliation.base, &origin);
	if (!err && origin != ORIGIN_THIS)
		*deed = DEED_REFUSE;
	return err;
}

static void refuse(const struct cmd_relocation *r, const struct rebtf_module *module,
		   struct result *result)
{
	if (r->options->kernel)
		result_refuse(
			result, r->options, rebtf_module_path(module), REBTF_ERR_WRONG_BASE, ".BTF",
			"relocated to another kernel without a saved original: reinstall the module");
	else
		refuse_split(&r->reconciliation, module, result);
}

/* ----------------------------------------------------------------------------------- relocating */

/*
 * Whether the file already has the contents to write: a module with a saved original that was
 * relocated to this base before.
 */
static bool is_current(const struct cmd_relocation *r, const struct rebtf_module *module,
		       const struct rebtf_btf *btf)
{
	struct rebtf_error *err;
	const void *old_data;
	size_t size, old_size;
	bool same = false;
	void *data;

	if (r->options->out_dir || r->signer ||
	    (rebtf_module_signed(module) && r->options->strip_signature) ||
	    !rebtf_module_section(module, REBTF_SECTION_SAVED_BTF, &size) ||
	    origin_of(module, r->reconciliation.base) != ORIGIN_THIS)
		return false;
	err = rebtf_btf_write(btf, 0, &data, &size);
	if (!err) {
		old_data = rebtf_module_section(module, REBTF_SECTION_BTF, &old_size);
		same = size == old_size && !memcmp(data, old_data, size);
		free(data);
	}
	rebtf_error_free(err); /* writing will report it */
	return same;
}

static struct rebtf_error *relocate_module(struct cmd_relocation *r, const struct rebtf_file *file,
					   const struct rebtf_module *module, enum rebtf_form form,
					   struct relocated *relocated)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_SPLIT,
		.made_over = r->reconciliation.base,
		.old_base = r->reconciliation.old_base,
		.flags = (r->options->strip_signature ? REBTF_MODULE_STRIP_SIGNATURE : 0) |
			 (r->options->keep ? REBTF_MODULE_SAVE_ORIGINAL : 0),
		.signer = r->signer,
		.compress_level = r->options->compress_level,
	};
	struct rebtf_error *err;

	err = reconcile(&r->reconciliation, file, module, form, true, &relocated->reconciled);
	if (err)
		return err;
	output.btf = relocated->reconciled.btf;
	err = destination_path(&r->destination, file, &relocated->path);
	if (err)
		return err;
	relocated->current = is_current(r, module, output.btf);
	if (relocated->current)
		return NULL;
	return destination_write(&r->destination, file, module, &output);
}

/* ------------------------------------------------------------------------------------ reporting */

static void report_relocated(const struct options *options, const struct rebtf_file *file,
			     const struct relocated *relocated, const struct fit *fit,
			     struct result *result)
{
	struct json_object *object;

	report_done(result, options, file->path,
		    relocated->current ? "relocated already"
		    : options->dry_run ? "would be relocated"
				       : "relocated",
		    fit);
	result->already = relocated->current;
	if (options->json && !options->quiet) {
		object = result_json(options, file->path, "relocated");
		json_add_string(object, "output", relocated->path);
		json_add_bool(object, "changed", !relocated->current);
		json_add_number(object, "base_types", rebtf_report_count(fit->report));
		report_add_given_up_json(object, fit->report);
		report_add_json(object, options, fit, report_limit(file->path));
		report_add_loading_json(object, fit);
		json_print(&result->out, object);
	}
}

/* Processes one file of the batch. */
static void relocate_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct cmd_relocation *r = arg;
	struct relocated relocated = {};
	struct rebtf_loading *loading = NULL;
	struct rebtf_module *module = NULL;
	enum deed deed = DEED_RELOCATE;
	struct rebtf_error *err;
	enum rebtf_form form;
	struct fit fit;

	err = open_file(r->options, file, &module);
	if (leave_without_btf(&r->destination, r->options, file, module, result)) {
		loadings_judge_left(&r->loadings, module);
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = rebtf_module_form(module, reconciliation_form_base(&r->reconciliation),
					&form);
	if (!err)
		err = cmd_relocate_decide(r, module, form, &deed, result);
	if (!err && deed == DEED_STOP) {
		rebtf_module_free(module);
		return;
	}
	if (!err && deed == DEED_RELOCATE)
		err = relocate_module(r, file, module, form, &relocated);

	fit = fit_of(&relocated.reconciled);
	fit.loadings = &r->loadings;
	if (fit.report && (!err || rebtf_error_code(err) == REBTF_ERR_MISMATCH))
		fit.loading = loading = loadings_judge(&r->loadings, module,
						       !err && !relocated.current);
	if (fit.report && rebtf_report_misfits(fit.report) && !r->options->quiet &&
	    (!err || rebtf_error_code(err) == REBTF_ERR_MISMATCH))
		reasons_add(&r->reasons, fit.report);
	if (err && rebtf_error_code(err) == REBTF_ERR_MISMATCH && fit.report) {
		report_misfit(result, r->options, file->path, form, &fit);
		rebtf_error_free(err);
	} else if (err) {
		result_fail(result, r->options, file->path, err);
	} else if (deed == DEED_REFUSE) {
		refuse(r, module, result);
	} else if (deed == DEED_LEAVE) {
		loadings_judge_left(&r->loadings, module);
		leave_alone(&r->destination, r->options, file, module, form, result);
	} else if (deed == DEED_ELSEWHERE) {
		report_left(r->options, file, form, true, NULL, result);
	} else {
		report_relocated(r->options, file, &relocated, &fit, result);
	}
	free(relocated.path);
	rebtf_loading_free(loading);
	reconciled_release(&relocated.reconciled);
	rebtf_module_free(module);
}

/* ----------------------------------------------------------------------------------------- verb */

static enum status relocate_all(struct cmd_relocation *r)
{
	static const struct summary_words words = {
		.verb = "relocate",
		.outcome = "relocated",
		.one = "relocated",
		.many = "relocated",
		.has_already = true,
	};
	const struct batch_work work = {
		.doing = "relocating",
		.one = relocate_one,
		.arg = r,
		.listed = loadings_offer,
		.listed_arg = &r->loadings,
		.evidence = &r->reconciliation.built_for.evidence,
	};
	struct tally tally;
	bool ran;

	destination_init(&r->destination, r->options);
	ran = batch_run(r->options, &work, &tally);
	tally.base = r->reconciliation.base;
	tally.old_base = r->reconciliation.old_base;
	if (ran)
		print_summary(r->options, &words, &tally, &r->reasons, &r->loadings);
	destination_release(&r->destination);
	return loadings_status(&r->loadings, tally_finish(&tally, ran));
}

/* Without a FILE, uses those of the kernel. False after a message if it has none. */
static bool cmd_relocate_find_files(struct cmd_relocation *r, struct options *options)
{
	if (options->path_count)
		return true;
	if (!installed_find(options, &r->installed))
		return false;
	options->paths = r->installed.paths;
	options->path_count = r->installed.count;
	return true;
}

static enum status run_relocate(const struct options *options)
{
	struct options all = *options;
	struct cmd_relocation r = { .options = &all, .reasons = REASONS_INIT };
	enum status status = STATUS_TROUBLE;

	if (!open_signer(options, &r.signer))
		return STATUS_TROUBLE;
	if (cmd_relocate_find_files(&r, &all) && reconciliation_init(&r.reconciliation, options)) {
		if (loadings_init(&r.loadings, &all, r.reconciliation.base)) {
			r.loadings.warns = true;
			status = relocate_all(&r);
		}
		if (atomic_load(&r.base_missed)) {
			print_base_error(options, r.reconciliation.no_base);
			r.reconciliation.no_base = NULL;
			status = STATUS_TROUBLE;
		}
		loadings_release(&r.loadings);
		reconciliation_release(&r.reconciliation);
	}
	reasons_release(&r.reasons);
	installed_release(&r.installed);
	rebtf_signer_free(r.signer);
	return status;
}

static const struct argp_option relocate_options[] = {
	{ "kernel", OPTION_KERNEL, "RELEASE", 0,
	  "Use the installed kernel RELEASE as the base. Without a FILE, relocate its modules below "
	  "/lib/modules, and leave those alone that are not distilled",
	  1 },
	{ "keep", OPTION_KEEP, NULL, 0,
	  "Save the distilled original in the module's file, so that the module can be relocated again",
	  1 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp },	   { .argp = &cache_argp }, { .argp = &built_for_argp },
	{ .argp = &loading_argp }, { .argp = &fit_argp },   { .argp = &trust_argp },
	{ .argp = &write_argp },   { .argp = &batch_argp }, {},
};

const struct verb verb_relocate = {
	.name = "relocate",
	.summary = "make distilled modules refer to another kernel",
	.writes = true,
	.argp = {
		.options = relocate_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR...\n--kernel RELEASE [FILE|DIR...]",
		.doc = "Makes each distilled module refer to the types of the kernel BASE, which it finds by "
		       "name. If a type is missing, or changed in a way that matters, the module is left as "
		       "it is, and the report explains the change of each such type; --on-mismatch=local "
		       "makes these types local to the module instead. DIR stands for every module in it.\n"
		       "\n"
		       "Modules that need no kernel's BTF are left alone; with --out-dir they are copied."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf relocate --out-dir /lib/modules/$(uname -r)/updates kept\n"
		       "  rebtf relocate --base 6.1.0-56-amd64 --on-mismatch local \\\n"
		       "        --out-dir moved kept\n"
		       "  rebtf relocate --kernel 6.1.0-56-amd64 --keep\n",
		.children = children,
	},
	.run = run_relocate,
};
