/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compiles abbreviations into programs. Values of known size are added up, so that a program has a
 * step only for each value that it reads and each one of unknown size.
 */
#include <stdlib.h>

#include "encode/abbrev.h"
#include "encode/form.h"
#include "util/order.h"

/* ---------------------------------------------------------------------------------------- tables */

/* The field of an attribute plus one. 0: we do not read the attribute. */
static const uint8_t fields[] = {
	[DW_AT_sibling] = DIE_SIBLING + 1,
	[DW_AT_location] = DIE_LOCATION + 1,
	[DW_AT_name] = DIE_NAME + 1,
	[DW_AT_byte_size] = DIE_BYTE_SIZE + 1,
	[DW_AT_bit_offset] = DIE_BIT_OFFSET + 1,
	[DW_AT_bit_size] = DIE_BIT_SIZE + 1,
	[DW_AT_low_pc] = DIE_LOW_PC + 1,
	[DW_AT_language] = DIE_LANGUAGE + 1,
	[DW_AT_import] = DIE_IMPORT + 1,
	[DW_AT_const_value] = DIE_CONST_VALUE + 1,
	[DW_AT_inline] = DIE_INLINE + 1,
	[DW_AT_lower_bound] = DIE_LOWER_BOUND + 1,
	[DW_AT_producer] = DIE_PRODUCER + 1,
	[DW_AT_upper_bound] = DIE_UPPER_BOUND + 1,
	[DW_AT_abstract_origin] = DIE_ORIGIN + 1,
	[DW_AT_artificial] = DIE_ARTIFICIAL + 1,
	[DW_AT_calling_convention] = DIE_CALLING_CONVENTION + 1,
	[DW_AT_count] = DIE_COUNT + 1,
	[DW_AT_data_member_location] = DIE_MEMBER_LOCATION + 1,
	[DW_AT_declaration] = DIE_DECLARATION + 1,
	[DW_AT_encoding] = DIE_ENCODING + 1,
	[DW_AT_external] = DIE_EXTERNAL + 1,
	[DW_AT_specification] = DIE_SPECIFICATION + 1,
	[DW_AT_type] = DIE_TYPE + 1,
	[DW_AT_ranges] = DIE_RANGES + 1,
	[DW_AT_data_bit_offset] = DIE_DATA_BIT_OFFSET + 1,
	[DW_AT_signature] = DIE_SIGNATURE + 1,
	[DW_AT_str_offsets_base] = DIE_STR_OFFSETS_BASE + 1,
	[DW_AT_addr_base] = DIE_ADDR_BASE + 1,
	[DW_AT_rnglists_base] = DIE_RNGLISTS_BASE + 1,
	[DW_AT_dwo_name] = DIE_DWO_NAME + 1,
	[DW_AT_loclists_base] = DIE_LOCLISTS_BASE + 1,
};

static bool abbrev_is_string(uint64_t form)
{
	return form == DW_FORM_string || form == DW_FORM_strp || form == DW_FORM_line_strp ||
	       form == DW_FORM_strx || (form >= DW_FORM_strx1 && form <= DW_FORM_strx4) ||
	       form == DW_FORM_strp_sup || form == DW_FORM_GNU_strp_alt;
}

static bool abbrev_is_address(uint64_t form)
{
	return form == DW_FORM_addr || form == DW_FORM_addrx ||
	       (form >= DW_FORM_addrx1 && form <= DW_FORM_addrx4);
}

static int abbrev_field(uint64_t attribute, uint64_t form)
{
	if (attribute == DW_AT_const_value && abbrev_is_string(form))
		return DIE_TAG_VALUE;
	if (attribute == DW_AT_entry_pc)
		return abbrev_is_address(form) ? DIE_ENTRY_PC : DIE_ENTRY_OFFSET;
	if (attribute < sizeof(fields) / sizeof(*fields))
		return fields[attribute] - 1;
	switch (attribute) {
	case DW_AT_GNU_dwo_name:
		return DIE_DWO_NAME;
	case DW_AT_GNU_annotation:
		return DIE_ANNOTATION;
	default:
		return -1;
	}
}

uint8_t abbrev_tag_slot(uint16_t tag)
{
	enum { FIRST_EXTENSION = TAG_SLOTS - 8 };

	if (tag < FIRST_EXTENSION)
		return (uint8_t)tag;
	switch (tag) {
	case DW_TAG_GNU_call_site:
		return FIRST_EXTENSION;
	case DW_TAG_GNU_call_site_parameter:
		return FIRST_EXTENSION + 1;
	case DW_TAG_LLVM_annotation:
		return FIRST_EXTENSION + 2;
	case DW_TAG_GNU_annotation:
		return FIRST_EXTENSION + 3;
	default:
		return TAG_SLOTS - 1;
	}
}

/* ----------------------------------------------------------------------------------- compilation */

struct abbrev_compiler {
	struct abbrev_table *table;
	struct form_bytes in;
	struct abbrev_sizes sizes;
	/* Steps of the abbreviation's two programs, which then become one piece of the table's. */
	struct abbrev_step_vector skip, read;
	uint64_t skip_bytes, read_bytes; /* known bytes since the last step */
};

/* Appends a step. Its bytes to skip may take several steps. */
static void abbrev_add_step(struct abbrev_step_vector *steps, uint64_t *bytes,
			    struct abbrev_step step)
{
	for (; *bytes > UINT16_MAX; *bytes -= UINT16_MAX)
		abbrev_step_vector_append(steps, (struct abbrev_step){ .skip = UINT16_MAX,
								       .action = ABBREV_NOTHING });
	step.skip = (uint16_t)*bytes;
	*bytes = 0;
	abbrev_step_vector_append(steps, step);
}

/* The action that skips a value of unknown size. */
static enum abbrev_action abbrev_skip_action(uint64_t form)
{
	switch (form) {
	case DW_FORM_string:
		return ABBREV_SKIP_STRING;
	case DW_FORM_block1:
		return ABBREV_SKIP_BLOCK1;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		return ABBREV_SKIP_BLOCK;
	case DW_FORM_block2:
	case DW_FORM_block4:
	case DW_FORM_indirect:
		return ABBREV_SKIP_FORM;
	default:
		return ABBREV_SKIP_LEB;
	}
}

/*
 * The action of a frequent form that always has a value of the field's class. ABBREV_FORM if the
 * form is another.
 */
static enum abbrev_action abbrev_read_action(uint64_t form, int field, struct abbrev_sizes sizes)
{
	if (field < DIE_FIRST_REF)
		return form == DW_FORM_strp && sizes.offset_size == 4 ? ABBREV_STRP4 : ABBREV_FORM;
	if (field < DIE_FIRST_NUMBER)
		return form == DW_FORM_ref4 ? ABBREV_REF4 : ABBREV_FORM;
	if (field >= DIE_FIRST_FLAG)
		return form == DW_FORM_exprloc && field == DIE_LOCATION ? ABBREV_LOCATION
									: ABBREV_FORM;
	switch (form) {
	case DW_FORM_data1:
		return ABBREV_NUMBER1;
	case DW_FORM_data2:
		return ABBREV_NUMBER2;
	case DW_FORM_data4:
		return ABBREV_NUMBER4;
	case DW_FORM_data8:
		return ABBREV_NUMBER8;
	case DW_FORM_addr:
		return field == DIE_LOW_PC && sizes.address_size == 8 ? ABBREV_NUMBER8
								      : ABBREV_FORM;
	case DW_FORM_udata:
		return ABBREV_UDATA;
	case DW_FORM_sdata:
		return ABBREV_SDATA;
	case DW_FORM_implicit_const:
		return ABBREV_IMPLICIT;
	default:
		return ABBREV_FORM;
	}
}

/* Where the value of a frequent form belongs: the index among the fields of its class. */
static uint8_t abbrev_field_index(int field)
{
	if (field < DIE_FIRST_REF)
		return (uint8_t)(field - DIE_FIRST_STRING);
	if (field < DIE_FIRST_NUMBER)
		return (uint8_t)(field - DIE_FIRST_REF);
	return (uint8_t)(field - DIE_FIRST_NUMBER);
}

/* Reads the value of @field. The first of two equal attributes counts. */
static void abbrev_add_field(struct abbrev_compiler *c, struct abbrev *abbrev, uint64_t form,
			     int field, int64_t constant)
{
	struct abbrev_step step = { .field = (uint8_t)field, .argument = (uint32_t)form };
	uint64_t bit = 1ull << field;

	abbrev->present |= bit;
	if (form == DW_FORM_flag_present) {
		abbrev->has |= field >= DIE_FIRST_FLAG && field != DIE_LOCATION ? bit : 0;
		return;
	}
	step.action = abbrev_read_action(form, field, c->sizes);
	if (step.action != ABBREV_FORM) {
		abbrev->has |= bit;
		step.field = abbrev_field_index(field);
	}
	if (form == DW_FORM_implicit_const) {
		if (step.action != ABBREV_IMPLICIT)
			return;
		step.argument = (uint32_t)c->table->constants.count;
		abbrev_constant_vector_append(&c->table->constants, constant);
	}
	if (form == DW_FORM_implicit_const || form == DW_FORM_sdata)
		abbrev->signed_forms |= bit;
	abbrev_add_step(&c->read, &c->read_bytes, step);
	/* A walk that skips a DIE with all DIEs inside needs its sibling. */
	if (field == DIE_SIBLING && step.action == ABBREV_REF4)
		abbrev_add_step(&c->skip, &c->skip_bytes, step);
}

/* Adds the value of one attribute to both programs. */
static struct rebtf_error *abbrev_add_value(struct abbrev_compiler *c, struct abbrev *abbrev,
					    uint64_t attribute, uint64_t form, int64_t constant)
{
	int size = form_size(form, c->sizes), field = abbrev_field(attribute, form);
	bool is_read = field >= 0 && !(abbrev->present >> field & 1);
	size_t before = c->skip.count, before_read = c->read.count;

	if (size == FORM_UNKNOWN)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "abbreviation %llu: unknown form 0x%llx of attribute 0x%llx",
				 (unsigned long long)abbrev->code, (unsigned long long)form,
				 (unsigned long long)attribute);
	if (is_read)
		abbrev_add_field(c, abbrev, form, field, constant);
	if (size == FORM_VARIES) {
		struct abbrev_step step = {
			.action = abbrev_skip_action(form),
			.argument = (uint32_t)form,
		};

		abbrev->row.fixed = ABBREV_VARIES;
		abbrev_add_step(&c->skip, &c->skip_bytes, step);
		if (c->read.count == before_read)
			abbrev_add_step(&c->read, &c->read_bytes, step);
		return NULL;
	}
	/* Only a hostile file has a size near the limit. The steps handle that as well. */
	abbrev->row.fixed = abbrev->row.fixed < INT32_MAX ? abbrev->row.fixed + (uint32_t)size
							  : ABBREV_VARIES;
	if (c->skip.count == before)
		c->skip_bytes += (uint64_t)size;
	if (c->read.count == before_read)
		c->read_bytes += (uint64_t)size;
	return NULL;
}

/* Whether the encoder needs only the name, type and size of a type with this tag. */
static bool abbrev_is_plain_type(uint16_t tag)
{
	switch (tag) {
	case DW_TAG_array_type:
	case DW_TAG_const_type:
	case DW_TAG_enumeration_type:
	case DW_TAG_pointer_type:
	case DW_TAG_restrict_type:
	case DW_TAG_structure_type:
	case DW_TAG_subroutine_type:
	case DW_TAG_typedef:
	case DW_TAG_union_type:
	case DW_TAG_volatile_type:
		return true;
	default:
		return false;
	}
}

/* The number that a brief read of the DIE keeps. */
static enum die_field abbrev_brief_number(const struct abbrev *abbrev)
{
	if (abbrev_is_plain_type(abbrev->tag))
		return DIE_BYTE_SIZE;
	return abbrev->tag == DW_TAG_enumerator ? DIE_CONST_VALUE : DIE_MEMBER_LOCATION;
}

/* Notes where the value of a step is, at @offset. Returns its size, or -1 if it cannot be brief. */
static int abbrev_brief_step(struct abbrev_brief *brief, const struct abbrev_step *step,
			     size_t offset, enum die_field number)
{
	bool is_number = step->field == number - DIE_FIRST_NUMBER;
	int size;

	switch (step->action) {
	case ABBREV_STRP4:
		brief->name = offset + 1;
		return 4;
	case ABBREV_REF4:
		if (step->field == DIE_TYPE - DIE_FIRST_REF)
			brief->type = offset + 1;
		return 4;
	case ABBREV_NUMBER1:
	case ABBREV_NUMBER2:
	case ABBREV_NUMBER4:
		size = 1 << (step->action - ABBREV_NUMBER1);
		if (is_number) {
			brief->number = offset + 1;
			brief->number_size = size;
		}
		return size;
	case ABBREV_IMPLICIT:
		if (is_number)
			brief->constant = step->argument + 1;
		return 0;
	case ABBREV_NOTHING:
		return 0;
	default:
		return -1;
	}
}

/* Sets @brief->usable if the DIE has no other values than those. */
static void abbrev_find_brief(struct abbrev *abbrev, const struct abbrev_step *step)
{
	const enum die_field number = abbrev_brief_number(abbrev);
	struct abbrev_brief brief = { .is_signed = abbrev->signed_forms >> number & 1 };
	uint64_t known = 1ull << DIE_NAME | 1ull << DIE_TYPE | 1ull << number;
	size_t offset = 0;

	abbrev->is_type = abbrev_is_plain_type(abbrev->tag);
	if (abbrev->is_type)
		known |= 1ull << DIE_SIBLING | 1ull << DIE_ENCODING;
	else if (abbrev->row.depth)
		return;
	if (abbrev->row.fixed > UINT8_MAX - 1 || abbrev->has & ~known)
		return;
	for (; step->action != ABBREV_END; step++) {
		int size;

		offset += step->skip;
		size = abbrev_brief_step(&brief, step, offset, number);
		if (size < 0)
			return;
		offset += size;
	}
	brief.usable = true;
	abbrev->brief = brief;
}

/* Ends both programs, and appends them to the table's steps. */
static void abbrev_finish(struct abbrev_compiler *c, struct abbrev *abbrev)
{
	struct abbrev_step_vector *steps = &c->table->steps;

	abbrev_add_step(&c->skip, &c->skip_bytes, (struct abbrev_step){ .action = ABBREV_END });
	abbrev_add_step(&c->read, &c->read_bytes, (struct abbrev_step){ .action = ABBREV_END });
	abbrev->skip = (uint32_t)steps->count;
	abbrev_step_vector_extend(steps, c->skip.items, c->skip.count);
	abbrev->read = (uint32_t)steps->count;
	abbrev_step_vector_extend(steps, c->read.items, c->read.count);
	abbrev->row.unusual = abbrev->row.fixed == ABBREV_VARIES;
	if (c->read.count)
		abbrev_find_brief(abbrev, c->read.items);
	c->skip.count = 0;
	c->read.count = 0;
}

static struct rebtf_error *abbrev_truncated(uint64_t code)
{
	return error_new(REBTF_ERR_FORMAT,
			 "abbreviation %llu ends past its table, or the table lacks its end",
			 (unsigned long long)code);
}

static struct rebtf_error *abbrev_compile_one(struct abbrev_compiler *c, uint64_t code)
{
	struct abbrev abbrev = { .code = code };
	uint64_t tag = form_uleb(&c->in);

	if (tag > UINT16_MAX)
		return error_new(REBTF_ERR_FORMAT, "abbreviation %llu: invalid tag 0x%llx",
				 (unsigned long long)code, (unsigned long long)tag);
	abbrev.tag = (uint16_t)tag;
	abbrev.row.slot = abbrev_tag_slot(abbrev.tag);
	abbrev.row.depth = form_number(&c->in, 1, false) ? 1 : 0;
	for (;;) {
		uint64_t attribute = form_uleb(&c->in), form = form_uleb(&c->in);
		int64_t constant = form == DW_FORM_implicit_const ? form_sleb(&c->in) : 0;

		if (c->in.failed)
			return abbrev_truncated(code);
		if (!attribute && !form)
			break;
		TRY(abbrev_add_value(c, &abbrev, attribute, form, constant));
	}
	abbrev_finish(c, &abbrev);
	abbrev_vector_append(&c->table->abbrevs, abbrev);
	return NULL;
}

static struct rebtf_error *abbrev_compile_all(struct abbrev_compiler *c)
{
	struct abbrev_table *table = c->table;

	for (uint64_t expected = 1;; expected++) {
		uint64_t code = form_uleb(&c->in);

		/* A table may end with its section. */
		if (c->in.failed || !code)
			return NULL;
		table->dense = table->dense && code == expected;
		TRY(abbrev_compile_one(c, code));
		if (table->abbrevs.failed || table->steps.failed || table->constants.failed ||
		    c->skip.failed || c->read.failed)
			return error_nomem();
	}
}

static int abbrev_compare_codes(const void *a, const void *b)
{
	const struct abbrev *left = a, *right = b;

	return by_number(left->code, right->code);
}

static struct rebtf_error *abbrev_sort(struct abbrev_table *table)
{
	struct abbrev_vector *abbrevs = &table->abbrevs;

	qsort(abbrevs->items, abbrevs->count, sizeof(*abbrevs->items), abbrev_compare_codes);
	for (size_t i = 1; i < abbrevs->count; i++) {
		if (abbrevs->items[i].code == abbrevs->items[i - 1].code)
			return error_new(REBTF_ERR_FORMAT, "two abbreviations with code %llu",
					 (unsigned long long)abbrevs->items[i].code);
	}
	return NULL;
}

static void abbrev_fill_first(struct abbrev_table *table)
{
	size_t known = table->dense ? table->abbrevs.count + 1 : 1;

	table->first[0] = (struct abbrev_row){ .depth = -1 };
	for (size_t i = 1; i < 256; i++)
		table->first[i] = i < known && i < 0x80 ? table->abbrevs.items[i - 1].row
							: (struct abbrev_row){ .unusual = true };
}

struct rebtf_error *abbrev_compile(struct abbrev_table *table, const uint8_t *data, size_t size,
				   struct abbrev_sizes sizes)
{
	struct abbrev_compiler c = {
		.table = table,
		.in = { .data = data, .size = size },
		.sizes = sizes,
	};
	struct rebtf_error *err;

	table->abbrevs.count = 0;
	table->steps.count = 0;
	table->constants.count = 0;
	table->dense = true;
	err = abbrev_compile_all(&c);
	abbrev_step_vector_release(&c.skip);
	abbrev_step_vector_release(&c.read);
	if (!err && !table->dense)
		err = abbrev_sort(table);
	abbrev_fill_first(table);
	return err;
}

const struct abbrev *abbrev_search(const struct abbrev_table *table, uint64_t code)
{
	const struct abbrev key = { .code = code };

	if (!table->abbrevs.count)
		return NULL;
	return bsearch(&key, table->abbrevs.items, table->abbrevs.count, sizeof(key),
		       abbrev_compare_codes);
}

void abbrev_table_release(struct abbrev_table *table)
{
	abbrev_vector_release(&table->abbrevs);
	abbrev_step_vector_release(&table->steps);
	abbrev_constant_vector_release(&table->constants);
}
