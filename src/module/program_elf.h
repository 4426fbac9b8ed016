/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of an object's ELF file that the loader of a BPF program reads besides its BTF: the
 * sizes of sections, and the offsets of symbols in them. All lookups are by name.
 */
#ifndef REBTF_MODULE_PROGRAM_ELF_H
#define REBTF_MODULE_PROGRAM_ELF_H

#include "module/elf_file.h"

/* A section or a symbol. */
struct program_name {
	const char *text; /* points into the file */
	uint64_t hash;
	size_t index;
	uint64_t value; /* size of a section, or offset of a symbol in its section */
	bool hidden;	/* symbol is not visible outside the object */
};

struct program_names {
	struct program_name *list; /* by hash, then by index */
	size_t count;
};

struct program_elf {
	struct elf_file file;
	struct program_names sections;
	struct program_names variables; /* defined objects, global or weak */
	struct program_names externs;	/* undefined symbols, in the order of the symbol table */
};

/* Whether the ELF file is a relocatable object for the BPF machine, which libbpf reads. */
bool program_elf_detect(const uint8_t *image, size_t size);

/*
 * Reads the ELF file in the first @size bytes of @image, which must outlive @elf. Call
 * program_elf_release() in any case. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *program_elf_read(const uint8_t *image, size_t size, struct program_elf *elf);
void program_elf_release(struct program_elf *elf);

/* The first entry of that name. NULL: not found. Not for externs. */
const struct program_name *program_names_find(const struct program_names *names, const char *text);

#endif
