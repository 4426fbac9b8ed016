/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Appends types of each kind, and elements of the last type. Type ids may be those of types that are
 * appended later, so only their range is checked.
 */
#include <limits.h>
#include <string.h>

#include "libbpf/own_strings.h"

#define MAX_INT_SIZE  16
#define MAX_ENUM_SIZE 8

static bool add_is_id(int id)
{
	return id >= 0; /* OBJECT_MAX_ID is INT_MAX */
}

static bool add_is_name(const char *name)
{
	return name && *name;
}

static bool add_is_power_of_two(size_t size)
{
	return size && !(size & (size - 1));
}

static uint32_t add_info(uint32_t kind, uint32_t vlen, bool flag)
{
	return (uint32_t)flag << 31 | kind << 24 | vlen;
}

/*
 * Appends a type: @third is its size or type, @data the words after it. @name may be NULL. Returns
 * its id.
 */
static int add_own_type(struct btf *btf, uint32_t info, const char *name, uint32_t third,
			const uint32_t *data, size_t words)
{
	int err = object_make_modifiable(btf), name_off;
	struct rebtf_type *t;
	size_t size = sizeof(*t) + words * sizeof(*data);

	if (err)
		return object_result(err);
	if (btf->types.size + size > UINT32_MAX || object_end_id(btf) > OBJECT_MAX_ID ||
	    !buffer_reserve(&btf->types, size) || !u32_vector_reserve(&btf->places, 1))
		return object_result(-ENOMEM);
	name_off = own_strings_add_name(btf, name);
	if (name_off < 0)
		return object_result(name_off);
	u32_vector_append(&btf->places, btf->types.size / sizeof(uint32_t));
	t = buffer_append(&btf->types, NULL, size);
	*t = (struct rebtf_type){ .name_off = name_off, .info = info, .size = third };
	if (words)
		memcpy(t + 1, data, words * sizeof(*data));
	return object_end_id(btf) - 1;
}

/* The last type if it is of one of two kinds, otherwise NULL. */
static struct rebtf_type *add_last_type(struct btf *btf, uint32_t kind, uint32_t other)
{
	struct rebtf_type *t;

	if (!object_count(btf))
		return NULL;
	t = object_type(btf, object_end_id(btf) - 1);
	return rebtf_type_kind(t) == kind || rebtf_type_kind(t) == other ? t : NULL;
}

/*
 * Appends an element to the last type and sets the kind flag if @flag. @words are the element. If
 * @has_name, the first of them becomes the offset of @name.
 */
static int add_own_element(struct btf *btf, bool flag, bool has_name, const char *name,
			   uint32_t *words, size_t count)
{
	int err = object_make_modifiable(btf);
	struct rebtf_type *t;

	if (err)
		return object_result(err);
	if (btf->types.size + count * sizeof(*words) > UINT32_MAX ||
	    !buffer_reserve(&btf->types, count * sizeof(*words)))
		return object_result(-ENOMEM);
	if (has_name) {
		int name_off = own_strings_add_name(btf, name);

		if (name_off < 0)
			return object_result(name_off);
		words[0] = name_off;
	}
	t = object_type(btf, object_end_id(btf) - 1);
	if (rebtf_type_vlen(t) == REBTF_MAX_VLEN)
		return object_result(-ENOSPC);
	t->info = add_info(rebtf_type_kind(t), rebtf_type_vlen(t) + 1,
			   flag || rebtf_type_kind_flag(t));
	buffer_append(&btf->types, words, count * sizeof(*words));
	return 0;
}

/* --- scalars and references */

int btf__add_int(struct btf *btf, const char *name, size_t size, int encoding)
{
	uint32_t known = REBTF_INT_SIGNED | REBTF_INT_CHAR | REBTF_INT_BOOL;
	uint32_t word = (uint32_t)encoding << 24 | (uint32_t)(size * 8);

	if (!add_is_name(name) || !add_is_power_of_two(size) || size > MAX_INT_SIZE ||
	    (uint32_t)encoding & ~known)
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_INT, 0, false), name, size, &word, 1);
}

int btf__add_float(struct btf *btf, const char *name, size_t size)
{
	if (!add_is_name(name) || (size != 2 && size != 4 && size != 8 && size != 12 && size != 16))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_FLOAT, 0, false), name, size, NULL, 0);
}

static int add_ref(struct btf *btf, uint32_t kind, bool flag, const char *name, int type)
{
	if (!add_is_id(type))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(kind, 0, flag), name, type, NULL, 0);
}

static int add_named_ref(struct btf *btf, uint32_t kind, bool flag, const char *name, int type)
{
	if (!add_is_name(name))
		return object_result(-EINVAL);
	return add_ref(btf, kind, flag, name, type);
}

int btf__add_ptr(struct btf *btf, int type)
{
	return add_ref(btf, REBTF_KIND_PTR, false, NULL, type);
}

int btf__add_volatile(struct btf *btf, int type)
{
	return add_ref(btf, REBTF_KIND_VOLATILE, false, NULL, type);
}

int btf__add_const(struct btf *btf, int type)
{
	return add_ref(btf, REBTF_KIND_CONST, false, NULL, type);
}

int btf__add_restrict(struct btf *btf, int type)
{
	return add_ref(btf, REBTF_KIND_RESTRICT, false, NULL, type);
}

int btf__add_typedef(struct btf *btf, const char *name, int type)
{
	return add_named_ref(btf, REBTF_KIND_TYPEDEF, false, name, type);
}

int btf__add_type_tag(struct btf *btf, const char *value, int type)
{
	return add_named_ref(btf, REBTF_KIND_TYPE_TAG, false, value, type);
}

int btf__add_type_attr(struct btf *btf, const char *value, int type)
{
	return add_named_ref(btf, REBTF_KIND_TYPE_TAG, true, value, type);
}

int btf__add_array(struct btf *btf, int index_type, int type, uint32_t nelems)
{
	uint32_t words[] = { type, index_type, nelems };

	if (!add_is_id(index_type) || !add_is_id(type))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_ARRAY, 0, false), NULL, 0, words, 3);
}

int btf__add_fwd(struct btf *btf, const char *name, int forward)
{
	if (!add_is_name(name))
		return object_result(-EINVAL);
	switch (forward) {
	case BTF_FORWARD_STRUCT:
	case BTF_FORWARD_UNION:
		return add_own_type(btf, add_info(REBTF_KIND_FWD, 0, forward == BTF_FORWARD_UNION),
				    name, 0, NULL, 0);
	case BTF_FORWARD_ENUM:
		/* BTF has no other declaration of an enumeration. */
		return btf__add_enum(btf, name, sizeof(int));
	default:
		return object_result(-EINVAL);
	}
}

/* --- structs and unions */

int btf__add_struct(struct btf *btf, const char *name, uint32_t size)
{
	return add_own_type(btf, add_info(REBTF_KIND_STRUCT, 0, false), name, size, NULL, 0);
}

int btf__add_union(struct btf *btf, const char *name, uint32_t size)
{
	return add_own_type(btf, add_info(REBTF_KIND_UNION, 0, false), name, size, NULL, 0);
}

int btf__add_field(struct btf *btf, const char *name, int type, uint32_t bit_offset,
		   uint32_t bit_size)
{
	const struct rebtf_type *t = add_last_type(btf, REBTF_KIND_STRUCT, REBTF_KIND_UNION);
	bool is_bitfield = bit_size || bit_offset % 8;
	uint32_t words[] = { 0, type, bit_offset | bit_size << 24 };

	if (!t)
		return object_result(-EINVAL);
	if (rebtf_type_vlen(t) == REBTF_MAX_VLEN)
		return object_result(-ENOSPC);
	if (!add_is_id(type) ||
	    (is_bitfield && (!bit_size || bit_size > 255 || bit_offset > 0xffffff)) ||
	    (rebtf_type_kind(t) == REBTF_KIND_UNION && bit_offset))
		return object_result(-EINVAL);
	return add_own_element(btf, is_bitfield, true, name, words, 3);
}

/* --- enumerations */

static int add_enumeration(struct btf *btf, uint32_t kind, const char *name, uint32_t size,
			   bool is_signed)
{
	if (!add_is_power_of_two(size) || size > MAX_ENUM_SIZE)
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(kind, 0, is_signed), name, size, NULL, 0);
}

int btf__add_enum(struct btf *btf, const char *name, uint32_t size)
{
	return add_enumeration(btf, REBTF_KIND_ENUM, name, size, false);
}

int btf__add_enum64(struct btf *btf, const char *name, uint32_t size, bool is_signed)
{
	return add_enumeration(btf, REBTF_KIND_ENUM64, name, size, is_signed);
}

int btf__add_enum_value(struct btf *btf, const char *name, int64_t value)
{
	uint32_t words[] = { 0, value };

	if (!add_last_type(btf, REBTF_KIND_ENUM, REBTF_KIND_ENUM) || !add_is_name(name))
		return object_result(-EINVAL);
	if (value < INT_MIN || value > UINT_MAX)
		return object_result(-E2BIG);
	return add_own_element(btf, value < 0, true, name, words, 2);
}

int btf__add_enum64_value(struct btf *btf, const char *name, uint64_t value)
{
	uint32_t words[] = { 0, value, value >> 32 };

	if (!add_last_type(btf, REBTF_KIND_ENUM64, REBTF_KIND_ENUM64) || !add_is_name(name))
		return object_result(-EINVAL);
	return add_own_element(btf, false, true, name, words, 3);
}

/* --- functions and variables */

int btf__add_func(struct btf *btf, const char *name, int linkage, int proto)
{
	if (!add_is_name(name) || linkage < REBTF_LINKAGE_STATIC ||
	    linkage > REBTF_LINKAGE_EXTERN || !add_is_id(proto))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_FUNC, linkage, false), name, proto, NULL, 0);
}

int btf__add_func_proto(struct btf *btf, int type)
{
	return add_ref(btf, REBTF_KIND_FUNC_PROTO, false, NULL, type);
}

int btf__add_func_param(struct btf *btf, const char *name, int type)
{
	uint32_t words[] = { 0, type };

	if (!add_is_id(type) || !add_last_type(btf, REBTF_KIND_FUNC_PROTO, REBTF_KIND_FUNC_PROTO))
		return object_result(-EINVAL);
	return add_own_element(btf, false, true, name, words, 2);
}

int btf__add_var(struct btf *btf, const char *name, int linkage, int type)
{
	uint32_t word = linkage;

	if (!add_is_name(name) || linkage < REBTF_LINKAGE_STATIC ||
	    linkage > REBTF_LINKAGE_EXTERN || !add_is_id(type))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_VAR, 0, false), name, type, &word, 1);
}

int btf__add_datasec(struct btf *btf, const char *name, uint32_t size)
{
	if (!add_is_name(name))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_DATASEC, 0, false), name, size, NULL, 0);
}

int btf__add_datasec_var_info(struct btf *btf, int var, uint32_t offset, uint32_t size)
{
	uint32_t words[] = { var, offset, size };

	if (!add_last_type(btf, REBTF_KIND_DATASEC, REBTF_KIND_DATASEC) || !add_is_id(var))
		return object_result(-EINVAL);
	return add_own_element(btf, false, false, NULL, words, 3);
}

/* --- tags */

static int add_component_tag(struct btf *btf, const char *value, bool flag, int type, int component)
{
	uint32_t word = component;

	if (!add_is_name(value) || component < -1 || !add_is_id(type))
		return object_result(-EINVAL);
	return add_own_type(btf, add_info(REBTF_KIND_DECL_TAG, 0, flag), value, type, &word, 1);
}

int btf__add_decl_tag(struct btf *btf, const char *value, int type, int component)
{
	return add_component_tag(btf, value, false, type, component);
}

int btf__add_decl_attr(struct btf *btf, const char *value, int type, int component)
{
	return add_component_tag(btf, value, true, type, component);
}
