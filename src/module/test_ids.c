/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes objects with a .BTF_ids for tests. */
#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>

#include "btf/header.h"
#include "module/test_ids.h"
#include "util/testing.h"

static size_t add_section(Elf *elf, uint32_t name, GElf_Word type, Elf_Type data_type, void *data,
			  size_t size)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *d = elf_newdata(section);
	GElf_Shdr shdr;

	assert_non_null(gelf_getshdr(section, &shdr));
	shdr.sh_name = name;
	shdr.sh_type = type;
	assert_true(gelf_update_shdr(section, &shdr));
	*d = (Elf_Data){
		.d_buf = data,
		.d_type = data_type,
		.d_size = size,
		.d_align = 4,
		.d_version = EV_CURRENT,
	};
	return elf_ndxscn(section);
}

static void add_symbols(Elf *elf, const struct test_ids *ids, size_t section, char *strings,
			void *symbols)
{
	size_t size = gelf_fsize(elf, ELF_T_SYM, ids->symbol_count + 1, EV_CURRENT);
	size_t symtab = add_section(elf, 10, SHT_SYMTAB, ELF_T_SYM, symbols, size), strtab;
	size_t strings_size = 1;
	GElf_Shdr shdr;

	for (size_t i = 0; i < ids->symbol_count; i++) {
		GElf_Sym sym = {
			.st_name = (GElf_Word)strings_size,
			.st_value = ids->symbols[i].value,
			.st_size = ids->symbols[i].size,
			.st_shndx = (GElf_Half)section,
		};

		strcpy(strings + strings_size, ids->symbols[i].name);
		strings_size += strlen(ids->symbols[i].name) + 1;
		assert_true(gelf_update_sym(elf_getdata(elf_getscn(elf, symtab), NULL), (int)i + 1,
					    &sym));
	}
	strtab = add_section(elf, 18, SHT_STRTAB, ELF_T_BYTE, strings, strings_size);
	assert_non_null(gelf_getshdr(elf_getscn(elf, symtab), &shdr));
	shdr.sh_link = (GElf_Word)strtab;
	shdr.sh_entsize = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	assert_true(gelf_update_shdr(elf_getscn(elf, symtab), &shdr));
}

void test_ids_make(const struct test_ids *ids, struct file_bytes *bytes)
{
	static char names[] = "\0.BTF_ids\0.symtab\0.strtab\0.shstrtab";
	uint32_t words[32];
	char strings[1024] = "";
	GElf_Sym symbols[32] = {};
	int fd = memfd_create("object", 0);
	size_t section;
	GElf_Ehdr ehdr;
	GElf_Shdr shdr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(gelf_newehdr(elf, ids->elf_class ?: ELFCLASS64));
	assert_non_null(gelf_getehdr(elf, &ehdr));
	ehdr.e_ident[EI_DATA] =
		(unsigned char)(ids->encoding ?: (HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB));
	ehdr.e_type = ids->type ?: ET_REL;
	ehdr.e_version = EV_CURRENT;
	assert_true(gelf_update_ehdr(elf, &ehdr));

	if (ids->word_count)
		memcpy(words, ids->words, ids->word_count * 4);
	section = add_section(elf, 1, SHT_PROGBITS, ELF_T_WORD, words, ids->word_count * 4);
	assert_non_null(gelf_getshdr(elf_getscn(elf, section), &shdr));
	shdr.sh_addr = ids->address;
	assert_true(gelf_update_shdr(elf_getscn(elf, section), &shdr));
	if (ids->symbol_count)
		add_symbols(elf, ids, section, strings, symbols);
	ehdr.e_shstrndx = (GElf_Half)add_section(elf, 26, SHT_STRTAB, ELF_T_BYTE, names,
						 sizeof(names));
	assert_true(gelf_update_ehdr(elf, &ehdr));
	if (elf_update(elf, ELF_C_WRITE) < 0)
		fail_msg("elf_update: %s", elf_errmsg(-1));
	elf_end(elf);
	assert_ok(file_read_fd(fd, "object", NULL, bytes));
	close(fd);
}
