/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Types that were given up become the split's own: which types that adds to the split, and what
 * these refer to.
 */
#ifndef REBTF_SPLIT_LOCAL_H
#define REBTF_SPLIT_LOCAL_H

#include "btf/btf.h"
#include "util/buffer.h"

/*
 * Types to be appended to a relocated split. Their ids and string offsets are still those of the
 * expectations and the distilled base under them.
 */
struct local_types {
	struct buffer types;
	struct buffer places; /* uint32_t, in words from the first of types */
	uint32_t count;
	uint32_t *expected_ids; /* what own types of the expectations become; 0: not needed */
	/*
	 * What types of the distilled base become where a definition has them by value, by id; 0:
	 * the same as everywhere else.
	 */
	uint32_t *by_value_ids;
};

/*
 * Collects them; the first gets the id @first_id. Sets the report's matches' local. Errors: NOMEM.
 * local_types_release() is due in any case.
 */
struct rebtf_error *local_types_collect(struct rebtf_report *report, uint32_t first_id,
					struct local_types *local);
void local_types_release(struct local_types *local);

#endif
