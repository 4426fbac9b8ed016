/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Which types of its base split BTF has by value, so that their sizes are part of the module.
 */
#ifndef REBTF_GRAPH_EMBEDDED_H
#define REBTF_GRAPH_EMBEDDED_H

#include "btf/btf.h"
#include "graph/id_set.h"

/* What counts as having a type by value. */
enum embedding {
	/*
	 * What a kernel sees when it relocates: structs and unions in members of the split's own
	 * structs and unions, through any chain of typedefs, modifiers and arrays.
	 */
	EMBEDDED_FOR_KERNEL,
	/* All there is: any type, and also in arrays, variables, parameters and results. */
	EMBEDDED_BY_VALUE,
};

/*
 * Sets @embedded, which is for ids below rebtf_start_id(@split), to the base's types that are
 * embedded. Errors: NOMEM.
 */
struct rebtf_error *find_embedded(const struct rebtf_btf *split, enum embedding embedding,
				  struct id_set *embedded);

#endif
