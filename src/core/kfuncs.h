/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Functions that a kernel or module registers as kfuncs. Kernels before 6.10 have no tags of them in
 * their BTF, but sets in .BTF_ids, which the layer "module" reads.
 */
#ifndef REBTF_CORE_KFUNCS_H
#define REBTF_CORE_KFUNCS_H

#include "rebtf.h"

#include "util/vec.h"

DEFINE_VECTOR(known_kfuncs, struct rebtf_kfunc);

struct rebtf_kfuncs {
	struct known_kfuncs list; /* own functions of the BTF, by id, each once */
	struct rebtf_error *err;  /* why some or all are missing; or NULL */
};

#endif
