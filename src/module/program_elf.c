/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads sections and symbols of a BPF program's object, once, into lists sorted by hash. libbpf
 * searches the whole symbol table for each variable, which takes too long for a hostile file.
 */
#include <stdlib.h>
#include <string.h>

#include "module/program_elf.h"
#include "util/bytes.h"
#include "util/hash.h"
#include "util/order.h"

/* Names in BTF are at most this long, so longer names never match. */
#define NAME_LENGTH_MAX 4095

bool program_elf_detect(const uint8_t *image, size_t size)
{
	bool big_endian;

	if (size < sizeof(Elf64_Ehdr) || !elf_detect(image, size) || image[EI_CLASS] != ELFCLASS64)
		return false;
	big_endian = image[EI_DATA] == ELFDATA2MSB;
	return get16(image + offsetof(Elf64_Ehdr, e_type), big_endian) == ET_REL &&
	       get16(image + offsetof(Elf64_Ehdr, e_machine), big_endian) == EM_BPF;
}

static void program_elf_add_name(struct program_names *names, const char *text,
				 const struct program_name *name)
{
	size_t length = text ? strnlen(text, NAME_LENGTH_MAX + 1) : 0;

	if (!length || length > NAME_LENGTH_MAX)
		return;
	names->list[names->count] = *name;
	names->list[names->count].text = text;
	names->list[names->count++].hash = hash_string(text, length);
}

static int program_elf_compare_names(const void *a, const void *b)
{
	const struct program_name *left = a, *right = b;

	return by_number(left->hash, right->hash) ?: by_number(left->index, right->index);
}

static void program_elf_sort_names(struct program_names *names)
{
	if (names->count)
		qsort(names->list, names->count, sizeof(*names->list), program_elf_compare_names);
}

const struct program_name *program_names_find(const struct program_names *names, const char *text)
{
	uint64_t hash = hash_string(text, strlen(text));
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (names->list[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < names->count && names->list[low].hash == hash; low++) {
		if (!strcmp(names->list[low].text, text))
			return &names->list[low];
	}
	return NULL;
}

/* Sections with bytes outside the file count as empty. NOBITS sections keep their size. */
static struct rebtf_error *program_elf_read_sections(struct program_elf *elf, Elf_Scn **symtab)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	elf->sections.list = calloc(elf->file.section_count + 1, sizeof(*elf->sections.list));
	if (!elf->sections.list)
		return error_nomem();
	while ((section = elf_nextscn(elf->file.elf, section))) {
		struct program_name name = { .index = elf_ndxscn(section) };

		if (!gelf_getshdr(section, &shdr) || name.index > elf->file.section_count)
			continue;
		if (shdr.sh_type == SHT_SYMTAB && !*symtab)
			*symtab = section;
		if (shdr.sh_type == SHT_NOBITS || (shdr.sh_offset <= elf->file.size &&
						   shdr.sh_size <= elf->file.size - shdr.sh_offset))
			name.value = shdr.sh_size;
		program_elf_add_name(&elf->sections, elf_section_name(&elf->file, shdr.sh_name),
				     &name);
	}
	program_elf_sort_names(&elf->sections);
	return NULL;
}

static void program_elf_add_symbol(struct program_elf *elf, const char *text, const GElf_Sym *sym,
				   size_t index)
{
	int type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);
	int visibility = GELF_ST_VISIBILITY(sym->st_other);
	const struct program_name name = {
		.index = index,
		.value = sym->st_value,
		.hidden = visibility == STV_HIDDEN || visibility == STV_INTERNAL,
	};

	if (bind != STB_GLOBAL && bind != STB_WEAK)
		return;
	if (type == STT_OBJECT)
		program_elf_add_name(&elf->variables, text, &name);
	else if (type == STT_NOTYPE && sym->st_shndx == SHN_UNDEF)
		program_elf_add_name(&elf->externs, text, &name);
}

static struct rebtf_error *program_elf_read_symbols(struct program_elf *elf, Elf_Scn *symtab)
{
	Elf_Data *symbols = symtab ? elf_getdata(symtab, NULL) : NULL;
	struct elf_strings names;
	GElf_Shdr shdr;
	size_t count;

	if (!symbols || !symbols->d_buf || !gelf_getshdr(symtab, &shdr))
		return NULL;
	names = elf_strings_of(&elf->file, shdr.sh_link);
	count = symbols->d_size / sizeof(Elf64_Sym);
	elf->variables.list = calloc(count + 1, sizeof(*elf->variables.list));
	elf->externs.list = calloc(count + 1, sizeof(*elf->externs.list));
	if (!elf->variables.list || !elf->externs.list)
		return error_nomem();
	for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
		GElf_Sym sym;

		if (gelf_getsym(symbols, (int)i, &sym))
			program_elf_add_symbol(elf, elf_string(&names, sym.st_name), &sym, i);
	}
	program_elf_sort_names(&elf->variables);
	return NULL;
}

struct rebtf_error *program_elf_read(const uint8_t *image, size_t size, struct program_elf *elf)
{
	Elf_Scn *symtab = NULL;

	TRY(elf_file_open_mem(image, size, &elf->file));
	TRY(program_elf_read_sections(elf, &symtab));
	return program_elf_read_symbols(elf, symtab);
}

void program_elf_release(struct program_elf *elf)
{
	free(elf->sections.list);
	free(elf->variables.list);
	free(elf->externs.list);
	if (elf->file.elf)
		elf_file_close(&elf->file);
}
