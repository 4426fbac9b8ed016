/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Why one module does not fit, in words and in JSON. */
#include "cli/report.h"

/* So many ids of equally good candidates stand in a line; JSON has all. */
#define IDS_IN_TEXT 8

static const struct rebtf_type *distilled_type(const struct rebtf_report *report,
					       const struct rebtf_match *match)
{
	return rebtf_type_by_id(report->distilled_base, match->id);
}

/* What C puts before the name of a type of that kind. */
static const char *c_keyword(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_STRUCT:
		return "struct ";
	case REBTF_KIND_UNION:
		return "union ";
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return "enum ";
	case REBTF_KIND_FWD:
		return rebtf_type_kind_flag(t) ? "union " : "struct ";
	default:
		return "";
	}
}

void report_add_type(struct text *text, const struct rebtf_report *report,
		     const struct rebtf_match *match)
{
	const struct rebtf_type *t = distilled_type(report, match);

	text_add(text, c_keyword(t));
	text_add_name(text, rebtf_type_name(report->distilled_base, t));
}

void report_add_reason(struct text *text, const struct rebtf_report *report,
		       const struct rebtf_match *match)
{
	uint32_t kind = rebtf_type_kind(distilled_type(report, match));

	switch (match->verdict) {
	case REBTF_MATCHED:
		text_add(text, "matches");
		return;
	case REBTF_MISSING:
		text_add(text, "no such type now");
		return;
	case REBTF_SIZE:
		text_add_counted(text, match->old_size, "byte");
		text_add(text, " then, ");
		text_add_count(text, match->new_size);
		text_add(text, " now");
		return;
	case REBTF_KIND:
		if (match->near_kind == kind)
			text_add(text, "same name and kind, but another encoding now");
		else
			text_addf(text, "%s then, %s now", rebtf_kind_name(kind),
				  rebtf_kind_name(match->near_kind));
		return;
	case REBTF_AMBIGUOUS:
		text_add_counted(text, match->candidate_count, "type");
		text_add(text, " of that name fit equally well");
		return;
	case REBTF_MEMBERS:
		text_add(text, "its members changed");
		return;
	case REBTF_UNPROVEN:
		text_add(text, "nothing says which members it had");
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

void report_add_misfits(struct text *text, const struct rebtf_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct rebtf_match *match = &report->matches[i];

		if (match->verdict == REBTF_MATCHED)
			continue;
		text_add(text, "    ");
		report_add_type(text, report, match);
		text_add(text, ": ");
		report_add_reason(text, report, match);
		if (match->verdict == REBTF_AMBIGUOUS)
			add_candidate_ids(text, match);
		text_addf(text, "%s\n", match->embedded ? " (embedded)" : "");
	}
}

static struct json_object *candidates_json(const struct rebtf_report *report,
					   const struct rebtf_match *match)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < match->candidate_count; i++) {
		uint32_t id = match->candidates[i];
		const struct rebtf_type *t = rebtf_type_by_id(report->new_base, id);
		struct json_object *object = json_new_object();

		json_add_number(object, "id", id);
		json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
		json_append(array, object);
	}
	return array;
}

struct json_object *report_json(const struct rebtf_report *report)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < report->count; i++) {
		const struct rebtf_match *match = &report->matches[i];
		const struct rebtf_type *t = distilled_type(report, match);
		struct json_object *object;

		if (match->verdict == REBTF_MATCHED)
			continue;
		object = json_new_object();
		json_add_number(object, "id", match->id);
		json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
		json_add_string(object, "name", rebtf_type_name(report->distilled_base, t));
		json_add_string(object, "verdict", rebtf_verdict_name(match->verdict));
		json_add_bool(object, "embedded", match->embedded);
		json_add_number(object, "old_size", match->old_size);
		json_add_number(object, "new_size", match->new_size);
		json_add(object, "candidates", candidates_json(report, match));
		json_append(array, object);
	}
	return array;
}

void report_misfit(struct result *result, const struct options *options, const char *path,
		   enum rebtf_form form, const struct rebtf_report *report)
{
	struct json_object *object;

	result->outcome = OUTCOME_MISFIT;
	if (options->format == OUTPUT_JSON) {
		object = json_new_object();
		json_add_string(object, "file", path);
		json_add_string(object, "outcome", "misfit");
		json_add_string(object, "form", rebtf_form_name(form));
		json_add_number(object, "base_types", report->count);
		json_add(object, "misfits", report_json(report));
		json_print(&result->out, object);
		return;
	}
	text_add_name(&result->out, path);
	text_add(&result->out, ": does not fit\n");
	report_add_misfits(&result->out, report);
}
