/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf info: describes a file. Most facts need no base. With a base, it also checks whether the
 * base fits. The meaning of "fits" depends on the form: plain split BTF refers to one exact base by
 * number, a distilled module to any base with the types that it names.
 */
#include <stdio.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/batch.h"
#include "cli/built_for.h"
#include "cli/description.h"
#include "cli/destination.h"
#include "cli/guards.h"

struct inquiry {
	const struct options *options;
	struct base base;
	struct loadings loadings; /* only with a named base */
};

/* -------------------------------------------------------------------------------------- finding */

/* Surveys a section that was opened before, so that its errors have already been reported. */
static struct rebtf_error *survey_section(const struct rebtf_module *module,
					  enum rebtf_section section, struct rebtf_survey **survey)
{
	size_t size;
	const void *data = rebtf_module_section(module, section, &size);

	return data ? rebtf_survey(data, size, rebtf_module_path(module), survey) : NULL;
}

static struct rebtf_error *cmd_info_count_refs(const struct rebtf_btf *btf, struct description *d)
{
	TRY(rebtf_btf_count_base_refs(btf, &d->base_refs));
	d->has_refs = true;
	return NULL;
}

static struct rebtf_error *try_split(const struct description *d, struct rebtf_btf **btf)
{
	TRY(built_for_check(d->options, d->module, d->base));
	return rebtf_module_btf(d->module, d->base, btf);
}

/* Whether another base would give the same error: an untrue note, for example. */
static bool is_for_any_base(const struct rebtf_module *module, const struct rebtf_error *err)
{
	if (rebtf_error_code(err) == REBTF_ERR_FORMAT)
		return rebtf_module_note(module);
	return rebtf_error_code(err) != REBTF_ERR_WRONG_BASE;
}

/* Without a named base, the running kernel is tried if it can be read. */
static struct rebtf_error *look_at_split(struct inquiry *q, struct description *d)
{
	GUARD(btf) struct rebtf_btf *btf = NULL;
	struct rebtf_error *err;

	TRY(base_get(&q->base, &d->base));
	if (!d->base)
		return NULL;
	err = try_split(d, &btf);
	if (!err)
		return cmd_info_count_refs(btf, d);
	if (is_for_any_base(d->module, err))
		return err;
	d->misfit = err;
	return NULL;
}

static struct rebtf_error *look_at_distilled(const struct inquiry *q, struct description *d)
{
	struct rebtf_transform_options how = { .size = sizeof(how) };
	GUARD(btf) struct rebtf_btf *btf = NULL;

	TRY(rebtf_module_btf(d->module, NULL, &btf));
	TRY(cmd_info_count_refs(btf, d));
	how.base = d->base = base_named(&q->base);
	if (d->base)
		d->misfit = rebtf_module_check(d->module, &how, &d->made);
	return NULL;
}

/* Opens the module's saved original and expectations, only to check them. */
static struct rebtf_error *look_at_distilled_parts(struct description *d)
{
	GUARD(btf) struct rebtf_btf *btf = NULL;
	GUARD(btf) struct rebtf_btf *expects = NULL;

	if (!rebtf_module_has_distilled(d->module))
		return NULL;
	TRY(rebtf_module_distilled(d->module, &btf));
	TRY(rebtf_module_expects(d->module, rebtf_btf_base(btf), &expects));
	return expects ? survey_section(d->module, REBTF_SECTION_BTF_EXPECTS, &d->expects) : NULL;
}

/* Opens the inline BTF to check it, if its chain of bases is known. */
static struct rebtf_error *cmd_info_look_at_inlined(struct description *d)
{
	GUARD(btf) struct rebtf_btf *btf = NULL, *inlined = NULL;
	size_t size;

	if (!rebtf_module_section(d->module, REBTF_SECTION_INLINE, &size))
		return NULL;
	if (d->form != REBTF_FORM_SPLIT || (d->base && !d->misfit)) {
		TRY(rebtf_module_btf(d->module, d->base, &btf));
		TRY(rebtf_module_inlined(d->module, btf, &inlined));
	}
	return survey_section(d->module, REBTF_SECTION_INLINE, &d->inlined);
}

static struct rebtf_error *cmd_info_look_at(struct inquiry *q, struct description *d)
{
	TRY(rebtf_module_form(d->module, base_named(&q->base), &d->form));
	if (d->form == REBTF_FORM_SPLIT)
		TRY(look_at_split(q, d));
	else if (d->form == REBTF_FORM_DISTILLED)
		TRY(look_at_distilled(q, d));
	else
		d->has_refs = true;
	TRY(survey_section(d->module, REBTF_SECTION_BTF, &d->own));
	TRY(survey_section(d->module, REBTF_SECTION_BTF_BASE, &d->distilled));
	TRY(look_at_distilled_parts(d));
	TRY(cmd_info_look_at_inlined(d));
	d->origin = origin_of(d->module, d->base ?: base_named(&q->base));
	if (q->options->base)
		d->loading = loadings_judge(&q->loadings, d->module, false);
	return NULL;
}

/* ----------------------------------------------------------------------------------------- verb */

static void describe_without_btf(struct inquiry *q, struct description *d, struct result *result)
{
	if (q->options->base)
		d->loading = loadings_judge(&q->loadings, d->module, false);
	if (q->options->json) {
		result->loading = loading_json(&q->loadings, d->loading);
		leave_without_btf(NULL, q->options, d->file, d->module, result);
	} else {
		result->outcome = OUTCOME_LEFT;
		description_add_bare(&result->out, d);
	}
}

/* Sets @result, or returns an error for it. */
static struct rebtf_error *info_file(struct inquiry *q, struct description *d,
				     struct result *result)
{
	TRY(open_any(q->options, d->file, &d->module));
	if (!rebtf_module_has_btf(d->module)) {
		describe_without_btf(q, d, result);
		return NULL;
	}
	TRY(cmd_info_look_at(q, d));
	/*
	 * Only a user who named a base asks whether it fits. For the running kernel it is only
	 * information.
	 */
	result->outcome = d->misfit && q->options->base ? OUTCOME_MISFIT : OUTCOME_DONE;
	if (!q->options->quiet)
		description_add(&result->out, d);
	return NULL;
}

static void info_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct inquiry *q = arg;
	struct description d = { .options = q->options, .file = file, .loadings = &q->loadings };
	struct rebtf_error *err = info_file(q, &d, result);

	if (err)
		result_fail(result, q->options, file->path, err);
	description_release(&d);
}

static enum status run_info(const struct options *options)
{
	struct inquiry q = { .options = options };
	struct batch_work work = {
		.doing = "looking", .one = info_one, .arg = &q, .takes_kernels = true
	};
	enum status status = STATUS_TROUBLE;
	struct rebtf_btf *base = NULL;
	struct tally tally;

	if (!options->base && (options->require_loadable || options->symvers)) {
		fputs("rebtf: --symvers and --require-loadable need a kernel: name it with --base\n",
		      stderr);
		return STATUS_TROUBLE;
	}
	base_init(&q.base, options);
	if (!options->base || base_open(&q.base, &base)) {
		bool ran;

		if (options->base) {
			loadings_init(&q.loadings, options, base);
			work.listed = loadings_open;
			work.listed_arg = &q.loadings;
		}
		ran = batch_run(options, &work, &tally);
		status = loadings_status(&q.loadings, tally_finish(&tally, ran));
	}
	loadings_release(&q.loadings);
	base_release(&q.base);
	return status;
}

static const struct argp_child children[] = {
	{ .argp = &base_argp },	   { .argp = &cache_argp }, { .argp = &built_for_argp },
	{ .argp = &loading_argp }, { .argp = &batch_argp }, {},
};

const struct verb verb_info = {
	.name = "info",
	.summary = "describe the BTF in a file",
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Describes the BTF of each FILE: its form, byte order and sizes, the number of types "
		       "of each kind, and the number of types of its base that it refers to. With --base, "
		       "also reports whether that base fits: whether plain split BTF can be split from it, "
		       "or whether a distilled module would relocate to it."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf info dummy.ko.xz\n"
		       "  rebtf info --base 6.1.0-56-amd64 dummy.ko\n",
		.children = children,
	},
	.run = run_info,
};
