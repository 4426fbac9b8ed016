/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes carriers. A kernel loads only modules that were built for it. So a carrier has the kernel's
 * machine, its version magic and the CRC of "module_layout", which any module of that kernel shows.
 * The kernel's BTF gives the size of struct module and the offset of the name in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "btf/pointer_size.h"
#include "module/carrier.h"
#include "module/elf_make.h"
#include "module/loader.h"
#include "module/note.h"
#include "module/sign.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/options.h"
#include "util/replace.h"

/* A real struct module has about 1 KiB. */
#define STRUCT_MODULE_MAX (64u << 10)

/* An entry of __versions has as many bytes on all machines. */
#define VERSION_SIZE 64u

/* The parts of a carrier. */
struct carrier_parts {
	struct buffer modinfo;
	uint8_t *struct_module; /* malloced */
	size_t struct_size;
	uint8_t version[VERSION_SIZE];
	bool has_version;
	uint8_t note[NOTE_SIZE];
	void *btf; /* malloced */
	size_t btf_size;
};

static void carrier_parts_release(struct carrier_parts *parts)
{
	buffer_release(&parts->modinfo);
	free(parts->struct_module);
	free(parts->btf);
}

/* --------------------------------------------------------------------------------------- parts */

/* Fills in a struct module: all zeros but the name. */
static struct rebtf_error *carrier_put_struct(const struct rebtf_btf *btf,
					      struct carrier_parts *parts)
{
	uint32_t id = rebtf_btf_find(btf, "module", REBTF_KIND_STRUCT);
	const struct rebtf_type *t = id ? rebtf_btf_type(btf, id) : NULL;
	uint32_t size = t ? t->size : 0, vlen = t ? rebtf_type_vlen(t) : 0;
	const struct rebtf_member *members = t ? rebtf_members(t) : NULL;

	for (uint32_t i = 0; i < vlen; i++) {
		uint32_t offset = rebtf_member_bit_offset(t, &members[i]) / 8;

		if (strcmp(rebtf_btf_string(btf, members[i].name_off), "name") ||
		    size > STRUCT_MODULE_MAX || offset >= size ||
		    size - offset <= sizeof(CARRIER_NAME))
			continue;
		parts->struct_module = calloc(1, size);
		if (!parts->struct_module)
			return error_nomem();
		parts->struct_size = size;
		memcpy(parts->struct_module + offset, CARRIER_NAME, sizeof(CARRIER_NAME));
		return NULL;
	}
	return error_new(REBTF_ERR_UNSUPPORTED,
			 "the kernel's BTF has no STRUCT 'module' with a member 'name'");
}

static void carrier_put_info(struct carrier_parts *parts, const char *tag, const char *value)
{
	buffer_append(&parts->modinfo, tag, strlen(tag));
	buffer_append(&parts->modinfo, value, strlen(value) + 1);
}

/* ELF's number of the kernel's machine; 0: unknown. */
static uint16_t carrier_machine(const struct rebtf_loader *loader)
{
	const struct kconfig *config = &loader->config;

	if (loader->machine || !config->is_known)
		return loader->machine;
	return config->is_set[KCONFIG_X86_64]  ? EM_X86_64
	       : config->is_set[KCONFIG_ARM64] ? EM_AARCH64
					       : 0;
}

static struct rebtf_error *carrier_put_modinfo(const struct rebtf_loader *loader,
					       struct carrier_parts *parts)
{
	const char *vermagic = loader->vermagic ?: loader->image.vermagic;

	if (!vermagic || !carrier_machine(loader))
		return error_at(
			error_new(
				REBTF_ERR_UNSUPPORTED,
				"the %s of this kernel is unknown (are the kernel or its modules installed?)",
				vermagic ? "machine" : "version magic"),
			loader->asked, NULL);
	carrier_put_info(parts, "license=", "GPL");
	carrier_put_info(parts, "description=", "BTF of the kernel");
	carrier_put_info(parts, "depends=", "");
	/* It has no code that could branch. */
	carrier_put_info(parts, "retpoline=", "Y");
	carrier_put_info(parts, "name=", CARRIER_NAME);
	carrier_put_info(parts, "vermagic=", vermagic);
	return parts->modinfo.failed ? error_nomem() : NULL;
}

/* Without the version a kernel with CONFIG_MODVERSIONS may refuse the module. */
static struct rebtf_error *carrier_put_version(struct rebtf_loader *loader, uint32_t word,
					       bool big_endian, struct carrier_parts *parts)
{
	for (unsigned int id = REBTF_SOURCE_BUILD; id <= REBTF_SOURCE_IMPORTS; id++) {
		const struct exports *exports;
		struct export found;

		TRY(loader_source(loader, (enum rebtf_symbol_source)id, &exports));
		if (!exports || !exports_find(exports, "module_layout", &found) || !found.has_crc)
			continue;
		put32(parts->version + (big_endian ? word - 4 : 0), found.crc, big_endian);
		memcpy(parts->version + word, "module_layout", sizeof("module_layout"));
		parts->has_version = true;
		return NULL;
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- module */

static void carrier_add_section(struct elf_make *make, const struct elf_make_section *section)
{
	make->sections[make->count++] = *section;
}

/* Kernels of some machines look for sections that the linker adds for their own use. */
static void carrier_add_machine(struct elf_make *make)
{
	static const char *const arm[] = { ".plt", ".init.plt", ".text.ftrace_trampoline" };
	static const char *const riscv[] = { ".plt", ".got", ".got.plt" };
	bool is_arm = make->machine == EM_AARCH64 || make->machine == EM_ARM;

	for (size_t i = 0; i < 3 && (is_arm || make->machine == EM_RISCV); i++)
		carrier_add_section(make, &(struct elf_make_section){
						  .name = is_arm ? arm[i] : riscv[i],
						  .data = "",
						  .size = 1,
						  .flags = SHF_ALLOC | SHF_EXECINSTR });
}

static struct rebtf_error *carrier_make_elf(const struct carrier_parts *parts,
					    struct elf_make *make, struct buffer *out)
{
	static const uint8_t null_symbol[sizeof(Elf64_Sym)];
	const size_t symbol_size = make->pointer_size == 4 ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);

	carrier_add_section(make, &(struct elf_make_section){ .name = ".modinfo",
							      .data = parts->modinfo.data,
							      .size = parts->modinfo.size,
							      .flags = SHF_ALLOC,
							      .alignment = 1 });
	carrier_add_section(make, &(struct elf_make_section){ .name = ".gnu.linkonce.this_module",
							      .data = parts->struct_module,
							      .size = parts->struct_size,
							      .flags = SHF_ALLOC | SHF_WRITE,
							      .alignment = 64 });
	if (parts->has_version)
		carrier_add_section(make, &(struct elf_make_section){ .name = "__versions",
								      .data = parts->version,
								      .size = VERSION_SIZE,
								      .flags = SHF_ALLOC });
	carrier_add_machine(make);
	carrier_add_section(make, &(struct elf_make_section){ .name = ".BTF",
							      .data = parts->btf,
							      .size = parts->btf_size });
	carrier_add_section(make, &(struct elf_make_section){ .name = ".note.rebtf",
							      .data = parts->note,
							      .size = NOTE_SIZE,
							      .type = SHT_NOTE,
							      .alignment = 4 });
	/* Kernels refuse a module without a symbol table. */
	carrier_add_section(make, &(struct elf_make_section){ .name = ".symtab",
							      .data = null_symbol,
							      .size = symbol_size,
							      .type = SHT_SYMTAB,
							      .link = (uint32_t)make->count + 2,
							      .info = 1 });
	carrier_add_section(make, &(struct elf_make_section){ .name = ".strtab",
							      .data = "",
							      .size = 1,
							      .type = SHT_STRTAB,
							      .alignment = 1 });
	return elf_make(make, out);
}

static struct rebtf_error *carrier_make(struct rebtf_btf *btf, struct rebtf_loader *loader,
					struct carrier_parts *parts, struct buffer *out)
{
	const struct rebtf_note standalone = { .form = REBTF_FORM_STANDALONE };
	struct elf_make make = { .type = ET_REL, .big_endian = rebtf_btf_is_big_endian(btf) };

	TRY(loader_find_facts(loader));
	if (!loader->vermagic)
		TRY(loader_read_image(loader));
	make.machine = carrier_machine(loader);
	make.pointer_size = pointer_size(btf) ?: 8;
	TRY(carrier_put_modinfo(loader, parts));
	TRY(carrier_put_struct(btf, parts));
	TRY(carrier_put_version(loader, make.pointer_size, make.big_endian, parts));
	note_write(&standalone, make.big_endian, parts->note);
	TRY(rebtf_btf_write(btf, NULL, &parts->btf, &parts->btf_size));
	return carrier_make_elf(parts, &make, out);
}

/* Writes @out and, with a signer, its signature. */
static struct rebtf_error *carrier_write(const struct rebtf_signer *signer,
					 const struct buffer *out, const char *path)
{
	_cleanup_place_ struct file_place place = {};
	_cleanup_free_ void *trailer = NULL;
	struct iovec pieces[2] = { { out->data, out->size } };
	size_t count = 1;

	TRY(place_find(path, &place));
	if (signer) {
		TRY(sign_append(signer, pieces, 1, &trailer, &pieces[1].iov_len));
		pieces[1].iov_base = trailer;
		count = 2;
	}
	return replace_write(&place, pieces, count);
}

struct rebtf_error *rebtf_carrier_write(struct rebtf_btf *btf,
					const struct rebtf_carrier_options *options,
					const char *path)
{
	_cleanup_(carrier_parts_release) struct carrier_parts parts = {};
	REBTF_OPTIONS(rebtf_loader_options, kernel, .btf = btf);
	struct rebtf_carrier_options all;
	struct rebtf_loader *loader;
	struct rebtf_error *err;
	struct buffer out = {};

	TRY(OPTIONS_COPY(rebtf_carrier_options, &all, options));
	if (rebtf_btf_base(btf))
		return error_new(REBTF_ERR_ARGUMENT, "split BTF is not a kernel's");
	kernel.kernel = all.kernel;
	kernel.root = all.root;
	TRY(rebtf_loader_open(&kernel, &loader));
	err = carrier_make(btf, loader, &parts, &out);
	rebtf_loader_free(loader);
	if (!err)
		err = error_at(carrier_write(all.signer, &out, path), path, NULL);
	buffer_release(&out);
	return err;
}

struct rebtf_error *rebtf_link_make(struct rebtf_btf *kernel, enum rebtf_link_form form,
				    struct rebtf_link **link)
{
	struct rebtf_link made = { .form = form, .module = CARRIER_NAME }, *copy;
	_cleanup_free_ void *data = NULL;
	uint8_t digest[REBTF_DIGEST_SIZE];
	size_t size;

	if (form != REBTF_LINK_NAMED && form != REBTF_LINK_META)
		return error_new(REBTF_ERR_ARGUMENT, "invalid form of a link %u", form);
	if (rebtf_btf_base(kernel))
		return error_new(REBTF_ERR_ARGUMENT, "split BTF is not a kernel's");
	TRY(rebtf_btf_write(kernel, NULL, &data, &size));
	made.btf_size = (uint32_t)size;
	TRY(carrier_link_check(&made, (struct bytes){ data, size }, digest));
	memcpy(made.digest, digest, sizeof(digest));
	made.fits = true;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return error_nomem();
	*copy = made;
	*link = copy;
	return NULL;
}

void rebtf_link_free(struct rebtf_link *link)
{
	free(link);
}
