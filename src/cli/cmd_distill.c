/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf distill: records in each module the types of its base that it relies on. */
#include <stdlib.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/built_for.h"
#include "cli/destination.h"
#include "cli/json.h"
#include "cli/signer.h"
#include "cli/stray_ids.h"
#include "cli/summary.h"
#include "cli/trusted_names.h"

struct distillation {
	const struct options *options;
	struct rebtf_btf *base;
	struct rebtf_signer *signer; /* NULL: do not sign */
	struct destination destination;
	struct trusted_names trusted_names;
	struct stray_ids stray_ids;
	struct built_for built_for;
};

/* The new BTF of one module, and its destination. */
struct distilled {
	struct rebtf_btf *base;
	struct rebtf_btf *btf;
	struct rebtf_btf *expects; /* NULL: not requested */
	char *path;
	char **stray_ids; /* NULL: no stray ids */
};

/*
 * Records expectations for the types that the module or the verifier relies on. Distills @split
 * meanwhile, unless the module is distilled already.
 */
static struct rebtf_error *distill_expects(struct distillation *d,
					   const struct rebtf_module *module,
					   const struct rebtf_btf *split,
					   struct distilled *distilled)
{
	struct rebtf_trust trust = {
		.names = d->options->trust,
		.name_count = d->options->trust_count,
	};
	struct rebtf_error *err;
	uint32_t *ids;

	err = rebtf_module_ids(module, split, &ids, &trust.id_count);
	if (err)
		return err;
	trusted_names_look_for(&d->trusted_names, split);
	trust.ids = ids;
	err = distilled->btf ? rebtf_expects(split, &trust, d->base, &distilled->expects)
			     : rebtf_distill_expects(split, &trust, &distilled->base,
						     &distilled->btf, &distilled->expects);
	free(ids);
	return err;
}

static struct rebtf_error *distill_btf(struct distillation *d, const struct rebtf_module *module,
				       enum rebtf_form form, struct distilled *distilled)
{
	struct rebtf_btf *btf;
	struct rebtf_error *err;

	err = rebtf_module_btf(module, d->base, &btf);
	if (err)
		return err;
	if (form == REBTF_FORM_DISTILLED) {
		distilled->btf = rebtf_btf_ref(btf);
		distilled->base = rebtf_btf_ref(rebtf_btf_base(btf));
	}
	err = d->options->expects ? distill_expects(d, module, btf, distilled)
				  : rebtf_distill(btf, &distilled->base, &distilled->btf);
	rebtf_btf_unref(btf);
	return err;
}

static struct rebtf_error *distill_module(struct distillation *d, const struct rebtf_file *file,
					  const struct rebtf_module *module, enum rebtf_form form,
					  struct distilled *distilled)
{
	struct rebtf_module_output output = {
		.form = REBTF_FORM_DISTILLED,
		.made_over = d->base,
		.flags = d->options->strip_signature ? REBTF_MODULE_STRIP_SIGNATURE : 0,
		.signer = d->signer,
		.compress_level = d->options->compress_level,
	};
	struct rebtf_error *err;

	err = distill_btf(d, module, form, distilled);
	if (err)
		return err;
	err = destination_path(&d->destination, file, &distilled->path);
	if (err)
		return err;
	output.btf = distilled->btf;
	output.distilled_base = distilled->base;
	output.expects = distilled->expects;
	err = stray_ids_check(&d->stray_ids, file->path, module, &output, &distilled->stray_ids);
	return err ?: destination_write(&d->destination, file, module, &output);
}

/*
 * A module distilled by another tool, such as pahole, lacks the data for --expects. A module with a
 * saved original already has better data than we could make from its relocated BTF.
 */
static bool has_work(const struct options *options, const struct rebtf_module *module,
		     enum rebtf_form form)
{
	size_t size;

	if (form == REBTF_FORM_SPLIT)
		return !rebtf_module_has_distilled(module);
	return form == REBTF_FORM_DISTILLED && options->expects &&
	       !rebtf_module_section(module, REBTF_SECTION_BTF_EXPECTS, &size);
}

/* Checks that distilled BTF can be read over its base, so that "distilled" is true. */
static struct rebtf_error *cmd_distill_check_form(const struct rebtf_module *module,
						  enum rebtf_form form)
{
	struct rebtf_btf *btf = NULL;
	struct rebtf_error *err;

	if (form != REBTF_FORM_DISTILLED)
		return NULL;
	err = rebtf_module_distilled(module, &btf);
	rebtf_btf_unref(btf);
	return err;
}

static void report_distilled(const struct options *options, const struct rebtf_file *file,
			     const struct distilled *distilled, struct result *result)
{
	uint32_t base_types = rebtf_btf_type_count(distilled->base) - 1;
	uint32_t types = rebtf_btf_type_count(distilled->btf) - rebtf_btf_start_id(distilled->btf);
	uint32_t expected_types = 0;
	struct json_object *object;

	if (distilled->expects)
		expected_types = rebtf_btf_type_count(distilled->expects) -
				 rebtf_btf_start_id(distilled->expects);
	result->outcome = OUTCOME_DONE;
	if (options->json) {
		object = result_json(options, file->path, "distilled");
		json_add_string(object, "output", distilled->path);
		json_add_number(object, "types", types);
		json_add_number(object, "base_types", base_types);
		if (distilled->expects)
			json_add_number(object, "expected_types", expected_types);
		stray_names_add_json(object, distilled->stray_ids);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, file->path);
		text_addf(&result->out, ": %sdistilled, ", would_be(options));
		text_add_counted(&result->out, types, "type");
		text_add(&result->out, " over ");
		text_add_counted(&result->out, base_types, "base type");
		if (distilled->expects) {
			text_add(&result->out, ", expectations of ");
			text_add_counted(&result->out, expected_types, "type");
		}
		text_add(&result->out, "\n");
	}
}

static void distill_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct distillation *d = arg;
	struct distilled distilled = {};
	struct rebtf_module *module = NULL;
	struct rebtf_error *err;
	enum rebtf_form form;

	err = open_file(d->options, file, &module);
	if (leave_without_btf(&d->destination, d->options, file, module, result)) {
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = rebtf_module_form(module, named_base(d->options, d->base), &form);
	if (!err && !has_work(d->options, module, form))
		err = cmd_distill_check_form(module, form);
	if (!err && !has_work(d->options, module, form)) {
		leave_alone(&d->destination, d->options, file, module, form, result);
		rebtf_module_free(module);
		return;
	}
	if (!err && built_for_stops(&d->built_for, module, form, result)) {
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = distill_module(d, file, module, form, &distilled);
	if (err)
		result_fail(result, d->options, file->path, err);
	else
		report_distilled(d->options, file, &distilled, result);
	free(distilled.path);
	stray_names_free(distilled.stray_ids);
	rebtf_btf_unref(distilled.expects);
	rebtf_btf_unref(distilled.btf);
	rebtf_btf_unref(distilled.base);
	rebtf_module_free(module);
}

static enum status run_distill(const struct options *options)
{
	static const struct summary_words words = {
		.verb = "distill",
		.outcome = "distilled",
		.one = "distilled",
		.many = "distilled",
	};
	struct distillation d = { .options = options };
	const struct batch_work work = {
		.doing = "distilling",
		.one = distill_one,
		.arg = &d,
		.evidence = &d.built_for.evidence,
	};
	struct tally tally;
	bool ran;

	if (!open_signer(options, &d.signer))
		return STATUS_TROUBLE;
	d.base = open_base(options->base);
	if (!d.base) {
		rebtf_signer_free(d.signer);
		return STATUS_TROUBLE;
	}
	built_for_init(&d.built_for, options, d.base);
	destination_init(&d.destination, options);
	trusted_names_init(&d.trusted_names, options);
	stray_ids_init(&d.stray_ids, options,
		       "a kernel that relocates the module itself leaves these ids as they are",
		       "let rebtf relocate it before it is loaded");
	ran = batch_run(options, &work, &tally);
	tally.base = d.base;
	if (ran)
		print_summary(options, &words, &tally, NULL, NULL);
	trusted_names_finish(&d.trusted_names);
	stray_ids_finish(&d.stray_ids);
	destination_release(&d.destination);
	built_for_release(&d.built_for);
	rebtf_btf_unref(d.base);
	rebtf_signer_free(d.signer);
	return tally_finish(&tally, ran);
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
	{ .argp = &base_argp },
	{ .argp = &cache_argp },
	{ .argp = &built_for_argp },
	{ .argp = &trust_argp },
	{ .argp = &write_argp },
	{ .argp = &batch_argp },
	{},
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
