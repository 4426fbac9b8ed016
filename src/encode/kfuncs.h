/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The kernel lists the functions that BPF programs may call (kfuncs) in sets in .BTF_ids. Symbols
 * tell which: "__BTF_ID__set8__NAME" over a set, "__BTF_ID__func__NAME__1234" at each id.
 */
#ifndef REBTF_ENCODE_KFUNCS_H
#define REBTF_ENCODE_KFUNCS_H

#include "encode/function_groups.h"

/*
 * Marks the groups of @object's kfuncs. If a function is in several sets, it gets the flags of all.
 * In a file whose ids are resolved, flags are sorted with the ids, so that flags may be another
 * function's of the same set. Errors: NOMEM.
 */
struct rebtf_error *kfuncs_mark(struct function_groups *groups, const struct encode_object *object);

#endif
