/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The sections of a PE file. Unified kernel images are PE files: a stub that the firmware starts,
 * with the kernel, its initrd and the rest as sections. Kernel images with an EFI stub are PE files
 * too, but their sections contain their own code.
 *
 * Sources: the "PE Format" page of Microsoft's documentation; the UAPI group's specification
 * "Unified Kernel Image" for the names of sections.
 */
#ifndef REBTF_MODULE_PE_H
#define REBTF_MODULE_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pe_file {
	const uint8_t *data;
	size_t size;
	size_t table; /* offset of the section table */
	unsigned int section_count;
};

#define PE_NAME_SIZE 9

struct pe_section {
	char name[PE_NAME_SIZE];
	uint32_t offset; /* in the file, as the header claims */
	uint32_t size;	 /* likewise; without the padding at its end */
};

/*
 * Reads the headers at the start of @data. False if this is not a PE file. Ignores sections whose
 * headers lie past @size.
 */
bool pe_open(const uint8_t *data, size_t size, struct pe_file *pe);

/* Section @i, below pe->section_count. Its bytes may extend past the end of the file. */
struct pe_section pe_section(const struct pe_file *pe, unsigned int i);

#endif
