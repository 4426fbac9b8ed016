/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks a rewritten ELF object. When a table grows, offsets and indices that were past its end
 * gain a meaning: a name offset past .shstrtab becomes the name of a new section, and a symbol in
 * section 12 of 12 becomes a symbol in the added section. Such objects are refused before anything
 * grows. Finally the new section header table is checked, so that rebtf never writes a module whose
 * sections it could not find again.
 */
#include <string.h>

#include "module/elf_rewrite.h"
#include "util/bytes.h"

struct elf_symbol_layout elf_symbol_layout(const struct elf_rewrite *rw)
{
	if (rw->is_64)
		return (struct elf_symbol_layout){ sizeof(Elf64_Sym), offsetof(Elf64_Sym, st_info),
						   offsetof(Elf64_Sym, st_shndx) };
	return (struct elf_symbol_layout){ sizeof(Elf32_Sym), offsetof(Elf32_Sym, st_info),
					   offsetof(Elf32_Sym, st_shndx) };
}

bool elf_info_is_index(const GElf_Shdr *shdr)
{
	return shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA ||
	       (shdr->sh_flags & SHF_INFO_LINK);
}

/* An old section's bytes. NULL if it has no bytes, or if they are not within the file. */
static const uint8_t *elf_check_section_bytes(const struct elf_rewrite *rw, size_t section)
{
	const GElf_Shdr *shdr = &rw->sections[section];

	if (shdr->sh_type == SHT_NOBITS || shdr->sh_offset > rw->size ||
	    shdr->sh_size > rw->size - shdr->sh_offset)
		return NULL;
	return rw->image + shdr->sh_offset;
}

static bool is_symbol_table(const GElf_Shdr *shdr)
{
	return shdr->sh_type == SHT_SYMTAB || shdr->sh_type == SHT_DYNSYM;
}

/*
 * Takes the size of a table from the budget of all tables together. Each byte of a valid file is in
 * at most one table. Overlapping tables could make these checks take forever.
 */
static struct rebtf_error *take_table(const struct elf_rewrite *rw, size_t section, uint64_t *left)
{
	uint64_t size = rw->sections[section].sh_size;

	if (!elf_check_section_bytes(rw, section))
		return NULL;
	if (size > *left)
		return error_at(error_new(REBTF_ERR_FORMAT, "bad ELF file: overlaps other tables"),
				NULL, elf_rewrite_name(rw, section));
	*left -= size;
	return NULL;
}

/* ---------------------------------------------------------------------------------------- names */

/* Checks symbols whose names are in the section name table, as LLVM arranges them. */
static struct rebtf_error *check_symbol_names(const struct elf_rewrite *rw, size_t section,
					      uint64_t names_size)
{
	const struct elf_symbol_layout layout = elf_symbol_layout(rw);
	const uint8_t *symbols = elf_check_section_bytes(rw, section);
	uint64_t count = symbols ? rw->sections[section].sh_size / layout.entry : 0;

	for (uint64_t i = 0; i < count; i++) {
		/* The name is the first word of a symbol in either class. */
		uint32_t name = get32(symbols + i * layout.entry, rw->big_endian);

		if (name >= names_size)
			return error_new(
				REBTF_ERR_FORMAT,
				"bad ELF file: the name of symbol %llu starts at %u, but its string table has %llu bytes",
				(unsigned long long)i, name, (unsigned long long)names_size);
	}
	return NULL;
}

struct rebtf_error *elf_check_names(const struct elf_rewrite *rw)
{
	uint64_t size = rw->sections[rw->file.names_index].sh_size, left = rw->size;

	for (size_t i = 1; i < rw->old_count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];

		if (shdr->sh_type == SHT_NULL)
			continue;
		if (shdr->sh_name >= size)
			return error_new(
				REBTF_ERR_FORMAT,
				"bad ELF file: the name of section %zu starts at %u, but .shstrtab has %llu bytes",
				i, shdr->sh_name, (unsigned long long)size);
		if (!is_symbol_table(shdr) || shdr->sh_link != rw->file.names_index)
			continue;
		TRY(take_table(rw, i, &left));
		TRY(check_symbol_names(rw, i, size));
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- indices */

/* @what refers to section @index. Refuses an index past the last section. */
static struct rebtf_error *check_index(const struct elf_rewrite *rw, size_t section,
				       const char *what, uint64_t index)
{
	if (index < rw->old_count)
		return NULL;
	return error_at(error_new(REBTF_ERR_FORMAT,
				  "%s refers to section %llu, but the file has %zu sections", what,
				  (unsigned long long)index, rw->old_count),
			NULL, elf_rewrite_name(rw, section));
}

static struct rebtf_error *check_symbol_indices(const struct elf_rewrite *rw, size_t section)
{
	const struct elf_symbol_layout layout = elf_symbol_layout(rw);
	const uint8_t *symbols = elf_check_section_bytes(rw, section);
	uint64_t count = symbols ? rw->sections[section].sh_size / layout.entry : 0;

	for (uint64_t i = 1; i < count; i++) {
		uint16_t index = get16(symbols + i * layout.entry + layout.shndx, rw->big_endian);

		if (index < SHN_LORESERVE)
			TRY(check_index(rw, section, "a symbol", index));
	}
	return NULL;
}

/* Arrays of 32-bit indices: the members of a group after its flags, and extended symbol indices. */
static struct rebtf_error *check_words(const struct elf_rewrite *rw, size_t section, uint64_t from,
				       const char *what)
{
	const uint8_t *words = elf_check_section_bytes(rw, section);

	for (uint64_t at = from; words && at + 4 <= rw->sections[section].sh_size; at += 4)
		TRY(check_index(rw, section, what, get32(words + at, rw->big_endian)));
	return NULL;
}

struct rebtf_error *elf_check_indices(const struct elf_rewrite *rw)
{
	uint64_t left = rw->size;

	for (size_t i = 1; i < rw->old_count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];

		if (shdr->sh_type == SHT_NULL)
			continue;
		TRY(check_index(rw, i, "sh_link", shdr->sh_link));
		if (elf_info_is_index(shdr))
			TRY(check_index(rw, i, "sh_info", shdr->sh_info));
		if (is_symbol_table(shdr) || shdr->sh_type == SHT_GROUP ||
		    shdr->sh_type == SHT_SYMTAB_SHNDX)
			TRY(take_table(rw, i, &left));
		if (is_symbol_table(shdr))
			TRY(check_symbol_indices(rw, i));
		else if (shdr->sh_type == SHT_GROUP)
			TRY(check_words(rw, i, 4, "a group member"));
		else if (shdr->sh_type == SHT_SYMTAB_SHNDX)
			TRY(check_words(rw, i, 0, "a symbol"));
	}
	return NULL;
}

/* --------------------------------------------------------------------------------------- output */

static struct rebtf_error *check_written(const struct elf_rewrite *rw, size_t count,
					 const struct elf_change *change)
{
	size_t found = 0;

	for (size_t i = 1; i < count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];
		const char *name = elf_string(&rw->new_names, shdr->sh_name);

		if (shdr->sh_type == SHT_NULL || !name || strcmp(name, change->name))
			continue;
		found++;
		if (shdr->sh_offset > rw->output->size ||
		    shdr->sh_size > rw->output->size - shdr->sh_offset)
			return error_new(
				REBTF_ERR_FORMAT,
				"new section of %llu bytes at offset %llu ends past the new file's %llu bytes",
				(unsigned long long)shdr->sh_size,
				(unsigned long long)shdr->sh_offset,
				(unsigned long long)rw->output->size);
	}
	if (found == (change->data ? 1 : 0))
		return NULL;
	return error_new(
		REBTF_ERR_FORMAT,
		"invalid number of sections of this name in the new file (found %zu, expected %d)",
		found, change->data ? 1 : 0);
}

struct rebtf_error *elf_check_output(const struct elf_rewrite *rw, size_t count,
				     const struct elf_change *changes, size_t change_count)
{
	for (size_t i = 0; i < change_count; i++)
		TRY(error_at(check_written(rw, count, &changes[i]), NULL, changes[i].name));
	return NULL;
}
