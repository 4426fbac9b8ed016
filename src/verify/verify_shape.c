/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The first pass of the verifier: each type by itself, without the types it refers to. A table has
 * the rules that most kinds share (name, number of elements, kind flag, third word). Functions
 * check the rules of a single kind.
 */
#include <stdlib.h>

#include "btf/kind.h"
#include "verify/verify.h"
#include "util/error.h"

enum name_rule {
	NAME_ANY,
	NAME_NONE,
	NAME_IDENTIFIER,
	NAME_OPTIONAL, /* empty or an identifier */
	NAME_SECTION,
	NAME_VALUE, /* any non-empty string */
};

enum vlen_rule {
	VLEN_ELEMENTS,
	VLEN_ZERO,
	VLEN_LINKAGE, /* FUNC: static or global */
};

enum flag_rule {
	FLAG_NEVER,
	FLAG_MAYBE,
	FLAG_OF_TAGS, /* depends on the kernel version */
	FLAG_OF_ENUM, /* likewise */
};

enum third_rule {
	THIRD_ANY,
	THIRD_ZERO,
	THIRD_ID, /* a possible type id */
	THIRD_ID_NOT_VOID,
};

struct shape_rules {
	uint8_t name;  /* enum name_rule */
	uint8_t vlen;  /* enum vlen_rule */
	uint8_t flag;  /* enum flag_rule */
	uint8_t third; /* enum third_rule */
	struct rebtf_error *(*check)(const struct verifier *v, const struct rebtf_type *t);
};

/* ---------------------------------------------------------------------------------------- kinds */

static uint32_t bytes_of_bits(uint64_t bits)
{
	return (uint32_t)((bits + 7) / 8);
}

static struct rebtf_error *check_id(const char *what, uint32_t id)
{
	if (id > LARGEST_TYPE_ID)
		FAIL("%s id %u is too large (maximum %u)", what, id, LARGEST_TYPE_ID);
	return NULL;
}

static struct rebtf_error *check_id_not_void(const char *what, uint32_t id)
{
	if (!id)
		FAIL("%s is void", what);
	return check_id(what, id);
}

static struct rebtf_error *check_int(const struct verifier *v, const struct rebtf_type *t)
{
	uint32_t data = *(const uint32_t *)rebtf_type_data(t);
	uint32_t bits = (data & 0xff) + (data >> 16 & 0xff), encoding = data >> 24;

	(void)v;
	if (data >> 28)
		FAIL("invalid INT data 0x%08x (expected 0 in the upper 4 bits)", data);
	if (bits > 128)
		FAIL("%u bits at bit %u exceed 128 bits", data & 0xff, data >> 16 & 0xff);
	if (bytes_of_bits(bits) > t->size)
		FAIL("%u bits at bit %u exceed the size of %u bytes", data & 0xff,
		     data >> 16 & 0xff, t->size);
	if (encoding & (encoding - 1) || encoding > REBTF_INT_BOOL)
		FAIL("invalid encoding %u (expected 0, 1 for signed, 2 for char or 4 for bool)",
		     encoding);
	return NULL;
}

static struct rebtf_error *check_array(const struct verifier *v, const struct rebtf_type *t)
{
	const struct rebtf_array *a = rebtf_array(t);

	(void)v;
	TRY(check_id_not_void("element type", a->type));
	return check_id_not_void("index type", a->index_type);
}

static struct rebtf_error *check_name_of(const struct verifier *v, const char *what, uint32_t i,
					 uint32_t off, bool optional)
{
	const char *name = verifier_string(v, off);

	if (!name)
		FAIL("%s %u: no string at name offset %u", what, i, off);
	if (!off && !optional)
		FAIL("%s %u: no name", what, i);
	if (off && !verifier_accepts_identifier(v, name))
		FAIL("%s %u: name '%.600s' is not an identifier", what, i, name);
	return NULL;
}

static struct rebtf_error *shape_check_members(const struct verifier *v, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);
	bool is_union = rebtf_type_kind(t) == REBTF_KIND_UNION;
	uint32_t last = 0;

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		uint32_t offset = rebtf_member_bit_offset(t, &m[i]);

		TRY(check_name_of(v, "member", i, m[i].name_off, true));
		if (!m[i].type)
			FAIL("member %u: type is void", i);
		if (m[i].type > LARGEST_TYPE_ID)
			FAIL("member %u: type id %u is too large (maximum %u)", i, m[i].type,
			     LARGEST_TYPE_ID);
		if (is_union && offset)
			FAIL("member %u of a union starts at bit %u (expected 0)", i, offset);
		if (offset < last)
			FAIL("member %u starts at bit %u, before the previous member at bit %u", i,
			     offset, last);
		if (bytes_of_bits(offset) > t->size)
			FAIL("member %u starts at bit %u, past the end of %u bytes", i, offset,
			     t->size);
		last = offset;
	}
	return NULL;
}

/* Checks an ENUM or ENUM64. */
static struct rebtf_error *check_enum(const struct verifier *v, const struct rebtf_type *t)
{
	const uint32_t *elem = rebtf_type_data(t);
	uint32_t stride = layout_of(t)->elem_size / 4;

	if (!t->size || t->size > 8 || t->size & (t->size - 1))
		FAIL("invalid size %u (expected 1, 2, 4 or 8)", t->size);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
		TRY(check_name_of(v, "value", i, elem[i * (size_t)stride], false));
	return NULL;
}

static struct rebtf_error *check_var(const struct verifier *v, const struct rebtf_type *t)
{
	uint32_t linkage = rebtf_var_linkage(t);

	(void)v;
	if (linkage > REBTF_LINKAGE_GLOBAL)
		FAIL("invalid linkage %u (expected 0 for static or 1 for global)", linkage);
	return NULL;
}

static struct rebtf_error *check_datasec(const struct verifier *v, const struct rebtf_type *t)
{
	const struct rebtf_var_secinfo *s = rebtf_var_secinfos(t);
	uint64_t sum = 0;
	uint32_t end = 0;

	if (!t->size)
		FAIL("section size is 0");
	if (!rebtf_type_vlen(t) && !v->rules->empty_sections)
		FAIL("no variables (Linux %s expects one)", v->rules->release);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		if (!s[i].type)
			FAIL("variable %u: type is void", i);
		if (s[i].type > LARGEST_TYPE_ID)
			FAIL("variable %u: type id %u is too large (maximum %u)", i, s[i].type,
			     LARGEST_TYPE_ID);
		if (s[i].offset < end)
			FAIL("variable %u starts at offset %u, but the previous variable ends at %u",
			     i, s[i].offset, end);
		if (!s[i].size)
			FAIL("variable %u: size is 0", i);
		/* Kernel quirk: an end beyond 4 GiB wraps around and is then small. */
		end = s[i].offset + s[i].size;
		if (s[i].offset >= t->size || s[i].size > t->size || end > t->size)
			FAIL("variable %u of %u bytes at offset %u ends past the section's %u bytes",
			     i, s[i].size, s[i].offset, t->size);
		sum += s[i].size;
	}
	if (sum > t->size)
		FAIL("variables of %llu bytes exceed the section's %u bytes",
		     (unsigned long long)sum, t->size);
	return NULL;
}

static struct rebtf_error *check_float(const struct verifier *v, const struct rebtf_type *t)
{
	(void)v;
	if (t->size != 2 && t->size != 4 && t->size != 8 && t->size != 12 && t->size != 16)
		FAIL("invalid size %u (expected 2, 4, 8, 12 or 16)", t->size);
	return NULL;
}

static struct rebtf_error *check_decl_tag(const struct verifier *v, const struct rebtf_type *t)
{
	int32_t component = rebtf_decl_tag_component(t);

	(void)v;
	if (component < -1)
		FAIL("invalid component %d (expected -1 for the whole type, or more)", component);
	return NULL;
}

static struct rebtf_error *check_loc_param(const struct verifier *v, const struct rebtf_type *t)
{
	(void)v;
	if (!rebtf_loc_param_is_valid(t))
		FAIL("invalid flags 0x%x with %u values", rebtf_loc_param_flags(t),
		     rebtf_type_vlen(t));
	return NULL;
}

#define RULES(kind, ...) [REBTF_KIND_##kind] = { __VA_ARGS__ }

static const struct shape_rules shapes[REBTF_KNOWN_KINDS] = {
	RULES(INT, NAME_ANY, VLEN_ZERO, FLAG_NEVER, THIRD_ANY, check_int),
	RULES(PTR, NAME_NONE, VLEN_ZERO, FLAG_NEVER, THIRD_ID, NULL),
	RULES(ARRAY, NAME_NONE, VLEN_ZERO, FLAG_NEVER, THIRD_ZERO, check_array),
	RULES(STRUCT, NAME_OPTIONAL, VLEN_ELEMENTS, FLAG_MAYBE, THIRD_ANY, shape_check_members),
	RULES(UNION, NAME_OPTIONAL, VLEN_ELEMENTS, FLAG_MAYBE, THIRD_ANY, shape_check_members),
	RULES(ENUM, NAME_OPTIONAL, VLEN_ELEMENTS, FLAG_OF_ENUM, THIRD_ANY, check_enum),
	RULES(FWD, NAME_IDENTIFIER, VLEN_ZERO, FLAG_MAYBE, THIRD_ZERO, NULL),
	RULES(TYPEDEF, NAME_IDENTIFIER, VLEN_ZERO, FLAG_NEVER, THIRD_ID, NULL),
	RULES(VOLATILE, NAME_NONE, VLEN_ZERO, FLAG_NEVER, THIRD_ID, NULL),
	RULES(CONST, NAME_NONE, VLEN_ZERO, FLAG_NEVER, THIRD_ID, NULL),
	RULES(RESTRICT, NAME_NONE, VLEN_ZERO, FLAG_NEVER, THIRD_ID, NULL),
	RULES(FUNC, NAME_IDENTIFIER, VLEN_LINKAGE, FLAG_NEVER, THIRD_ANY, NULL),
	RULES(FUNC_PROTO, NAME_NONE, VLEN_ELEMENTS, FLAG_NEVER, THIRD_ANY, NULL),
	RULES(VAR, NAME_IDENTIFIER, VLEN_ZERO, FLAG_NEVER, THIRD_ID_NOT_VOID, check_var),
	RULES(DATASEC, NAME_SECTION, VLEN_ELEMENTS, FLAG_NEVER, THIRD_ANY, check_datasec),
	RULES(FLOAT, NAME_ANY, VLEN_ZERO, FLAG_NEVER, THIRD_ANY, check_float),
	RULES(DECL_TAG, NAME_VALUE, VLEN_ZERO, FLAG_OF_TAGS, THIRD_ANY, check_decl_tag),
	RULES(TYPE_TAG, NAME_VALUE, VLEN_ZERO, FLAG_OF_TAGS, THIRD_ID, NULL),
	RULES(ENUM64, NAME_OPTIONAL, VLEN_ELEMENTS, FLAG_MAYBE, THIRD_ANY, check_enum),
	RULES(LOC_PARAM, NAME_NONE, VLEN_ELEMENTS, FLAG_NEVER, THIRD_ANY, check_loc_param),
	RULES(LOC_PROTO, NAME_NONE, VLEN_ELEMENTS, FLAG_NEVER, THIRD_ANY, NULL),
	RULES(LOCSEC, NAME_SECTION, VLEN_ELEMENTS, FLAG_NEVER, THIRD_ANY, NULL),
};

/* --------------------------------------------------------------------------------- common rules */

static struct rebtf_error *check_name(const struct verifier *v, const struct rebtf_type *t,
				      enum name_rule rule)
{
	const char *name = verifier_string(v, t->name_off);

	if (!name)
		FAIL("no string at name offset %u", t->name_off);
	switch (rule) {
	case NAME_ANY:
		return NULL;
	case NAME_NONE:
		if (t->name_off)
			FAIL("types of this kind cannot have a name");
		return NULL;
	case NAME_OPTIONAL:
		if (t->name_off && !verifier_accepts_identifier(v, name))
			FAIL("name is not an identifier");
		return NULL;
	case NAME_IDENTIFIER:
		if (!t->name_off)
			FAIL("no name");
		if (!verifier_accepts_identifier(v, name))
			FAIL("name is not an identifier");
		return NULL;
	case NAME_SECTION:
		if (!t->name_off)
			FAIL("no name");
		if (!is_section_name(v, name))
			FAIL("Linux %s does not accept the section name", v->rules->release);
		return NULL;
	case NAME_VALUE:
		if (!*name)
			FAIL("empty tag");
		return NULL;
	}
	return NULL;
}

static struct rebtf_error *check_vlen(const struct rebtf_type *t, enum vlen_rule rule)
{
	uint32_t vlen = rebtf_type_vlen(t);

	if (rule == VLEN_ZERO && vlen)
		FAIL("invalid vlen %u for this kind (expected 0)", vlen);
	if (rule == VLEN_LINKAGE && vlen > REBTF_LINKAGE_GLOBAL)
		FAIL("invalid linkage %u (expected 0 for static or 1 for global)", vlen);
	return NULL;
}

static struct rebtf_error *check_flag(const struct verifier *v, const struct rebtf_type *t,
				      enum flag_rule rule)
{
	if (!rebtf_type_kind_flag(t) || rule == FLAG_MAYBE)
		return NULL;
	if (rule == FLAG_NEVER)
		FAIL("types of this kind cannot have the kind_flag");
	if (rule == FLAG_OF_ENUM && !v->rules->signed_enums)
		FAIL("Linux %s does not accept the kind_flag of enums", v->rules->release);
	if (rule == FLAG_OF_TAGS && !v->rules->flagged_tags)
		FAIL("Linux %s does not accept the kind_flag of tags", v->rules->release);
	return NULL;
}

static struct rebtf_error *check_third(const struct rebtf_type *t, enum third_rule rule)
{
	switch (rule) {
	case THIRD_ANY:
		return NULL;
	case THIRD_ZERO:
		if (t->size)
			FAIL("invalid size or type field %u (expected 0)", t->size);
		return NULL;
	case THIRD_ID:
		return check_id("referenced type", t->type);
	case THIRD_ID_NOT_VOID:
		return check_id_not_void("referenced type", t->type);
	}
	return NULL;
}

static struct rebtf_error *check_shape(const struct verifier *v, const struct rebtf_type *t)
{
	const struct shape_rules *rules = &shapes[rebtf_type_kind(t)];

	TRY(check_name(v, t, rules->name));
	TRY(check_vlen(t, rules->vlen));
	TRY(check_flag(v, t, rules->flag));
	TRY(check_third(t, rules->third));
	return rules->check ? rules->check(v, t) : NULL;
}

/* ----------------------------------------------------------------------------------------- walk */

/* Checks that a whole type of a known kind starts at @t. @left: bytes that remain. */
static struct rebtf_error *measure(const struct verifier *v, const struct rebtf_type *t,
				   size_t left, uint64_t *size)
{
	const struct kind_layout *row;

	if (left < sizeof(*t))
		FAIL("truncated type (found %zu bytes, expected at least %zu)", left, sizeof(*t));
	if (t->info & ~v->rules->info_mask)
		FAIL("invalid info 0x%08x (bits 0x%08x are unknown to Linux %s)", t->info,
		     t->info & ~v->rules->info_mask, v->rules->release);
	if (!kind_is_known(rebtf_type_kind(t)) || rebtf_type_kind(t) > v->rules->last_kind)
		FAIL("unsupported kind %u (Linux %s expects 1 to %u)", rebtf_type_kind(t),
		     v->rules->release, v->rules->last_kind);
	row = layout_of(t);
	*size = sizeof(*t) + row->info_size + (uint64_t)row->elem_size * rebtf_type_vlen(t);
	if (*size > left)
		FAIL("truncated %s (found %zu bytes, expected %llu)", row->name, left,
		     (unsigned long long)*size);
	return NULL;
}

struct rebtf_error *verify_shapes(struct verifier *v, bool *whole)
{
	/*
	 * Kernel quirk: types beyond the kernel's largest id are checked but then dropped. That is
	 * an error only if another type refers to one of them.
	 */
	uint32_t room = v->base ? UINT32_MAX : LARGEST_TYPE_ID - 1;
	size_t at = 0;

	*whole = false;
	v->places = malloc((v->types_size / sizeof(struct rebtf_type) + 1) * sizeof(*v->places));
	if (!v->places)
		return error_nomem();
	for (uint32_t id = v->start_id; at < v->types_size; id++) {
		const struct rebtf_type *t = (const struct rebtf_type *)(v->types + at / 4);
		struct rebtf_error *err;
		uint64_t size;

		err = measure(v, t, v->types_size - at, &size);
		if (err)
			return note_violation(v, id, err);
		if (v->own_count < room)
			v->places[v->own_count++] = (uint32_t)(at / 4);
		err = check_shape(v, t);
		if (err)
			TRY(note_violation(v, id, err));
		if (has_enough(v))
			return NULL;
		at += size;
	}
	*whole = true;
	return NULL;
}
