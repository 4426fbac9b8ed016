/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens an object file of BPF programs: its BTF, .BTF.ext, sections with code, and externs. */
#include <stdlib.h>

#include "core/program.h"
#include "module/module.h"
#include "module/program_elf.h"
#include "util/cleanup.h"
#include "util/options.h"

/* The parts of the file that a program points into. */
struct program_file {
	struct rebtf_module *module;
	struct program_elf elf;
};

static void program_file_close(void *arg)
{
	struct program_file *file = arg;

	program_elf_release(&file->elf);
	rebtf_module_free(file->module);
	free(file);
}

/*
 * Adds the addresses that the relocations in @section write into code. @left: bytes that such
 * sections may still have. They would overlap if they had more than the file.
 */
static struct rebtf_error *program_open_addresses(const struct program_file *file, Elf_Scn *section,
						  const GElf_Shdr *shdr, uint64_t *left,
						  struct rebtf_program *program)
{
	Elf_Scn *symtab = file->elf.symtab;
	Elf_Scn *code = elf_getscn(file->elf.file.elf, shdr->sh_info);
	struct elf_strings names;
	Elf_Data *relocations, *symbols;
	GElf_Shdr other;

	if (!code || !gelf_getshdr(code, &other) || !(other.sh_flags & SHF_EXECINSTR) || !symtab ||
	    elf_ndxscn(symtab) != shdr->sh_link || !gelf_getshdr(symtab, &other))
		return NULL;
	if (shdr->sh_size > *left)
		return error_new(REBTF_ERR_FORMAT, "section %zu: relocations exceed the file",
				 elf_ndxscn(section));
	*left -= shdr->sh_size;
	TRY(elf_section_data(section, &relocations));
	TRY(elf_section_data(symtab, &symbols));
	if (!relocations || !symbols)
		return error_new(REBTF_ERR_FORMAT, "section %zu: relocations cannot be read",
				 elf_ndxscn(section));
	TRY(elf_find_strings(&file->elf.file, other.sh_link, "symbol", &names));
	for (size_t i = 0; i <= INT32_MAX; i++) {
		struct program_address address = { .section = shdr->sh_info };
		GElf_Rel relocation;
		GElf_Sym sym;

		if (!gelf_getrel(relocations, (int)i, &relocation))
			break;
		if (GELF_R_SYM(relocation.r_info) <= INT32_MAX &&
		    gelf_getsym(symbols, (int)GELF_R_SYM(relocation.r_info), &sym) &&
		    sym.st_shndx == SHN_UNDEF)
			address.name = elf_string(&names, sym.st_name);
		address.insn_off = relocation.r_offset;
		program_addresses_append(&program->addresses, address);
	}
	return program->addresses.failed ? error_nomem() : NULL;
}

static struct rebtf_error *program_open_codes(const struct program_file *file,
					      struct rebtf_program *program)
{
	const struct file_bytes *image = &file->module->image;
	uint64_t left = image->size;
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	while ((section = elf_nextscn(file->elf.file.elf, section))) {
		struct program_code code = { .section = (uint32_t)elf_ndxscn(section) };

		if (!gelf_getshdr(section, &shdr))
			continue;
		if (shdr.sh_type == SHT_REL)
			TRY(program_open_addresses(file, section, &shdr, &left, program));
		if (!(shdr.sh_flags & SHF_EXECINSTR) || shdr.sh_type != SHT_PROGBITS)
			continue;
		code.name = elf_section_name(&file->elf.file, shdr.sh_name);
		if (!code.name || shdr.sh_offset > image->size ||
		    shdr.sh_size > image->size - shdr.sh_offset)
			return error_new(REBTF_ERR_FORMAT,
					 "section %zu has no name or exceeds the file",
					 elf_ndxscn(section));
		code.data = image->data + shdr.sh_offset;
		code.size = shdr.sh_size;
		program_codes_append(&program->codes, code);
	}
	return program->codes.failed ? error_nomem() : NULL;
}

static struct rebtf_error *program_open_externs(const struct program_file *file,
						struct rebtf_program *program)
{
	const struct program_list *externs = &file->elf.externs;

	for (size_t i = 0; i < externs->count; i++) {
		const struct program_name *name = &externs->items[i];

		program_externs_append(&program->externs,
				       (struct program_extern){ name->text, name->weak });
	}
	return program->externs.failed ? error_nomem() : NULL;
}

static struct rebtf_error *program_open_ext(const struct program_file *file,
					    struct rebtf_program *program)
{
	static const char *const name = ".BTF.ext";
	struct elf_section ext;

	TRY(elf_find_sections(&file->elf.file, &name, &ext, 1));
	return program_read_ext(program, file->module->image.data + ext.offset,
				ext.index ? ext.size : 0);
}

static struct rebtf_error *program_open_parts(struct program_file *file,
					      struct rebtf_program *program)
{
	const struct rebtf_module *module = file->module;
	const struct module_section *btf = &module->sections[REBTF_SECTION_BTF];

	if (module->container != REBTF_CONTAINER_ELF ||
	    !program_elf_detect(module->image.data, module->image.size))
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "not an object file of BPF programs (expected a relocatable ELF "
				 "file for the BPF machine)");
	if (!rebtf_module_has_btf(module))
		return error_new(REBTF_ERR_NO_BTF, "no .BTF section: compile the program with -g");
	TRY(error_at(rebtf_btf_open_mem(btf->data, btf->size, NULL, NULL, &program->btf), NULL,
		     ".BTF"));
	TRY(program_elf_read(module->image.data, module->image.size, &file->elf));
	TRY(program_open_codes(file, program));
	TRY(program_open_externs(file, program));
	return program_open_ext(file, program);
}

struct rebtf_error *rebtf_program_open(const char *path,
				       const struct rebtf_program_options *options,
				       struct rebtf_program **program)
{
	REBTF_OPTIONS(rebtf_program_options, how);
	REBTF_OPTIONS(rebtf_module_options, module_options);
	struct rebtf_program *new_program;
	struct program_file *file;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_program_options, &how, options));
	module_options.has_fd = how.has_fd;
	module_options.fd = how.fd;
	TRY(program_new(path, &new_program));
	file = calloc(1, sizeof(*file));
	new_program->file = file;
	new_program->close = file ? program_file_close : NULL;
	err = file ? rebtf_module_open(path, &module_options, &file->module) : error_nomem();
	err = error_at(err ?: program_open_parts(file, new_program), path, NULL);
	if (err) {
		rebtf_program_free(new_program);
		return err;
	}
	*program = new_program;
	return NULL;
}
