/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the type in another BTF that an id in .BTF_ids stands for. Several types can share a name,
 * so evidence of the old type tells them apart.
 */
#ifndef REBTF_MODULE_BTF_IDS_FIND_H
#define REBTF_MODULE_BTF_IDS_FIND_H

#include "btf/btf.h"

/*
 * A number that tells types of one name and kind apart. For a STRUCT or UNION: its size in bytes.
 * For a FUNC or TYPEDEF: a hash of its C spelling, which is the same in every process.
 */
uint32_t ids_evidence(const struct rebtf_btf *btf, uint32_t id);

struct ids_candidate {
	uint32_t evidence;
	uint32_t id;
};

/* All types of one name and kind. */
struct ids_candidates {
	struct ids_candidate *list; /* by evidence, then by id */
	size_t count;
	uint32_t lowest; /* lowest id, which the kernel's build takes; 0: no candidate */
};

/* Finds the candidates in @btf and its bases. Errors: NOMEM. */
struct rebtf_error *ids_candidates_find(const struct rebtf_btf *btf, const char *name,
					uint32_t kind, struct ids_candidates *candidates);
void ids_candidates_release(struct ids_candidates *candidates);

/* The lowest id with that evidence. 0: no such id. */
uint32_t ids_candidates_like(const struct ids_candidates *candidates, uint32_t evidence);

#endif
