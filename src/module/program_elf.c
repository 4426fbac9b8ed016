/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads sections and symbols of a BPF program's object, once, into tables. libbpf searches the whole
 * symbol table for each variable, which takes too long for a hostile file.
 */
#include <string.h>

#include "module/program_elf.h"
#include "util/bytes.h"
#include "util/hash.h"

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

struct program_names_key {
	const struct program_names *names;
	const char *text;
};

static inline bool program_names_key_same(const void *arg, uint32_t number)
{
	const struct program_names_key *key = arg;

	return !strcmp(key->names->list.items[number - 1].text, key->text);
}

static bool program_elf_is_name(const char *text)
{
	return text && *text && strnlen(text, NAME_LENGTH_MAX + 1) <= NAME_LENGTH_MAX;
}

static struct rebtf_error *program_elf_add_name(struct program_names *names, const char *text,
						const struct program_name *name)
{
	const struct program_names_key key = { names, text };
	struct table_slot *slot;
	uint32_t hash;

	if (!program_elf_is_name(text))
		return NULL;
	if (!table_reserve(&names->by_name, 1) || !program_list_reserve(&names->list, 1))
		return error_nomem();
	hash = hash_string(text, strlen(text));
	slot = table_find(&names->by_name, hash, program_names_key_same, &key);
	if (slot->value)
		return NULL;
	program_list_append(&names->list, *name)->text = text;
	table_add(&names->by_name, slot, hash, names->list.count);
	return NULL;
}

const struct program_name *program_names_find(const struct program_names *names, const char *text)
{
	const struct program_names_key key = { names, text };
	uint32_t number;

	if (!names->list.count)
		return NULL;
	number = table_find(&names->by_name, hash_string(text, strlen(text)),
			    program_names_key_same, &key)
			 ->value;
	return number ? &names->list.items[number - 1] : NULL;
}

/* Sections with bytes outside the file count as empty. NOBITS sections keep their size. */
static struct rebtf_error *program_elf_read_sections(struct program_elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	while ((section = elf_nextscn(elf->file.elf, section))) {
		struct program_name name = {};

		if (!gelf_getshdr(section, &shdr) || elf_ndxscn(section) > elf->file.section_count)
			continue;
		if (shdr.sh_type == SHT_SYMTAB && !elf->symtab)
			elf->symtab = section;
		if (shdr.sh_type == SHT_NOBITS || (shdr.sh_offset <= elf->file.size &&
						   shdr.sh_size <= elf->file.size - shdr.sh_offset))
			name.value = shdr.sh_size;
		TRY(program_elf_add_name(&elf->sections, elf_section_name(&elf->file, shdr.sh_name),
					 &name));
	}
	return NULL;
}

static struct rebtf_error *program_elf_add_symbol(struct program_elf *elf, const char *text,
						  const GElf_Sym *sym)
{
	int type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);
	int visibility = GELF_ST_VISIBILITY(sym->st_other);
	const struct program_name name = {
		.text = text,
		.value = sym->st_value,
		.hidden = visibility == STV_HIDDEN || visibility == STV_INTERNAL,
		.weak = bind == STB_WEAK,
	};

	if (bind != STB_GLOBAL && bind != STB_WEAK)
		return NULL;
	if (type == STT_OBJECT)
		return program_elf_add_name(&elf->variables, text, &name);
	if (type == STT_NOTYPE && sym->st_shndx == SHN_UNDEF && program_elf_is_name(text))
		program_list_append(&elf->externs, name);
	return elf->externs.failed ? error_nomem() : NULL;
}

static struct rebtf_error *program_elf_read_symbols(struct program_elf *elf)
{
	struct elf_strings names;
	Elf_Data *symbols;
	GElf_Shdr shdr;
	size_t count;

	TRY(elf_section_data(elf->symtab, &symbols));
	if (!symbols || !symbols->d_buf || !gelf_getshdr(elf->symtab, &shdr))
		return NULL;
	TRY(elf_find_strings(&elf->file, shdr.sh_link, "symbol", &names));
	count = symbols->d_size / sizeof(Elf64_Sym);
	for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
		GElf_Sym sym;

		if (gelf_getsym(symbols, (int)i, &sym))
			TRY(program_elf_add_symbol(elf, elf_string(&names, sym.st_name), &sym));
	}
	return NULL;
}

struct rebtf_error *program_elf_read(const uint8_t *image, size_t size, struct program_elf *elf)
{
	TRY(elf_file_open_mem(image, size, &elf->file));
	TRY(program_elf_read_sections(elf));
	return program_elf_read_symbols(elf);
}

void program_elf_release(struct program_elf *elf)
{
	program_list_release(&elf->sections.list);
	table_release(&elf->sections.by_name);
	program_list_release(&elf->variables.list);
	table_release(&elf->variables.by_name);
	program_list_release(&elf->externs);
	if (elf->file.elf)
		elf_file_close(&elf->file);
}
