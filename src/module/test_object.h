/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Small relocatable objects for tests, made by libelf alone, independent of the tested code. They
 * contain all references to sections by index: symbols, relocations, a group, links.
 */
#ifndef REBTF_MODULE_TEST_OBJECT_H
#define REBTF_MODULE_TEST_OBJECT_H

#include <gelf.h>

#include "util/file.h"

struct test_object {
	int elf_class;	  /* ELFCLASS64 if 0 */
	int encoding;	  /* the host's if 0 */
	uint16_t machine; /* EM_X86_64 if 0 */
	const void *btf;  /* no section if NULL */
	size_t btf_size;
	const void *base;
	size_t base_size;
	const void *ext;
	size_t ext_size;
	size_t extra_sections;	  /* ".extra", of one byte each */
	bool base_section_symbol; /* an STT_SECTION symbol for .BTF.base ... */
	bool base_symbol_used;	  /* ... and a relocation that uses it */
	bool base_named_symbol;	  /* "in_base" is defined in .BTF.base */
	bool btf_relocated;	  /* .rela.BTF */
};

/*
 * Sections: .text .BTF .BTF.base .BTF.ext .rela.text .data .bss .group .extra... .symtab .strtab .shstrtab
 */
void test_object_make(const struct test_object *object, struct file_bytes *bytes);

/* The bytes of the first section called @name. False: not found. */
bool test_object_section(const void *data, size_t size, const char *name, const void **section,
			 size_t *section_size);

/*
 * Fails unless @new_data has the same sections as @old_data, except for .BTF and .BTF.base: same
 * order, headers, alignment and contents, with indices that refer to the same sections as before.
 */
void assert_same_object(const void *old_data, size_t old_size, const void *new_data,
			size_t new_size);

#endif
