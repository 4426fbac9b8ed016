/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes structs with the types that BPF programs share with the kernel by name: locks, lists,
 * trees, reference counts, and pointers tagged as the kernel's. Most structs have matching members,
 * so that kernels accept many of them. Now and then one has another size, offset, name or kind.
 */
#include <string.h>

#include "rebtf.h"

#include "blob.h"

#define COUNT(a) (sizeof(a) / sizeof(a[0]))

/* The types that structs here are made from. */
enum shared {
	SPIN_LOCK,
	LIST_HEAD,
	LIST_NODE,
	RB_ROOT,
	RB_NODE,
	REFCOUNT,
	RES_SPIN_LOCK,
	TIMER, /* also shared, but not special in BTF */
	SHARED_COUNT
};

static const struct {
	const char *name;
	uint32_t size;
	uint32_t align;
} shared_types[SHARED_COUNT] = {
	[SPIN_LOCK] = { "bpf_spin_lock", 4, 4 },
	[LIST_HEAD] = { "bpf_list_head", 16, 8 },
	[LIST_NODE] = { "bpf_list_node", 24, 8 },
	[RB_ROOT] = { "bpf_rb_root", 16, 8 },
	[RB_NODE] = { "bpf_rb_node", 32, 8 },
	[REFCOUNT] = { "bpf_refcount", 4, 4 },
	[RES_SPIN_LOCK] = { "bpf_res_spin_lock", 4, 4 },
	[TIMER] = { "bpf_timer", 16, 8 },
};

static const char *const tags[] = { "kptr", "kptr_untrusted", "percpu_kptr", "uptr", "user" };
/* A kernel has the first ones, and knows how to release some of them. */
static const char *const pointees[] = { "task_struct", "bpf_cpumask", "file", "no_such_struct" };
static const char *const own_names[] = { "s0", "s1", "s2", "s3", "s4", "s5",
					 "s6", "s7", "s8", "s9", "sa" };

#define MOST_OWN COUNT(own_names)
#define POINTERS 4

struct program {
	struct blob *b;
	struct rng *r;
	uint32_t shared[SHARED_COUNT];
	uint32_t pointers[POINTERS];
	uint32_t own[MOST_OWN]; /* ids that the program's structs have or will have */
	uint32_t own_size[MOST_OWN];
	uint32_t own_count;
	/* About the current struct. */
	bool is_union;
	uint32_t at; /* offset of the next member, in bytes; in a union, its size */
	uint32_t members;
	/* The members that are lists or trees, and their elements. */
	struct {
		uint32_t member;
		uint32_t own;
		bool is_tree;
	} roots[16];
	uint32_t root_count;
};

static bool seldom(struct program *p, uint32_t one_in)
{
	return !rng_below(p->r, one_in);
}

static uint32_t next_id(const struct program *p)
{
	return p->b->count + 1;
}

/* ------------------------------------------------------------------------------------------ parts */

/* Adds a shared type, or another type of that name. */
static void add_shared(struct program *p, enum shared i)
{
	uint32_t name = blob_string(p->b, shared_types[i].name), size = shared_types[i].size;

	p->shared[i] = next_id(p);
	if (seldom(p, 40))
		size += rng_below(p->r, 2) ? 4 : -4u;
	switch (rng_below(p->r, 80)) {
	case 0:
		blob_begin(p->b, name, REBTF_KIND_UNION, 0, size);
		break;
	case 1:
		blob_begin(p->b, name, REBTF_KIND_TYPEDEF, 0, 1);
		break;
	case 2:
		blob_begin(p->b, name, REBTF_KIND_INT, 0, 4);
		blob_put(p->b, 32);
		break;
	case 3: /* another type precedes the one that is used */
		blob_begin(p->b, name, REBTF_KIND_STRUCT, 0, size);
		p->shared[i] = next_id(p);
		/* fall through */
	default:
		blob_begin(p->b, name, REBTF_KIND_STRUCT, 0, size);
	}
}

/* Adds the target of a tagged pointer. */
static uint32_t add_pointee(struct program *p)
{
	uint32_t id;

	switch (rng_below(p->r, 8)) {
	case 0:
		return seldom(p, 4) ? rng_below(p->r, 2) : next_id(p); /* void, INT, or itself */
	case 1:
	case 2:
	case 3:
		id = next_id(p);
		blob_begin(p->b,
			   seldom(p, 8)
				   ? 0
				   : blob_string(p->b, pointees[rng_below(p->r, COUNT(pointees))]),
			   seldom(p, 20) ? REBTF_KIND_UNION : REBTF_KIND_STRUCT, 0, 8);
		return id;
	default:
		return p->own[rng_below(p->r, p->own_count)];
	}
}

/* Adds the types from the struct's member to the pointer. */
static uint32_t add_pointer(struct program *p)
{
	uint32_t to = add_pointee(p), count = seldom(p, 12) ? rng_below(p->r, 3) : 1;

	if (seldom(p, 8)) {
		blob_begin(p->b, 0, REBTF_KIND_CONST, 0, to);
		to = next_id(p) - 1;
	}
	while (count--) {
		const char *tag = tags[rng_below(p->r, seldom(p, 8) ? COUNT(tags) : 3)];

		blob_begin(p->b, blob_string(p->b, tag), REBTF_KIND_TYPE_TAG, 0, to);
		to = next_id(p) - 1;
		if (seldom(p, 30))
			p->b->words[p->b->start[to - 1] + 1] |= 1u << 31;
	}
	if (seldom(p, 16)) {
		blob_begin(p->b, 0, REBTF_KIND_CONST, 0, to);
		to = next_id(p) - 1;
	}
	blob_begin(p->b, 0, REBTF_KIND_PTR, 0, to);
	if (seldom(p, 8))
		blob_begin(p->b, 0, seldom(p, 3) ? REBTF_KIND_CONST : REBTF_KIND_VOLATILE, 0,
			   next_id(p) - 1);
	return next_id(p) - 1;
}

/* ---------------------------------------------------------------------------------------- members */

static void add_member(struct program *p, const char *name, uint32_t type, uint32_t size,
		       uint32_t align)
{
	uint32_t off = name ? blob_string(p->b, name) : 0;

	p->at = (p->at + align - 1) / align * align;
	if (seldom(p, 60))
		p->at += 2 + 2 * rng_below(p->r, 2);
	blob_put(p->b, off);
	blob_put(p->b, type);
	blob_put(p->b, p->is_union ? 0 : p->at * 8);
	if (!p->is_union)
		p->at += size;
	else if (size > p->at)
		p->at = size;
	p->members++;
}

static void add_shared_member(struct program *p, const char *name, enum shared i)
{
	if (p->shared[i])
		add_member(p, name, p->shared[i], shared_types[i].size, shared_types[i].align);
}

static void add_root(struct program *p, bool is_tree, uint32_t own)
{
	enum shared i = is_tree ? RB_ROOT : LIST_HEAD;

	if (!p->shared[i] || p->root_count == COUNT(p->roots))
		return;
	p->roots[p->root_count].member = p->members;
	p->roots[p->root_count].own = own;
	p->roots[p->root_count++].is_tree = is_tree;
	add_shared_member(p, NULL, i);
}

static void add_lock(struct program *p)
{
	add_shared_member(p, "lock", seldom(p, 6) ? RES_SPIN_LOCK : SPIN_LOCK);
}

/* @which: bit 0 adds a list node, bit 1 a tree node. */
static void add_nodes(struct program *p, uint32_t which)
{
	if (which & 1)
		add_shared_member(p, seldom(p, 8) ? NULL : "n", LIST_NODE);
	if (which & 2)
		add_shared_member(p, "r", RB_NODE);
	if ((which == 3) != seldom(p, 12))
		add_shared_member(p, "ref", REFCOUNT);
}

/*
 * Adds an INT of a few bits, which may start inside a byte. Kernels look into structs only at whole
 * bytes.
 */
static void add_bits(struct program *p)
{
	uint32_t offset = p->is_union ? 0 : p->at * 8 + rng_below(p->r, 2);

	blob_put(p->b, 0);
	blob_put(p->b, 2);
	blob_put(p->b, offset);
	p->at += 4;
	p->members++;
}

/* Adds an earlier struct by value. Earlier ones only, so there are no loops. */
static void add_nested(struct program *p, uint32_t i)
{
	uint32_t k = i ? rng_below(p->r, i) : 0;

	if (i)
		add_member(p, NULL, p->own[k], p->own_size[k], 8);
}

static void add_some_member(struct program *p, uint32_t i)
{
	switch (rng_below(p->r, 7)) {
	case 0:
		add_member(p, seldom(p, 8) ? "n" : "m", 1, 4, 4);
		break;
	case 1:
		add_nested(p, i);
		break;
	case 2:
		add_shared_member(p, "t", (enum shared)rng_below(p->r, SHARED_COUNT));
		break;
	case 3:
		add_root(p, rng_below(p->r, 2), rng_below(p->r, p->own_count));
		break;
	case 4:
		if (seldom(p, 4))
			add_bits(p);
		break;
	default:
		add_member(p, NULL, p->pointers[rng_below(p->r, POINTERS)], 8, 8);
	}
}

/* ---------------------------------------------------------------------------------------- structs */

static void add_tags(struct program *p, uint32_t id)
{
	for (uint32_t i = 0; i < p->root_count; i++) {
		char tag[32] = "contains:";

		/* Nearly always one tag, and for an existing struct. */
		for (uint32_t count = seldom(p, 30) ? rng_below(p->r, 3) : 1; count; count--) {
			tag[9] = 0;
			strcat(tag, seldom(p, 40) ? "" : own_names[p->roots[i].own]);
			if (!seldom(p, 60))
				strcat(tag, ":");
			if (seldom(p, 12))
				strcat(tag, "(anon)");
			else if (!seldom(p, 60))
				strcat(tag, p->roots[i].is_tree == seldom(p, 30) ? "n" : "r");
			blob_begin(p->b, blob_string(p->b, tag), REBTF_KIND_DECL_TAG, 0, id);
			blob_put(p->b, p->roots[i].member);
		}
	}
}

/*
 * Adds struct @i, whose lists and trees contain struct @next. In a chain each struct has a node,
 * and a list of the next struct; but the last one, whose @next is itself, has no list. The chain
 * tests the largest accepted length.
 */
static void add_own(struct program *p, uint32_t i, bool in_chain, uint32_t next)
{
	uint32_t name = blob_string(p->b, seldom(p, 10) ? pointees[rng_below(p->r, COUNT(pointees))]
							: own_names[i]);
	uint32_t at = p->b->count;
	uint32_t how = in_chain ? 2 * (next != i) : rng_below(p->r, 4);

	p->at = p->members = p->root_count = 0;
	p->is_union = seldom(p, 40);
	blob_begin(p->b, seldom(p, 20) ? 0 : name,
		   p->is_union ? REBTF_KIND_UNION : REBTF_KIND_STRUCT, 0, 0);
	if (how == 1 || how == 2)
		add_lock(p);
	if (how == 0 || how == 2)
		add_nodes(p, in_chain && !seldom(p, 16) ? 1 : 1 + rng_below(p->r, 3));
	if (how == 1 || how == 2)
		add_root(p, in_chain ? seldom(p, 16) : rng_below(p->r, 2), next);
	for (uint32_t more = seldom(p, 3) ? rng_below(p->r, 5) : 0; more; more--)
		add_some_member(p, i);
	if (seldom(p, 60))
		p->at -= 4;
	p->own_size[i] = (p->at + 7) / 8 * 8;
	p->b->words[p->b->start[at] + 1] |= p->members;
	p->b->words[p->b->start[at] + 2] = p->own_size[i];
	add_tags(p, at + 1);
}

/* Adds a struct with an array of a type that others have as a single member. */
static void add_array(struct program *p)
{
	static const uint32_t lengths[] = { 0, 1, 2, 3, 5, 6, 10, 11, 12 };
	uint32_t which = rng_below(p->r, 3), length = lengths[rng_below(p->r, COUNT(lengths))];
	uint32_t own = rng_below(p->r, p->own_count);
	uint32_t type = p->own[own], size = p->own_size[own];

	if (which == 1) {
		type = p->pointers[rng_below(p->r, POINTERS)];
		size = 8;
	} else if (which == 2) {
		own = rng_below(p->r, 2) ? LIST_HEAD : rng_below(p->r, SHARED_COUNT);
		type = p->shared[own] ?: 1;
		size = shared_types[own].size;
	}
	blob_begin(p->b, 0, REBTF_KIND_ARRAY, 0, 0);
	blob_put(p->b, type);
	blob_put(p->b, 1);
	blob_put(p->b, length);
	p->at = p->members = p->root_count = 0;
	p->is_union = false;
	blob_begin(p->b, 0, REBTF_KIND_STRUCT, 0, 0);
	add_lock(p);
	if (which == 2 && own == LIST_HEAD && p->shared[LIST_HEAD]) {
		p->roots[0].member = p->members;
		p->roots[0].own = rng_below(p->r, p->own_count);
		p->roots[0].is_tree = false;
		p->root_count = 1;
	}
	add_member(p, NULL, next_id(p) - 2, size * length, 8);
	p->b->words[p->b->start[p->b->count - 1] + 1] |= p->members;
	p->b->words[p->b->start[p->b->count - 1] + 2] = (p->at + 7) / 8 * 8;
	add_tags(p, p->b->count);
}

/* Most often the next struct. The last one's is itself. */
static uint32_t next_of(struct program *p, uint32_t i)
{
	if (seldom(p, 20))
		return rng_below(p->r, p->own_count);
	return i + 1 < p->own_count ? i + 1 : i;
}

void blob_specialise(struct blob *b, struct rng *r)
{
	struct program p = { .b = b, .r = r };
	bool in_chain = seldom(&p, 3);
	uint32_t first, first_string;

	b->count = b->start[0] = 0;
	b->strings_size = 1;
	p.own_count = in_chain ? 7 + rng_below(r, MOST_OWN - 6) : 1 + rng_below(r, 5);
	blob_begin(b, blob_string(b, "int"), REBTF_KIND_INT, 0, 4);
	blob_put(b, 32);
	blob_begin(b, 0, REBTF_KIND_INT, 0, 4);
	blob_put(b, 5);
	for (enum shared i = 0; i < SHARED_COUNT; i++) {
		if (!seldom(&p, 30))
			add_shared(&p, i);
	}
	/*
	 * Pointers and lists refer to structs that do not exist yet. The second pass gives them the
	 * right ids.
	 */
	first = b->count;
	first_string = b->strings_size;
	for (int pass = 0; pass < 2; pass++) {
		struct rng again = *r;

		b->count = first;
		b->strings_size = first_string;
		for (uint32_t i = 0; i < POINTERS; i++)
			p.pointers[i] = add_pointer(&p);
		for (uint32_t i = 0; i < p.own_count; i++) {
			p.own[i] = next_id(&p);
			add_own(&p, i, in_chain, next_of(&p, i));
		}
		if (!pass)
			*r = again;
	}
	if (seldom(&p, 4))
		add_array(&p);
	if (!seldom(&p, 4))
		blob_shuffle(b, r);
}
