/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks that rewriting an ELF object preserved everything else: for unit tests with damaged
 * objects, and for the fuzz target. It reads both files through libelf and shares no code with the
 * tested code. assert_same_object() (test_object.h) checks more for valid objects.
 */
#ifndef REBTF_MODULE_ELF_SAME_FOR_TEST_H
#define REBTF_MODULE_ELF_SAME_FOR_TEST_H

#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One of the two files. */
struct same_file {
	const uint8_t *data;
	size_t size;
	Elf *elf;
	size_t count;
	size_t names;
};

static inline bool same_open(struct same_file *file)
{
	GElf_Ehdr ehdr;
	GElf_Shdr reserved;

	elf_version(EV_CURRENT);
	file->elf = elf_memory((char *)file->data, file->size);
	if (!file->elf || elf_getshdrnum(file->elf, &file->count) ||
	    !gelf_getehdr(file->elf, &ehdr) || !gelf_getshdr(elf_getscn(file->elf, 0), &reserved))
		return false;
	file->names = ehdr.e_shstrndx == SHN_XINDEX ? reserved.sh_link : ehdr.e_shstrndx;
	return true;
}

/* Malloced, so that one string can be compared with another after libelf has moved on. */
static inline char *same_string(const struct same_file *file, size_t table, size_t offset)
{
	const char *text = elf_strptr(file->elf, table, offset);

	return text ? strdup(text) : NULL;
}

/* True if both are NULL, or both are equal. Frees them. */
static inline bool same_strings(char *a, char *b)
{
	bool same = a && b ? !strcmp(a, b) : a == b;

	free(a);
	free(b);
	return same;
}

static inline const uint8_t *same_bytes(const struct same_file *file, const GElf_Shdr *shdr)
{
	if (shdr->sh_type == SHT_NOBITS || shdr->sh_type == SHT_NULL ||
	    shdr->sh_offset > file->size || shdr->sh_size > file->size - shdr->sh_offset)
		return NULL;
	return file->data + shdr->sh_offset;
}

/* Whether the section's name is in @changed, a list that ends in NULL. */
static inline bool same_is_changed(const struct same_file *file, const GElf_Shdr *shdr,
				   const char *const *changed)
{
	char *name = same_string(file, file->names, shdr->sh_name);
	bool found = false;

	if (shdr->sh_type != SHT_NULL)
		for (; name && *changed && !found; changed++)
			found = !strcmp(name, *changed);
	free(name);
	return found;
}

/* Whether an index of the old file was mapped correctly. An invalid index must stay invalid. */
static inline bool same_index(const size_t *map, const struct same_file *old,
			      const struct same_file *new, uint64_t before, uint64_t after)
{
	if (before < old->count)
		return after == map[before];
	return after == before && after >= new->count;
}

static inline bool same_symbols(const size_t *map, const struct same_file *old,
				const struct same_file *new, const GElf_Shdr *o, const GElf_Shdr *n)
{
	bool is_64 = gelf_getclass(old->elf) == ELFCLASS64;
	size_t entry = gelf_fsize(old->elf, ELF_T_SYM, 1, EV_CURRENT);
	size_t at = is_64 ? offsetof(Elf64_Sym, st_shndx) : offsetof(Elf32_Sym, st_shndx);
	const uint8_t *before = same_bytes(old, o), *after = same_bytes(new, n);
	bool big = elf_getident(old->elf, NULL)[EI_DATA] == ELFDATA2MSB;

	if (!before || !after)
		return before == after;
	/* The first symbol is reserved, and is in no section. */
	if (o->sh_size >= entry && memcmp(before, after, entry))
		return false;
	for (uint64_t done = entry; done + entry <= o->sh_size; done += entry) {
		unsigned int was, is;

		before += entry;
		after += entry;
		was = big ? before[at] << 8 | before[at + 1] : before[at + 1] << 8 | before[at];
		is = big ? after[at] << 8 | after[at + 1] : after[at + 1] << 8 | after[at];
		/* The name is at the start of a symbol. */
		if (memcmp(before, after, 4))
			return false;
		if (!was || was >= SHN_LORESERVE) {
			if (memcmp(before, after, entry))
				return false;
		} else if (was < old->count && !map[was]) {
			/* A section symbol of a removed section. */
			if (is != SHN_ABS)
				return false;
		} else if (!same_index(map, old, new, was, is)) {
			return false;
		}
	}
	return true;
}

static inline bool same_group(const size_t *map, const struct same_file *old,
			      const struct same_file *new, const GElf_Shdr *o, const GElf_Shdr *n)
{
	const uint8_t *before = same_bytes(old, o), *after = same_bytes(new, n);
	bool big = elf_getident(old->elf, NULL)[EI_DATA] == ELFDATA2MSB;

	if (!before || !after)
		return before == after;
	for (uint64_t at = 4; at + 4 <= o->sh_size; at += 4) {
		uint32_t was = 0, is = 0;

		for (unsigned int i = 0; i < 4; i++) {
			was |= (uint32_t)before[at + i] << 8 * (big ? 3 - i : i);
			is |= (uint32_t)after[at + i] << 8 * (big ? 3 - i : i);
		}
		if (!same_index(map, old, new, was, is))
			return false;
	}
	return true;
}

static inline const char *same_section(const size_t *map, const struct same_file *old,
				       const struct same_file *new, size_t index)
{
	bool info_is_index;
	GElf_Shdr o, n;

	gelf_getshdr(elf_getscn(old->elf, index), &o);
	gelf_getshdr(elf_getscn(new->elf, map[index]), &n);
	if (o.sh_type != n.sh_type || o.sh_flags != n.sh_flags || o.sh_addr != n.sh_addr ||
	    o.sh_addralign != n.sh_addralign || o.sh_entsize != n.sh_entsize)
		return "a section's header changed";
	if (o.sh_type == SHT_NULL)
		return NULL;
	if (!same_strings(same_string(old, old->names, o.sh_name),
			  same_string(new, new->names, n.sh_name)))
		return "a section's name changed";
	if (!same_index(map, old, new, o.sh_link, n.sh_link))
		return "a section's sh_link leads to another section";
	info_is_index = o.sh_type == SHT_REL || o.sh_type == SHT_RELA ||
			(o.sh_flags & SHF_INFO_LINK);
	if (info_is_index ? !same_index(map, old, new, o.sh_info, n.sh_info)
			  : o.sh_info != n.sh_info)
		return "a section's sh_info changed";
	if (index == old->names)
		return NULL;
	if (o.sh_size != n.sh_size)
		return "a section's size changed";
	if (o.sh_type == SHT_SYMTAB || o.sh_type == SHT_DYNSYM)
		return same_symbols(map, old, new, &o, &n) ? NULL : "a symbol changed";
	if (o.sh_type == SHT_GROUP)
		return same_group(map, old, new, &o, &n) ? NULL : "a group changed";
	/* Extended indices change with the sections. */
	if (o.sh_type == SHT_SYMTAB_SHNDX)
		return NULL;
	if (!same_bytes(old, &o) != !same_bytes(new, &n))
		return "a section's bytes are gone";
	if (same_bytes(old, &o) && o.sh_size &&
	    memcmp(same_bytes(old, &o), same_bytes(new, &n), o.sh_size))
		return "a section's bytes changed";
	return NULL;
}

/* Maps sections of the old file to the new file. Changed sections may come and go. */
static inline const char *same_map(const struct same_file *old, const struct same_file *new,
				   const char *const *changed, size_t *map)
{
	size_t next = 1;
	GElf_Shdr shdr;

	for (size_t i = 1; i < old->count; i++) {
		if (!gelf_getshdr(elf_getscn(old->elf, i), &shdr))
			return "libelf cannot read a section header of the old file";
		if (same_is_changed(old, &shdr, changed))
			continue;
		do {
			if (next >= new->count)
				return "a section is gone";
			if (!gelf_getshdr(elf_getscn(new->elf, next++), &shdr))
				return "libelf cannot read a section header of the new file";
		} while (same_is_changed(new, &shdr, changed));
		map[i] = next - 1;
	}
	for (; next < new->count; next++) {
		if (!gelf_getshdr(elf_getscn(new->elf, next), &shdr) ||
		    !same_is_changed(new, &shdr, changed))
			return "a section came that nobody asked for";
	}
	/* Sections that were changed and still exist. */
	for (size_t i = 1; i < old->count; i++) {
		for (size_t j = 1; j < new->count && !map[i]; j++) {
			GElf_Shdr other;

			gelf_getshdr(elf_getscn(old->elf, i), &shdr);
			gelf_getshdr(elf_getscn(new->elf, j), &other);
			if (same_is_changed(new, &other, changed) &&
			    same_strings(same_string(old, old->names, shdr.sh_name),
					 same_string(new, new->names, other.sh_name)))
				map[i] = j;
		}
	}
	return NULL;
}

/*
 * Returns the first difference, or NULL. @changed: names of the sections that may differ, then
 * NULL.
 */
static inline const char *elf_difference(const void *old_data, size_t old_size,
					 const void *new_data, size_t new_size,
					 const char *const *changed)
{
	struct same_file old = { .data = old_data, .size = old_size };
	struct same_file new = { .data = new_data, .size = new_size };
	const char *wrong = NULL;
	size_t *map = NULL;
	GElf_Shdr shdr;

	if (!same_open(&old) || !same_open(&new))
		wrong = "libelf cannot open it";
	if (!wrong) {
		map = calloc(old.count + 1, sizeof(*map));
		wrong = map ? same_map(&old, &new, changed, map) : "out of memory";
	}
	for (size_t i = 1; !wrong && i < old.count; i++) {
		gelf_getshdr(elf_getscn(old.elf, i), &shdr);
		if (!same_is_changed(&old, &shdr, changed))
			wrong = same_section(map, &old, &new, i);
	}
	free(map);
	elf_end(old.elf);
	elf_end(new.elf);
	return wrong;
}

#endif
