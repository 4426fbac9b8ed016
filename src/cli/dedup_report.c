/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the result of a deduplication, as text and as JSON. */
#include <string.h>

#include "cli/batch.h"
#include "cli/dedup_report.h"
#include "cli/json.h"

/* As many versions are printed without --verbose. */
#define VERSIONS_SHOWN 20

static const struct rebtf_type *dedup_type(const struct rebtf_dedup *dedup, uint32_t id)
{
	return rebtf_btf_type(rebtf_dedup_btf(dedup), id);
}

static void dedup_add_name(struct text *text, const struct rebtf_dedup *dedup, uint32_t id)
{
	const struct rebtf_type *t = dedup_type(dedup, id);
	const char *keyword = rebtf_type_keyword(t);
	const char *name = rebtf_btf_type_name(rebtf_dedup_btf(dedup), t);

	text_add(text, *keyword ? keyword : "");
	text_add_type_name(text, *name ? name : "(anon)");
}

/* "member 'next' at bit 64: struct list *" */
static void dedup_add_side(struct text *text, const char *member, uint32_t offset, const char *type)
{
	if (member) {
		text_add(text, "'");
		text_add_type_name(text, member);
		text_add(text, "'");
	}
	if (member && type)
		text_addf(text, " at bit %u: ", offset);
	if (type)
		text_add_type_name(text, type);
	if (!member && !type)
		text_add(text, "nothing");
}

static void dedup_add_version(struct text *text, const struct rebtf_dedup *dedup,
			      const struct rebtf_version *v)
{
	text_add(text, "  ");
	dedup_add_name(text, dedup, v->id);
	text_addf(text, ": [%u] and [%u] differ", v->first_id, v->id);
	if (v->cause && v->cause != v->id) {
		text_add(text, " because of ");
		dedup_add_name(text, dedup, v->cause);
		text_addf(text, " [%u] and [%u]", v->first_cause, v->cause);
	}
	if (v->cause) {
		text_add(text, ": ");
		dedup_add_side(text, v->first_member, v->first_offset, v->first_type);
		text_add(text, ", ");
		dedup_add_side(text, v->member, v->offset, v->type);
	}
	text_add(text, "\n");
}

static uint32_t dedup_own_types(const struct rebtf_btf *btf)
{
	return rebtf_btf_type_count(btf) - rebtf_btf_start_id(btf);
}

static void dedup_add_text(struct text *text, const struct dedup_report *report)
{
	const struct rebtf_dedup *dedup = report->dedup;
	const struct options *options = report->options;
	size_t count = rebtf_dedup_count(dedup);
	size_t shown = options->verbose || count <= VERSIONS_SHOWN ? count : VERSIONS_SHOWN;

	if (report->inputs)
		text_add_counted(text, report->inputs, "input");
	else
		text_add_name(text, report->paths[0]);
	text_add(text, ": ");
	text_add_counted(text, dedup_own_types(report->before), "type");
	text_addf(text, ", %s", options->dry_run ? "would become " : "now ");
	text_add_count(text, dedup_own_types(rebtf_dedup_btf(dedup)));
	text_add(text, "\n");
	if (!count)
		return;
	text_add_counted(text, count, "type");
	text_addf(text, " %s in another version, too\n", count == 1 ? "exists" : "exist");
	for (size_t i = 0; i < shown; i++)
		dedup_add_version(text, dedup, rebtf_dedup_at(dedup, i));
	if (shown < count) {
		text_add(text, "  and ");
		text_add_count(text, count - shown);
		text_add(text, " more (see --verbose)\n");
	}
}

static struct json_object *dedup_side_json(const char *member, uint32_t offset, const char *type)
{
	struct json_object *side = json_new_object();

	json_add_name(side, "name", member);
	json_add_number(side, "offset", offset);
	json_add_name(side, "type", type);
	return side;
}

static struct json_object *dedup_version_json(const struct rebtf_dedup *dedup,
					      const struct rebtf_version *v)
{
	struct json_object *object = json_new_object();
	const struct rebtf_btf *btf = rebtf_dedup_btf(dedup);
	const struct rebtf_type *t = dedup_type(dedup, v->id);

	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", rebtf_btf_type_name(btf, t));
	json_add_number(object, "first_id", v->first_id);
	json_add_number(object, "id", v->id);
	json_add_number(object, "first_cause", v->first_cause);
	json_add_number(object, "cause", v->cause);
	json_add_name(object, "cause_name",
		      v->cause ? rebtf_btf_type_name(btf, dedup_type(dedup, v->cause)) : NULL);
	json_add(object, "first_member",
		 dedup_side_json(v->first_member, v->first_offset, v->first_type));
	json_add(object, "member", dedup_side_json(v->member, v->offset, v->type));
	return object;
}

static void dedup_add_json(struct text *text, const struct dedup_report *report)
{
	const struct rebtf_dedup *dedup = report->dedup;
	struct json_object *object = result_json(report->options, report->paths[0], "deduplicated");
	struct json_object *files = json_new_array(), *kinds = json_new_object();
	struct json_object *versions = json_new_array();

	for (size_t i = 0; i < report->path_count; i++)
		json_append_string(files, report->paths[i]);
	json_add(object, "files", files);
	json_add_string(object, "output", report->output);
	json_add_number(object, "types_before", dedup_own_types(report->before));
	json_add_number(object, "types", dedup_own_types(rebtf_dedup_btf(dedup)));
	for (uint32_t kind = 1; kind < REBTF_KNOWN_KINDS; kind++) {
		if (rebtf_dedup_gone(dedup, kind))
			json_add_number(kinds, rebtf_kind_name(kind),
					rebtf_dedup_gone(dedup, kind));
	}
	json_add_number(object, "gone", rebtf_dedup_gone(dedup, REBTF_ANY_KIND));
	json_add(object, "kinds", kinds);
	for (size_t i = 0; i < rebtf_dedup_count(dedup); i++)
		json_append(versions, dedup_version_json(dedup, rebtf_dedup_at(dedup, i)));
	json_add(object, "versions", versions);
	json_print(text, object);
}

void dedup_report_add(struct text *text, const struct dedup_report *report)
{
	if (report->options->json)
		dedup_add_json(text, report);
	else
		dedup_add_text(text, report);
}
