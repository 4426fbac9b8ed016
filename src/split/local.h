/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Collects the types that a relocated split needs as its own: localized types and the types they
 * refer to.
 */
#ifndef REBTF_SPLIT_LOCAL_H
#define REBTF_SPLIT_LOCAL_H

#include "btf/build.h"

/* The new ids of local types that are not in the report. */
struct local_types {
	uint32_t *expected_ids; /* new ids of the expectations' own types; 0: not needed */
	/*
	 * By distilled id: the new id for references from definitions that contain the type by
	 * value. 0: the same id as for all other references.
	 */
	uint32_t *by_value_ids;
};

/*
 * Appends the local types to @out. Their ids and string offsets are still those of the expectations
 * and of the distilled base under them. Sets the field local of the report's matches. Call
 * local_types_release() in any case. Errors: NOMEM; @out may have an error, too.
 */
struct rebtf_error *local_types_collect(struct rebtf_report *report, struct rebtf_builder *out,
					struct local_types *local);
void local_types_release(struct local_types *local);

#endif
