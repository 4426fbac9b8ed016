/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Counts properties that modules of a batch share. The result does not depend on the order of the
 * modules.
 *
 * Kernels differ in a few hundred properties, but hostile modules can have any number. So at most
 * COUNTS_MAX are kept: those with the smallest hashes. They are the same in any order, and are
 * counted from their first module on.
 */
#ifndef REBTF_CLI_COUNTS_H
#define REBTF_CLI_COUNTS_H

#include "cli/json.h"
#include "cli/text.h"

#define COUNTS_MAX 4096

/* The first member of a struct with more data. */
struct counted {
	char *words;   /* its description, without control characters; identifies it */
	uint64_t hash; /* of words */
	size_t modules;
	size_t last_module; /* the last one that was counted */
};

/* A kind of counted property. */
struct counted_kind {
	size_t size; /* of the struct that starts with struct counted */
	void (*free_rest)(struct counted *counted); /* frees the other members of that struct */
	struct json_object *(*json)(const struct counted *counted);
	const char *other; /* "other reason" */
};

/* Starts zeroed except for the kind. The caller serializes access. */
struct counts {
	const struct counted_kind *kind;
	void *tree; /* of struct counted, for tsearch() */
	size_t count;
	bool left_out;	    /* more existed, all with larger hashes than: */
	uint64_t last_hash; /* the largest hash that may still be added */
};

void counts_release(struct counts *counts);

/*
 * Finds or adds the entry with these @words (malloced, which it takes over). A new entry is zeroed
 * except for its words. NULL: out of memory, or not kept.
 */
struct counted *counts_find(struct counts *counts, char *words);

/*
 * Counts module number @module, starting from 1. Returns false if it was also the last one counted.
 */
bool counted_add(struct counted *counted, size_t module);

/*
 * Adds a line starting with @indent for each of the @limit most frequent entries, and the number of
 * further entries. Stops after a megabyte.
 */
void counts_add_text(struct text *text, struct counts *counts, size_t limit, const char *indent);

/*
 * Appends all entries to @array, most frequent first. Stops after a megabyte. Returns the number of
 * further entries.
 */
size_t counts_append_json(struct json_object *array, struct counts *counts);

#endif
