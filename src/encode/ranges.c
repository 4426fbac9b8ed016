/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the first range of a list of ranges, in .debug_rnglists or, before DWARF 5, .debug_ranges. */
#include "encode/form.h"
#include "encode/ranges.h"

/* A list while it is read. */
struct range_list {
	struct unit_reader *reader;
	struct form_bytes b; /* of the entry */
	uint64_t base;
	uint64_t begin, end; /* of the last entry that has a range; equal: it is empty */
	bool more;
};

static uint64_t range_address(struct range_list *list)
{
	return form_number(&list->b, list->reader->unit->address_size,
			   list->reader->file->big_endian);
}

/* Reads an index of an address, and the address. */
static struct rebtf_error *range_indexed(struct range_list *list, uint64_t *address)
{
	uint64_t index = form_uleb(&list->b);

	return list->b.failed ? NULL : form_indexed_address(list->reader, index, address);
}

static struct rebtf_error *range_entry5(struct range_list *list)
{
	list->begin = 0;
	list->end = 0;
	switch (form_number(&list->b, 1, false)) {
	case DW_RLE_base_addressx:
		return range_indexed(list, &list->base);
	case DW_RLE_base_address:
		list->base = range_address(list);
		return NULL;
	case DW_RLE_startx_endx:
		TRY(range_indexed(list, &list->begin));
		return range_indexed(list, &list->end);
	case DW_RLE_startx_length:
		TRY(range_indexed(list, &list->begin));
		list->end = list->begin + form_uleb(&list->b);
		return NULL;
	case DW_RLE_offset_pair:
		list->begin = list->base + form_uleb(&list->b);
		list->end = list->base + form_uleb(&list->b);
		return NULL;
	case DW_RLE_start_end:
		list->begin = range_address(list);
		list->end = range_address(list);
		return NULL;
	case DW_RLE_start_length:
		list->begin = range_address(list);
		list->end = list->begin + form_uleb(&list->b);
		return NULL;
	case DW_RLE_end_of_list:
		list->more = false;
		return NULL;
	default:
		list->b.failed = true;
		return NULL;
	}
}

static void range_entry4(struct range_list *list)
{
	uint64_t begin = range_address(list), end = range_address(list);
	uint64_t highest = list->reader->unit->address_size == 4 ? UINT32_MAX : UINT64_MAX;

	list->more = begin || end;
	list->begin = list->base + begin;
	list->end = list->base + end;
	if (begin != highest)
		return;
	list->base = end;
	list->begin = end;
	list->end = end;
}

/* Reads entries up to the first range that is not empty. */
static struct rebtf_error *range_first(struct range_list *list, uint64_t offset)
{
	/* All DIEs of a hostile file could refer to one long list of empty ranges. */
	enum { ENTRY_MAX = 32, ENTRIES_MAX = 1000 };
	struct unit_reader *r = list->reader;
	bool is_new = r->unit->version >= 5;
	enum dwarf_section_id section = is_new ? DWARF_RNGLISTS : DWARF_RANGES;

	for (size_t i = 0; list->more && list->begin == list->end; i++) {
		if (i == ENTRIES_MAX) {
			list->more = false;
			return NULL;
		}
		list->b = (struct form_bytes){};
		TRY(window_look(is_new ? &r->rnglists : &r->ranges, r->file, section, offset,
				ENTRY_MAX, &list->b.data, &list->b.size));
		if (is_new)
			TRY(range_entry5(list));
		else
			range_entry4(list);
		if (list->b.failed)
			return error_new(REBTF_ERR_FORMAT, "a list of ranges ends past %s",
					 dwarf_section_name(section));
		offset += list->b.at;
	}
	return NULL;
}

struct rebtf_error *die_low_pc(struct unit_reader *reader, const struct die *die, uint64_t *pc,
			       bool *found)
{
	struct range_list list = { .reader = reader, .base = reader->low_pc, .more = true };
	struct rebtf_error *err;

	*found = die_has(die, DIE_LOW_PC);
	*pc = die_number(die, DIE_LOW_PC, 0);
	if (*found || !die_has(die, DIE_RANGES))
		return NULL;
	err = range_first(&list, die_number(die, DIE_RANGES, 0));
	if (err)
		return unit_error_at(reader, die->offset, err);
	*found = list.more;
	*pc = list.begin;
	return NULL;
}

struct rebtf_error *die_entry_pc(struct unit_reader *reader, const struct die *die, uint64_t *pc,
				 bool *found)
{
	*found = die_has(die, DIE_ENTRY_PC);
	*pc = die_number(die, DIE_ENTRY_PC, 0);
	if (*found)
		return NULL;
	TRY(die_low_pc(reader, die, pc, found));
	*pc += die_number(die, DIE_ENTRY_OFFSET, 0);
	return NULL;
}
