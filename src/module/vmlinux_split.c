/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Replaces the .BTF of a vmlinux by a link, and the link by the .BTF. A vmlinux is linked: code has
 * the addresses of what follows. So the new section begins where the old one did, and all else stays
 * in its place. Only the names of sections move, to the end of the file, because one name changes.
 */
#include <string.h>

#include "module/carrier.h"
#include "module/elf_make.h"
#include "module/module.h"
#include "module/vmlinux_elf.h"
#include "util/bytes.h"
#include "util/replace.h"

/* A vmlinux in memory. */
struct vmlinux_swap {
	struct file_bytes image;
	struct elf_file file;
	struct elf_section section; /* the one that is replaced */
	bool big_endian;
	unsigned int word; /* 4 or 8 bytes */
};

static void vmlinux_swap_release(struct vmlinux_swap *swap)
{
	if (swap->file.elf)
		elf_file_close(&swap->file);
	file_bytes_release(&swap->image);
}

static struct rebtf_error *vmlinux_swap_open(const char *path, struct vmlinux_swap *swap)
{
	_cleanup_close_ int fd = -1;

	TRY(file_open(path, &fd));
	TRY(file_read_fd(fd, path, NULL, &swap->image));
	if (!elf_detect(swap->image.data, swap->image.size))
		return error_new(REBTF_ERR_FORMAT, "not an ELF file");
	TRY(elf_file_open_mem(swap->image.data, swap->image.size, &swap->file));
	swap->big_endian = swap->file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	swap->word = swap->file.ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? 4 : 8;
	if (!swap->file.names.text)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid section names");
	/* libelf ignores the size of an entry that the file gives. */
	if (swap->file.ehdr.e_shentsize != gelf_fsize(swap->file.elf, ELF_T_SHDR, 1, EV_CURRENT))
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid section header table");
	return NULL;
}

/* ------------------------------------------------------------------------------------ swapping */

/* Writes a word of the ELF class. */
static void vmlinux_put_word(const struct vmlinux_swap *swap, uint8_t *at, uint64_t value)
{
	if (swap->word == 4)
		put32(at, (uint32_t)value, swap->big_endian);
	else
		put64(at, value, swap->big_endian);
}

/* The entry of a section in the table, which elf_file_open_mem() found in the file. */
static uint8_t *vmlinux_header(const struct vmlinux_swap *swap, size_t index)
{
	return swap->image.data + swap->file.ehdr.e_shoff + index * swap->file.ehdr.e_shentsize;
}

/*
 * Replaces the section by @data, named @name, and fills up with zeros to @room bytes. Changes the
 * image in memory, and sets @names to its new section names.
 */
static struct rebtf_error *vmlinux_swap_section(struct vmlinux_swap *swap, const char *name,
						struct bytes data, size_t room,
						struct buffer *names)
{
	const size_t offset_at = swap->word == 4 ? 16 : 24, size_at = swap->word == 4 ? 20 : 32;
	uint8_t *header = vmlinux_header(swap, swap->section.index);
	uint8_t *names_header = vmlinux_header(swap, swap->file.names_index);
	uint8_t *section = swap->image.data + swap->section.offset;
	uint32_t name_offset = (uint32_t)swap->file.names.size;

	buffer_append(names, swap->file.names.text, swap->file.names.size);
	buffer_append(names, name, strlen(name) + 1);
	if (names->failed)
		return error_nomem();
	memcpy(section, data.data, data.size);
	memset(section + data.size, 0, room - data.size);
	put32(header, name_offset, swap->big_endian);
	vmlinux_put_word(swap, header + size_at, data.size);
	vmlinux_put_word(swap, names_header + offset_at, swap->image.size);
	vmlinux_put_word(swap, names_header + size_at, names->size);
	return NULL;
}

static struct rebtf_error *vmlinux_swap_write(struct vmlinux_swap *swap, const char *name,
					      struct bytes data, size_t room, const char *to)
{
	_cleanup_place_ struct file_place place = {};
	struct buffer names = {};
	struct iovec pieces[2];
	struct rebtf_error *err = place_find(to, &place);

	if (!err)
		err = vmlinux_swap_section(swap, name, data, room, &names);
	pieces[0] = (struct iovec){ swap->image.data, swap->image.size };
	pieces[1] = (struct iovec){ names.data, names.size };
	if (!err)
		err = replace_write(&place, pieces, 2);
	buffer_release(&names);
	return error_at(err, to, NULL);
}

static struct rebtf_error *vmlinux_write_bytes(const struct buffer *bytes, const char *to)
{
	_cleanup_place_ struct file_place place = {};
	struct iovec piece = { bytes->data, bytes->size };

	TRY(place_find(to, &place));
	return error_at(replace_write(&place, &piece, 1), to, NULL);
}

/* ------------------------------------------------------------------------------------ splitting */

/* Writes a vmlinux with the link alone, for the machine of the carrier. */
static struct rebtf_error *vmlinux_write_link(const struct vmlinux_swap *carrier, struct bytes link,
					      const char *name, const char *to)
{
	const struct elf_make make = {
		.type = ET_EXEC,
		.machine = carrier->file.ehdr.e_machine,
		.pointer_size = carrier->word,
		.big_endian = carrier->big_endian,
		.sections = { { .name = name, .data = link.data, .size = link.size } },
		.count = 1,
	};
	struct buffer out = {};
	struct rebtf_error *err = elf_make(&make, &out);

	if (!err)
		err = vmlinux_write_bytes(&out, to);
	buffer_release(&out);
	return err;
}

static struct rebtf_error *vmlinux_split(struct vmlinux_swap *swap, const struct rebtf_link *link,
					 const char *to)
{
	static const char *const names[] = { ".BTF", ".BTF.link", ".BTF.meta" };
	struct rebtf_link checked = *link;
	struct elf_section found[3] = {};
	uint8_t section[LINK_NAMED_SIZE(4)], digest[REBTF_DIGEST_SIZE];
	struct bytes data = { section, 0 };

	TRY(elf_find_sections(&swap->file, names, found, 3));
	if (!found[0].index)
		return module_no_btf();
	if (found[1].index || found[2].index)
		return error_new(REBTF_ERR_UNSUPPORTED, "the kernel has a link to its BTF already");
	swap->section = found[0];
	TRY(carrier_link_check(&checked,
			       (struct bytes){ swap->image.data + found[0].offset, found[0].size },
			       digest));
	if (!checked.fits)
		return error_at(error_new(REBTF_ERR_WRONG_BASE, "not the BTF of the link"), NULL,
				".BTF");
	data.size = carrier_link_write(link, swap->word, swap->big_endian, section);
	if (swap->file.ehdr.e_type == ET_REL)
		return vmlinux_write_link(swap, data, rebtf_link_form_name(link->form), to);
	if (data.size > found[0].size)
		return error_at(error_new(REBTF_ERR_UNSUPPORTED, "smaller than a link"), NULL,
				".BTF");
	return vmlinux_swap_write(swap, rebtf_link_form_name(link->form), data, found[0].size, to);
}

struct rebtf_error *rebtf_vmlinux_split(const char *from, const struct rebtf_link *link,
					const char *to)
{
	_cleanup_(vmlinux_swap_release) struct vmlinux_swap swap = {};

	if (link->form != REBTF_LINK_NAMED && link->form != REBTF_LINK_META)
		return error_new(REBTF_ERR_ARGUMENT, "invalid form of a link %u", link->form);
	TRY(error_at(vmlinux_swap_open(from, &swap), from, NULL));
	return error_at(vmlinux_split(&swap, link, to), from, NULL);
}

/* -------------------------------------------------------------------------------------- joining */

/* Whether @size bytes from the start of the section are its own, or zeros of no other section. */
static bool vmlinux_has_room(const struct vmlinux_swap *swap, size_t size)
{
	uint64_t start = swap->section.offset, end = start + size;

	if (size < swap->section.size || end > swap->image.size || end < start)
		return false;
	for (size_t i = 1; i < swap->file.section_count; i++) {
		GElf_Shdr shdr;

		if (i == swap->section.index ||
		    !gelf_getshdr(elf_getscn(swap->file.elf, i), &shdr) ||
		    shdr.sh_type == SHT_NOBITS || !shdr.sh_size)
			continue;
		if (shdr.sh_offset < end && shdr.sh_offset + shdr.sh_size > start)
			return false;
	}
	return only_zeros(swap->image.data + start + swap->section.size, size - swap->section.size);
}

static struct rebtf_error *vmlinux_join(struct vmlinux_swap *swap, const struct rebtf_btf *btf,
					struct bytes data, const char *to)
{
	static const char *const names[] = { ".BTF.link", ".BTF.meta", ".BTF" };
	struct elf_section found[3] = {};
	uint8_t digest[REBTF_DIGEST_SIZE];
	struct rebtf_link link = {};
	size_t which;

	TRY(elf_find_sections(&swap->file, names, found, 3));
	which = found[0].index ? 0 : 1;
	swap->section = found[which];
	if (!swap->section.index || found[2].index)
		return error_new(
			REBTF_ERR_NO_BTF,
			"no link to BTF in another file (found no .BTF.link or .BTF.meta)");
	TRY(error_at(carrier_link_parse(which ? REBTF_LINK_META : REBTF_LINK_NAMED,
					(struct bytes){ swap->image.data + swap->section.offset,
							swap->section.size },
					swap->big_endian, &link),
		     NULL, names[which]));
	TRY(carrier_link_check(&link, data, digest));
	if (!link.fits)
		return error_at(error_new(REBTF_ERR_WRONG_BASE, "the link is to other BTF"), NULL,
				names[which]);
	/* Without segments it has only the link. */
	if (!swap->file.ehdr.e_phnum) {
		struct buffer out = {};
		struct rebtf_error *err = vmlinux_elf_make(btf, swap->file.ehdr.e_machine,
							   swap->word, &out);

		if (!err)
			err = vmlinux_write_bytes(&out, to);
		buffer_release(&out);
		return err;
	}
	if (!vmlinux_has_room(swap, data.size))
		return error_at(error_new(REBTF_ERR_UNSUPPORTED,
					  "no room for %zu bytes of BTF behind the link",
					  data.size),
				NULL, names[which]);
	return vmlinux_swap_write(swap, ".BTF", data, data.size, to);
}

struct rebtf_error *rebtf_vmlinux_join(const char *from, struct rebtf_btf *btf, const char *to)
{
	_cleanup_(vmlinux_swap_release) struct vmlinux_swap swap = {};
	_cleanup_free_ void *data = NULL;
	size_t size;

	TRY(rebtf_btf_write(btf, NULL, &data, &size));
	TRY(error_at(vmlinux_swap_open(from, &swap), from, NULL));
	return error_at(vmlinux_join(&swap, btf, (struct bytes){ data, size }, to), from, NULL);
}
