/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Types for a header, by name or glob. */
#ifndef REBTF_CORE_C_SELECT_H
#define REBTF_CORE_C_SELECT_H

#include "btf/btf.h"
#include "util/vec.h"

/*
 * Adds the structs, unions, enums and typedefs from id @first on that one of @names matches. A FWD
 * counts only if nothing else has its name. Errors: NOMEM, ARGUMENT (a name matches no type).
 */
struct rebtf_error *c_select(const struct rebtf_btf *btf, uint32_t first, const char *const *names,
			     size_t name_count, struct u32_vector *ids);

#endif
