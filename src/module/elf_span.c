/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the size of an ELF object inside other data, such as a module in an uncompressed initramfs.
 * An initramfs may hold thousands of modules, so this file reads only headers, and without libelf,
 * which would examine all bytes that follow.
 */
#include "module/elf_file.h"
#include "util/bytes.h"

/* Offsets in the two classes of ELF files. */
static const struct elf_shape {
	size_t header_size;
	size_t table_offset, entry_size, entry_count; /* in the ELF header */
	size_t section_header_size;
	size_t section_offset, section_size; /* in a section header */
	bool wide;
} shapes[] = {
	[ELFCLASS32] = { 52, 32, 46, 48, 40, 16, 20, false },
	[ELFCLASS64] = { 64, 40, 58, 60, 64, 24, 32, true },
};

enum {
	ELF_TYPE = 16,
	ELF_VERSION = 20,
	SECTION_TYPE = 4,
};

static uint64_t elf_span_get_word(const struct elf_shape *shape, const uint8_t *p, bool big_endian)
{
	return shape->wide ? get64(p, big_endian) : get32(p, big_endian);
}

/* The shape of a relocatable object that starts at @data. NULL if no such object starts there. */
static const struct elf_shape *find_shape(const uint8_t *data, size_t size, bool *big_endian)
{
	const struct elf_shape *shape;

	if (size < EI_NIDENT || !elf_detect(data, size) || data[EI_VERSION] != EV_CURRENT ||
	    (data[EI_CLASS] != ELFCLASS32 && data[EI_CLASS] != ELFCLASS64) ||
	    (data[EI_DATA] != ELFDATA2LSB && data[EI_DATA] != ELFDATA2MSB))
		return NULL;
	shape = &shapes[data[EI_CLASS]];
	*big_endian = data[EI_DATA] == ELFDATA2MSB;
	if (size < shape->header_size || get16(data + ELF_TYPE, *big_endian) != ET_REL ||
	    get32(data + ELF_VERSION, *big_endian) != EV_CURRENT ||
	    get16(data + shape->entry_size, *big_endian) != shape->section_header_size)
		return NULL;
	return shape;
}

size_t elf_object_span(const uint8_t *data, size_t size, size_t *headers_left)
{
	bool big_endian;
	const struct elf_shape *shape = find_shape(data, size, &big_endian);
	uint64_t table, count, span;

	if (!shape)
		return 0;
	span = shape->header_size;
	table = elf_span_get_word(shape, data + shape->table_offset, big_endian);
	if (table > size || size - table < shape->section_header_size)
		return span;
	count = get16(data + shape->entry_count, big_endian);
	/* With more than 65,279 sections, the size of the first section is their number. */
	if (!count)
		count = elf_span_get_word(shape, data + table + shape->section_size, big_endian);
	if (count > (size - table) / shape->section_header_size)
		count = (size - table) / shape->section_header_size;
	if (span < table + count * shape->section_header_size)
		span = table + count * shape->section_header_size;
	for (uint64_t i = 0; i < count && *headers_left; i++, --*headers_left) {
		const uint8_t *section = data + table + i * shape->section_header_size;
		uint64_t start = elf_span_get_word(shape, section + shape->section_offset,
						   big_endian);
		uint64_t length = elf_span_get_word(shape, section + shape->section_size,
						    big_endian);

		if (get32(section + SECTION_TYPE, big_endian) == SHT_NOBITS || start > size ||
		    length > size - start)
			continue;
		if (span < start + length)
			span = start + length;
	}
	return (size_t)span;
}
