/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Collects the reasons why modules of a batch do not fit. */
#include <stdlib.h>
#include <string.h>

#include "cli/reasons.h"
#include "cli/report.h"

/*
 * One reason. Its words: "struct device, 744 bytes then, 752 now". Its JSON has the facts of a
 * misfit in a module's JSON.
 */
struct reason {
	struct counted counted;
	uint32_t kind;
	char *name;
	struct rebtf_match match; /* in the first module, without candidates */
	size_t embedded_in;	  /* how many modules embed the type */
};

static void reasons_free_rest(struct counted *counted)
{
	free(((struct reason *)counted)->name);
}

void reasons_release(struct reasons *reasons)
{
	for (int i = 0; i < REASON_EFFECTS; i++)
		counts_release(&reasons->tables[i].counts);
}

/* To be freed. NULL: out of memory. */
static char *reasons_words_of(const struct rebtf_report *report, const struct rebtf_match *match)
{
	struct text text = {};

	report_add_type(&text, report, match);
	text_add(&text, ", ");
	report_add_reason(&text, report, match);
	return text_end(&text);
}

static void reasons_fill_in(struct reason *reason, const struct rebtf_report *report,
			    const struct rebtf_match *match)
{
	const struct rebtf_type *t = rebtf_btf_type(rebtf_report_distilled_base(report), match->id);
	const char *name = rebtf_btf_type_name(rebtf_report_distilled_base(report), t);
	char rest[NAME_REST_SIZE];
	struct text shown = {};

	text_add_bytes(&shown, name, name_shown(name, rest));
	text_add(&shown, rest);
	reason->name = text_end(&shown);
	if (!reason->name)
		memory_failed();
	reason->kind = rebtf_type_kind(t);
	reason->match = *match;
	reason->match.candidates = NULL;
}

static void add_reason(struct counts *counts, size_t module, const struct rebtf_report *report,
		       const struct rebtf_match *match)
{
	char *words = reasons_words_of(report, match);
	struct reason *reason = words ? (struct reason *)counts_find(counts, words) : NULL;

	if (!reason || !counted_add(&reason->counted, module))
		return;
	if (!reason->name)
		reasons_fill_in(reason, report, match);
	reason->embedded_in += match->embedded;
}

void reasons_add(struct reasons *reasons, const struct rebtf_report *report)
{
	size_t found[REASON_EFFECTS] = {};

	pthread_mutex_lock(&reasons->lock);
	reasons->modules++;
	for (size_t i = 0; i < rebtf_report_count(report); i++) {
		const struct rebtf_match *match = rebtf_report_at(report, i);
		enum reason_effect effect = match->localized ? REASON_LOCALIZED : REASON_MISFIT;

		if (match->verdict == REBTF_VERDICT_MATCHED)
			continue;
		found[effect]++;
		add_reason(&reasons->tables[effect].counts, reasons->modules, report, match);
	}
	for (int i = 0; i < REASON_EFFECTS; i++)
		reasons->tables[i].modules += found[i] > 0;
	pthread_mutex_unlock(&reasons->lock);
}

static struct json_object *reason_json(const struct counted *counted)
{
	const struct reason *reason = (const struct reason *)counted;
	struct json_object *object = json_new_object();

	json_add_number(object, "modules", counted->modules);
	report_add_verdict_json(object, reason->kind, reason->name, &reason->match);
	report_add_sizes_json(object, &reason->match);
	json_add_number(object, "embedded_in", reason->embedded_in);
	return object;
}

const struct counted_kind reason_kind = {
	.size = sizeof(struct reason),
	.free_rest = reasons_free_rest,
	.json = reason_json,
	.other = "other reason",
};

void reasons_add_json(struct json_object *object, const char *key, const char *left_out_key,
		      struct reason_table *table)
{
	struct json_object *array = json_new_array();
	size_t left_out = counts_append_json(array, &table->counts);

	json_add(object, key, array);
	if (left_out)
		json_add_number(object, left_out_key, left_out);
}
