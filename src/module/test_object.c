/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes small relocatable objects for tests, and compares them after rewriting. */
#include <fcntl.h>
#include <sys/mman.h>

#include "btf/header.h"
#include "module/test_object.h"
#include "util/testing.h"

/* --------------------------------------------------------------------------------------- making */

struct maker {
	const struct test_object *object;
	Elf *elf;
	char names[1024]; /* .shstrtab */
	size_t names_size;
	char strings[64]; /* .strtab */
	size_t strings_size;
	size_t text, base, data, symtab, last_extra;
};

static uint32_t add_name(struct maker *m, const char *name)
{
	size_t size = strlen(name) + 1;
	char *there = memmem(m->names, m->names_size, name, size);

	if (!there) {
		there = m->names + m->names_size;
		assert_true(m->names_size + size <= sizeof(m->names));
		memcpy(there, name, size);
		m->names_size += size;
	}
	return (uint32_t)(there - m->names);
}

/* Returns the new section's index. */
static size_t add(struct maker *m, const char *name, GElf_Shdr header, Elf_Type type,
		  const void *data, size_t size)
{
	Elf_Scn *scn = elf_newscn(m->elf);
	Elf_Data *d = elf_newdata(scn);
	GElf_Shdr shdr;

	assert_non_null(gelf_getshdr(scn, &shdr));
	header.sh_name = add_name(m, name);
	assert_true(gelf_update_shdr(scn, &header));
	d->d_buf = (void *)data;
	d->d_size = size;
	d->d_type = type;
	d->d_align = header.sh_addralign;
	return elf_ndxscn(scn);
}

/* Symbols, and the extended indices of those whose section index is too large. */
struct symbol_table {
	Elf_Data *symbols;
	Elf_Data *extended;
	int count;
};

static void put_symbol(struct symbol_table *table, uint32_t name, unsigned char info,
		       size_t section)
{
	bool large = section >= SHN_LORESERVE;
	GElf_Sym symbol = {
		.st_name = name,
		.st_info = info,
		.st_shndx = large ? SHN_XINDEX : (GElf_Half)section,
	};

	assert_true(gelf_update_symshndx(table->symbols, table->extended, table->count++, &symbol,
					 large ? (Elf32_Word)section : 0));
}

enum {
	NULL_SYMBOL,
	TEXT_SYMBOL,
	DATA_SYMBOL,
	EXTRA_SYMBOL,
	BASE_SYMBOL,
	NAMED_SYMBOL,
	SYMBOL_COUNT
};

static void fill_symbols(struct maker *m, struct symbol_table *table)
{
	const struct test_object *object = m->object;

	put_symbol(table, 0, 0, 0);
	put_symbol(table, 0, GELF_ST_INFO(STB_LOCAL, STT_SECTION), m->text);
	put_symbol(table, 1, GELF_ST_INFO(STB_LOCAL, STT_OBJECT), m->data);
	put_symbol(table, 6, GELF_ST_INFO(STB_LOCAL, STT_OBJECT), m->last_extra ?: m->data);
	put_symbol(table, 0, GELF_ST_INFO(STB_LOCAL, STT_SECTION),
		   object->base_section_symbol ? m->base : m->text);
	put_symbol(table, 12, GELF_ST_INFO(STB_LOCAL, STT_OBJECT),
		   object->base_named_symbol ? m->base : m->data);
}

/*
 * In a little-endian 64-bit MIPS object, the four bytes of the symbol come first, and the type is the
 * last byte.
 */
static GElf_Xword relocation_info(struct maker *m, GElf_Xword symbol)
{
	/* Code that takes the type for the symbol finds one of .BTF.base. */
	const GElf_Xword type = BASE_SYMBOL;
	GElf_Ehdr ehdr;

	assert_non_null(gelf_getehdr(m->elf, &ehdr));
	if (ehdr.e_machine == EM_MIPS && gelf_getclass(m->elf) == ELFCLASS64 &&
	    ehdr.e_ident[EI_DATA] == ELFDATA2LSB)
		return type << 56 | symbol;
	return GELF_R_INFO(symbol, type);
}

static void fill_relocations(struct maker *m, Elf_Data *data)
{
	bool uses_base = m->object->base_symbol_used;
	GElf_Rela rela = { .r_offset = 4, .r_info = relocation_info(m, DATA_SYMBOL) };

	assert_true(gelf_update_rela(data, 0, &rela));
	rela.r_info = relocation_info(m, uses_base ? BASE_SYMBOL : TEXT_SYMBOL);
	assert_true(gelf_update_rela(data, 1, &rela));
}

static void set_header(struct maker *m)
{
	const struct test_object *object = m->object;
	GElf_Ehdr ehdr;

	assert_non_null(gelf_newehdr(m->elf, object->elf_class ?: ELFCLASS64));
	assert_non_null(gelf_getehdr(m->elf, &ehdr));
	ehdr.e_ident[EI_DATA] =
		(unsigned char)(object->encoding ?: (HOST_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB));
	ehdr.e_type = ET_REL;
	ehdr.e_machine = object->machine ?: EM_X86_64;
	ehdr.e_version = EV_CURRENT;
	assert_true(gelf_update_ehdr(m->elf, &ehdr));
}

static void set_names_index(struct maker *m, size_t index)
{
	GElf_Ehdr ehdr;

	assert_non_null(gelf_getehdr(m->elf, &ehdr));
	ehdr.e_shstrndx = index < SHN_LORESERVE ? (GElf_Half)index : SHN_XINDEX;
	assert_true(gelf_update_ehdr(m->elf, &ehdr));
	if (index >= SHN_LORESERVE) {
		Elf_Scn *scn = elf_getscn(m->elf, 0);
		GElf_Shdr shdr;

		assert_non_null(gelf_getshdr(scn, &shdr));
		shdr.sh_link = (GElf_Word)index;
		assert_true(gelf_update_shdr(scn, &shdr));
	}
}

static void add_sections(struct maker *m)
{
	static const unsigned char text[32] = "text text text text text text t";
	static const unsigned char data[64] = "data";
	const struct test_object *object = m->object;
	size_t entries = object->elf_class == ELFCLASS32 ? 1 : 2;
	size_t symbol_size = gelf_fsize(m->elf, ELF_T_SYM, 1, EV_CURRENT);
	size_t rela_size = gelf_fsize(m->elf, ELF_T_RELA, 1, EV_CURRENT);
	struct symbol_table table = {};
	size_t strtab, rela, group, btf = 0, shndx = 0, extra = 0;
	uint32_t *members;
	GElf_Shdr shdr;

	m->text = add(m, ".text",
		      (GElf_Shdr){ .sh_type = SHT_PROGBITS,
				   .sh_addralign = 16,
				   .sh_flags = SHF_ALLOC | SHF_EXECINSTR },
		      ELF_T_BYTE, text, sizeof(text));
	if (object->btf)
		btf = add(m, ".BTF", (GElf_Shdr){ .sh_type = SHT_PROGBITS, .sh_addralign = 1 },
			  ELF_T_BYTE, object->btf, object->btf_size);
	if (object->base)
		m->base = add(m, ".BTF.base",
			      (GElf_Shdr){ .sh_type = SHT_PROGBITS, .sh_addralign = 4 }, ELF_T_BYTE,
			      object->base, object->base_size);
	if (object->ext)
		add(m, ".BTF.ext", (GElf_Shdr){ .sh_type = SHT_PROGBITS, .sh_addralign = 4 },
		    ELF_T_BYTE, object->ext, object->ext_size);
	rela = add(m, ".rela.text",
		   (GElf_Shdr){ .sh_type = SHT_RELA,
				.sh_addralign = 8,
				.sh_flags = SHF_INFO_LINK,
				.sh_info = (GElf_Word)m->text,
				.sh_entsize = rela_size },
		   ELF_T_RELA, calloc(2, sizeof(GElf_Rela)), 2 * rela_size);
	if (object->btf_relocated)
		add(m, ".rela.BTF",
		    (GElf_Shdr){ .sh_type = SHT_RELA,
				 .sh_addralign = 8,
				 .sh_info = (GElf_Word)btf,
				 .sh_entsize = rela_size },
		    ELF_T_RELA, calloc(1, sizeof(GElf_Rela)), rela_size);
	m->data = add(m, ".data",
		      (GElf_Shdr){ .sh_type = SHT_PROGBITS,
				   .sh_addralign = 64,
				   .sh_flags = SHF_ALLOC | SHF_WRITE },
		      ELF_T_BYTE, data, sizeof(data));
	add(m, ".bss",
	    (GElf_Shdr){
		    .sh_type = SHT_NOBITS, .sh_addralign = 32, .sh_flags = SHF_ALLOC | SHF_WRITE },
	    ELF_T_BYTE, NULL, 128);
	members = calloc(2, sizeof(*members));
	members[0] = GRP_COMDAT;
	members[1] = (uint32_t)m->data;
	group = add(m, ".group",
		    (GElf_Shdr){ .sh_type = SHT_GROUP,
				 .sh_addralign = 4,
				 .sh_entsize = 4,
				 .sh_info = DATA_SYMBOL },
		    ELF_T_WORD, members, 8);
	for (size_t i = 0; i < object->extra_sections; i++)
		extra = add(m, ".extra", (GElf_Shdr){ .sh_type = SHT_PROGBITS, .sh_addralign = 1 },
			    ELF_T_BYTE, "x", 1);
	m->last_extra = extra;
	m->symtab = add(m, ".symtab",
			(GElf_Shdr){ .sh_type = SHT_SYMTAB,
				     .sh_addralign = 4 * entries,
				     .sh_entsize = symbol_size,
				     .sh_info = SYMBOL_COUNT },
			ELF_T_SYM, calloc(SYMBOL_COUNT, sizeof(GElf_Sym)),
			SYMBOL_COUNT * symbol_size);
	if (extra >= SHN_LORESERVE)
		shndx = add(m, ".symtab_shndx",
			    (GElf_Shdr){ .sh_type = SHT_SYMTAB_SHNDX,
					 .sh_addralign = 4,
					 .sh_entsize = 4,
					 .sh_link = (GElf_Word)m->symtab },
			    ELF_T_WORD, calloc(SYMBOL_COUNT, 4), SYMBOL_COUNT * 4);
	m->strings_size = sizeof("\0data\0extra\0in_base");
	memcpy(m->strings, "\0data\0extra\0in_base", m->strings_size);
	strtab = add(m, ".strtab", (GElf_Shdr){ .sh_type = SHT_STRTAB, .sh_addralign = 1 },
		     ELF_T_BYTE, m->strings, m->strings_size);

	table.symbols = elf_getdata(elf_getscn(m->elf, m->symtab), NULL);
	table.extended = shndx ? elf_getdata(elf_getscn(m->elf, shndx), NULL) : NULL;
	fill_symbols(m, &table);
	fill_relocations(m, elf_getdata(elf_getscn(m->elf, rela), NULL));
	/* Links to sections that were added later. */
	gelf_getshdr(elf_getscn(m->elf, rela), &shdr);
	shdr.sh_link = (GElf_Word)m->symtab;
	gelf_update_shdr(elf_getscn(m->elf, rela), &shdr);
	gelf_getshdr(elf_getscn(m->elf, group), &shdr);
	shdr.sh_link = (GElf_Word)m->symtab;
	gelf_update_shdr(elf_getscn(m->elf, group), &shdr);
	gelf_getshdr(elf_getscn(m->elf, m->symtab), &shdr);
	shdr.sh_link = (GElf_Word)strtab;
	gelf_update_shdr(elf_getscn(m->elf, m->symtab), &shdr);
}

/* Frees memory that was passed to add(). libelf does not free it. */
static void free_contents(struct maker *m)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(m->elf, scn))) {
		Elf_Data *data = elf_getdata(scn, NULL);
		GElf_Shdr shdr;

		gelf_getshdr(scn, &shdr);
		if (shdr.sh_type == SHT_RELA || shdr.sh_type == SHT_GROUP ||
		    shdr.sh_type == SHT_SYMTAB || shdr.sh_type == SHT_SYMTAB_SHNDX) {
			free(data->d_buf);
			data->d_buf = NULL;
		}
	}
}

void test_object_make(const struct test_object *object, struct file_bytes *bytes)
{
	struct maker m = { .object = object, .names_size = 1 };
	size_t shstrtab;
	int fd = memfd_create("object", 0);

	elf_version(EV_CURRENT);
	m.elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(m.elf);
	set_header(&m);
	add_sections(&m);
	/* It contains its own name, too. */
	add_name(&m, ".shstrtab");
	shstrtab = add(&m, ".shstrtab", (GElf_Shdr){ .sh_type = SHT_STRTAB, .sh_addralign = 1 },
		       ELF_T_BYTE, m.names, m.names_size);
	set_names_index(&m, shstrtab);
	if (elf_update(m.elf, ELF_C_WRITE) < 0)
		fail_msg("elf_update: %s", elf_errmsg(-1));
	free_contents(&m);
	elf_end(m.elf);
	assert_ok(file_read_fd(fd, "object", NULL, bytes));
	close(fd);
}

/* ------------------------------------------------------------------------------------ comparing */

static const char *section_name(Elf *elf, Elf_Scn *scn)
{
	GElf_Ehdr ehdr;
	GElf_Shdr shdr;
	size_t names;

	gelf_getehdr(elf, &ehdr);
	gelf_getshdr(elf_getscn(elf, 0), &shdr);
	names = ehdr.e_shstrndx == SHN_XINDEX ? shdr.sh_link : ehdr.e_shstrndx;
	gelf_getshdr(scn, &shdr);
	return elf_strptr(elf, names, shdr.sh_name) ?: "?";
}

bool test_object_section(const void *data, size_t size, const char *name, const void **section,
			 size_t *section_size)
{
	Elf *elf = elf_memory((char *)data, size);
	Elf_Scn *scn = NULL;
	bool found = false;

	while (!found && (scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;

		gelf_getshdr(scn, &shdr);
		if (strcmp(section_name(elf, scn), name))
			continue;
		assert_true(shdr.sh_offset + shdr.sh_size <= size);
		*section = (const char *)data + shdr.sh_offset;
		*section_size = shdr.sh_size;
		found = true;
	}
	elf_end(elf);
	return found;
}

static bool is_btf(Elf *elf, Elf_Scn *scn)
{
	const char *name = section_name(elf, scn);

	return !strcmp(name, ".BTF") || !strcmp(name, ".BTF.base");
}

static Elf_Scn *next_other(Elf *elf, Elf_Scn *scn)
{
	while ((scn = elf_nextscn(elf, scn)) && is_btf(elf, scn))
		;
	return scn;
}

/* The two files, and the mapping of their sections. */
struct comparison {
	Elf *old_elf, *new_elf;
	size_t *new_index;
	size_t old_count;
};

static size_t mapped(const struct comparison *c, size_t index)
{
	return index < c->old_count ? c->new_index[index] : index;
}

static Elf_Data *extended_indices(Elf *elf)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;

		gelf_getshdr(scn, &shdr);
		if (shdr.sh_type == SHT_SYMTAB_SHNDX)
			return elf_getdata(scn, NULL);
	}
	return NULL;
}

static void compare_symbols(const struct comparison *c, Elf_Data *old_data, Elf_Data *new_data)
{
	Elf_Data *old_ext = extended_indices(c->old_elf), *new_ext = extended_indices(c->new_elf);

	assert_int_equal(old_data->d_size, new_data->d_size);
	for (int i = 0; i < SYMBOL_COUNT; i++) {
		Elf32_Word old_index = 0, new_index = 0;
		GElf_Sym o, n;

		assert_non_null(gelf_getsymshndx(old_data, old_ext, i, &o, &old_index));
		assert_non_null(gelf_getsymshndx(new_data, new_ext, i, &n, &new_index));
		if (o.st_shndx != SHN_XINDEX)
			old_index = o.st_shndx;
		if (n.st_shndx != SHN_XINDEX)
			new_index = n.st_shndx;
		assert_int_equal(o.st_name, n.st_name);
		if (old_index && !mapped(c, old_index)) {
			assert_int_equal(new_index, SHN_ABS);
			continue;
		}
		assert_int_equal(new_index, mapped(c, old_index));
		assert_int_equal(o.st_info, n.st_info);
		assert_int_equal(o.st_value, n.st_value);
	}
}

static void compare_section(const struct comparison *c, Elf_Scn *old_scn, Elf_Scn *new_scn)
{
	Elf_Data *old_data = elf_getdata(old_scn, NULL), *new_data = elf_getdata(new_scn, NULL);
	GElf_Shdr o, n;

	gelf_getshdr(old_scn, &o);
	gelf_getshdr(new_scn, &n);
	assert_string_equal(section_name(c->old_elf, old_scn), section_name(c->new_elf, new_scn));
	assert_int_equal(o.sh_type, n.sh_type);
	assert_int_equal(o.sh_flags, n.sh_flags);
	assert_int_equal(o.sh_addralign, n.sh_addralign);
	assert_int_equal(o.sh_entsize, n.sh_entsize);
	assert_int_equal(mapped(c, o.sh_link), n.sh_link);
	assert_int_equal(o.sh_type == SHT_RELA ? mapped(c, o.sh_info) : o.sh_info, n.sh_info);
	if (n.sh_addralign && n.sh_type != SHT_NOBITS)
		assert_int_equal(n.sh_offset % n.sh_addralign, 0);
	if (o.sh_type == SHT_SYMTAB) {
		compare_symbols(c, old_data, new_data);
	} else if (o.sh_type == SHT_GROUP) {
		assert_int_equal(mapped(c, ((uint32_t *)old_data->d_buf)[1]),
				 ((uint32_t *)new_data->d_buf)[1]);
	} else if (o.sh_type != SHT_SYMTAB_SHNDX &&
		   strcmp(section_name(c->old_elf, old_scn), ".shstrtab")) {
		assert_int_equal(o.sh_size, n.sh_size);
		if (o.sh_type != SHT_NOBITS && o.sh_size)
			assert_memory_equal(old_data->d_buf, new_data->d_buf, o.sh_size);
	}
}

void assert_same_object(const void *old_data, size_t old_size, const void *new_data,
			size_t new_size)
{
	struct comparison c = {
		.old_elf = elf_memory((char *)old_data, old_size),
		.new_elf = elf_memory((char *)new_data, new_size),
	};
	Elf_Scn *old_scn = NULL, *new_scn = NULL;

	assert_int_equal(elf_getshdrnum(c.old_elf, &c.old_count), 0);
	c.new_index = calloc(c.old_count, sizeof(*c.new_index));
	while ((old_scn = next_other(c.old_elf, old_scn))) {
		new_scn = next_other(c.new_elf, new_scn);
		assert_non_null(new_scn);
		c.new_index[elf_ndxscn(old_scn)] = elf_ndxscn(new_scn);
	}
	assert_null(next_other(c.new_elf, new_scn));
	/* .BTF and .BTF.base, if both files have them. */
	old_scn = NULL;
	while ((old_scn = elf_nextscn(c.old_elf, old_scn))) {
		new_scn = NULL;
		while (is_btf(c.old_elf, old_scn) && (new_scn = elf_nextscn(c.new_elf, new_scn))) {
			if (!strcmp(section_name(c.old_elf, old_scn),
				    section_name(c.new_elf, new_scn)))
				c.new_index[elf_ndxscn(old_scn)] = elf_ndxscn(new_scn);
		}
	}
	old_scn = new_scn = NULL;
	while ((old_scn = next_other(c.old_elf, old_scn))) {
		new_scn = next_other(c.new_elf, new_scn);
		compare_section(&c, old_scn, new_scn);
	}
	free(c.new_index);
	elf_end(c.old_elf);
	elf_end(c.new_elf);
}
