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

/* A hash of a type, alone or with its members. Few types need one. */
struct c_hash {
	uint64_t value;
	bool done; /* otherwise its parts are being computed */
};

DEFINE_VECTOR(c_hashes, struct c_hash);

/* Whether the hash of a struct has its members. */
enum c_hash_depth {
	C_HASH_SHALLOW,
	C_HASH_DEEP,
	C_HASH_DEPTHS,
};

struct c_sort {
	const struct rebtf_btf *btf;
	uint32_t *ends;	   /* by id: the end of its chain + 1, or 0: not known yet */
	bool *ready;	   /* by id: see c_sort_is_ready() */
	uint32_t *hash_of; /* by node: 1 + index in hashes, or 0. NULL: not needed yet */
	struct c_hashes hashes;
	bool hash_failed; /* out of memory */
	struct u32_vector stack;
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

/* Finds the end of the chain of type @id. The chain of a pointer to itself ends at once. */
static uint32_t c_sort_find_end(struct c_sort *s, uint32_t id)
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

static inline uint32_t c_sort_end(struct c_sort *s, uint32_t id)
{
	return s->ends[id] ? s->ends[id] - 1 : c_sort_find_end(s, id);
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

	if (id == end && kind_is_enum(rebtf_type_kind(t)) && !t->name_off && rebtf_type_vlen(t))
		return btf_string(btf, enumerator_name_off(t, 0));
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
static uint32_t c_hash_node(uint32_t id, enum c_hash_depth depth)
{
	return id * C_HASH_DEPTHS + depth;
}

static uint64_t c_hash_value(const struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	uint32_t at = s->hash_of[c_hash_node(id, depth)];

	return at ? s->hashes.items[at - 1].value : 0;
}

/* Adds the nodes that a hash is made of, as far as they have no hash yet. */
static void c_hash_push(struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	if (!s->hash_of[c_hash_node(id, depth)])
		u32_vector_append(&s->stack, c_hash_node(id, depth));
}

static void c_hash_begin(struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	uint32_t next;

	if (!c_hashes_append(&s->hashes, (struct c_hash){}))
		return;
	s->hash_of[c_hash_node(id, depth)] = s->hashes.count;
	if (c_sort_step(t, &next)) {
		c_hash_push(s, next, depth);
	} else if (depth == C_HASH_DEEP && kind_is_composite(rebtf_type_kind(t))) {
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			c_hash_push(s, rebtf_members(t)[i].type, C_HASH_SHALLOW);
	}
}

static uint64_t c_hash_compute(const struct c_sort *s, uint32_t id, enum c_hash_depth depth)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	uint32_t kind = rebtf_type_kind(t), next;
	uint64_t hash = c_hash_name(s, 0, t->name_off);

	if (kind == REBTF_KIND_ARRAY)
		hash = c_hash_mix(hash, rebtf_array(t)->nelems);
	if (c_sort_step(t, &next)) {
		hash = c_hash_mix(hash, c_hash_value(s, next, depth));
	} else if (kind_is_enum(kind)) {
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			hash = c_hash_name(s, hash, enumerator_name_off(t, i));
	} else if (depth == C_HASH_DEEP && kind_is_composite(kind)) {
		const struct rebtf_member *m = rebtf_members(t);

		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
			hash = c_hash_name(s, hash, m->name_off);
			hash = c_hash_mix(hash, c_hash_value(s, m->type, C_HASH_SHALLOW));
		}
	}
	return hash;
}

static uint64_t c_hash(struct c_sort *s, uint32_t id)
{
	if (!s->hash_of)
		s->hash_of = calloc(rebtf_btf_type_count(s->btf),
				    C_HASH_DEPTHS * sizeof(*s->hash_of));
	if (!s->hash_of) {
		s->hash_failed = true;
		return 0;
	}
	s->stack.count = 0;
	c_hash_push(s, id, C_HASH_DEEP);
	while (s->stack.count && !s->hashes.failed) {
		uint32_t node = s->stack.items[s->stack.count - 1], at = s->hash_of[node];
		enum c_hash_depth depth = node % C_HASH_DEPTHS;

		if (!at) {
			c_hash_begin(s, node / C_HASH_DEPTHS, depth);
			continue;
		}
		/* A node can have been added twice before its first visit. */
		if (!s->hashes.items[at - 1].done)
			s->hashes.items[at - 1] = (struct c_hash){
				c_hash_compute(s, node / C_HASH_DEPTHS, depth), true
			};
		s->stack.count--;
	}
	return c_hash_value(s, id, C_HASH_DEEP);
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
	free(s->ready);
	free(s->hash_of);
	c_hashes_release(&s->hashes);
}

/* The links to void that are looked at: "const void *" has two. */
#define C_SORT_VOID_LINKS 4

/* Whether the chain of type @id is short, ends at void, and has no typedef, whose rank is the last. */
static bool c_sort_is_void(const struct rebtf_btf *btf, uint32_t id)
{
	for (int links = 0; links < C_SORT_VOID_LINKS; links++) {
		const struct rebtf_type *t = btf_type(btf, id);

		if (rebtf_type_kind(t) == REBTF_KIND_TYPEDEF)
			return false;
		if (!c_sort_step(t, &id))
			return true;
	}
	return false;
}

/*
 * Whether all definitions and declarations that a use of type @id needs have a rank before the last.
 */
static bool c_sort_is_ready(struct c_sort *s, uint32_t id)
{
	const struct rebtf_type *end = btf_type(s->btf, c_sort_end(s, id));

	switch (rebtf_type_kind(end)) {
	case REBTF_KIND_VOID:
		return c_sort_is_void(s->btf, id);
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return true;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return end->name_off || s->ready[s->ends[id] - 1];
	case REBTF_KIND_FUNC_PROTO:
		return s->ready[s->ends[id] - 1];
	default:
		return false;
	}
}

/* Whether the types that the unnamed struct, union or prototype @t refers to are ready. */
static bool c_sort_parts_are_ready(struct c_sort *s, const struct rebtf_type *t)
{
	struct rebtf_field_iter it;
	const uint32_t *part;

	field_iter_init(&it, t, REBTF_FIELD_IDS);
	while ((part = field_iter_next(&it))) {
		if (!c_sort_is_ready(s, *part))
			return false;
	}
	return true;
}

/*
 * Whether a header leaves a type out: functions, variables, sections, locations, and types of the last rank
 * that add nothing to the text, which are most of a kernel's. All that they need has been written
 * before. Must be called for each id in ascending order: each call records its answer for later ones.
 */
static bool c_sort_leaves_out(struct c_sort *s, uint32_t id)
{
	const struct rebtf_type *t = btf_type(s->btf, id);
	uint32_t kind = rebtf_type_kind(t), next;

	if (kind == REBTF_KIND_FUNC || kind == REBTF_KIND_VAR || kind == REBTF_KIND_DATASEC ||
	    kind >= REBTF_KIND_LOC_PARAM)
		return true;
	if (!id || t->name_off || kind_is_enum(kind))
		return false;
	s->ready[id] = c_sort_step(t, &next) ? c_sort_is_ready(s, id)
					     : c_sort_parts_are_ready(s, t);
	return s->ready[id];
}

static uint32_t c_sort_fill(struct c_sort *s, struct c_sorted *sorted)
{
	uint32_t count = 0, all = rebtf_btf_type_count(s->btf);

	for (uint32_t id = 0; id < all; id++) {
		const struct rebtf_type *t = btf_type(s->btf, id);
		const char *name;
		uint32_t end;

		if (c_sort_leaves_out(s, id))
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
	s.ready = calloc(all, sizeof(*s.ready));
	if (!sorted || !result || !s.ends || !s.ready)
		return error_nomem();
	*count = c_sort_fill(&s, sorted);
	qsort(sorted, *count, sizeof(*sorted), c_sort_compare);
	for (uint32_t i = 0; i < *count; i++)
		result[i] = sorted[i].id;
	if (s.hash_failed || s.hashes.failed || s.stack.failed)
		return error_nomem();
	*ids = take_ptr(&result);
	return NULL;
}
