/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looks for a few names among all types of BTF, in one walk. For a few hundred names, this is cheaper
 * than an index of all types.
 */
#ifndef REBTF_MODULE_ID_SEARCH_H
#define REBTF_MODULE_ID_SEARCH_H

#include "btf/btf.h"
#include "module/ids.h"
#include "util/table.h"

/* A name to look for. */
struct id_sought {
	const char *name;
	uint32_t kind;	/* one with an enum id_kind_index */
	uint32_t id;	/* of the first type found; or 0 */
	uint32_t other; /* another kind that has the name; 0: not looked for, or not found */
	size_t uses;	/* of the caller */
};

#define ID_FILTER_BITS 65536u

struct id_search {
	struct id_sought *sought;
	size_t count;
	uint64_t filter[ID_FILTER_BITS / 64]; /* of the first bytes of all names */
	size_t left[ID_KINDS];		      /* the walk ignores types of a kind once this is 0 */
	struct table table;		      /* indices into sought, plus 1 */
};

/*
 * Prepares the search for @count names, which differ or have different kinds. @sought belongs to the
 * caller. Sets left to the sum of uses. Errors: NOMEM.
 */
struct rebtf_error *id_search_init(struct id_search *s, struct id_sought *sought, size_t count);
void id_search_release(struct id_search *s);

/* Another type of a name that was found already, while types of its kind are still sought. */
typedef void (*id_search_again)(void *arg, const struct id_sought *sought, uint32_t id);

/*
 * Finds the first type of each name in @btf and its bases, bases first. Each name found reduces the
 * count of names left of its kind. @again may be NULL.
 */
void id_search_run(struct id_search *s, const struct rebtf_btf *btf, id_search_again again,
		   void *arg);

/* For names that were not found: finds whether types of other kinds have them. */
void id_search_other_kinds(struct id_search *s, const struct rebtf_btf *btf);

/* NULL if this is not a name to look for. */
struct id_sought *id_search_find(const struct id_search *s, const char *name, uint32_t kind);

#endif
