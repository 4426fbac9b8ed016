/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Which of a BTF's types are the same: those that say the same and refer to the same, however far
 * one follows. A transform that replaces some types by less (a struct by its forward declaration)
 * makes others the same that were not.
 */
#ifndef REBTF_GRAPH_DEDUP_H
#define REBTF_GRAPH_DEDUP_H

#include "btf/btf.h"

/* Types that a transform has at hand, numbered from 1; equal names have equal string offsets. */
struct type_run {
	const uint32_t *types;
	const uint32_t *places; /* where each starts, in words from types */
	uint32_t count;
	size_t size; /* bytes */
};

static inline const struct rebtf_type *run_type(const struct type_run *run, uint32_t id)
{
	return (const struct rebtf_type *)(run->types + run->places[id - 1]);
}

/*
 * Sets @classes, malloced and indexed by type id, to numbers that are equal for types that are the
 * same, each number being the id of one of them. A variable or a section is only ever the same as
 * itself. Types of kinds that are not known must not be among them. Errors: NOMEM.
 */
struct rebtf_error *find_same_types(const struct type_run *run, uint32_t **classes);

#endif
