/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Compares two sides as a whole: pairs, judges, sorts, and finds users. */
#ifndef REBTF_CORE_DIFF_H
#define REBTF_CORE_DIFF_H

#include "core/diff_judge.h"
#include "core/diff_pair.h"
#include "core/diff_users.h"

DEFINE_VECTOR(difference_list, struct difference);

struct rebtf_diff {
	struct diff_side old;
	struct diff_side new;
	struct diff_pairings pairings;
	struct difference_list list;
	size_t incompatible;
	size_t derived;
};

/* Compares the sides of @diff, which have all of their members. Errors: NOMEM, UNSUPPORTED. */
struct rebtf_error *diff_run(struct rebtf_diff *diff, const struct rebtf_diff_options *options);

#endif
