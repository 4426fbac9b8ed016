/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The exported symbols in a kernel's own vmlinux: __ksymtab has an entry for each name, and
 * __kcrctab the CRCs in the same order. Distributions strip vmlinux before they pack it into an
 * image, but on x86 the section headers survive.
 */
#ifndef REBTF_MODULE_KSYMTAB_H
#define REBTF_MODULE_KSYMTAB_H

#include "module/exports.h"

/* A section of a kernel's ELF file: its bytes, and its address in memory. */
struct ksymtab_section {
	const uint8_t *data; /* NULL: no such section */
	size_t size;
	uint64_t address;
};

enum ksymtab_section_id {
	KSYMTAB_ENTRIES,     /* __ksymtab */
	KSYMTAB_ENTRIES_GPL, /* __ksymtab_gpl, until Linux 7.0 */
	KSYMTAB_CRCS,	     /* __kcrctab */
	KSYMTAB_CRCS_GPL,    /* __kcrctab_gpl */
	KSYMTAB_FLAGS,	     /* __kflagstab, since Linux 7.1 */
	KSYMTAB_STRINGS,     /* __ksymtab_strings */
	KSYMTAB_SECTIONS,
};

struct ksymtab {
	struct ksymtab_section sections[KSYMTAB_SECTIONS];
	bool big_endian;
	size_t word; /* of the kernel: 4 or 8 bytes */
};

/* The names of the sections, by id. */
extern const char *const ksymtab_section_names[KSYMTAB_SECTIONS];

/*
 * Adds all exported symbols to @exports. Errors: FORMAT (the tables have an unknown layout), NOMEM.
 */
struct rebtf_error *ksymtab_read(const struct ksymtab *ksymtab, struct exports *exports);

#endif
