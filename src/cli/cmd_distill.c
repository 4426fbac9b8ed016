/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf distill: records in each module the types of its base that it relies on. */
#include "rebtf.h"

#include "cli/json.h"
#include "cli/own_types.h"
#include "cli/transform.h"

/* Whether distilling reads the module over the base. */
static bool distill_reads_base(const struct options *options, const struct transformed *m)
{
	size_t size;

	if (m->form != REBTF_FORM_DISTILLED)
		return transform_is_plain_split(m);
	return options->expects &&
	       !rebtf_module_section(m->module, REBTF_SECTION_BTF_EXPECTS, &size);
}

static enum transform_action distill_decide(struct transform *t, struct transformed *m,
					    struct result *result)
{
	if (distill_reads_base(t->options, m) &&
	    built_for_stops(&t->built_for, m->module, m->form, result))
		return TRANSFORM_STOP;
	return TRANSFORM_MAKE;
}

static void report_distilled(const struct transform *t, const struct transformed *m,
			     struct result *result)
{
	const struct options *options = t->options;
	const struct rebtf_btf *btf = rebtf_transform_btf(m->made);
	const struct rebtf_btf *expects = rebtf_transform_expects(m->made);
	uint32_t base_types = rebtf_btf_start_id(btf) - 1;
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (options->json) {
		object = result_json(options, m->file->path, "distilled");
		json_add_string(object, "output", m->path);
		json_add_number(object, "types", own_type_count(btf));
		json_add_number(object, "base_types", base_types);
		if (expects)
			json_add_number(object, "expected_types", own_type_count(expects));
		stray_ids_add_json(object, m->made);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, m->file->path);
		text_addf(&result->out, ": %sdistilled, ", would_be(options));
		text_add_counted(&result->out, own_type_count(btf), "type");
		text_add(&result->out, " over ");
		text_add_counted(&result->out, base_types, "base type");
		if (expects) {
			text_add(&result->out, ", expectations of ");
			text_add_counted(&result->out, own_type_count(expects), "type");
		}
		text_add(&result->out, "\n");
	}
}

static enum status run_distill(const struct options *options)
{
	static const struct transform_verb verb = {
		.doing = "distilling",
		.words = {
			.verb = "distill",
			.outcome = "distilled",
			.one = "distilled",
			.many = "distilled",
		},
		.has_evidence = true,
		.stray_meaning =
			"a kernel that relocates the module itself leaves these ids as they are",
		.stray_remedy = "let rebtf relocate it before it is loaded",
		.make = rebtf_module_distill,
		.decide = distill_decide,
		.report = report_distilled,
	};

	return transform_verb_run(&verb, options);
}

static error_t parse_distill(int key, char *arg, struct argp_state *state)
{
	const struct options *options = state->input;

	if (key == ARGP_KEY_END && options->trust_count && !options->expects)
		usage_error(state, "--trust needs --expects");
	return parse_verb(key, arg, state);
}

static const struct argp_option distill_options[] = {
	{ "expects", OPTION_EXPECTS, NULL, 0,
	  "Also record the full definitions of the types that lie inside the module's own types, or that the "
	  "verifier relies on",
	  1 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp },	   { .argp = &cache_argp }, { .argp = &built_for_argp },
	{ .argp = &trust_argp },   { .argp = &write_argp }, { .argp = &sort_argp },
	{ .argp = &rewrite_argp }, { .argp = &batch_argp }, {},
};

const struct verb verb_distill = {
	.name = "distill",
	.summary = "record in modules which kernel types they rely on",
	.writes = true,
	.argp = {
		.options = distill_options,
		.parser = parse_distill,
		.args_doc = "FILE|DIR...",
		.doc = "Records in each module the names, kinds and sizes of the kernel types that its BTF "
		       "refers to (.BTF.base). 'rebtf relocate' can then make the module refer to another "
		       "kernel. DIR stands for every module in it.\n"
		       "\n"
		       "BASE must be the exact kernel that the modules were built for. Modules that are "
		       "already distilled, or that need no kernel's BTF, are left alone; with --out-dir they "
		       "are copied."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf distill drivers/net/dummy.ko\n"
		       "  rebtf distill --base 6.1.0-47-amd64 --strip-signature \\\n"
		       "        --out-dir /tmp/kept /lib/modules/6.1.0-47-amd64\n",
		.children = children,
	},
	.run = run_distill,
};
