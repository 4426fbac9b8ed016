/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The checks that every new object undergoes: its types are complete, all type ids and string
 * offsets are in range, and no type contains itself. Later accessors need no checks.
 */
#ifndef REBTF_BTF_CHECK_H
#define REBTF_BTF_CHECK_H

#include "btf/btf.h"

/*
 * Only finds and counts the types of @btf. Ids and string offsets are not checked. Errors: FORMAT,
 * NOMEM.
 */
struct rebtf_error *find_types(struct rebtf_btf *btf);

/*
 * Finds the types and checks ids, string offsets, and that no chain of by-value references
 * (modifiers, typedefs, arrays, members, variables) forms a cycle. Errors: FORMAT, WRONG_BASE,
 * NOMEM.
 */
struct rebtf_error *check_types(struct rebtf_btf *btf);

/*
 * Only checks for cycles, for an object made from parts that are each valid. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *check_containment(const struct rebtf_btf *btf);

#endif
