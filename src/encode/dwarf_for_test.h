/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* For tests: DWARF that is made by hand, byte by byte. */
#ifndef REBTF_ENCODE_DWARF_FOR_TEST_H
#define REBTF_ENCODE_DWARF_FOR_TEST_H

#include "encode/die.h"
#include "util/buffer.h"
#include "util/bytes.h"
#include "util/testing.h"

/* Sections that a test fills, and the file that they make. */
struct made_dwarf {
	struct dwarf_file file;
	struct buffer sections[DWARF_SECTIONS];
	size_t unit; /* where the last unit starts in .debug_info */
	struct dwarf_unit_vector units;
	struct unit_reader reader;
};

/* Appends bytes to a section. */
#define made_bytes(m, id, ...)                                                                     \
	do {                                                                                       \
		const uint8_t bytes_[] = { __VA_ARGS__ };                                          \
		assert_non_null(buffer_append(&(m)->sections[id], bytes_, sizeof(bytes_)));        \
	} while (0)
#define made_info(m, ...)   made_bytes(m, DWARF_INFO, __VA_ARGS__)
#define made_abbrev(m, ...) made_bytes(m, DWARF_ABBREV, __VA_ARGS__)

/* Appends a number of 1, 2, 4 or 8 bytes. */
static inline void made_number(struct made_dwarf *m, enum dwarf_section_id id, uint64_t number,
			       size_t size)
{
	for (size_t i = 0; i < size; i++)
		made_bytes(m, id, (uint8_t)(number >> 8 * (m->file.big_endian ? size - 1 - i : i)));
}

/* Appends @text with its NUL and returns its offset. */
static inline uint32_t made_string(struct made_dwarf *m, const char *text)
{
	size_t offset = m->sections[DWARF_STR].size;

	assert_non_null(buffer_append(&m->sections[DWARF_STR], text, strlen(text) + 1));
	return (uint32_t)offset;
}

/* Starts a unit whose table of abbreviations is at @abbrev_offset. Its addresses have 8 bytes. */
static inline void made_unit(struct made_dwarf *m, uint16_t version, uint32_t abbrev_offset)
{
	m->unit = m->sections[DWARF_INFO].size;
	made_number(m, DWARF_INFO, 0, 4);
	made_number(m, DWARF_INFO, version, 2);
	if (version >= 5)
		made_info(m, DW_UT_compile, 8);
	made_number(m, DWARF_INFO, abbrev_offset, 4);
	if (version < 5)
		made_info(m, 8);
}

/* Ends the unit: stores its length. */
static inline void made_unit_end(struct made_dwarf *m)
{
	struct buffer *info = &m->sections[DWARF_INFO];

	put32(info->data + m->unit, (uint32_t)(info->size - m->unit - 4), m->file.big_endian);
}

/* Makes the file of the sections. Bytes behind a section must have no effect, so they are odd. */
static inline const struct dwarf_file *made_finish(struct made_dwarf *m)
{
	for (size_t id = 0; id < DWARF_SECTIONS; id++) {
		struct buffer *section = &m->sections[id];
		size_t size = section->size;
		uint8_t *padding = buffer_append(section, NULL, DWARF_PADDING);

		assert_non_null(padding);
		memset(padding, 0xa5, DWARF_PADDING);
		m->file.sections[id].data = section->data;
		m->file.sections[id].size = size;
	}
	m->file.fd = -1;
	m->file.name = "made.o";
	return &m->file;
}

static inline void made_release(struct made_dwarf *m)
{
	for (size_t id = 0; id < DWARF_SECTIONS; id++)
		buffer_release(&m->sections[id]);
	dwarf_unit_vector_release(&m->units);
	unit_reader_release(&m->reader);
}

#define _cleanup_made_ _cleanup_(made_release)

/* Reads the units of the file, and then the first of them. */
static inline struct rebtf_error *made_read(struct made_dwarf *m)
{
	TRY(dwarf_units(made_finish(m), &m->units));
	return unit_read(&m->reader, &m->file, &m->units.items[0]);
}

/* Reads all DIEs of the first unit. */
static inline struct rebtf_error *made_walk(struct made_dwarf *m, const struct die_filter *filter,
					    size_t *count)
{
	struct die_cursor c;
	struct die die;

	*count = 0;
	TRY(made_read(m));
	die_cursor_start(&c, &m->reader, filter, m->units.items[0].first_die);
	while (die_next(&c, &die))
		++*count;
	return c.err;
}

#endif
