/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whether BTF shows by itself that it is split. Type ids and string offsets past its end alone do
 * not: broken standalone BTF has them as well. But strings of standalone BTF start with the empty
 * string, and split BTF has no empty string of its own. And the names and types of split BTF come
 * after those of its base, so that some names and some types always lie past its end.
 */
#ifndef REBTF_BTF_SPLIT_SIGN_H
#define REBTF_BTF_SPLIT_SIGN_H

#include "btf/btf.h"

enum split_sign {
	SPLIT_REFUTED, /* standalone BTF, maybe broken; or no BTF that a type can be found in */
	SPLIT_UNCLEAR, /* broken BTF of either form */
	SPLIT_PROVEN,
};

/* Errors: NOMEM. */
struct rebtf_error *split_sign_of(const void *data, size_t size, enum split_sign *sign);

#endif
