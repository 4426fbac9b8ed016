/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Turns the expression of a parameter into flags and words. BTF can express a constant, one or two
 * registers, a register plus an offset, and a value in memory at such an address. All other
 * expressions compute a value, and such a location is unknown.
 */
#include "encode/parameters.h"
#include "encode/site_location.h"
#include "rebtf.h"

static void site_set(struct site_location *location, uint32_t flags, uint64_t first,
		     uint64_t second, uint32_t count)
{
	*location = (struct site_location){ count + 1,
					    { flags, (uint32_t)first, (uint32_t)second } };
}

static void site_set_constant(struct site_location *location, uint32_t flags, uint64_t value)
{
	site_set(location, REBTF_LOC_CONST | flags, value, value >> 32, 2);
}

/* A value in a register plus an offset, or with @flags in memory there. */
static void site_set_offset(struct site_location *location, uint32_t flags, uint32_t reg,
			    int64_t offset)
{
	flags |= REBTF_LOC_REG;
	if (!offset && reg != REBTF_LOC_FRAME)
		site_set(location, flags, reg, 0, 1);
	else if (offset == (int32_t)offset)
		site_set(location, flags | REBTF_LOC_OFFSET | (offset < 0 ? REBTF_LOC_SIGNED : 0),
			 reg, (uint64_t)offset, 2);
}

static bool site_is_register(const struct die_operation *op)
{
	return ((op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31) || op->atom == DW_OP_regx) &&
	       op->number < REBTF_LOC_FRAME;
}

/* Whether the operation adds an offset to a register. Sets @reg. */
static bool site_is_offset(const struct die_operation *op, uint32_t *reg)
{
	*reg = op->atom == DW_OP_fbreg ? REBTF_LOC_FRAME : (uint32_t)op->number;
	return op->atom == DW_OP_fbreg || (((op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) ||
					    op->atom == DW_OP_bregx) &&
					   op->number < REBTF_LOC_FRAME);
}

/* Extends a constant of @bits with its sign. */
static uint64_t site_extended(uint64_t value, unsigned int bits)
{
	uint64_t sign = 1ull << (bits - 1);

	return ((value & ((sign << 1) - 1)) ^ sign) - sign;
}

/* Whether the operation is a constant. Sets its value, and whether it has a sign. */
static bool site_is_constant(const struct die_operation *op, uint64_t *value, bool *is_signed)
{
	*value = op->number;
	*is_signed = false;
	switch (op->atom) {
	case DW_OP_const1s:
	case DW_OP_const2s:
	case DW_OP_const4s:
		*value = site_extended(op->number, op->atom == DW_OP_const1s   ? 8
						   : op->atom == DW_OP_const2s ? 16
									       : 32);
		break;
	case DW_OP_consts:
		*value = op->second;
		break;
	case DW_OP_const8s:
	case DW_OP_const1u:
	case DW_OP_const2u:
	case DW_OP_const4u:
	case DW_OP_const8u:
	case DW_OP_constu:
		break;
	default:
		return op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31;
	}
	*is_signed = (op->atom == DW_OP_consts || op->atom == DW_OP_const1s ||
		      op->atom == DW_OP_const2s || op->atom == DW_OP_const4s ||
		      op->atom == DW_OP_const8s) &&
		     (int64_t)*value < 0;
	return true;
}

/* A value that one operation computes, without memory. */
static void site_set_value(struct site_location *location, const struct die_operation *op,
			   const uint64_t *start)
{
	uint64_t value;
	uint32_t reg;
	bool is_signed;

	if (site_is_constant(op, &value, &is_signed))
		site_set_constant(location, is_signed ? REBTF_LOC_SIGNED : 0, value);
	else if (site_is_offset(op, &reg))
		site_set_offset(location, 0, reg, (int64_t)op->second);
	else if ((op->atom == DW_OP_addr || op->atom == DW_OP_addrx) && start)
		site_set_constant(location, REBTF_LOC_ADDR, op->number - *start);
}

/* The bytes of a constant. */
static void site_set_bytes(struct site_location *location, const struct die_operation *op,
			   bool big_endian)
{
	uint64_t value = 0;

	if (!op->block_size || op->block_size > sizeof(value))
		return;
	for (size_t i = 0; i < op->block_size; i++)
		value |= (uint64_t)op->block[big_endian ? op->block_size - 1 - i : i] << 8 * i;
	site_set_constant(location, 0, value);
}

/* A value in one place. */
static void site_set_place(struct site_location *location, const struct die_operation *op,
			   bool big_endian)
{
	uint32_t reg;

	if (site_is_register(op))
		site_set(location, REBTF_LOC_REG, op->number, 0, 1);
	else if (site_is_offset(op, &reg))
		site_set_offset(location, REBTF_LOC_DEREF, reg, (int64_t)op->second);
	else if (op->atom == DW_OP_implicit_value)
		site_set_bytes(location, op, big_endian);
}

static void site_set_operations(struct site_location *location, const struct die_operation *ops,
				size_t count, const struct unit_reader *reader,
				const uint64_t *start)
{
	uint32_t reg;

	if (count == 1)
		site_set_place(location, &ops[0], reader->file->big_endian);
	else if (count == 2 && ops[1].atom == DW_OP_stack_value)
		site_set_value(location, &ops[0], start);
	else if (count == 3 && ops[1].atom == DW_OP_deref && ops[2].atom == DW_OP_stack_value &&
		 site_is_offset(&ops[0], &reg))
		site_set_offset(location, REBTF_LOC_DEREF, reg, (int64_t)ops[0].second);
	else if (count == 4 && site_is_register(&ops[0]) && ops[1].atom == DW_OP_piece &&
		 site_is_register(&ops[2]) && ops[3].atom == DW_OP_piece &&
		 ops[1].number == reader->unit->address_size)
		site_set(location, REBTF_LOC_REG, ops[0].number, ops[2].number, 2);
}

struct rebtf_error *site_location_read(struct unit_reader *reader, const struct die *die,
				       uint64_t pc, const uint64_t *start,
				       struct site_location *location)
{
	struct die_operation ops[OPERATIONS_MAX];
	size_t count;

	*location = (struct site_location){};
	if (die_has(die, DIE_CONST_VALUE)) {
		uint64_t value = die_number(die, DIE_CONST_VALUE, 0);
		bool is_negative = die_is_signed(die, DIE_CONST_VALUE) && (int64_t)value < 0;

		site_set_constant(location, is_negative ? REBTF_LOC_SIGNED : 0, value);
		return NULL;
	}
	if (!die_has(die, DIE_LOCATION))
		return NULL;
	TRY(location_operations(reader, die, &pc, ops, &count));
	if (count)
		site_set_operations(location, ops, count, reader, start);
	return NULL;
}
