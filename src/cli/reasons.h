/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Why modules do not fit, or which types were localized to keep them, over a whole batch. The same
 * type with the same change is one reason. It counts once for each module.
 */
#ifndef REBTF_CLI_REASONS_H
#define REBTF_CLI_REASONS_H

#include <pthread.h>

#include "rebtf.h"

#include "cli/counts.h"

enum reason_effect {
	REASON_MISFIT,	  /* prevents the module from fitting */
	REASON_LOCALIZED, /* was localized */
	REASON_EFFECTS,
};

extern const struct counted_kind reason_kind;

struct reasons {
	pthread_mutex_t lock;
	struct reason_table {
		struct counts counts;
		size_t modules; /* modules with such reasons */
	} tables[REASON_EFFECTS];
	size_t modules; /* modules added */
};

#define REASONS_INIT                                                                               \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER,                                                 \
		.tables = { { .counts.kind = &reason_kind }, { .counts.kind = &reason_kind } },    \
	}

void reasons_release(struct reasons *reasons);

/* Adds the reasons of one module. Thread-safe. */
void reasons_add(struct reasons *reasons, const struct rebtf_report *report);

/*
 * Adds all reasons as @key, most frequent first. @left_out_key holds the number of those without
 * room.
 */
void reasons_add_json(struct json_object *object, const char *key, const char *left_out_key,
		      struct reason_table *table);

#endif
