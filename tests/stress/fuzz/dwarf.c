/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: DWARF. An ELF file is opened with its relocations and compressed sections. Any other
 * input is a byte of settings and several files, which become the debug sections. All DIEs,
 * references and locations are read, with and without the DIEs inside others.
 */
#include "encode/location.h"
#include "encode/ranges.h"
#include "fuzz.h"
#include "module/debug_file.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	if (size && elf_detect(data, size))
		return mutate_elf(data, size, max_size);
	return size ? 1 + mutate_files(data + 1, size - 1, max_size - 1, DWARF_SECTIONS) : 0;
}

/* @pc: an address where the location has to hold, or NULL. */
static void look_at_location(struct unit_reader *reader, const struct die *die, const uint64_t *pc)
{
	struct die_location location;
	struct die_operation op;
	bool more = true;

	if (!ok(die_location(reader, die, pc, &location)))
		return;
	while (more && ok(die_operation_next(&location, &op, &more))) {
		if (location.at > location.size)
			fail("an operation ends past its expression");
	}
}

static void look_at_die(struct unit_reader *reader, const struct die *die)
{
	struct die_ref ref = die_ref(die, DIE_TYPE);
	const char *name = die_string(die, DIE_NAME).text;
	struct die target;
	uint64_t pc = 0;
	bool found;

	if (die->offset < reader->unit->first_die || die->offset >= reader->unit->end)
		fail("a DIE is outside of its unit");
	if (name && strlen(name) > INT32_MAX)
		fail("a name is endless");
	if (ref.place == DIE_IN_UNIT)
		ok(die_read(reader, ref.offset, &target));
	ok(die_low_pc(reader, die, &pc, &found));
	look_at_location(reader, die, NULL);
	look_at_location(reader, die, &pc);
}

static void walk_unit(struct unit_reader *reader, const struct die_filter *filter)
{
	struct die_cursor c;
	struct die die;
	uint32_t last = 0;

	die_cursor_start(&c, reader, filter, reader->unit->first_die);
	while (die_next(&c, &die)) {
		if (!filter && die.depth > last + 1)
			fail("the depth jumps");
		last = die.depth;
		look_at_die(reader, &die);
	}
	ok(c.err);
}

static void walk_file(const struct dwarf_file *file)
{
	struct dwarf_unit_vector units = {};
	struct unit_reader reader = {};
	struct die_filter filter = {};

	for (uint16_t tag = 0; tag < 64; tag++)
		die_filter_set(&filter, tag, tag & 3);
	if (ok(dwarf_units(file, &units))) {
		for (size_t i = 0; i < units.count; i++) {
			if (!ok(unit_read(&reader, file, &units.items[i])))
				continue;
			walk_unit(&reader, NULL);
			walk_unit(&reader, &filter);
		}
	}
	unit_reader_release(&reader);
	dwarf_unit_vector_release(&units);
}

/* Copies the file, so that reading past the padding is noticed. */
static struct dwarf_section section_of(struct input file)
{
	struct dwarf_section section = { .size = file.size };
	uint8_t *copy = malloc(file.size + DWARF_PADDING);

	if (!copy)
		abort();
	if (file.size)
		memcpy(copy, file.data, file.size);
	memset(copy + file.size, 0xff, DWARF_PADDING);
	section.data = copy;
	return section;
}

static void walk_sections(const uint8_t *data, size_t size)
{
	struct input input = { data + 1, size - 1 };
	struct dwarf_file file = { .fd = -1, .big_endian = data[0] & 1, .name = "input" };

	for (size_t id = 0; id < DWARF_SECTIONS; id++)
		file.sections[id] = section_of(next_file(&input));
	/* A file's strings end with a NUL. */
	for (size_t id = DWARF_STR; id <= DWARF_LINE_STR; id++) {
		struct dwarf_section *section = &file.sections[id];

		while (section->size && section->data[section->size - 1])
			section->size--;
	}
	walk_file(&file);
	for (size_t id = 0; id < DWARF_SECTIONS; id++)
		free((void *)(uintptr_t)file.sections[id].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct debug_file file = {};

	if (!elf_detect(data, size)) {
		if (size)
			walk_sections(data, size);
		return 0;
	}
	if (ok(debug_file_open_mem("input", data, size, &file)))
		walk_file(&file.object.dwarf);
	debug_file_close(&file);
	return 0;
}
