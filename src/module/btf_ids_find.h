/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the type that an id in .BTF_ids stands for in another BTF. A name can have several types;
 * evidence of what the type was like tells them apart.
 */
#ifndef REBTF_MODULE_BTF_IDS_FIND_H
#define REBTF_MODULE_BTF_IDS_FIND_H

#include "btf/btf.h"

/*
 * A number that tells types of one name and kind apart: of a STRUCT or UNION its size in bytes; of a
 * FUNC or TYPEDEF a hash of its C spelling, which is the same in every process.
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
	uint32_t lowest; /* id: the one that the kernel's build takes; 0 if there is none */
};

/* Those of @btf and its bases. Errors: NOMEM. */
struct rebtf_error *ids_candidates_find(const struct rebtf_btf *btf, const char *name,
					uint32_t kind, struct ids_candidates *candidates);
void ids_candidates_release(struct ids_candidates *candidates);

/* The lowest id with that evidence; 0 if there is none. */
uint32_t ids_candidates_like(const struct ids_candidates *candidates, uint32_t evidence);

#endif
