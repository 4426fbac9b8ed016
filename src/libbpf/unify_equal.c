/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Hashes and compares the words of types, with or without the references among them. */
#include "libbpf/unify_equal.h"

static inline uint64_t unify_combine(uint64_t hash, uint32_t word)
{
	return hash * 31 + word;
}

static uint64_t unify_hash_members(uint64_t hash, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);

	for (uint32_t left = rebtf_type_vlen(t); left; left--, m++)
		hash = unify_combine(unify_combine(hash, m->name_off), m->offset);
	return hash;
}

static uint64_t unify_hash_words(uint64_t hash, const struct rebtf_type *t, size_t words)
{
	const uint32_t *word = rebtf_type_data(t);

	for (size_t i = 0; i < words; i++)
		hash = unify_combine(hash, word[i]);
	return hash;
}

uint64_t unify_hash(const struct rebtf_type *t)
{
	uint64_t hash = t->name_off;

	/* A declaration has the hash of its definition. */
	if (kind_is_enum(rebtf_type_kind(t)))
		return hash;
	hash = unify_combine(hash, t->info);
	if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF)
		return hash;
	hash = unify_combine(hash, t->size);
	if (kind_is_composite(rebtf_type_kind(t)))
		return unify_hash_members(hash, t);
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO)
		return unify_hash_words(hash, t, 2 * (size_t)rebtf_type_vlen(t));
	return unify_hash_words(hash, t, layout_of(t)->info_size / sizeof(uint32_t));
}

bool unify_enums_fit(const struct rebtf_type *a, const struct rebtf_type *b)
{
	if (!unify_is_enum_declaration(a) && !unify_is_enum_declaration(b))
		return unify_equal(a, b);
	return a->name_off == b->name_off && kind_is_enum(rebtf_type_kind(a)) &&
	       kind_is_enum(rebtf_type_kind(b));
}

bool unify_same_members(const struct rebtf_type *a, const struct rebtf_type *b)
{
	const struct rebtf_member *m = rebtf_members(a), *n = rebtf_members(b);

	if (!unify_same_start(a, b))
		return false;
	for (uint32_t left = rebtf_type_vlen(a); left; left--, m++, n++) {
		if (m->name_off != n->name_off || m->offset != n->offset)
			return false;
	}
	return true;
}

bool unify_same_parameters(const struct rebtf_type *a, const struct rebtf_type *b)
{
	const struct rebtf_param *p = rebtf_params(a), *q = rebtf_params(b);

	if (a->name_off != b->name_off || a->info != b->info)
		return false;
	for (uint32_t left = rebtf_type_vlen(a); left; left--, p++, q++) {
		if (p->name_off != q->name_off)
			return false;
	}
	return true;
}
