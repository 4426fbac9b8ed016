/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Why modules do not fit, or which types were given up to keep them, over a whole batch: the same
 * type that changed in the same way is one reason, and counts once for each module. What comes out
 * does not depend on the order in which modules come in.
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

struct reasons {
	pthread_mutex_t lock;
	struct reason_table {
		void *tree; /* of struct reason, for tsearch() */
		size_t count;
		size_t modules; /* that gave reasons */
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

/* The @limit most frequent ones of a table, a line each, and how many more there are. */
void reasons_add_text(struct text *text, const struct reason_table *table, size_t limit);

/* All, most frequent first. */
struct json_object *reasons_json(const struct reason_table *table);

#endif
