/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Why modules do not fit, or which types were given up to keep them, over a whole batch: the same
 * type that changed in the same way is one reason, and counts once for each module. The result does
 * not depend on the order of the modules.
 *
 * Kernels differ in some hundred reasons, but hostile modules can have any number. So no more than
 * REASONS_MAX are kept: those whose hashes are the smallest, which are the same in any order, and
 * which are counted from their first module on.
 */
#ifndef REBTF_CLI_REASONS_H
#define REBTF_CLI_REASONS_H

#include <pthread.h>

#include "rebtf.h"

#include "cli/json.h"
#include "cli/text.h"

enum reason_effect {
	REASON_MISFIT,	 /* keeps the module from fitting */
	REASON_GIVEN_UP, /* was given up */
	REASON_EFFECTS,
};

#define REASONS_MAX 4096

struct reasons {
	pthread_mutex_t lock;
	struct reason_table {
		void *tree; /* of struct reason, for tsearch() */
		size_t count;
		size_t modules;	    /* that gave reasons */
		bool left_out;	    /* there were more reasons, all with larger hashes than: */
		uint64_t last_hash; /* the largest that may still be added */
	} tables[REASON_EFFECTS];
	size_t modules; /* that were added */
};

#define REASONS_INIT                                                                               \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}

void reasons_release(struct reasons *reasons);

/* Adds those of one module. Threads may call this at once. */
void reasons_add(struct reasons *reasons, const struct rebtf_report *report);

/*
 * The @limit most frequent ones of a table, a line each, and how many more there are; or as many as
 * take a megabyte.
 */
void reasons_add_text(struct text *text, struct reason_table *table, size_t limit);

/*
 * Adds all as @key, most frequent first, or as many as take a megabyte; then @left_out_key says how
 * many more there are.
 */
void reasons_add_json(struct json_object *object, const char *key, const char *left_out_key,
		      struct reason_table *table);

#endif
