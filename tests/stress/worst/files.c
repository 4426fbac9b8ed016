/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Worlds of files: modules whose sections, symbols and names are slow to process, and kernel images
 * that look like BTF or compressed data at every offset.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"
#include "worst.h"

/* Adds distilled BTF with @kfuncs kfuncs. */
static void add_btf(struct object *o, uint32_t kfuncs)
{
	struct rebtf_btf *base, *split;
	struct rebtf_builder *b;
	uint32_t proto;
	char name[32];
	size_t size;
	void *data;

	must("base", rebtf_builder_new(NULL, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	must("base", rebtf_builder_finish(b, &base));
	must("split", rebtf_builder_new(base, &b));
	proto = rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, "dev", 1);
	for (uint32_t i = 0; i < kfuncs; i++) {
		snprintf(name, sizeof(name), "kfunc%u", i);
		rebtf_builder_func(b, name, REBTF_LINKAGE_STATIC, proto);
	}
	must("split", rebtf_builder_finish(b, &split));
	must("write", rebtf_btf_write(split, NULL, &data, &size));
	add_section(o, ".BTF", SHT_PROGBITS, data, size);
	free(data);
	must("write", rebtf_btf_write(base, NULL, &data, &size));
	add_section(o, ".BTF.base", SHT_PROGBITS, data, size);
	free(data);
	rebtf_btf_unref(split);
	rebtf_btf_unref(base);
}

/* Symbols for each word of .BTF_ids, as compiled. */
struct ids {
	struct buffer words;
	struct buffer symbols; /* Elf64_Sym */
	struct buffer strings;
};

static struct ids start_ids(void)
{
	struct ids ids = {};
	Elf64_Sym none = {};

	buffer_append(&ids.symbols, &none, sizeof(none));
	add_string(&ids.strings, "");
	return ids;
}

static void add_symbol(struct ids *ids, uint32_t name, uint64_t value, uint64_t size)
{
	Elf64_Sym symbol = { .st_name = name, .st_value = value, .st_size = size };

	buffer_append(&ids->symbols, &symbol, sizeof(symbol));
}

static void add_word(struct ids *ids, const char *name, uint32_t flags)
{
	add_symbol(ids, add_string(&ids->strings, name), ids->words.size, 4);
	buffer_append(&ids->words, "\0\0\0\0", 4);
	buffer_append(&ids->words, &flags, sizeof(flags));
}

static void finish_ids(struct object *o, struct ids *ids)
{
	uint32_t words = add_section(o, ".BTF_ids", SHT_PROGBITS, ids->words.data, ids->words.size);
	Elf64_Sym *symbols = (Elf64_Sym *)ids->symbols.data;
	size_t count = ids->symbols.size / sizeof(*symbols);
	uint32_t table, strings;

	for (size_t i = 1; i < count; i++)
		symbols[i].st_shndx = (uint16_t)words;
	strings = add_section(o, ".strtab", SHT_STRTAB, ids->strings.data, ids->strings.size);
	table = add_section(o, ".symtab", SHT_SYMTAB, symbols, ids->symbols.size);
	section(o, table)->sh_entsize = sizeof(*symbols);
	section(o, table)->sh_link = strings;
	buffer_release(&ids->words);
	buffer_release(&ids->symbols);
	buffer_release(&ids->strings);
}

/* ------------------------------------------------------------------------------------- modules */

static struct buffer many_sections(uint32_t n)
{
	struct object o = start_object();
	char name[32];

	add_btf(&o, 1);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), ".text.%u", i);
		add_section(&o, name, SHT_PROGBITS, "code", 4);
	}
	return finish_object(&o);
}

static struct buffer section_names_without_an_end(uint32_t n)
{
	struct object o = start_object();
	uint32_t name;

	add_btf(&o, 1);
	name = add_string(&o.names, "");
	for (uint32_t i = 0; i < n; i++) {
		buffer_append(&o.names, "aaaaaaaaaaaaaaaa", 16);
		add_header(&o, (Elf64_Shdr){ .sh_name = name + 1 + i, .sh_type = SHT_PROGBITS });
	}
	return finish_object(&o);
}

/* Adds @n sections that all share the same bytes. */
static void add_overlapping(struct object *o, uint32_t n, uint32_t type)
{
	uint32_t first = add_section(o, ".first", type, NULL, 0), symtab = 1;

	while (section(o, symtab)->sh_type != SHT_SYMTAB && symtab < first)
		symtab++;
	buffer_append(&o->bytes, NULL, (size_t)n * 24);
	memset(o->bytes.data + section(o, first)->sh_offset, 0, (size_t)n * 24);
	section(o, first)->sh_size = (size_t)n * 24;
	section(o, first)->sh_link = symtab;
	for (uint32_t i = 1; i < n; i++)
		add_header(o, *section(o, first));
}

static struct buffer groups_over_one_another(uint32_t n)
{
	struct object o = start_object();

	add_btf(&o, 1);
	add_overlapping(&o, n, SHT_GROUP);
	return finish_object(&o);
}

static struct buffer symbol_tables_over_one_another(uint32_t n)
{
	struct object o = start_object();

	add_btf(&o, 1);
	add_overlapping(&o, n, SHT_SYMTAB);
	return finish_object(&o);
}

/* Also adds a symbol of .BTF.base. All relocations are searched for it. */
static struct buffer relocations_over_one_another(uint32_t n)
{
	struct object o = start_object();
	Elf64_Sym symbols[2] = { {}, { .st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION) } };
	uint32_t table;

	add_btf(&o, 1);
	symbols[1].st_shndx = 2;
	table = add_section(&o, ".symtab", SHT_SYMTAB, symbols, sizeof(symbols));
	section(&o, table)->sh_entsize = sizeof(symbols[0]);
	add_overlapping(&o, n, SHT_RELA);
	return finish_object(&o);
}

static struct buffer ids_of_many_functions(uint32_t n)
{
	struct object o = start_object();
	struct ids ids = start_ids();
	char name[64];

	add_btf(&o, n);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "__BTF_ID__func__kfunc%u__%u", n - i - 1, i);
		add_word(&ids, name, 0);
	}
	finish_ids(&o, &ids);
	return finish_object(&o);
}

static struct buffer one_large_set(uint32_t n)
{
	struct object o = start_object();
	struct ids ids = start_ids();
	char name[64];

	add_btf(&o, n);
	add_symbol(&ids, add_string(&ids.strings, "__BTF_ID__set8__all"), 0, 8 + 8ull * n);
	buffer_append(&ids.words, "\0\0\0\0\0\0\0\0", 8);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "__BTF_ID__func__kfunc%u__%u", n - i - 1, i);
		add_word(&ids, name, i);
	}
	finish_ids(&o, &ids);
	return finish_object(&o);
}

static struct buffer many_sets(uint32_t n)
{
	struct object o = start_object();
	struct ids ids = start_ids();
	char name[64];

	add_btf(&o, n);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "__BTF_ID__set8__%u", i);
		add_symbol(&ids, add_string(&ids.strings, name), ids.words.size, 16);
		buffer_append(&ids.words, "\0\0\0\0\0\0\0\0", 8);
		snprintf(name, sizeof(name), "__BTF_ID__func__kfunc%u__%u", i, i);
		add_word(&ids, name, i);
	}
	finish_ids(&o, &ids);
	return finish_object(&o);
}

static struct buffer symbol_names_without_an_end(uint32_t n)
{
	struct object o = start_object();
	struct ids ids = start_ids();

	add_btf(&o, 1);
	for (uint32_t i = 0; i < n; i++)
		buffer_append(&ids.strings, "__BTF_ID__func__", 16);
	for (uint32_t i = 0; i < n; i++) {
		add_symbol(&ids, 1 + i * 16, i * 4, 4);
		buffer_append(&ids.words, "\0\0\0\0", 4);
	}
	finish_ids(&o, &ids);
	return finish_object(&o);
}

/* Each name has the maximum length, and is the end of another. */
static struct buffer symbol_names_inside_one_another(uint32_t n)
{
	struct object o = start_object();
	struct ids ids = start_ids();

	add_btf(&o, 1);
	for (uint32_t i = 0; i < n; i++) {
		add_symbol(&ids, (uint32_t)ids.strings.size, i * 4, 4);
		buffer_append(&ids.words, "\0\0\0\0", 4);
		buffer_append(&ids.strings, "__BTF_ID__func__", 16);
		if (i % 200 == 199)
			add_string(&ids.strings, "x__1");
	}
	add_string(&ids.strings, "x__1");
	finish_ids(&o, &ids);
	return finish_object(&o);
}

/* A BPF program with a section for each of its variables, and as many externs of the kernel. */
static struct buffer variables_of_a_program(uint32_t n)
{
	struct object o = start_object();
	struct buffer symbols = {}, strings = {}, bytes;
	Elf64_Sym symbol = { .st_shndx = 1 };
	struct rebtf_builder *b;
	struct rebtf_btf *btf = NULL;
	uint32_t table, text;
	void *data = NULL;
	char name[32];
	size_t size = 0;

	ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	add_string(&strings, "");
	buffer_append(&symbols, NULL, sizeof(symbol));
	memset(symbols.data, 0, sizeof(symbol));
	for (uint32_t i = 0; i < 2 * n; i++) {
		bool is_extern = i >= n;

		snprintf(name, sizeof(name), "variable%u", i);
		symbol.st_name = add_string(&strings, name);
		symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, is_extern ? STT_NOTYPE : STT_OBJECT);
		symbol.st_shndx = is_extern ? SHN_UNDEF : 1;
		buffer_append(&symbols, &symbol, sizeof(symbol));
		rebtf_builder_var(b, name, is_extern ? REBTF_LINKAGE_EXTERN : REBTF_LINKAGE_GLOBAL,
				  1);
	}
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), ".data.%u", n - i);
		add_section(&o, name, SHT_PROGBITS, "", 1);
		rebtf_builder_datasec(b, name, 0);
		rebtf_builder_secinfo(b, 2 + i, 0, 4);
	}
	rebtf_builder_datasec(b, ".kconfig", 0);
	for (uint32_t i = n; i < 2 * n; i++)
		rebtf_builder_secinfo(b, 2 + i, 0, 4);
	if (ok(rebtf_builder_finish(b, &btf)) && ok(rebtf_btf_write(btf, NULL, &data, &size)))
		add_section(&o, ".BTF", SHT_PROGBITS, data, size);
	table = add_section(&o, ".symtab", SHT_SYMTAB, symbols.data, symbols.size);
	section(&o, table)->sh_entsize = sizeof(symbol);
	text = add_section(&o, ".strtab", SHT_STRTAB, strings.data, strings.size);
	section(&o, table)->sh_link = text;
	bytes = finish_object(&o);
	((Elf64_Ehdr *)bytes.data)->e_machine = EM_BPF;
	free(data);
	rebtf_btf_unref(btf);
	buffer_release(&symbols);
	buffer_release(&strings);
	return bytes;
}

/* -------------------------------------------------------------------------------------- images */

/* Headers of BTF, each as large as the rest of the file. */
static struct buffer headers_of_btf(uint32_t n)
{
	struct buffer b = {};

	for (uint32_t i = 0; i < n; i++) {
		uint32_t rest = (n - i) * 32 - 24;
		uint32_t header[8] = { 0x1eb9f, 24, 0, 8, 8, rest - 8 };

		buffer_append(&b, header, sizeof(header));
	}
	b.data[0] = 0;
	return b;
}

/* Repeats bytes that look like the start of compressed data. */
static struct buffer repeated(uint32_t n, const char *start, size_t size)
{
	struct buffer b = {};

	buffer_append(&b, "none", 4);
	for (uint32_t i = 0; i < n; i++)
		buffer_append(&b, start, size);
	return b;
}

static struct buffer starts_of_gzip(uint32_t n)
{
	return repeated(n, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
}

static struct buffer starts_of_xz(uint32_t n)
{
	return repeated(n,
			"\xfd"
			"7zXZ\0\0\1\x69\x22\xde\x36",
			12);
}

static struct buffer starts_of_bzip2(uint32_t n)
{
	return repeated(n, "BZh1\x31\x41\x59\x26\x53\x59", 10);
}

static const struct file_shape {
	const char *name;
	struct buffer (*make)(uint32_t n);
} shapes[] = {
	{ "many sections", many_sections },
	{ "names of sections without an end", section_names_without_an_end },
	{ "groups over one another", groups_over_one_another },
	{ "symbol tables over one another", symbol_tables_over_one_another },
	{ "relocations over one another", relocations_over_one_another },
	{ "ids of many functions", ids_of_many_functions },
	{ "one large set", one_large_set },
	{ "many sets", many_sets },
	{ "names of symbols without an end", symbol_names_without_an_end },
	{ "names of symbols inside one another", symbol_names_inside_one_another },
	{ "variables of a program", variables_of_a_program },
	{ "headers of BTF", headers_of_btf },
	{ "starts of gzip", starts_of_gzip },
	{ "starts of xz", starts_of_xz },
	{ "starts of bzip2", starts_of_bzip2 },
};

#define OWN_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* ------------------------------------------------------------------------------------- worlds */

/* A kernel whose struct device has this size. The modules need one of 8 bytes. */
static struct rebtf_btf *make_kernel(uint32_t size)
{
	struct rebtf_builder *b;
	struct rebtf_btf *kernel;

	must("kernel", rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", size);
	must("kernel", rebtf_builder_finish(b, &kernel));
	return kernel;
}

static void with_shape(uint32_t shape, uint32_t n,
		       void (*run)(const struct world *w, size_t size, void *arg), void *arg)
{
	struct buffer bytes = shape < OWN_SHAPES ? shapes[shape].make(n)
						 : dwarf_shape(shape - OWN_SHAPES, n);
	struct world w = { .base = make_kernel(8),
			   .new_base = make_kernel(16),
			   .one_thread = true };
	int fd = add_file(&w, bytes.failed ? NULL : bytes.data, bytes.size);
	void *data;

	must("write", rebtf_btf_write(w.base, NULL, &data, &w.base_size));
	w.base_data = data;
	run(&w, bytes.size, arg);
	free(data);
	close(fd);
	rebtf_btf_unref(w.base);
	rebtf_btf_unref(w.new_base);
	buffer_release(&bytes);
}

static const char *shape_name(uint32_t shape)
{
	return shape < OWN_SHAPES ? shapes[shape].name : dwarf_shape_name(shape - OWN_SHAPES);
}

const struct subject file_subject = { shape_name, with_shape, 4000 };
