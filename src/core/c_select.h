/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Types for a header, by name or glob. */
#ifndef REBTF_CORE_C_SELECT_H
#define REBTF_CORE_C_SELECT_H

#include "core/c_kfuncs.h"
#include "util/vec.h"

/*
 * Adds the structs, unions, enums and typedefs from id @first on that one of @names matches. A FWD
 * counts only if no other type has its name. Errors: NOMEM, ARGUMENT (a name matches no type).
 */
struct rebtf_error *c_select(const struct rebtf_btf *btf, uint32_t first, const char *const *names,
			     size_t name_count, struct u32_vector *ids);

/*
 * Adds the types of @btf that the relocations of a program are about, and to @kfuncs the functions
 * from id @first on among its externs: kfuncs of @all, as c_kfuncs_list() lists them, or others.
 * Types and functions that the kernel does not have are left out. Errors: NOMEM.
 */
struct rebtf_error *c_select_program(const struct rebtf_btf *btf, uint32_t first,
				     const struct rebtf_program *program,
				     const struct c_kfuncs *all, struct u32_vector *ids,
				     struct c_kfuncs *kfuncs);

#endif
