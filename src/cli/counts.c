/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Counts properties that modules of a batch share, independent of the order of modules. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/counts.h"

static int by_hash(const void *a, const void *b)
{
	const struct counted *left = a, *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return strcmp(left->words, right->words);
}

static int by_frequency(const void *a, const void *b)
{
	const struct counted *left = *(struct counted *const *)a;
	const struct counted *right = *(struct counted *const *)b;

	if (left->modules != right->modules)
		return left->modules > right->modules ? -1 : 1;
	return strcmp(left->words, right->words);
}

/* FNV-1a. It must be the same in every run, because it decides which entries are kept. */
static uint64_t hash_of(const char *words)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *words; words++)
		hash = (hash ^ (unsigned char)*words) * 0x100000001b3;
	return hash;
}

static void free_counted(const struct counts *counts, struct counted *counted)
{
	counts->kind->free_rest(counted);
	free(counted->words);
	free(counted);
}

static void counts_collect(const void *node, VISIT visit, void *arg)
{
	struct counted ***end = arg;

	if (visit == postorder || visit == leaf)
		*(*end)++ = *(struct counted *const *)node;
}

/* All entries by hash; malloced. NULL: out of memory. */
static struct counted **counts_list_all(const struct counts *counts)
{
	struct counted **list = calloc(counts->count ?: 1, sizeof(*list)), **end = list;

	if (list)
		twalk_r(counts->tree, counts_collect, &end);
	else
		memory_failed();
	return list;
}

void counts_release(struct counts *counts)
{
	while (counts->tree) {
		struct counted *counted = *(struct counted **)counts->tree;

		tdelete(counted, &counts->tree, by_hash);
		free_counted(counts, counted);
	}
	*counts = (struct counts){ .kind = counts->kind };
}

/* Keeps only COUNTS_MAX entries. */
static void drop_some(struct counts *counts)
{
	struct counted **list;

	if (counts->count <= COUNTS_MAX)
		return;
	list = counts_list_all(counts);
	if (!list)
		return;
	for (size_t i = COUNTS_MAX; i < counts->count; i++) {
		tdelete(list[i], &counts->tree, by_hash);
		free_counted(counts, list[i]);
	}
	counts->count = COUNTS_MAX;
	counts->left_out = true;
	counts->last_hash = list[COUNTS_MAX - 1]->hash;
	free(list);
}

/* Takes over @words. NULL: out of memory. */
static struct counted *add_new(struct counts *counts, char *words, uint64_t hash)
{
	struct counted *counted = calloc(1, counts->kind->size);

	if (!counted) {
		memory_failed();
		free(words);
		return NULL;
	}
	counted->words = words;
	counted->hash = hash;
	if (!tsearch(counted, &counts->tree, by_hash)) {
		memory_failed();
		free_counted(counts, counted);
		return NULL;
	}
	counts->count++;
	return counted;
}

struct counted *counts_find(struct counts *counts, char *words)
{
	struct counted key = { .words = words, .hash = hash_of(words) }, **found;

	if (counts->count >= COUNTS_MAX + COUNTS_MAX / 4)
		drop_some(counts);
	if (counts->left_out && key.hash > counts->last_hash) {
		free(words);
		return NULL;
	}
	found = tfind(&key, &counts->tree, by_hash);
	if (!found)
		return add_new(counts, words, key.hash);
	free(words);
	return *found;
}

bool counted_add(struct counted *counted, size_t module)
{
	if (counted->last_module == module)
		return false;
	counted->last_module = module;
	counted->modules++;
	return true;
}

/* All entries, most frequent first; malloced. NULL: out of memory. */
static struct counted **sort_all(struct counts *counts)
{
	struct counted **sorted;

	drop_some(counts);
	sorted = counts_list_all(counts);
	if (sorted)
		qsort(sorted, counts->count, sizeof(*sorted), by_frequency);
	return sorted;
}

#define TEXT_MAX ((size_t)1 << 20)

void counts_add_text(struct text *text, struct counts *counts, size_t limit, const char *indent)
{
	struct counted **sorted = sort_all(counts);
	size_t i, end = text->size + TEXT_MAX;

	for (i = 0; sorted && i < counts->count && i < limit && text->size < end; i++) {
		text_add(text, indent);
		text_add_counted(text, sorted[i]->modules, "module");
		text_addf(text, ": %s\n", sorted[i]->words);
	}
	if (counts->left_out) {
		text_addf(text, "%sand many %ss\n", indent, counts->kind->other);
	} else if (counts->count > i) {
		text_addf(text, "%sand ", indent);
		text_add_counted(text, counts->count - i, counts->kind->other);
		text_add(text, i == limit ? " (--verbose lists more)\n" : "\n");
	}
	free(sorted);
}

size_t counts_append_json(struct json_object *array, struct counts *counts)
{
	struct counted **sorted = sort_all(counts);
	size_t i, end = json_size(array) + TEXT_MAX;

	for (i = 0; sorted && i < counts->count && json_size(array) < end; i++)
		json_append(array, counts->kind->json(sorted[i]));
	free(sorted);
	return counts->count + counts->left_out - i;
}
