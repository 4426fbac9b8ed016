/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf renumber: shows standalone BTF as split BTF, to tools that require split BTF. */
#include <stdlib.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/destination.h"
#include "cli/json.h"
#include "cli/origin.h"
#include "cli/signer.h"
#include "cli/summary.h"

struct cmd_renumbering {
	const struct options *options;
	struct rebtf_btf *base;
	struct rebtf_signer *signer; /* NULL: do not sign */
	struct destination destination;
	struct loadings loadings;
};

/* The new BTF of one module, and its destination. */
struct renumbered {
	struct rebtf_btf *btf;
	char *path;
};

static struct rebtf_error *renumber_module(struct cmd_renumbering *p, const struct rebtf_file *file,
					   const struct rebtf_module *module,
					   struct renumbered *renumbered)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_SPLIT,
		.made_over = p->base,
		.flags = p->options->strip_signature ? REBTF_MODULE_STRIP_SIGNATURE : 0,
		.signer = p->signer,
		.compress_level = p->options->compress_level,
	};
	struct rebtf_btf *standalone;
	struct rebtf_error *err;

	err = rebtf_module_btf(module, p->base, &standalone);
	if (err)
		return err;
	err = rebtf_renumber(standalone, p->base, &renumbered->btf);
	rebtf_btf_unref(standalone);
	if (err)
		return err;
	output.btf = renumbered->btf;
	err = destination_path(&p->destination, file, &renumbered->path);
	if (err)
		return err;
	return destination_write(&p->destination, file, module, &output);
}

static void report_renumbered(struct cmd_renumbering *p, const struct rebtf_file *file,
			      const struct renumbered *renumbered,
			      const struct rebtf_loading *loading, struct result *result)
{
	const struct options *options = p->options;
	uint32_t first = rebtf_btf_start_id(renumbered->btf);
	uint32_t types = rebtf_btf_type_count(renumbered->btf) - first;
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	if (options->json) {
		object = result_json(options, file->path, "renumbered");
		json_add_string(object, "output", renumbered->path);
		json_add_number(object, "types", types);
		json_add_number(object, "first_id", first);
		loadings_add_json(object, &p->loadings, loading);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, file->path);
		text_addf(&result->out, ": %srenumbered, ", would_be(options));
		text_add_counted(&result->out, types, "type");
		text_addf(&result->out, " from [%u] on\n", first);
		loadings_add_text(&result->out, &p->loadings, loading, false);
	}
}

static void renumber_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct cmd_renumbering *p = arg;
	struct renumbered renumbered = {};
	struct rebtf_loading *loading = NULL;
	struct rebtf_module *module = NULL;
	enum rebtf_form form = REBTF_FORM_STANDALONE;
	struct rebtf_error *err;

	err = open_file(p->options, file, &module);
	if (leave_without_btf(&p->destination, p->options, file, module, result)) {
		loadings_judge_left(&p->loadings, module);
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = rebtf_module_form(module, named_base(p->options, p->base), &form);
	if (!err && form == REBTF_FORM_STANDALONE)
		err = renumber_module(p, file, module, &renumbered);
	if (!err && form == REBTF_FORM_STANDALONE)
		loading = loadings_judge(&p->loadings, module, true);

	if (err)
		result_fail(result, p->options, file->path, err);
	else if (form == REBTF_FORM_EMPTY ||
		 (form == REBTF_FORM_SPLIT && origin_of(module, p->base) == ORIGIN_THIS))
		leave_alone(&p->destination, p->options, file, module, form, result);
	else if (form == REBTF_FORM_SPLIT)
		result_refuse(result, p->options, file->path, REBTF_ERR_UNSUPPORTED, ".BTF",
			      "cannot renumber split BTF (expected standalone BTF)");
	else if (form == REBTF_FORM_DISTILLED)
		result_refuse(
			result, p->options, file->path, REBTF_ERR_UNSUPPORTED, ".BTF",
			"cannot renumber distilled BTF (expected standalone BTF): relocate it instead");
	else
		report_renumbered(p, file, &renumbered, loading, result);
	free(renumbered.path);
	rebtf_loading_free(loading);
	rebtf_btf_unref(renumbered.btf);
	rebtf_module_free(module);
}

static enum status run_renumber(const struct options *options)
{
	static const struct summary_words words = {
		.verb = "renumber",
		.outcome = "renumbered",
		.one = "renumbered",
		.many = "renumbered",
	};
	struct cmd_renumbering p = { .options = options };
	const struct batch_work work = {
		.doing = "renumbering",
		.one = renumber_one,
		.arg = &p,
		.listed = loadings_offer,
		.listed_arg = &p.loadings,
	};
	enum status status = STATUS_TROUBLE;
	struct tally tally;
	bool ran;

	if (!open_signer(options, &p.signer))
		return STATUS_TROUBLE;
	p.base = open_base_of(options);
	if (!p.base) {
		rebtf_signer_free(p.signer);
		return STATUS_TROUBLE;
	}
	destination_init(&p.destination, options);
	if (loadings_init(&p.loadings, options, p.base)) {
		p.loadings.warns = true;
		ran = batch_run(options, &work, &tally);
		tally.base = p.base;
		if (ran)
			print_summary(options, &words, &tally, NULL, &p.loadings);
		status = loadings_status(&p.loadings, tally_finish(&tally, ran));
	}
	loadings_release(&p.loadings);
	destination_release(&p.destination);
	rebtf_btf_unref(p.base);
	rebtf_signer_free(p.signer);
	return status;
}

static const struct argp_child children[] = {
	{ .argp = &base_argp },	 { .argp = &cache_argp }, { .argp = &loading_argp },
	{ .argp = &write_argp }, { .argp = &batch_argp }, {},
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
