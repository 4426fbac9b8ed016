/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What BTF is, as a table. Each kind of type is one row that says what follows its struct rebtf_type and
 * where in it type ids and string offsets stand. Everything that walks types reads this table, so a new
 * kind is one more row. All that BTF's type section holds are 32-bit words, in any kind; that is why
 * changing its byte order needs no table at all.
 *
 * Source: the kernel's Documentation/bpf/btf.rst.
 */
#ifndef REBTF_FORMAT_KIND_H
#define REBTF_FORMAT_KIND_H

#include "rebtf.h"

/* What the third word of struct rebtf_type means. */
enum third_word {
	THIRD_UNUSED,
	THIRD_SIZE,	/* bytes */
	THIRD_TYPE,	/* a type id */
};

/* In elem_id and elem_name: the elements have no such field. */
#define NO_FIELD -1

struct kind_layout {
	const char *name;	/* as in dumps: "STRUCT" */
	uint8_t info_size;	/* bytes after struct rebtf_type, once */
	uint8_t elem_size;	/* bytes for each of the vlen elements after that */
	uint8_t third;		/* enum third_word */
	uint8_t info_ids;	/* how many words of those info_size bytes, from the first, are type ids */
	int8_t elem_id;		/* which word of an element is a type id */
	int8_t elem_name;	/* which word of an element is a string offset */
	bool by_value;		/* a type of this kind contains the types that it refers to */
};

/* The row of a kind; of one that this library does not know, a row named "UNKNOWN" without fields. */
const struct kind_layout *kind_layout(uint32_t kind);

/* Whether this library knows what a kind's data mean. Void is no kind that a file can hold. */
static inline bool kind_is_known(uint32_t kind)
{
	return kind > REBTF_KIND_VOID && kind < REBTF_KNOWN_KINDS;
}

static inline bool kind_is_composite(uint32_t kind)
{
	return kind == REBTF_KIND_STRUCT || kind == REBTF_KIND_UNION;
}

static inline bool kind_is_enum(uint32_t kind)
{
	return kind == REBTF_KIND_ENUM || kind == REBTF_KIND_ENUM64;
}

#endif
