/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Pairs the named types, functions and variables of two sides. Those that are alike on both sides
 * are left out, so the result has the differences only.
 */
#ifndef REBTF_CORE_DIFF_PAIR_H
#define REBTF_CORE_DIFF_PAIR_H

#include "core/diff_entity.h"

/* Selects names. NULL: all. */
typedef bool (*diff_name_filter)(const void *arg, const char *name);

/*
 * Both sides are hashed and paired. A type that is the same in several modules is one pairing. A
 * type that only another member has now is no difference, and one that is also changed is one.
 * Release in any case. Errors: NOMEM.
 */
struct rebtf_error *diff_pair(const struct diff_side *old_side, const struct diff_side *new_side,
			      diff_name_filter filter, const void *filter_arg,
			      struct diff_pairings *pairings);
void diff_pairings_release(struct diff_pairings *pairings);

#endif
