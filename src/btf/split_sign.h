/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decides from the bytes of BTF alone whether it is split. Type ids and string offsets past its end
 * do not prove it, because broken standalone BTF has them, too. But the strings of standalone BTF
 * start with the empty string, while split BTF has no empty string of its own. And the names and
 * types of split BTF follow those of its base. So split BTF always refers to some names and some
 * types past its end.
 */
#ifndef REBTF_BTF_SPLIT_SIGN_H
#define REBTF_BTF_SPLIT_SIGN_H

#include "btf/btf.h"

enum split_sign {
	SPLIT_REFUTED, /* standalone BTF, perhaps broken, or not readable as BTF */
	SPLIT_UNCLEAR, /* broken BTF, split or standalone */
	SPLIT_PROVEN,
};

/* Whether the first types prove that @size bytes at @data are split BTF, as for nearly all split BTF. */
bool split_sign_is_quick(const void *data, size_t size);

/* Examines @size bytes at @data. Errors: NOMEM. */
struct rebtf_error *split_sign_of(const void *data, size_t size, enum split_sign *sign);

#endif
