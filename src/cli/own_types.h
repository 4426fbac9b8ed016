/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Counts the types of BTF without those of its base. */
#ifndef REBTF_CLI_OWN_TYPES_H
#define REBTF_CLI_OWN_TYPES_H

#include "rebtf.h"

static inline uint32_t own_type_count(const struct rebtf_btf *btf)
{
	return rebtf_btf_type_count(btf) - rebtf_btf_start_id(btf);
}

#endif
