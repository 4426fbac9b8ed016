/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the function that contains an offset of a section, by the symbols of the ELF file. */
#include <stdlib.h>
#include <string.h>

#include "module/elf_file.h"
#include "module/module.h"
#include "util/cleanup.h"
#include "util/order.h"

struct code_symbol {
	const char *name;
	uint64_t offset, size; /* in its section */
	uint32_t section;
};

DEFINE_VECTOR(code_symbol_vector, struct code_symbol);

struct code_section {
	const char *name;
	uint64_t address; /* subtracted from symbol values; 0 in a relocatable object */
};

struct rebtf_code {
	struct elf_file file;
	bool is_open;
	struct code_section *sections;	   /* by index */
	struct code_symbol_vector symbols; /* of functions, by section and offset */
	const char *last_name;		   /* the section that was last asked for */
	uint32_t last;			   /* its index, or 0 */
};

void rebtf_code_free(struct rebtf_code *code)
{
	if (!code)
		return;
	if (code->is_open)
		elf_file_close(&code->file);
	free(code->sections);
	code_symbol_vector_release(&code->symbols);
	free(code);
}

static struct rebtf_error *code_read_sections(struct rebtf_code *code, size_t *symtab)
{
	const struct elf_file *file = &code->file;
	Elf_Scn *section = NULL;

	code->sections = calloc(file->section_count + 1, sizeof(*code->sections));
	if (!code->sections)
		return error_nomem();
	while ((section = elf_nextscn(file->elf, section))) {
		size_t index = elf_ndxscn(section);
		GElf_Shdr shdr;

		if (!gelf_getshdr(section, &shdr) || index >= file->section_count)
			continue;
		if (shdr.sh_flags & SHF_ALLOC)
			code->sections[index].name = elf_section_name(file, shdr.sh_name);
		if (file->ehdr.e_type != ET_REL)
			code->sections[index].address = shdr.sh_addr;
		if (shdr.sh_type == SHT_SYMTAB)
			*symtab = index;
	}
	return NULL;
}

static void code_add_symbol(struct rebtf_code *code, const GElf_Sym *sym, const char *name)
{
	struct code_symbol symbol = { .name = name,
				      .size = sym->st_size,
				      .section = sym->st_shndx };
	const struct code_section *section;

	if (GELF_ST_TYPE(sym->st_info) != STT_FUNC || !name || !*name ||
	    sym->st_shndx >= code->file.section_count || sym->st_shndx >= SHN_LORESERVE)
		return;
	section = &code->sections[sym->st_shndx];
	symbol.offset = sym->st_value - section->address;
	if (section->name)
		code_symbol_vector_append(&code->symbols, symbol);
}

static int code_order(const void *a, const void *b)
{
	const struct code_symbol *x = a, *y = b;

	return by_number(x->section, y->section) ?: by_number(x->offset, y->offset)
						?: strcmp(x->name, y->name);
}

static struct rebtf_error *code_read_symbols(struct rebtf_code *code, size_t symtab)
{
	Elf_Scn *section = symtab ? elf_getscn(code->file.elf, symtab) : NULL;
	struct elf_strings names;
	Elf_Data *data;
	GElf_Shdr shdr;
	GElf_Sym sym;

	TRY(elf_section_data(section, &data));
	if (!data || !gelf_getshdr(section, &shdr))
		return NULL;
	TRY(elf_find_strings(&code->file, shdr.sh_link, "symbol", &names));
	for (int i = 0; gelf_getsym(data, i, &sym); i++)
		code_add_symbol(code, &sym, elf_string(&names, sym.st_name));
	if (code->symbols.count)
		qsort(code->symbols.items, code->symbols.count, sizeof(*code->symbols.items),
		      code_order);
	return code->symbols.failed ? error_nomem() : NULL;
}

struct rebtf_error *rebtf_code_open(const struct rebtf_module *module, struct rebtf_code **code)
{
	struct rebtf_code *c = calloc(1, sizeof(*c));
	struct rebtf_error *err = NULL;
	size_t symtab = 0;

	if (!c)
		return error_nomem();
	if (module->container == REBTF_CONTAINER_ELF) {
		err = elf_file_open_mem(module->image.data, module->image.size, &c->file);
		c->is_open = !err;
	}
	if (!err && c->is_open)
		err = code_read_sections(c, &symtab);
	if (!err && c->is_open)
		err = code_read_symbols(c, symtab);
	if (err)
		rebtf_code_free(c);
	else
		*code = c;
	return error_at(err, module->path, NULL);
}

/* Returns the index of the first section with that name, or 0. */
static uint32_t code_section_named(struct rebtf_code *code, const char *name)
{
	if (code->last_name && !strcmp(code->last_name, name))
		return code->last;
	for (size_t i = 1; code->is_open && i < code->file.section_count; i++) {
		if (!code->sections[i].name || strcmp(code->sections[i].name, name))
			continue;
		code->last_name = code->sections[i].name;
		code->last = (uint32_t)i;
		return code->last;
	}
	return 0;
}

const char *rebtf_code_function(struct rebtf_code *code, const char *section, uint64_t offset,
				uint64_t *start)
{
	uint32_t index = code_section_named(code, section);
	const struct code_symbol *found = NULL;
	size_t low = 0, high = code->symbols.count;

	if (!index)
		return NULL;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct code_symbol *symbol = &code->symbols.items[middle];

		if (symbol->section < index ||
		    (symbol->section == index && symbol->offset <= offset)) {
			found = symbol;
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (!found || found->section != index || offset - found->offset >= found->size)
		return NULL;
	*start = found->offset;
	return found->name;
}
