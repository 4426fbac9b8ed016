/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes the parts of ELF objects one after the other. */
#include <string.h>

#include "object.h"

uint32_t add_string(struct buffer *strings, const char *s)
{
	uint32_t at = (uint32_t)strings->size;

	buffer_append(strings, s, strlen(s) + 1);
	return at;
}

static uint32_t section_count(const struct object *o)
{
	return (uint32_t)(o->sections.size / sizeof(Elf64_Shdr));
}

uint32_t add_header(struct object *o, Elf64_Shdr shdr)
{
	buffer_append(&o->sections, &shdr, sizeof(shdr));
	return section_count(o) - 1;
}

uint32_t add_section(struct object *o, const char *name, uint32_t type, const void *data,
		     size_t size)
{
	static const uint8_t zeros[8];
	Elf64_Shdr shdr = {
		.sh_name = add_string(&o->names, name),
		.sh_type = type,
		.sh_size = size,
		.sh_addralign = 8,
	};

	buffer_append(&o->bytes, zeros, -o->bytes.size % 8);
	shdr.sh_offset = o->bytes.size;
	buffer_append(&o->bytes, data, size);
	return add_header(o, shdr);
}

Elf64_Shdr *section(struct object *o, uint32_t index)
{
	return (Elf64_Shdr *)o->sections.data + index;
}

struct object start_object(void)
{
	struct object o = {};

	buffer_append(&o.bytes, NULL, sizeof(Elf64_Ehdr));
	add_string(&o.names, "");
	add_string(&o.names, ".shstrtab");
	add_header(&o, (Elf64_Shdr){});
	return o;
}

struct buffer finish_object(struct object *o)
{
	uint32_t names;
	Elf64_Ehdr ehdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
	};

	names = add_header(o, (Elf64_Shdr){ .sh_name = 1,
					    .sh_type = SHT_STRTAB,
					    .sh_offset = o->bytes.size,
					    .sh_size = o->names.size,
					    .sh_addralign = 1 });
	buffer_append(&o->bytes, o->names.data, o->names.size);
	buffer_append(&o->bytes, "\0\0\0\0\0\0\0", -o->bytes.size % 8);
	ehdr.e_shoff = o->bytes.size;
	/* Larger numbers are stored in the first header. */
	ehdr.e_shnum = section_count(o) < SHN_LORESERVE ? section_count(o) : 0;
	ehdr.e_shstrndx = names < SHN_LORESERVE ? names : SHN_XINDEX;
	if (!ehdr.e_shnum)
		section(o, 0)->sh_size = section_count(o);
	if (ehdr.e_shstrndx == SHN_XINDEX)
		section(o, 0)->sh_link = names;
	buffer_append(&o->bytes, o->sections.data, o->sections.size);
	memcpy(o->bytes.data, &ehdr, sizeof(ehdr));
	buffer_release(&o->sections);
	buffer_release(&o->names);
	return o->bytes;
}
