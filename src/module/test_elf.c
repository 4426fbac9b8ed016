/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes ELF files for tests with libelf. */
#include "module/test_elf.h"
#include "module/tree.h"
#include "util/buffer.h"
#include "util/bytes.h"
#include "util/testing.h"

/* ------------------------------------------------------------------------------------ ELF files */

/* Strings of a table, from the second byte on. */
struct strings {
	char text[4096];
	size_t size;
};

static uint32_t add_string(struct strings *strings, const char *string)
{
	uint32_t offset = (uint32_t)strings->size;

	assert_true(strings->size + strlen(string) < sizeof(strings->text));
	strcpy(strings->text + strings->size, string);
	strings->size += strlen(string) + 1;
	return offset;
}

static void add_section(Elf *elf, struct strings *names, const char *name, GElf_Shdr *header,
			const void *data, size_t size, Elf_Type type)
{
	Elf_Scn *section = elf_newscn(elf);
	Elf_Data *piece;
	GElf_Shdr shdr;

	assert_non_null(section);
	piece = elf_newdata(section);
	assert_non_null(piece);
	*piece = (Elf_Data){
		.d_buf = (void *)data,
		.d_size = size,
		.d_type = type,
		.d_align = 1,
		.d_version = EV_CURRENT,
	};
	shdr = *header;
	shdr.sh_name = add_string(names, name);
	shdr.sh_addralign = shdr.sh_addralign ?: 1;
	assert_true(gelf_update_shdr(section, &shdr));
}

static uint16_t index_of(const struct test_elf *e, const char *name)
{
	if (!name)
		return SHN_UNDEF;
	if (!strcmp(name, TEST_ABSOLUTE))
		return SHN_ABS;
	for (size_t i = 0; i < e->section_count; i++) {
		if (!strcmp(e->sections[i].name, name))
			return (uint16_t)(i + 1);
	}
	fail_msg("no section %s", name);
	return 0;
}

/* The symbol table, in libelf's memory form, and its strings. */
static void *make_symbols(const struct test_elf *e, int class, struct strings *strings,
			  size_t *size)
{
	size_t count = e->symbol_count + 1;
	size_t one = class == ELFCLASS64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	uint8_t *symbols = calloc(count, one);

	*size = count * one;
	for (size_t i = 1; i < count; i++) {
		const struct test_symbol *s = &e->symbols[i - 1];
		uint8_t info = GELF_ST_INFO(s->is_weak	 ? STB_WEAK
					    : s->section ? STB_LOCAL
							 : STB_GLOBAL,
					    STT_NOTYPE);
		uint32_t name = add_string(strings, s->name);

		if (class == ELFCLASS64)
			((Elf64_Sym *)symbols)[i] = (Elf64_Sym){
				.st_name = name,
				.st_info = info,
				.st_shndx = index_of(e, s->section),
				.st_value = s->value,
				.st_size = s->size,
			};
		else
			((Elf32_Sym *)symbols)[i] = (Elf32_Sym){
				.st_name = name,
				.st_info = info,
				.st_shndx = index_of(e, s->section),
				.st_value = (uint32_t)s->value,
				.st_size = (uint32_t)s->size,
			};
	}
	return symbols;
}

static void write_elf(const struct test_elf *e, int fd)
{
	int class = e->elf_class ?: ELFCLASS64;
	struct strings names = { .size = 1 }, symbol_names = { .size = 1 };
	Elf *elf;
	GElf_Ehdr ehdr;
	size_t size;
	void *symbols = make_symbols(e, class, &symbol_names, &size);

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(elf);
	assert_non_null(gelf_newehdr(elf, class));
	for (size_t i = 0; i < e->section_count; i++) {
		const struct test_section *s = &e->sections[i];

		add_section(elf, &names, s->name,
			    &(GElf_Shdr){ .sh_type = s->type ?: SHT_PROGBITS,
					  .sh_flags = s->flags,
					  .sh_addr = s->address,
					  .sh_info = s->info },
			    s->data, s->size, ELF_T_BYTE);
	}
	if (!e->has_no_symbols) {
		add_section(elf, &names, ".symtab",
			    &(GElf_Shdr){ .sh_type = SHT_SYMTAB,
					  .sh_link = (uint32_t)e->section_count + 2,
					  .sh_info = 1,
					  .sh_entsize = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT),
					  .sh_addralign = 8 },
			    symbols, size, ELF_T_SYM);
		add_section(elf, &names, ".strtab", &(GElf_Shdr){ .sh_type = SHT_STRTAB },
			    symbol_names.text, symbol_names.size, ELF_T_BYTE);
	}
	add_string(&names, ".shstrtab");
	names.size -= strlen(".shstrtab") + 1;
	add_section(elf, &names, ".shstrtab", &(GElf_Shdr){ .sh_type = SHT_STRTAB }, names.text,
		    names.size + strlen(".shstrtab") + 1, ELF_T_BYTE);
	assert_non_null(gelf_getehdr(elf, &ehdr));
	ehdr.e_ident[EI_DATA] = (unsigned char)(e->encoding ?: ELFDATA2LSB);
	ehdr.e_type = e->type ?: ET_REL;
	ehdr.e_machine = e->machine ?: EM_X86_64;
	ehdr.e_version = EV_CURRENT;
	ehdr.e_shstrndx = (uint16_t)(e->section_count + (e->has_no_symbols ? 1 : 3));
	assert_true(gelf_update_ehdr(elf, &ehdr));
	assert_true(elf_update(elf, ELF_C_WRITE) > 0);
	elf_end(elf);
	free(symbols);
}

void test_elf_make(const struct test_elf *e, struct file_bytes *bytes)
{
	_cleanup_scratch_ char *directory = scratch_new();
	const char *path = scratch_path(directory, "elf");
	FILE *file = fopen(path, "w+");

	assert_non_null(file);
	write_elf(e, fileno(file));
	assert_int_equal(fclose(file), 0);
	assert_ok(file_read(path, bytes));
}

/* -------------------------------------------------------------------------------------- modules */

static void put_word(uint8_t *at, size_t word, bool big_endian, uint32_t value)
{
	memset(at, 0, word);
	put32(at + (big_endian && word == 8 ? 4 : 0), value, big_endian);
}

static bool is_big(const struct test_module *m)
{
	return m->encoding == ELFDATA2MSB;
}

static size_t count_of(const struct test_version *versions)
{
	size_t count = 0;

	while (count < TEST_SYMBOLS_MAX && versions[count].name)
		count++;
	return count;
}

static void add_versions(const struct test_module *m, struct buffer *b)
{
	size_t word = m->elf_class == ELFCLASS32 ? 4 : 8;

	for (size_t i = 0; i < count_of(m->versions); i++) {
		uint8_t entry[64] = {};

		put_word(entry, word, is_big(m), m->versions[i].crc);
		strncpy((char *)entry + word, m->versions[i].name, sizeof(entry) - word);
		buffer_append(b, entry, sizeof(entry));
	}
}

/* The sections and symbols of a module under construction. */
struct making {
	struct test_section sections[24];
	size_t section_count;
	struct test_symbol symbols[4 * TEST_SYMBOLS_MAX];
	size_t symbol_count;
	char names[4 * TEST_SYMBOLS_MAX][64]; /* of generated symbols */
	struct buffer modinfo, versions, crcs, ext_names, ext_crcs, strings, tables[2],
		crc_tables[2];
	uint8_t struct_module[4096];
};

static void put_section(struct making *making, const char *name, const void *data, size_t size,
			uint64_t flags)
{
	making->sections[making->section_count++] = (struct test_section){
		.name = name,
		.data = data,
		.size = size,
		.flags = flags,
	};
}

static void put_symbol(struct making *making, const char *prefix, const char *name,
		       const char *section, uint64_t value)
{
	char *text = making->names[making->symbol_count];

	snprintf(text, sizeof(making->names[0]), "%s%s", prefix, name);
	making->symbols[making->symbol_count++] =
		(struct test_symbol){ .name = text, .section = section, .value = value };
}

/* Entries of 12 bytes, as with relative references. Relocations would fill in their contents. */
static void put_exports(const struct test_module *m, struct making *making)
{
	static const char *const tables[] = { "__ksymtab", "__ksymtab_gpl" };

	buffer_append(&making->strings, "", 1);
	for (size_t i = 0; i < count_of(m->exports); i++) {
		const struct test_version *e = &m->exports[i];
		struct buffer *table = &making->tables[e->is_gpl];
		uint8_t crc[4];

		put_symbol(making, "__ksymtab_", e->name, tables[e->is_gpl], table->size);
		if (e->namespace) {
			put_symbol(making, "__kstrtabns_", e->name, "__ksymtab_strings",
				   making->strings.size);
			buffer_append(&making->strings, e->namespace, strlen(e->namespace) + 1);
		}
		buffer_append(table, "\0\0\0\0\0\0\0\0\0\0\0", 12);
		put32(crc, e->crc, is_big(m));
		buffer_append(&making->crc_tables[e->is_gpl], crc, 4);
	}
	for (size_t i = 0; i < 2; i++) {
		if (!making->tables[i].size)
			continue;
		put_section(making, tables[i], making->tables[i].data, making->tables[i].size,
			    SHF_ALLOC);
		put_section(making, i ? "__kcrctab_gpl" : "__kcrctab", making->crc_tables[i].data,
			    making->crc_tables[i].size, SHF_ALLOC);
	}
	put_section(making, "__ksymtab_strings", making->strings.data, making->strings.size,
		    SHF_ALLOC);
}

static void put_extended(const struct test_module *m, struct making *making)
{
	for (size_t i = 0; i < count_of(m->extended); i++) {
		uint8_t crc[4];

		put32(crc, m->extended[i].crc, is_big(m));
		buffer_append(&making->ext_crcs, crc, 4);
		buffer_append(&making->ext_names, m->extended[i].name,
			      strlen(m->extended[i].name) + 1);
	}
	if (!making->ext_crcs.size)
		return;
	put_section(making, "__version_ext_crcs", making->ext_crcs.data, making->ext_crcs.size,
		    SHF_ALLOC);
	put_section(making, "__version_ext_names", making->ext_names.data, making->ext_names.size,
		    SHF_ALLOC);
}

static void put_modinfo(const struct test_module *m, struct making *making)
{
	buffer_append(&making->modinfo, m->modinfo ?: "", strlen(m->modinfo ?: "") + 1);
	for (size_t i = 0; i < making->modinfo.size; i++) {
		if (making->modinfo.data[i] == '|')
			making->modinfo.data[i] = '\0';
	}
	put_section(making, ".modinfo", making->modinfo.data, making->modinfo.size, SHF_ALLOC);
}

static void release_making(struct making *making)
{
	buffer_release(&making->modinfo);
	buffer_release(&making->versions);
	buffer_release(&making->ext_names);
	buffer_release(&making->ext_crcs);
	buffer_release(&making->strings);
	for (size_t i = 0; i < 2; i++) {
		buffer_release(&making->tables[i]);
		buffer_release(&making->crc_tables[i]);
	}
}

void test_module_make(const struct test_module *m, struct file_bytes *bytes)
{
	/* Only a header. */
	static const uint8_t empty_little[] = { 0x9f, 0xeb, 1, 0, 24, [20] = 1, [24] = 0 };
	static const uint8_t empty_big[] = { 0xeb, 0x9f, 1, 0, 0, 0, 0, 24, [23] = 1, [24] = 0 };
	struct making making = {};
	struct test_elf elf = {
		.elf_class = m->elf_class,
		.encoding = m->encoding,
		.type = m->type,
		.machine = m->machine,
		.has_no_symbols = m->is_stripped,
	};

	put_modinfo(m, &making);
	add_versions(m, &making.versions);
	if (!m->has_no_versions)
		put_section(&making, "__versions", making.versions.data, making.versions.size,
			    SHF_ALLOC);
	put_extended(m, &making);
	if (count_of(m->exports))
		put_exports(m, &making);
	if (m->struct_size != SIZE_MAX)
		put_section(&making, ".gnu.linkonce.this_module", making.struct_module,
			    m->struct_size ?: 896, SHF_ALLOC | SHF_WRITE);
	if (m->btf)
		put_section(&making, ".BTF", m->btf, m->btf_size, 0);
	else
		put_section(&making, ".BTF", is_big(m) ? empty_big : empty_little, 25, 0);
	for (size_t i = 0; i < TEST_SYMBOLS_MAX && m->imports[i]; i++) {
		bool is_weak = *m->imports[i] == '?';

		put_symbol(&making, "", m->imports[i] + is_weak, NULL, 0);
		making.symbols[making.symbol_count - 1].is_weak = is_weak;
	}
	elf.sections = making.sections;
	elf.section_count = making.section_count;
	elf.symbols = making.symbols;
	elf.symbol_count = making.symbol_count;
	test_elf_make(&elf, bytes);
	release_making(&making);
}

void test_module_write(const struct test_module *m, const char *path)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	assert_ok(tree_make_parents(path));
	test_module_make(m, &bytes);
	write_bytes(path, bytes.data, bytes.size);
}
