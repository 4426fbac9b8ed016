/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Shared by the files that open debug information: see debug_file.h. */
#ifndef REBTF_MODULE_DEBUG_INTERNAL_H
#define REBTF_MODULE_DEBUG_INTERNAL_H

#include "encode/dwarf.h"
#include "module/elf_file.h"

struct debug_file;

/* The file's section headers, and their form for the encoder. */
struct debug_section {
	GElf_Shdr shdr;
	const char *name; /* never NULL */
	/*
	 * Of sections in memory, the address. Relocatable objects have no addresses yet, so each
	 * section gets one. Of debug sections, the offset in the section that the encoder sees,
	 * which is made of all sections of that name.
	 */
	uint64_t address;
	uint32_t object_index; /* in encode_object.sections; ENCODE_NO_SECTION: not in memory */
	uint32_t relocations;  /* the section with its relocations; or 0 */
};

struct debug_symbol {
	uint64_t value, size;
	uint32_t name, section; /* section 0: undefined, or not in a section */
	uint8_t info;
	bool absolute;
};

/* ELFCOMPRESS_ZSTD, which is newer than some <elf.h>. */
enum { DEBUG_COMPRESS_ZSTD = 2 };

/* While a file is opened. */
struct debug_opening {
	struct debug_file *file;
	struct debug_section *sections;
	size_t section_count;
	bool is_64, big_endian;
	uint64_t unpack_left; /* bytes that sections may unpack to */
	/* The symbol table, undecoded. */
	const uint8_t *symbols, *indices; /* @indices: SHT_SYMTAB_SHNDX, or NULL */
	size_t symbol_size, symbol_count, index_count;
	size_t symtab; /* its section; or 0 */
	struct elf_strings symbol_names;
	uint64_t *symbol_addresses; /* for relocations; NULL until one needs them */
};

/* Keeps malloced memory until the file is closed. Frees it if memory runs out. */
struct rebtf_error *debug_keep(struct debug_file *file, void *memory);

/* Memory that is kept, with DWARF_PADDING bytes behind. */
struct rebtf_error *debug_allocate(struct debug_file *file, uint64_t size, uint8_t **memory);

/*
 * The bytes of a section, as they are in the file, followed by DWARF_PADDING bytes. The file keeps
 * them. Call this once for each section: all sections together must not be larger than the file.
 * Otherwise many sections with the same bytes could need any amount of memory and time. Errors:
 * FORMAT (not within the file, overlaps), IO, NOMEM.
 */
struct rebtf_error *debug_section_bytes(struct debug_file *file,
					const struct debug_section *section, const uint8_t **data);

/* Decodes symbol @index, which is less than @o->symbol_count. */
struct debug_symbol debug_symbol(const struct debug_opening *o, size_t index);

/* The address of a symbol: its value, or that of its section plus its value. */
uint64_t debug_symbol_address(const struct debug_opening *o, const struct debug_symbol *symbol);

/* Fills the encoder's debug sections. debug_sections.c */
struct rebtf_error *debug_sections_load(struct debug_opening *o);

/*
 * Applies the relocation section @relocations to the section @data of @size bytes.
 * debug_relocate.c. Errors: FORMAT, UNSUPPORTED (a type of relocation), IO, NOMEM.
 */
struct rebtf_error *debug_relocate(struct debug_opening *o, const struct debug_section *relocations,
				   uint8_t *data, size_t size);

/* Opens the supplementary file that the file names, if it names one. debug_supplementary.c */
struct rebtf_error *debug_supplementary_open(struct debug_opening *o);

/* As debug_file_open(), but does not look for a supplementary file. */
struct rebtf_error *debug_file_open_supplementary(const char *path, struct debug_file *file);

#endif
