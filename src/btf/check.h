/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What every object is checked for before anyone gets to see it: that its types are whole, that all
 * type ids and string offsets lead somewhere, and that no type contains itself. After that,
 * accessors need no checks.
 */
#ifndef REBTF_BTF_CHECK_H
#define REBTF_BTF_CHECK_H

#include "btf/btf.h"

/*
 * Finds where @btf's types start and how many there are, and nothing more: neither ids nor string
 * offsets need to lead anywhere. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *find_types(struct rebtf_btf *btf);

/*
 * Finds the types likewise, and checks ids, string offsets, and that no chain of by-value
 * references (modifiers, typedefs, arrays, members, variables) leads back to where it started.
 * Errors: FORMAT, WRONG_BASE, NOMEM.
 */
struct rebtf_error *check_types(struct rebtf_btf *btf);

/*
 * The last of these checks alone: for what was put together from parts that are sound each by
 * itself. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *check_containment(const struct rebtf_btf *btf);

#endif
