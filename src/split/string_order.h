/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Puts strings into the order of their first use by types, and drops unused ones, as libbpf does
 * when it distills BTF. So the result is the same byte for byte.
 */
#ifndef REBTF_SPLIT_STRING_ORDER_H
#define REBTF_SPLIT_STRING_ORDER_H

#include "btf/btf.h"

/*
 * Copies @btf with its own strings in that order. Errors: NOMEM, UNSUPPORTED (a kind whose references
 * are unknown; strings start inside other strings, so that the copy would be larger than @btf).
 */
struct rebtf_error *string_order(const struct rebtf_btf *btf, struct rebtf_btf **ordered);

#endif
