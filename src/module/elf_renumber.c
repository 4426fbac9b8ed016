/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Updates all references to sections by index after a section was removed: symbols, the extended
 * index table of more than 65,280 sections, section groups, sh_link and sh_info. Indices only
 * decrease, so no symbol newly needs an extended index. A section symbol of a removed section
 * becomes an unused absolute symbol. Any other dependency on a removed section is an error, because
 * no correct answer exists.
 */
#include <string.h>

#include "module/elf_rewrite.h"
#include "util/bytes.h"
#include "util/cleanup.h"

/* ----------------------------------------------------------------------------------- references */

static bool is_removed(const struct elf_rewrite *rw, uint32_t index)
{
	return index && index < rw->old_count && !rw->new_index[index];
}

/* Invalid indices stay as they are. */
static uint32_t renumbered(const struct elf_rewrite *rw, uint32_t index)
{
	return index < rw->old_count ? rw->new_index[index] : index;
}

static struct rebtf_error *depends(const struct elf_rewrite *rw, size_t section, uint32_t removed)
{
	return error_at(error_new(REBTF_ERR_UNSUPPORTED, "cannot remove: %s refers to this section",
				  elf_rewrite_name(rw, section)),
			NULL, elf_rewrite_name(rw, removed));
}

/* A section's bytes, and a writable copy that will replace them. */
static struct rebtf_error *editable(struct elf_rewrite *rw, size_t section, const uint8_t **old,
				    uint8_t **new)
{
	const GElf_Shdr *shdr = &rw->sections[section];

	if (shdr->sh_offset > rw->size || shdr->sh_size > rw->size - shdr->sh_offset)
		return error_at(
			error_new(
				REBTF_ERR_FORMAT,
				"section of %llu bytes at offset %llu ends past the file's %llu bytes",
				(unsigned long long)shdr->sh_size,
				(unsigned long long)shdr->sh_offset, (unsigned long long)rw->size),
			NULL, elf_rewrite_name(rw, section));
	*old = rw->image + shdr->sh_offset;
	*new = elf_rewrite_alloc(rw, shdr->sh_size);
	if (!*new)
		return error_nomem();
	memcpy(*new, *old, shdr->sh_size);
	if (!shdr->sh_size)
		return NULL;
	return elf_add_edit(rw, &(struct elf_edit){
					.old_offset = shdr->sh_offset,
					.old_size = shdr->sh_size,
					.data = *new,
					.size = shdr->sh_size,
					.section = section,
				});
}

/* The extended indices of a symbol table. NULL if it has no such table. */
static struct rebtf_error *extended_indices(struct elf_rewrite *rw, size_t symtab, uint64_t symbols,
					    const uint8_t **old, uint8_t **new)
{
	for (size_t i = 1; i < rw->old_count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];

		if (shdr->sh_type != SHT_SYMTAB_SHNDX || shdr->sh_link != symtab)
			continue;
		if (*old || shdr->sh_size / 4 < symbols)
			return error_at(error_new(REBTF_ERR_FORMAT,
						  "does not match the symbol table"),
					NULL, elf_rewrite_name(rw, i));
		TRY(editable(rw, i, old, new));
	}
	return NULL;
}

/* A symbol table whose section indices change: the old table and its replacement. */
struct symbols {
	size_t section;
	uint64_t count;
	struct elf_symbol_layout layout;
	const uint8_t *old;
	uint8_t *new;
	const uint8_t *old_extended; /* NULL: no extended indices */
	uint8_t *new_extended;
};

/* The index of the section that defines a symbol, or 0. */
static uint32_t symbol_section(const struct elf_rewrite *rw, const struct symbols *symbols,
			       uint64_t i)
{
	uint16_t index = get16(symbols->old + i * symbols->layout.entry + symbols->layout.shndx,
			       rw->big_endian);

	if (index == SHN_XINDEX && symbols->old_extended)
		return get32(symbols->old_extended + i * 4, rw->big_endian);
	return index < SHN_LORESERVE ? index : 0;
}

static void set_symbol_section(const struct elf_rewrite *rw, const struct symbols *symbols,
			       uint64_t i, uint32_t index)
{
	uint8_t *shndx = symbols->new + i * symbols->layout.entry + symbols->layout.shndx;

	if (get16(shndx, rw->big_endian) == SHN_XINDEX)
		put32(symbols->new_extended + i * 4, index, rw->big_endian);
	else
		put16(shndx, (uint16_t)index, rw->big_endian);
}

/* Retires the section symbol of a removed section. No relocation may refer to it. */
static void retire_symbol(const struct elf_rewrite *rw, const struct symbols *symbols, uint64_t i)
{
	uint8_t *symbol = symbols->new + i * symbols->layout.entry;

	set_symbol_section(rw, symbols, i, 0);
	put16(symbol + symbols->layout.shndx, SHN_ABS, rw->big_endian);
	symbol[symbols->layout.info] = ELF64_ST_INFO(ELF64_ST_BIND(symbol[symbols->layout.info]),
						     STT_NOTYPE);
}

/* The symbol of a relocation. MIPS has its own layout of r_info. */
static uint32_t relocated_symbol(const struct elf_rewrite *rw, const uint8_t *r_info)
{
	if (!rw->is_64)
		return get32(r_info, rw->big_endian) >> 8;
	if (rw->big_endian || rw->file.ehdr.e_machine == EM_MIPS)
		return get32(r_info, rw->big_endian);
	return get32(r_info + 4, rw->big_endian);
}

static struct rebtf_error *refuse_relocations(const struct elf_rewrite *rw,
					      const struct symbols *symbols)
{
	for (size_t i = 1; i < rw->old_count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];
		const size_t word = rw->is_64 ? 8 : 4;
		const size_t entry = word * (shdr->sh_type == SHT_RELA ? 3 : 2);

		if ((shdr->sh_type != SHT_RELA && shdr->sh_type != SHT_REL) ||
		    shdr->sh_link != symbols->section || shdr->sh_offset > rw->size ||
		    shdr->sh_size > rw->size - shdr->sh_offset)
			continue;
		for (uint64_t pos = 0; pos + entry <= shdr->sh_size; pos += entry) {
			uint32_t symbol =
				relocated_symbol(rw, rw->image + shdr->sh_offset + pos + word);
			uint32_t index = symbol < symbols->count
						 ? symbol_section(rw, symbols, symbol)
						 : 0;

			if (is_removed(rw, index))
				return depends(rw, i, index);
		}
	}
	return NULL;
}

static struct rebtf_error *renumber_symbols(struct elf_rewrite *rw, size_t section)
{
	struct symbols symbols = { .section = section, .layout = elf_symbol_layout(rw) };
	bool retired = false;

	symbols.count = rw->sections[section].sh_size / symbols.layout.entry;
	TRY(editable(rw, section, &symbols.old, &symbols.new));
	TRY(extended_indices(rw, section, symbols.count, &symbols.old_extended,
			     &symbols.new_extended));
	for (uint64_t i = 1; i < symbols.count; i++) {
		uint32_t index = symbol_section(rw, &symbols, i);

		if (!index)
			continue;
		if (!is_removed(rw, index)) {
			set_symbol_section(rw, &symbols, i, renumbered(rw, index));
			continue;
		}
		if (ELF64_ST_TYPE(symbols.old[i * symbols.layout.entry + symbols.layout.info]) !=
		    STT_SECTION)
			return depends(rw, section, index);
		retire_symbol(rw, &symbols, i);
		retired = true;
	}
	return retired ? refuse_relocations(rw, &symbols) : NULL;
}

static struct rebtf_error *renumber_group(struct elf_rewrite *rw, size_t group)
{
	const uint8_t *old;
	uint8_t *words;

	TRY(editable(rw, group, &old, &words));
	/* The first word holds flags. */
	for (uint64_t pos = 4; pos + 4 <= rw->sections[group].sh_size; pos += 4) {
		uint32_t index = get32(words + pos, rw->big_endian);

		if (is_removed(rw, index))
			return depends(rw, group, index);
		put32(words + pos, renumbered(rw, index), rw->big_endian);
	}
	return NULL;
}

static struct rebtf_error *renumber_links(struct elf_rewrite *rw, size_t section)
{
	GElf_Shdr *shdr = &rw->sections[section];

	if (is_removed(rw, shdr->sh_link))
		return depends(rw, section, shdr->sh_link);
	shdr->sh_link = renumbered(rw, shdr->sh_link);
	if (!elf_info_is_index(shdr))
		return NULL;
	if (is_removed(rw, shdr->sh_info))
		return depends(rw, section, shdr->sh_info);
	shdr->sh_info = renumbered(rw, shdr->sh_info);
	return NULL;
}

struct rebtf_error *elf_renumber(struct elf_rewrite *rw)
{
	size_t tables = 0;

	/* Contents first: they find each other through the old links. */
	for (size_t i = 1; i < rw->old_count; i++) {
		uint32_t type = rw->sections[i].sh_type;

		if (type == SHT_SYMTAB || type == SHT_DYNSYM) {
			/* The format allows one of each kind. */
			if (++tables > 2)
				return error_new(REBTF_ERR_FORMAT,
						 "bad ELF file: too many symbol tables");
			TRY(renumber_symbols(rw, i));
		} else if (type == SHT_GROUP) {
			TRY(renumber_group(rw, i));
		}
	}
	for (size_t i = 1; i < rw->old_count; i++) {
		if (rw->new_index[i])
			TRY(renumber_links(rw, i));
	}
	return NULL;
}
