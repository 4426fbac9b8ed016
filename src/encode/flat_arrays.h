/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Older versions of pahole, such as 1.24 and 1.30, encode int[2][3] as int[6]. A module over the BTF
 * of such a kernel has to do the same. Otherwise a struct of the kernel with such an array is another
 * struct in the module, and so are most other types, which lead to it.
 */
#ifndef REBTF_ENCODE_FLAT_ARRAYS_H
#define REBTF_ENCODE_FLAT_ARRAYS_H

#include "btf/btf.h"

/*
 * Whether the kernel's BTF that @base is, or is split from, has flat arrays only. In kernels one array
 * in forty has an array as its element, so this is only said of BTF with many arrays.
 */
bool flat_arrays_in(const struct rebtf_btf *base);

/*
 * Sets @elements to the number of elements of a flat array with these dimensions; without any, 0.
 * Returns false, and sets it to 0, if BTF has no room for it.
 */
bool flat_arrays_count(const uint32_t *dimensions, uint32_t count, uint32_t *elements);

#endif
