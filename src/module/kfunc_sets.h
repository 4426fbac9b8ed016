/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Kfuncs by the sets in .BTF_ids, for kernels whose BTF has no tags of them. */
#ifndef REBTF_MODULE_KFUNC_SETS_H
#define REBTF_MODULE_KFUNC_SETS_H

#include "core/kfuncs.h"

/*
 * Changes ids of @from to those of @to: the same BTF after a relocation or a renumbering, which keep the
 * order of own types.
 */
void kfuncs_move(struct rebtf_kfuncs *kfuncs, const struct rebtf_btf *from,
		 const struct rebtf_btf *to);

#endif
