/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Forward declarations whose struct or union is at hand: there need not be both.
 */
#ifndef REBTF_GRAPH_FORWARDS_H
#define REBTF_GRAPH_FORWARDS_H

#include "graph/dedup.h"

/* The FWD is not one that was made of a struct or union. */
#define NOT_CUT UINT32_MAX

/*
 * Sets targets[id], for each type id of @run and for 0, to where references to it should go: for a
 * FWD, to the struct or union of that name if there is just one; else to itself. cut_sizes[id] is
 * the size in bytes of the struct or union that a FWD was made of, else NOT_CUT; of another size
 * than the one at hand, it is another one. Sets @found to the number of FWDs that lead elsewhere.
 * Errors: NOMEM.
 */
struct rebtf_error *resolve_forwards(const struct type_run *run, const uint32_t *cut_sizes,
				     uint32_t *targets, uint32_t *found);

#endif
