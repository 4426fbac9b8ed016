/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs the programs of abbreviations over a unit's bytes. This is the encoder's innermost loop: a
 * kernel has 20 million DIEs. A position is checked after each step, not for each byte, because
 * DWARF_PADDING bytes behind the unit may be read.
 */
#include <string.h>

#include "encode/die.h"
#include "encode/form.h"
#include "util/bytes.h"

void die_filter_set(struct die_filter *filter, uint16_t tag, uint8_t action)
{
	filter->action[abbrev_tag_slot(tag)] = action;
}

/* A DIE while its program runs. */
struct die_run {
	struct unit_reader *reader;
	const uint8_t *data; /* of the unit */
	size_t size, at;
	bool big_endian, swap; /* swap: the host has the other byte order */
};

/* get16() and its siblings choose a branch for each byte order, which costs here. */
static inline uint16_t die_get16(const uint8_t *at, bool swap)
{
	uint16_t number;

	memcpy(&number, at, sizeof(number));
	return swap ? __builtin_bswap16(number) : number;
}

static inline uint32_t die_get32(const uint8_t *at, bool swap)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return swap ? __builtin_bswap32(number) : number;
}

static struct form_bytes die_bytes(const struct die_run *run)
{
	return (struct form_bytes){ .data = run->data, .size = run->size, .at = run->at };
}

/* Continues behind the bytes that were read from @b, or past the unit's end if it lacks some. */
static void die_continue(struct die_run *run, const struct form_bytes *b)
{
	run->at = b->failed ? run->size + 1 : b->at;
}

/* Skips a value of unknown size. */
static void die_skip_value(struct die_run *run, const struct abbrev_step *step)
{
	struct form_bytes b = die_bytes(run);

	switch (step->action) {
	case ABBREV_SKIP_LEB:
		while (b.at < b.size && b.data[b.at] >= 0x80)
			b.at++;
		form_take(&b, 1);
		break;
	case ABBREV_SKIP_BLOCK1:
		form_take(&b, form_number(&b, 1, false));
		break;
	case ABBREV_SKIP_BLOCK:
		/* Expressions are short, and mostly within the unit. */
		if (b.data[b.at] < 0x80) {
			run->at += 1 + b.data[b.at];
			return;
		}
		form_take(&b, form_uleb(&b));
		break;
	case ABBREV_SKIP_STRING:
		form_skip(&b, DW_FORM_string, (struct abbrev_sizes){}, false);
		break;
	default:
		/* A form that is unknown here sets @failed: DW_FORM_indirect has another error. */
		if (!form_skip(&b, step->argument, unit_sizes(run->reader->unit), run->big_endian))
			b.failed = true;
	}
	die_continue(run, &b);
}

static struct rebtf_error *die_string_error(uint32_t offset)
{
	return error_new(REBTF_ERR_FORMAT, "a string at offset 0x%x is not in .debug_str", offset);
}

static struct rebtf_error *die_read_form(struct die_run *run, const struct abbrev_step *step,
					 struct die *die)
{
	struct form_bytes b = die_bytes(run);

	TRY(form_read(run->reader, &b, step->argument, (enum die_field)step->field, die));
	die_continue(run, &b);
	return NULL;
}

static struct rebtf_error *die_ref_error(uint32_t offset, size_t size)
{
	return error_new(REBTF_ERR_FORMAT, "a reference to offset 0x%x of the unit of 0x%zx bytes",
			 offset, size);
}

/*
 * Reads the attributes of a DIE. @run->at is behind its code, and then behind the DIE. It is past
 * the unit's end if the DIE is.
 *
 * Local variables hold the state of the loop: the compiler would load members of @run again after
 * each value that is stored in @die.
 */
static inline struct rebtf_error *die_read_attributes(struct die_run *run,
						      const struct abbrev *abbrev, struct die *die)
{
	const struct abbrev_table *table = run->reader->abbrevs;
	const struct dwarf_section *strings = &run->reader->file->sections[DWARF_STR];
	const char *const texts = (const char *)strings->data;
	const uint64_t texts_size = strings->size, unit = run->reader->unit->offset;
	const struct abbrev_step *step = &table->steps.items[abbrev->read];
	const uint8_t *const data = run->data;
	const size_t size = run->size;
	const bool swap = run->swap;
	size_t at = run->at;
	struct form_bytes b;
	uint64_t number;

	die->tag = abbrev->tag;
	die->children = abbrev->row.depth > 0;
	die->has = abbrev->has;
	die->present = abbrev->present;
	die->signed_forms = abbrev->signed_forms;
	for (;; step++) {
		at += step->skip;
		if (at > size || step->action == ABBREV_END) {
			run->at = at;
			return NULL;
		}
		switch (step->action) {
		case ABBREV_NOTHING:
			break;
		case ABBREV_NUMBER1:
			die->number[step->field] = data[at];
			at += 1;
			break;
		case ABBREV_NUMBER2:
			die->number[step->field] = die_get16(data + at, swap);
			at += 2;
			break;
		case ABBREV_NUMBER4:
			die->number[step->field] = die_get32(data + at, swap);
			at += 4;
			break;
		case ABBREV_NUMBER8:
			die->number[step->field] = get64(data + at, run->big_endian);
			at += 8;
			break;
		case ABBREV_UDATA:
			/* Most numbers are small. The byte may be padding. */
			if (data[at] < 0x80) {
				die->number[step->field] = data[at];
				at += 1;
				break;
			}
			b = (struct form_bytes){ .data = data, .size = size, .at = at };
			die->number[step->field] = form_uleb(&b);
			at = b.failed ? size + 1 : b.at;
			break;
		case ABBREV_SDATA:
			b = (struct form_bytes){ .data = data, .size = size, .at = at };
			die->number[step->field] = (uint64_t)form_sleb(&b);
			at = b.failed ? size + 1 : b.at;
			break;
		case ABBREV_IMPLICIT:
			die->number[step->field] = (uint64_t)table->constants.items[step->argument];
			break;
		case ABBREV_STRP4:
			number = die_get32(data + at, swap);
			at += 4;
			if (number >= texts_size && at <= size)
				return die_string_error((uint32_t)number);
			die->string[step->field] = (struct die_string){
				.text = texts + number,
				.key = (uint64_t)FORM_KEY_STR << FORM_KEY_SHIFT | number,
			};
			break;
		case ABBREV_REF4:
			number = die_get32(data + at, swap);
			at += 4;
			if (number >= size && at <= size)
				return die_ref_error((uint32_t)number, size);
			die->ref[step->field] = (struct die_ref){
				.offset = unit + number,
				.place = DIE_IN_UNIT,
			};
			break;
		case ABBREV_LOCATION:
			b = (struct form_bytes){ .data = data, .size = size, .at = at };
			number = form_uleb(&b);
			die->location = (struct die_expression){
				.data = form_take(&b, number),
				.size = number,
			};
			at = b.failed ? size + 1 : b.at;
			break;
		case ABBREV_FORM:
			run->at = at;
			TRY(die_read_form(run, step, die));
			at = run->at;
			break;
		default:
			run->at = at;
			die_skip_value(run, step);
			at = run->at;
		}
	}
}

/*
 * Skips the values of a DIE. Returns the offset of its sibling in the unit, or 0 if the DIE has no
 * sibling. @run->at becomes as for die_read_attributes().
 */
static size_t die_skip_attributes(struct die_run *run, const struct abbrev *abbrev)
{
	const struct abbrev_step *step = &run->reader->abbrevs->steps.items[abbrev->skip];
	size_t sibling = 0;

	for (;; step++) {
		run->at += step->skip;
		if (run->at > run->size || step->action == ABBREV_END)
			return sibling;
		if (step->action == ABBREV_REF4) {
			sibling = die_get32(run->data + run->at, run->swap);
			run->at += 4;
		} else if (step->action != ABBREV_NOTHING) {
			die_skip_value(run, step);
		}
	}
}

/* --------------------------------------------------------------------------------------- cursor */

static struct die_run die_run_at(struct unit_reader *reader, size_t at)
{
	return (struct die_run){
		.reader = reader,
		.data = reader->data,
		.size = reader->size,
		.at = at,
		.big_endian = reader->file->big_endian,
		.swap = reader->file->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__),
	};
}

void die_cursor_start(struct die_cursor *c, struct unit_reader *reader,
		      const struct die_filter *filter, uint64_t offset)
{
	static const struct die_filter all = {
		.action = { [0 ... TAG_SLOTS - 1] = DIE_WANTED },
	};

	*c = (struct die_cursor){
		.reader = reader,
		.filter = filter ? filter : &all,
		.at = offset - reader->unit->offset,
	};
}

static bool die_fail(struct die_cursor *c, size_t start, struct rebtf_error *err)
{
	c->err = unit_error_at(c->reader, c->reader->unit->offset + start, err);
	c->done = true;
	return false;
}

static bool die_fail_end(struct die_cursor *c, size_t start)
{
	return die_fail(c, start, error_new(REBTF_ERR_FORMAT, "the DIE ends past its unit"));
}

static bool die_fail_code(struct die_cursor *c, size_t start, uint64_t code)
{
	return die_fail(c, start,
			error_new(REBTF_ERR_FORMAT, "no abbreviation has code %llu",
				  (unsigned long long)code));
}

/* Reads a code of several bytes, or one of a table with gaps. */
static const struct abbrev *die_search_abbrev(struct die_cursor *c, struct die_run *run)
{
	size_t start = run->at;
	struct form_bytes b = die_bytes(run);
	uint64_t code = form_uleb(&b);
	const struct abbrev *abbrev;

	die_continue(run, &b);
	if (b.failed) {
		die_fail_end(c, start);
		return NULL;
	}
	abbrev = abbrev_find(c->reader->abbrevs, code);
	if (!abbrev)
		die_fail_code(c, start, code);
	return abbrev;
}

/*
 * Finds the abbreviation of the DIE at @run->at, which then is behind the code. NULL: c->err is set.
 */
static inline const struct abbrev *die_find_abbrev(struct die_cursor *c, struct die_run *run)
{
	const struct abbrev_table *table = c->reader->abbrevs;
	uint8_t first = run->data[run->at];

	if (first >= 0x80 || !table->dense || first > table->abbrevs.count)
		return die_search_abbrev(c, run);
	run->at++;
	return &table->abbrevs.items[first - 1];
}

/* Where to continue behind a DIE whose inside is not wanted. 0: only a walk through it shows. */
static size_t die_valid_sibling(const struct die_run *run, size_t sibling)
{
	return sibling > run->at && sibling <= run->size ? sibling : 0;
}

/* Walks past all DIEs until the depth is less than @depth. False: c->err is set. */
static bool die_pass(struct die_cursor *c, struct die_run *run, uint32_t depth)
{
	uint32_t now = depth;

	while (now >= depth && run->at < run->size) {
		size_t start = run->at, sibling = 0;
		const struct abbrev *abbrev;

		/* Zeros may also be written with several bytes, which no producer does. */
		if (!run->data[run->at]) {
			run->at++;
			now--;
			continue;
		}
		abbrev = die_find_abbrev(c, run);
		if (!abbrev)
			return false;
		sibling = die_skip_attributes(run, abbrev);
		if (run->at > run->size)
			return die_fail_end(c, start);
		sibling = abbrev->row.depth ? die_valid_sibling(run, sibling) : 0;
		run->at = sibling ?: run->at;
		now += abbrev->row.depth && !sibling;
	}
	return true;
}

/*
 * Visits the DIE at @run->at, which is wanted, or has values whose size varies, or an inside that is
 * not wanted. Its depth is c->depth. True: the DIE is wanted, or c->err is set.
 */
static inline bool die_visit(struct die_cursor *c, struct die_run *run, struct die *die)
{
	size_t start = run->at, sibling;
	const struct abbrev *abbrev = die_find_abbrev(c, run);
	struct rebtf_error *err;
	uint8_t action;

	if (!abbrev)
		return true;
	action = c->filter->action[abbrev->row.slot];
	if (action & DIE_WANTED) {
		err = die_read_attributes(run, abbrev, die);
		if (err)
			return !die_fail(c, start, err);
		die->offset = c->reader->unit->offset + start;
		die->depth = c->depth;
		sibling = die_ref(die, DIE_SIBLING).offset - c->reader->unit->offset;
	} else {
		sibling = die_skip_attributes(run, abbrev);
	}
	if (run->at > run->size)
		return !die_fail_end(c, start);
	if (abbrev->row.depth && !(action & DIE_CLOSED)) {
		c->depth++;
	} else if (abbrev->row.depth) {
		sibling = die_valid_sibling(run, sibling);
		if (sibling)
			run->at = sibling;
		else if (!die_pass(c, run, c->depth + 1))
			return true;
	}
	return action & DIE_WANTED;
}

bool die_next(struct die_cursor *c, struct die *die)
{
	struct die_run run = die_run_at(c->reader, c->at);
	const struct abbrev_row *rows = c->reader->abbrevs->first;
	const uint8_t *filter = c->filter->action;
	size_t at = run.at, start = at;
	uint32_t depth = c->depth;
	bool wanted = false;

	if (c->done)
		return false;
	do {
		const struct abbrev_row *row;

		/* Some producers leave out the zeros at the end of a unit. */
		if (at >= run.size)
			break;
		start = at;
		row = &rows[run.data[at]];
		if ((filter[row->slot] | row->unusual) && run.data[at]) {
			run.at = at;
			c->depth = depth;
			wanted = die_visit(c, &run, die);
			if (c->err)
				return false;
			at = run.at;
			depth = c->depth;
		} else {
			at += 1 + (size_t)row->fixed;
			depth += (uint32_t)row->depth;
		}
	} while (!wanted && (int32_t)depth > 0);
	c->at = at;
	c->depth = depth;
	c->done = !wanted || !depth;
	if (at > run.size)
		return die_fail_end(c, start);
	return wanted;
}

/*
 * Reads the values of a DIE of at most @left bytes, which are @values behind its code. False: it needs
 * die_next(), which may find an error.
 */
static inline bool die_read_brief(const struct die_cursor *c, const struct abbrev *abbrev,
				  const uint8_t *values, size_t left, bool swap,
				  struct die_brief *die)
{
	const struct dwarf_section *strings = &c->reader->file->sections[DWARF_STR];
	const struct abbrev_brief brief = abbrev->brief;
	uint32_t name, type;

	if (!brief.usable || left < abbrev->row.fixed)
		return false;
	name = brief.name ? die_get32(values + brief.name - 1, swap) : 0;
	type = brief.type ? die_get32(values + brief.type - 1, swap) : 0;
	if ((brief.name && name >= strings->size) || type >= c->reader->size)
		return false;
	die->type = type;
	die->is_signed = brief.is_signed;
	die->name = (struct die_string){};
	if (brief.name)
		die->name = (struct die_string){
			.text = (const char *)strings->data + name,
			.key = (uint64_t)FORM_KEY_STR << FORM_KEY_SHIFT | name,
		};
	die->number = brief.number_size == 1   ? values[brief.number - 1]
		      : brief.number_size == 2 ? die_get16(values + brief.number - 1, swap)
		      : brief.number_size == 4 ? die_get32(values + brief.number - 1, swap)
		      : brief.constant
			      ? (uint64_t)c->reader->abbrevs->constants.items[brief.constant - 1]
			      : 0;
	return true;
}

size_t die_next_brief(struct die_cursor *c, uint16_t tag, struct die_brief *list, size_t room)
{
	const struct die_run run = die_run_at(c->reader, c->at);
	const struct abbrev_table *table = c->reader->abbrevs;
	const uint64_t unit = c->reader->unit->offset;
	size_t count = 0, at = c->at;

	for (; !c->done && count < room && at < run.size; count++) {
		const uint8_t code = run.data[at];
		const struct abbrev *abbrev;

		/* The bytes of a usual DIE are within the padding at least. */
		if (!code || table->first[code].unusual)
			break;
		abbrev = &table->abbrevs.items[code - 1];
		if (abbrev->tag != tag || abbrev->row.depth ||
		    !die_read_brief(c, abbrev, run.data + at + 1, run.size - at - 1, run.swap,
				    &list[count]))
			break;
		list[count].offset = unit + at;
		at += 1 + (size_t)abbrev->row.fixed;
	}
	c->at = at;
	return count;
}

bool die_next_type(struct die_cursor *c, struct die_brief *type)
{
	const struct die_run run = die_run_at(c->reader, c->at);
	const struct abbrev_table *table = c->reader->abbrevs;
	const struct abbrev *abbrev;
	uint8_t code;

	if (c->done)
		return false;
	while (c->at < run.size && !run.data[c->at] && c->depth > 1) {
		c->at++;
		c->depth--;
	}
	if (c->at >= run.size || !c->depth)
		return false;
	code = run.data[c->at];
	if (!code || table->first[code].unusual)
		return false;
	abbrev = &table->abbrevs.items[code - 1];
	if (!abbrev->is_type ||
	    !die_read_brief(c, abbrev, run.data + c->at + 1, run.size - c->at - 1, run.swap, type))
		return false;
	type->offset = c->reader->unit->offset + c->at;
	type->depth = c->depth;
	type->tag = abbrev->tag;
	type->children = abbrev->row.depth > 0;
	c->at += 1 + (size_t)abbrev->row.fixed;
	c->depth += type->children;
	return true;
}

struct rebtf_error *die_read(struct unit_reader *reader, uint64_t offset, struct die *die)
{
	struct die_cursor c;

	die_cursor_start(&c, reader, NULL, offset);
	if (die_next(&c, die))
		return NULL;
	return c.err ?: unit_error(reader, offset, REBTF_ERR_FORMAT, "no DIE is there");
}
