/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Rewrites an ELF object: turns the requested changes into edits of the sections' bytes, .shstrtab,
 * the section header table and the header. elf_rewrite.h lists the other files that take part.
 */
#include <string.h>

#include "module/elf_rewrite.h"
#include "util/cleanup.h"

/*
 * Alignment of new sections: as the kernel's structures in BTF prefer it; for notes, the usual one.
 */
#define NEW_SECTION_ALIGN 8
#define NEW_NOTE_ALIGN	  4

/* ------------------------------------------------------------------------------------- plumbing */

void *elf_rewrite_alloc(struct elf_rewrite *rw, size_t size)
{
	struct elf_owned *owned = &rw->output->owned;
	void *memory = elf_owned_reserve(owned, 1) ? calloc(1, size ?: 1) : NULL;

	if (memory)
		elf_owned_append(owned, memory);
	return memory;
}

void elf_output_release(struct elf_output *output)
{
	for (size_t i = 0; i < output->owned.count; i++)
		free(output->owned.items[i]);
	elf_owned_release(&output->owned);
	elf_pieces_release(&output->pieces);
}

struct rebtf_error *elf_add_edit(struct elf_rewrite *rw, const struct elf_edit *edit)
{
	return elf_edits_append(&rw->edits, *edit) ? NULL : error_nomem();
}

const char *elf_rewrite_name(const struct elf_rewrite *rw, size_t section)
{
	return elf_section_name(&rw->file, rw->sections[section].sh_name)
		       ?: "a section without a name";
}

size_t elf_shdr_size(const struct elf_rewrite *rw)
{
	return rw->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

size_t elf_ehdr_size(const struct elf_rewrite *rw)
{
	return rw->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
}

static void rewrite_release(struct elf_rewrite *rw)
{
	if (rw->file.elf)
		elf_file_close(&rw->file);
	free(rw->sections);
	free(rw->new_index);
	elf_edits_release(&rw->edits);
}

/* -------------------------------------------------------------------------------------- reading */

static struct rebtf_error *elf_rewrite_check_header(const struct elf_rewrite *rw)
{
	const GElf_Ehdr *ehdr = &rw->file.ehdr;

	if (ehdr->e_type != ET_REL)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"cannot rewrite: not a relocatable object (found ELF type %u, expected %u)",
			ehdr->e_type, ET_REL);
	if (ehdr->e_phnum)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot rewrite: relocatable object with program headers");
	if (ehdr->e_ehsize != elf_ehdr_size(rw) || ehdr->e_shentsize != elf_shdr_size(rw))
		return error_new(
			REBTF_ERR_FORMAT,
			"bad ELF file: invalid header sizes (found %u and %u bytes, expected %zu and %zu)",
			ehdr->e_ehsize, ehdr->e_shentsize, elf_ehdr_size(rw), elf_shdr_size(rw));
	if (rw->old_count < 2)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: no sections");
	return NULL;
}

static struct rebtf_error *elf_rewrite_read_sections(struct elf_rewrite *rw, size_t change_count)
{
	rw->sections = calloc(rw->old_count + change_count, sizeof(*rw->sections));
	rw->new_index = calloc(rw->old_count + change_count, sizeof(*rw->new_index));
	if (!rw->sections || !rw->new_index)
		return error_nomem();
	for (size_t i = 0; i < rw->old_count; i++) {
		Elf_Scn *section = elf_getscn(rw->file.elf, i);

		if (!section || !gelf_getshdr(section, &rw->sections[i]))
			return error_new(REBTF_ERR_FORMAT,
					 "bad ELF file: invalid section header %zu: %s", i,
					 elf_errmsg(-1));
	}
	rw->section_count = rw->old_count;
	return NULL;
}

/* -------------------------------------------------------------------------------------- changes */

/* Section names while they are edited. */
struct elf_rewrite_names {
	char *data;
	size_t size;
};

static struct rebtf_error *read_names(struct elf_rewrite *rw, size_t change_size,
				      struct elf_rewrite_names *names)
{
	const GElf_Shdr *shdr = &rw->sections[rw->file.names_index];

	if (!rw->file.names_index || rw->file.names_index >= rw->old_count ||
	    shdr->sh_type != SHT_STRTAB || (shdr->sh_flags & SHF_COMPRESSED) || !shdr->sh_size ||
	    shdr->sh_offset > rw->size || shdr->sh_size > rw->size - shdr->sh_offset ||
	    rw->image[shdr->sh_offset + shdr->sh_size - 1])
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid section names");
	names->size = shdr->sh_size;
	names->data = elf_rewrite_alloc(rw, names->size + change_size);
	if (!names->data)
		return error_nomem();
	memcpy(names->data, rw->image + shdr->sh_offset, names->size);
	return NULL;
}

/* The offset of @name, which may be the end of a longer name. Adds it if missing. */
static uint32_t name_offset(struct elf_rewrite_names *names, const char *name)
{
	size_t size = strlen(name) + 1;
	char *there = memmem(names->data, names->size, name, size);

	if (!there) {
		there = names->data + names->size;
		memcpy(there, name, size);
		names->size += size;
	}
	return (uint32_t)(there - names->data);
}

/*
 * Drops a removed section's name if it is the last string of the table and otherwise unused. A name
 * that is the end of a longer string stays, because another section may use the longer string.
 */
static void drop_name(const struct elf_rewrite *rw, struct elf_rewrite_names *names, size_t section)
{
	const GElf_Shdr *shdr = &rw->sections[section];
	size_t offset = shdr->sh_name;

	if (offset >= names->size || offset + strlen(names->data + offset) + 1 != names->size)
		return;
	if (!offset || names->data[offset - 1])
		return;
	for (size_t i = 1; i < rw->section_count; i++) {
		/*
		 * A section that links to the name table has its own names there, as .strtab's
		 * symbols do.
		 */
		if (rw->sections[i].sh_link == rw->file.names_index ||
		    (i != section && rw->sections[i].sh_name >= offset))
			return;
	}
	names->size = offset;
}

static uint32_t section_type(const struct elf_change *change)
{
	return change->is_note ? SHT_NOTE : SHT_PROGBITS;
}

static uint64_t section_align(const struct elf_change *change)
{
	return change->is_note ? NEW_NOTE_ALIGN : NEW_SECTION_ALIGN;
}

/* Whether section @index is one of those that change. */
static bool elf_is_changed(const struct elf_section *found, size_t count, size_t index)
{
	for (size_t i = 0; i < count; i++) {
		if (found[i].index == index)
			return true;
	}
	return false;
}

/* Relocations for a section can change together with it. */
static struct rebtf_error *check_changeable(const struct elf_rewrite *rw, size_t section,
					    uint32_t type, const struct elf_section *found,
					    size_t count)
{
	if (rw->sections[section].sh_type != type)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot change: unsupported section type (found %u, expected %u)",
				 rw->sections[section].sh_type, type);
	for (size_t i = 1; i < rw->old_count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];

		if ((shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA) &&
		    shdr->sh_info == section && !elf_is_changed(found, count, i))
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "cannot change: %s has relocations for this section",
					 elf_rewrite_name(rw, i));
	}
	return NULL;
}

static void add_section(struct elf_rewrite *rw, const struct elf_change *change, uint32_t name)
{
	rw->sections[rw->section_count++] = (GElf_Shdr){
		.sh_name = name,
		.sh_type = section_type(change),
		.sh_addralign = section_align(change),
	};
}

/* An old section of that name that elf_find_sections() does not count, as it is empty; or 0. */
static size_t empty_section(const struct elf_rewrite *rw, const char *name)
{
	for (size_t i = 1; i < rw->old_count; i++) {
		const char *other = elf_section_name(&rw->file, rw->sections[i].sh_name);

		if (rw->sections[i].sh_type != SHT_NULL && other && !strcmp(other, name))
			return i;
	}
	return 0;
}

/* Gives the change a section: the old one if it is empty, else a new one. Returns its index. */
static size_t fill_section(struct elf_rewrite *rw, const struct elf_change *change,
			   struct elf_rewrite_names *names)
{
	size_t index = empty_section(rw, change->name);
	GElf_Shdr *shdr = &rw->sections[index];

	if (!index) {
		add_section(rw, change, name_offset(names, change->name));
		return rw->section_count - 1;
	}
	shdr->sh_type = section_type(change);
	shdr->sh_flags = 0;
	shdr->sh_size = 0; /* that of its memory */
	shdr->sh_addralign = section_align(change);
	return index;
}

/* @all: the sections of all @count changes. */
static struct rebtf_error *apply_change(struct elf_rewrite *rw, const struct elf_change *change,
					const struct elf_section *found,
					const struct elf_section *all, size_t count,
					struct elf_rewrite_names *names)
{
	struct elf_edit edit = {
		.data = change->data,
		.size = change->size,
		.align = section_align(change),
		.section = found->index,
	};

	if (found->index) {
		if (!change->keeps_layout)
			TRY(check_changeable(rw, found->index, section_type(change), all, count));
		edit.old_offset = found->offset;
		edit.old_size = found->size;
	}
	if (!change->data) {
		if (!found->index)
			return NULL;
		rw->removed_count++;
		rw->new_index[found->index] = UINT32_MAX; /* a placeholder until make_indices() */
		drop_name(rw, names, found->index);
		edit.size = 0;
	} else if (!found->index) {
		edit.section = fill_section(rw, change, names);
	}
	if (!edit.size && !edit.old_size)
		return NULL;
	return elf_add_edit(rw, &edit);
}

static struct rebtf_error *apply_changes(struct elf_rewrite *rw, const struct elf_change *changes,
					 size_t count)
{
	_cleanup_free_ struct elf_section *found = calloc(count, sizeof(*found));
	_cleanup_free_ const char **section_names = calloc(count, sizeof(*section_names));
	struct elf_rewrite_names names;
	size_t change_size = 0;
	const GElf_Shdr *shdr = &rw->sections[rw->file.names_index];

	if (!found || !section_names)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		section_names[i] = changes[i].name;
		change_size += strlen(changes[i].name) + 1;
	}
	TRY(elf_find_sections(&rw->file, section_names, found, count));
	TRY(read_names(rw, change_size, &names));
	for (size_t i = 0; i < count; i++)
		TRY(error_at(apply_change(rw, &changes[i], &found[i], found, count, &names), NULL,
			     changes[i].name));
	rw->new_names = (struct elf_strings){ names.data, names.size };
	/* A new name can be as long as one that was dropped. */
	if (names.size == shdr->sh_size &&
	    !memcmp(names.data, rw->image + shdr->sh_offset, names.size))
		return NULL;
	if (names.size > shdr->sh_size)
		TRY(elf_check_names(rw));
	return elf_add_edit(rw, &(struct elf_edit){
					.old_offset = shdr->sh_offset,
					.old_size = shdr->sh_size,
					.data = names.data,
					.size = names.size,
					.section = rw->file.names_index,
				});
}

static void make_indices(struct elf_rewrite *rw)
{
	uint32_t next = 0;

	for (size_t i = 0; i < rw->section_count; i++)
		rw->new_index[i] = rw->new_index[i] == UINT32_MAX ? 0 : next++;
}

/* -------------------------------------------------------------------------------------- headers */

/* Room for the two headers. Their contents are known once all offsets are. */
struct headers {
	void *ehdr;
	void *table;
	size_t count;
};

static struct rebtf_error *add_headers(struct elf_rewrite *rw, struct headers *headers)
{
	headers->count = rw->section_count - rw->removed_count;
	headers->ehdr = elf_rewrite_alloc(rw, elf_ehdr_size(rw));
	headers->table = elf_rewrite_alloc(rw, headers->count * elf_shdr_size(rw));
	if (!headers->ehdr || !headers->table)
		return error_nomem();
	TRY(elf_add_edit(rw, &(struct elf_edit){
				     .old_size = elf_ehdr_size(rw),
				     .data = headers->ehdr,
				     .size = elf_ehdr_size(rw),
			     }));
	return elf_add_edit(rw, &(struct elf_edit){
					.old_offset = rw->file.ehdr.e_shoff,
					.old_size = rw->old_count * elf_shdr_size(rw),
					.data = headers->table,
					.size = headers->count * elf_shdr_size(rw),
				});
}

/*
 * Numbers from 0xff00 on do not fit in the header and go into the reserved section header instead.
 */
static void set_counts(const struct elf_rewrite *rw, size_t count, GElf_Ehdr *ehdr,
		       GElf_Shdr *reserved)
{
	uint32_t names_index = rw->new_index[rw->file.names_index];

	if (count != rw->old_count) {
		ehdr->e_shnum = count < SHN_LORESERVE ? (GElf_Half)count : 0;
		reserved->sh_size = count < SHN_LORESERVE ? 0 : count;
	}
	if (names_index != rw->file.names_index) {
		ehdr->e_shstrndx = names_index < SHN_LORESERVE ? (GElf_Half)names_index
							       : SHN_XINDEX;
		reserved->sh_link = names_index < SHN_LORESERVE ? 0 : names_index;
	}
}

/* Converts @size bytes of @source to the file's form at @target. */
static struct rebtf_error *serialise(const struct elf_rewrite *rw, Elf_Type type, void *source,
				     size_t size, void *target)
{
	Elf_Data from = {
		.d_buf = source, .d_type = type, .d_size = size, .d_version = EV_CURRENT
	};
	Elf_Data to = { .d_buf = target, .d_type = type, .d_size = size, .d_version = EV_CURRENT };

	if (!gelf_xlatetof(rw->file.elf, &to, &from, rw->big_endian ? ELFDATA2MSB : ELFDATA2LSB))
		return error_new(REBTF_ERR_FORMAT, "cannot write the ELF headers: %s",
				 elf_errmsg(-1));
	return NULL;
}

static struct rebtf_error *write_ehdr(const struct elf_rewrite *rw, GElf_Ehdr *ehdr, void *target)
{
	Elf32_Ehdr small;

	if (rw->is_64)
		return serialise(rw, ELF_T_EHDR, ehdr, sizeof(*ehdr), target);
	memcpy(small.e_ident, ehdr->e_ident, EI_NIDENT);
	small.e_type = ehdr->e_type;
	small.e_machine = ehdr->e_machine;
	small.e_version = ehdr->e_version;
	small.e_entry = (Elf32_Addr)ehdr->e_entry;
	small.e_phoff = (Elf32_Off)ehdr->e_phoff;
	small.e_shoff = (Elf32_Off)ehdr->e_shoff;
	small.e_flags = ehdr->e_flags;
	small.e_ehsize = ehdr->e_ehsize;
	small.e_phentsize = ehdr->e_phentsize;
	small.e_phnum = ehdr->e_phnum;
	small.e_shentsize = ehdr->e_shentsize;
	small.e_shnum = ehdr->e_shnum;
	small.e_shstrndx = ehdr->e_shstrndx;
	return serialise(rw, ELF_T_EHDR, &small, sizeof(small), target);
}

static struct rebtf_error *write_table(const struct elf_rewrite *rw, GElf_Shdr *sections,
				       size_t count, void *target)
{
	_cleanup_free_ Elf32_Shdr *small = NULL;

	if (rw->is_64)
		return serialise(rw, ELF_T_SHDR, sections, count * sizeof(*sections), target);
	small = calloc(count, sizeof(*small));
	if (!small)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		small[i].sh_name = sections[i].sh_name;
		small[i].sh_type = sections[i].sh_type;
		small[i].sh_flags = (Elf32_Word)sections[i].sh_flags;
		small[i].sh_addr = (Elf32_Addr)sections[i].sh_addr;
		small[i].sh_offset = (Elf32_Off)sections[i].sh_offset;
		small[i].sh_size = (Elf32_Word)sections[i].sh_size;
		small[i].sh_link = sections[i].sh_link;
		small[i].sh_info = sections[i].sh_info;
		small[i].sh_addralign = (Elf32_Word)sections[i].sh_addralign;
		small[i].sh_entsize = (Elf32_Word)sections[i].sh_entsize;
	}
	return serialise(rw, ELF_T_SHDR, small, count * sizeof(*small), target);
}

static struct rebtf_error *write_headers(struct elf_rewrite *rw, const struct headers *headers)
{
	GElf_Ehdr ehdr = rw->file.ehdr;

	for (size_t i = 1; i < rw->section_count; i++) {
		if (rw->new_index[i])
			rw->sections[rw->new_index[i]] = rw->sections[i];
	}
	set_counts(rw, headers->count, &ehdr, &rw->sections[0]);
	for (size_t i = 0; i < rw->edits.count; i++) {
		if (rw->edits.items[i].data == headers->table)
			ehdr.e_shoff = rw->edits.items[i].new_offset;
	}
	TRY(write_ehdr(rw, &ehdr, headers->ehdr));
	return write_table(rw, rw->sections, headers->count, headers->table);
}

/* ---------------------------------------------------------------------------------------- steps */

static struct rebtf_error *rewrite(struct elf_rewrite *rw, const struct elf_change *changes,
				   size_t change_count)
{
	struct headers headers;

	TRY(elf_file_open_mem(rw->image, rw->size, &rw->file));
	rw->is_64 = rw->file.ehdr.e_ident[EI_CLASS] == ELFCLASS64;
	rw->big_endian = rw->file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	rw->old_count = rw->file.section_count;
	TRY(elf_rewrite_check_header(rw));
	TRY(elf_check_dependents(&rw->file, changes, change_count));
	TRY(elf_rewrite_read_sections(rw, change_count));
	TRY(apply_changes(rw, changes, change_count));
	if (rw->section_count > rw->old_count)
		TRY(elf_check_indices(rw));
	make_indices(rw);
	/* New sections come last, so only a removal changes indices that something may refer to. */
	if (rw->removed_count) {
		TRY(elf_check_overlap(rw));
		TRY(elf_renumber(rw));
	}
	TRY(add_headers(rw, &headers));
	TRY(elf_lay_out(rw));
	TRY(write_headers(rw, &headers));
	return elf_check_output(rw, headers.count, changes, change_count);
}

struct rebtf_error *elf_rewrite(const uint8_t *image, size_t size, const struct elf_change *changes,
				size_t change_count, struct elf_output *output)
{
	_cleanup_(rewrite_release) struct elf_rewrite rw = { .image = image, .size = size };
	struct elf_output made = {};
	struct rebtf_error *err;

	rw.output = &made;
	err = rewrite(&rw, changes, change_count);
	if (err) {
		elf_output_release(&made);
		return err;
	}
	*output = made;
	return NULL;
}
