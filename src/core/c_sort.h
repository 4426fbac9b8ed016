/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The order of types in a header of bpftool: by kind and name, so that the headers of two kernels
 * can be compared.
 */
#ifndef REBTF_CORE_C_SORT_H
#define REBTF_CORE_C_SORT_H

#include "btf/btf.h"

/*
 * Sets @ids to the ids, with that of void, in bpftool's order: those of functions, variables and
 * sections, which a header does not have, are left out. Malloced, owned by the caller. Errors:
 * NOMEM.
 */
struct rebtf_error *c_sort(const struct rebtf_btf *btf, uint32_t **ids, uint32_t *count);

#endif
