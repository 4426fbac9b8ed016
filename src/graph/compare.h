/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Comparing two definitions of a type, for those who only want to know whether what was relied on
 * is still true. The list of all changes, for people, is rebtf_compare()'s.
 */
#ifndef REBTF_GRAPH_COMPARE_H
#define REBTF_GRAPH_COMPARE_H

#include "btf/btf.h"

/*
 * Whether rebtf_compare() of the same two types would list a change that is not harmless. Stops at
 * the first one. Definitions that are too complex to be compared in time linear to their members
 * count as harmfully changed, and so do those for which @budget is too small: it is how many members
 * and types may still be looked at, and becomes smaller by those that were. Errors: NOMEM, ARGUMENT
 * (as rebtf_compare()).
 */
struct rebtf_error *compare_harmful(const struct rebtf_btf *old_btf, uint32_t old_id,
				    const struct rebtf_btf *new_btf, uint32_t new_id,
				    uint64_t *budget, bool *harmful);

#endif
