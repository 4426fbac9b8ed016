/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds and decodes location expressions. Each entry of a list gives an expression and the code
 * where it holds. Of a function's parameter, the encoder wants the first expression, which is where
 * it is when its function starts. Of an inlined function's, it wants the one that holds at the
 * start of the inlined code.
 */
#include <string.h>

#include "encode/form.h"
#include "encode/location.h"
#include "util/bytes.h"

/* ---------------------------------------------------------------------------------------- lists */

/* A position in a section of lists. The window follows it. */
struct location_list {
	struct unit_reader *reader;
	struct window *window;
	enum dwarf_section_id section;
	uint64_t offset;
	/* Where the last entry holds, if it has an expression: see location_holds(). */
	uint8_t kind; /* DW_LLE_* */
	uint64_t first, second;
	uint64_t base;
};

/* The next @size bytes of the list; fewer at the end of the section. */
static struct rebtf_error *location_look(struct location_list *list, uint64_t size,
					 struct form_bytes *b)
{
	*b = (struct form_bytes){};
	return window_look(list->window, list->reader->file, list->section, list->offset, size,
			   &b->data, &b->size);
}

static struct rebtf_error *location_truncated(const struct location_list *list)
{
	return error_new(REBTF_ERR_FORMAT, "a location list ends past %s",
			 dwarf_section_name(list->section));
}

/* The expression of @size bytes at the list's position. */
static struct rebtf_error *location_take(struct location_list *list, uint64_t size,
					 struct form_bytes *expression)
{
	TRY(location_look(list, size, expression));
	if (expression->size < size)
		return location_truncated(list);
	list->offset += size;
	return NULL;
}

/* The numbers before the expression of an entry: at most two of up to 10 bytes, and a length. */
enum { LOCATION_ENTRY_MAX = 32 };

/*
 * Reads an entry of .debug_loclists up to its expression. *@has_expression: it has one, of *@size
 * bytes. False: the list ends, or @b fails.
 */
static bool location_entry5(struct location_list *list, struct form_bytes *b, bool *has_expression,
			    uint64_t *size)
{
	size_t address_size = list->reader->unit->address_size;
	bool big_endian = list->reader->file->big_endian;

	*has_expression = false;
	list->kind = (uint8_t)form_number(b, 1, false);
	switch (list->kind) {
	case DW_LLE_base_addressx:
		list->first = form_uleb(b);
		return !b->failed;
	case DW_LLE_base_address:
		list->base = form_number(b, address_size, big_endian);
		return !b->failed;
	case DW_LLE_GNU_view_pair:
		form_uleb(b);
		form_uleb(b);
		return !b->failed;
	case DW_LLE_startx_endx:
	case DW_LLE_startx_length:
	case DW_LLE_offset_pair:
		list->first = form_uleb(b);
		list->second = form_uleb(b);
		break;
	case DW_LLE_default_location:
		break;
	case DW_LLE_start_end:
		list->first = form_number(b, address_size, big_endian);
		list->second = form_number(b, address_size, big_endian);
		break;
	case DW_LLE_start_length:
		list->first = form_number(b, address_size, big_endian);
		list->second = form_uleb(b);
		break;
	case DW_LLE_end_of_list:
		return false;
	default:
		b->failed = true;
		return false;
	}
	*size = form_uleb(b);
	*has_expression = true;
	return !b->failed;
}

/* As location_entry5(), for .debug_loc of DWARF 2 to 4. */
static bool location_entry4(struct location_list *list, struct form_bytes *b, bool *has_expression,
			    uint64_t *size)
{
	size_t address_size = list->reader->unit->address_size;
	bool big_endian = list->reader->file->big_endian;
	uint64_t highest = address_size == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t begin = form_number(b, address_size, big_endian);
	uint64_t end = form_number(b, address_size, big_endian);

	*has_expression = false;
	if (b->failed || (!begin && !end))
		return false;
	list->kind = DW_LLE_offset_pair;
	list->first = begin;
	list->second = end;
	/* Selects the base of the addresses that follow. */
	if (begin == highest) {
		list->base = end;
		return true;
	}
	*size = form_number(b, 2, big_endian);
	*has_expression = true;
	return !b->failed;
}

/* Sets *@holds: the last entry holds at @pc. */
static struct rebtf_error *location_holds(struct location_list *list, uint64_t pc, bool *holds)
{
	uint64_t begin = list->first, end = list->second;

	*holds = false;
	switch (list->kind) {
	case DW_LLE_base_addressx:
		return form_indexed_address(list->reader, list->first, &list->base);
	case DW_LLE_startx_endx:
		TRY(form_indexed_address(list->reader, end, &end));
		TRY(form_indexed_address(list->reader, begin, &begin));
		break;
	case DW_LLE_startx_length:
		TRY(form_indexed_address(list->reader, begin, &begin));
		end += begin;
		break;
	case DW_LLE_start_length:
		end += begin;
		break;
	case DW_LLE_offset_pair:
		begin += list->base;
		end += list->base;
		break;
	case DW_LLE_start_end:
		break;
	case DW_LLE_default_location:
		*holds = true;
		return NULL;
	default:
		return NULL;
	}
	*holds = begin <= pc && pc < end;
	return NULL;
}

/*
 * Finds the first expression of a list that is not empty and, with @pc, holds there. Without one,
 * @expression becomes {}. Reads few entries: all DIEs of a hostile file could refer to one long list.
 */
static struct rebtf_error *location_first(struct location_list *list, const uint64_t *pc,
					  struct form_bytes *expression)
{
	enum { ENTRIES_MAX = 1000 };
	const struct unit_reader *r = list->reader;
	bool has_expression, more = true, holds = true;

	*expression = (struct form_bytes){};
	for (size_t i = 0; i < ENTRIES_MAX && more && !expression->size; i++) {
		struct form_bytes b;
		uint64_t size = 0;

		TRY(location_look(list, LOCATION_ENTRY_MAX, &b));
		more = r->unit->version >= 5 ? location_entry5(list, &b, &has_expression, &size)
					     : location_entry4(list, &b, &has_expression, &size);
		if (b.failed)
			return location_truncated(list);
		list->offset += b.at;
		if (more && pc)
			TRY(location_holds(list, *pc, &holds));
		if (!more || !has_expression)
			continue;
		if (holds)
			TRY(location_take(list, size, expression));
		else
			list->offset += size;
	}
	return NULL;
}

/* Where a list starts. DW_FORM_loclistx gives an index into a table of offsets. */
static struct rebtf_error *location_list_offset(struct unit_reader *r,
						const struct die_expression *where,
						uint64_t *offset)
{
	size_t size = r->unit->offset_size;
	struct form_bytes b;
	struct location_list table = {
		.reader = r,
		.window = &r->loclists,
		.section = DWARF_LOCLISTS,
		.offset = r->loclists_base + where->size * size,
	};

	*offset = where->size;
	if (!where->is_index)
		return NULL;
	if (!r->loclists_base || where->size > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "the unit has no location list %llu",
				 (unsigned long long)where->size);
	TRY(location_look(&table, size, &b));
	*offset = r->loclists_base + form_number(&b, size, r->file->big_endian);
	return b.failed ? location_truncated(&table) : NULL;
}

static struct rebtf_error *location_find(struct unit_reader *r, const struct die *die,
					 const uint64_t *pc, struct form_bytes *expression)
{
	struct location_list list = {
		.reader = r,
		.window = r->unit->version >= 5 ? &r->loclists : &r->loc,
		.section = r->unit->version >= 5 ? DWARF_LOCLISTS : DWARF_LOC,
		.base = r->low_pc,
	};

	*expression = (struct form_bytes){};
	if (!die_has(die, DIE_LOCATION))
		return NULL;
	if (die->location.data) {
		*expression = (struct form_bytes){
			.data = die->location.data,
			.size = die->location.size,
		};
		return NULL;
	}
	TRY(location_list_offset(r, &die->location, &list.offset));
	return location_first(&list, pc, expression);
}

struct rebtf_error *die_location(struct unit_reader *reader, const struct die *die,
				 const uint64_t *pc, struct die_location *location)
{
	struct form_bytes expression;
	struct rebtf_error *err = location_find(reader, die, pc, &expression);

	*location = (struct die_location){ .reader = reader, .die_offset = die->offset };
	if (err)
		return unit_error_at(reader, die->offset, err);
	location->data = expression.data;
	location->size = expression.size;
	return NULL;
}

/* ---------------------------------------------------------------------------------- expressions */

/* How the operands of an operation are stored. */
enum location_operands {
	OPERANDS_UNKNOWN,
	OPERANDS_NONE,
	OPERANDS_ADDRESS,
	OPERANDS_FIXED1,
	OPERANDS_FIXED2,
	OPERANDS_FIXED4,
	OPERANDS_FIXED8,
	OPERANDS_ULEB,
	OPERANDS_SLEB,
	OPERANDS_ULEB_ULEB,
	OPERANDS_ULEB_SLEB,
	OPERANDS_FIXED1_ULEB,
	OPERANDS_OFFSET,
	OPERANDS_OFFSET_SLEB,
	OPERANDS_BLOCK,
	OPERANDS_TYPED_BLOCK, /* a type, then bytes with a length of one byte */
};

static const uint8_t location_operands[256] = {
	[DW_OP_addr] = OPERANDS_ADDRESS,
	[DW_OP_deref] = OPERANDS_NONE,
	[DW_OP_const1u... DW_OP_const1s] = OPERANDS_FIXED1,
	[DW_OP_const2u... DW_OP_const2s] = OPERANDS_FIXED2,
	[DW_OP_const4u... DW_OP_const4s] = OPERANDS_FIXED4,
	[DW_OP_const8u... DW_OP_const8s] = OPERANDS_FIXED8,
	[DW_OP_constu] = OPERANDS_ULEB,
	[DW_OP_consts] = OPERANDS_SLEB,
	[DW_OP_dup... DW_OP_pick - 1] = OPERANDS_NONE,
	[DW_OP_pick] = OPERANDS_FIXED1,
	[DW_OP_pick + 1 ... DW_OP_plus] = OPERANDS_NONE,
	[DW_OP_plus_uconst] = OPERANDS_ULEB,
	[DW_OP_plus_uconst + 1 ... DW_OP_bra - 1] = OPERANDS_NONE,
	[DW_OP_bra] = OPERANDS_FIXED2,
	[DW_OP_bra + 1 ... DW_OP_skip - 1] = OPERANDS_NONE,
	[DW_OP_skip] = OPERANDS_FIXED2,
	[DW_OP_lit0... DW_OP_reg31] = OPERANDS_NONE,
	[DW_OP_breg0... DW_OP_breg31] = OPERANDS_SLEB,
	[DW_OP_regx] = OPERANDS_ULEB,
	[DW_OP_fbreg] = OPERANDS_SLEB,
	[DW_OP_bregx] = OPERANDS_ULEB_SLEB,
	[DW_OP_piece] = OPERANDS_ULEB,
	[DW_OP_deref_size... DW_OP_xderef_size] = OPERANDS_FIXED1,
	[DW_OP_xderef_size + 1 ... DW_OP_call2 - 1] = OPERANDS_NONE,
	[DW_OP_call2] = OPERANDS_FIXED2,
	[DW_OP_call4] = OPERANDS_FIXED4,
	[DW_OP_call_ref] = OPERANDS_OFFSET,
	[DW_OP_form_tls_address... DW_OP_call_frame_cfa] = OPERANDS_NONE,
	[DW_OP_bit_piece] = OPERANDS_ULEB_ULEB,
	[DW_OP_implicit_value] = OPERANDS_BLOCK,
	[DW_OP_stack_value] = OPERANDS_NONE,
	[DW_OP_implicit_pointer] = OPERANDS_OFFSET_SLEB,
	[DW_OP_addrx... DW_OP_constx] = OPERANDS_ULEB,
	[DW_OP_entry_value] = OPERANDS_BLOCK,
	[DW_OP_const_type] = OPERANDS_TYPED_BLOCK,
	[DW_OP_regval_type] = OPERANDS_ULEB_ULEB,
	[DW_OP_deref_type... DW_OP_xderef_type] = OPERANDS_FIXED1_ULEB,
	[DW_OP_convert... DW_OP_reinterpret] = OPERANDS_ULEB,
	[DW_OP_GNU_push_tls_address] = OPERANDS_NONE,
	[DW_OP_GNU_uninit] = OPERANDS_NONE,
	[DW_OP_GNU_implicit_pointer] = OPERANDS_OFFSET_SLEB,
	[DW_OP_GNU_entry_value] = OPERANDS_BLOCK,
	[DW_OP_GNU_const_type] = OPERANDS_TYPED_BLOCK,
	[DW_OP_GNU_regval_type] = OPERANDS_ULEB_ULEB,
	[DW_OP_GNU_deref_type] = OPERANDS_FIXED1_ULEB,
	[DW_OP_GNU_convert] = OPERANDS_ULEB,
	[DW_OP_GNU_reinterpret] = OPERANDS_ULEB,
	[DW_OP_GNU_parameter_ref] = OPERANDS_FIXED4,
	[DW_OP_GNU_addr_index... DW_OP_GNU_const_index] = OPERANDS_ULEB,
	[DW_OP_GNU_variable_value] = OPERANDS_OFFSET,
};

static void location_read_block(struct form_bytes *b, uint64_t size, struct die_operation *op)
{
	op->block = form_take(b, size);
	op->block_size = b->failed ? 0 : size;
}

/* Reads the operands. False: the operation, and so its size, is unknown. */
static bool location_read_operands(const struct unit_reader *r, struct form_bytes *b,
				   struct die_operation *op)
{
	bool big_endian = r->file->big_endian;

	switch (location_operands[op->atom]) {
	case OPERANDS_NONE:
		break;
	case OPERANDS_ADDRESS:
		op->number = form_number(b, r->unit->address_size, big_endian);
		break;
	case OPERANDS_FIXED1:
		op->number = form_number(b, 1, big_endian);
		break;
	case OPERANDS_FIXED2:
		op->number = form_number(b, 2, big_endian);
		break;
	case OPERANDS_FIXED4:
		op->number = form_number(b, 4, big_endian);
		break;
	case OPERANDS_FIXED8:
		op->number = form_number(b, 8, big_endian);
		break;
	case OPERANDS_ULEB:
		op->number = form_uleb(b);
		break;
	case OPERANDS_SLEB:
		op->second = (uint64_t)form_sleb(b);
		break;
	case OPERANDS_ULEB_ULEB:
		op->number = form_uleb(b);
		op->second = form_uleb(b);
		break;
	case OPERANDS_ULEB_SLEB:
		op->number = form_uleb(b);
		op->second = (uint64_t)form_sleb(b);
		break;
	case OPERANDS_FIXED1_ULEB:
		op->number = form_number(b, 1, big_endian);
		op->second = form_uleb(b);
		break;
	case OPERANDS_OFFSET_SLEB:
	case OPERANDS_OFFSET:
		op->number = form_number(b, r->unit->offset_size, big_endian);
		if (location_operands[op->atom] == OPERANDS_OFFSET_SLEB)
			op->second = (uint64_t)form_sleb(b);
		break;
	case OPERANDS_BLOCK:
		location_read_block(b, form_uleb(b), op);
		break;
	case OPERANDS_TYPED_BLOCK:
		op->number = form_uleb(b);
		location_read_block(b, form_number(b, 1, big_endian), op);
		break;
	default:
		return false;
	}
	return true;
}

/* Gives numbers to operations that differ in them alone, and resolves indices of addresses. */
static struct rebtf_error *location_simplify(struct unit_reader *r, struct die_operation *op)
{
	if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		op->number = op->atom - DW_OP_reg0;
	else if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		op->number = op->atom - DW_OP_breg0;
	else if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		op->number = op->atom - DW_OP_lit0;
	else if (op->atom == DW_OP_addrx || op->atom == DW_OP_GNU_addr_index)
		return form_indexed_address(r, op->number, &op->number);
	return NULL;
}

struct rebtf_error *die_operation_next(struct die_location *location, struct die_operation *op,
				       bool *more)
{
	struct form_bytes b = {
		.data = location->data,
		.size = location->size,
		.at = location->at,
	};
	struct unit_reader *r = location->reader;
	struct rebtf_error *err = NULL;

	*op = (struct die_operation){};
	*more = location->at < location->size;
	if (!*more)
		return NULL;
	op->atom = (uint8_t)form_number(&b, 1, false);
	if (!location_read_operands(r, &b, op))
		err = error_new(REBTF_ERR_UNSUPPORTED, "unknown operation 0x%x in an expression",
				op->atom);
	else if (b.failed)
		err = error_new(REBTF_ERR_FORMAT, "operation 0x%x ends past its expression",
				op->atom);
	else
		err = location_simplify(r, op);
	location->at = b.at;
	return err ? unit_error_at(r, location->die_offset, err) : NULL;
}
