/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * ELF files for tests, made by libelf alone: sections and symbols as a test lists them, and kernel
 * modules with the parts that a kernel's loader reads.
 */
#ifndef REBTF_MODULE_TEST_ELF_H
#define REBTF_MODULE_TEST_ELF_H

#include <gelf.h>

#include "util/file.h"

struct test_section {
	const char *name;
	const void *data;
	size_t size;
	uint64_t address;
	uint64_t flags;
	uint32_t info;
	uint32_t type; /* SHT_PROGBITS if 0 */
};

#define TEST_ABSOLUTE "*ABS*"

struct test_symbol {
	const char *name;
	const char *section; /* NULL: undefined; or TEST_ABSOLUTE */
	uint64_t value;
	bool is_weak;
	uint64_t size;
};

struct test_elf {
	int elf_class;	  /* ELFCLASS64 if 0 */
	int encoding;	  /* ELFDATA2LSB if 0 */
	uint16_t type;	  /* ET_REL if 0 */
	uint16_t machine; /* EM_X86_64 if 0 */
	const struct test_section *sections;
	size_t section_count;
	const struct test_symbol *symbols; /* .symtab always exists */
	size_t symbol_count;
	bool has_no_symbols; /* unless this is set */
};

void test_elf_make(const struct test_elf *elf, struct file_bytes *bytes);

/* A symbol with a CRC, for both of a module's tables. */
struct test_version {
	const char *name;
	uint32_t crc;
	/* Of exports: */
	bool is_gpl;
	const char *namespace; /* or NULL */
};

#define TEST_SYMBOLS_MAX 8

/* Lists end at the first entry without a name. */
struct test_module {
	const char *modinfo; /* "tag=value|tag=value" */
	struct test_version versions[TEST_SYMBOLS_MAX];
	struct test_version extended[TEST_SYMBOLS_MAX];
	struct test_version exports[TEST_SYMBOLS_MAX];
	const char *imports[TEST_SYMBOLS_MAX]; /* a name that starts with "?" is weak */
	size_t struct_size;		       /* 896 if 0; SIZE_MAX: no such section */
	bool has_no_versions;		       /* no section for them */
	int elf_class, encoding;	       /* as above */
	uint16_t type, machine;
	bool is_stripped;
	const void *btf; /* NULL: empty BTF */
	size_t btf_size;
};

void test_module_make(const struct test_module *module, struct file_bytes *bytes);

/* Writes the module to @path. Makes missing directories. */
void test_module_write(const struct test_module *module, const char *path);

#endif
