/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Merging a set: all types of all members become one BTF, without duplicates and sorted by name. The
 * types of all members are appended to one another first, then deduplicated together. So the result
 * is the same whichever modules have a type in common.
 */
#ifndef REBTF_CORE_MERGE_H
#define REBTF_CORE_MERGE_H

#include "core/set.h"

/* The types of all members, one after the other. */
struct merge_input {
	struct rebtf_btf *btf;
	/* By member: the ids in @btf of its own types are first to first + count - 1. */
	struct merge_span {
		uint32_t first;
		uint32_t count;
		struct rebtf_error *reason; /* why it is left out, if the set has it; or NULL */
	} * spans;
	size_t members;
};

/*
 * Appends the types of all members of @set. @split: over the kernel, whose types are not repeated.
 * Errors: NOMEM, UNSUPPORTED (too many types). The caller releases @input in any case.
 */
struct rebtf_error *merge_input_init(struct merge_input *input, struct rebtf_set *set, bool split);
void merge_input_release(struct merge_input *input);

#endif
