/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * An index of types by name. Each object has two: one of the kinds that relocation looks up, which
 * is small and quick to build, and one of all other kinds. Each is built after a few searches and
 * then shared by all threads. Same-named types are adjacent and ordered by match_key(), so "the
 * structs of this name and size" are one run of ids, no matter how many types share the name.
 */
#ifndef REBTF_BTF_NAME_INDEX_H
#define REBTF_BTF_NAME_INDEX_H

#include "btf/btf.h"

struct name_index;

enum index_scope {
	INDEX_RELOCATABLE, /* kinds that relocation looks up */
	INDEX_OTHER,
};

/* The index that contains types of @kind. */
enum index_scope name_index_scope(uint32_t kind);

/* Consecutive ids in an index, which owns them. */
struct id_run {
	const uint32_t *ids;
	size_t count;
};

/*
 * The sort key of same-named types: first by class, then by size. The size of a FWD counts as 0. An
 * INT is then ordered by encoding and bits. Kinds that relocation does not look up are ordered by
 * kind instead of size.
 */
uint64_t match_key(const struct rebtf_type *t);

/* The smallest key of a class, or of a size within a class. */
static inline uint64_t match_key_of(enum match_class class, uint32_t size)
{
	return (uint64_t) class << 60 | (uint64_t)size << 28;
}

/* The bits of match_key() below the size. */
#define MATCH_KEY_INT_MASK 0x0fffffffu

/*
 * Gets the index of @btf's own types, without those of its base. Builds it if necessary. Errors:
 * NOMEM.
 */
struct rebtf_error *name_index_get(const struct rebtf_btf *btf, enum index_scope scope,
				   const struct name_index **index);

/*
 * Gets an index that finds the names of @wanted's own types among @btf's own types that relocation
 * looks up. A program that relocates one module asks for some dozens of names, so the first such
 * index is made for @wanted alone, in a fraction of the time: it is also stored to @own, and the
 * caller frees it. Later ones are that of name_index_get(), and @own is NULL. Errors: NOMEM.
 */
struct rebtf_error *name_index_of_names(const struct rebtf_btf *btf, const struct rebtf_btf *wanted,
					const struct name_index **index, struct name_index **own);

/* All own types with this name. */
struct id_run name_index_find(const struct rebtf_btf *btf, const struct name_index *index,
			      const char *name);

/* The part of a run of same-named types with first <= match_key < end. */
struct id_run id_run_between(const struct rebtf_btf *btf, struct id_run run, uint64_t first,
			     uint64_t end);

void name_index_free(struct name_index *index);

#endif
