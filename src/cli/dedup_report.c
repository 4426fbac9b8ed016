/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the result of a deduplication, as text and as JSON. */
#include "cli/batch.h"
#include "cli/dedup_report.h"
#include "cli/json.h"
#include "cli/own_types.h"
#include "cli/versions.h"

/* As many versions are printed without --verbose. */
#define VERSIONS_SHOWN 20

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
	text_add_counted(text, own_type_count(report->before), "type");
	text_addf(text, ", %s", options->dry_run ? "would become " : "now ");
	text_add_count(text, own_type_count(rebtf_dedup_btf(dedup)));
	text_add(text, "\n");
	if (!count)
		return;
	text_add_counted(text, count, "type");
	text_addf(text, " %s in another version, too\n", count == 1 ? "exists" : "exist");
	for (size_t i = 0; i < shown; i++)
		version_add_text(text, rebtf_dedup_btf(dedup), rebtf_dedup_at(dedup, i), NULL,
				 NULL);
	if (shown < count)
		text_add_more(text, "  ", count - shown);
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
	json_add_number(object, "types_before", own_type_count(report->before));
	json_add_number(object, "types", own_type_count(rebtf_dedup_btf(dedup)));
	for (uint32_t kind = 1; kind < REBTF_KNOWN_KINDS; kind++) {
		if (rebtf_dedup_gone(dedup, kind))
			json_add_number(kinds, rebtf_kind_name(kind),
					rebtf_dedup_gone(dedup, kind));
	}
	json_add_number(object, "gone", rebtf_dedup_gone(dedup, REBTF_ANY_KIND));
	json_add(object, "kinds", kinds);
	for (size_t i = 0; i < rebtf_dedup_count(dedup); i++)
		json_append(versions,
			    version_json(rebtf_dedup_btf(dedup), rebtf_dedup_at(dedup, i)));
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
