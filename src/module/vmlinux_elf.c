/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes a minimal vmlinux with libelf, which writes only to files: to one in memory. */
#include <errno.h>
#include <gelf.h>
#include <sys/mman.h>

#include "module/note.h"
#include "module/vmlinux_elf.h"
#include "util/cleanup.h"
#include "util/file.h"

static const char names[] = "\0.BTF\0.note.rebtf\0.shstrtab";

/* Offsets in names. */
enum { NAME_BTF = 1, NAME_NOTE = 6, NAME_NAMES = 18 };

static bool vmlinux_elf_add(Elf *elf, uint32_t name, uint32_t type, uint64_t alignment,
			    const void *data, size_t size)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *piece = section ? elf_newdata(section) : NULL;
	GElf_Shdr shdr;

	if (!piece || !gelf_getshdr(section, &shdr))
		return false;
	*piece = (Elf_Data){
		.d_buf = (void *)(uintptr_t)data, /* libelf only reads it */
		.d_size = size,
		.d_type = ELF_T_BYTE,
		.d_align = alignment,
		.d_version = EV_CURRENT,
	};
	shdr.sh_name = name;
	shdr.sh_type = type;
	shdr.sh_addralign = alignment;
	return gelf_update_shdr(section, &shdr);
}

static bool vmlinux_elf_fill(Elf *elf, const struct rebtf_btf *btf, uint16_t machine,
			     uint32_t pointer_size, const void *btf_data, size_t btf_size,
			     const uint8_t note[NOTE_SIZE])
{
	GElf_Ehdr ehdr;

	if (!gelf_newehdr(elf, pointer_size == 4 ? ELFCLASS32 : ELFCLASS64) ||
	    !gelf_getehdr(elf, &ehdr))
		return false;
	ehdr.e_ident[EI_DATA] = rebtf_btf_is_big_endian(btf) ? ELFDATA2MSB : ELFDATA2LSB;
	ehdr.e_type = ET_EXEC;
	ehdr.e_machine = machine;
	ehdr.e_version = EV_CURRENT;
	ehdr.e_shstrndx = 3;
	return gelf_update_ehdr(elf, &ehdr) &&
	       vmlinux_elf_add(elf, NAME_BTF, SHT_PROGBITS, 8, btf_data, btf_size) &&
	       vmlinux_elf_add(elf, NAME_NOTE, SHT_NOTE, 4, note, NOTE_SIZE) &&
	       vmlinux_elf_add(elf, NAME_NAMES, SHT_STRTAB, 1, names, sizeof(names));
}

/* Copies the first @size bytes of the file @fd to @out. */
static struct rebtf_error *vmlinux_elf_read_back(int fd, int64_t size, struct buffer *out)
{
	uint8_t *data = buffer_append(out, NULL, (size_t)size);

	if (!data)
		return error_nomem();
	if (file_read_at(fd, data, (size_t)size, 0) != (size_t)size)
		return error_io(EIO, "cannot read the new ELF file from memory");
	return NULL;
}

struct rebtf_error *vmlinux_elf_make(const struct rebtf_btf *btf, uint16_t machine,
				     uint32_t pointer_size, struct buffer *out)
{
	const struct rebtf_note standalone = { .form = REBTF_FORM_STANDALONE };
	_cleanup_close_ int fd = memfd_create("vmlinux", MFD_CLOEXEC);
	_cleanup_free_ void *data = NULL;
	uint8_t note[NOTE_SIZE];
	int64_t file_size = -1;
	size_t size;
	Elf *elf;

	if (fd < 0)
		return error_io(errno, "cannot create a file in memory");
	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	note_write(&standalone, rebtf_btf_is_big_endian(btf), note);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!elf)
		return error_nomem();
	if (vmlinux_elf_fill(elf, btf, machine, pointer_size, data, size, note))
		file_size = elf_update(elf, ELF_C_WRITE);
	elf_end(elf);
	if (file_size < 0)
		return error_io(EIO, "cannot make the ELF file: %s", elf_errmsg(-1));
	return vmlinux_elf_read_back(fd, file_size, out);
}
