/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the values of attributes into a struct die, class by class. */
#include "encode/die.h"
#include "encode/form.h"
#include "util/bytes.h"

/* The arguments of the functions for one class of values. */
struct form_reading {
	struct unit_reader *reader;
	struct form_bytes *b;
	uint64_t form;
	enum die_field field;
	struct die *die;
	struct abbrev_sizes sizes;
	bool big_endian;
};

static struct rebtf_error *form_skip_other(const struct form_reading *f)
{
	if (form_skip(f->b, f->form, f->sizes, f->big_endian))
		return NULL;
	return error_new(REBTF_ERR_FORMAT, "unknown form 0x%llx", (unsigned long long)f->form);
}

static uint64_t form_offset(const struct form_reading *f)
{
	return form_number(f->b, f->sizes.offset_size, f->big_endian);
}

static void form_found(const struct form_reading *f)
{
	f->die->has |= 1ull << f->field;
}

/* How many bytes the number of an index has in the form. 0: it is an ULEB128. */
static size_t form_index_size(uint64_t form)
{
	switch (form) {
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return 4;
	default:
		return 0;
	}
}

static uint64_t form_index(const struct form_reading *f)
{
	size_t size = form_index_size(f->form);

	return size ? form_number(f->b, size, f->big_endian) : form_uleb(f->b);
}

/* Bytes that a window reads at once from a table of indexed values. */
enum { FORM_TABLE_AHEAD = 16384 };

/* Entry @index of a table at @base of a section. */
static struct rebtf_error *form_table_entry(struct unit_reader *r, struct window *w,
					    enum dwarf_section_id id, uint64_t base, uint64_t index,
					    size_t size, uint64_t *value)
{
	const struct dwarf_section *section = &r->file->sections[id];
	const uint8_t *data;

	if (base > section->size || index >= (section->size - base) / size)
		return error_new(REBTF_ERR_FORMAT, "index %llu is not in %s",
				 (unsigned long long)index, dwarf_section_name(id));
	TRY(window_move(w, r->file, id, base + index * size, size, FORM_TABLE_AHEAD, &data));
	*value = size == 4 ? get32(data, r->file->big_endian) : get64(data, r->file->big_endian);
	return NULL;
}

struct rebtf_error *form_indexed_address(struct unit_reader *reader, uint64_t index,
					 uint64_t *address)
{
	if (!reader->addr_base)
		return error_new(REBTF_ERR_FORMAT, "the unit has no DW_AT_addr_base");
	return form_table_entry(reader, &reader->addr, DWARF_ADDR, reader->addr_base, index,
				reader->unit->address_size, address);
}

static struct rebtf_error *form_set_text(const struct form_reading *f,
					 const struct dwarf_file *file, enum dwarf_section_id id,
					 uint64_t offset, uint64_t section_number)
{
	const struct dwarf_section *section = file ? &file->sections[id] : NULL;

	if (f->b->failed)
		return NULL;
	if (!section)
		return error_new(REBTF_ERR_FORMAT,
				 "a string in a supplementary file, but no such file is known");
	if (offset >= section->size)
		return error_new(REBTF_ERR_FORMAT, "a string at offset 0x%llx is not in %s%s",
				 (unsigned long long)offset,
				 file == f->reader->file ? "" : "the supplementary file's ",
				 dwarf_section_name(id));
	f->die->string[f->field - DIE_FIRST_STRING] = (struct die_string){
		.text = (const char *)section->data + offset,
		.key = section_number << FORM_KEY_SHIFT | offset,
	};
	form_found(f);
	return NULL;
}

static struct rebtf_error *form_read_string(const struct form_reading *f)
{
	struct unit_reader *r = f->reader;
	uint64_t offset;

	switch (f->form) {
	case DW_FORM_string:
		f->die->string[f->field - DIE_FIRST_STRING] = (struct die_string){
			.text = (const char *)form_string(f->b),
		};
		form_found(f);
		return NULL;
	case DW_FORM_strp:
		return form_set_text(f, r->file, DWARF_STR, form_offset(f), FORM_KEY_STR);
	case DW_FORM_line_strp:
		return form_set_text(f, r->file, DWARF_LINE_STR, form_offset(f), FORM_KEY_LINE_STR);
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
		return form_set_text(f, r->file->supplementary, DWARF_STR, form_offset(f),
				     FORM_KEY_SUPPLEMENTARY);
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
		offset = form_index(f);
		if (f->b->failed || !r->bases_known)
			return NULL;
		if (!r->str_offsets_base)
			return error_new(REBTF_ERR_FORMAT,
					 "the unit has no DW_AT_str_offsets_base");
		TRY(form_table_entry(r, &r->str_offsets, DWARF_STR_OFFSETS, r->str_offsets_base,
				     offset, f->sizes.offset_size, &offset));
		return form_set_text(f, r->file, DWARF_STR, offset, FORM_KEY_STR);
	default:
		return form_skip_other(f);
	}
}

static struct rebtf_error *form_set_ref(const struct form_reading *f, enum die_place place,
					uint64_t offset)
{
	const struct dwarf_unit *unit = f->reader->unit;

	if (f->b->failed)
		return NULL;
	if (place == DIE_IN_UNIT) {
		if (offset >= unit->end - unit->offset)
			return error_new(REBTF_ERR_FORMAT,
					 "a reference to offset 0x%llx of the unit of 0x%llx bytes",
					 (unsigned long long)offset,
					 (unsigned long long)(unit->end - unit->offset));
		offset += unit->offset;
	} else if (place == DIE_IN_INFO && unit->section == DWARF_INFO && offset >= unit->offset &&
		   offset < unit->end) {
		place = DIE_IN_UNIT;
	}
	f->die->ref[f->field - DIE_FIRST_REF] = (struct die_ref){ offset, place };
	form_found(f);
	return NULL;
}

static struct rebtf_error *form_read_ref(const struct form_reading *f)
{
	int size = form_size(f->form, f->sizes);

	switch (f->form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
		return form_set_ref(f, DIE_IN_UNIT, form_number(f->b, (size_t)size, f->big_endian));
	case DW_FORM_ref_udata:
		return form_set_ref(f, DIE_IN_UNIT, form_uleb(f->b));
	case DW_FORM_ref_addr:
		return form_set_ref(f, DIE_IN_INFO, form_number(f->b, (size_t)size, f->big_endian));
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
	case DW_FORM_GNU_ref_alt:
		return form_set_ref(f, DIE_IN_SUPPLEMENTARY,
				    form_number(f->b, (size_t)size, f->big_endian));
	case DW_FORM_ref_sig8:
		return form_set_ref(f, DIE_BY_SIGNATURE, form_number(f->b, 8, f->big_endian));
	default:
		return form_skip_other(f);
	}
}

static void form_set_number(const struct form_reading *f, uint64_t number)
{
	if (f->b->failed)
		return;
	f->die->number[f->field - DIE_FIRST_NUMBER] = number;
	form_found(f);
}

/*
 * Before DWARF 3, compilers gave a member's offset as an expression: to the address of the struct,
 * add a constant.
 */
static void form_set_offset_by_expression(const struct form_reading *f)
{
	uint64_t size = form_block_size(f->b, f->form, f->big_endian);
	const uint8_t *block = form_take(f->b, size);
	struct form_bytes b = { .data = block, .size = f->b->failed ? 0 : size };
	uint64_t op = form_number(&b, 1, f->big_endian), number = form_uleb(&b);

	if (f->field != DIE_MEMBER_LOCATION || b.failed)
		return;
	if ((op == DW_OP_plus_uconst && b.at == b.size) ||
	    (op == DW_OP_constu && b.at + 1 == b.size && b.data[b.at] == DW_OP_plus))
		form_set_number(f, number);
}

/* An index into the unit's table of range lists becomes the offset of the list. */
static struct rebtf_error *form_read_list_index(const struct form_reading *f)
{
	struct unit_reader *r = f->reader;
	uint64_t index = form_uleb(f->b), offset;

	if (f->b->failed || f->field != DIE_RANGES || !r->bases_known)
		return NULL;
	if (!r->rnglists_base)
		return error_new(REBTF_ERR_FORMAT, "the unit has no DW_AT_rnglists_base");
	TRY(form_table_entry(r, &r->rnglists, DWARF_RNGLISTS, r->rnglists_base, index,
			     f->sizes.offset_size, &offset));
	form_set_number(f, r->rnglists_base + offset);
	return NULL;
}

static struct rebtf_error *form_read_number(const struct form_reading *f)
{
	int size = form_size(f->form, f->sizes);
	uint64_t number;

	switch (f->form) {
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
		form_set_number(f, form_number(f->b, (size_t)size, f->big_endian));
		return NULL;
	case DW_FORM_udata:
		form_set_number(f, form_uleb(f->b));
		return NULL;
	case DW_FORM_sdata:
		form_set_number(f, (uint64_t)form_sleb(f->b));
		f->die->signed_forms |= 1ull << f->field;
		return NULL;
	case DW_FORM_sec_offset:
		form_set_number(f, form_offset(f));
		return NULL;
	case DW_FORM_rnglistx:
		return form_read_list_index(f);
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
	case DW_FORM_exprloc:
		form_set_offset_by_expression(f);
		return NULL;
	case DW_FORM_addr:
		if (f->field != DIE_LOW_PC && f->field != DIE_ENTRY_PC)
			return form_skip_other(f);
		form_set_number(f, form_number(f->b, (size_t)size, f->big_endian));
		return NULL;
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
		number = form_index(f);
		if (f->b->failed || !f->reader->bases_known ||
		    (f->field != DIE_LOW_PC && f->field != DIE_ENTRY_PC))
			return NULL;
		TRY(form_indexed_address(f->reader, number, &number));
		form_set_number(f, number);
		return NULL;
	default:
		return form_skip_other(f);
	}
}

static void form_set_location(const struct form_reading *f, const uint8_t *data, uint64_t size,
			      bool is_index)
{
	if (f->b->failed)
		return;
	f->die->location = (struct die_expression){ data, size, is_index };
	form_found(f);
}

static struct rebtf_error *form_read_location(const struct form_reading *f)
{
	uint64_t size;

	switch (f->form) {
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
	case DW_FORM_exprloc:
		size = form_block_size(f->b, f->form, f->big_endian);
		form_set_location(f, form_take(f->b, size), size, false);
		return NULL;
	case DW_FORM_sec_offset:
		form_set_location(f, NULL, form_offset(f), false);
		return NULL;
	case DW_FORM_loclistx:
		form_set_location(f, NULL, form_uleb(f->b), true);
		return NULL;
	case DW_FORM_data4:
	case DW_FORM_data8:
		/* Before DWARF 4, these forms stood for offsets in other sections, too. */
		if (f->sizes.version >= 4)
			return form_skip_other(f);
		form_set_location(f, NULL,
				  form_number(f->b, f->form == DW_FORM_data4 ? 4 : 8,
					      f->big_endian),
				  false);
		return NULL;
	default:
		return form_skip_other(f);
	}
}

static struct rebtf_error *form_read_flag(const struct form_reading *f)
{
	if (f->form == DW_FORM_flag_present ||
	    (f->form == DW_FORM_flag && form_number(f->b, 1, f->big_endian)))
		form_found(f);
	else if (f->form != DW_FORM_flag)
		return form_skip_other(f);
	return NULL;
}

struct rebtf_error *form_read(struct unit_reader *reader, struct form_bytes *b, uint64_t form,
			      enum die_field field, struct die *die)
{
	struct form_reading f = {
		.reader = reader,
		.b = b,
		.form = form,
		.field = field,
		.die = die,
		.sizes = unit_sizes(reader->unit),
		.big_endian = reader->file->big_endian,
	};

	if (form == DW_FORM_indirect) {
		f.form = form_uleb(b);
		if (f.form == DW_FORM_indirect || f.form == DW_FORM_implicit_const)
			return error_new(REBTF_ERR_FORMAT, "form 0x%llx follows DW_FORM_indirect",
					 (unsigned long long)f.form);
		if (b->failed)
			return NULL;
	}
	if (field < DIE_FIRST_REF)
		return form_read_string(&f);
	if (field < DIE_FIRST_NUMBER)
		return form_read_ref(&f);
	if (field < DIE_FIRST_FLAG)
		return form_read_number(&f);
	if (field == DIE_LOCATION)
		return form_read_location(&f);
	return form_read_flag(&f);
}
