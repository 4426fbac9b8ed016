/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* ELF objects, made by hand for the shapes of files.c and dwarf.c. */
#ifndef REBTF_WORST_OBJECT_H
#define REBTF_WORST_OBJECT_H

#include <elf.h>

#include "util/buffer.h"

/* An object under construction. Sections' headers and names are added at the end. */
struct object {
	struct buffer bytes;
	struct buffer sections; /* Elf64_Shdr */
	struct buffer names;
};

struct object start_object(void);
struct buffer finish_object(struct object *o);

/* Appends a string, and returns its offset. */
uint32_t add_string(struct buffer *strings, const char *s);

/* Both return the section's index. */
uint32_t add_header(struct object *o, Elf64_Shdr shdr);
uint32_t add_section(struct object *o, const char *name, uint32_t type, const void *data,
		     size_t size);

/* The header of a section, valid until the next one is added. */
Elf64_Shdr *section(struct object *o, uint32_t index);

/* Objects with DWARF: dwarf.c. NULL past the last one. */
const char *dwarf_shape_name(uint32_t shape);
struct buffer dwarf_shape(uint32_t shape, uint32_t n);

#endif
