/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Sorting types by name, for callers that have ids to follow. */
#ifndef REBTF_SPLIT_SORT_H
#define REBTF_SPLIT_SORT_H

#include "btf/btf.h"

/*
 * As rebtf_sort(). Also sets @new_ids: element i is the new id of @btf's own type i, counted from 0.
 * It is malloced and owned by the caller.
 */
struct rebtf_error *sort_types(const struct rebtf_btf *btf, struct rebtf_btf **sorted,
			       uint32_t **new_ids);

/*
 * Sets @order to the numbers of @btf's own types, counted from 0, in the order of their names:
 * malloced, owned by the caller. Errors: NOMEM.
 */
struct rebtf_error *sort_order(const struct rebtf_btf *btf, uint32_t **order);

#endif
