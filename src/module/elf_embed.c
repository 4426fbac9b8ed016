/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Appends sections, their names, and a new section header table to an ELF file. Headers are copied
 * and changed in the form that they have in the file.
 */
#include <stdlib.h>
#include <string.h>

#include "module/elf_embed.h"
#include "util/buffer.h"
#include "util/bytes.h"

/* Where the fields of a section header are, in the two classes. */
struct embed_fields {
	uint8_t flags, address, offset, size, align, length;
};

static const struct embed_fields fields_32 = { 8, 12, 16, 20, 32, 40 };
static const struct embed_fields fields_64 = { 8, 16, 24, 32, 48, 64 };

/* While a file is embedded into. */
struct embedding {
	struct elf_file file;
	const uint8_t *image;
	size_t size;
	bool is_64, big_endian;
	const struct embed_fields *fields;
	struct buffer table, names, tail; /* @tail follows the old file */
	size_t count;			  /* sections */
};

static void embed_put_word(const struct embedding *e, uint8_t *p, uint64_t value)
{
	bool big = e->big_endian;

	if (!e->is_64) {
		put32(p, (uint32_t)value, big);
		return;
	}
	put64(p, value, big);
}

/* Copies the table of section headers and the names. */
static struct rebtf_error *embed_read(struct embedding *e)
{
	uint64_t offset, size;

	TRY(elf_file_open_mem(e->image, e->size, &e->file));
	e->is_64 = e->file.ehdr.e_ident[EI_CLASS] == ELFCLASS64;
	e->big_endian = e->file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	e->fields = e->is_64 ? &fields_64 : &fields_32;
	e->count = e->file.section_count;
	offset = e->file.ehdr.e_shoff;
	size = e->count * e->fields->length;
	if (e->count < 2 || e->file.ehdr.e_shentsize != e->fields->length || offset > e->size ||
	    size > e->size - offset)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid section header table");
	buffer_append(&e->table, e->image + offset, size);
	buffer_append(&e->names, e->file.names.text, e->file.names.size);
	return e->table.failed || e->names.failed ? error_nomem() : NULL;
}

/* Appends bytes to the file, aligned, and returns their offset. */
static uint64_t embed_append(struct embedding *e, const void *data, size_t size)
{
	static const uint8_t zeros[8];
	size_t end = e->size + e->tail.size;

	buffer_append(&e->tail, zeros, -end & 7);
	end = e->size + e->tail.size;
	buffer_append(&e->tail, data, size);
	return end;
}

static size_t embed_find(const struct embedding *e, const char *name)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(e->file.elf, scn))) {
		const char *found = gelf_getshdr(scn, &shdr)
					    ? elf_section_name(&e->file, shdr.sh_name)
					    : NULL;

		if (found && !strcmp(found, name))
			return elf_ndxscn(scn);
	}
	return 0;
}

/* The header of a section, at @index of the table, which may be new. NULL: no memory. */
static uint8_t *embed_header(struct embedding *e, size_t index, const char *name)
{
	uint8_t *header;

	if (index)
		return e->table.data + index * e->fields->length;
	header = buffer_append(&e->table, NULL, e->fields->length);
	if (!header)
		return NULL;
	memset(header, 0, e->fields->length);
	put32(header, (uint32_t)e->names.size, e->big_endian);
	if (!buffer_append(&e->names, name, strlen(name) + 1))
		return NULL;
	e->count++;
	return header;
}

/* Removes the section at @index. The others keep their indices: its header becomes an unused one. */
static void embed_remove(struct embedding *e, size_t index)
{
	memset(e->table.data + index * e->fields->length, 0, e->fields->length);
}

static struct rebtf_error *embed_section(struct embedding *e, const struct elf_change *change)
{
	const struct embed_fields *fields = e->fields;
	size_t index = embed_find(e, change->name);
	GElf_Shdr shdr = {};
	uint8_t *header;

	if (index && index == e->file.names_index)
		return error_at(error_new(REBTF_ERR_FORMAT,
					  "bad ELF file: one section with two uses"),
				NULL, change->name);
	if (index && gelf_getshdr(elf_getscn(e->file.elf, index), &shdr) &&
	    shdr.sh_flags & SHF_ALLOC && shdr.sh_size)
		return error_at(
			error_new(
				REBTF_ERR_UNSUPPORTED,
				"the section is linked into the program's memory and cannot be replaced: write the BTF beside the file"),
			NULL, change->name);
	if (!change->data) {
		if (index)
			embed_remove(e, index);
		return NULL;
	}
	header = embed_header(e, index, change->name);
	if (!header)
		return error_nomem();
	put32(header + 4, change->is_note ? SHT_NOTE : SHT_PROGBITS, e->big_endian);
	embed_put_word(e, header + fields->flags, 0);
	embed_put_word(e, header + fields->address, 0);
	embed_put_word(e, header + fields->offset, embed_append(e, change->data, change->size));
	embed_put_word(e, header + fields->size, change->size);
	embed_put_word(e, header + fields->align, 1);
	return NULL;
}

/* Appends names and table, and makes the file's header lead to them. */
static struct rebtf_error *embed_finish(struct embedding *e, uint8_t *header, size_t header_size)
{
	const struct embed_fields *fields = e->fields;
	uint8_t *names = e->table.data + e->file.names_index * fields->length;
	uint64_t table;

	memcpy(header, e->image, header_size);
	embed_put_word(e, names + fields->offset, embed_append(e, e->names.data, e->names.size));
	embed_put_word(e, names + fields->size, e->names.size);
	if (e->count != e->file.section_count) {
		bool fits = e->count < SHN_LORESERVE;

		put16(header + (e->is_64 ? 60 : 48), fits ? (uint16_t)e->count : 0, e->big_endian);
		embed_put_word(e, e->table.data + fields->size, fits ? 0 : e->count);
	}
	table = embed_append(e, e->table.data, e->table.size);
	embed_put_word(e, header + (e->is_64 ? 40 : 32), table);
	if (e->tail.failed)
		return error_nomem();
	if (!e->is_64 && e->size + e->tail.size > UINT32_MAX)
		return error_new(REBTF_ERR_UNSUPPORTED, "new file is too large for 32-bit ELF");
	return NULL;
}

static struct rebtf_error *embed_all(struct embedding *e, const struct elf_change *changes,
				     size_t change_count, struct elf_output *output)
{
	size_t header_size;
	uint8_t *header;

	TRY(embed_read(e));
	TRY(elf_check_dependents(&e->file, changes, change_count));
	if (e->file.names_index == 0 || e->file.names_index >= e->count)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: no section names");
	for (size_t i = 0; i < change_count; i++)
		TRY(embed_section(e, &changes[i]));
	header_size = e->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	header = elf_owned_reserve(&output->owned, 2) ? malloc(header_size) : NULL;
	if (!header)
		return error_nomem();
	elf_owned_append(&output->owned, header);
	TRY(embed_finish(e, header, header_size));
	elf_pieces_append(&output->pieces, iovec_of(header, header_size));
	elf_pieces_append(&output->pieces, iovec_of(e->image + header_size, e->size - header_size));
	elf_pieces_append(&output->pieces, iovec_of(e->tail.data, e->tail.size));
	elf_owned_append(&output->owned, e->tail.data);
	output->size = e->size + e->tail.size;
	e->tail = (struct buffer){};
	return output->pieces.failed ? error_nomem() : NULL;
}

struct rebtf_error *elf_embed(const uint8_t *image, size_t size, const struct elf_change *changes,
			      size_t change_count, struct elf_output *output)
{
	struct embedding e = { .image = image, .size = size };
	struct elf_output made = {};
	struct rebtf_error *err = embed_all(&e, changes, change_count, &made);

	if (e.file.elf)
		elf_file_close(&e.file);
	buffer_release(&e.table);
	buffer_release(&e.names);
	buffer_release(&e.tail);
	if (err)
		elf_output_release(&made);
	else
		*output = made;
	return err;
}
