/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reports how one module fits a base, in text and in JSON. */
#include <sys/stat.h>

#include "cli/explain.h"
#include "cli/report.h"

/*
 * Limits on the ids of equally good candidates in a line, and in JSON. No kernel has more of one
 * name, but for a file with thousands of types of one name the output would take gigabytes.
 */
#define IDS_IN_TEXT 8
#define IDS_IN_JSON 64

#define LIMIT_FIXED    ((size_t)256 << 10)
#define LIMIT_PER_BYTE 8

size_t report_limit(const char *path)
{
	struct stat st;

	if (stat(path, &st) || st.st_size < 0)
		return LIMIT_FIXED;
	return LIMIT_FIXED + LIMIT_PER_BYTE * (size_t)st.st_size;
}

static const struct rebtf_type *distilled_type(const struct rebtf_report *report,
					       const struct rebtf_match *match)
{
	return rebtf_btf_type(rebtf_report_distilled_base(report), match->id);
}

void report_add_type(struct text *text, const struct rebtf_report *report,
		     const struct rebtf_match *match)
{
	const struct rebtf_type *t = distilled_type(report, match);

	text_add(text, rebtf_type_keyword(t));
	text_add_type_name(text, rebtf_btf_type_name(rebtf_report_distilled_base(report), t));
}

void report_add_reason(struct text *text, const struct rebtf_report *report,
		       const struct rebtf_match *match)
{
	uint32_t kind = rebtf_type_kind(distilled_type(report, match));

	switch (match->verdict) {
	case REBTF_VERDICT_MATCHED:
		text_add(text, "matches");
		return;
	case REBTF_VERDICT_MISSING:
		text_add(text, "no such type now");
		return;
	case REBTF_VERDICT_SIZE:
		text_add_counted(text, match->old_size, "byte");
		text_add(text, " then, ");
		text_add_count(text, match->new_size);
		text_add(text, " now");
		return;
	case REBTF_VERDICT_KIND:
		if (match->near_kind == kind)
			text_add(text, "same name and kind, but another encoding now");
		else
			text_addf(text, "%s then, %s now", rebtf_kind_name(kind),
				  rebtf_kind_name(match->near_kind));
		return;
	case REBTF_VERDICT_AMBIGUOUS:
		text_add_counted(text, match->candidate_count, "type");
		text_add(text, " of that name fit equally well");
		return;
	case REBTF_VERDICT_MEMBERS:
		text_add(text, "its members changed");
		return;
	case REBTF_VERDICT_UNPROVEN:
		text_add(text, "its old members are unknown");
		return;
	}
}

static void add_candidate_ids(struct text *text, const struct rebtf_match *match)
{
	for (size_t i = 0; i < match->candidate_count && i < IDS_IN_TEXT; i++)
		text_addf(text, "%s%u", i ? ", " : ": ids ", match->candidates[i]);
	if (match->candidate_count > IDS_IN_TEXT)
		text_add(text, ", ...");
}

static void add_class(struct text *text, const struct rebtf_match *match)
{
	if (match->reliance == REBTF_RELIANCE_TRUSTED)
		text_add(text, match->embedded ? " (embedded, trusted)" : " (trusted)");
	else if (match->embedded)
		text_add(text, " (embedded)");
}

static void add_misfit_text(struct text *text, const struct rebtf_report *report,
			    const struct rebtf_match *match)
{
	text_add(text, "    ");
	text_style(text, STYLE_STRONG);
	report_add_type(text, report, match);
	text_style(text, STYLE_PLAIN);
	text_add(text, ": ");
	report_add_reason(text, report, match);
	if (match->verdict == REBTF_VERDICT_AMBIGUOUS)
		add_candidate_ids(text, match);
	add_class(text, match);
	if (match->localized)
		text_add(text, rebtf_match_is_harmless(report, match)
				       ? ", localized"
				       : ", localized, but the code still has the old layout");
	text_add(text, "\n");
}

static struct json_object *candidates_json(const struct rebtf_report *report,
					   const struct rebtf_match *match)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < match->candidate_count && i < IDS_IN_JSON; i++) {
		uint32_t id = match->candidates[i];
		const struct rebtf_type *t = rebtf_btf_type(rebtf_report_new_base(report), id);
		struct json_object *object = json_new_object();

		json_add_number(object, "id", id);
		json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
		json_append(array, object);
	}
	return array;
}

void report_add_verdict_json(struct json_object *object, uint32_t kind, const char *name,
			     const struct rebtf_match *match)
{
	json_add_string(object, "kind", rebtf_kind_name(kind));
	json_add_name(object, "name", name);
	json_add_string(object, "verdict", rebtf_verdict_name(match->verdict));
}

void report_add_sizes_json(struct json_object *object, const struct rebtf_match *match)
{
	json_add_number(object, "old_size", match->old_size);
	json_add_number(object, "new_size", match->new_size);
}

/* The caller adds the explanation. */
static struct json_object *misfit_json(const struct rebtf_report *report,
				       const struct rebtf_match *match)
{
	const struct rebtf_type *t = distilled_type(report, match);
	struct json_object *object = json_new_object();

	json_add_number(object, "id", match->id);
	report_add_verdict_json(object, rebtf_type_kind(t),
				rebtf_btf_type_name(rebtf_report_distilled_base(report), t), match);
	json_add_string(object, "class", rebtf_reliance_name(match->reliance));
	json_add_bool(object, "embedded", match->embedded);
	json_add_bool(object, "localized", match->localized);
	report_add_sizes_json(object, match);
	json_add(object, "candidates", candidates_json(report, match));
	json_add_number(object, "candidate_count", match->candidate_count);
	return object;
}

/* Where misfits go: to text, or to an array. */
struct misfit_output {
	struct text *text; /* NULL: to the array */
	struct json_object *array;
	size_t limit;
};

static bool misfit_output_is_full(const struct misfit_output *out)
{
	return out->text ? text_is_full(out->text) : json_size(out->array) >= out->limit;
}

static void add_misfit(const struct misfit_output *out, const struct options *options,
		       const struct fit *fit, const struct rebtf_match *match)
{
	struct json_object *object;
	struct explanation x;

	if (out->text)
		add_misfit_text(out->text, fit->report, match);
	if (out->text && match->localized && !options->verbose)
		return;
	explanation_init(&x, options, fit->made, match);
	if (out->text) {
		explanation_add_text(out->text, &x);
	} else {
		object = misfit_json(fit->report, match);
		explanation_add_json(object, &x, out->limit - json_size(out->array));
		json_append(out->array, object);
	}
	explanation_release(&x);
}

/* Adds misfits until the output is full. Returns how many are left out. */
static size_t add_misfits(const struct misfit_output *out, const struct options *options,
			  const struct fit *fit)
{
	const struct rebtf_report *report = fit->report;
	size_t left_out = 0;

	for (size_t i = 0; report && i < rebtf_report_count(report); i++) {
		const struct rebtf_match *match = rebtf_report_at(report, i);

		if (match->verdict == REBTF_VERDICT_MATCHED)
			continue;
		if (misfit_output_is_full(out))
			left_out++;
		else
			add_misfit(out, options, fit, match);
	}
	return left_out;
}

void report_add_misfits(struct text *text, const struct options *options, const struct fit *fit,
			size_t limit)
{
	size_t left_out;

	text->limit = text->size + limit;
	left_out = add_misfits(&(struct misfit_output){ .text = text }, options, fit);
	text->limit = 0;
	if (left_out) {
		text_add(text, "    and ");
		text_add_counted(text, left_out, "more type");
		text_add(text, "\n");
	}
}

void report_add_json(struct json_object *object, const struct options *options,
		     const struct fit *fit, size_t limit)
{
	struct json_object *array = json_new_array();
	const struct misfit_output out = { .array = array, .limit = limit };
	size_t left_out = add_misfits(&out, options, fit);

	json_add(object, "misfits", array);
	if (left_out)
		json_add_number(object, "misfits_left_out", left_out);
}

void report_add_localized_json(struct json_object *object, const struct rebtf_report *report)
{
	json_add_number(object, "localized", report ? rebtf_report_localized(report) : 0);
	json_add_number(object, "refs", report ? rebtf_report_refs(report) : 0);
	json_add_number(object, "refs_localized", report ? rebtf_report_refs_localized(report) : 0);
}

void report_add_loading_json(struct json_object *object, const struct fit *fit)
{
	if (fit->loadings)
		loadings_add_json(object, fit->loadings, fit->loading);
}

/* ------------------------------------------------------------------------------- whole modules */

bool report_is_refused(const struct fit *fit)
{
	return fit->loading && !fit->loadings->warns &&
	       rebtf_loading_verdict(fit->loading) == REBTF_LOADING_NO;
}

static void report_add_path(struct text *text, const char *path, enum style style,
			    const char *outcome)
{
	text_style(text, STYLE_STRONG);
	text_add_name(text, path);
	text_style(text, STYLE_PLAIN);
	text_add(text, ": ");
	text_style(text, style);
	text_add(text, outcome);
	text_style(text, STYLE_PLAIN);
}

void report_misfit(struct result *result, const struct options *options, const char *path,
		   enum rebtf_form form, const struct fit *fit)
{
	struct json_object *object;

	result->outcome = OUTCOME_MISFIT;
	if (options->quiet)
		return;
	if (options->json) {
		object = result_json(options, path, "misfit");
		json_add_string(object, "form", rebtf_form_name(form));
		json_add_number(object, "base_types", rebtf_report_count(fit->report));
		report_add_json(object, options, fit, report_limit(path));
		report_add_loading_json(object, fit);
		json_print(&result->out, object);
		return;
	}
	report_add_path(&result->out, path, STYLE_BAD, "does not fit");
	text_add(&result->out, "\n");
	report_add_misfits(&result->out, options, fit, report_limit(path));
	if (fit->loadings)
		loadings_add_text(&result->out, fit->loadings, fit->loading, true);
}

void report_done(struct result *result, const struct options *options, const char *path,
		 const char *done, const struct fit *fit)
{
	const struct rebtf_report *report = fit->report;
	struct text *text = &result->out;

	result->outcome = OUTCOME_DONE;
	result->localized = rebtf_report_localized(report);
	result->refs = rebtf_report_refs(report);
	result->refs_localized = rebtf_report_refs_localized(report);
	if (options->quiet || options->json ||
	    (!rebtf_report_localized(report) && !options->verbose && !report_is_refused(fit)))
		return;
	report_add_path(text, path, rebtf_report_localized(report) ? STYLE_WARN : STYLE_GOOD, done);
	text_add(text, ", ");
	if (rebtf_report_localized(report)) {
		text_add_count(text, rebtf_report_localized(report));
		text_add(text, " of ");
	}
	text_add_counted(text, rebtf_report_count(report), "base type");
	text_add(text, rebtf_report_localized(report) ? " localized\n" : " found\n");
	report_add_misfits(text, options, fit, report_limit(path));
	if (options->verbose || report_is_refused(fit))
		loadings_add_text(text, fit->loadings, fit->loading, false);
}
