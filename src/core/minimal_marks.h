/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The types and members of a kernel and its modules that minimal BTF keeps. Four rules decide which
 * types a type takes along. They are those of "bpftool gen min_core_btf".
 */
#ifndef REBTF_CORE_MINIMAL_MARKS_H
#define REBTF_CORE_MINIMAL_MARKS_H

#include "core/relo.h"
#include "core/set.h"
#include "util/vec.h"

/* A type that is marked, as a set of bits. */
enum minimal_rule {
	/* By value: the types below typedefs, qualifiers and arrays, but not behind pointers. */
	MINIMAL_VALUE = 1 << 0,
	/* Also behind pointers. Structs stay empty. */
	MINIMAL_POINTER = 1 << 1,
	/* All members, and theirs. */
	MINIMAL_MATCH = 1 << 2,
	/* As MINIMAL_MATCH, but behind a pointer: structs stay empty. */
	MINIMAL_MATCH_BEHIND = 1 << 3,
};

struct minimal_mark {
	uint32_t id;
	uint8_t rule;
};

DEFINE_VECTOR(minimal_mark_list, struct minimal_mark);

/* Marks of the own types of a member. NULL: all of its types are unmarked. */
struct minimal_member {
	const struct rebtf_btf *btf;
	uint8_t *rules;	   /* sets of enum minimal_rule, by own type */
	uint8_t *elements; /* a bit for each word of the types: a member of a struct starts there */
};

struct minimal_marks {
	struct minimal_member *members; /* as many as the set has */
	size_t count;
	struct minimal_mark_list to_do;
};

/* Makes marks for all members of a set. Errors: NOMEM. */
struct rebtf_error *minimal_marks_new(size_t members, struct minimal_marks *marks);
void minimal_marks_release(struct minimal_marks *marks);

/*
 * Marks all that a relocation with the path @target needs. The path is in the BTF of @member, over
 * that of the kernel. Errors: NOMEM.
 */
struct rebtf_error *minimal_marks_add(struct minimal_marks *marks, size_t member,
				      const struct rebtf_btf *kernel,
				      const struct relo_spec *target);

static inline bool minimal_has_type(const struct minimal_member *m, uint32_t i)
{
	return m->rules[i];
}

static inline bool minimal_has_element(const struct minimal_member *m, const void *element)
{
	size_t word = (const uint32_t *)element - m->btf->types;

	return m->elements[word / 8] >> word % 8 & 1;
}

#endif
