/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Decides for a pair of definitions how they differ and whether that does harm. */
#ifndef REBTF_CORE_DIFF_JUDGE_H
#define REBTF_CORE_DIFF_JUDGE_H

#include "core/diff_entity.h"

#define DIFF_USER_KINDS (REBTF_USER_FUNCTION + 1)

/* A difference, with the fields that diff.c adds to it. */
struct difference {
	struct rebtf_difference public; /* the first member: see difference_of() */
	struct diff_entity old;
	struct diff_entity new;
	size_t first_place; /* in struct diff_pairings */
	size_t place_count;
	/* The type changed only in sizes and offsets, because of a type that it contains. */
	bool is_derived;
	uint64_t *budget; /* see diff_judge(); NULL afterwards */
	struct rebtf_change_list *changes;
	char *old_type; /* malloced, or NULL */
	char *new_type;
	const char **members;	  /* names, malloced */
	struct rebtf_user *users; /* malloced */
	size_t user_count;
	size_t user_counts[DIFF_USER_KINDS];
};

/*
 * Fills in @difference but its users. @budget: the members and types that may still be visited, from
 * which the visited ones are subtracted. Definitions that exceed it count as changed as a whole.
 * Release @difference in any case. Errors: NOMEM.
 */
struct rebtf_error *diff_judge(const struct diff_pairing *pairing, uint64_t *budget,
			       struct difference *difference);
void diff_judge_release(struct difference *difference);

#endif
