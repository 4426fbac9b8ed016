/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The builder: appends types, in the format of a file, to one buffer, and strings to a set.
 * Elements (members, values, parameters, variables) are appended to the last type and increment its
 * vlen.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "btf/header.h"
#include "btf/string_set.h"
#include "util/cleanup.h"
#include "util/error.h"

struct rebtf_builder {
	struct rebtf_btf *base; /* a reference, or NULL */
	bool big_endian;
	bool layout;
	uint32_t next_id;
	struct buffer types;
	size_t last; /* offset of the last type in bytes */
	struct string_set strings;
	struct rebtf_error *err; /* the first error */
};

struct rebtf_error *rebtf_builder_new(struct rebtf_btf *base, struct rebtf_builder **builder)
{
	struct rebtf_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return error_nomem();
	b->base = base ? rebtf_btf_ref(base) : NULL;
	b->big_endian = base ? base->big_endian : HOST_BIG_ENDIAN;
	b->next_id = base ? rebtf_btf_type_count(base) : 1;
	string_set_init(&b->strings, base);
	*builder = b;
	return NULL;
}

void rebtf_builder_free(struct rebtf_builder *b)
{
	if (!b)
		return;
	rebtf_btf_unref(b->base);
	buffer_release(&b->types);
	string_set_release(&b->strings);
	rebtf_error_free(b->err);
	free(b);
}

void rebtf_builder_set_big_endian(struct rebtf_builder *b, bool big_endian)
{
	b->big_endian = big_endian;
}

void rebtf_builder_set_layout(struct rebtf_builder *b, bool layout)
{
	b->layout = layout;
}

uint32_t rebtf_builder_next_id(const struct rebtf_builder *b)
{
	return b->next_id;
}

/* Keeps @err if it is the first error. Returns 0, the result of every failed call. */
static uint32_t builder_fail(struct rebtf_builder *b, struct rebtf_error *err)
{
	if (b->err)
		rebtf_error_free(err);
	else
		b->err = err;
	return 0;
}

uint32_t rebtf_builder_string(struct rebtf_builder *b, const char *s)
{
	uint32_t off;

	if (b->err)
		return 0;
	off = s ? string_set_add(&b->strings, s, strlen(s)) : 0;
	return b->strings.full ? builder_fail(b, error_nomem()) : off;
}

/* Appends a type whose kind-specific words are zero. @info, if not NULL, is set to these words. */
static uint32_t add_type(struct rebtf_builder *b, uint32_t kind, bool kind_flag, const char *name,
			 uint32_t third, uint32_t **info)
{
	size_t size = sizeof(struct rebtf_type) + kind_layout(kind)->info_size;
	uint32_t name_off = rebtf_builder_string(b, name);
	struct rebtf_type *t;

	if (b->err)
		return 0;
	if (b->types.size + size > UINT32_MAX || b->next_id == UINT32_MAX)
		return builder_fail(b, error_new(REBTF_ERR_FORMAT,
						 "too many types (ids and sizes have 32 bits)"));
	b->last = b->types.size;
	t = buffer_append(&b->types, NULL, size);
	if (!t)
		return builder_fail(b, error_nomem());
	memset(t, 0, size);
	t->name_off = name_off;
	t->info = kind << 24 | (uint32_t)kind_flag << 31;
	t->type = third;
	if (info)
		*info = (uint32_t *)(t + 1);
	return b->next_id++;
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

uint32_t rebtf_builder_type_tag(struct rebtf_builder *b, const char *tag, uint32_t type,
				bool attribute)
{
	return add_type(b, REBTF_KIND_TYPE_TAG, attribute, tag, type, NULL);
}

uint32_t rebtf_builder_decl_tag(struct rebtf_builder *b, const char *tag, uint32_t type,
				int32_t component_idx, bool attribute)
{
	uint32_t *info;
	uint32_t id = add_type(b, REBTF_KIND_DECL_TAG, attribute, tag, type, &info);

	if (id)
		*info = component_idx;
	return id;
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

uint32_t rebtf_builder_fwd(struct rebtf_builder *b, const char *name, bool is_union)
{
	return add_type(b, REBTF_KIND_FWD, is_union, name, 0, NULL);
}

static uint32_t wrong_linkage(struct rebtf_builder *b, enum rebtf_linkage linkage)
{
	return builder_fail(b, error_new(REBTF_ERR_ARGUMENT, "invalid linkage %u (maximum %u)",
					 linkage, REBTF_LINKAGE_EXTERN));
}

/* A FUNC stores its linkage in vlen. */
uint32_t rebtf_builder_func(struct rebtf_builder *b, const char *name, enum rebtf_linkage linkage,
			    uint32_t proto)
{
	uint32_t id;

	if (linkage > REBTF_LINKAGE_EXTERN)
		return wrong_linkage(b, linkage);
	id = add_type(b, REBTF_KIND_FUNC, false, name, proto, NULL);
	if (id)
		((struct rebtf_type *)(b->types.data + b->last))->info |= linkage;
	return id;
}

uint32_t rebtf_builder_var(struct rebtf_builder *b, const char *name, enum rebtf_linkage linkage,
			   uint32_t type)
{
	uint32_t *info;
	uint32_t id;

	if (linkage > REBTF_LINKAGE_EXTERN)
		return wrong_linkage(b, linkage);
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
	struct rebtf_type *last;
	uint32_t *element;
	size_t size;

	if (b->err)
		return NULL;
	if (!right_kind) {
		builder_fail(b, error_new(REBTF_ERR_ARGUMENT,
					  "%s() does not support the kind of the last added type",
					  function));
		return NULL;
	}
	last = (struct rebtf_type *)(b->types.data + b->last);
	size = layout_of(last)->elem_size;
	if (rebtf_type_vlen(last) == REBTF_MAX_VLEN || b->types.size + size > UINT32_MAX) {
		builder_fail(b, error_new(REBTF_ERR_FORMAT,
					  "too many elements (vlen has 24 bits, sizes have 32)"));
		return NULL;
	}
	last->info++;
	element = buffer_append(&b->types, NULL, size);
	if (!element)
		builder_fail(b, error_nomem());
	return element;
}

/* The kind of the last type, or void if no type was added yet. */
static uint32_t last_kind(const struct rebtf_builder *b)
{
	if (!b->types.size)
		return REBTF_KIND_VOID;
	return rebtf_type_kind((const struct rebtf_type *)(b->types.data + b->last));
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
	struct rebtf_type *t = (struct rebtf_type *)(b->types.data + b->last);
	const struct rebtf_member *members = rebtf_type_data(t);
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
	if (!bitfield_size && !rebtf_type_kind_flag((struct rebtf_type *)(b->types.data + b->last)))
		return true;
	if (!use_bitfields(b))
		return false;
	m->offset |= bitfield_size << 24;
	return true;
}

uint32_t rebtf_builder_enum(struct rebtf_builder *b, uint32_t kind, const char *name, uint32_t size,
			    bool is_signed)
{
	if (!kind_is_enum(kind))
		return wrong_kind(b, __func__, kind);
	return add_type(b, kind, is_signed, name, size, NULL);
}

bool rebtf_builder_enumerator(struct rebtf_builder *b, const char *name, uint64_t value)
{
	uint32_t name_off = rebtf_builder_string(b, name);
	uint32_t *element = add_element(b, kind_is_enum(last_kind(b)), __func__);

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

/*
 * Rewrites the fields of the copy @t. The iterator returns pointers to const, but the copy is ours
 * to change.
 */
static void copy_fields(struct rebtf_builder *b, const struct rebtf_btf *src, struct rebtf_type *t,
			const uint32_t *map)
{
	struct rebtf_field_iter it;
	const uint32_t *field;

	rebtf_field_iter_init(&it, t, REBTF_FIELD_STRINGS);
	while ((field = rebtf_field_iter_next(&it)))
		*(uint32_t *)field = rebtf_builder_string(b, btf_string(src, *field));
	rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
	while (map && (field = rebtf_field_iter_next(&it)))
		*(uint32_t *)field = map[*field];
}

uint32_t rebtf_builder_copy(struct rebtf_builder *b, const struct rebtf_btf *src, uint32_t id,
			    const uint32_t *map)
{
	const struct rebtf_btf *owner;
	const struct rebtf_type *t;
	size_t size;
	void *copy;

	if (b->err)
		return 0;
	if (!id || id >= rebtf_btf_type_count(src))
		return builder_fail(b, error_new(REBTF_ERR_ARGUMENT,
						 "cannot copy nonexistent type [%u]", id));
	t = btf_type(src, id);
	if (!kind_is_known(rebtf_type_kind(t)))
		return builder_fail(
			b,
			btf_error_at(error_new(REBTF_ERR_UNSUPPORTED,
					       "cannot copy: unknown kind %u may hold references",
					       rebtf_type_kind(t)),
				     src, id));
	owner = btf_of_id(src, id);
	size = btf_own_type_size(owner, id - owner->start_id);
	if (b->types.size + size > UINT32_MAX || b->next_id == UINT32_MAX)
		return builder_fail(b, error_new(REBTF_ERR_FORMAT,
						 "too many types (ids and sizes have 32 bits)"));
	b->last = b->types.size;
	copy = buffer_append(&b->types, t, size);
	if (!copy)
		return builder_fail(b, error_nomem());
	copy_fields(b, src, copy, map);
	return b->err ? 0 : b->next_id++;
}

static struct rebtf_error *builder_finish(struct rebtf_builder *b, struct rebtf_btf **btf)
{
	const struct rebtf_btf draft = {
		.big_endian = b->big_endian,
		.types = (const uint32_t *)b->types.data,
		.types_size = b->types.size,
		.strings = (const char *)b->strings.text.data,
		.strings_size = b->strings.text.size,
	};
	void *data;
	size_t size;

	if (b->err)
		return take_ptr(&b->err);
	TRY(rebtf_btf_write(&draft, b->layout ? REBTF_WRITE_LAYOUT : 0, &data, &size));
	return btf_open(data, size, NULL, b->base, btf);
}

struct rebtf_error *rebtf_builder_finish(struct rebtf_builder *b, struct rebtf_btf **btf)
{
	struct rebtf_error *err = builder_finish(b, btf);

	rebtf_builder_free(b);
	return err;
}
