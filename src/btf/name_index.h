/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Named types by name. An object has two such indexes, each built when it is first asked for and
 * then shared by all threads: one over the kinds that relocation looks for, which is small and
 * quick to build, and one over all other kinds. Types of one name stand together, ordered by
 * match_key(), so that "the structs of that name and size" are one run of ids, however many
 * homonyms there are.
 */
#ifndef REBTF_BTF_NAME_INDEX_H
#define REBTF_BTF_NAME_INDEX_H

#include "btf/btf.h"

struct name_index;

enum index_scope {
	INDEX_RELOCATABLE, /* INT, FLOAT, ENUM, ENUM64, FWD, STRUCT, UNION */
	INDEX_OTHER,
};

/* The index that lists types of that kind. */
enum index_scope name_index_scope(uint32_t kind);

/* Consecutive ids in an index, which stays their owner. */
struct id_run {
	const uint32_t *ids;
	size_t count;
};

/*
 * The order of homonyms: first by what may stand for one another (a FWD of a struct next to STRUCT,
 * a FWD of a union next to UNION, ENUM and ENUM64 as one), then by size, then, of INT, by encoding
 * and bits.
 */
enum match_class {
	MATCH_INT,
	MATCH_FLOAT,
	MATCH_ENUM,
	MATCH_FWD_STRUCT,
	MATCH_STRUCT,
	MATCH_UNION,
	MATCH_FWD_UNION,
	MATCH_OTHER, /* by kind, which takes the place of the size */
};

enum match_class match_class(const struct rebtf_type *t);

/* One number by which types sort as described. Of FWD and others, size counts as 0. */
uint64_t match_key(const struct rebtf_type *t);

/* The smallest key of a class, and the smallest of a size in it. */
static inline uint64_t match_key_of(enum match_class class, uint32_t size)
{
	return (uint64_t) class << 60 | (uint64_t)size << 28;
}

/* What match_key() has below the size. */
#define MATCH_KEY_INT_MASK 0x0fffffffu

/* @btf's index over its own types, not its base's. Built if need be. Errors: NOMEM. */
struct rebtf_error *name_index_get(const struct rebtf_btf *btf, enum index_scope scope,
				   const struct name_index **index);

/* All own types of that name. */
struct id_run name_index_find(const struct rebtf_btf *btf, const struct name_index *index,
			      const char *name);

/* The part of a run of homonyms with first <= match_key < end. */
struct id_run id_run_between(const struct rebtf_btf *btf, struct id_run run, uint64_t first,
			     uint64_t end);

void name_index_free(struct name_index *index);

#endif
