/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The things that are compared, and pairs of them. */
#ifndef REBTF_CORE_DIFF_ENTITY_H
#define REBTF_CORE_DIFF_ENTITY_H

#include "core/diff_side.h"

/* Types of one name are one set only within a class. */
enum diff_class {
	DIFF_CLASS_NONE, /* types that have no name of their own to compare by */
	DIFF_CLASS_TAG,	 /* struct, union, enum: C has one space of names for these */
	DIFF_CLASS_TYPEDEF,
	DIFF_CLASS_BASE, /* integers and floating-point numbers */
	DIFF_CLASS_FUNC,
	DIFF_CLASS_VAR,
};

/* A named thing of one side. */
struct diff_entity {
	const struct diff_member *member; /* NULL: the side lacks it */
	uint32_t id;
};

struct diff_pairing {
	struct diff_entity old;
	struct diff_entity new;
	/* The places with this difference are at @places of struct diff_pairings. */
	size_t first_place;
	size_t place_count;
};

struct diff_place {
	uint32_t slot;	 /* of the member */
	uint32_t number; /* of the old type; or 0 */
};

DEFINE_VECTOR(diff_place_list, struct diff_place);

DEFINE_VECTOR(diff_pairing_list, struct diff_pairing);

struct diff_pairings {
	struct diff_pairing_list list; /* in no order that a caller can rely on */
	struct diff_place_list places; /* of each pairing by slot */
	/* In members that the other side does not have: */
	uint32_t only_old;
	uint32_t only_new;
};

enum diff_class diff_class_of(const struct rebtf_type *t);

/* The name of a thing, which is not void. Of an unnamed enumeration, that of its first value. */
const char *diff_entity_name(const struct rebtf_btf *btf, const struct rebtf_type *t);

#endif
