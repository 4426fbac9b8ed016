/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What the loader of a BPF program reads of the object's ELF file besides its BTF: the sizes of
 * sections, and where symbols are in them. Everything is looked up by name.
 */
#ifndef REBTF_MODULE_PROGRAM_ELF_H
#define REBTF_MODULE_PROGRAM_ELF_H

#include "module/elf_file.h"

/* A section or a symbol. */
struct program_name {
	const char *text; /* the file's */
	uint64_t hash;
	size_t index;
	uint64_t value; /* of a section its size, of a symbol its offset in its section */
	bool hidden;	/* a symbol that is not visible outside the object */
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
 * Reads the ELF file in the first @size bytes of @image, which have to outlive @elf;
 * program_elf_release() is due in any case. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *program_elf_read(const uint8_t *image, size_t size, struct program_elf *elf);
void program_elf_release(struct program_elf *elf);

/* The first of that name; NULL if there is none. Not for externs. */
const struct program_name *program_names_find(const struct program_names *names, const char *text);

#endif
