/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reading modules: see module.h. What a file is shows from its first bytes: a compressed stream, an
 * ELF file, or BTF as such. What its BTF is to be read as is form.c's matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "format/header.h"
#include "module/elf_file.h"
#include "module/mark.h"
#include "module/module.h"
#include "module/program_elf.h"
#include "module/signature.h"
#include "module/unpacked.h"
#include "util/bytes.h"

static const char *const section_names[SECTION_COUNT] = {
	[REBTF_SECTION_BTF] = ".BTF",
	[REBTF_SECTION_BTF_BASE] = ".BTF.base",
	[REBTF_SECTION_BTF_IDS] = ".BTF_ids",
	[REBTF_SECTION_BTF_EXPECTS] = ".BTF.base_expects",
	[REBTF_SECTION_MARK] = ".note.rebtf",
	[REBTF_SECTION_KEPT_BTF] = ".BTF.kept",
	[REBTF_SECTION_KEPT_BASE] = ".BTF.kept_base",
	[REBTF_SECTION_BASE_IDS] = ".BTF.base_ids",
};

const char *rebtf_section_name(enum rebtf_section section)
{
	return section_names[section];
}

const char *rebtf_form_name(enum rebtf_form form)
{
	static const char *const names[] = {
		[REBTF_FORM_SPLIT] = "split",
		[REBTF_FORM_DISTILLED] = "distilled",
		[REBTF_FORM_STANDALONE] = "standalone",
		[REBTF_FORM_EMPTY] = "empty",
	};

	return names[form];
}

/* -------------------------------------------------------------------------------------- opening */

/* Replaces the bytes of a compressed file, one of those that belong to @module, by its contents. */
static struct rebtf_error *unpack(struct rebtf_module *module, struct file_bytes *image,
				  enum codec *codec)
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t size, consumed;

	*codec = codec_detect(image->data, image->size);
	if (*codec == CODEC_NONE)
		return NULL;
	if (*codec > CODEC_ZSTD)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "compressed with %s, which modules never are; is it a kernel?",
				 codec_name(*codec));
	TRY(codec_decompress(*codec, image->data, image->size, codec_output_max(image->size), &data,
			     &size, &consumed));
	if (!only_zeros(image->data + consumed, image->size - consumed))
		return error_new(REBTF_ERR_FORMAT, "%zu bytes follow the %s data",
				 image->size - consumed, codec_name(*codec));
	TRY(unpacked_take(size));
	module->unpacked += size;
	free(image->data);
	image->data = take_ptr(&data);
	image->size = size;
	return NULL;
}

static bool raw_btf_detect(const uint8_t *data, size_t size)
{
	return size >= 2 && ((data[0] == (BTF_MAGIC & 0xff) && data[1] == BTF_MAGIC >> 8) ||
			     (data[0] == BTF_MAGIC >> 8 && data[1] == (BTF_MAGIC & 0xff)));
}

uint32_t rebtf_module_pointer_size(const struct rebtf_module *module)
{
	const struct file_bytes *image = &module->image;

	if (module->container != REBTF_CONTAINER_ELF || image->size <= EI_CLASS ||
	    program_elf_detect(image->data, image->size))
		return 0;
	return image->data[EI_CLASS] == ELFCLASS32 ? 4 : 8;
}

struct rebtf_error *module_no_btf(void)
{
	return error_new(REBTF_ERR_NO_BTF, "there is no .BTF section");
}

bool rebtf_module_has_btf(const struct rebtf_module *module)
{
	return module->sections[REBTF_SECTION_BTF].data;
}

bool module_has_kept(const struct rebtf_module *module)
{
	return module->sections[REBTF_SECTION_KEPT_BTF].data;
}

/* What was kept is BTF and its base, in a module whose own BTF is relocated. */
static struct rebtf_error *check_kept(const struct rebtf_module *module)
{
	const struct module_section *sections = module->sections;
	bool has_base = sections[REBTF_SECTION_KEPT_BASE].data;

	if (module_has_kept(module) && !has_base)
		return error_at(error_new(REBTF_ERR_FORMAT,
					  "it needs a .BTF.kept_base, and there is none"),
				NULL, section_names[REBTF_SECTION_KEPT_BTF]);
	if (has_base && !module_has_kept(module))
		return error_at(error_new(REBTF_ERR_FORMAT,
					  "it belongs to a .BTF.kept, and there is none"),
				NULL, section_names[REBTF_SECTION_KEPT_BASE]);
	if (has_base && sections[REBTF_SECTION_BTF_BASE].data)
		return error_at(
			error_new(REBTF_ERR_FORMAT,
				  "it is what .BTF was before it was relocated, and .BTF has a "
				  ".BTF.base, as if it never was"),
			NULL, section_names[REBTF_SECTION_KEPT_BTF]);
	return NULL;
}

static struct rebtf_error *read_mark(struct rebtf_module *module)
{
	const struct module_section *section = &module->sections[REBTF_SECTION_MARK];

	module->has_mark = section->data;
	if (!section->data)
		return NULL;
	return error_at(mark_read(section->data, section->size,
				  module->image.data[EI_DATA] == ELFDATA2MSB, &module->mark),
			NULL, section_names[REBTF_SECTION_MARK]);
}

/*
 * A module may have no BTF, as DKMS builds it without a vmlinux and as assemblers make it. Errors:
 * FORMAT, if the file was cut short or has sections that only go with BTF; NO_BTF, if it is no module.
 */
static struct rebtf_error *check_without_btf(const struct rebtf_module *module,
					     const struct elf_file *file)
{
	static const enum rebtf_section parts[] = {
		REBTF_SECTION_BTF_BASE, REBTF_SECTION_BTF_EXPECTS, REBTF_SECTION_MARK,
		REBTF_SECTION_KEPT_BTF, REBTF_SECTION_KEPT_BASE,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (module->sections[parts[i]].data)
			return error_at(
				error_new(
					REBTF_ERR_FORMAT,
					"the section belongs to a .BTF section, but there is no .BTF section"),
				NULL, section_names[parts[i]]);
	}
	if (file->ehdr.e_type != ET_REL)
		return module_no_btf();
	return elf_check_whole(file);
}

static struct rebtf_error *find_elf_sections(struct rebtf_module *module,
					     const struct elf_file *file)
{
	struct elf_section found[SECTION_COUNT];

	TRY(elf_find_sections(file, section_names, found, SECTION_COUNT));
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (!found[i].index)
			continue;
		module->sections[i].data = module->image.data + found[i].offset;
		module->sections[i].size = found[i].size;
	}
	if (!found[REBTF_SECTION_BTF].index)
		return check_without_btf(module, file);
	TRY(check_kept(module));
	return read_mark(module);
}

static struct rebtf_error *read_elf(struct rebtf_module *module)
{
	struct rebtf_error *err;
	struct elf_file file;

	TRY(elf_file_open_mem(module->image.data, module->image.size, &file));
	err = find_elf_sections(module, &file);
	elf_file_close(&file);
	return err;
}

static char *path_beside(const char *path, const char *ending)
{
	size_t length = strlen(path), size = strlen(ending) + 1;
	char *beside = malloc(length + size);

	if (!beside)
		return NULL;
	memcpy(beside, path, length);
	memcpy(beside + length, ending, size);
	return beside;
}

char *module_base_path(const char *path)
{
	return path_beside(path, ".base");
}

char *module_expects_path(const char *path)
{
	return path_beside(path, ".expects");
}

char *module_owner_path(const char *path)
{
	_cleanup_free_ char *base_path = NULL, *target = NULL, *target_base_path = NULL;
	struct stat st;

	if (lstat(path, &st) || !S_ISLNK(st.st_mode))
		return strdup(path);
	target = realpath(path, NULL);
	/* If it leads nowhere, whoever opens it will say so. */
	if (!target)
		return strdup(path);
	base_path = module_base_path(path);
	target_base_path = module_base_path(target);
	if (!base_path || !target_base_path)
		return NULL;
	if (!access(base_path, F_OK) && !file_is_same(base_path, target_base_path))
		return strdup(path);
	return take_ptr(&target);
}

/* Reads a file of its own that belongs to raw BTF. It is no error if the file does not exist. */
static struct rebtf_error *read_beside(struct rebtf_module *module, const char *path,
				       struct file_bytes *image, struct module_section *section)
{
	struct rebtf_error *err = file_read(path, image);
	enum codec codec;

	if (err && err->code == REBTF_ERR_IO && (err->errnum == ENOENT || err->errnum == ENOTDIR)) {
		rebtf_error_free(err);
		return NULL;
	}
	if (!err)
		err = unpack(module, image, &codec);
	if (err) {
		/* It may be asked for again. */
		file_bytes_release(image);
		return error_at(err, path, NULL);
	}
	/* An empty file is there as well; it gets an address, and opening it will fail. */
	section->data = image->data ?: (const uint8_t *)"";
	section->size = image->size;
	return NULL;
}

struct rebtf_error *module_check_unchanged(const struct rebtf_module *module)
{
	_cleanup_free_ char *base_path = module_base_path(module->owner_path);
	_cleanup_free_ char *target = realpath(module->path, NULL);
	_cleanup_close_ int lock = -1;

	if (!base_path)
		return error_nomem();
	lock = file_lock_directory_of(target ?: module->path);
	TRY(file_check_unchanged(module->path, &module->state));
	return file_check_unchanged(base_path, &module->base_image.state);
}

/*
 * That there is none is true of the BTF that was read only if it is there still: one that another
 * process is relocating loses its base after it was replaced.
 */
static struct rebtf_error *read_base_file(struct rebtf_module *module)
{
	_cleanup_free_ char *path = NULL;

	module->owner_path = module_owner_path(module->path);
	if (!module->owner_path)
		return error_nomem();
	path = module_base_path(module->owner_path);
	if (!path)
		return error_nomem();
	TRY(read_beside(module, path, &module->base_image,
			&module->sections[REBTF_SECTION_BTF_BASE]));
	if (module->sections[REBTF_SECTION_BTF_BASE].data)
		return NULL;
	return file_check_unchanged(module->path, &module->state);
}

static struct rebtf_error *read_expects_file(struct rebtf_module *module)
{
	_cleanup_free_ char *path = module_expects_path(module->owner_path);

	if (!path)
		return error_nomem();
	/* Hardly any module has expectations, and to find that out should cost no error object. */
	if (faccessat(AT_FDCWD, path, F_OK, 0) && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	return read_beside(module, path, &module->expects_image,
			   &module->sections[REBTF_SECTION_BTF_EXPECTS]);
}

struct rebtf_error *module_seek_expects(const struct rebtf_module *module)
{
	/* A part of the module that comes later; to everybody else the module stays as it is. */
	struct rebtf_module *m = (struct rebtf_module *)module;
	struct rebtf_error *err = NULL;

	if (m->container != REBTF_CONTAINER_RAW)
		return NULL;
	pthread_mutex_lock(&m->expects_lock);
	if (!m->expects_sought)
		err = read_expects_file(m);
	m->expects_sought = !err;
	pthread_mutex_unlock(&m->expects_lock);
	return err;
}

static struct rebtf_error *find_sections(struct rebtf_module *module)
{
	const struct file_bytes *image = &module->image;

	if (elf_detect(image->data, image->size)) {
		module->container = REBTF_CONTAINER_ELF;
		return read_elf(module);
	}
	if (raw_btf_detect(image->data, image->size)) {
		module->container = REBTF_CONTAINER_RAW;
		module->sections[REBTF_SECTION_BTF].data = image->data;
		module->sections[REBTF_SECTION_BTF].size = image->size;
		return read_base_file(module);
	}
	if (!image->size)
		return error_new(REBTF_ERR_FORMAT, "the file is empty");
	return error_new(REBTF_ERR_FORMAT, "neither BTF nor an ELF file");
}

/* Whether what starts so can be a module at all. */
static bool may_be_module(const uint8_t *start, size_t size)
{
	return codec_detect(start, size) != CODEC_NONE || elf_detect(start, size) ||
	       raw_btf_detect(start, size);
}

static struct rebtf_error *open_module(struct rebtf_module *module)
{
	TRY(file_read_wanted(module->path, may_be_module, &module->image));
	module->attrs = module->image.attrs;
	module->state = module->image.state;
	TRY(unpack(module, &module->image, &module->codec));
	return find_sections(module);
}

struct rebtf_error *rebtf_module_open(const char *path, struct rebtf_module **module)
{
	struct rebtf_module *new_module = calloc(1, sizeof(*new_module));
	struct rebtf_error *err;

	if (!new_module)
		return error_nomem();
	pthread_mutex_init(&new_module->expects_lock, NULL);
	new_module->read_as = -1;
	new_module->path = strdup(path);
	err = new_module->path ? open_module(new_module) : error_nomem();
	if (err) {
		rebtf_module_free(new_module);
		return error_at(err, path, NULL);
	}
	*module = new_module;
	return NULL;
}

void rebtf_module_free(struct rebtf_module *module)
{
	if (!module)
		return;
	file_bytes_release(&module->image);
	file_bytes_release(&module->base_image);
	file_bytes_release(&module->expects_image);
	unpacked_give_back(module->unpacked);
	pthread_mutex_destroy(&module->expects_lock);
	free(module->owner_path);
	free(module->path);
	free(module);
}

/* -------------------------------------------------------------------------------------- looking */

const char *rebtf_module_path(const struct rebtf_module *module)
{
	return module->path;
}

enum rebtf_container rebtf_module_container(const struct rebtf_module *module)
{
	return module->container;
}

enum rebtf_compression rebtf_module_compression(const struct rebtf_module *module)
{
	static const enum rebtf_compression compressions[] = {
		[CODEC_NONE] = REBTF_COMPRESSION_NONE,
		[CODEC_GZIP] = REBTF_COMPRESSION_GZIP,
		[CODEC_XZ] = REBTF_COMPRESSION_XZ,
		[CODEC_ZSTD] = REBTF_COMPRESSION_ZSTD,
	};

	return compressions[module->codec];
}

bool rebtf_module_signed(const struct rebtf_module *module)
{
	return module->container == REBTF_CONTAINER_ELF &&
	       signature_present(module->image.data, module->image.size);
}

const void *rebtf_module_section(const struct rebtf_module *module, enum rebtf_section section,
				 size_t *size)
{
	const struct module_section *found = &module->sections[section];

	/* That the file could not be read is what rebtf_module_expects() says. */
	if (section == REBTF_SECTION_BTF_EXPECTS)
		rebtf_error_free(module_seek_expects(module));
	*size = found->size;
	return found->data;
}

const struct rebtf_mark *rebtf_module_mark(const struct rebtf_module *module)
{
	return module->has_mark ? &module->mark : NULL;
}
