/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What BTF is, as a table. Each kind of type is one row that says what follows its struct
 * rebtf_type and where in it type ids and string offsets stand. Everything that walks types reads
 * this table, so a new kind is one more row. All that BTF's type section holds are 32-bit words, in
 * any kind; that is why changing its byte order needs no table at all.
 *
 * Source: the kernel's Documentation/bpf/btf.rst.
 */
#ifndef REBTF_BTF_KIND_H
#define REBTF_BTF_KIND_H

#include "rebtf.h"

/* What the third word of struct rebtf_type means. */
enum third_word {
	THIRD_UNUSED,
	THIRD_SIZE, /* bytes */
	THIRD_TYPE, /* a type id */
};

/* In elem_id and elem_name: the elements have no such field. */
#define NO_FIELD -1

/*
 * What a type can be to a type that refers to it. Each kind has one role; kinds that this library
 * does not know have none.
 */
enum type_role {
	ROLE_VOID = 1 << 0,
	ROLE_INT = 1 << 1,
	ROLE_TAGGABLE = 1 << 2, /* STRUCT, UNION, TYPEDEF, FWD: data that a DECL_TAG may be on */
	ROLE_DATA = 1 << 3,	/* other types that a variable can have */
	ROLE_PROTO = 1 << 4,
	ROLE_FUNC = 1 << 5,
	ROLE_VAR = 1 << 6,
	ROLE_ALONE = 1 << 7, /* DATASEC, DECL_TAG: no type refers to one */
};

/* What no type of C is made of. */
#define ROLES_NO_TYPE (ROLE_FUNC | ROLE_VAR | ROLE_ALONE)
/* What no variable, member or parameter is: a function can only be pointed to. */
#define ROLES_NO_DATA	 (ROLES_NO_TYPE | ROLE_PROTO)
#define ROLES_BUT(roles) ((uint8_t) ~(roles))

struct kind_layout {
	const char *name;  /* as in dumps: "STRUCT" */
	uint8_t info_size; /* bytes after struct rebtf_type, once */
	uint8_t elem_size; /* bytes for each of the vlen elements after that */
	uint8_t third;	   /* enum third_word */
	uint8_t info_ids;  /* how many words of those, from the first, are type ids */
	int8_t elem_id;	   /* which word of an element is a type id */
	int8_t elem_name;  /* which word of an element is a string offset */
	bool by_value;	   /* a type of this kind contains the types that it refers to */

	/* Sets of enum type_role. Types of this kind have this one, ... */
	uint8_t role;
	/* ... and their references never lead to those, in BTF of any compiler. */
	uint8_t third_never;
	uint8_t info_never[2];
	uint8_t elem_never;
};

/*
 * A row for each number that seven bits can say; those of unknown kinds are named "UNKNOWN" and
 * have no fields.
 */
extern const struct kind_layout kind_layouts[REBTF_MAX_KINDS];

static inline const struct kind_layout *kind_layout(uint32_t kind)
{
	return &kind_layouts[kind % REBTF_MAX_KINDS];
}

static inline const struct kind_layout *layout_of(const struct rebtf_type *t)
{
	return &kind_layouts[rebtf_type_kind(t)];
}

/* Whether this library knows what a kind's data mean. Void is no kind that a file can hold. */
static inline bool kind_is_known(uint32_t kind)
{
	return kind > REBTF_KIND_VOID && kind < REBTF_KNOWN_KINDS;
}

/* Whether relocation looks for types of that kind, by their name. */
static inline bool kind_is_relocatable(uint32_t kind)
{
	const uint32_t kinds = 1u << REBTF_KIND_INT | 1u << REBTF_KIND_FLOAT |
			       1u << REBTF_KIND_ENUM | 1u << REBTF_KIND_ENUM64 |
			       1u << REBTF_KIND_FWD | 1u << REBTF_KIND_STRUCT |
			       1u << REBTF_KIND_UNION;

	return kind < 32 && kinds >> kind & 1;
}

/* Whether a type of that kind is another one by a name or with a qualifier. */
static inline bool kind_is_alias(uint32_t kind)
{
	const uint32_t kinds = 1u << REBTF_KIND_TYPEDEF | 1u << REBTF_KIND_VOLATILE |
			       1u << REBTF_KIND_CONST | 1u << REBTF_KIND_RESTRICT |
			       1u << REBTF_KIND_TYPE_TAG;

	return kind < 32 && kinds >> kind & 1;
}

static inline bool kind_is_composite(uint32_t kind)
{
	return kind == REBTF_KIND_STRUCT || kind == REBTF_KIND_UNION;
}

static inline bool kind_is_enum(uint32_t kind)
{
	return kind == REBTF_KIND_ENUM || kind == REBTF_KIND_ENUM64;
}

/* The forward declaration of the STRUCT or UNION @t. */
static inline struct rebtf_type forward_of(const struct rebtf_type *t)
{
	uint32_t is_union = rebtf_type_kind(t) == REBTF_KIND_UNION;

	return (struct rebtf_type){
		.name_off = t->name_off,
		.info = (uint32_t)REBTF_KIND_FWD << 24 | is_union << 31,
	};
}

/* The public iterator, for walks that stop and go on. */
static inline void field_iter_init(struct rebtf_field_iter *it, const struct rebtf_type *t,
				   enum rebtf_field field)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *info = rebtf_type_data(t);
	int8_t elem_field = field == REBTF_FIELD_IDS ? row->elem_id : row->elem_name;

	*it = (struct rebtf_field_iter){ .stride = row->elem_size / 4 };
	if (field == REBTF_FIELD_STRINGS) {
		it->next = &t->name_off;
		it->left = 1;
	} else if (row->third == THIRD_TYPE) {
		it->next = &t->type;
		it->left = 1;
	} else {
		it->next = info;
		it->left = row->info_ids;
	}
	if (elem_field != NO_FIELD) {
		it->elem = info + row->info_size / 4 + elem_field;
		it->elems_left = rebtf_type_vlen(t);
	}
}

static inline const uint32_t *field_iter_next(struct rebtf_field_iter *it)
{
	const uint32_t *field;

	if (it->left) {
		it->left--;
		return it->next++;
	}
	if (!it->elems_left)
		return NULL;
	it->elems_left--;
	field = it->elem;
	it->elem += it->stride;
	return field;
}

/* Called for each type id or string offset in a type, with its place there. */
typedef void (*field_visitor)(void *arg, const uint32_t *field);

/*
 * The walks over a type's fields. They are on the path of every module, so they are inlined
 * together with their visitors; rebtf_field_iter_next() goes the same way for everybody else.
 */
static inline __attribute__((always_inline)) void visit_ids(const struct rebtf_type *t,
							    field_visitor visit_id, void *arg)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *info = (const uint32_t *)(t + 1);

	if (row->third == THIRD_TYPE)
		visit_id(arg, &t->type);
	for (uint32_t i = 0; i < row->info_ids; i++)
		visit_id(arg, info + i);
	if (row->elem_id != NO_FIELD) {
		const uint32_t *elem = info + row->info_size / 4;

		for (uint32_t left = rebtf_type_vlen(t); left; left--, elem += row->elem_size / 4)
			visit_id(arg, elem + row->elem_id);
	}
}

static inline __attribute__((always_inline)) void visit_elems(const struct rebtf_type *t,
							      const struct kind_layout *row,
							      field_visitor visit_id,
							      field_visitor visit_string, void *arg)
{
	const uint32_t *elem = (const uint32_t *)(t + 1) + row->info_size / 4;
	uint32_t left = rebtf_type_vlen(t), stride = row->elem_size / 4;

	if (row->elem_id == NO_FIELD) {
		for (; left; left--, elem += stride)
			visit_string(arg, elem + row->elem_name);
	} else if (row->elem_name == NO_FIELD) {
		for (; left; left--, elem += stride)
			visit_id(arg, elem + row->elem_id);
	} else {
		for (; left; left--, elem += stride) {
			visit_string(arg, elem + row->elem_name);
			visit_id(arg, elem + row->elem_id);
		}
	}
}

/*
 * Both sorts of fields in one go. Kinds follow one another without any order, so a branch on the
 * kind is a branch mispredicted: where the third word is no type id, the visitor gets a zero of its
 * own instead, which it must leave zero.
 */
static inline __attribute__((always_inline)) void visit_fields(const struct rebtf_type *t,
							       field_visitor visit_id,
							       field_visitor visit_string,
							       void *arg)
{
	const struct kind_layout *row = layout_of(t);
	uint32_t none = 0;

	visit_string(arg, &t->name_off);
	visit_id(arg, row->third == THIRD_TYPE ? &t->type : &none);
	for (uint32_t i = 0; i < row->info_ids; i++)
		visit_id(arg, (const uint32_t *)(t + 1) + i);
	if (row->elem_size)
		visit_elems(t, row, visit_id, visit_string, arg);
}

#endif
