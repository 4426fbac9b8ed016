/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The table of kinds, the keywords of C, and the iterator over the fields of a type, which
 * interprets the table.
 */
#include "btf/kind.h"

#define ENTRY(kind, ...) [REBTF_KIND_##kind] = { .name = #kind, __VA_ARGS__ }
#define NO_ELEMENTS	 .elem_id = NO_FIELD, .elem_name = NO_FIELD
/* The common part of several rows. */
#define COMPOSITE                                                                                  \
	.role = ROLE_TAGGABLE, .family = FAMILY_COMPOSITE, .elem_size = 12, .third = THIRD_SIZE,   \
	.elem_name = 0, .elem_id = 1, .elem_never = ROLES_NO_DATA, .by_value = true,               \
	.below = BELOW_SIZE, .landmark = true
#define ENUMERATION                                                                                \
	.role = ROLE_DATA, .family = FAMILY_ENUM, .keyword = "enum ", .third = THIRD_SIZE,         \
	.elem_name = 0, .elem_id = NO_FIELD, .match = MATCH_ENUM
#define ALIAS .family = FAMILY_ALIAS, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS

/*
 * Two entries look odd, but compilers emit both. GCC qualifies functions: a pointer to a function
 * that does not return refers to a VOLATILE of a FUNC_PROTO. And any chain may end in void, even
 * the index type of an array if the compilation unit has no INT.
 */
const struct kind_layout kind_layouts[REBTF_MAX_KINDS] = {
	ENTRY(VOID, .role = ROLE_VOID, NO_ELEMENTS),
	ENTRY(INT, .role = ROLE_INT, .info_size = 4, .third = THIRD_SIZE, .match = MATCH_INT,
	      NO_ELEMENTS),
	ENTRY(PTR, .role = ROLE_DATA, .family = FAMILY_POINTER, .third = THIRD_TYPE,
	      .third_never = ROLES_NO_TYPE, .below = BELOW_NAME, NO_ELEMENTS),
	ENTRY(ARRAY, .role = ROLE_DATA, .family = FAMILY_ARRAY, .info_size = 12, .info_ids = 2,
	      .info_never = { ROLES_NO_DATA, ROLES_BUT(ROLE_INT | ROLE_VOID) }, .by_value = true,
	      .below = BELOW_SIZE, NO_ELEMENTS),
	ENTRY(STRUCT, COMPOSITE, .match = MATCH_STRUCT, .keyword = "struct "),
	ENTRY(UNION, COMPOSITE, .match = MATCH_UNION, .keyword = "union "),
	ENTRY(ENUM, ENUMERATION, .elem_size = 8),
	ENTRY(FWD, .role = ROLE_TAGGABLE, .match = MATCH_FWD_STRUCT, NO_ELEMENTS),
	ENTRY(TYPEDEF, ALIAS, .role = ROLE_TAGGABLE, .third_never = ROLES_NO_TYPE,
	      .landmark = true),
	ENTRY(VOLATILE, ALIAS, .role = ROLE_DATA, .third_never = ROLES_NO_TYPE,
	      .keyword = "volatile"),
	ENTRY(CONST, ALIAS, .role = ROLE_DATA, .third_never = ROLES_NO_TYPE, .keyword = "const"),
	ENTRY(RESTRICT, ALIAS, .role = ROLE_DATA, .third_never = ROLES_NO_DATA,
	      .keyword = "restrict"),
	ENTRY(FUNC, .role = ROLE_FUNC, .third = THIRD_TYPE, .third_never = ROLES_BUT(ROLE_PROTO),
	      .landmark = true, NO_ELEMENTS),
	ENTRY(FUNC_PROTO, .role = ROLE_PROTO, .elem_size = 8, .third = THIRD_TYPE,
	      .third_never = ROLES_NO_DATA, .elem_name = 0, .elem_id = 1,
	      .elem_never = ROLES_NO_DATA, .below = BELOW_SIZE),
	ENTRY(VAR, .role = ROLE_VAR, .single = true, .family = FAMILY_VARIABLE, .info_size = 4,
	      .third = THIRD_TYPE, .third_never = ROLES_NO_DATA, .by_value = true,
	      .below = BELOW_SIZE, .landmark = true, NO_ELEMENTS),
	ENTRY(DATASEC, .role = ROLE_ALONE, .single = true, .elem_size = 12, .third = THIRD_SIZE,
	      .elem_name = NO_FIELD, .elem_id = 0,
	      .elem_never = ROLES_BUT(ROLE_VAR | ROLE_FUNC | ROLE_VOID), .by_value = true,
	      .below = BELOW_SIZE),
	ENTRY(FLOAT, .role = ROLE_DATA, .third = THIRD_SIZE, .match = MATCH_FLOAT, NO_ELEMENTS),
	ENTRY(DECL_TAG, .role = ROLE_ALONE, .info_size = 4, .third = THIRD_TYPE,
	      .third_never = ROLES_BUT(ROLE_TAGGABLE | ROLE_VAR | ROLE_FUNC | ROLE_VOID),
	      NO_ELEMENTS),
	ENTRY(TYPE_TAG, ALIAS, .role = ROLE_DATA, .third_never = ROLES_NO_TYPE),
	ENTRY(ENUM64, ENUMERATION, .elem_size = 12),
	ENTRY(LOC_PARAM, .role = ROLE_ALONE, .info_size = 4, .elem_size = 4, .third = THIRD_SIZE,
	      NO_ELEMENTS),
	ENTRY(LOC_PROTO, .role = ROLE_ALONE, .elem_size = 4, .elem_name = NO_FIELD, .elem_id = 0,
	      .elem_never = ROLES_BUT(ROLE_ALONE | ROLE_VOID)),
	ENTRY(LOCSEC, .role = ROLE_ALONE, .single = true, .elem_size = 12, .elem_name = NO_FIELD,
	      .elem_id = 0, .elem_pair = true, .elem_never = ROLES_BUT(ROLE_FUNC | ROLE_VOID),
	      .pair_never = ROLES_BUT(ROLE_ALONE | ROLE_VOID)),
	[REBTF_KNOWN_KINDS... REBTF_MAX_KINDS - 1] = { .name = "UNKNOWN", NO_ELEMENTS },
};

const char *rebtf_kind_name(uint32_t kind)
{
	return kind < REBTF_MAX_KINDS ? kind_layouts[kind].name : "UNKNOWN";
}

const char *rebtf_type_keyword(const struct rebtf_type *t)
{
	const struct kind_layout *row = layout_of(t);

	if (rebtf_type_kind(t) == REBTF_KIND_FWD)
		row = kind_layout(fwd_kind(t));
	return row->keyword && row->family != FAMILY_ALIAS ? row->keyword : "";
}

void rebtf_field_iter_init(struct rebtf_field_iter *it, const struct rebtf_type *t,
			   enum rebtf_field field)
{
	if (field > REBTF_FIELD_STRINGS)
		*it = (struct rebtf_field_iter){};
	else
		field_iter_init(it, t, field);
}

const uint32_t *rebtf_field_iter_next(struct rebtf_field_iter *it)
{
	return field_iter_next(it);
}

/* ---------------------------------------------------------------------------------------- pairs */

/* The place of the first pair's second id, in words behind the type. */
static size_t second_id_at(const struct kind_layout *row)
{
	return row->info_size / 4 + row->elem_id + 1;
}

void visit_second_ids(const struct rebtf_type *t, id_visitor visit_id, void *arg)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *id = (const uint32_t *)(t + 1) + second_id_at(row);

	for (uint32_t left = rebtf_type_vlen(t); left; left--, id += row->elem_size / 4)
		visit_id(arg, *id);
}

void map_second_ids(struct rebtf_type *t, id_mapper map_id, const void *arg)
{
	const struct kind_layout *row = layout_of(t);
	uint32_t *id = (uint32_t *)(t + 1) + second_id_at(row);

	for (uint32_t left = rebtf_type_vlen(t); left; left--, id += row->elem_size / 4)
		*id = map_id(arg, *id);
}
