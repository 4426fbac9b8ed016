/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The table of types that others can become, by a hash of their contents. Several types of one hash
 * can fit, and the first one found is taken. So the order matters, and it is that of libbpf's table:
 * each bucket is a list that grows at its head, and growing the table reverses parts of the lists.
 */
#ifndef REBTF_LIBBPF_UNIFY_TABLE_H
#define REBTF_LIBBPF_UNIFY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rebtf_type;

struct unify_entry {
	uint64_t hash;
	uint32_t id;
	uint32_t next; /* index of the next entry of the bucket, or 0 */
};

struct unify_table {
	struct unify_entry *entries; /* the first one is not used */
	size_t count;
	size_t room;
	uint32_t *buckets; /* index of the first entry, or 0 */
	unsigned int bits; /* the table has 1 << bits buckets; 0: no bucket yet */
	bool one_bucket;   /* for tests */
};

/* Returns false if out of memory. */
bool unify_table_add(struct unify_table *t, uint64_t hash, uint32_t id);

/* Returns the first entry of @hash, or NULL. */
const struct unify_entry *unify_table_first(const struct unify_table *t, uint64_t hash);

/* Returns the entry with the same hash after @e, or NULL. */
const struct unify_entry *unify_table_next(const struct unify_table *t,
					   const struct unify_entry *e);

void unify_table_release(struct unify_table *t);

#endif
