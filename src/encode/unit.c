/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the headers of units, and the bytes, abbreviations and root DIE of one unit. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "encode/form.h"
#include "encode/unit.h"
#include "util/order.h"

/* -------------------------------------------------------------------------------------- headers */

/* The longest header: a type unit of DWARF 5 in the 64-bit format. */
enum { UNIT_HEADER_MAX = 12 + 2 + 1 + 1 + 8 + 8 + 8 };

static struct rebtf_error *unit_header_error(const struct dwarf_file *file,
					     enum dwarf_section_id section, uint64_t offset,
					     enum rebtf_error_code code, const char *problem)
{
	return error_at(error_new(code, "unit at 0x%llx: %s", (unsigned long long)offset, problem),
			file->name, dwarf_section_name(section));
}

static bool unit_has_type(const struct dwarf_unit *unit)
{
	return unit->type == DW_UT_type || unit->type == DW_UT_split_type;
}

/* Reads the fields behind the length. NULL, or the problem. */
static const char *unit_read_fields(struct form_bytes *b, bool big_endian, struct dwarf_unit *unit)
{
	unit->version = (uint16_t)form_number(b, 2, big_endian);
	if (unit->version < 2 || unit->version > 5)
		return b->failed ? "the header is truncated" : "unsupported version";
	unit->type = unit->section == DWARF_TYPES ? DW_UT_type : DW_UT_compile;
	if (unit->version >= 5) {
		unit->type = (enum dwarf_unit_type)form_number(b, 1, big_endian);
		unit->address_size = (uint8_t)form_number(b, 1, big_endian);
	}
	unit->abbrev_offset = form_number(b, unit->offset_size, big_endian);
	if (unit->version < 5)
		unit->address_size = (uint8_t)form_number(b, 1, big_endian);
	if (unit_has_type(unit)) {
		unit->signature = form_number(b, 8, big_endian);
		unit->type_offset = unit->offset + form_number(b, unit->offset_size, big_endian);
	} else if (unit->type == DW_UT_skeleton || unit->type == DW_UT_split_compile) {
		form_number(b, 8, big_endian);
	}
	if (b->failed)
		return "the header is truncated";
	if (unit->address_size != 4 && unit->address_size != 8)
		return "unsupported size of addresses";
	return NULL;
}

static struct rebtf_error *unit_read_header(const struct dwarf_file *file, const uint8_t *header,
					    size_t size, struct dwarf_unit *unit)
{
	enum dwarf_section_id section = unit->section;
	uint64_t left = file->sections[section].size - unit->offset, length;
	struct form_bytes b = { .data = header, .size = size };
	const char *problem;

	unit->offset_size = 4;
	length = form_number(&b, 4, file->big_endian);
	if (length == UINT32_MAX) {
		unit->offset_size = 8;
		length = form_number(&b, 8, file->big_endian);
	}
	if (b.failed || length > left - b.at)
		return unit_header_error(file, section, unit->offset, REBTF_ERR_FORMAT,
					 "the unit ends past the section");
	unit->end = unit->offset + b.at + length;
	b.size = length < size - b.at ? b.at + length : size;
	problem = unit_read_fields(&b, file->big_endian, unit);
	if (problem)
		return unit_header_error(file, section, unit->offset,
					 b.failed ? REBTF_ERR_FORMAT : REBTF_ERR_UNSUPPORTED,
					 problem);
	unit->first_die = unit->offset + b.at;
	if (unit->type != DW_UT_compile && unit->type != DW_UT_partial && unit->type != DW_UT_type)
		return unit_header_error(
			file, section, unit->offset, REBTF_ERR_UNSUPPORTED,
			"split DWARF: the types are in .dwo files (build without -gsplit-dwarf)");
	return NULL;
}

static struct rebtf_error *unit_read_headers(const struct dwarf_file *file,
					     enum dwarf_section_id section, struct window *w,
					     struct dwarf_unit_vector *units)
{
	uint64_t size = file->sections[section].size;
	struct dwarf_unit unit = { .section = section };

	while (unit.offset < size) {
		uint64_t left = size - unit.offset;
		const uint8_t *header;

		if (left > UNIT_HEADER_MAX)
			left = UNIT_HEADER_MAX;
		TRY(window_move(w, file, section, unit.offset, left, 512, &header));
		TRY(unit_read_header(file, header, left, &unit));
		if (!dwarf_unit_vector_append(units, unit))
			return error_nomem();
		unit = (struct dwarf_unit){ .section = section, .offset = unit.end };
	}
	return NULL;
}

/* ---------------------------------------------------------------------- tables of abbreviations */

/* Units that may share a table are neighbours. */
static int unit_compare_abbrevs(const void *a, const void *b)
{
	const struct dwarf_unit *left = *(struct dwarf_unit *const *)a;
	const struct dwarf_unit *right = *(struct dwarf_unit *const *)b;

	return by_number(left->abbrev_offset, right->abbrev_offset)
		       ?: by_number(left->version, right->version)
		       ?: by_number(left->offset_size, right->offset_size)
		       ?: by_number(left->address_size, right->address_size);
}

/* Whether a table of abbreviations that one of the units compiled serves the other. */
static bool unit_shares_abbrevs(const struct dwarf_unit *a, const struct dwarf_unit *b)
{
	return a->abbrev_offset == b->abbrev_offset && a->version == b->version &&
	       a->offset_size == b->offset_size && a->address_size == b->address_size;
}

/*
 * Units mostly have a table each, but dwz and LTO make many units share one, which a reader should
 * compile once. Tables must not overlap: a hostile file could make each unit start at another row
 * of one large table, so that all tables together would be much larger than the section.
 */
static struct rebtf_error *unit_find_tables(const struct dwarf_file *file,
					    struct dwarf_unit_vector *units)
{
	uint64_t end = file->sections[DWARF_ABBREV].size;
	struct dwarf_unit **order = calloc(units->count + 1, sizeof(struct dwarf_unit *));
	uint32_t shared = 0;

	if (!order)
		return error_nomem();
	for (size_t i = 0; i < units->count; i++)
		order[i] = &units->items[i];
	qsort(order, units->count, sizeof(*order), unit_compare_abbrevs);
	for (size_t i = units->count; i--;) {
		struct dwarf_unit *unit = order[i];
		const struct dwarf_unit *next = i + 1 < units->count ? order[i + 1] : NULL;

		if (next && next->abbrev_offset != unit->abbrev_offset && next->abbrev_offset < end)
			end = next->abbrev_offset;
		unit->abbrev_end = end;
	}
	for (size_t i = 1; i < units->count; i++) {
		if (!unit_shares_abbrevs(order[i], order[i - 1]))
			continue;
		if (!order[i - 1]->shared_abbrevs)
			order[i - 1]->shared_abbrevs = ++shared;
		order[i]->shared_abbrevs = order[i - 1]->shared_abbrevs;
	}
	free(order);
	return NULL;
}

struct rebtf_error *dwarf_units(const struct dwarf_file *file, struct dwarf_unit_vector *units)
{
	struct window w = {};
	struct rebtf_error *err = unit_read_headers(file, DWARF_INFO, &w, units);

	if (!err)
		err = unit_read_headers(file, DWARF_TYPES, &w, units);
	window_release(&w);
	return err ?: unit_find_tables(file, units);
}

const struct dwarf_unit *dwarf_unit_find(const struct dwarf_unit_vector *units,
					 enum dwarf_section_id section, uint64_t offset)
{
	size_t low = 0, high = units->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct dwarf_unit *unit = &units->items[mid];

		if (unit->section < section || (unit->section == section && unit->end <= offset))
			low = mid + 1;
		else
			high = mid;
	}
	if (low == units->count || units->items[low].section != section ||
	    offset < units->items[low].offset)
		return NULL;
	return &units->items[low];
}

/* ----------------------------------------------------------------------------------------- unit */

struct rebtf_error *unit_error(const struct unit_reader *r, uint64_t die_offset,
			       enum rebtf_error_code code, const char *format, ...)
{
	struct rebtf_error *err;
	char problem[512];
	va_list args;

	va_start(args, format);
	vsnprintf(problem, sizeof(problem), format, args);
	va_end(args);
	err = error_new(code, "unit at 0x%llx: DIE at 0x%llx: %s",
			(unsigned long long)r->unit->offset, (unsigned long long)die_offset,
			problem);
	return error_at(err, r->file->name, dwarf_section_name(r->unit->section));
}

struct rebtf_error *unit_error_at(const struct unit_reader *r, uint64_t die_offset,
				  struct rebtf_error *err)
{
	struct rebtf_error *placed;

	if (err->code == REBTF_ERR_NOMEM || err->section)
		return err;
	placed = unit_error(r, die_offset, err->code, "%s", err->message);
	rebtf_error_free(err);
	return placed;
}
