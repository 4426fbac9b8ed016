/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The order of types that a kernel expects. Since Linux 7.0 kernels look names up by bisection, in
 * their own BTF always, in that of a module if it is sorted by name.
 */
#ifndef REBTF_MODULE_NAME_ORDER_H
#define REBTF_MODULE_NAME_ORDER_H

#include "module/debug_file.h"
#include "module/transform.h"

/* Sorts the new BTF, if the options, its kernel or the module's old BTF ask for it. Errors: NOMEM. */
struct rebtf_error *transform_sort(struct rebtf_transform *t);

/*
 * Sets @sort to whether the BTF that is made from @file, over @base or NULL, shall be sorted. Errors:
 * NOMEM.
 */
struct rebtf_error *name_order_of_encoded(enum rebtf_sorting sorting, const struct debug_file *file,
					  const struct rebtf_btf *base, bool *sort);

/*
 * The own types of a module's BTF may be in another order than those of its saved original, which
 * they were made from: they were sorted, and localized types may be among them. Sets @order to the
 * number of the saved type for each of them, counted from 0; UINT32_MAX: not saved. It is malloced
 * and has @count elements. NULL: the order is the same. Errors: NOMEM; FORMAT (the two do not
 * belong together).
 */
struct rebtf_error *name_order_of_saved(const struct rebtf_module *module,
					const struct rebtf_btf *saved, uint32_t **order,
					uint32_t *count);

#endif
