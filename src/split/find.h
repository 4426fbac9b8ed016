/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looking for types in a new base by name, kind and, where it matters, size: the rules by which one
 * type may stand for another.
 */
#ifndef REBTF_SPLIT_FIND_H
#define REBTF_SPLIT_FIND_H

#include "btf/btf.h"
#include "btf/name_index.h"

struct level;
struct candidate_list;

/* A new base that is searched. A name is looked up once for all questions about it. */
struct finder {
	const struct rebtf_btf *base;
	struct level *levels; /* the base and its bases */
	size_t level_count;
	struct candidate_list *lists; /* runs of ids that no index has as they are */
};

/* Errors: NOMEM. finder_release() is due in any case. */
struct rebtf_error *finder_init(struct finder *f, const struct rebtf_btf *base);
void finder_release(struct finder *f);

/* The lists that earlier runs may point into, which are the caller's from now on. */
struct candidate_list *finder_take_lists(struct finder *f);
void candidate_lists_free(struct candidate_list *lists);

/* From here on the questions are about types of that name. */
void finder_name(struct finder *f, const char *name);

/*
 * The types that may stand for @t. Of a struct or union the size matters if @sized, or if its name
 * alone does not single it out. Errors: NOMEM.
 */
struct rebtf_error *find_fitting(struct finder *f, const struct rebtf_type *t, bool sized,
				 struct id_run *run);

/*
 * What is nearest to @t, for which nothing fits: verdict KIND, SIZE or MISSING. Errors: NOMEM.
 */
struct rebtf_error *find_near(struct finder *f, const struct rebtf_type *t, struct id_run *near,
			      enum rebtf_verdict *verdict);

#endif
