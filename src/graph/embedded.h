/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of the base that split BTF contains by value, so that their sizes are part of the
 * module.
 */
#ifndef REBTF_GRAPH_EMBEDDED_H
#define REBTF_GRAPH_EMBEDDED_H

#include "btf/btf.h"
#include "graph/id_set.h"
#include "graph/reach.h"

/* The definition of "by value". */
enum embedding {
	/*
	 * As kernels see it when they relocate: structs and unions in members of the split BTF's
	 * own structs and unions, through any chain of typedefs, modifiers and arrays.
	 */
	EMBEDDED_FOR_KERNEL,
	/* Everything: types of any kind, and also in arrays, variables, parameters and results. */
	EMBEDDED_BY_VALUE,
};

/* The states of the search. */
enum embedded_state {
	EMBEDDED_INSIDE,  /* the path has passed a type that contains others */
	EMBEDDED_OUTSIDE, /* only in a recorded search */
	EMBEDDED_STATES,
};

/*
 * Sets @embedded, a set for ids below rebtf_btf_start_id(@split), to the embedded types of the
 * base. Errors: NOMEM.
 */
struct rebtf_error *find_embedded(const struct rebtf_btf *split, enum embedding embedding,
				  struct id_set *embedded);

/*
 * Records the same search from the split's landmarks: the types that it finds have the state
 * EMBEDDED_INSIDE, unless their path is too long. EMBEDDED_FOR_KERNEL: also types that are not
 * structs or unions. EMBEDDED_BY_VALUE: then also from all other types, so that every type that
 * find_embedded() finds has a path. @reach must be released on success. Errors: NOMEM.
 */
struct rebtf_error *trace_embedded(const struct rebtf_btf *split, enum embedding embedding,
				   struct reach_search *reach);

#endif
