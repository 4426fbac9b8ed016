/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf renumber: shows standalone BTF as split BTF, to tools that require split BTF. */
#include "rebtf.h"

#include "cli/json.h"
#include "cli/own_types.h"
#include "cli/transform.h"

static void report_renumbered(const struct transform *t, const struct transformed *m,
			      struct result *result)
{
	const struct options *options = t->options;
	const struct rebtf_btf *btf = rebtf_transform_btf(m->made);
	uint32_t first = rebtf_btf_start_id(btf), types = own_type_count(btf);
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (options->json) {
		object = result_json(options, m->file->path, "renumbered");
		json_add_string(object, "output", m->path);
		json_add_number(object, "types", types);
		json_add_number(object, "first_id", first);
		report_add_loading_json(object, &m->fit);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, m->file->path);
		text_addf(&result->out, ": %srenumbered, ", would_be(options));
		text_add_counted(&result->out, types, "type");
		text_addf(&result->out, " from [%u] on\n", first);
		loadings_add_text(&result->out, m->fit.loadings, m->loading, false);
	}
}

static enum status run_renumber(const struct options *options)
{
	static const struct transform_verb verb = {
		.doing = "renumbering",
		.words = {
			.verb = "renumber",
			.outcome = "renumbered",
			.one = "renumbered",
			.many = "renumbered",
		},
		.has_loadings = true,
		.warns_of_loading = true,
		.make = rebtf_module_renumber,
		.report = report_renumbered,
	};

	return transform_verb_run(&verb, options);
}

static const struct argp_child children[] = {
	{ .argp = &base_argp },	   { .argp = &cache_argp },
	{ .argp = &loading_argp }, { .argp = &write_argp },
	{ .argp = &sort_argp },	   { .argp = &rewrite_argp },
	{ .argp = &batch_argp },   {},
};

const struct verb verb_renumber = {
	.name = "renumber",
	.summary = "renumber standalone BTF as split BTF over a kernel",
	.writes = true,
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Renumbers the standalone BTF of each module as if it were split from that of the "
		       "kernel BASE: adds the number of BASE's types to type ids, and the length of its "
		       "strings to string offsets. Tools that expect every module's BTF to be split can then "
		       "read it. DIR stands for every module in it.\n"
		       "\n"
		       "BASE can be any kernel, because standalone BTF refers to none. Empty modules are "
		       "left alone, and so are modules whose note says that they are split from BASE; with "
		       "--out-dir they are copied."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf renumber --out-dir /tmp/shown alone\n"
		       "  bpftool btf dump file /tmp/shown/veth.btf -B /sys/kernel/btf/vmlinux\n",
		.children = children,
	},
	.run = run_renumber,
};
