/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads a unit's bytes, abbreviations and root DIE. */
#include <stdlib.h>
#include <string.h>

#include "encode/die.h"
#include "encode/unit.h"

/* The table that the unit's number of a shared table stands for. Compiled: *@table has steps. */
static struct rebtf_error *unit_shared_table(struct unit_reader *r, uint32_t number,
					     struct abbrev_table **table)
{
	if (number > r->shared_count) {
		/* Growing by factors: a hostile file has as many tables as units. */
		size_t count = number > 2 * r->shared_count ? number : 2 * r->shared_count;
		struct abbrev_table *tables = reallocarray(r->shared, count, sizeof(*tables));

		if (!tables)
			return error_nomem();
		memset(tables + r->shared_count, 0, (count - r->shared_count) * sizeof(*tables));
		r->shared = tables;
		r->shared_count = count;
	}
	*table = &r->shared[number - 1];
	return NULL;
}

static void unit_forget_shared(struct unit_reader *r)
{
	for (size_t i = 0; i < r->shared_count; i++)
		abbrev_table_release(&r->shared[i]);
	free(r->shared);
	r->shared = NULL;
	r->shared_count = 0;
}

static struct rebtf_error *unit_read_abbrevs(struct unit_reader *r)
{
	const struct dwarf_unit *unit = r->unit;
	struct abbrev_table *table = &r->own_abbrevs;
	struct rebtf_error *err;
	const uint8_t *data;

	if (unit->shared_abbrevs)
		TRY(unit_shared_table(r, unit->shared_abbrevs, &table));
	r->abbrevs = table;
	if (unit->shared_abbrevs && table->abbrevs.count)
		return NULL;
	if (unit->abbrev_offset >= unit->abbrev_end)
		return unit_error(r, unit->first_die, REBTF_ERR_FORMAT,
				  "abbreviations at 0x%llx are not in .debug_abbrev",
				  (unsigned long long)unit->abbrev_offset);
	TRY(window_move(&r->abbrev, r->file, DWARF_ABBREV, unit->abbrev_offset,
			unit->abbrev_end - unit->abbrev_offset, 0, &data));
	err = abbrev_compile(table, data, unit->abbrev_end - unit->abbrev_offset, unit_sizes(unit));
	if (!err)
		return NULL;
	/* Not to be taken for a complete table. */
	table->abbrevs.count = 0;
	return unit_error_at(r, unit->first_die, err);
}

/* Reads the root DIE. Its strings may need a base that comes after them, hence two passes. */
static struct rebtf_error *unit_read_root(struct unit_reader *r)
{
	uint64_t offset = r->unit->first_die;
	struct die root;

	r->bases_known = false;
	TRY(die_read(r, offset, &root));
	r->str_offsets_base = die_number(&root, DIE_STR_OFFSETS_BASE, 0);
	r->addr_base = die_number(&root, DIE_ADDR_BASE, 0);
	r->loclists_base = die_number(&root, DIE_LOCLISTS_BASE, 0);
	r->rnglists_base = die_number(&root, DIE_RNGLISTS_BASE, 0);
	r->bases_known = true;
	TRY(die_read(r, offset, &root));
	r->root_tag = root.tag;
	r->low_pc = die_number(&root, DIE_LOW_PC, 0);
	r->language = (uint16_t)die_number(&root, DIE_LANGUAGE, 0);
	r->name = die_string(&root, DIE_NAME).text ?: "";
	r->producer = die_string(&root, DIE_PRODUCER).text ?: "";
	if (!die_is_present(&root, DIE_DWO_NAME))
		return NULL;
	return unit_error(
		r, offset, REBTF_ERR_UNSUPPORTED,
		"split DWARF: the types are in a .dwo file (build without -gsplit-dwarf)");
}

static struct rebtf_error *unit_read_all(struct unit_reader *r)
{
	const struct dwarf_unit *unit = r->unit;

	r->size = unit->end - unit->offset;
	TRY(window_move(&r->info, r->file, unit->section, unit->offset, r->size, 0, &r->data));
	TRY(unit_read_abbrevs(r));
	return unit_read_root(r);
}

struct rebtf_error *unit_read(struct unit_reader *r, const struct dwarf_file *file,
			      const struct dwarf_unit *unit)
{
	struct rebtf_error *err;

	if (file != r->file)
		unit_forget_shared(r);
	r->file = file;
	r->unit = unit;
	err = unit_read_all(r);
	if (err)
		r->unit = NULL;
	return err;
}

void unit_reader_release(struct unit_reader *r)
{
	unit_forget_shared(r);
	abbrev_table_release(&r->own_abbrevs);
	window_release(&r->info);
	window_release(&r->abbrev);
	window_release(&r->str_offsets);
	window_release(&r->addr);
	window_release(&r->loc);
	window_release(&r->loclists);
	window_release(&r->ranges);
	window_release(&r->rnglists);
	*r = (struct unit_reader){};
}
