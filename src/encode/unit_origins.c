/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the DIEs that others refer to, also those of other units. */
#include <string.h>

#include "encode/unit_origins.h"
#include "util/error.h"

/* Compilers make chains of two: code, inlined function, declaration. */
#define CHAIN_MAX 4

/* How often a unit's bytes, and the file's, may be read again. A DIE counts as so many bytes. */
#define UNIT_AGAIN 8
#define DIE_COST   16
#define FILE_AGAIN 64

void unit_origins_init(struct unit_origins *o, const struct dwarf_file *file,
		       const struct dwarf_unit_vector *units,
		       const struct dwarf_unit_vector *supplementary)
{
	*o = (struct unit_origins){ .file = file, .units = units, .supplementary = supplementary };
	o->file_budget = FILE_AGAIN *
			 (file->sections[DWARF_INFO].size + file->sections[DWARF_ABBREV].size);
	for (uint32_t slot = 0; slot < TAG_SLOTS; slot++)
		o->parameters.action[slot] = DIE_CLOSED;
	die_filter_set(&o->parameters, DW_TAG_formal_parameter, DIE_WANTED | DIE_CLOSED);
	/* These come behind the parameters. */
	die_filter_set(&o->parameters, DW_TAG_unspecified_parameters, DIE_WANTED | DIE_CLOSED);
	die_filter_set(&o->parameters, DW_TAG_variable, DIE_WANTED | DIE_CLOSED);
	die_filter_set(&o->parameters, DW_TAG_lexical_block, DIE_WANTED | DIE_CLOSED);
	/* The cursor starts at the function itself. */
	die_filter_set(&o->parameters, DW_TAG_subprogram, DIE_WANTED);
}

void unit_origins_release(struct unit_origins *o)
{
	unit_reader_release(&o->other);
	unit_reader_release(&o->elsewhere);
	parameter_offset_vector_release(&o->offsets);
	buffer_release(&o->name);
}

void unit_origins_start(struct unit_origins *o, struct unit_reader *reader)
{
	o->reader = reader;
	o->unit_budget = UNIT_AGAIN * (reader->unit->end - reader->unit->offset);
	o->function = 0;
}

/* ------------------------------------------------------------------------------------ other DIEs */

static bool unit_has(const struct dwarf_unit *unit, uint64_t offset)
{
	return offset >= unit->first_die && offset < unit->end;
}

static bool origin_spend(uint64_t *budget, uint64_t bytes)
{
	bool has = *budget >= bytes;

	*budget -= has ? bytes : 0;
	return has;
}

/* The number of bytes to read for @unit. A reader compiles a shared table only once. */
static uint64_t unit_cost(const struct dwarf_unit *unit)
{
	uint64_t cost = unit->end - unit->offset;

	if (!unit->shared_abbrevs && unit->abbrev_end > unit->abbrev_offset)
		cost += unit->abbrev_end - unit->abbrev_offset;
	return cost;
}

/* Sets *@reader to one with the unit of @ref, or to NULL if no unit is there. */
static struct rebtf_error *reader_of(struct unit_origins *o, struct die_ref ref,
				     struct unit_reader **reader)
{
	bool elsewhere = ref.place == DIE_IN_SUPPLEMENTARY;
	const struct dwarf_file *file = elsewhere ? o->file->supplementary : o->file;
	const struct dwarf_unit *unit = o->reader->unit;

	*reader = NULL;
	if (ref.place == DIE_IN_INFO || elsewhere)
		unit = file ? dwarf_unit_find(elsewhere ? o->supplementary : o->units, DWARF_INFO,
					      ref.offset)
			    : NULL;
	else if (ref.place != DIE_IN_UNIT)
		return NULL;
	if (!unit || !unit_has(unit, ref.offset))
		return NULL;
	*reader = unit == o->reader->unit ? o->reader : elsewhere ? &o->elsewhere : &o->other;
	if (unit == (*reader)->unit)
		return NULL;
	if (!origin_spend(&o->file_budget, unit_cost(unit))) {
		*reader = NULL;
		return NULL;
	}
	return unit_read(*reader, file, unit);
}

/* A reference of a DIE that another unit refers to by @place. */
static enum die_place place_seen(enum die_place place, enum die_place own)
{
	if (own != DIE_IN_UNIT && own != DIE_IN_INFO)
		return own;
	return place == DIE_IN_SUPPLEMENTARY ? place : DIE_IN_INFO;
}

struct rebtf_error *unit_origins_read(struct unit_origins *o, struct die_ref ref, struct die *die,
				      bool *found)
{
	struct unit_reader *reader;

	*found = false;
	if (!origin_spend(&o->unit_budget, DIE_COST))
		return NULL;
	TRY(reader_of(o, ref, &reader));
	*found = reader;
	if (!reader)
		return NULL;
	TRY(die_read(reader, ref.offset, die));
	for (unsigned int i = 0; reader != o->reader && i < DIE_REFS; i++) {
		if (die_has(die, DIE_FIRST_REF + i))
			die->ref[i].place = place_seen(ref.place, die->ref[i].place);
	}
	/* Keys of different files are not comparable. */
	for (unsigned int i = 0; ref.place == DIE_IN_SUPPLEMENTARY && i < DIE_STRINGS; i++)
		die->string[i].key = 0;
	return NULL;
}

/* Copies a name that is lost when the next unit is read. */
static struct rebtf_error *origin_keep_name(struct unit_origins *o, struct die_string *name)
{
	if (!name->text)
		return NULL;
	o->name.size = 0;
	if (!buffer_append(&o->name, name->text, strlen(name->text) + 1))
		return error_nomem();
	name->text = (const char *)o->name.data;
	return NULL;
}

struct rebtf_error *unit_origins_follow(struct unit_origins *o, const struct die *die,
					struct origin *origin)
{
	struct die other;

	*origin = (struct origin){};
	for (unsigned int i = 0;; i++) {
		struct die_ref next = die_ref(die, DIE_ORIGIN);
		bool found;

		if (!origin->name.text) {
			origin->name = die_string(die, DIE_NAME);
			if (die == &other)
				TRY(origin_keep_name(o, &origin->name));
		}
		if (origin->type.place == DIE_NOWHERE)
			origin->type = die_ref(die, DIE_TYPE);
		if (!origin->calling_convention)
			origin->calling_convention = die_number(die, DIE_CALLING_CONVENTION, 0);
		origin->is_external |= die_is_present(die, DIE_EXTERNAL);
		origin->is_artificial |= die_is_present(die, DIE_ARTIFICIAL);
		if (next.place == DIE_NOWHERE)
			next = die_ref(die, DIE_SPECIFICATION);
		if (next.place == DIE_NOWHERE || i == CHAIN_MAX)
			return NULL;
		TRY(unit_origins_read(o, next, &other, &found));
		if (!found)
			return NULL;
		die = &other;
	}
}

/* ----------------------------------------------------------------------------------- parameters */

/* Sets o->offsets to the parameters of the @function; o->function to 0 if it cannot. */
static struct rebtf_error *read_offsets(struct unit_origins *o, struct unit_reader *reader,
					struct die_ref function)
{
	bool is_supplementary = function.place == DIE_IN_SUPPLEMENTARY;
	struct die_cursor c;
	struct die die;
	size_t start;

	if (o->function == function.offset && o->is_supplementary == is_supplementary)
		return NULL;
	o->function = 0;
	o->offsets.count = 0;
	if (!o->unit_budget)
		return NULL;
	die_cursor_start(&c, reader, &o->parameters, function.offset);
	start = c.at;
	while (die_next(&c, &die)) {
		if (!die.depth)
			continue;
		if (die.tag != DW_TAG_formal_parameter)
			break;
		if (!parameter_offset_vector_append(&o->offsets, die.offset))
			return error_nomem();
	}
	o->unit_budget -= c.at - start < o->unit_budget ? c.at - start : o->unit_budget;
	o->function = function.offset;
	o->is_supplementary = is_supplementary;
	return c.err;
}

struct rebtf_error *unit_origins_parameter(struct unit_origins *o, const struct die *die,
					   struct die_ref function, uint32_t index,
					   struct origin *origin, bool *moved)
{
	struct die_ref own = die_ref(die, DIE_ORIGIN);
	struct unit_reader *reader;

	*moved = false;
	if (own.place != DIE_NOWHERE && function.place != DIE_NOWHERE) {
		TRY(reader_of(o, function, &reader));
		if (reader) {
			TRY(read_offsets(o, reader, function));
			*moved = o->function && (index >= o->offsets.count ||
						 o->offsets.items[index] != own.offset);
		}
	}
	return unit_origins_follow(o, die, origin);
}
