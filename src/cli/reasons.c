/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Why modules do not fit, over a whole batch: see reasons.h for the idea. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/reasons.h"
#include "cli/report.h"

struct reason {
	char *words;   /* "struct device, 744 bytes then, 752 now": tells reasons apart */
	uint64_t hash; /* of these */
	char *name;
	uint32_t kind;
	enum rebtf_verdict verdict;
	uint32_t old_size;
	uint32_t new_size;
	size_t modules;
	size_t embedded_in; /* how many modules embed the type */
	size_t last_module; /* the one that was counted last */
};

static int by_hash(const void *a, const void *b)
{
	const struct reason *left = a, *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return strcmp(left->words, right->words);
}

static int by_frequency(const void *a, const void *b)
{
	const struct reason *left = *(struct reason *const *)a, *right = *(struct reason *const *)b;

	if (left->modules != right->modules)
		return left->modules > right->modules ? -1 : 1;
	return strcmp(left->words, right->words);
}

/* FNV-1a. It is the same in every run, as the choice of reasons depends on it. */
static uint64_t hash_of(const char *words)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *words; words++)
		hash = (hash ^ (unsigned char)*words) * 0x100000001b3;
	return hash;
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

/* To be freed; NULL without memory. */
static char *words_of(const struct rebtf_report *report, const struct rebtf_match *match)
{
	struct text text = {};

	report_add_type(&text, report, match);
	text_add(&text, ", ");
	report_add_reason(&text, report, match);
	return text_end(&text);
}

/* Takes @words over. NULL without memory. */
static struct reason *new_reason(char *words, uint64_t hash, const struct rebtf_report *report,
				 const struct rebtf_match *match)
{
	const struct rebtf_type *t = rebtf_type_by_id(report->distilled_base, match->id);
	const char *name = rebtf_type_name(report->distilled_base, t);
	char rest[NAME_REST_SIZE];
	struct reason *reason = calloc(1, sizeof(*reason));
	struct text shown = {};
	char *shown_name;

	text_add_bytes(&shown, name, name_shown(name, rest));
	text_add(&shown, rest);
	shown_name = text_end(&shown);
	if (!reason || !shown_name) {
		memory_failed();
		free(shown_name);
		free(reason);
		free(words);
		return NULL;
	}
	*reason = (struct reason){
		.words = words,
		.hash = hash,
		.name = shown_name,
		.kind = rebtf_type_kind(t),
		.verdict = match->verdict,
		.old_size = match->old_size,
		.new_size = match->new_size,
	};
	return reason;
}

static void collect(const void *node, VISIT visit, void *arg)
{
	struct reason ***end = arg;

	if (visit == postorder || visit == leaf)
		*(*end)++ = *(struct reason *const *)node;
}

/* All reasons, by their hashes; malloced. NULL without memory. */
static struct reason **list_reasons(const struct reason_table *table)
{
	struct reason **list = calloc(table->count ?: 1, sizeof(*list)), **end = list;

	if (list)
		twalk_r(table->tree, collect, &end);
	else
		memory_failed();
	return list;
}

/* Keeps REASONS_MAX reasons. */
static void drop_some(struct reason_table *table)
{
	struct reason **list;

	if (table->count <= REASONS_MAX)
		return;
	list = list_reasons(table);
	if (!list)
		return;
	for (size_t i = REASONS_MAX; i < table->count; i++) {
		tdelete(list[i], &table->tree, by_hash);
		free_reason(list[i]);
	}
	table->count = REASONS_MAX;
	table->left_out = true;
	table->last_hash = list[REASONS_MAX - 1]->hash;
	free(list);
}

/* The reason of which @match is a case: a new one, or one that was there; NULL if it is not kept. */
static struct reason *find_reason(struct reason_table *table, const struct rebtf_report *report,
				  const struct rebtf_match *match)
{
	struct reason key = { .words = words_of(report, match) }, *reason, **found;

	if (!key.words)
		return NULL;
	key.hash = hash_of(key.words);
	if (table->left_out && key.hash > table->last_hash) {
		free(key.words);
		return NULL;
	}
	found = tfind(&key, &table->tree, by_hash);
	if (found) {
		free(key.words);
		return *found;
	}
	reason = new_reason(key.words, key.hash, report, match);
	if (!reason)
		return NULL;
	if (!tsearch(reason, &table->tree, by_hash)) {
		memory_failed();
		free_reason(reason);
		return NULL;
	}
	table->count++;
	return reason;
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
		if (reasons->tables[effect].count >= REASONS_MAX + REASONS_MAX / 4)
			drop_some(&reasons->tables[effect]);
		reason = find_reason(&reasons->tables[effect], report, match);
		if (!reason || reason->last_module == reasons->modules)
			continue;
		reason->last_module = reasons->modules;
		reason->modules++;
		reason->embedded_in += match->embedded;
	}
	for (int i = 0; i < REASON_EFFECTS; i++)
		reasons->tables[i].modules += found[i] > 0;
	pthread_mutex_unlock(&reasons->lock);
}

/* All reasons, most frequent first; malloced. NULL without memory. */
static struct reason **sorted_reasons(struct reason_table *table)
{
	struct reason **sorted;

	drop_some(table);
	sorted = list_reasons(table);
	if (sorted)
		qsort(sorted, table->count, sizeof(*sorted), by_frequency);
	return sorted;
}

#define TEXT_MAX ((size_t)1 << 20)

void reasons_add_text(struct text *text, struct reason_table *table, size_t limit)
{
	struct reason **sorted = sorted_reasons(table);
	size_t i, end = text->size + TEXT_MAX;

	for (i = 0; sorted && i < table->count && i < limit && text->size < end; i++) {
		text_add(text, "    ");
		text_add_counted(text, sorted[i]->modules, "module");
		text_addf(text, ": %s\n", sorted[i]->words);
	}
	if (table->left_out) {
		text_add(text, "    and many other reasons\n");
	} else if (table->count > i) {
		text_add(text, "    and ");
		text_add_counted(text, table->count - i, "other reason");
		text_add(text, i == limit ? " (--verbose lists all)\n" : "\n");
	}
	free(sorted);
}

static struct json_object *reason_json(const struct reason *reason)
{
	struct json_object *object = json_new_object();

	json_add_number(object, "modules", reason->modules);
	json_add_string(object, "kind", rebtf_kind_name(reason->kind));
	json_add_string(object, "name", reason->name);
	json_add_string(object, "verdict", rebtf_verdict_name(reason->verdict));
	json_add_number(object, "old_size", reason->old_size);
	json_add_number(object, "new_size", reason->new_size);
	json_add_number(object, "embedded_in", reason->embedded_in);
	return object;
}

void reasons_add_json(struct json_object *object, const char *key, const char *left_out_key,
		      struct reason_table *table)
{
	struct reason **sorted = sorted_reasons(table);
	struct json_object *array = json_new_array();
	size_t i;

	for (i = 0; sorted && i < table->count && json_size(array) < TEXT_MAX; i++)
		json_append(array, reason_json(sorted[i]));
	json_add(object, key, array);
	if (i < table->count || table->left_out)
		json_add_number(object, left_out_key, table->count + table->left_out - i);
	free(sorted);
}
