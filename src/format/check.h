/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What every object is checked for before anyone gets to see it: that all type ids and string offsets
 * lead somewhere, and that no type contains itself. After that, accessors need no checks.
 */
#ifndef REBTF_FORMAT_CHECK_H
#define REBTF_FORMAT_CHECK_H

#include "format/btf.h"

/* @btf has its places but is not checked yet. Errors: FORMAT, WRONG_BASE, NOMEM. */
struct rebtf_error *check_types(const struct rebtf_btf *btf);

/*
 * No chain of by-value references (modifiers, typedefs, arrays, members, variables) may lead back to where
 * it started. Needs check_types() to have passed. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *check_cycles(const struct rebtf_btf *btf);

#endif
