/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf standalone: adds to each module's BTF all types that it needs from its kernel. */
#include "rebtf.h"

#include "cli/json.h"
#include "cli/own_types.h"
#include "cli/transform.h"

static enum transform_action standalone_decide(struct transform *t, struct transformed *m,
					       struct result *result)
{
	if (m->form == REBTF_FORM_SPLIT &&
	    built_for_stops(&t->built_for, m->module, m->form, result))
		return TRANSFORM_STOP;
	return TRANSFORM_MAKE;
}

static void report_standalone(const struct transform *t, const struct transformed *m,
			      struct result *result)
{
	const struct options *options = t->options;
	const struct rebtf_btf *split = rebtf_transform_split(m->made);
	uint32_t own_types = own_type_count(split);
	uint32_t types = rebtf_btf_type_count(rebtf_transform_btf(m->made)) - 1;
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (options->json) {
		object = result_json(options, m->file->path, "standalone");
		json_add_string(object, "form", rebtf_form_name(m->form));
		json_add_string(object, "output", m->path);
		json_add_number(object, "split_types", own_types);
		json_add_number(object, "types", types);
		report_add_loading_json(object, &m->fit);
		stray_ids_add_json(object, m->made);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, m->file->path);
		text_addf(&result->out, ": %smade standalone, ", would_be(options));
		text_add_counted(&result->out, own_types, "type");
		text_add(&result->out, " then, ");
		text_add_count(&result->out, types);
		text_add(&result->out, " now\n");
		loadings_add_text(&result->out, m->fit.loadings, m->loading, false);
	}
}

static enum status run_standalone(const struct options *options)
{
	static const struct transform_verb verb = {
		.doing = "making standalone",
		.words = {
			.verb = "standalone",
			.outcome = "standalone",
			.one = "made standalone",
			.many = "made standalone",
		},
		.takes_kernels = true,
		.has_evidence = true,
		.has_reasons = true,
		.has_loadings = true,
		.warns_of_loading = true,
		.stray_meaning = "these ids are now of copies of the kernel's types",
		.make = rebtf_module_standalone,
		.decide = standalone_decide,
		.report = report_standalone,
	};

	return transform_verb_run(&verb, options);
}

static const struct argp_option standalone_options[] = {
	{ "full", OPTION_FULL, NULL, 0,
	  "Copy all types that can be reached, even where a declaration is enough; the result is about 14 "
	  "times as large",
	  1 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp },	   { .argp = &cache_argp }, { .argp = &built_for_argp },
	{ .argp = &loading_argp }, { .argp = &write_argp }, { .argp = &sort_argp },
	{ .argp = &rewrite_argp }, { .argp = &batch_argp }, {},
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
