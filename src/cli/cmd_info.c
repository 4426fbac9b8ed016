/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf info: describes a file. Most facts need no base. With a base, it also checks whether the
 * base fits. What "fits" means depends on the form: plain split BTF refers to one exact base by
 * number, a distilled module to any base with the types that it names.
 */
#include <stdio.h>
#include <string.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/batch.h"
#include "cli/built_for.h"
#include "cli/destination.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/loadings.h"
#include "cli/origin.h"
#include "cli/report.h"

struct inquiry {
	const struct options *options;
	struct base base;
	struct loadings loadings; /* only with a named base */
};

/* The facts about one file. */
struct cmd_info_findings {
	enum rebtf_form form;
	struct rebtf_survey *own;	/* of .BTF */
	struct rebtf_survey *distilled; /* of .BTF.base, if it has one */
	struct rebtf_survey *expects;	/* of .BTF.base_expects, if it has one */
	enum origin origin;
	bool has_refs; /* base_refs is known */
	size_t base_refs;
	struct rebtf_transform *made;  /* a distilled module that was tried on the named base */
	struct rebtf_error *misfit;    /* why the base does not fit */
	struct rebtf_btf *base;	       /* the base that was tried; NULL: none was */
	struct rebtf_loading *loading; /* for the named base; NULL: not requested, or raw BTF */
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

static struct rebtf_error *cmd_info_count_refs(const struct rebtf_btf *btf,
					       struct cmd_info_findings *f)
{
	struct rebtf_error *err = rebtf_btf_count_base_refs(btf, &f->base_refs);

	f->has_refs = !err;
	return err;
}

static struct rebtf_error *try_split(struct inquiry *q, const struct rebtf_module *module,
				     struct rebtf_btf *base, struct rebtf_btf **btf)
{
	TRY(built_for_check(q->options, module, base));
	return rebtf_module_btf(module, base, btf);
}

/* Whether another base would give the same error: an untrue note, for example. */
static bool is_for_any_base(const struct rebtf_module *module, const struct rebtf_error *err)
{
	if (rebtf_error_code(err) == REBTF_ERR_FORMAT)
		return rebtf_module_note(module);
	return rebtf_error_code(err) != REBTF_ERR_WRONG_BASE;
}

/* Without a named base, the running kernel is tried if it can be read. */
static struct rebtf_error *look_at_split(struct inquiry *q, const struct rebtf_module *module,
					 struct cmd_info_findings *f)
{
	GUARD(btf) struct rebtf_btf *btf = NULL;
	struct rebtf_error *err;

	TRY(base_get(&q->base, &f->base));
	if (!f->base)
		return NULL;
	err = try_split(q, module, f->base, &btf);
	if (!err)
		return cmd_info_count_refs(btf, f);
	if (is_for_any_base(module, err))
		return err;
	f->misfit = err;
	return NULL;
}

static struct rebtf_error *look_at_distilled(struct inquiry *q, const struct rebtf_module *module,
					     struct cmd_info_findings *f)
{
	struct rebtf_transform_options how = { .size = sizeof(how) };
	GUARD(btf) struct rebtf_btf *btf = NULL;

	TRY(rebtf_module_btf(module, NULL, &btf));
	TRY(cmd_info_count_refs(btf, f));
	how.base = f->base = base_named(&q->base);
	if (f->base)
		f->misfit = rebtf_module_check(module, &how, &f->made);
	return NULL;
}

/* Opens the module's saved original and expectations, only to check them. */
static struct rebtf_error *look_at_distilled_parts(const struct rebtf_module *module,
						   struct cmd_info_findings *f)
{
	GUARD(btf) struct rebtf_btf *btf = NULL;
	GUARD(btf) struct rebtf_btf *expects = NULL;

	if (!rebtf_module_has_distilled(module))
		return NULL;
	TRY(rebtf_module_distilled(module, &btf));
	TRY(rebtf_module_expects(module, rebtf_btf_base(btf), &expects));
	return expects ? survey_section(module, REBTF_SECTION_BTF_EXPECTS, &f->expects) : NULL;
}

static struct rebtf_error *cmd_info_look_at(struct inquiry *q, const struct rebtf_module *module,
					    struct cmd_info_findings *f)
{
	TRY(rebtf_module_form(module, base_named(&q->base), &f->form));
	if (f->form == REBTF_FORM_SPLIT)
		TRY(look_at_split(q, module, f));
	else if (f->form == REBTF_FORM_DISTILLED)
		TRY(look_at_distilled(q, module, f));
	else
		f->has_refs = true;
	TRY(survey_section(module, REBTF_SECTION_BTF, &f->own));
	TRY(survey_section(module, REBTF_SECTION_BTF_BASE, &f->distilled));
	TRY(look_at_distilled_parts(module, f));
	f->origin = origin_of(module, f->base ?: base_named(&q->base));
	if (q->options->base)
		f->loading = loadings_judge(&q->loadings, module, false);
	return NULL;
}

/* ---------------------------------------------------------------------------------------- words */

static const char *container_name(const struct rebtf_module *module)
{
	static const char *const names[] = {
		[REBTF_CONTAINER_RAW] = "raw",
		[REBTF_CONTAINER_ELF] = "elf",
		[REBTF_CONTAINER_IMAGE] = "image",
	};

	return names[rebtf_module_container(module)];
}

static const char *compression_name(const struct rebtf_module *module)
{
	switch (rebtf_module_compression(module)) {
	case REBTF_COMPRESSION_GZIP:
		return "gzip";
	case REBTF_COMPRESSION_XZ:
		return "xz";
	case REBTF_COMPRESSION_ZSTD:
		return "zstd";
	case REBTF_COMPRESSION_NONE:
		break;
	}
	return "none";
}

static const char *byte_order_name(const struct rebtf_survey *survey)
{
	return survey->big_endian ? "big-endian" : "little-endian";
}

static const char *form_meaning(enum rebtf_form form)
{
	switch (form) {
	case REBTF_FORM_SPLIT:
		return "refers to one exact kernel, by type id";
	case REBTF_FORM_DISTILLED:
		return "names what it needs of a kernel, and can be relocated";
	case REBTF_FORM_STANDALONE:
		return "refers to nothing outside itself";
	case REBTF_FORM_EMPTY:
		return "has no types";
	}
	return "";
}

/* ----------------------------------------------------------------------------------------- text */

static void add_section_text(struct text *text, const struct rebtf_module *module,
			     enum rebtf_section section, const char *label,
			     const struct rebtf_survey *survey)
{
	size_t size;

	if (!rebtf_module_section(module, section, &size))
		return;
	text_addf(text, "  %-12s", label);
	text_add_counted(text, size, "byte");
	if (survey) {
		text_add(text, ": header ");
		text_add_count(text, survey->header_size);
		text_add(text, ", types ");
		text_add_count(text, survey->types_size);
		if (survey->layout_size) {
			text_add(text, ", layout ");
			text_add_count(text, survey->layout_size);
		}
		text_add(text, ", strings ");
		text_add_count(text, survey->strings_size);
	}
	text_add(text, "\n");
}

static void add_kept_text(struct text *text, const struct rebtf_module *module)
{
	size_t size, base_size;

	if (!rebtf_module_section(module, REBTF_SECTION_SAVED_BTF, &size))
		return;
	rebtf_module_section(module, REBTF_SECTION_SAVED_BASE, &base_size);
	text_add(text, "  kept        distilled BTF of ");
	text_add_counted(text, size, "byte");
	text_add(text, " and its base of ");
	text_add_count(text, base_size);
	text_add(text, ", to relocate again\n");
}

static void add_note_text(struct text *text, const struct inquiry *q,
			  const struct rebtf_module *module, const struct cmd_info_findings *f)
{
	const struct rebtf_note *note = rebtf_module_note(module);

	if (!note)
		return;
	text_addf(text, "  note        %s", rebtf_form_name(note->form));
	if (note->type_count) {
		text_add(text, ", made over ");
		text_add_counted(text, note->type_count - 1, "type");
		text_add(text, " and ");
		text_add_counted(text, note->string_end, "byte");
		text_add(text, " of strings");
	}
	if (f->origin != ORIGIN_UNKNOWN) {
		text_add(text, f->origin == ORIGIN_THIS ? ": that is " : ": not ");
		text_add_name(text, base_label(q->options));
	}
	text_add(text, "\n");
}

static void add_kinds_text(struct text *text, const struct rebtf_survey *survey)
{
	const char *before = ": ";

	text_add(text, "  types       ");
	text_add_count(text, survey->type_count);
	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++) {
		if (!survey->kind_counts[kind])
			continue;
		text_add(text, before);
		if (kind < REBTF_KNOWN_KINDS)
			text_add(text, rebtf_kind_name(kind));
		else
			text_addf(text, "kind %u", kind);
		text_add(text, " ");
		text_add_count(text, survey->kind_counts[kind]);
		before = ", ";
	}
	text_add(text, "\n");
}

static struct fit info_fit(const struct cmd_info_findings *f)
{
	return (struct fit){
		.made = f->made,
		.report = f->made ? rebtf_transform_report(f->made) : NULL,
	};
}

static void add_base_text(struct text *text, const struct inquiry *q,
			  const struct rebtf_module *module, const struct cmd_info_findings *f)
{
	const struct fit fit = info_fit(f);

	if (f->form == REBTF_FORM_STANDALONE || f->form == REBTF_FORM_EMPTY) {
		text_add(text, "  base        none needed\n");
		return;
	}
	if (f->has_refs) {
		text_add(text, "  base        refers to ");
		text_add_counted(text, f->base_refs, "type");
		text_add(text, " of it\n");
	}
	text_add(text, "  fits        ");
	if (!f->base) {
		text_add(text, "unknown: --base would tell\n");
		return;
	}
	text_add(text, f->misfit ? "no, " : "yes, ");
	if (f->form == REBTF_FORM_SPLIT) {
		text_add_name(text, base_label(q->options));
		text_add(text, f->misfit ? " is not the kernel it was built for"
					 : " can be the kernel it was built for");
	} else {
		text_add(text, f->misfit ? "it does not relocate to " : "it relocates to ");
		text_add_name(text, base_label(q->options));
	}
	if (q->options->verbose) {
		text_add(text, " (");
		kernels_add_name(text, f->base);
		text_add(text, ")");
	}
	if (f->misfit && !fit.report) {
		text_add(text, ": ");
		text_add_name(text, rebtf_error_message(f->misfit));
	}
	text_add(text, fit.report && f->misfit ? ":\n" : "\n");
	if (fit.report)
		report_add_misfits(text, q->options, &fit, report_limit(rebtf_module_path(module)));
}

static void add_container_text(struct text *text, const struct rebtf_file *file,
			       const struct rebtf_module *module)
{
	static const char *const names[] = {
		[REBTF_CONTAINER_RAW] = "raw BTF",
		[REBTF_CONTAINER_ELF] = "ELF",
		[REBTF_CONTAINER_IMAGE] = "kernel image",
	};

	text_add_name(text, file->path);
	text_addf(text, "\n  container   %s", names[rebtf_module_container(module)]);
	if (rebtf_module_compression(module) != REBTF_COMPRESSION_NONE)
		text_addf(text, ", %s", compression_name(module));
	text_addf(text, "%s\n", rebtf_module_signed(module) ? ", signed" : "");
	if (strcmp(file->path, rebtf_module_path(module))) {
		text_add(text, "  file        ");
		text_add_name(text, rebtf_module_path(module));
		text_add(text, "\n");
	}
	if (rebtf_module_release(module)) {
		text_add(text, "  release     ");
		text_add_name(text, rebtf_module_release(module));
		text_add(text, "\n");
	}
}

static void cmd_info_add_text(struct text *text, struct inquiry *q, const struct rebtf_file *file,
			      const struct rebtf_module *module, const struct cmd_info_findings *f)
{
	add_container_text(text, file, module);
	text_addf(text, "  form        %s: %s\n", rebtf_form_name(f->form), form_meaning(f->form));
	text_addf(text, "  byte order  %s\n", byte_order_name(f->own));
	add_section_text(text, module, REBTF_SECTION_BTF, ".BTF", f->own);
	add_section_text(text, module, REBTF_SECTION_BTF_BASE, ".BTF.base", f->distilled);
	add_section_text(text, module, REBTF_SECTION_BTF_EXPECTS, "expects", f->expects);
	add_section_text(text, module, REBTF_SECTION_BTF_IDS, ".BTF_ids", NULL);
	add_section_text(text, module, REBTF_SECTION_BASE_IDS, "base ids", NULL);
	add_kept_text(text, module);
	add_note_text(text, q, module, f);
	add_kinds_text(text, f->own);
	add_base_text(text, q, module, f);
	if (f->loading)
		loadings_add_info_text(text, &q->loadings, f->loading, f->misfit);
}

/* ----------------------------------------------------------------------------------------- JSON */

static void add_section_json(struct json_object *sections, const struct rebtf_module *module,
			     enum rebtf_section section, const struct rebtf_survey *survey)
{
	struct json_object *object;
	size_t size;

	if (!rebtf_module_section(module, section, &size))
		return;
	object = json_new_object();
	json_add_number(object, "size", size);
	if (survey) {
		json_add_number(object, "header", survey->header_size);
		json_add_number(object, "types", survey->types_size);
		json_add_number(object, "layout", survey->layout_size);
		json_add_number(object, "strings", survey->strings_size);
	}
	json_add(sections, rebtf_section_name(section), object);
}

static struct json_object *kinds_json(const struct rebtf_survey *survey)
{
	struct json_object *object = json_new_object();

	for (uint32_t kind = 0; kind < REBTF_MAX_KINDS; kind++) {
		char key[16];

		if (!survey->kind_counts[kind])
			continue;
		if (kind < REBTF_KNOWN_KINDS) {
			json_add_number(object, rebtf_kind_name(kind), survey->kind_counts[kind]);
			continue;
		}
		snprintf(key, sizeof(key), "kind %u", kind);
		json_add_number(object, key, survey->kind_counts[kind]);
	}
	return object;
}

static struct json_object *note_json(const struct rebtf_module *module,
				     const struct cmd_info_findings *f)
{
	const struct rebtf_note *note = rebtf_module_note(module);
	char digest[2 * REBTF_DIGEST_SIZE + 1];
	struct json_object *object;

	if (!note)
		return NULL;
	for (size_t i = 0; i < REBTF_DIGEST_SIZE; i++)
		snprintf(digest + 2 * i, 3, "%02x", note->digest[i]);
	object = json_new_object();
	json_add_string(object, "form", rebtf_form_name(note->form));
	json_add_number(object, "type_count", note->type_count);
	json_add_number(object, "string_end", note->string_end);
	json_add_string(object, "sha256", digest);
	origin_add_json(object, f->origin);
	return object;
}

static struct json_object *fit_json(const struct inquiry *q, const struct rebtf_module *module,
				    const struct cmd_info_findings *f)
{
	const struct fit fit = info_fit(f);
	struct json_object *object;

	if (!f->base)
		return NULL;
	object = json_new_object();
	json_add_string(object, "base", q->options->base);
	json_add(object, "base_kernel", kernels_json(f->base));
	json_add_string(object, "reading",
			f->form == REBTF_FORM_SPLIT ? "split_from" : "relocate_to");
	json_add_bool(object, "fits", !f->misfit);
	if (fit.report)
		report_add_json(object, q->options, &fit, report_limit(rebtf_module_path(module)));
	else if (f->misfit)
		json_add(object, "error", json_error(f->misfit, NULL));
	return object;
}

static void cmd_info_add_json(struct text *text, struct inquiry *q, const struct rebtf_file *file,
			      const struct rebtf_module *module, const struct cmd_info_findings *f)
{
	struct json_object *object = json_new_object(), *sections = json_new_object();

	json_add_string(object, "file", file->path);
	json_add_string(object, "outcome", "described");
	json_add(object, "kernel", kernels_module_json(module));
	json_add_string(object, "container", container_name(module));
	json_add_string(object, "compression", compression_name(module));
	json_add_bool(object, "signed", rebtf_module_signed(module));
	json_add_string(object, "form", rebtf_form_name(f->form));
	json_add_string(object, "byte_order", byte_order_name(f->own));
	add_section_json(sections, module, REBTF_SECTION_BTF, f->own);
	add_section_json(sections, module, REBTF_SECTION_BTF_BASE, f->distilled);
	add_section_json(sections, module, REBTF_SECTION_BTF_EXPECTS, f->expects);
	add_section_json(sections, module, REBTF_SECTION_BTF_IDS, NULL);
	add_section_json(sections, module, REBTF_SECTION_BASE_IDS, NULL);
	add_section_json(sections, module, REBTF_SECTION_SAVED_BTF, NULL);
	add_section_json(sections, module, REBTF_SECTION_SAVED_BASE, NULL);
	json_add(object, "sections", sections);
	json_add(object, "note", note_json(module, f));
	json_add_number(object, "types", f->own->type_count);
	json_add(object, "kinds", kinds_json(f->own));
	if (f->has_refs)
		json_add_number(object, "base_refs", f->base_refs);
	else
		json_add(object, "base_refs", NULL);
	json_add(object, "fit", fit_json(q, module, f));
	loadings_add_json(object, &q->loadings, f->loading);
	json_print(text, object);
}

/* ----------------------------------------------------------------------------------------- verb */

static void describe_without_btf(struct inquiry *q, const struct rebtf_file *file,
				 const struct rebtf_module *module, struct result *result)
{
	struct rebtf_loading *loading = NULL;

	if (q->options->base)
		loading = loadings_judge(&q->loadings, module, false);
	if (q->options->json) {
		result->loading = loading_json(&q->loadings, loading);
		leave_without_btf(NULL, q->options, file, module, result);
	} else {
		result->outcome = OUTCOME_LEFT;
		add_container_text(&result->out, file, module);
		text_add(&result->out, "  form        none: has no BTF\n");
		if (loading)
			loadings_add_info_text(&result->out, &q->loadings, loading, false);
	}
	rebtf_loading_free(loading);
}

static void info_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct inquiry *q = arg;
	struct cmd_info_findings f = {};
	struct rebtf_module *module = NULL;
	struct rebtf_error *err;

	err = open_any(q->options, file, &module);
	if (!err && !rebtf_module_has_btf(module)) {
		describe_without_btf(q, file, module, result);
		rebtf_module_free(module);
		return;
	}
	if (!err)
		err = cmd_info_look_at(q, module, &f);
	if (err) {
		result_fail(result, q->options, file->path, err);
	} else {
		/*
		 * Only a user who named a base asks whether it fits. For the running kernel it is
		 * only information.
		 */
		result->outcome = f.misfit && q->options->base ? OUTCOME_MISFIT : OUTCOME_DONE;
		if (!q->options->quiet && q->options->json)
			cmd_info_add_json(&result->out, q, file, module, &f);
		else if (!q->options->quiet)
			cmd_info_add_text(&result->out, q, file, module, &f);
	}
	rebtf_survey_free(f.own);
	rebtf_survey_free(f.distilled);
	rebtf_survey_free(f.expects);
	rebtf_transform_free(f.made);
	rebtf_loading_free(f.loading);
	rebtf_error_free(f.misfit);
	rebtf_module_free(module);
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
	if (options->base) {
		work.listed = loadings_offer;
		work.listed_arg = &q.loadings;
	}
	base_init(&q.base, options);
	if (!options->base ||
	    (base_open(&q.base, &base) && loadings_init(&q.loadings, options, base))) {
		bool ran = batch_run(options, &work, &tally);

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
