/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the requirements of a module from .modinfo, .gnu.linkonce.this_module, the undefined
 * symbols and their versions. linkage_exports.c reads its exports.
 */
#include <stdlib.h>
#include <string.h>

#include "module/codec.h"
#include "module/linkage_sections.h"
#include "module/modinfo.h"
#include "module/signature.h"
#include "module/unpacked.h"
#include "util/cleanup.h"

static const char *const section_names[LINKAGE_SECTIONS] = {
	[LINKAGE_MODINFO] = ".modinfo",
	[LINKAGE_STRUCT_MODULE] = ".gnu.linkonce.this_module",
	[LINKAGE_VERSIONS] = "__versions",
	[LINKAGE_EXTENDED_NAMES] = "__version_ext_names",
	[LINKAGE_EXTENDED_CRCS] = "__version_ext_crcs",
	[LINKAGE_KSYMTAB] = "__ksymtab",
	[LINKAGE_KSYMTAB_GPL] = "__ksymtab_gpl",
	[LINKAGE_KCRCTAB] = "__kcrctab",
	[LINKAGE_KCRCTAB_GPL] = "__kcrctab_gpl",
	[LINKAGE_KFLAGSTAB] = "__kflagstab",
	[LINKAGE_STRINGS] = "__ksymtab_strings",
};

/* The size of struct modversion_info: a word with the CRC, then the name. */
#define VERSION_SIZE 64

void linkage_release(struct linkage *linkage)
{
	free(linkage->namespaces);
	free(linkage->imports);
	free(linkage->text);
	exports_release(&linkage->versions);
	exports_release(&linkage->extended_versions);
	exports_release(&linkage->exports);
	*linkage = (struct linkage){};
}

bool license_is_gpl_compatible(const char *license)
{
	/* From the kernel's include/linux/license.h. */
	static const char *const compatible[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};

	for (size_t i = 0; license && i < sizeof(compatible) / sizeof(*compatible); i++) {
		if (!strcmp(license, compatible[i]))
			return true;
	}
	return false;
}

bool module_name_starts(const char *name, const char *start, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!name[i] ||
		    (name[i] == '-' ? '_' : name[i]) != (start[i] == '-' ? '_' : start[i]))
			return false;
	}
	return true;
}

void module_name_fold(char *name)
{
	for (; *name; name++)
		*name = *name == '-' ? '_' : *name;
}

/* ------------------------------------------------------------------------------------- sections */

static struct rebtf_error *linkage_find_sections(struct linkage_file *f)
{
	struct elf_section found[LINKAGE_SECTIONS];

	TRY(elf_find_sections(&f->elf, section_names, found, LINKAGE_SECTIONS));
	for (size_t i = 0; i < LINKAGE_SECTIONS; i++) {
		GElf_Shdr shdr;

		if (!found[i].index || !gelf_getshdr(elf_getscn(f->elf.elf, found[i].index), &shdr))
			continue;
		/* The loader ignores versions in sections that are not loaded. */
		if (i >= LINKAGE_VERSIONS && i <= LINKAGE_EXTENDED_CRCS &&
		    !(shdr.sh_flags & SHF_ALLOC))
			continue;
		f->sections[i].index = found[i].index;
		f->sections[i].data = f->image + found[i].offset;
		f->sections[i].size = found[i].size;
	}
	return NULL;
}

static struct rebtf_error *find_symbols(struct linkage_file *f, struct linkage *linkage)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	while ((section = elf_nextscn(f->elf.elf, section))) {
		if (!gelf_getshdr(section, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;
		if (linkage->symbol_tables++)
			continue;
		TRY(elf_section_data(section, &f->symbols));
		TRY(elf_find_strings(&f->elf, shdr.sh_link, "symbol", &f->symbol_names));
		if (f->symbols)
			f->symbol_count = f->symbols->d_size /
					  gelf_fsize(f->elf.elf, ELF_T_SYM, 1, EV_CURRENT);
		if (f->symbol_count > INT32_MAX)
			f->symbol_count = INT32_MAX;
	}
	return NULL;
}

/* Names of function descriptors and of their code used to differ by a dot. */
static const char *without_dot(const struct linkage_file *f, const char *name)
{
	return *name == '.' && f->elf.ehdr.e_machine == EM_PPC64 ? name + 1 : name;
}

const char *linkage_symbol(struct linkage_file *f, size_t index, GElf_Sym *symbol)
{
	const char *name;

	if (!gelf_getsym(f->symbols, (int)index, symbol))
		return NULL;
	name = elf_string(&f->symbol_names, symbol->st_name);
	return name ? without_dot(f, name) : NULL;
}

struct rebtf_error *linkage_spend(struct linkage_file *f, size_t length)
{
	if (length > f->names_left)
		return error_new(REBTF_ERR_FORMAT, "symbol names overlap too much");
	f->names_left -= length;
	return NULL;
}

/* -------------------------------------------------------------------------------------- imports */

/* Undefined symbols that the loader never looks up. */
static bool is_ignored(const struct linkage_file *f, const char *name)
{
	return !strcmp(name, "_GLOBAL_OFFSET_TABLE_") ||
	       (f->elf.ehdr.e_machine == EM_PPC64 && !strcmp(name, "TOC."));
}

static bool is_import(struct linkage_file *f, size_t index, const char **name, bool *weak)
{
	GElf_Sym symbol;

	*name = linkage_symbol(f, index, &symbol);
	*weak = GELF_ST_BIND(symbol.st_info) == STB_WEAK;
	return *name && symbol.st_shndx == SHN_UNDEF && !is_ignored(f, *name);
}

/* Counts the imports and the bytes of their names. */
static struct rebtf_error *measure_imports(struct linkage_file *f, size_t *count, size_t *size)
{
	*count = *size = 0;
	for (size_t i = 1; i < f->symbol_count; i++) {
		const char *name;
		bool weak;

		if (!is_import(f, i, &name, &weak))
			continue;
		++*count;
		*size += strlen(name) + 1;
		TRY(linkage_spend(f, strlen(name) + 1));
	}
	return NULL;
}

/* Copies .modinfo and the names of the imports. */
static struct rebtf_error *read_text(struct linkage_file *f, struct linkage *linkage)
{
	const struct linkage_section *modinfo = &f->sections[LINKAGE_MODINFO];
	size_t names_size;
	char *end;

	TRY(measure_imports(f, &linkage->import_count, &names_size));
	linkage->imports = calloc(linkage->import_count + 1, sizeof(*linkage->imports));
	linkage->text = malloc(modinfo->size + names_size + 1);
	if (!linkage->imports || !linkage->text)
		return error_nomem();
	if (modinfo->size)
		memcpy(linkage->text, modinfo->data, modinfo->size);
	end = linkage->text + modinfo->size;
	linkage->import_count = 0;
	for (size_t i = 1; i < f->symbol_count; i++) {
		const char *name;
		bool weak;

		if (!is_import(f, i, &name, &weak))
			continue;
		linkage->imports[linkage->import_count++] = (struct import){ end, weak };
		end = stpcpy(end, name) + 1;
	}
	return NULL;
}

static struct rebtf_error *read_modinfo(struct linkage_file *f, struct linkage *linkage)
{
	const struct modinfo info = { linkage->text, f->sections[LINKAGE_MODINFO].size };
	size_t count = 0;

	linkage->name = modinfo_value(&info, "name") ?: "";
	linkage->vermagic = modinfo_value(&info, "vermagic");
	linkage->license = modinfo_value(&info, "license");
	linkage->depends = modinfo_value(&info, "depends");
	linkage->is_in_tree = modinfo_value(&info, "intree");
	linkage->is_livepatch = modinfo_value(&info, "livepatch");
	for (const char *ns = NULL; (ns = modinfo_next(&info, "import_ns", ns));)
		count++;
	linkage->namespaces = calloc(count + 1, sizeof(*linkage->namespaces));
	if (!linkage->namespaces)
		return error_nomem();
	for (const char *ns = NULL; (ns = modinfo_next(&info, "import_ns", ns));)
		linkage->namespaces[linkage->namespace_count++] = ns;
	return NULL;
}

/* ------------------------------------------------------------------------------------- versions */

static struct rebtf_error *read_versions(struct linkage_file *f, struct linkage *linkage)
{
	const struct linkage_section *section = &f->sections[LINKAGE_VERSIONS];
	size_t word = linkage->elf_class == ELFCLASS64 ? 8 : 4;

	linkage->has_versions = section->data;
	for (size_t at = 0; section->size - at >= VERSION_SIZE; at += VERSION_SIZE) {
		const uint8_t *entry = section->data + at;
		size_t low = word == 8 && f->big_endian ? 4 : 0, high = word == 8 ? 4 - low : 0;
		char name[VERSION_SIZE + 1] = {};
		struct export version = {
			.crc = get32(entry + low, f->big_endian),
			/* A CRC of more than 32 bits never matches a kernel's. */
			.has_crc = word == 4 || !get32(entry + high, f->big_endian),
		};

		memcpy(name, entry + word, VERSION_SIZE - word);
		version.name = without_dot(f, name);
		TRY(exports_add(&linkage->versions, &version));
	}
	return NULL;
}

static struct rebtf_error *read_extended_versions(struct linkage_file *f, struct linkage *linkage)
{
	const struct linkage_section *names = &f->sections[LINKAGE_EXTENDED_NAMES];
	const struct linkage_section *crcs = &f->sections[LINKAGE_EXTENDED_CRCS];
	const char *name = (const char *)names->data;
	size_t left = names->size;

	if (!names->data != !crcs->data)
		return error_at(error_new(REBTF_ERR_FORMAT, "missing section %s",
					  section_names[names->data ? LINKAGE_EXTENDED_CRCS
								    : LINKAGE_EXTENDED_NAMES]),
				NULL,
				section_names[names->data ? LINKAGE_EXTENDED_NAMES
							  : LINKAGE_EXTENDED_CRCS]);
	linkage->has_extended_versions = crcs->data;
	for (size_t i = 0; i < crcs->size / 4; i++) {
		size_t length = strnlen(name, left);
		struct export version = {
			.crc = get32(crcs->data + 4 * i, f->big_endian),
			.has_crc = true,
		};

		if (length == left)
			return error_at(error_new(REBTF_ERR_FORMAT, "more CRCs than names"), NULL,
					section_names[LINKAGE_EXTENDED_CRCS]);
		version.name = without_dot(f, name);
		TRY(exports_add(&linkage->extended_versions, &version));
		name += length + 1;
		left -= length + 1;
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- files */

static struct rebtf_error *read_file(struct linkage_file *f, struct linkage *linkage)
{
	const struct linkage_section *module = &f->sections[LINKAGE_STRUCT_MODULE];

	TRY(linkage_find_sections(f));
	TRY(find_symbols(f, linkage));
	linkage->machine = f->elf.ehdr.e_machine;
	linkage->elf_class = f->elf.ehdr.e_ident[EI_CLASS];
	linkage->encoding = f->elf.ehdr.e_ident[EI_DATA];
	linkage->is_relocatable = f->elf.ehdr.e_type == ET_REL;
	linkage->has_struct_module = module->data;
	linkage->struct_module_size = module->size;
	TRY(read_text(f, linkage));
	TRY(read_modinfo(f, linkage));
	TRY(read_versions(f, linkage));
	TRY(read_extended_versions(f, linkage));
	return linkage_read_exports(f, linkage);
}

struct rebtf_error *linkage_read(const uint8_t *image, size_t size, struct linkage *linkage)
{
	/* Names of real symbols share at most their ends. */
	struct linkage_file f = { .image = image, .names_left = 4 * size };
	struct linkage new_linkage = { .is_signed = signature_present(image, size) };
	struct rebtf_error *err;

	TRY(elf_file_open_mem(image, size, &f.elf));
	f.big_endian = f.elf.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	err = read_file(&f, &new_linkage);
	elf_file_close(&f.elf);
	if (err) {
		linkage_release(&new_linkage);
		return err;
	}
	*linkage = new_linkage;
	return NULL;
}

struct rebtf_error *linkage_read_file(const uint8_t *data, size_t size, struct linkage *linkage)
{
	enum codec codec = codec_detect(data, size);
	_cleanup_free_ uint8_t *unpacked = NULL;
	struct rebtf_error *err;
	size_t unpacked_size;

	if (codec == CODEC_NONE)
		return linkage_read(data, size, linkage);
	if (codec > CODEC_ZSTD)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"unsupported compression of a module (found %s, expected gzip, xz or zstd)",
			codec_name(codec));
	TRY(codec_decompress(codec, data, size, codec_output_max(size), &unpacked, &unpacked_size,
			     NULL));
	TRY(unpacked_take(unpacked_size));
	err = linkage_read(unpacked, unpacked_size, linkage);
	unpacked_give_back(unpacked_size);
	return err;
}
