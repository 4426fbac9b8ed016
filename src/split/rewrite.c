/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What renumbering requires of its input; the renumbering itself is in rewrite.h.
 */
#include "split/rewrite.h"
#include "util/error.h"

struct rebtf_error *require_known_kinds(const struct rebtf_btf *btf, const char *what)
{
	if (!btf->has_unknown)
		return NULL;
	for (uint32_t i = 0; i < btf->own_count; i++) {
		uint32_t kind = rebtf_type_kind(btf_own_type(btf, i));

		if (!kind_is_known(kind))
			return btf_error_at(
				error_new(
					REBTF_ERR_UNSUPPORTED,
					"cannot %s: kind %u is unknown, so what it refers to cannot be followed",
					what, kind),
				btf, btf->start_id + i);
	}
	return NULL;
}
