/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looks for a few strings in one pass over all strings of BTF. For a few hundred strings, this is
 * cheaper than an index of all strings (string_index.h).
 */
#ifndef REBTF_BTF_STRING_SEEK_H
#define REBTF_BTF_STRING_SEEK_H

#include "btf/btf.h"

struct sought_string {
	const char *text; /* not empty */
	uint32_t off;	  /* its first offset, bases first; 0: not found */
};

/* Finds @count strings, all different, in @btf and its bases. Errors: NOMEM. */
struct rebtf_error *string_seek(const struct rebtf_btf *btf, struct sought_string *sought,
				size_t count);

#endif
