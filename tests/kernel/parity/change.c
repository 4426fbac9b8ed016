/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes one change to a blob: a field, a reference, a name, the order of types, an additional
 * chain, the strings, or the header. References are changed most often, because most rules concern
 * them.
 */
#include <string.h>

#include "rebtf.h"

#include "blob.h"

static struct rebtf_type *type_at(struct blob *b, uint32_t i)
{
	return (struct rebtf_type *)(b->words + b->start[i]);
}

/* Numbers where rules change. */
static uint32_t odd_number(struct blob *b, struct rng *r, uint32_t old)
{
	static const uint32_t numbers[] = {
		0,	  1,	    2,	       3,	   4,	       7,	   8,
		16,	  31,	    32,	       33,	   63,	       64,	   65,
		128,	  129,	    255,       256,	   0xffff,     0x10000,	   0xfffff,
		0x100000, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff
	};

	switch (rng_below(r, 8)) {
	case 0:
		return old + 1;
	case 1:
		return old - 1;
	case 2:
		return old ^ 1u << rng_below(r, 32);
	case 3:
		return b->count + rng_below(r, 3);
	case 4:
		return rng_below(r, 2) ? old + 8 : old - 8;
	case 5:
		return rng_below(r, b->strings_size + 2);
	case 6:
		return rng_below(r, b->count + 1);
	default:
		return numbers[rng_below(r, sizeof(numbers) / sizeof(numbers[0]))];
	}
}

/* A random field of the given sort. NULL if a few tries fail. */
static uint32_t *pick_field(struct blob *b, struct rng *r, enum rebtf_field field)
{
	uint32_t *found = NULL, seen = 0, i = rng_below(r, b->count);
	struct rebtf_field_iter it;
	const uint32_t *at, *end = b->words + b->start[i + 1];

	rebtf_field_iter_init(&it, type_at(b, i), field);
	while ((at = rebtf_field_iter_next(&it)) && at < end) {
		if (!rng_below(r, ++seen))
			found = b->words + (at - b->words);
	}
	return found;
}

static void change_word(struct blob *b, struct rng *r)
{
	uint32_t *word = &b->words[rng_below(r, b->start[b->count])];

	*word = odd_number(b, r, *word);
}

static void change_reference(struct blob *b, struct rng *r)
{
	uint32_t *id = pick_field(b, r, REBTF_FIELD_IDS);

	if (id)
		*id = rng_below(r, 16) ? 1 + rng_below(r, b->count) : odd_number(b, r, *id);
}

static void swap_references(struct blob *b, struct rng *r)
{
	uint32_t *x = pick_field(b, r, REBTF_FIELD_IDS), *y = pick_field(b, r, REBTF_FIELD_IDS);
	uint32_t id;

	if (!x || !y)
		return;
	id = *x;
	*x = *y;
	*y = id;
}

static void change_name(struct blob *b, struct rng *r)
{
	uint32_t *off = pick_field(b, r, REBTF_FIELD_STRINGS);

	if (!off)
		return;
	if (rng_below(r, 4)) {
		/* The start of another name. */
		*off = rng_below(r, b->strings_size);
		while (*off && b->strings[*off - 1])
			--*off;
	} else {
		*off = odd_number(b, r, *off);
	}
}

static void change_info(struct blob *b, struct rng *r)
{
	uint32_t *info = &type_at(b, rng_below(r, b->count))->info;

	switch (rng_below(r, 5)) {
	case 0:
		*info ^= 1u << 31;
		break;
	case 1:
		*info += 1;
		break;
	case 2:
		*info -= 1;
		break;
	case 3:
		*info = (*info & 0x80ffffff) | rng_below(r, 24) << 24;
		break;
	default:
		*info ^= 1u << rng_below(r, 32);
	}
}

/* Changes to another kind of the same length. */
static void change_kind(struct blob *b, struct rng *r)
{
	static const uint32_t groups[][8] = {
		{ REBTF_KIND_PTR, REBTF_KIND_TYPEDEF, REBTF_KIND_VOLATILE, REBTF_KIND_CONST,
		  REBTF_KIND_RESTRICT, REBTF_KIND_TYPE_TAG, REBTF_KIND_FUNC, REBTF_KIND_FWD },
		{ REBTF_KIND_INT, REBTF_KIND_VAR, REBTF_KIND_DECL_TAG },
		{ REBTF_KIND_STRUCT, REBTF_KIND_UNION, REBTF_KIND_DATASEC, REBTF_KIND_ENUM64 },
		{ REBTF_KIND_ENUM, REBTF_KIND_FUNC_PROTO },
	};
	struct rebtf_type *t = type_at(b, rng_below(r, b->count));

	for (size_t g = 0; g < 4; g++) {
		size_t size = 0;
		bool in_group = false;

		while (size < 8 && groups[g][size])
			in_group |= groups[g][size++] == rebtf_type_kind(t);
		if (in_group)
			t->info = (t->info & 0x80ffffff) | groups[g][rng_below(r, (uint32_t)size)]
								   << 24;
	}
	/* Also changes the name half of the time, so that the name is not the only error. */
	if (rng_below(r, 2))
		t->name_off = t->name_off ? 0 : 1;
}

static void swap_types(struct blob *b, struct rng *r)
{
	if (b->count > 1)
		blob_swap(b, rng_below(r, b->count - 1));
}

/*
 * Adds a chain about as long as kernels accept, with ascending or descending ids, at the end of the
 * types. It leads to an existing type or back to itself. Another type refers to its start.
 */
static void add_chain(struct blob *b, struct rng *r)
{
	static const uint32_t modifiers[] = { REBTF_KIND_CONST, REBTF_KIND_VOLATILE,
					      REBTF_KIND_RESTRICT, REBTF_KIND_TYPE_TAG,
					      REBTF_KIND_PTR };
	uint32_t length = rng_below(r, 2) ? 29 + rng_below(r, 7) : 1 + rng_below(r, 6);
	uint32_t kind = modifiers[rng_below(r, 5)], first = b->count + 1;
	bool upwards = rng_below(r, 2), mixed = !rng_below(r, 3);
	uint32_t target = rng_below(r, 8) ? rng_below(r, first) : first;
	uint32_t *id;

	if (b->count + length >= BLOB_MAX_TYPES ||
	    b->start[b->count] + 3 * length >= BLOB_MAX_WORDS)
		return;
	for (uint32_t i = 0; i < length; i++) {
		uint32_t at = b->start[b->count], next;

		if (mixed)
			kind = modifiers[rng_below(r, 5)];
		next = upwards ? (i + 1 < length ? first + i + 1 : target)
			       : (i ? first + i - 1 : target);
		b->words[at] = kind == REBTF_KIND_TYPE_TAG;
		b->words[at + 1] = kind << 24;
		b->words[at + 2] = next;
		b->start[++b->count] = at + 3;
	}
	id = pick_field(b, r, REBTF_FIELD_IDS);
	if (id && rng_below(r, 2))
		*id = rng_below(r, 2) ? (upwards ? first : b->count) : first + rng_below(r, length);
}

/* Adds nested arrays or structs, about as deep as kernels accept. */
static void add_nest(struct blob *b, struct rng *r)
{
	uint32_t length = 29 + rng_below(r, 6), first = b->count + 1;
	uint32_t bottom = 1 + rng_below(r, b->count), index = 1 + rng_below(r, b->count);
	bool upwards = rng_below(r, 2), arrays = rng_below(r, 2);

	if (b->count + length >= BLOB_MAX_TYPES ||
	    b->start[b->count] + 6 * length >= BLOB_MAX_WORDS)
		return;
	for (uint32_t i = 0; i < length; i++) {
		uint32_t *w = b->words + b->start[b->count];
		uint32_t next = upwards ? (i + 1 < length ? first + i + 1 : bottom)
					: (i ? first + i - 1 : bottom);

		w[0] = 0;
		w[1] = arrays ? REBTF_KIND_ARRAY << 24 : REBTF_KIND_STRUCT << 24 | 1;
		w[2] = arrays ? 0 : 64;
		w[3] = arrays ? next : 0;
		w[4] = arrays ? index : next;
		w[5] = arrays ? 1 + rng_below(r, 3) : 0;
		b->start[b->count + 1] = b->start[b->count] + 6;
		b->count++;
	}
}

/* A random type of these kinds. NULL if a few tries fail. */
static struct rebtf_type *pick_type(struct blob *b, struct rng *r, uint32_t kinds, uint32_t *i)
{
	for (unsigned int tries = 0; tries < 8; tries++) {
		struct rebtf_type *t;

		*i = rng_below(r, b->count);
		t = type_at(b, *i);
		if (rebtf_type_kind(t) < 32 && kinds >> rebtf_type_kind(t) & 1)
			return t;
	}
	return NULL;
}

/* Changes the offset of a member, or the size of a bit-field. */
static void change_member(struct blob *b, struct rng *r)
{
	uint32_t i, members, *offset;
	struct rebtf_type *t = pick_type(b, r, 1u << REBTF_KIND_STRUCT | 1u << REBTF_KIND_UNION,
					 &i);

	if (!t)
		return;
	if (b->start[i + 1] - b->start[i] < 6)
		return;
	members = (b->start[i + 1] - b->start[i] - 3) / 3;
	offset = b->words + b->start[i] + 3 + 3 * rng_below(r, members) + 2;
	switch (rng_below(r, 6)) {
	case 0:
		*offset += rng_below(r, 2) ? 1 : 8;
		break;
	case 1:
		*offset -= rng_below(r, 2) ? 1 : 8;
		break;
	case 2:
		*offset = (*offset & 0xffffff) | rng_below(r, 140) << 24;
		t->info |= 1u << 31;
		t->size += rng_below(r, 32);
		break;
	case 3:
		/* The largest offsets. */
		b->words[b->start[i + 1] - 1] = -8u + rng_below(r, 8);
		t->size = 1u << 29;
		i = b->words[b->start[i + 1] - 2] - 1;
		/* If its type is an INT, reduces it to a few bits at a nonzero offset. */
		if (i < b->count && rebtf_type_kind(type_at(b, i)) == REBTF_KIND_INT)
			type_at(b, i)[1].name_off = rng_below(r, 9) << 16 | rng_below(r, 9);
		break;
	case 4:
		t->size += rng_below(r, 2) ? 1 : -1u;
		break;
	default:
		t->info ^= 1u << 31;
	}
}

/* Changes offsets of variables, up to values that make their ends wrap. */
static void change_section(struct blob *b, struct rng *r)
{
	uint32_t i, vars, *var;
	struct rebtf_type *t = pick_type(b, r, 1u << REBTF_KIND_DATASEC, &i);

	if (!t)
		return;
	if (b->start[i + 1] - b->start[i] < 6)
		return;
	vars = (b->start[i + 1] - b->start[i] - 3) / 3;
	var = b->words + b->start[i] + 3 + 3 * rng_below(r, vars);
	switch (rng_below(r, 4)) {
	case 0:
		var[1 + rng_below(r, 2)] += rng_below(r, 2) ? 1 : -1u;
		break;
	case 1:
		t->size += rng_below(r, 2) ? 1 : -1u;
		break;
	case 2:
		t->size = 0xffffff00;
		var[1] = 0xfffffe00 - rng_below(r, 512);
		var[2] = 0xfffffe00 + rng_below(r, 512);
		break;
	default:
		/* Each variable's end wraps. */
		t->size = 0xffffff00;
		var = b->words + b->start[i] + 3;
		for (uint32_t end = 0xffff0000; vars--; var += 3) {
			var[1] = end;
			var[2] = -(rng_below(r, 4096) + 1);
			end += var[2];
		}
	}
}

static void change_strings(struct blob *b, struct rng *r)
{
	if (!b->strings_size)
		return;
	switch (rng_below(r, 4)) {
	case 0:
		b->strings[0] = (char)rng_below(r, 256);
		break;
	case 1:
		b->strings[b->strings_size - 1] = (char)rng_below(r, 256);
		break;
	case 2:
		b->strings_size -= rng_below(r, b->strings_size);
		break;
	default:
		b->strings[rng_below(r, b->strings_size)] = (char)rng_below(r, 256);
	}
}

static void change_header(struct blob *b, struct rng *r)
{
	static const uint32_t sizes[] = { 0, 4, 8, 12, 16, 20, 24, 25, 28, 31, 32, 33, 36, 40 };
	uint32_t *field;

	switch (rng_below(r, 8)) {
	case 0:
		b->header_size = sizes[rng_below(r, sizeof(sizes) / sizeof(sizes[0]))];
		break;
	case 1:
		b->header_size = 33 + rng_below(r, 8);
		b->header_junk = (uint8_t)rng_below(r, 2);
		break;
	case 2:
		b->strings_first = !b->strings_first;
		break;
	case 3:
		b->trailing = 1 + rng_below(r, 8);
		break;
	case 4:
		b->cut = 1 + rng_below(r, rng_below(r, 4) ? 40 : 2048);
		break;
	case 5:
		if (!rng_below(r, 3)) {
			/* Without strings, types, or both. */
			if (rng_below(r, 3))
				b->strings_size = 0;
			if (rng_below(r, 3)) {
				b->start[1] = 0;
				b->count = 1;
			}
			break;
		}
		b->header_size = 32;
		b->layout_size = rng_below(r, 2) ? 4 * rng_below(r, 21) : rng_below(r, 84);
		break;
	case 6:
		/* Magic, version or flags. */
		b->header[0] ^= 1u << rng_below(r, 32);
		break;
	default:
		field = &b->header[1 + rng_below(r, 7)];
		*field += rng_below(r, 4) ? (rng_below(r, 2) ? 4 : -4u) : odd_number(b, r, 0);
	}
}

void blob_change(struct blob *b, struct rng *r)
{
	static void (*const changes[])(struct blob * b, struct rng * r) = {
		change_reference, change_reference, change_reference, change_reference,
		change_reference, change_reference, swap_references,  swap_references,
		change_word,	  change_word,	    change_word,      change_name,
		change_info,	  change_kind,	    change_kind,      swap_types,
		swap_types,	  swap_types,	    add_chain,	      add_chain,
		add_nest,	  change_strings,   change_header,    change_member,
		change_member,	  change_section,
	};

	changes[rng_below(r, sizeof(changes) / sizeof(changes[0]))](b, r);
}
