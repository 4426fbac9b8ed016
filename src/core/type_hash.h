/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Hashes that tell whether two types of any BTF are written alike. A reference to a named struct,
 * union, enumeration or typedef counts by its kind and name, so a change of that type is not a
 * change of the types that refer to it. Unnamed types count with all that they consist of. So the
 * hashes of all types take time linear in the types, and two types are compared by two numbers.
 *
 * The hashes are seeded: they differ between processes, and output must not depend on their order.
 */
#ifndef REBTF_CORE_TYPE_HASH_H
#define REBTF_CORE_TYPE_HASH_H

#include "btf/btf.h"
#include "util/vec.h"

/* Scratch memory for one thread. */
DEFINE_VECTOR(hash_word_list, uint64_t);

/* A type as others refer to it. */
struct type_hash {
	uint64_t exact;
	/* Without the sizes and offsets of unnamed structs and unions. */
	uint64_t loose;
};

struct type_hashes {
	const struct rebtf_btf *btf;
	const struct type_hashes *base; /* of the BTF that @btf is split from; or NULL */
	struct type_hash *own;		/* malloced */
	uint64_t *referenced; /* malloced: a bit for each own type that own types refer to */
};

/*
 * Hashes all own types of @btf. @base: the hashes of its base. Errors: NOMEM. Release in any case.
 */
struct rebtf_error *type_hashes_init(struct type_hashes *hashes, const struct rebtf_btf *btf,
				     const struct type_hashes *base);
void type_hashes_release(struct type_hashes *hashes);

/* A type of @hashes or its base. */
struct type_hash type_hash_of(const struct type_hashes *hashes, uint32_t id);

/* Whether another own type refers to own type @id. */
static inline bool type_hash_is_referenced(const struct type_hashes *hashes, uint32_t id)
{
	uint32_t i = id - hashes->btf->start_id;

	return hashes->referenced[i / 64] >> i % 64 & 1;
}

/*
 * Sets @definition to the hash of the type's own definition: its kind, size, members with their
 * offsets, values, parameters. @words is scratch memory. Errors: NOMEM.
 */
struct rebtf_error *type_hash_definition(const struct type_hashes *hashes, uint32_t id,
					 struct hash_word_list *words, uint64_t *definition);

/*
 * Whether the definitions of two structs or unions differ in no more than sizes and offsets. Errors:
 * NOMEM.
 */
struct rebtf_error *type_hash_same_shape(const struct type_hashes *old_hashes, uint32_t old_id,
					 const struct type_hashes *new_hashes, uint32_t new_id,
					 bool *same);

#endif
