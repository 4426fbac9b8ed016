/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looks up types in a new base by name, kind and, where it matters, size. These rules decide
 * whether one type may stand for another.
 */
#ifndef REBTF_SPLIT_FIND_H
#define REBTF_SPLIT_FIND_H

#include "btf/btf.h"
#include "btf/name_index.h"

struct find_level;
struct candidate_list;

/* A new base to search. Each name is looked up once for all queries about it. */
struct finder {
	const struct rebtf_btf *base;
	struct find_level *levels; /* the base and its bases */
	size_t level_count;
	struct candidate_list *lists; /* runs that no shared index holds */
};

/*
 * Only the names of @wanted's types can be looked up. Errors: NOMEM. Call finder_release() in any
 * case.
 */
struct rebtf_error *finder_init(struct finder *f, const struct rebtf_btf *base,
				const struct rebtf_btf *wanted);
void finder_release(struct finder *f);

/* Hands the lists that earlier runs may point into to the caller, who frees them. */
struct candidate_list *finder_take_lists(struct finder *f);
void candidate_lists_free(struct candidate_list *lists);

/* Selects the name for the following queries. */
void finder_name(struct finder *f, const char *name);

/*
 * Finds the types that may stand for @t. For a struct or union the size matters if @sized, or if
 * several types share its name. Errors: NOMEM.
 */
struct rebtf_error *find_fitting(struct finder *f, const struct rebtf_type *t, bool sized,
				 struct id_run *run);

/*
 * Finds the types nearest to @t, after find_fitting() found no match for it. The verdict is KIND,
 * SIZE or MISSING. Errors: NOMEM.
 */
struct rebtf_error *find_near(struct finder *f, const struct rebtf_type *t, struct id_run *near,
			      enum rebtf_verdict *verdict);

#endif
