/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of the base that split BTF contains by value, so that their sizes are part of the
 * module.
 */
#ifndef REBTF_GRAPH_EMBEDDED_H
#define REBTF_GRAPH_EMBEDDED_H

#include "btf/btf.h"
#include "graph/id_set.h"

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

/*
 * Sets @embedded, a set for ids below rebtf_btf_start_id(@split), to the embedded types of the
 * base. Errors: NOMEM.
 */
struct rebtf_error *find_embedded(const struct rebtf_btf *split, enum embedding embedding,
				  struct id_set *embedded);

#endif
