/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The facts in a module that a kernel's module loader checks, apart from BTF: the version magic,
 * the imported symbols with the CRCs that the module was built against, the exported symbols, and
 * some more. All of it is copied, so the file's bytes need not outlive it.
 */
#ifndef REBTF_MODULE_LINKAGE_H
#define REBTF_MODULE_LINKAGE_H

#include "module/exports.h"

/* An undefined symbol of the module's symbol table. */
struct import {
	const char *name;
	bool weak; /* may stay undefined */
};

struct linkage {
	/* Determined by the architecture of a kernel: ELF machine, class and byte order. */
	uint16_t machine;
	uint8_t elf_class;
	uint8_t encoding;

	bool is_relocatable;
	bool is_signed;
	bool is_livepatch;
	bool is_in_tree;
	const char *name;     /* of the module; "" if unknown */
	const char *vermagic; /* NULL if missing, as below: */
	const char *license;
	const char *depends;	 /* names of modules, separated by commas */
	const char **namespaces; /* that the module imports */
	size_t namespace_count;

	size_t symbol_tables;
	bool has_struct_module;
	uint64_t struct_module_size;

	struct import *imports; /* in the order of the symbol table */
	size_t import_count;

	bool has_versions;	    /* a section __versions, even if it is empty */
	bool has_extended_versions; /* both sections of that kind; names of any length */
	struct exports versions;
	struct exports extended_versions;

	struct exports exports;
	/* Symbols are exported, but the local symbols that name them were stripped. */
	bool has_nameless_exports;
	bool lacks_crcs; /* it has exports, but lacks a table of CRCs */

	char *text; /* contains the strings above */
};

/*
 * Reads the ELF object in the @size bytes at @image. Errors: FORMAT (headers or sections that
 * contradict the file), NOMEM.
 */
struct rebtf_error *linkage_read(const uint8_t *image, size_t size, struct linkage *linkage);

/*
 * As linkage_read(), for an installed module file, compressed or not. Errors: also UNSUPPORTED (a
 * compression that modules never have, or too large); NOMEM also if all unpacked data together
 * exceeds its limit.
 */
struct rebtf_error *linkage_read_file(const uint8_t *data, size_t size, struct linkage *linkage);

/* Frees the contents and leaves an empty linkage. */
void linkage_release(struct linkage *linkage);
#define _cleanup_linkage_ _cleanup_(linkage_release)

/* Whether a license gives access to symbols that are exported for GPL-compatible modules. */
bool license_is_gpl_compatible(const char *license);

/* Whether the name of a module starts with the @length bytes at @start; "-" counts as "_". */
bool module_name_starts(const char *name, const char *start, size_t length);

/* Replaces "-" by "_" in the name of a module, as the kernel does. */
void module_name_fold(char *name);

#endif
