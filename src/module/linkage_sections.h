/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A module's file while its linkage is read: the relevant sections, and the symbol table. */
#ifndef REBTF_MODULE_LINKAGE_SECTIONS_H
#define REBTF_MODULE_LINKAGE_SECTIONS_H

#include "module/elf_file.h"
#include "module/linkage.h"
#include "util/bytes.h"

enum linkage_section_id {
	LINKAGE_MODINFO,
	LINKAGE_STRUCT_MODULE,
	LINKAGE_VERSIONS, /* from here on ... */
	LINKAGE_EXTENDED_NAMES,
	LINKAGE_EXTENDED_CRCS, /* ... to here they only count if they are loaded */
	LINKAGE_KSYMTAB,
	LINKAGE_KSYMTAB_GPL,
	LINKAGE_KCRCTAB,
	LINKAGE_KCRCTAB_GPL,
	LINKAGE_KFLAGSTAB,
	LINKAGE_STRINGS,
	LINKAGE_SECTIONS,
};

struct linkage_section {
	size_t index;
	const uint8_t *data; /* NULL: no such section */
	size_t size;
};

struct linkage_file {
	const uint8_t *image;
	struct elf_file elf;
	bool big_endian;
	struct linkage_section sections[LINKAGE_SECTIONS];
	Elf_Data *symbols; /* the first symbol table; NULL: it does not exist */
	size_t symbol_count;
	struct elf_strings symbol_names;
	size_t names_left; /* see linkage_spend() */
};

/* The symbol at @index and its name. NULL if it has no name. */
const char *linkage_symbol(struct linkage_file *f, size_t index, GElf_Sym *symbol);

/*
 * Counts the bytes of a name that is copied. Thousands of symbols can share one long name, and
 * copies would take quadratic space. Errors: FORMAT, once the names take more than real names
 * could.
 */
struct rebtf_error *linkage_spend(struct linkage_file *f, size_t length);

/* Fills in @linkage's exports. Errors: FORMAT, NOMEM. */
struct rebtf_error *linkage_read_exports(struct linkage_file *f, struct linkage *linkage);

#endif
