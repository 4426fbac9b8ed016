/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The kernel lists the functions that BPF programs may call (kfuncs) in sets in .BTF_ids. Symbols
 * tell which: "__BTF_ID__set8__NAME" over a set, "__BTF_ID__func__NAME__1234" at each id.
 */
#ifndef REBTF_ENCODE_KFUNCS_H
#define REBTF_ENCODE_KFUNCS_H

#include "encode/dwarf.h"

/* Takes a kfunc: its name of @length characters, and its flags. */
typedef void kfunc_visit(void *arg, const char *name, size_t length, uint32_t flags);

/*
 * Calls @visit for each function in a set of kfuncs of @object. A function that is in several sets
 * is visited once for each. In a file whose ids are resolved, flags are sorted with the ids, so the
 * flags may belong to another function of the same set. Errors: NOMEM.
 */
struct rebtf_error *kfuncs_each(const struct encode_object *object, kfunc_visit *visit, void *arg);

#endif
