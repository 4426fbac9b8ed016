/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes an ELF file with libelf, which writes only to files: to one in memory. */
#include <errno.h>
#include <sys/mman.h>

#include "module/elf_make.h"
#include "util/cleanup.h"
#include "util/file.h"

static bool elf_make_add(Elf *elf, uint32_t name, const struct elf_make_section *section)
{
	const uint64_t alignment = section->alignment ?: 8;
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *piece = scn ? elf_newdata(scn) : NULL;
	GElf_Shdr shdr;

	if (!piece || !gelf_getshdr(scn, &shdr))
		return false;
	*piece = (Elf_Data){
		.d_buf = (void *)(uintptr_t)section->data, /* libelf only reads it */
		.d_size = section->size,
		.d_type = ELF_T_BYTE,
		.d_align = alignment,
		.d_version = EV_CURRENT,
	};
	shdr.sh_name = name;
	shdr.sh_type = section->type ?: SHT_PROGBITS;
	shdr.sh_flags = section->flags;
	shdr.sh_link = section->link;
	shdr.sh_info = section->info;
	shdr.sh_addralign = alignment;
	return gelf_update_shdr(scn, &shdr);
}

static bool elf_make_start(Elf *elf, const struct elf_make *make)
{
	GElf_Ehdr ehdr;

	if (!gelf_newehdr(elf, make->pointer_size == 4 ? ELFCLASS32 : ELFCLASS64) ||
	    !gelf_getehdr(elf, &ehdr))
		return false;
	ehdr.e_ident[EI_DATA] = make->big_endian ? ELFDATA2MSB : ELFDATA2LSB;
	ehdr.e_type = make->type;
	ehdr.e_machine = make->machine;
	ehdr.e_version = EV_CURRENT;
	ehdr.e_shstrndx = (uint16_t)(make->count + 1);
	return gelf_update_ehdr(elf, &ehdr);
}

/* @names receives the section names. */
static bool elf_make_fill(Elf *elf, const struct elf_make *make, struct buffer *names)
{
	struct elf_make_section last = { .name = ".shstrtab", .type = SHT_STRTAB, .alignment = 1 };
	uint32_t offset;

	buffer_append(names, "", 1);
	for (size_t i = 0; i < make->count; i++) {
		offset = (uint32_t)names->size;
		buffer_append(names, make->sections[i].name, strlen(make->sections[i].name) + 1);
		if (!elf_make_add(elf, offset, &make->sections[i]))
			return false;
	}
	offset = (uint32_t)names->size;
	buffer_append(names, last.name, strlen(last.name) + 1);
	last.data = names->data;
	last.size = names->size;
	return !names->failed && elf_make_add(elf, offset, &last);
}

/* Copies the first @size bytes of the file @fd to @out. */
static struct rebtf_error *elf_make_read_back(int fd, int64_t size, struct buffer *out)
{
	uint8_t *data = buffer_append(out, NULL, (size_t)size);

	if (!data)
		return error_nomem();
	if (file_read_at(fd, data, (size_t)size, 0) != (size_t)size)
		return error_io(EIO, "cannot read the new ELF file from memory");
	return NULL;
}

struct rebtf_error *elf_make(const struct elf_make *make, struct buffer *out)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	struct buffer names = {};
	bool is_filled, no_memory;
	int64_t file_size = -1;
	Elf *elf;

	if (fd < 0)
		return error_io(errno, "cannot create a file in memory");
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!elf)
		return error_nomem();
	/* libelf fails before it writes only for lack of memory. */
	is_filled = elf_make_start(elf, make) && elf_make_fill(elf, make, &names);
	errno = 0;
	if (is_filled)
		file_size = elf_update(elf, ELF_C_WRITE);
	no_memory = !is_filled || (file_size < 0 && errno == ENOMEM);
	elf_end(elf);
	buffer_release(&names);
	if (no_memory)
		return error_nomem();
	if (file_size < 0)
		return error_io(EIO, "cannot make the ELF file: %s", elf_errmsg(-1));
	return elf_make_read_back(fd, file_size, out);
}
