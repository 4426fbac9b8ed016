/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf relocate: makes distilled modules refer to another kernel, or reports the types that do not
 * fit. With --kernel, it relocates the modules of an installed kernel in place.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "rebtf.h"

#include "cli/installed.h"
#include "cli/json.h"
#include "cli/transform.h"

struct cmd_relocation {
	struct installed installed; /* empty if files were named */
	atomic_bool base_missed;    /* a module needs the base, but it was not found */
};

/* A split module without a note came with the kernel that it is installed for. */
static bool came_with_kernel(const struct options *options, const struct transformed *m)
{
	return options->kernel && transform_is_plain_split(m) && !rebtf_module_note(m->module);
}

static enum transform_action refuse_without_base(const struct transform *t,
						 const struct transformed *m, struct result *result)
{
	struct cmd_relocation *r = t->arg;
	char message[256];

	atomic_store(&r->base_missed, true);
	snprintf(message, sizeof(message), "cannot find the BTF of the kernel %s",
		 t->options->kernel);
	result_refuse(result, t->options, m->file->path, REBTF_ERR_NO_BTF, NULL, message);
	return TRANSFORM_STOP;
}

static enum transform_action relocate_decide(struct transform *t, struct transformed *m,
					     struct result *result)
{
	const struct cmd_relocation *r = t->arg;
	struct rebtf_error *err = NULL;
	struct refusal refusal;
	bool elsewhere = false;

	if (!t->options->out_dir)
		err = installed_elsewhere(&r->installed, m->module, &elsewhere);
	if (err) {
		result_fail(result, t->options, m->file->path, err);
		return TRANSFORM_STOP;
	}
	if (elsewhere)
		return TRANSFORM_ELSEWHERE;
	if (m->form == REBTF_FORM_STANDALONE || m->form == REBTF_FORM_EMPTY ||
	    came_with_kernel(t->options, m))
		return TRANSFORM_LEAVE;
	if (!t->how.base)
		return refuse_without_base(t, m, result);
	if (transform_asks(t, m, result, &refusal)) {
		if (!result->held)
			refuse_base(t->options, m->module, &refusal, result);
		return TRANSFORM_STOP;
	}
	/* Plain split modules of an installed kernel belong to it, even with --old-base. */
	if (t->options->kernel && transform_is_plain_split(m))
		m->old_base = NULL;
	return TRANSFORM_MAKE;
}

static void report_relocated(const struct transform *t, const struct transformed *m,
			     struct result *result)
{
	const struct options *options = t->options;
	const char *path = m->file->path;
	struct json_object *object;

	report_done(result, options, path,
		    m->current	       ? "relocated already"
		    : options->dry_run ? "would be relocated"
				       : "relocated",
		    &m->fit);
	result->already = m->current;
	if (!options->json || options->quiet)
		return;
	object = result_json(options, path, "relocated");
	json_add_string(object, "output", m->path);
	json_add_bool(object, "changed", !m->current);
	json_add_number(object, "base_types", rebtf_report_count(m->fit.report));
	report_add_localized_json(object, m->fit.report);
	report_add_json(object, options, &m->fit, report_limit(path));
	report_add_loading_json(object, &m->fit);
	json_print(&result->out, object);
}

/* Without a FILE, uses those of the kernel. False after a message if it has no modules. */
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
	static const struct transform_verb verb = {
		.doing = "relocating",
		.words = {
			.verb = "relocate",
			.outcome = "relocated",
			.one = "relocated",
			.many = "relocated",
			.has_already = true,
		},
		.has_evidence = true,
		.has_reasons = true,
		.has_loadings = true,
		.warns_of_loading = true,
		.judges_left = true,
		.takes_old_base = true,
		.make = rebtf_module_relocate,
		.decide = relocate_decide,
		.report = report_relocated,
	};
	enum status status = STATUS_TROUBLE;
	struct cmd_relocation r = {};
	struct options all = *options;
	struct transform t;

	if (cmd_relocate_find_files(&r, &all) && transform_init(&t, &verb, &all)) {
		t.arg = &r;
		status = transform_run(&t);
		if (atomic_load(&r.base_missed)) {
			base_print_error(&t.base);
			status = STATUS_TROUBLE;
		}
		transform_release(&t);
	}
	installed_release(&r.installed);
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
	{ .argp = &base_argp },
	{ .argp = &cache_argp },
	{ .argp = &built_for_argp },
	{ .argp = &loading_argp },
	{ .argp = &fit_argp },
	{ .argp = &trust_argp },
	{ .argp = &write_argp },
	{ .argp = &sort_argp },
	{ .argp = &rewrite_argp },
	{ .argp = &batch_argp },
	{},
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
