/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The table of kinds (see kind.h), and the iterator over a type's fields, which is the table in
 * motion.
 */
#include "format/kind.h"

#define ENTRY(kind, ...) [REBTF_KIND_##kind] = { .name = #kind, __VA_ARGS__ }
#define NO_ELEMENTS	 .elem_id = NO_FIELD, .elem_name = NO_FIELD

const struct kind_layout kind_layouts[REBTF_MAX_KINDS] = {
	ENTRY(VOID, NO_ELEMENTS),
	ENTRY(INT, .info_size = 4, .third = THIRD_SIZE, NO_ELEMENTS),
	ENTRY(PTR, .third = THIRD_TYPE, NO_ELEMENTS),
	ENTRY(ARRAY, .info_size = 12, .info_ids = 2, .by_value = true, NO_ELEMENTS),
	ENTRY(STRUCT, .elem_size = 12, .third = THIRD_SIZE, .elem_name = 0, .elem_id = 1,
	      .by_value = true),
	ENTRY(UNION, .elem_size = 12, .third = THIRD_SIZE, .elem_name = 0, .elem_id = 1,
	      .by_value = true),
	ENTRY(ENUM, .elem_size = 8, .third = THIRD_SIZE, .elem_name = 0, .elem_id = NO_FIELD),
	ENTRY(FWD, NO_ELEMENTS),
	ENTRY(TYPEDEF, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS),
	ENTRY(VOLATILE, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS),
	ENTRY(CONST, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS),
	ENTRY(RESTRICT, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS),
	ENTRY(FUNC, .third = THIRD_TYPE, NO_ELEMENTS),
	ENTRY(FUNC_PROTO, .elem_size = 8, .third = THIRD_TYPE, .elem_name = 0, .elem_id = 1),
	ENTRY(VAR, .info_size = 4, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS),
	ENTRY(DATASEC, .elem_size = 12, .third = THIRD_SIZE, .elem_name = NO_FIELD, .elem_id = 0,
	      .by_value = true),
	ENTRY(FLOAT, .third = THIRD_SIZE, NO_ELEMENTS),
	ENTRY(DECL_TAG, .info_size = 4, .third = THIRD_TYPE, NO_ELEMENTS),
	ENTRY(TYPE_TAG, .third = THIRD_TYPE, .by_value = true, NO_ELEMENTS),
	ENTRY(ENUM64, .elem_size = 12, .third = THIRD_SIZE, .elem_name = 0, .elem_id = NO_FIELD),
	[REBTF_KNOWN_KINDS... REBTF_MAX_KINDS - 1] = { .name = "UNKNOWN", NO_ELEMENTS },
};

const char *rebtf_kind_name(uint32_t kind)
{
	return kind < REBTF_MAX_KINDS ? kind_layouts[kind].name : "UNKNOWN";
}

const char *rebtf_type_keyword(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_STRUCT:
		return "struct ";
	case REBTF_KIND_UNION:
		return "union ";
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return "enum ";
	case REBTF_KIND_FWD:
		return rebtf_type_kind_flag(t) ? "union " : "struct ";
	default:
		return "";
	}
}

void rebtf_field_iter_init(struct rebtf_field_iter *it, const struct rebtf_type *t,
			   enum rebtf_field field)
{
	field_iter_init(it, t, field);
}

const uint32_t *rebtf_field_iter_next(struct rebtf_field_iter *it)
{
	return field_iter_next(it);
}
