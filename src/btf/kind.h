/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The BTF format as a table. Each kind has one row, which describes the data after struct
 * rebtf_type and the positions of type ids and string offsets. All code that walks types reads this
 * table, so a new kind is one more row. The type section of every kind consists of 32-bit words, so
 * byte-swapping needs no table.
 *
 * Source: the kernel's Documentation/bpf/btf.rst.
 */
#ifndef REBTF_BTF_KIND_H
#define REBTF_BTF_KIND_H

#include "rebtf.h"

/* The meaning of the third word of struct rebtf_type. */
enum third_word {
	THIRD_UNUSED,
	THIRD_SIZE, /* size in bytes */
	THIRD_TYPE, /* type id */
};

/* In elem_id and elem_name: elements have no such field. */
#define NO_FIELD -1

/*
 * The role of a type in references from other types. Each kind has one role. Kinds unknown to this
 * library have no role.
 */
enum type_role {
	ROLE_VOID = 1 << 0,
	ROLE_INT = 1 << 1,
	ROLE_TAGGABLE = 1 << 2, /* STRUCT, UNION, TYPEDEF, FWD: data that a DECL_TAG may tag */
	ROLE_DATA = 1 << 3,	/* other types of variables */
	ROLE_PROTO = 1 << 4,
	ROLE_FUNC = 1 << 5,
	ROLE_VAR = 1 << 6,
	ROLE_ALONE = 1 << 7, /* DATASEC, DECL_TAG, locations: only locations refer to them */
};

/* Roles that no C type is derived from. */
#define ROLES_NO_TYPE (ROLE_FUNC | ROLE_VAR | ROLE_ALONE)
/* Roles that no variable, member or parameter has. A function can only be pointed to. */
#define ROLES_NO_DATA	 (ROLES_NO_TYPE | ROLE_PROTO)
#define ROLES_BUT(roles) ((uint8_t) ~(roles))

/* Sets of kinds that share a meaning. Each kind is in at most one. */
enum kind_family {
	FAMILY_COMPOSITE = 1 << 0, /* STRUCT, UNION: the elements are members */
	FAMILY_ENUM = 1 << 1,	   /* ENUM, ENUM64: the elements are named values */
	FAMILY_ALIAS = 1 << 2,	   /* typedefs, qualifiers and type tags */
	FAMILY_ARRAY = 1 << 3,
	FAMILY_POINTER = 1 << 4,
	FAMILY_VARIABLE = 1 << 5,
};

/*
 * The types that relocation takes for one another when they have the same name. In an index of
 * names, same-named types are ordered by class, with classes that can match one another adjacent (a
 * FWD of a struct next to STRUCT, a FWD of a union next to UNION, ENUM and ENUM64 as one class).
 */
enum match_class {
	MATCH_OTHER, /* relocation does not look up the type */
	MATCH_INT,
	MATCH_FLOAT,
	MATCH_ENUM,
	MATCH_FWD_STRUCT,
	MATCH_STRUCT,
	MATCH_UNION,
	MATCH_FWD_UNION,
	MATCH_CLASSES,
};

/* The facts about referred types that users of a type need. */
enum kind_below {
	BELOW_SAME, /* the same as of the type itself */
	BELOW_SIZE, /* their size: elements, members, variables, parameters */
	BELOW_NAME, /* their name: the type only points to them */
};

struct kind_layout {
	const char *name; /* as in dumps: "STRUCT" */
	/* The C keyword: "struct ", as rebtf_type_keyword() returns it, or of a qualifier "const". */
	const char *keyword;
	uint8_t info_size; /* bytes after struct rebtf_type */
	uint8_t elem_size; /* bytes of each of the vlen elements after that */
	uint8_t third;	   /* enum third_word */
	uint8_t info_ids;  /* number of leading words of info that are type ids */
	int8_t elem_id;	   /* the word of an element that is a type id */
	bool elem_pair;	   /* the next word is a type id, too */
	int8_t elem_name;  /* the word of an element that is a string offset */
	bool by_value;	   /* types of this kind contain the types they refer to */
	uint8_t family;	   /* enum kind_family, or 0 */
	uint8_t below;	   /* enum kind_below */
	uint8_t match;	   /* enum match_class */
	bool single;	   /* types of this kind are never the same: each is an entity of its own */
	bool landmark; /* people know the named types of this kind: explanations start with them */

	/* Sets of enum type_role: the role of this kind, ... */
	uint8_t role;
	/* ... and the roles that its references never lead to, with any compiler. */
	uint8_t third_never;
	uint8_t info_never[2];
	uint8_t elem_never;
	uint8_t pair_never;
};

/* One row for each 7-bit kind number. Unknown kinds have the name "UNKNOWN" and no fields. */
extern const struct kind_layout kind_layouts[REBTF_MAX_KINDS];

static inline const struct kind_layout *kind_layout(uint32_t kind)
{
	return &kind_layouts[kind % REBTF_MAX_KINDS];
}

static inline const struct kind_layout *layout_of(const struct rebtf_type *t)
{
	return &kind_layouts[rebtf_type_kind(t)];
}

/* Whether this library knows the format of @kind. Void does not occur in files. */
static inline bool kind_is_known(uint32_t kind)
{
	return kind > REBTF_KIND_VOID && kind < REBTF_KNOWN_KINDS;
}

/* Whether relocation looks up types of this kind by name. */
static inline bool kind_is_relocatable(uint32_t kind)
{
	return kind_layout(kind)->match != MATCH_OTHER;
}

static inline enum match_class match_class(const struct rebtf_type *t)
{
	uint8_t match = layout_of(t)->match;

	return match == MATCH_FWD_STRUCT && rebtf_type_kind_flag(t) ? MATCH_FWD_UNION : match;
}

/* Whether a distilled base has the whole type: relocation looks it up, and it has no elements. */
static inline bool kind_is_scalar(uint32_t kind)
{
	return kind_is_relocatable(kind) && !kind_layout(kind)->elem_size;
}

/* Whether types of this kind only name or qualify another type. */
static inline bool kind_is_alias(uint32_t kind)
{
	return kind_layout(kind)->family == FAMILY_ALIAS;
}

static inline bool kind_is_composite(uint32_t kind)
{
	return kind_layout(kind)->family == FAMILY_COMPOSITE;
}

static inline bool kind_is_enum(uint32_t kind)
{
	return kind_layout(kind)->family == FAMILY_ENUM;
}

/* The name of enumerator @i of an ENUM or ENUM64: the first word of both kinds of enumerators. */
static inline uint32_t enumerator_name_off(const struct rebtf_type *t, uint32_t i)
{
	const uint32_t *words = rebtf_type_data(t);

	return words[i * (layout_of(t)->elem_size / 4)];
}

/* Whether the elements of types of this kind are named members or values. */
static inline bool kind_has_members(uint32_t kind)
{
	return kind_layout(kind)->family & (FAMILY_COMPOSITE | FAMILY_ENUM);
}

/* Whether a C type is derived from types of this kind: not of functions, variables, sections. */
static inline bool kind_is_c_type(uint32_t kind)
{
	return kind_is_known(kind) && !(kind_layout(kind)->role & ROLES_NO_TYPE);
}

/*
 * Whether @t is a mark of joined BTF: a LOCSEC that, in memory only, refers to types of all kinds
 * (see split/inlined.h). Its size, which other LOCSECs do not use, tells.
 */
#define LOCSEC_MARK 0x4e494c4eu

static inline bool is_locsec_mark(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_LOCSEC && t->size == LOCSEC_MARK;
}

/* Returns the kind that the FWD @t declares. */
static inline uint32_t fwd_kind(const struct rebtf_type *t)
{
	return rebtf_type_kind_flag(t) ? REBTF_KIND_UNION : REBTF_KIND_STRUCT;
}

/* Returns the kind of @t, where a FWD counts as the kind that it declares and an ENUM64 as an ENUM. */
static inline uint32_t declared_kind(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	if (kind == REBTF_KIND_FWD)
		return fwd_kind(t);
	return kind == REBTF_KIND_ENUM64 ? REBTF_KIND_ENUM : kind;
}

/* Returns the forward declaration of the STRUCT or UNION @t. */
static inline struct rebtf_type forward_of(const struct rebtf_type *t)
{
	uint32_t is_union = rebtf_type_kind(t) == REBTF_KIND_UNION;

	return (struct rebtf_type){
		.name_off = t->name_off,
		.info = (uint32_t)REBTF_KIND_FWD << 24 | is_union << 31,
	};
}

/* The public iterator, for walks that pause. */
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
		if (row->elem_pair && field == REBTF_FIELD_IDS) {
			it->pair = 1;
			it->elems_left *= 2;
		}
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
	/* Of a pair, the first leaves an odd number. */
	it->elem += it->pair & it->elems_left ? 1 : it->stride - it->pair;
	return field;
}

/*
 * Walks over the fields of a type. Every module takes this path, so they are inlined together with
 * their callbacks. Other code uses rebtf_field_iter_next(), which visits fields in the same order.
 */
typedef void (*id_visitor)(void *arg, uint32_t id);

/* Map the old value of a field to the new one. Only the string mapper may change its argument. */
typedef uint32_t (*id_mapper)(const void *arg, uint32_t id);
typedef uint32_t (*string_mapper)(void *arg, uint32_t off);

/*
 * The second type ids of all elements of a kind that has pairs. Hardly any type is of such a kind, so
 * these stay out of the inlined walks.
 */
void visit_second_ids(const struct rebtf_type *t, id_visitor visit_id, void *arg);
void map_second_ids(struct rebtf_type *t, id_mapper map_id, const void *arg);

static inline __attribute__((always_inline)) void visit_ids(const struct rebtf_type *t,
							    id_visitor visit_id, void *arg)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *info = (const uint32_t *)(t + 1);

	if (row->third == THIRD_TYPE)
		visit_id(arg, t->type);
	for (uint32_t i = 0; i < row->info_ids; i++)
		visit_id(arg, info[i]);
	if (row->elem_id != NO_FIELD) {
		const uint32_t *elem = info + row->info_size / 4;

		for (uint32_t left = rebtf_type_vlen(t); left; left--, elem += row->elem_size / 4)
			visit_id(arg, elem[row->elem_id]);
		if (row->elem_pair)
			visit_second_ids(t, visit_id, arg);
	}
}

static inline __attribute__((always_inline)) void map_ids(struct rebtf_type *t, id_mapper map_id,
							  const void *arg)
{
	const struct kind_layout *row = layout_of(t);
	uint32_t *info = (uint32_t *)(t + 1);

	if (row->third == THIRD_TYPE)
		t->type = map_id(arg, t->type);
	for (uint32_t i = 0; i < row->info_ids; i++)
		info[i] = map_id(arg, info[i]);
	if (row->elem_id != NO_FIELD) {
		uint32_t *id = info + row->info_size / 4 + row->elem_id;

		for (uint32_t left = rebtf_type_vlen(t); left; left--, id += row->elem_size / 4)
			*id = map_id(arg, *id);
		if (row->elem_pair)
			map_second_ids(t, map_id, arg);
	}
}

static inline __attribute__((always_inline)) void map_elems(struct rebtf_type *t,
							    const struct kind_layout *row,
							    id_mapper map_id,
							    string_mapper map_string, void *arg)
{
	uint32_t *elem = (uint32_t *)(t + 1) + row->info_size / 4;
	uint32_t left = rebtf_type_vlen(t), stride = row->elem_size / 4;

	if (row->elem_id == NO_FIELD) {
		if (row->elem_name == NO_FIELD)
			return;
		for (; left; left--, elem += stride)
			elem[row->elem_name] = map_string(arg, elem[row->elem_name]);
	} else if (row->elem_name == NO_FIELD) {
		if (row->elem_pair)
			map_second_ids(t, map_id, arg);
		for (; left; left--, elem += stride)
			elem[row->elem_id] = map_id(arg, elem[row->elem_id]);
	} else {
		for (; left; left--, elem += stride) {
			elem[row->elem_name] = map_string(arg, elem[row->elem_name]);
			elem[row->elem_id] = map_id(arg, elem[row->elem_id]);
		}
	}
}

/*
 * Maps ids and strings in one pass. The kinds of consecutive types are unpredictable, so a branch
 * on the kind would often be mispredicted. Instead, void is mapped if the third word is not a type
 * id, and the result is discarded.
 */
static inline __attribute__((always_inline)) void map_fields(struct rebtf_type *t, id_mapper map_id,
							     string_mapper map_string, void *arg)
{
	const struct kind_layout *row = layout_of(t);
	uint32_t *info = (uint32_t *)(t + 1);
	bool has_id = row->third == THIRD_TYPE;
	uint32_t third;

	t->name_off = map_string(arg, t->name_off);
	third = map_id(arg, has_id ? t->type : 0);
	t->type = has_id ? third : t->type;
	for (uint32_t i = 0; i < row->info_ids; i++)
		info[i] = map_id(arg, info[i]);
	if (row->elem_size)
		map_elems(t, row, map_id, map_string, arg);
}

#endif
