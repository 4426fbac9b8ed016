/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the first location of a parameter. */
#include "encode/parameters.h"

static bool is_register(uint8_t atom)
{
	return atom >= DW_OP_reg0 && atom <= DW_OP_reg31;
}

static bool is_register_offset(uint8_t atom)
{
	return atom >= DW_OP_breg0 && atom <= DW_OP_breg31;
}

static bool is_constant(uint8_t atom)
{
	return (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) || atom == DW_OP_constu ||
	       atom == DW_OP_consts;
}

/* Drops an error about an operation that we do not know: then the place is unknown, too. */
static struct rebtf_error *known_operations_only(struct rebtf_error *err)
{
	if (!err || err->code != REBTF_ERR_UNSUPPORTED)
		return err;
	rebtf_error_free(err);
	return NULL;
}

/* entry_value(register): the parameter has the value that the register had at the start. */
static struct rebtf_error *read_entry_value(struct unit_reader *reader, const struct die *die,
					    const struct die_operation *op,
					    struct parameter_facts *facts)
{
	struct die_location block = { .data = op->block,
				      .size = op->block_size,
				      .reader = reader,
				      .die_offset = die->offset };
	struct die_operation inner = {}, rest;
	bool more = false;

	TRY(known_operations_only(die_operation_next(&block, &inner, &more)));
	if (!more || !is_register(inner.atom))
		return NULL;
	TRY(known_operations_only(die_operation_next(&block, &rest, &more)));
	if (!more)
		facts->reg = (int8_t)(inner.atom - DW_OP_reg0);
	return NULL;
}

static struct rebtf_error *read_single(struct unit_reader *reader, const struct die *die,
				       const struct die_operation *op, bool is_value,
				       struct parameter_facts *facts)
{
	if (is_register(op->atom))
		facts->reg = (int8_t)(op->atom - DW_OP_reg0);
	else if (is_register_offset(op->atom) && is_value)
		facts->reg = (int8_t)(op->atom - DW_OP_breg0);
	else if (op->atom == DW_OP_fbreg)
		facts->flags |= PARAMETER_ON_STACK;
	else if (is_constant(op->atom))
		facts->flags |= PARAMETER_CONST_LOCATION;
	else if (op->atom == DW_OP_entry_value || op->atom == DW_OP_GNU_entry_value)
		return read_entry_value(reader, die, op, facts);
	return NULL;
}

/*
 * Several operations: a struct in pieces ("rdi, piece 8, rsi, piece 8"), or a value that is computed
 * from a register. Which of the two depends on the size of the type, so both are recorded.
 */
static void read_pieces(const struct die_operation *ops, size_t count, uint8_t address_size,
			struct parameter_facts *facts)
{
	bool is_value = false;
	uint64_t offset = 0;

	if (is_constant(ops[0].atom)) {
		facts->flags |= PARAMETER_CONST_LOCATION;
		return;
	}
	for (size_t i = 1; i < count; i++)
		is_value |= ops[i].atom == DW_OP_stack_value;
	if (is_register_offset(ops[0].atom) && is_value) {
		facts->reg = (int8_t)(ops[0].atom - DW_OP_breg0);
		facts->flags |= PARAMETER_SCALAR_REGISTER;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_register(ops[i].atom) && facts->reg == NO_REGISTER) {
			facts->reg = (int8_t)(ops[i].atom - DW_OP_reg0);
			facts->flags |= i ? PARAMETER_PIECE_REGISTER : 0;
		}
		if (ops[i].atom != DW_OP_piece)
			continue;
		/* A first piece without a location before it is a part that is not passed. */
		if (i && offset < address_size)
			facts->first_part |= (uint8_t)(1u << (offset % 8));
		else if (i && offset < 2u * address_size)
			facts->second_part |= (uint8_t)(1u << ((offset - address_size) % 8));
		offset += ops[i].number;
	}
}

struct rebtf_error *location_operations(struct unit_reader *reader, const struct die *die,
					const uint64_t *pc, struct die_operation *ops,
					size_t *count)
{
	struct die_location location;
	bool more = true;

	*count = 0;
	TRY(die_location(reader, die, pc, &location));
	for (size_t i = 0; location.data && i <= OPERATIONS_MAX; i++) {
		struct die_operation op;
		struct rebtf_error *err = die_operation_next(&location, &op, &more);

		if (err)
			return known_operations_only(err);
		if (!more) {
			*count = i;
			return NULL;
		}
		if (i < OPERATIONS_MAX)
			ops[i] = op;
	}
	return NULL;
}

struct rebtf_error *parameter_facts_read(struct unit_reader *reader, const struct die *die,
					 struct parameter_facts *facts)
{
	struct die_operation ops[OPERATIONS_MAX];
	bool is_value;
	size_t count;

	*facts = (struct parameter_facts){ .reg = NO_REGISTER };
	if (die_is_present(die, DIE_CONST_VALUE))
		facts->flags |= PARAMETER_CONST_VALUE;
	if (!die_is_present(die, DIE_LOCATION))
		return NULL;
	facts->flags |= PARAMETER_LOCATED;
	TRY(location_operations(reader, die, NULL, ops, &count));
	if (!count)
		return NULL;
	is_value = ops[count - 1].atom == DW_OP_stack_value;
	if (count == 1 || (count == 2 && is_value))
		return read_single(reader, die, ops, is_value, facts);
	read_pieces(ops, count, reader->unit->address_size, facts);
	return NULL;
}
