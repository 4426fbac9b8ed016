/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes small ELF files: sections, and no segments. */
#ifndef REBTF_MODULE_ELF_MAKE_H
#define REBTF_MODULE_ELF_MAKE_H

#include <gelf.h>

#include "util/buffer.h"
#include "util/error.h"

/* A section. The index of the first one is 1. */
struct elf_make_section {
	const char *name;
	const void *data;
	size_t size;
	uint32_t type; /* SHT_PROGBITS if 0 */
	uint64_t flags;
	uint32_t alignment; /* 8 if 0 */
	/* Of a symbol table. libelf knows the size of an entry. */
	uint32_t link, info;
};

#define ELF_MAKE_SECTIONS_MAX 16

struct elf_make {
	uint16_t type;	  /* ET_REL, ET_EXEC */
	uint16_t machine; /* EM_NONE: unknown */
	uint32_t pointer_size;
	bool big_endian;
	struct elf_make_section sections[ELF_MAKE_SECTIONS_MAX];
	size_t count;
};

/* Writes the file's bytes to @out. .shstrtab becomes the last section. Errors: NOMEM, IO. */
struct rebtf_error *elf_make(const struct elf_make *make, struct buffer *out);

#endif
