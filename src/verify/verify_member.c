/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks the position of a member in its struct or union. The rules depend on the kind of the
 * member's type and on the struct's kind flag. With the flag, members give the size of their
 * bit-fields. Without it, only the INT tells that a member is a bit-field.
 */
#include "btf/kind.h"
#include "verify/verify.h"
#include "util/error.h"

struct int_data {
	uint32_t bits;
	uint32_t offset; /* in bits */
};

static struct int_data int_data(const struct rebtf_type *t)
{
	return (struct int_data){ .bits = rebtf_int_bits(t), .offset = rebtf_int_offset(t) };
}

bool is_regular_int(const struct rebtf_type *t)
{
	struct int_data d = int_data(t);

	return !d.offset &&
	       (d.bits == 8 || d.bits == 16 || d.bits == 32 || d.bits == 64 || d.bits == 128);
}

/* Checks that @bits bits at bit @offset lie in the struct and that kernels can copy them. */
static struct rebtf_error *check_bits(const struct rebtf_type *t, uint64_t offset, uint32_t bits)
{
	uint64_t copied = bits + offset % 8;

	if (copied > 128)
		FAIL("%u bits at bit %llu exceed 128 bits from the byte boundary", bits,
		     (unsigned long long)offset);
	if (offset / 8 + (copied + 7) / 8 > t->size)
		FAIL("%u bits at bit %llu end past the struct's %u bytes", bits,
		     (unsigned long long)offset, t->size);
	return NULL;
}

static struct rebtf_error *check_bytes(const struct rebtf_type *t, uint32_t offset, uint32_t size)
{
	if (offset % 8)
		FAIL("starts at bit %u (expected a multiple of 8)", offset);
	if ((uint64_t)offset / 8 + size > t->size)
		FAIL("%u bytes at offset %u end past the struct's %u bytes", size, offset / 8,
		     t->size);
	return NULL;
}

static struct rebtf_error *check_plain_int(const struct rebtf_type *t, uint32_t offset,
					   const struct rebtf_type *inner)
{
	struct int_data d = int_data(inner);

	if (offset > UINT32_MAX - d.offset)
		FAIL("bit offset overflows (found %u + %u)", offset, d.offset);
	return check_bits(t, (uint64_t)offset + d.offset, d.bits);
}

static struct rebtf_error *check_bitfield(const struct rebtf_type *t, uint32_t offset,
					  uint32_t bits, const struct rebtf_type *inner)
{
	uint32_t most = int_data(inner).bits;

	if (!is_regular_int(inner))
		FAIL("INT of %u bits at bit %u is not a regular INT", most, int_data(inner).offset);
	if (!bits && offset % 8)
		FAIL("starts at bit %u (expected a multiple of 8)", offset);
	if (bits > most)
		FAIL("bit-field of %u bits exceeds its type (maximum %u)", bits, most);
	return check_bits(t, offset, bits ?: most);
}

/* Kernel quirk: if the kind flag is set, every enum counts as an enum of 32 bits. */
static struct rebtf_error *check_enum_bitfield(const struct rebtf_type *t, uint32_t offset,
					       uint32_t bits)
{
	if (!bits && offset % 8)
		FAIL("starts at bit %u (expected a multiple of 8)", offset);
	if (bits > 32)
		FAIL("bit-field of %u bits exceeds its type (maximum 32 for an enum)", bits);
	bits = bits ?: 32;
	if (((uint64_t)offset + bits + 7) / 8 > t->size)
		FAIL("%u bits at bit %u end past the struct's %u bytes", bits, offset, t->size);
	return NULL;
}

static struct rebtf_error *check_float_member(const struct verifier *v, const struct rebtf_type *t,
					      uint32_t offset, uint32_t size)
{
	uint32_t align = size < v->pointer_size ? size : v->pointer_size;

	if (align && offset % (align * 8))
		FAIL("FLOAT of %u bytes starts at bit %u (expected a multiple of %u)", size, offset,
		     align * 8);
	return check_bytes(t, offset, size);
}

struct rebtf_error *check_member(const struct verifier *v, const struct rebtf_type *t,
				 const struct rebtf_member *m, const struct rebtf_type *inner,
				 uint32_t inner_size)
{
	uint32_t kind = rebtf_type_kind(inner), offset = rebtf_member_bit_offset(t, m);
	uint32_t bits = rebtf_member_bitfield_size(t, m);

	if (kind == REBTF_KIND_INT)
		return rebtf_type_kind_flag(t) ? check_bitfield(t, offset, bits, inner)
					       : check_plain_int(t, offset, inner);
	if (kind_is_enum(kind) && rebtf_type_kind_flag(t))
		return check_enum_bitfield(t, offset, bits);
	if (bits)
		FAIL("bit-field of %u bits, but kind %s has no bit-fields", bits,
		     rebtf_kind_name(kind));
	if (kind == REBTF_KIND_FLOAT)
		return check_float_member(v, t, offset, inner_size);
	return check_bytes(t, offset, inner_size);
}
