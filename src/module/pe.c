/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the section table of a PE file, and reads its entries. */
#include <string.h>

#include "module/pe.h"
#include "util/bytes.h"

enum {
	DOS_HEADER_SIZE = 64,
	DOS_PE_OFFSET = 0x3c,
	/* From here on: offsets from "PE\0\0". */
	COFF_SECTION_COUNT = 6,
	COFF_OPTIONAL_SIZE = 20,
	COFF_END = 24,
	/* Offsets in a section header. */
	SECTION_MEMORY_SIZE = 8,
	SECTION_FILE_SIZE = 16,
	SECTION_FILE_OFFSET = 20,
	SECTION_HEADER_SIZE = 40,
};

bool pe_open(const uint8_t *data, size_t size, struct pe_file *pe)
{
	size_t coff, room;

	if (size < DOS_HEADER_SIZE || memcmp(data, "MZ", 2))
		return false;
	coff = get32(data + DOS_PE_OFFSET, false);
	if (coff > size || size - coff < COFF_END || memcmp(data + coff, "PE\0\0", 4))
		return false;
	*pe = (struct pe_file){
		.data = data,
		.size = size,
		.table = coff + COFF_END + get16(data + coff + COFF_OPTIONAL_SIZE, false),
		.section_count = get16(data + coff + COFF_SECTION_COUNT, false),
	};
	room = pe->table < size ? (size - pe->table) / SECTION_HEADER_SIZE : 0;
	if (pe->section_count > room)
		pe->section_count = (unsigned int)room;
	return true;
}

struct pe_section pe_section(const struct pe_file *pe, unsigned int i)
{
	const uint8_t *header = pe->data + pe->table + (size_t)i * SECTION_HEADER_SIZE;
	uint32_t memory_size = get32(header + SECTION_MEMORY_SIZE, false);
	struct pe_section section = {
		.offset = get32(header + SECTION_FILE_OFFSET, false),
		.size = get32(header + SECTION_FILE_SIZE, false),
	};

	memcpy(section.name, header, PE_NAME_SIZE - 1);
	/* In the file, sections end in padding. In memory, they can end in zeros. */
	if (memory_size && memory_size < section.size)
		section.size = memory_size;
	return section;
}
