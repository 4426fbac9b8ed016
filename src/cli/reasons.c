/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Why modules do not fit, over a whole batch: see reasons.h for the idea. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/reasons.h"
#include "cli/report.h"

struct reason {
	char *words; /* "struct device, 744 bytes then, 752 now": tells reasons apart */
	char *name;
	uint32_t kind;
	enum rebtf_verdict verdict;
	uint32_t old_size;
	uint32_t new_size;
	size_t modules;
	size_t embedded_in; /* how many modules embed the type */
	size_t last_module; /* the one that was counted last */
};

static int by_words(const void *a, const void *b)
{
	const struct reason *left = a, *right = b;

	return strcmp(left->words, right->words);
}

static int by_frequency(const void *a, const void *b)
{
	const struct reason *left = *(struct reason *const *)a, *right = *(struct reason *const *)b;

	if (left->modules != right->modules)
		return left->modules > right->modules ? -1 : 1;
	return by_words(left, right);
}

static void free_reason(void *p)
{
	struct reason *reason = p;

	free(reason->words);
	free(reason->name);
	free(reason);
}

void reasons_release(struct reasons *reasons)
{
	for (int i = 0; i < REASON_EFFECTS; i++) {
		tdestroy(reasons->tables[i].tree, free_reason);
		reasons->tables[i] = (struct reason_table){};
	}
}

static char *words_of(const struct rebtf_report *report, const struct rebtf_match *match)
{
	struct text text = {};

	report_add_type(&text, report, match);
	text_add(&text, ", ");
	report_add_reason(&text, report, match);
	text_add_bytes(&text, "", 1);
	return text.data;
}

static struct reason *new_reason(char *words, const struct rebtf_report *report,
				 const struct rebtf_match *match)
{
	const struct rebtf_type *t = rebtf_type_by_id(report->distilled_base, match->id);
	struct reason *reason = malloc(sizeof(*reason));
	char *name = strdup(rebtf_type_name(report->distilled_base, t));

	if (!reason || !name)
		out_of_memory();
	*reason = (struct reason){
		.words = words,
		.name = name,
		.kind = rebtf_type_kind(t),
		.verdict = match->verdict,
		.old_size = match->old_size,
		.new_size = match->new_size,
	};
	return reason;
}

/* The reason of which @match is a case: a new one, or one that was there. */
static struct reason *find_reason(struct reason_table *table, const struct rebtf_report *report,
				  const struct rebtf_match *match)
{
	struct reason key = { .words = words_of(report, match) };
	struct reason **found = tfind(&key, &table->tree, by_words);

	if (found) {
		free(key.words);
		return *found;
	}
	found = tsearch(new_reason(key.words, report, match), &table->tree, by_words);
	if (!found)
		out_of_memory();
	table->count++;
	return *found;
}

void reasons_add(struct reasons *reasons, const struct rebtf_report *report)
{
	size_t found[REASON_EFFECTS] = {};

	pthread_mutex_lock(&reasons->lock);
	reasons->modules++;
	for (size_t i = 0; i < report->count; i++) {
		const struct rebtf_match *match = &report->matches[i];
		enum reason_effect effect = match->given_up ? REASON_GIVEN_UP : REASON_MISFIT;
		struct reason *reason;

		if (match->verdict == REBTF_MATCHED)
			continue;
		found[effect]++;
		reason = find_reason(&reasons->tables[effect], report, match);
		if (reason->last_module == reasons->modules)
			continue;
		reason->last_module = reasons->modules;
		reason->modules++;
		reason->embedded_in += match->embedded;
	}
	for (int i = 0; i < REASON_EFFECTS; i++)
		reasons->tables[i].modules += found[i] > 0;
	pthread_mutex_unlock(&reasons->lock);
}

static void collect(const void *node, VISIT visit, void *arg)
{
	struct reason ***end = arg;

	if (visit == postorder || visit == leaf)
		*(*end)++ = *(struct reason *const *)node;
}

/* All reasons, most frequent first; malloced. */
static struct reason **sorted_reasons(const struct reason_table *table)
{
	struct reason **sorted = calloc(table->count ?: 1, sizeof(*sorted)), **end = sorted;

	if (!sorted)
		out_of_memory();
	twalk_r(table->tree, collect, &end);
	qsort(sorted, table->count, sizeof(*sorted), by_frequency);
	return sorted;
}

void reasons_add_text(struct text *text, const struct reason_table *table, size_t limit)
{
	struct reason **sorted = sorted_reasons(table);

	for (size_t i = 0; i < table->count && i < limit; i++) {
		text_add(text, "    ");
		text_add_counted(text, sorted[i]->modules, "module");
		text_addf(text, ": %s\n", sorted[i]->words);
	}
	if (table->count > limit) {
		text_add(text, "    and ");
		text_add_counted(text, table->count - limit, "other reason");
		text_add(text, " (--verbose lists all)\n");
	}
	free(sorted);
}

struct json_object *reasons_json(const struct reason_table *table)
{
	struct reason **sorted = sorted_reasons(table);
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < table->count; i++) {
		struct json_object *object = json_new_object();

		json_add_number(object, "modules", sorted[i]->modules);
		json_add_string(object, "kind", rebtf_kind_name(sorted[i]->kind));
		json_add_string(object, "name", sorted[i]->name);
		json_add_string(object, "verdict", rebtf_verdict_name(sorted[i]->verdict));
		json_add_number(object, "old_size", sorted[i]->old_size);
		json_add_number(object, "new_size", sorted[i]->new_size);
		json_add_number(object, "embedded_in", sorted[i]->embedded_in);
		json_append(array, object);
	}
	free(sorted);
	return array;
}
