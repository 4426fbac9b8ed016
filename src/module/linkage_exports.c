/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the symbols that a module exports. The entries of __ksymtab are filled in when the module
 * is loaded. But the kernel's build puts local symbols beside them: "__ksymtab_NAME" is at the
 * entry of NAME, "__kstrtabns_NAME" at the name of its namespace, "__crc_NAME" at its CRC. Before
 * Linux 5.19, the last can also be an absolute symbol whose value is the CRC.
 */
#include <string.h>

#include "module/linkage_sections.h"
#include "util/cleanup.h"

#define ENTRY_PREFIX	 "__ksymtab_"
#define NAMESPACE_PREFIX "__kstrtabns_"
#define CRC_PREFIX	 "__crc_"

/* Facts from local symbols other than the entries' names. */
struct notes {
	struct exports namespaces;
	struct exports crcs;
	bool has_plain_crcs; /* the tables hold CRCs, not relocations to be filled in */
};

static void notes_release(struct notes *notes)
{
	exports_release(&notes->namespaces);
	exports_release(&notes->crcs);
}

static bool is_in(const struct linkage_file *f, enum linkage_section_id id, const GElf_Sym *symbol)
{
	return f->sections[id].index && symbol->st_shndx == f->sections[id].index;
}

/* The rest of @name after @prefix. NULL if @name does not start with @prefix. */
static const char *after(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) ? NULL : name + length;
}

/* ---------------------------------------------------------------------------------------- notes */

static struct rebtf_error *note_namespace(struct linkage_file *f, struct notes *notes,
					  const char *name, const GElf_Sym *symbol)
{
	const struct linkage_section *strings = &f->sections[LINKAGE_STRINGS];
	const char *text;
	size_t length;

	if (!is_in(f, LINKAGE_STRINGS, symbol) || symbol->st_value >= strings->size)
		return NULL;
	text = (const char *)strings->data + symbol->st_value;
	length = strnlen(text, strings->size - symbol->st_value);
	if (!length || length == strings->size - symbol->st_value)
		return NULL;
	TRY(linkage_spend(f, strlen(name) + length));
	return exports_add(&notes->namespaces, &(struct export){ .name = name, .namespace = text });
}

/* Reads the four bytes at @symbol. False if they are not in the file. */
static bool linkage_read_word(const struct linkage_file *f, const GElf_Sym *symbol, uint32_t *word)
{
	Elf_Scn *section = elf_getscn(f->elf.elf, symbol->st_shndx);
	GElf_Shdr shdr;

	if (!section || !gelf_getshdr(section, &shdr) || shdr.sh_type == SHT_NOBITS ||
	    shdr.sh_offset > f->elf.size || shdr.sh_size > f->elf.size - shdr.sh_offset ||
	    shdr.sh_size < 4 || symbol->st_value > shdr.sh_size - 4)
		return false;
	*word = get32(f->image + shdr.sh_offset + symbol->st_value, f->big_endian);
	return true;
}

static struct rebtf_error *note_crc(struct linkage_file *f, struct notes *notes, const char *name,
				    const GElf_Sym *symbol)
{
	struct export crc = { .name = name, .crc = (uint32_t)symbol->st_value, .has_crc = true };

	if (symbol->st_shndx == SHN_UNDEF ||
	    (symbol->st_shndx != SHN_ABS && !linkage_read_word(f, symbol, &crc.crc)))
		return NULL;
	TRY(linkage_spend(f, strlen(name)));
	return exports_add(&notes->crcs, &crc);
}

static bool has_relocated_crcs(const struct linkage_file *f)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	while ((section = elf_nextscn(f->elf.elf, section))) {
		if (gelf_getshdr(section, &shdr) &&
		    (shdr.sh_type == SHT_REL || shdr.sh_type == SHT_RELA) && shdr.sh_info &&
		    (shdr.sh_info == f->sections[LINKAGE_KCRCTAB].index ||
		     shdr.sh_info == f->sections[LINKAGE_KCRCTAB_GPL].index))
			return true;
	}
	return false;
}

static struct rebtf_error *take_notes(struct linkage_file *f, struct notes *notes)
{
	notes->has_plain_crcs = !has_relocated_crcs(f);
	for (size_t i = 1; i < f->symbol_count; i++) {
		GElf_Sym symbol;
		const char *name = linkage_symbol(f, i, &symbol), *rest;

		if (name && (rest = after(name, NAMESPACE_PREFIX)))
			TRY(note_namespace(f, notes, rest, &symbol));
		else if (name && (rest = after(name, CRC_PREFIX)))
			TRY(note_crc(f, notes, rest, &symbol));
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- entries */

/* The index of the entry at @offset in its table. SIZE_MAX if the table beside it is empty. */
static size_t entry_index(const struct linkage_section *table, size_t count, uint64_t offset)
{
	size_t size = count ? table->size / count : 0;

	return size ? (size_t)(offset / size) : SIZE_MAX;
}

static void find_crc(struct linkage_file *f, const struct notes *notes, const GElf_Sym *symbol,
		     bool gpl, struct export *entry)
{
	const struct linkage_section *table =
		&f->sections[gpl ? LINKAGE_KSYMTAB_GPL : LINKAGE_KSYMTAB];
	const struct linkage_section *crcs =
		&f->sections[gpl ? LINKAGE_KCRCTAB_GPL : LINKAGE_KCRCTAB];
	size_t at = entry_index(table, crcs->size / 4, symbol->st_value);
	struct export noted;

	if (exports_find(&notes->crcs, entry->name, &noted)) {
		entry->crc = noted.crc;
		entry->has_crc = true;
	} else if (notes->has_plain_crcs && at < crcs->size / 4) {
		entry->crc = get32(crcs->data + 4 * at, f->big_endian);
		entry->has_crc = true;
	}
}

static bool has_gpl_flag(const struct linkage_file *f, const GElf_Sym *symbol)
{
	const struct linkage_section *flags = &f->sections[LINKAGE_KFLAGSTAB];
	size_t at = entry_index(&f->sections[LINKAGE_KSYMTAB], flags->size, symbol->st_value);

	return at < flags->size && flags->data[at] & KSYM_FLAG_GPL_ONLY;
}

static struct rebtf_error *linkage_add_entry(struct linkage_file *f, const struct notes *notes,
					     const char *name, const GElf_Sym *symbol,
					     struct exports *exports)
{
	bool gpl = is_in(f, LINKAGE_KSYMTAB_GPL, symbol);
	struct export entry = { .name = name, .license = EXPORT_LICENSE_ANY }, noted;

	if (!gpl && !is_in(f, LINKAGE_KSYMTAB, symbol))
		return NULL;
	if (gpl || has_gpl_flag(f, symbol))
		entry.license = EXPORT_LICENSE_GPL;
	find_crc(f, notes, symbol, gpl, &entry);
	if (exports_find(&notes->namespaces, name, &noted))
		entry.namespace = noted.namespace;
	TRY(linkage_spend(f, strlen(name)));
	return exports_add(exports, &entry);
}

static struct rebtf_error *add_entries(struct linkage_file *f, const struct notes *notes,
				       struct exports *exports)
{
	for (size_t i = 1; i < f->symbol_count; i++) {
		GElf_Sym symbol;
		const char *name = linkage_symbol(f, i, &symbol);
		const char *rest = name ? after(name, ENTRY_PREFIX) : NULL;

		if (rest)
			TRY(linkage_add_entry(f, notes, rest, &symbol, exports));
	}
	return NULL;
}

struct rebtf_error *linkage_read_exports(struct linkage_file *f, struct linkage *linkage)
{
	const struct linkage_section *any = &f->sections[LINKAGE_KSYMTAB];
	const struct linkage_section *gpl = &f->sections[LINKAGE_KSYMTAB_GPL];
	_cleanup_(notes_release) struct notes notes = {};

	if (!any->size && !gpl->size)
		return NULL;
	TRY(take_notes(f, &notes));
	TRY(add_entries(f, &notes, &linkage->exports));
	linkage->has_nameless_exports = !linkage->exports.entries.count;
	linkage->lacks_crcs = (any->size && !f->sections[LINKAGE_KCRCTAB].data) ||
			      (gpl->size && !f->sections[LINKAGE_KCRCTAB_GPL].data);
	return NULL;
}
