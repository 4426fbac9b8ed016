/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Sorts types as bpftool 7.8 does. The first key is a rank by kind. Then come names: first that of
 * the type at the end of a chain of typedefs, pointers and the like, then the type's own. Types that
 * have both in common are told apart by a hash of their members, which is computed only for these.
 */
#include <stdlib.h>
#include <string.h>

#include "core/c_sort.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"
#include "util/vec.h"

enum c_rank {
	C_RANK_VALUES, /* enums without a name */
	C_RANK_ENUM,
	C_RANK_NUMBER,
	C_RANK_COMPOSITE,
	C_RANK_PROTO,
	C_RANK_OTHER = 10,
};

struct c_sorted {
	uint64_t key; /* the rank, and the first bytes of the name: most comparisons end here */
	const char *name;
	const char *own_name;
	uint32_t id;
	struct c_sort *sort;
};

/* A hash of a type, alone or with its members. */
struct c_hash {
	uint64_t value;
	uint8_t state; /* C_HASH_* */
};

enum c_hash_state {
	C_HASH_NONE,
	C_HASH_BEGUN,
	C_HASH_DONE,
};

/* Whether the hash of a struct has its members. */
enum c_hash_depth {
	C_HASH_SHALLOW,
	C_HASH_DEEP,
	C_HASH_DEPTHS,
};

struct c_sort {
	const struct rebtf_btf *btf;
	uint32_t *ends; /* by id: the end of its chain + 1, or 0: not known yet */
	struct c_hash *hashes[C_HASH_DEPTHS]; /* by id; NULL: not needed yet */
	struct u32_vector stack;
	bool failed; /* out of memory */
};

/* ---------------------------------------------------------------------------------------- chains */

/* Takes a step towards the type that names @t. Returns false at the end. */
static bool c_sort_step(const struct rebtf_type *t, uint32_t *id)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_ARRAY:
		*id = rebtf_array(t)->type;
		return true;
	case REBTF_KIND_TYPE_TAG:
	case REBTF_KIND_CONST:
	case REBTF_KIND_PTR:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_DECL_TAG:
		*id = t->type;
		return true;
	default:
		return false;
	}
}

/* Returns the end of the chain of type @id. The chain of a pointer to itself ends at once. */
static uint32_t c_sort_end(struct c_sort *s, uint32_t id)
{
	uint32_t end = id;

	s->stack.count = 0;
	while (!s->ends[end]) {
		uint32_t next;

		s->ends[end] = end + 1;
		if (!c_sort_step(btf_type(s->btf, end), &next))
			break;
		u32_vector_append(&s->stack, end);
		end = next;
	}
	end = s->ends[end] - 1;
	for (size_t i = 0; i < s->stack.count; i++)
		s->ends[s->stack.items[i]] = end + 1;
	return end;
}

static enum c_rank c_sort_rank_of_end(const struct rebtf_btf *btf, uint32_t id, bool named)
{
	switch (rebtf_type_kind(btf_type(btf, id))) {
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return named ? C_RANK_ENUM : C_RANK_VALUES;
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
		return C_RANK_NUMBER;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return named ? C_RANK_COMPOSITE : C_RANK_OTHER;
	case REBTF_KIND_FUNC_PROTO:
		return named ? C_RANK_PROTO : C_RANK_OTHER;
	default:
		return C_RANK_OTHER;
	}
}

static enum c_rank c_sort_rank(const struct rebtf_btf *btf, uint32_t id, uint32_t end)
{
	bool named = btf_type(btf, id)->name_off;

	if (id != end && !named)
		return C_RANK_OTHER;
	return c_sort_rank_of_end(btf, end, named);
}

static const char *c_sort_name(const struct rebtf_btf *btf, uint32_t id, uint32_t end)
{
	const struct rebtf_type *t = btf_type(btf, end);

	/* The first word of an enumerator is its name in both kinds of enum. */
	if (id == end && kind_is_enum(rebtf_type_kind(t)) && !t->name_off && rebtf_type_vlen(t))
		return btf_string(btf, *(const uint32_t *)rebtf_type_data(t));
	return btf_string(btf, t->name_off);
}

/* ---------------------------------------------------------------------------------------- hashes */

static uint64_t c_hash_mix(uint64_t hash, uint64_t value)
{
	return hash * 31 + value;
}

static uint64_t c_hash_name(const struct c_sort *s, uint64_t hash, uint32_t name_off)
{
	uint64_t value = 0;

	if (!name_off)
		return hash;
	for (const char *c = btf_string(s->btf, name_off); *c; c++)
		value = value * 31 + (uint64_t)(int64_t)(signed char)*c;
	return c_hash_mix(hash, value);
}

/* A node of the search: a type and a depth. */
static uint32_t c_hash_id(uint32_t node)
{
	return node / C_HASH_DEPTHS;
}

static struct c_hash *c_hash_at(const struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	return &s->hashes[depth][id];
}

/* Adds the nodes that a hash is made of, as far as they have no hash yet. */
static void c_hash_push(struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	if (c_hash_at(s, id, depth)->state == C_HASH_NONE)
		u32_vector_append(&s->stack, id * C_HASH_DEPTHS + depth);
}

static void c_hash_begin(struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	uint32_t next;

	c_hash_at(s, id, depth)->state = C_HASH_BEGUN;
	if (c_sort_step(t, &next)) {
		c_hash_push(s, next, depth);
	} else if (depth == C_HASH_DEEP && kind_is_composite(rebtf_type_kind(t))) {
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			c_hash_push(s, rebtf_members(t)[i].type, C_HASH_SHALLOW);
	}
}

static void c_hash_finish(struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	uint32_t kind = rebtf_type_kind(t), next;
	uint64_t hash = c_hash_name(s, 0, t->name_off);

	if (kind == REBTF_KIND_ARRAY)
		hash = c_hash_mix(hash, rebtf_array(t)->nelems);
	if (c_sort_step(t, &next)) {
		hash = c_hash_mix(hash, c_hash_at(s, next, depth)->value);
	} else if (kind_is_enum(kind)) {
		const uint32_t *name_off = rebtf_type_data(t);

		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			hash = c_hash_name(s, hash, name_off[i * kind_layout(kind)->elem_size / 4]);
	} else if (depth == C_HASH_DEEP && kind_is_composite(kind)) {
		const struct rebtf_member *m = rebtf_members(t);

		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
			hash = c_hash_name(s, hash, m->name_off);
			hash = c_hash_mix(hash, c_hash_at(s, m->type, C_HASH_SHALLOW)->value);
		}
	}
	*c_hash_at(s, id, depth) = (struct c_hash){ hash, C_HASH_DONE };
}

static bool c_hash_prepare(struct c_sort *s)
{
	for (int depth = 0; depth < C_HASH_DEPTHS; depth++) {
		if (!s->hashes[depth])
			s->hashes[depth] = calloc(rebtf_btf_type_count(s->btf),
						  sizeof(*s->hashes[depth]));
		if (!s->hashes[depth])
			s->failed = true;
	}
	return !s->failed;
}

static uint64_t c_hash(struct c_sort *s, uint32_t id)
{
	if (s->hashes[C_HASH_DEEP] && c_hash_at(s, id, C_HASH_DEEP)->state == C_HASH_DONE)
		return c_hash_at(s, id, C_HASH_DEEP)->value;
	if (!c_hash_prepare(s))
		return 0;
	s->stack.count = 0;
	c_hash_push(s, id, C_HASH_DEEP);
	while (s->stack.count) {
		uint32_t node = s->stack.items[s->stack.count - 1];
		enum c_hash_depth depth = node % C_HASH_DEPTHS;

		/* A node can have been added twice before its first visit. */
		if (c_hash_at(s, c_hash_id(node), depth)->state == C_HASH_NONE) {
			c_hash_begin(s, c_hash_id(node), depth);
			continue;
		}
		if (c_hash_at(s, c_hash_id(node), depth)->state == C_HASH_BEGUN)
			c_hash_finish(s, c_hash_id(node), depth);
		s->stack.count--;
	}
	return c_hash_at(s, id, C_HASH_DEEP)->value;
}

/* --------------------------------------------------------------------------------------- sorting */

/* The rank and the start of a name, whose order is that of the names. */
static uint64_t c_sort_key(enum c_rank rank, const char *name)
{
	uint64_t key = rank;

	for (int i = 0; i < 7; i++) {
		key = key << 8 | (unsigned char)*name;
		name += *name != 0;
	}
	return key;
}

static int c_sort_compare(const void *a, const void *b)
{
	const struct c_sorted *left = a, *right = b;
	int order = by_number(left->key, right->key);

	order = order ?: strcmp(left->name, right->name);
	order = order ?: strcmp(left->own_name, right->own_name);
	if (order || left->id == right->id)
		return order;
	order = by_number(c_hash(left->sort, left->id), c_hash(right->sort, right->id));
	return order ?: by_number(left->id, right->id);
}

static void c_sort_release(struct c_sort *s)
{
	u32_vector_release(&s->stack);
	free(s->ends);
	for (int depth = 0; depth < C_HASH_DEPTHS; depth++)
		free(s->hashes[depth]);
}

/* Whether a header leaves @t out. Its rank is the last one. */
static bool c_sort_leaves_out(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind == REBTF_KIND_FUNC || kind == REBTF_KIND_VAR || kind == REBTF_KIND_DATASEC;
}

static uint32_t c_sort_fill(struct c_sort *s, struct c_sorted *sorted)
{
	uint32_t count = 0;

	for (uint32_t id = 0; id < rebtf_btf_type_count(s->btf); id++) {
		const struct rebtf_type *t = btf_type(s->btf, id);
		const char *name;
		uint32_t end;

		if (c_sort_leaves_out(t))
			continue;
		end = c_sort_end(s, id);
		name = c_sort_name(s->btf, id, end);
		sorted[count++] = (struct c_sorted){
			.key = c_sort_key(c_sort_rank(s->btf, id, end), name),
			.name = name,
			.own_name = btf_string(s->btf, t->name_off),
			.id = id,
			.sort = s,
		};
	}
	return count;
}

struct rebtf_error *c_sort(const struct rebtf_btf *btf, uint32_t **ids, uint32_t *count)
{
	_cleanup_(c_sort_release) struct c_sort s = { .btf = btf };
	uint32_t all = rebtf_btf_type_count(btf);
	_cleanup_free_ struct c_sorted *sorted = malloc(all * sizeof(*sorted));
	_cleanup_free_ uint32_t *result = malloc(all * sizeof(*result));

	s.ends = calloc(all, sizeof(*s.ends));
	if (!sorted || !result || !s.ends)
		return error_nomem();
	*count = c_sort_fill(&s, sorted);
	qsort(sorted, *count, sizeof(*sorted), c_sort_compare);
	for (uint32_t i = 0; i < *count; i++)
		result[i] = sorted[i].id;
	if (s.failed || s.stack.failed)
		return error_nomem();
	*ids = take_ptr(&result);
	return NULL;
}
