/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The builder's functions for each kind of type, and for the elements (members, values, parameters,
 * variables) that are added to the last type.
 */
#include <string.h>

#include "btf/build.h"
#include "util/error.h"

/* Adds a type whose kind-specific words are zero. @info, if not NULL, is set to these words. */
static uint32_t add_type(struct rebtf_builder *b, uint32_t kind, bool kind_flag, const char *name,
			 uint32_t third, uint32_t **info)
{
	size_t size = sizeof(struct rebtf_type) + kind_layout(kind)->info_size;
	uint32_t name_off = rebtf_builder_string(b, name);
	struct rebtf_type *t = builder_add(b, NULL, size);

	if (!t)
		return 0;
	memset(t, 0, size);
	t->name_off = name_off;
	t->info = kind << 24 | (uint32_t)kind_flag << 31;
	t->type = third;
	b->may_have_locsec |= kind == REBTF_KIND_LOCSEC;
	if (info)
		*info = (uint32_t *)(t + 1);
	return b->last;
}

static uint32_t wrong_kind(struct rebtf_builder *b, const char *function, uint32_t kind)
{
	return builder_fail(b, error_new(REBTF_ERR_ARGUMENT, "%s() does not support kind %s",
					 function, rebtf_kind_name(kind)));
}

uint32_t rebtf_builder_int(struct rebtf_builder *b, const char *name, uint32_t size,
			   uint32_t encoding, uint32_t bits)
{
	uint32_t *info;
	uint32_t id;

	if (encoding > 0xf || bits > 0xff)
		return builder_fail(
			b, error_new(REBTF_ERR_ARGUMENT,
				     "invalid INT (encoding %u, maximum 15; %u bits, maximum 255)",
				     encoding, bits));
	id = add_type(b, REBTF_KIND_INT, false, name, size, &info);
	if (id)
		*info = encoding << 24 | bits;
	return id;
}

uint32_t rebtf_builder_float(struct rebtf_builder *b, const char *name, uint32_t size)
{
	return add_type(b, REBTF_KIND_FLOAT, false, name, size, NULL);
}

uint32_t rebtf_builder_ref(struct rebtf_builder *b, uint32_t kind, uint32_t type)
{
	if (kind != REBTF_KIND_PTR && kind != REBTF_KIND_VOLATILE && kind != REBTF_KIND_CONST &&
	    kind != REBTF_KIND_RESTRICT)
		return wrong_kind(b, __func__, kind);
	return add_type(b, kind, false, NULL, type, NULL);
}

uint32_t rebtf_builder_typedef(struct rebtf_builder *b, const char *name, uint32_t type)
{
	return add_type(b, REBTF_KIND_TYPEDEF, false, name, type, NULL);
}

uint32_t rebtf_builder_type_tag(struct rebtf_builder *b, const char *tag, uint32_t type)
{
	return add_type(b, REBTF_KIND_TYPE_TAG, false, tag, type, NULL);
}

uint32_t rebtf_builder_type_attr(struct rebtf_builder *b, const char *attribute, uint32_t type)
{
	return add_type(b, REBTF_KIND_TYPE_TAG, true, attribute, type, NULL);
}

static uint32_t add_decl_tag(struct rebtf_builder *b, bool is_attribute, const char *name,
			     uint32_t type, int32_t component_idx)
{
	uint32_t *info;
	uint32_t id = add_type(b, REBTF_KIND_DECL_TAG, is_attribute, name, type, &info);

	if (id)
		*info = component_idx;
	return id;
}

uint32_t rebtf_builder_decl_tag(struct rebtf_builder *b, const char *tag, uint32_t type,
				int32_t component_idx)
{
	return add_decl_tag(b, false, tag, type, component_idx);
}

uint32_t rebtf_builder_decl_attr(struct rebtf_builder *b, const char *attribute, uint32_t type,
				 int32_t component_idx)
{
	return add_decl_tag(b, true, attribute, type, component_idx);
}

uint32_t rebtf_builder_array(struct rebtf_builder *b, uint32_t type, uint32_t index_type,
			     uint32_t nelems)
{
	uint32_t *info;
	uint32_t id = add_type(b, REBTF_KIND_ARRAY, false, NULL, 0, &info);

	if (id)
		*(struct rebtf_array *)info = (struct rebtf_array){ type, index_type, nelems };
	return id;
}

uint32_t rebtf_builder_fwd(struct rebtf_builder *b, uint32_t kind, const char *name)
{
	if (!kind_is_composite(kind))
		return wrong_kind(b, __func__, kind);
	return add_type(b, REBTF_KIND_FWD, kind == REBTF_KIND_UNION, name, 0, NULL);
}

/* A FUNC stores its linkage in vlen. */
uint32_t rebtf_builder_func(struct rebtf_builder *b, const char *name, enum rebtf_linkage linkage,
			    uint32_t proto)
{
	uint32_t id;

	if (!builder_check(b, "linkage", linkage, REBTF_LINKAGE_EXTERN))
		return 0;
	id = add_type(b, REBTF_KIND_FUNC, false, name, proto, NULL);
	if (id)
		builder_type(b, id)->info |= linkage;
	return id;
}

uint32_t rebtf_builder_var(struct rebtf_builder *b, const char *name, enum rebtf_linkage linkage,
			   uint32_t type)
{
	uint32_t *info;
	uint32_t id;

	if (!builder_check(b, "linkage", linkage, REBTF_LINKAGE_EXTERN))
		return 0;
	id = add_type(b, REBTF_KIND_VAR, false, name, type, &info);
	if (id)
		*info = linkage;
	return id;
}

/*
 * Appends an element to the last type if that has the right kind. @function is the caller's name.
 * Returns NULL on error.
 */
static uint32_t *add_element(struct rebtf_builder *b, bool right_kind, const char *function)
{
	const struct rebtf_type *last;
	uint32_t *element;

	if (b->err)
		return NULL;
	if (!right_kind) {
		builder_fail(b, error_new(REBTF_ERR_ARGUMENT,
					  "%s() does not support the kind of the last added type",
					  function));
		return NULL;
	}
	last = builder_type(b, b->last);
	if (rebtf_type_vlen(last) == REBTF_MAX_VLEN) {
		builder_fail(b,
			     error_new(REBTF_ERR_FORMAT, "too many elements (vlen has 24 bits)"));
		return NULL;
	}
	element = builder_extend(b, layout_of(last)->elem_size);
	if (element)
		builder_type(b, b->last)->info++;
	return element;
}

/* The kind of the last type, or void if no type was added yet. */
static uint32_t last_kind(const struct rebtf_builder *b)
{
	return b->last ? rebtf_type_kind(builder_type(b, b->last)) : REBTF_KIND_VOID;
}

uint32_t rebtf_builder_struct(struct rebtf_builder *b, uint32_t kind, const char *name,
			      uint32_t size)
{
	if (!kind_is_composite(kind))
		return wrong_kind(b, __func__, kind);
	return add_type(b, kind, false, name, size, NULL);
}

/*
 * Once a struct has a bit-field, only 24 bits are left for the offset of each of its members. When
 * the flag is set, all earlier members are checked. After that, only the new member is.
 */
static bool use_bitfields(struct rebtf_builder *b)
{
	struct rebtf_type *t = builder_type(b, b->last);
	const struct rebtf_member *members = rebtf_members(t);
	uint32_t count = rebtf_type_vlen(t);

	for (uint32_t i = rebtf_type_kind_flag(t) ? count - 1 : 0; i < count; i++) {
		if (members[i].offset > 0xffffff) {
			builder_fail(
				b,
				error_new(
					REBTF_ERR_FORMAT,
					"member %u starts at bit %u (maximum 16777215 in a struct with bit-fields)",
					i, members[i].offset));
			return false;
		}
	}
	t->info |= 1u << 31;
	return true;
}

bool rebtf_builder_member(struct rebtf_builder *b, const char *name, uint32_t type,
			  uint32_t bit_offset, uint32_t bitfield_size)
{
	uint32_t name_off = rebtf_builder_string(b, name);
	struct rebtf_member *m;

	if (bitfield_size > 0xff) {
		builder_fail(b,
			     error_new(REBTF_ERR_ARGUMENT,
				       "invalid bit-field size %u (maximum 255)", bitfield_size));
		return false;
	}
	m = (struct rebtf_member *)add_element(b, kind_is_composite(last_kind(b)), __func__);
	if (!m)
		return false;
	*m = (struct rebtf_member){ name_off, type, bit_offset };
	if (!bitfield_size && !rebtf_type_kind_flag(builder_type(b, b->last)))
		return true;
	if (!use_bitfields(b))
		return false;
	m->offset |= bitfield_size << 24;
	return true;
}

uint32_t rebtf_builder_enum(struct rebtf_builder *b, uint32_t kind, const char *name, uint32_t size,
			    enum rebtf_signedness signedness)
{
	if (!kind_is_enum(kind))
		return wrong_kind(b, __func__, kind);
	if (!builder_check(b, "signedness", signedness, REBTF_SIGNED))
		return 0;
	return add_type(b, kind, signedness == REBTF_SIGNED, name, size, NULL);
}

bool rebtf_builder_enumerator(struct rebtf_builder *b, const char *name, uint64_t value)
{
	uint32_t name_off = rebtf_builder_string(b, name);
	uint32_t *element;

	if (last_kind(b) == REBTF_KIND_ENUM && value > UINT32_MAX &&
	    (int64_t)value != (int32_t)value) {
		builder_fail(
			b, error_new(REBTF_ERR_ARGUMENT,
				     "the value 0x%llx of an enumerator does not fit into 32 bits",
				     (unsigned long long)value));
		return false;
	}
	element = add_element(b, kind_is_enum(last_kind(b)), __func__);
	if (!element)
		return false;
	element[0] = name_off;
	element[1] = value;
	if (last_kind(b) == REBTF_KIND_ENUM64)
		element[2] = value >> 32;
	return true;
}

uint32_t rebtf_builder_func_proto(struct rebtf_builder *b, uint32_t return_type)
{
	return add_type(b, REBTF_KIND_FUNC_PROTO, false, NULL, return_type, NULL);
}

bool rebtf_builder_param(struct rebtf_builder *b, const char *name, uint32_t type)
{
	uint32_t name_off = rebtf_builder_string(b, name);
	uint32_t *element = add_element(b, last_kind(b) == REBTF_KIND_FUNC_PROTO, __func__);

	if (!element)
		return false;
	*(struct rebtf_param *)element = (struct rebtf_param){ name_off, type };
	return true;
}

uint32_t rebtf_builder_datasec(struct rebtf_builder *b, const char *name, uint32_t size)
{
	return add_type(b, REBTF_KIND_DATASEC, false, name, size, NULL);
}

bool rebtf_builder_secinfo(struct rebtf_builder *b, uint32_t var, uint32_t offset, uint32_t size)
{
	uint32_t *element = add_element(b, last_kind(b) == REBTF_KIND_DATASEC, __func__);

	if (!element)
		return false;
	*(struct rebtf_var_secinfo *)element = (struct rebtf_var_secinfo){ var, offset, size };
	return true;
}

uint32_t rebtf_builder_loc_param(struct rebtf_builder *b, uint32_t size, uint32_t flags)
{
	uint32_t *info;
	uint32_t id = add_type(b, REBTF_KIND_LOC_PARAM, false, NULL, size, &info);

	if (id)
		*info = flags;
	return id;
}

bool rebtf_builder_loc_param_value(struct rebtf_builder *b, uint32_t value)
{
	uint32_t *element = add_element(b, last_kind(b) == REBTF_KIND_LOC_PARAM, __func__);

	if (element)
		*element = value;
	return element;
}

uint32_t rebtf_builder_loc_proto(struct rebtf_builder *b)
{
	return add_type(b, REBTF_KIND_LOC_PROTO, false, NULL, 0, NULL);
}

bool rebtf_builder_loc_proto_param(struct rebtf_builder *b, uint32_t loc_param)
{
	uint32_t *element = add_element(b, last_kind(b) == REBTF_KIND_LOC_PROTO, __func__);

	if (element)
		*element = loc_param;
	return element;
}

uint32_t rebtf_builder_locsec(struct rebtf_builder *b, const char *name)
{
	return add_type(b, REBTF_KIND_LOCSEC, false, name, 0, NULL);
}

bool rebtf_builder_locsec_loc(struct rebtf_builder *b, uint32_t func, uint32_t loc_proto,
			      uint32_t offset)
{
	uint32_t *element = add_element(b, last_kind(b) == REBTF_KIND_LOCSEC, __func__);

	if (!element)
		return false;
	*(struct rebtf_locsec_entry *)element = (struct rebtf_locsec_entry){ func, loc_proto,
									     offset };
	return true;
}
