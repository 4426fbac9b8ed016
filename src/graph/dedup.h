/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of BTF that are equal: they have the same contents and refer to equal types, at
 * any depth. A transform that replaces types by smaller ones (a struct by its forward declaration)
 * can make different types equal.
 */
#ifndef REBTF_GRAPH_DEDUP_H
#define REBTF_GRAPH_DEDUP_H

#include "btf/btf.h"

/*
 * The types that a transform works on, numbered from 1. Equal names must have equal string offsets.
 */
struct type_run {
	const uint32_t *types;
	const uint32_t *places; /* offset of each type, in words from types */
	uint32_t count;
	size_t size; /* in bytes */
};

static inline const struct rebtf_type *run_type(const struct type_run *run, uint32_t id)
{
	return (const struct rebtf_type *)(run->types + run->places[id - 1]);
}

/*
 * Sets @classes, malloced and indexed by type id, to the class of each type. Equal types have the
 * same class, which is the id of one of them. Variables and sections are equal only to themselves.
 * Types of unknown kinds are not allowed. Errors: NOMEM.
 */
struct rebtf_error *find_same_types(const struct type_run *run, uint32_t **classes);

#endif
