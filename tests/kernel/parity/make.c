/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes valid BTF at random. Types get their ids first and their contents later, in another order.
 * A type's parts are made before it, so there are no loops, but they may have larger ids.
 */
#include <string.h>

#include "rebtf.h"

#include "blob.h"

#define INFO(kind, vlen, flag) ((uint32_t)(flag) << 31 | (uint32_t)(kind) << 24 | (vlen))

struct maker {
	struct blob *b;
	struct rng *r;
	uint32_t order[BLOB_MAX_TYPES]; /* the type (from 0) that is made at each step */
	uint32_t made;
	/* About the types made so far, by number. */
	uint32_t kind[BLOB_MAX_TYPES];
	uint64_t size[BLOB_MAX_TYPES]; /* 0 for types without a size */
	bool sized[BLOB_MAX_TYPES];
	uint32_t below[BLOB_MAX_TYPES]; /* kind below modifiers */
	uint32_t depth[BLOB_MAX_TYPES];
	uint32_t words[BLOB_MAX_TYPES][64];
	uint32_t length[BLOB_MAX_TYPES];
};

/* Names come from a fixed list, which each blob contains completely. */
static const char *const identifiers[] = { "a",
					   "int",
					   "foo",
					   "_x",
					   "bar.1",
					   ".bss",
					   "\xe9t\xe9",
					   "T_0",
					   "m",
					   "n",
					   "long_name_of_a_type" };
static const char *const oddities[] = {
	"x y", "1a", "a-b", "\x01", "a\x7f", "\xa0", "\xd7", "a\x85"
};

#define COUNT(a) (sizeof(a) / sizeof(a[0]))

static void add_strings(struct blob *b, struct rng *r)
{
	char longest[600];

	b->strings[0] = 0;
	b->strings_size = 1;
	for (size_t i = 0; i < COUNT(identifiers); i++)
		blob_string(b, identifiers[i]);
	for (size_t i = 0; i < COUNT(oddities); i++)
		blob_string(b, oddities[i]);
	if (!rng_below(r, 16)) {
		memset(longest, 'l', sizeof(longest));
		longest[509 + rng_below(r, 6)] = 0;
		blob_string(b, longest);
	}
}

/* The offset of a valid name. */
static uint32_t a_name(struct maker *m)
{
	uint32_t off = 1;

	for (uint32_t i = rng_below(m->r, COUNT(identifiers)); i; i--)
		off += strlen(m->b->strings + off) + 1;
	return off;
}

static uint32_t maybe_name(struct maker *m)
{
	return rng_below(m->r, 3) ? a_name(m) : 0;
}

/*
 * Picks a type that is already made and has a size of at most @limit bytes. Returns false if a few
 * tries fail.
 */
static bool pick_sized(struct maker *m, uint64_t limit, uint32_t *i)
{
	for (unsigned int tries = 0; m->made && tries < 12; tries++) {
		*i = m->order[rng_below(m->r, m->made)];
		if (m->sized[*i] && m->size[*i] <= limit && m->depth[*i] < 28)
			return true;
	}
	return false;
}

static bool pick_kind(struct maker *m, uint32_t kinds, uint32_t *i)
{
	for (unsigned int tries = 0; m->made && tries < 20; tries++) {
		*i = m->order[rng_below(m->r, m->made)];
		if (kinds >> m->kind[*i] & 1)
			return true;
	}
	return false;
}

static void put(struct maker *m, uint32_t i, uint32_t word)
{
	m->words[i][m->length[i]++] = word;
}

static void head(struct maker *m, uint32_t i, uint32_t kind, uint32_t name, uint32_t vlen,
		 bool flag, uint32_t third)
{
	m->kind[i] = m->below[i] = kind;
	m->length[i] = 0;
	put(m, i, name);
	put(m, i, INFO(kind, vlen, flag));
	put(m, i, third);
}

static void make_int(struct maker *m, uint32_t i)
{
	static const uint32_t encodings[] = { 0, 1, 2, 4 };
	uint32_t size = 1u << rng_below(m->r, 5), bits = size * 8;
	uint32_t offset = 0;

	if (!rng_below(m->r, 6)) {
		bits = rng_below(m->r, bits + 1);
		offset = rng_below(m->r, size * 8 - bits + 1);
	}
	head(m, i, REBTF_KIND_INT, maybe_name(m), 0, false, size);
	put(m, i, encodings[rng_below(m->r, 4)] << 24 | offset << 16 | bits);
	m->size[i] = size;
	m->sized[i] = true;
}

static void make_ptr(struct maker *m, uint32_t i)
{
	uint32_t to = 0, target = 0;

	if (m->made && rng_below(m->r, 4)) {
		target = m->order[rng_below(m->r, m->made)];
		if (!(1u << m->kind[target] &
		      (1u << REBTF_KIND_FUNC | 1u << REBTF_KIND_VAR | 1u << REBTF_KIND_DATASEC |
		       1u << REBTF_KIND_DECL_TAG)))
			to = target + 1;
	}
	head(m, i, REBTF_KIND_PTR, 0, 0, false, to);
	m->size[i] = 8;
	m->sized[i] = true;
	m->depth[i] = to ? m->depth[target] + 1 : 0;
}

static bool is_odd_int(const struct maker *m, uint32_t i)
{
	uint32_t data;

	/* Behind modifiers the INT's bits are not known here, so any modifier of an INT is odd. */
	if (m->below[i] != REBTF_KIND_INT)
		return false;
	if (m->kind[i] != REBTF_KIND_INT)
		return true;
	data = m->words[i][3];
	return (data >> 16 & 0xff) || (data & 0xff) != m->size[i] * 8;
}

static bool make_array(struct maker *m, uint32_t i)
{
	uint32_t elem, index, nelems;

	if (!pick_sized(m, 4096, &elem) || is_odd_int(m, elem))
		return false;
	if (!pick_kind(m, 1u << REBTF_KIND_INT, &index) || is_odd_int(m, index))
		return false;
	nelems = rng_below(m->r, 6);
	head(m, i, REBTF_KIND_ARRAY, 0, 0, false, 0);
	put(m, i, elem + 1);
	put(m, i, index + 1);
	put(m, i, nelems);
	m->size[i] = m->size[elem] * nelems;
	m->sized[i] = true;
	m->depth[i] = m->depth[elem] + 1;
	return true;
}

static void make_composite(struct maker *m, uint32_t i, uint32_t kind)
{
	uint32_t vlen = rng_below(m->r, 6), done = 0, elem;
	uint64_t at = 0, end = 0;
	bool flag = !rng_below(m->r, 3);

	head(m, i, kind, maybe_name(m), 0, flag, 0);
	m->depth[i] = 0;
	while (done < vlen && pick_sized(m, 1 << 16, &elem)) {
		uint32_t bits = 0;

		if (flag && is_odd_int(m, elem))
			break;
		at = kind == REBTF_KIND_UNION ? 0 : (end + 63) / 64 * 64;
		if (flag && m->kind[elem] == REBTF_KIND_INT && rng_below(m->r, 2)) {
			at = kind == REBTF_KIND_UNION ? 0 : end;
			bits = 1 + rng_below(m->r, 7);
		}
		if (flag && m->below[elem] == REBTF_KIND_ENUM)
			end = at + 32 > end ? at + 32 : end;
		end = at + (bits ? bits : m->size[elem] * 8) > end
			      ? at + (bits ? bits : m->size[elem] * 8)
			      : end;
		put(m, i, maybe_name(m));
		put(m, i, elem + 1);
		put(m, i, bits << 24 | (uint32_t)at);
		if (m->depth[elem] + 1 > m->depth[i])
			m->depth[i] = m->depth[elem] + 1;
		done++;
	}
	m->words[i][1] = INFO(kind, done, flag);
	m->size[i] = (end + 7) / 8 + (rng_below(m->r, 4) ? 0 : rng_below(m->r, 9));
	m->words[i][2] = (uint32_t)m->size[i];
	m->sized[i] = true;
}

static void make_enum(struct maker *m, uint32_t i, uint32_t kind)
{
	uint32_t vlen = rng_below(m->r, 4), size = 1u << rng_below(m->r, 4);

	head(m, i, kind, maybe_name(m), vlen, rng_below(m->r, 2), size);
	while (vlen--) {
		put(m, i, a_name(m));
		put(m, i, rng_next(m->r));
		if (kind == REBTF_KIND_ENUM64)
			put(m, i, rng_next(m->r));
	}
	m->size[i] = size;
	m->sized[i] = true;
}

static void make_modifier(struct maker *m, uint32_t i, uint32_t kind)
{
	uint32_t to = 0, target = 0, name = 0;

	if (m->made && rng_below(m->r, 8)) {
		target = m->order[rng_below(m->r, m->made)];
		if (!(1u << m->kind[target] &
		      (1u << REBTF_KIND_FUNC | 1u << REBTF_KIND_VAR | 1u << REBTF_KIND_DATASEC |
		       1u << REBTF_KIND_DECL_TAG)))
			to = target + 1;
	}
	/* Type tags must come first in a chain, so only a type tag may refer to one. */
	if (to && m->kind[target] == REBTF_KIND_TYPE_TAG)
		kind = REBTF_KIND_TYPE_TAG;
	if (kind == REBTF_KIND_TYPEDEF || kind == REBTF_KIND_TYPE_TAG)
		name = a_name(m);
	head(m, i, kind, name, 0, false, to);
	m->sized[i] = to && m->sized[target];
	m->size[i] = to ? m->size[target] : 0;
	m->below[i] = to ? m->below[target] : 0;
	m->depth[i] = to ? m->depth[target] + 1 : 0;
}

static void make_proto(struct maker *m, uint32_t i)
{
	uint32_t vlen = rng_below(m->r, 4), done = 0, type, returned = 0;

	if (rng_below(m->r, 2) && pick_sized(m, UINT32_MAX, &type))
		returned = type + 1;
	head(m, i, REBTF_KIND_FUNC_PROTO, 0, 0, false, returned);
	while (done < vlen && pick_sized(m, UINT32_MAX, &type)) {
		put(m, i, rng_below(m->r, 8) ? a_name(m) : 0);
		put(m, i, type + 1);
		done++;
	}
	if (!rng_below(m->r, 6)) {
		put(m, i, 0);
		put(m, i, 0);
		done++;
	}
	m->words[i][1] = INFO(REBTF_KIND_FUNC_PROTO, done, false);
	m->size[i] = done; /* for tags */
}

static bool make_func(struct maker *m, uint32_t i)
{
	uint32_t proto;

	if (!pick_kind(m, 1u << REBTF_KIND_FUNC_PROTO, &proto))
		return false;
	for (uint32_t k = 3; k < m->length[proto]; k += 2) {
		if (!m->words[proto][k] && m->words[proto][k + 1])
			return false;
	}
	head(m, i, REBTF_KIND_FUNC, a_name(m), rng_below(m->r, 2), false, proto + 1);
	m->size[i] = m->size[proto];
	return true;
}

static bool make_var(struct maker *m, uint32_t i)
{
	uint32_t type;

	if (!pick_sized(m, UINT32_MAX, &type))
		return false;
	head(m, i, REBTF_KIND_VAR, a_name(m), 0, false, type + 1);
	put(m, i, rng_below(m->r, 2));
	m->size[i] = m->size[type];
	m->depth[i] = m->depth[type] + 1;
	return true;
}

static void make_section(struct maker *m, uint32_t i)
{
	uint32_t vlen = rng_below(m->r, 5), done = 0, var;
	uint64_t end = 0;

	head(m, i, REBTF_KIND_DATASEC, a_name(m), 0, false, 0);
	while (done < vlen && pick_kind(m, 1u << REBTF_KIND_VAR, &var) && m->size[var]) {
		put(m, i, var + 1);
		put(m, i, (uint32_t)end);
		put(m, i, (uint32_t)m->size[var]);
		end += m->size[var] + rng_below(m->r, 2);
		done++;
	}
	m->words[i][1] = INFO(REBTF_KIND_DATASEC, done, false);
	m->words[i][2] = (uint32_t)end + 1;
}

static void make_float(struct maker *m, uint32_t i)
{
	static const uint32_t sizes[] = { 2, 4, 8, 12, 16 };

	m->size[i] = sizes[rng_below(m->r, 5)];
	m->sized[i] = true;
	head(m, i, REBTF_KIND_FLOAT, maybe_name(m), 0, false, (uint32_t)m->size[i]);
}

static bool make_decl_tag(struct maker *m, uint32_t i)
{
	const uint32_t kinds = 1u << REBTF_KIND_FUNC | 1u << REBTF_KIND_STRUCT |
			       1u << REBTF_KIND_UNION | 1u << REBTF_KIND_VAR |
			       1u << REBTF_KIND_TYPEDEF;
	uint32_t target, components = 0;

	if (!pick_kind(m, kinds, &target))
		return false;
	if (m->kind[target] == REBTF_KIND_FUNC)
		components = (uint32_t)m->size[target];
	else if (m->kind[target] == REBTF_KIND_STRUCT || m->kind[target] == REBTF_KIND_UNION)
		components = m->words[target][1] & 0xffff;
	head(m, i, REBTF_KIND_DECL_TAG, a_name(m), 0, false, target + 1);
	put(m, i, components && rng_below(m->r, 2) ? rng_below(m->r, components) : UINT32_MAX);
	return true;
}

static bool make_type(struct maker *m, uint32_t i, uint32_t kind)
{
	m->sized[i] = false;
	m->size[i] = 0;
	m->depth[i] = 0;
	switch (kind) {
	case REBTF_KIND_PTR:
		make_ptr(m, i);
		return true;
	case REBTF_KIND_ARRAY:
		return make_array(m, i);
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		make_composite(m, i, kind);
		return true;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		make_enum(m, i, kind);
		return true;
	case REBTF_KIND_FWD:
		head(m, i, kind, a_name(m), 0, rng_below(m->r, 2), 0);
		return true;
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_CONST:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		make_modifier(m, i, kind);
		return true;
	case REBTF_KIND_FUNC:
		return make_func(m, i);
	case REBTF_KIND_FUNC_PROTO:
		make_proto(m, i);
		return true;
	case REBTF_KIND_VAR:
		return make_var(m, i);
	case REBTF_KIND_DATASEC:
		make_section(m, i);
		return true;
	case REBTF_KIND_FLOAT:
		make_float(m, i);
		return true;
	case REBTF_KIND_DECL_TAG:
		return make_decl_tag(m, i);
	default:
		make_int(m, i);
		return true;
	}
}

/* Ids in the order of their types' making, in reverse order, or in random order. */
static void make_order(struct maker *m, uint32_t count)
{
	uint32_t how = rng_below(m->r, 4);

	for (uint32_t i = 0; i < count; i++)
		m->order[i] = how == 1 ? count - 1 - i : i;
	for (uint32_t i = count - 1; how > 1 && i; i--) {
		uint32_t k = rng_below(m->r, i + 1), other = m->order[i];

		m->order[i] = m->order[k];
		m->order[k] = other;
	}
}

/* Most blobs have few types. A third of all blobs have few kinds, which makes deep ones. */
void blob_make(struct blob *b, struct rng *r)
{
	static const uint32_t chain_kinds[] = { REBTF_KIND_PTR,	     REBTF_KIND_CONST,
						REBTF_KIND_TYPEDEF,  REBTF_KIND_STRUCT,
						REBTF_KIND_ARRAY,    REBTF_KIND_INT,
						REBTF_KIND_TYPE_TAG, REBTF_KIND_FUNC_PROTO,
						REBTF_KIND_VOLATILE };
	static struct maker maker;
	struct maker *m = &maker;
	uint32_t count = 1 + rng_below(r, rng_below(r, 8) ? 12 : 60);
	bool few_kinds = !rng_below(r, 3);

	m->b = b;
	m->r = r;
	m->made = 0;
	memset(b->header, 0, sizeof(b->header));
	b->header[0] = BLOB_FIRST_WORD;
	b->header_size = 24;
	b->header_junk = 0;
	b->strings_first = false;
	b->layout_size = b->cut = b->trailing = b->strings_size = 0;
	add_strings(b, r);
	make_order(m, count);
	for (; m->made < count; m->made++) {
		uint32_t i = m->order[m->made];
		uint32_t kind = few_kinds ? chain_kinds[rng_below(r, COUNT(chain_kinds))]
					  : 1 + rng_below(r, REBTF_KIND_ENUM64);

		if (!make_type(m, i, kind))
			make_type(m, i, REBTF_KIND_INT);
	}
	b->count = count;
	b->start[0] = 0;
	for (uint32_t i = 0; i < count; i++) {
		memcpy(b->words + b->start[i], m->words[i], m->length[i] * sizeof(uint32_t));
		b->start[i + 1] = b->start[i] + m->length[i];
	}
}
