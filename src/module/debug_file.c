/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens a file with debug information: gives addresses to sections, and lists the sections in memory
 * and the symbols for the encoder.
 */
#include <string.h>

#include "module/debug_file.h"
#include "module/debug_internal.h"
#include "module/module.h"
#include "module/unpacked.h"
#include "util/bytes.h"

/* --------------------------------------------------------------------------------------- memory */

struct rebtf_error *debug_keep(struct debug_file *file, void *memory)
{
	if (debug_buffer_vector_append(&file->buffers, memory))
		return NULL;
	free(memory);
	return error_nomem();
}

struct rebtf_error *debug_allocate(struct debug_file *file, uint64_t size, uint8_t **memory)
{
	*memory = size <= SIZE_MAX - DWARF_PADDING ? file_memory(size + DWARF_PADDING) : NULL;
	if (!*memory)
		return error_nomem();
	memset(*memory + size, 0, DWARF_PADDING);
	return debug_keep(file, *memory);
}

struct rebtf_error *debug_section_bytes(struct debug_file *file,
					const struct debug_section *section, const uint8_t **data)
{
	uint64_t offset = section->shdr.sh_offset, size = section->shdr.sh_size;
	uint8_t *copy;

	if (section->shdr.sh_type == SHT_NOBITS || offset > file->size ||
	    size > file->size - offset)
		return error_new(
			REBTF_ERR_FORMAT,
			"section of %llu bytes at offset %llu ends past the file's %llu bytes",
			(unsigned long long)size, (unsigned long long)offset,
			(unsigned long long)file->size);
	if (size > file->unread)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: overlaps other sections");
	file->unread -= size;
	if (file->image && file->size - offset - size >= DWARF_PADDING) {
		*data = file->image + offset;
		return NULL;
	}
	TRY(debug_allocate(file, size, &copy));
	if (file->image)
		memcpy(copy, file->image + offset, size);
	else if (file_read_at(file->fd, copy, size, offset) != size)
		return error_new(REBTF_ERR_IO, "cannot read %llu bytes at offset %llu",
				 (unsigned long long)size, (unsigned long long)offset);
	*data = copy;
	return NULL;
}

/* ------------------------------------------------------------------------------------- sections */

static struct rebtf_error *debug_read_headers(struct debug_opening *o)
{
	struct elf_file *elf = &o->file->elf;
	Elf_Scn *scn = NULL;

	o->section_count = elf->section_count ?: 1;
	/* libelf has checked that so many headers are in the file. */
	o->sections = calloc(o->section_count, sizeof(*o->sections));
	if (!o->sections)
		return error_nomem();
	while ((scn = elf_nextscn(elf->elf, scn))) {
		size_t index = elf_ndxscn(scn);

		if (index >= o->section_count || !gelf_getshdr(scn, &o->sections[index].shdr))
			return error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid section header");
		o->sections[index].name = elf_section_name(elf, o->sections[index].shdr.sh_name);
	}
	for (size_t i = 0; i < o->section_count; i++)
		o->sections[i].name = o->sections[i].name ?: "";
	return NULL;
}

/* The next multiple of the section's alignment, as far as that is sane. */
static uint64_t debug_align(uint64_t address, uint64_t align)
{
	if (align & (align - 1) || align > 1 << 20)
		align = 1;
	return align ? (address + align - 1) & ~(align - 1) : address;
}

/*
 * Lists the sections in memory. Those of relocatable objects get addresses one after the other. No
 * two sections start at the same address. No section starts at 0, because DWARF has that address
 * for code that was dropped.
 */
static struct rebtf_error *debug_list_sections(struct debug_opening *o)
{
	struct encode_object *object = &o->file->object;
	uint64_t next = 4096;

	for (size_t i = 0; i < o->section_count; i++) {
		struct debug_section *s = &o->sections[i];
		struct encode_section section = { .name = s->name, .size = s->shdr.sh_size };

		s->object_index = ENCODE_NO_SECTION;
		if (!(s->shdr.sh_flags & SHF_ALLOC))
			continue;
		s->address = s->shdr.sh_addr;
		if (object->relocatable) {
			s->address = debug_align(next, s->shdr.sh_addralign);
			next = s->address + (s->shdr.sh_size ?: 1);
		}
		section.address = s->address;
		section.is_data = s->shdr.sh_type == SHT_PROGBITS || s->shdr.sh_type == SHT_NOBITS;
		if (!strcmp(s->name, ".BTF_ids") && s->shdr.sh_type != SHT_NOBITS)
			TRY(error_at(debug_section_bytes(o->file, s, &section.data), NULL,
				     s->name));
		s->object_index = (uint32_t)object->sections.count;
		if (!encode_section_vector_append(&object->sections, section))
			return error_nomem();
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- symbols */

struct debug_symbol debug_symbol(const struct debug_opening *o, size_t index)
{
	const uint8_t *p = o->symbols + index * o->symbol_size;
	bool big = o->big_endian;
	struct debug_symbol symbol = {
		.name = get32(p, big),
		.info = p[o->is_64 ? 4 : 12],
		.value = o->is_64 ? get64(p + 8, big) : get32(p + 4, big),
		.size = o->is_64 ? get64(p + 16, big) : get32(p + 8, big),
		.section = get16(p + (o->is_64 ? 6 : 14), big),
	};

	symbol.absolute = symbol.section == SHN_ABS;
	if (symbol.section == SHN_XINDEX && index < o->index_count)
		symbol.section = get32(o->indices + 4 * index, big);
	else if (symbol.section >= SHN_LORESERVE)
		symbol.section = 0;
	if (symbol.section >= o->section_count)
		symbol.section = 0;
	return symbol;
}

uint64_t debug_symbol_address(const struct debug_opening *o, const struct debug_symbol *symbol)
{
	if (!o->file->object.relocatable || symbol->absolute)
		return symbol->value;
	return symbol->section ? o->sections[symbol->section].address + symbol->value : 0;
}

static size_t debug_find_type(const struct debug_opening *o, uint32_t type, uint32_t link)
{
	for (size_t i = 1; i < o->section_count; i++) {
		if (o->sections[i].shdr.sh_type == type &&
		    (!link || o->sections[i].shdr.sh_link == link))
			return i;
	}
	return 0;
}

/* Finds the symbol table. A file may lack it. */
static struct rebtf_error *debug_find_symbols(struct debug_opening *o)
{
	size_t indices;

	o->symtab = debug_find_type(o, SHT_SYMTAB, 0);
	if (!o->symtab)
		return NULL;
	o->symbol_size = o->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	o->symbol_count = o->sections[o->symtab].shdr.sh_size / o->symbol_size;
	TRY(error_at(debug_section_bytes(o->file, &o->sections[o->symtab], &o->symbols), NULL,
		     o->sections[o->symtab].name));
	TRY(elf_find_strings(&o->file->elf, o->sections[o->symtab].shdr.sh_link, "symbol",
			     &o->symbol_names));
	indices = debug_find_type(o, SHT_SYMTAB_SHNDX, (uint32_t)o->symtab);
	if (!indices)
		return NULL;
	o->index_count = o->sections[indices].shdr.sh_size / 4;
	return error_at(debug_section_bytes(o->file, &o->sections[indices], &o->indices), NULL,
			o->sections[indices].name);
}

/* Lists the symbols of functions and data, and those in .BTF_ids, which have no type. */
static struct rebtf_error *debug_list_symbols(struct debug_opening *o)
{
	struct encode_object *object = &o->file->object;

	for (size_t i = 1; i < o->symbol_count; i++) {
		struct debug_symbol symbol = debug_symbol(o, i);
		uint8_t type = GELF_ST_TYPE(symbol.info);
		const char *name = elf_string(&o->symbol_names, symbol.name);
		struct encode_symbol listed = {
			.name = name,
			.size = symbol.size,
			.section = o->sections[symbol.section].object_index,
			.type = type,
			.binding = GELF_ST_BIND(symbol.info),
		};

		if (!symbol.section || type == STT_SECTION || type == STT_FILE || !name || !*name)
			continue;
		listed.address = debug_symbol_address(o, &symbol);
		if (!encode_symbol_vector_append(&object->symbols, listed))
			return error_nomem();
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- files */

static struct rebtf_error *debug_open_parts(struct debug_opening *o, bool is_supplementary)
{
	struct debug_file *file = o->file;
	struct encode_object *object = &file->object;
	const GElf_Ehdr *ehdr = &file->elf.ehdr;

	o->is_64 = ehdr->e_ident[EI_CLASS] == ELFCLASS64;
	o->big_endian = ehdr->e_ident[EI_DATA] == ELFDATA2MSB;
	object->dwarf.big_endian = o->big_endian;
	object->dwarf.fd = file->fd;
	object->dwarf.name = file->name;
	object->machine = ehdr->e_machine;
	object->pointer_size = o->is_64 ? 8 : 4;
	object->relocatable = ehdr->e_type == ET_REL;
	/* A truncated file may look like one without DWARF. */
	TRY(elf_check_whole(&file->elf));
	TRY(debug_read_headers(o));
	TRY(debug_list_sections(o));
	TRY(debug_find_symbols(o));
	TRY(debug_list_symbols(o));
	TRY(debug_sections_load(o));
	/* A chain of files could be endless. The standard allows only one. */
	return is_supplementary ? NULL : debug_supplementary_open(o);
}

/* Opens the file in @file->image or @file->fd. */
static struct rebtf_error *debug_open(struct debug_file *file, const char *path,
				      bool is_supplementary)
{
	struct debug_opening o = { .file = file };
	struct rebtf_error *err = NULL;

	file->name = strdup(path);
	if (!file->name)
		err = error_nomem();
	if (!err)
		err = file->image ? elf_file_open_mem(file->image, file->size, &file->elf)
				  : elf_file_open_fd(file->fd, &file->elf);
	if (!err) {
		file->size = file->elf.size;
		file->unread = file->size;
		err = debug_open_parts(&o, is_supplementary);
	}
	free(o.sections);
	free(o.symbol_addresses);
	if (!err)
		return NULL;
	debug_file_close(file);
	return error_at(err, path, NULL);
}

struct rebtf_error *debug_file_open_mem(const char *path, const uint8_t *image, size_t size,
					struct debug_file *file)
{
	*file = (struct debug_file){ .fd = -1, .image = image, .size = size };
	return debug_open(file, path, false);
}

/*
 * Whether the file is an object with addresses, whose debug sections need no relocation. A
 * compressed file does not count.
 */
static bool debug_is_linked(int fd)
{
	uint8_t header[EI_NIDENT + 2];

	if (file_read_at(fd, header, sizeof(header), 0) != sizeof(header) ||
	    !elf_detect(header, sizeof(header)))
		return false;
	return get16(header + EI_NIDENT, header[EI_DATA] == ELFDATA2MSB) != ET_REL;
}

static struct rebtf_error *debug_open_path(const char *path, struct debug_file *file,
					   bool is_supplementary)
{
	struct rebtf_error *err = NULL;
	struct stat st;
	int fd;

	*file = (struct debug_file){ .fd = -1 };
	TRY(file_open(path, &fd));
	file->fd = fd;
	file->has_fd = true;
	if (!fstat(fd, &st))
		file->state = file_state(&st);
	if (!debug_is_linked(fd)) {
		err = file_read_fd(fd, path, NULL, &file->own_image);
		if (!err)
			err = module_unpack(&file->own_image, NULL, NULL, &file->unpacked);
		file->image = file->own_image.data;
		file->size = file->own_image.size;
	}
	if (!err)
		return debug_open(file, path, is_supplementary);
	debug_file_close(file);
	return error_at(err, path, NULL);
}

struct rebtf_error *debug_file_open(const char *path, struct debug_file *file)
{
	return debug_open_path(path, file, false);
}

struct rebtf_error *debug_file_open_supplementary(const char *path, struct debug_file *file)
{
	return debug_open_path(path, file, true);
}

void debug_file_close(struct debug_file *file)
{
	if (file->supplementary) {
		debug_file_close(file->supplementary);
		free(file->supplementary);
	}
	for (size_t i = 0; i < file->buffers.count; i++)
		free(file->buffers.items[i]);
	debug_buffer_vector_release(&file->buffers);
	encode_symbol_vector_release(&file->object.symbols);
	encode_section_vector_release(&file->object.sections);
	if (file->elf.elf)
		elf_file_close(&file->elf);
	if (file->has_fd)
		close(file->fd);
	file_bytes_release(&file->own_image);
	unpacked_give_back(file->unpacked);
	free(file->name);
	*file = (struct debug_file){ .fd = -1 };
}
