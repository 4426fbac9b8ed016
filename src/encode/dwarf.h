/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The encoder's input: the debug sections of a file, and the parts of its ELF that give them
 * meaning. This layer does not know ELF. Its caller (src/module/debug_file.c) finds, unpacks and
 * relocates the sections.
 */
#ifndef REBTF_ENCODE_DWARF_H
#define REBTF_ENCODE_DWARF_H

#include "encode/constants.h"
#include "util/error.h"
#include "util/vec.h"

enum dwarf_section_id {
	DWARF_INFO,
	DWARF_TYPES,
	DWARF_ABBREV,
	DWARF_STR,
	DWARF_LINE_STR,
	DWARF_STR_OFFSETS,
	DWARF_ADDR,
	DWARF_LOC,
	DWARF_LOCLISTS,
	DWARF_RANGES,
	DWARF_RNGLISTS,
	DWARF_SECTIONS,
};

/* Bytes behind the data of a section, of any value, that may be read. So reads check less often. */
enum { DWARF_PADDING = 16 };

/* A section that the file does not have is {}. */
struct dwarf_section {
	const uint8_t *data; /* NULL: read from the file as needed */
	uint64_t size, file_offset;
};

struct dwarf_file {
	/* .debug_str and .debug_line_str have @data, which ends with a NUL. */
	struct dwarf_section sections[DWARF_SECTIONS];
	int fd; /* for sections without @data; a read fails if a program writes to the file */
	bool big_endian;
	const char *name; /* for errors */
	/* Strings and types of several files (dwz), or NULL. */
	const struct dwarf_file *supplementary;
};

/* The name of a section in errors: ".debug_info". */
const char *dwarf_section_name(enum dwarf_section_id id);

/* A symbol of the file, with its address as in DWARF, also in relocatable objects. */
struct encode_symbol {
	const char *name;
	uint64_t address, size;
	uint32_t section;      /* index into encode_object.sections */
	uint8_t type, binding; /* STT_*, STB_* of ELF */
};

/*
 * A section that a running program has in memory. A relocatable object has no addresses yet, so its
 * sections get different ones, and symbols and DWARF follow.
 */
struct encode_section {
	const char *name;
	uint64_t address, size;
	const uint8_t *data; /* only of .BTF_ids; NULL: no bytes are known */
	bool is_data;	     /* of ELF type PROGBITS or NOBITS */
};

/* The section of a symbol that is outside of encode_object.sections. */
#define ENCODE_NO_SECTION UINT32_MAX

DEFINE_VECTOR(encode_symbol_vector, struct encode_symbol);
DEFINE_VECTOR(encode_section_vector, struct encode_section);

/* All that the encoder reads of a file. It is immutable, so all threads may share it. */
struct encode_object {
	struct dwarf_file dwarf;
	struct encode_symbol_vector symbols;   /* in the order of .symtab; empty: no symbol table */
	struct encode_section_vector sections; /* those in memory, in the file's order */
	uint16_t machine;		       /* EM_* of ELF */
	uint8_t pointer_size;
	bool relocatable;
};

#endif
