/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reports the changes to BTF for an older kernel: type by type, and in total. */
#ifndef REBTF_CLI_DOWNGRADED_H
#define REBTF_CLI_DOWNGRADED_H

#include <stdatomic.h>
#include <stdbool.h>

#include "rebtf.h"

#include "cli/json.h"
#include "cli/text.h"

/* How many changes a batch has. Zeroed at the start. Threads may count at the same time. */
struct downgraded_totals {
	atomic_size_t counts[REBTF_DOWNGRADE_INLINE + 1][REBTF_KNOWN_KINDS];
};

void downgraded_count(struct downgraded_totals *totals, const struct rebtf_downgraded *change);

/* Adds "; changed: 3 ENUM64 converted, 512 DECL_TAG left out", or nothing. */
void downgraded_add_totals(struct text *text, const struct downgraded_totals *totals);

/* Adds a line for each change: "    [7] ENUM64 'e': converted, without 2 values"; about @limit bytes. */
void downgraded_add_text(struct text *text, const struct rebtf_transform *made, size_t limit);

/* Adds the key changes, and changes_left_out if they are longer than about @limit bytes. */
void downgraded_add_json(struct json_object *object, const struct rebtf_transform *made,
			 size_t limit);

#endif
