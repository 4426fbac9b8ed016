/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Computes the value of a CO-RE relocation: from the program's types the one that the instruction
 * should have now, and from the kernel's types the one that it gets.
 */
#include "btf/resolve.h"
#include "core/relo.h"

#define RELO_VALUE_FAIL(...) return error_new(REBTF_ERR_FORMAT, __VA_ARGS__)

/* The value on one side. */
struct relo_side {
	uint64_t value;
	bool poison;
	bool validate;
	uint32_t size;	  /* of the bytes that a load or store accesses; 0: not checked */
	uint32_t type_id; /* its type */
};

/* The bytes that a program loads to read a field. */
struct relo_field {
	const struct rebtf_type *type;
	uint32_t type_id;
	uint64_t byte_offset, byte_size;
	uint64_t bit_offset, bits;
	bool is_bitfield;
};

static struct rebtf_error *relo_value_size(const struct relo_spec *spec, uint32_t id,
					   uint64_t *size)
{
	if (!resolve_size(spec->btf, id, spec->pointer_size, size) || *size > UINT32_MAX)
		RELO_VALUE_FAIL("type [%u] has no size", id);
	return NULL;
}

/* Sets the size that a load or store may have: of an array, that of an element. */
static struct rebtf_error *relo_value_access(const struct relo_spec *spec, uint32_t id,
					     struct relo_side *side)
{
	uint32_t element = id;
	uint64_t size;

	if (!resolve_skip(spec->btf, FAMILY_ALIAS | FAMILY_ARRAY, &element))
		RELO_VALUE_FAIL("type [%u] has no size", id);
	TRY(relo_value_size(spec, element, &size));
	side->size = (uint32_t)size;
	side->type_id = id;
	return NULL;
}

static struct rebtf_error *relo_value_element(const struct relo_spec *spec, struct relo_side *side)
{
	uint32_t id = spec->steps[spec->step_count - 1].type_id;

	side->validate = true;
	if (spec->kind == REBTF_RELO_FIELD_SIZE)
		return relo_value_size(spec, id, &side->value);
	if (spec->kind != REBTF_RELO_FIELD_OFFSET)
		RELO_VALUE_FAIL("such a relocation needs a member, but its path ends with an "
				"element");
	side->value = spec->bit_offset / 8;
	return relo_value_access(spec, id, side);
}

/* A program reads a bit-field by loading an aligned integer of 1, 2, 4 or 8 bytes around it. */
static struct rebtf_error *relo_value_load_bits(struct relo_field *f)
{
	f->byte_size = f->type->size;
	if (!f->byte_size)
		RELO_VALUE_FAIL("the bit-field's type [%u] has no size", f->type_id);
	for (;; f->byte_size *= 2) {
		f->byte_offset = f->bit_offset / 8 / f->byte_size * f->byte_size;
		if (f->bit_offset + f->bits <= (f->byte_offset + f->byte_size) * 8)
			return NULL;
		if (f->byte_size >= 8)
			RELO_VALUE_FAIL("no load of 8 bytes can read all bits of the bit-field");
	}
}

static struct rebtf_error *relo_value_field(const struct relo_spec *spec, struct relo_field *f)
{
	const struct relo_step *step = &spec->steps[spec->step_count - 1];
	const struct rebtf_type *t = btf_type(spec->btf, step->type_id);
	const struct rebtf_member *m = &rebtf_members(t)[step->index];

	f->type_id = m->type;
	f->type = resolve_skip(spec->btf, FAMILY_ALIAS, &f->type_id);
	if (!f->type)
		RELO_VALUE_FAIL("type [%u] has too many typedefs or qualifiers", m->type);
	f->bit_offset = spec->bit_offset;
	f->bits = rebtf_member_bitfield_size(t, m);
	f->is_bitfield = f->bits;
	if (f->is_bitfield)
		return relo_value_load_bits(f);
	TRY(relo_value_size(spec, f->type_id, &f->byte_size));
	f->byte_offset = spec->bit_offset / 8;
	f->bits = f->byte_size * 8;
	return NULL;
}

static bool relo_value_is_signed(const struct rebtf_type *t)
{
	return (kind_is_enum(rebtf_type_kind(t)) && rebtf_type_kind_flag(t)) ||
	       (rebtf_type_kind(t) == REBTF_KIND_INT && rebtf_int_encoding(t) & REBTF_INT_SIGNED);
}

/* How far a loaded bit-field must be shifted to the left to lose the bits above it. */
static uint64_t relo_value_lshift(const struct relo_spec *spec, const struct relo_field *f)
{
	uint64_t first = f->bit_offset - f->byte_offset * 8;

	return spec->btf->big_endian ? 64 - f->byte_size * 8 + first : 64 - (first + f->bits);
}

/* A compiler may load another integer around a bit-field, so values of those are not validated. */
static struct rebtf_error *relo_value_member(const struct relo_spec *spec, struct relo_side *side)
{
	struct relo_field f;

	TRY(relo_value_field(spec, &f));
	side->validate = !f.is_bitfield;
	switch (spec->kind) {
	case REBTF_RELO_FIELD_OFFSET:
		side->value = f.byte_offset;
		return f.is_bitfield ? NULL : relo_value_access(spec, f.type_id, side);
	case REBTF_RELO_FIELD_SIZE:
		side->value = f.byte_size;
		return NULL;
	case REBTF_RELO_FIELD_SIGNED:
		side->value = relo_value_is_signed(f.type);
		side->validate = true;
		return NULL;
	case REBTF_RELO_FIELD_LSHIFT:
		side->value = relo_value_lshift(spec, &f);
		return NULL;
	default:
		side->value = 64 - f.bits;
		side->validate = true;
		return NULL;
	}
}

static uint64_t relo_value_enumerator(const struct relo_spec *spec)
{
	const struct relo_step *step = &spec->steps[0];
	const struct rebtf_type *t = btf_type(spec->btf, step->type_id);

	/* libbpf extends the sign of 32 bits even if the enumeration is unsigned. */
	if (rebtf_type_kind(t) == REBTF_KIND_ENUM)
		return (uint64_t)(int64_t)(int32_t)rebtf_enums(t)[step->index].val;
	return rebtf_enum64_value(&rebtf_enums64(t)[step->index]);
}

/* The value on the side of @spec. NULL: no candidate matches. */
static struct rebtf_error *relo_value_side(const struct relo_spec *spec, uint32_t kind,
					   struct relo_side *side)
{
	bool is_element;

	*side = (struct relo_side){ .validate = true };
	if (!spec) {
		side->poison = !relo_is_question(kind) && !relo_is_of_type(kind);
		return NULL;
	}
	if (relo_is_question(kind)) {
		side->value = 1;
		return NULL;
	}
	if (relo_is_of_field(kind)) {
		is_element = !spec->steps[spec->step_count - 1].name;
		return is_element ? relo_value_element(spec, side) : relo_value_member(spec, side);
	}
	if (relo_is_of_enumerator(kind)) {
		side->value = relo_value_enumerator(spec);
		return NULL;
	}
	if (kind == REBTF_RELO_TYPE_SIZE)
		return relo_value_size(spec, spec->root, &side->value);
	/* Linking several objects renumbers types. */
	side->value = spec->root;
	side->validate = false;
	return NULL;
}

/* Pointers, and integers without a sign, keep their value if they are read as another size. */
static bool relo_value_can_resize(const struct rebtf_type *l, const struct rebtf_type *t)
{
	if (rebtf_type_kind(l) == REBTF_KIND_PTR)
		return rebtf_type_kind(t) == REBTF_KIND_PTR;
	return rebtf_type_kind(l) == REBTF_KIND_INT && rebtf_type_kind(t) == REBTF_KIND_INT &&
	       rebtf_int_encoding(l) != REBTF_INT_SIGNED &&
	       rebtf_int_encoding(t) != REBTF_INT_SIGNED;
}

struct rebtf_error *relo_value(const struct relo_spec *local, const struct relo_spec *target,
			       struct relo_value *value)
{
	struct relo_side before, after;

	*value = (struct relo_value){};
	TRY(relo_value_side(local, local->kind, &before));
	TRY(relo_value_side(target, local->kind, &after));
	value->old_value = before.value;
	value->new_value = after.poison ? 0 : after.value;
	value->poison = after.poison;
	value->validate = before.validate;
	if (value->poison)
		return NULL;
	value->old_size = before.size;
	value->new_size = after.size;
	if (target && before.size != after.size)
		value->size_differs = !relo_value_can_resize(btf_type(local->btf, before.type_id),
							     btf_type(target->btf, after.type_id));
	return NULL;
}
