/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What modules of a batch have in common, and how many have it. The result does not depend on the
 * order of the modules.
 *
 * Kernels differ in some hundred things, but hostile modules can have any number. So no more than
 * COUNTS_MAX are kept: those whose hashes are the smallest, which are the same in any order, and
 * which are counted from their first module on.
 */
#ifndef REBTF_CLI_COUNTS_H
#define REBTF_CLI_COUNTS_H

#include "cli/json.h"
#include "cli/text.h"

#define COUNTS_MAX 4096

/* The first member of a struct that says more. */
struct counted {
	char *words; /* what it is in text, without control characters; tells it apart from others */
	uint64_t hash; /* of these */
	size_t modules;
	size_t last_module; /* the one that was counted last */
};

/* What a struct counts is about. */
struct counted_kind {
	size_t size; /* of the struct that a struct counted is the first member of */
	void (*free_rest)(struct counted *counted); /* frees what else that holds */
	struct json_object *(*json)(const struct counted *counted);
	const char *other; /* "other reason" */
};

/* Starts as all 0, but for the kind. Threads take turns. */
struct counts {
	const struct counted_kind *kind;
	void *tree; /* of struct counted, for tsearch() */
	size_t count;
	bool left_out;	    /* there were more, all with larger hashes than: */
	uint64_t last_hash; /* the largest that may still be added */
};

void counts_release(struct counts *counts);

/*
 * What has these @words (malloced, which it takes over). If it is new, all of it but the words is
 * 0. NULL without memory, or if it is not kept.
 */
struct counted *counts_find(struct counts *counts, char *words);

/*
 * Counts module number @module, from 1 on. Returns false if that was the last one to be counted
 * already.
 */
bool counted_add(struct counted *counted, size_t module);

/*
 * A line that starts with @indent for each of the @limit most frequent ones, and how many more
 * there are; or as many as take a megabyte.
 */
void counts_add_text(struct text *text, struct counts *counts, size_t limit, const char *indent);

/*
 * Appends all to @array, most frequent first, or as many as take a megabyte. Returns how many more
 * there are.
 */
size_t counts_append_json(struct json_object *array, struct counts *counts);

#endif
