/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of an object's ELF file that the loader of a BPF program reads besides its BTF: the
 * sizes of sections, and the offsets of symbols in them. All lookups are by name.
 */
#ifndef REBTF_MODULE_PROGRAM_ELF_H
#define REBTF_MODULE_PROGRAM_ELF_H

#include "module/elf_file.h"
#include "util/table.h"
#include "util/vec.h"

/* A section or a symbol. */
struct program_name {
	const char *text; /* points into the file */
	uint64_t value;	  /* size of a section, or offset of a symbol in its section */
	bool hidden;	  /* symbol is not visible outside the object */
	bool weak;	  /* symbol need not exist */
};

DEFINE_VECTOR(program_list, struct program_name);

struct program_names {
	struct program_list list; /* in the order of the file; the first of each name */
	struct table by_name;	  /* indices in list, plus one */
};

struct program_elf {
	struct elf_file file;
	Elf_Scn *symtab; /* the first; or NULL */
	struct program_names sections;
	struct program_names variables; /* defined objects, global or weak */
	struct program_list externs;	/* undefined symbols, in the order of the symbol table */
};

/* Whether the ELF file is a relocatable object for the BPF machine, which libbpf reads. */
bool program_elf_detect(const uint8_t *image, size_t size);

/*
 * Reads the ELF file in the first @size bytes of @image, which must outlive @elf. Call
 * program_elf_release() in any case. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *program_elf_read(const uint8_t *image, size_t size, struct program_elf *elf);
void program_elf_release(struct program_elf *elf);

/* The first entry of that name. NULL: not found. */
const struct program_name *program_names_find(const struct program_names *names, const char *text);

#endif
