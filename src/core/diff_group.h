/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Pairs the things of one class and name. A kernel can have several: static functions, structs that
 * are private to a file, a struct of a header in hundreds of modules.
 */
#ifndef REBTF_CORE_DIFF_GROUP_H
#define REBTF_CORE_DIFF_GROUP_H

#include "core/diff_entity.h"

struct group_entity {
	uint64_t key; /* a hash of class and name */
	uint64_t definition;
	const struct diff_member *member;
	uint32_t id;
	uint32_t slot;
	bool is_new;
	bool is_done; /* has its partner, or needs no partner */
};

DEFINE_VECTOR(group_entity_list, struct group_entity);

/* A pair before equal ones are united. */
struct group_pair {
	const struct group_entity *old; /* or NULL */
	const struct group_entity *new;
};

DEFINE_VECTOR(group_pair_list, struct group_pair);
DEFINE_VECTOR(group_order, struct group_entity *);

/* Memory that all groups share. */
struct group_work {
	struct diff_pairings *pairings;
	struct group_pair_list pairs;
	struct group_order old; /* entities of one side, by definition */
	struct group_order new;
};

/*
 * @entities: of one key; those of the old side first, each side by slot and id. Errors: NOMEM.
 */
struct rebtf_error *group_pair(struct group_work *work, struct group_entity *entities,
			       size_t count);
void group_work_release(struct group_work *work);

#endif
