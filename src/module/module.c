/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reading modules: see module.h. What a file is shows from its first bytes: a compressed stream, an
 * ELF file, or BTF as such. What form its BTF has is not written anywhere and shows from whether
 * there is a .BTF.base and, if not, whether the BTF resolves in itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "format/btf.h"
#include "format/header.h"
#include "module/elf_file.h"
#include "module/module.h"
#include "module/signature.h"

static const char *const section_names[SECTION_COUNT] = {
	[REBTF_SECTION_BTF] = ".BTF",
	[REBTF_SECTION_BTF_BASE] = ".BTF.base",
	[REBTF_SECTION_BTF_IDS] = ".BTF_ids",
	[REBTF_SECTION_BTF_EXPECTS] = ".BTF.base_expects",
	[REBTF_SECTION_MARK] = ".note.rebtf",
	[REBTF_SECTION_KEPT_BTF] = ".BTF.kept",
	[REBTF_SECTION_KEPT_BASE] = ".BTF.kept_base",
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

static bool only_zeros(const uint8_t *data, size_t size)
{
	while (size && !*data) {
		data++;
		size--;
	}
	return !size;
}

/* Replaces a compressed file's bytes by what they unpack to. */
static struct rebtf_error *unpack(struct file_bytes *image, enum codec *codec)
{
	uint8_t *data;
	size_t size, consumed;

	*codec = codec_detect(image->data, image->size);
	if (*codec == CODEC_NONE)
		return NULL;
	if (*codec > CODEC_ZSTD)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "compressed with %s, which modules never are; is it a kernel?",
				 codec_name(*codec));
	TRY(codec_decompress(*codec, image->data, image->size, CODEC_OUTPUT_MAX, &data, &size,
			     &consumed));
	if (!only_zeros(image->data + consumed, image->size - consumed)) {
		free(data);
		return error_new(REBTF_ERR_FORMAT, "%zu bytes follow the %s data",
				 image->size - consumed, codec_name(*codec));
	}
	free(image->data);
	image->data = data;
	image->size = size;
	return NULL;
}

static bool raw_btf_detect(const uint8_t *data, size_t size)
{
	return size >= 2 && ((data[0] == (BTF_MAGIC & 0xff) && data[1] == BTF_MAGIC >> 8) ||
			     (data[0] == BTF_MAGIC >> 8 && data[1] == (BTF_MAGIC & 0xff)));
}

static struct rebtf_error *find_elf_sections(struct rebtf_module *module)
{
	struct elf_section found[SECTION_COUNT];
	struct rebtf_error *err;
	struct elf_file file;

	TRY(elf_file_open_mem(module->image.data, module->image.size, &file));
	err = elf_find_sections(&file, section_names, found, SECTION_COUNT);
	elf_file_close(&file);
	if (err)
		return err;
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		if (!found[i].index)
			continue;
		module->sections[i].data = module->image.data + found[i].offset;
		module->sections[i].size = found[i].size;
	}
	if (!found[REBTF_SECTION_BTF].index)
		return error_new(REBTF_ERR_NO_BTF, "there is no .BTF section");
	return NULL;
}

char *module_base_path(const char *path)
{
	char *base_path;

	return asprintf(&base_path, "%s.base", path) < 0 ? NULL : base_path;
}

/* The base of distilled raw BTF is a file of its own. That there is none is the usual case. */
static struct rebtf_error *read_base_file(struct rebtf_module *module)
{
	_cleanup_free_ char *path = module_base_path(module->path);
	struct module_section *section = &module->sections[REBTF_SECTION_BTF_BASE];
	struct rebtf_error *err;
	enum codec codec;

	if (!path)
		return error_nomem();
	err = file_read(path, &module->base_image);
	if (err && err->code == REBTF_ERR_IO && (err->errnum == ENOENT || err->errnum == ENOTDIR)) {
		rebtf_error_free(err);
		return NULL;
	}
	if (!err)
		err = unpack(&module->base_image, &codec);
	if (err)
		return error_at(err, path, NULL);
	/* An empty file is there as well; it gets an address, and opening it will fail. */
	section->data = module->base_image.data ?: (const uint8_t *)"";
	section->size = module->base_image.size;
	return NULL;
}

static struct rebtf_error *find_sections(struct rebtf_module *module)
{
	const struct file_bytes *image = &module->image;

	if (elf_detect(image->data, image->size)) {
		module->container = REBTF_CONTAINER_ELF;
		return find_elf_sections(module);
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
	TRY(unpack(&module->image, &module->codec));
	return find_sections(module);
}

struct rebtf_error *rebtf_module_open(const char *path, struct rebtf_module **module)
{
	struct rebtf_module *new_module = calloc(1, sizeof(*new_module));
	struct rebtf_error *err;

	if (!new_module)
		return error_nomem();
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

	*size = found->size;
	return found->data;
}

/* -------------------------------------------------------------------------------------- its BTF */

/* The name of a section for errors; in raw BTF there are no sections. */
static const char *place(const struct rebtf_module *module, enum rebtf_section section)
{
	return module->container == REBTF_CONTAINER_ELF ? section_names[section] : NULL;
}

static struct rebtf_error *open_section(const struct rebtf_module *module,
					enum rebtf_section section, struct rebtf_btf *base,
					struct rebtf_btf **btf)
{
	const struct module_section *bytes = &module->sections[section];

	return error_at(rebtf_open_mem(bytes->data, bytes->size, module->path, base, btf), NULL,
			place(module, section));
}

/* Whether the bytes are BTF at all, wherever their ids and string offsets may lead. */
static struct rebtf_error *check_sound(const struct rebtf_module *module,
				       const struct module_section *bytes)
{
	struct rebtf_survey survey;

	return error_at(rebtf_survey(bytes->data, bytes->size, module->path, &survey), NULL,
			place(module, REBTF_SECTION_BTF));
}

/* The form, and in @alone the object if it is one that needs no base. */
static struct rebtf_error *find_form(const struct rebtf_module *module, enum rebtf_form *form,
				     struct rebtf_btf **alone)
{
	const struct module_section *bytes = &module->sections[REBTF_SECTION_BTF];
	struct rebtf_error *err;

	*alone = NULL;
	if (module->sections[REBTF_SECTION_BTF_BASE].data) {
		*form = REBTF_FORM_DISTILLED;
		return NULL;
	}
	*form = REBTF_FORM_SPLIT;
	if (btf_looks_split(bytes->data, bytes->size))
		return NULL;
	/*
	 * Split BTF read as if it were not can look wrong in any way, unless it is no BTF even by
	 * itself.
	 */
	err = open_section(module, REBTF_SECTION_BTF, NULL, alone);
	if (!err) {
		*form = rebtf_type_count(*alone) > 1 ? REBTF_FORM_STANDALONE : REBTF_FORM_EMPTY;
		return NULL;
	}
	if (err->code == REBTF_ERR_NOMEM)
		return err;
	rebtf_error_free(err);
	return check_sound(module, bytes);
}

struct rebtf_error *rebtf_module_form(const struct rebtf_module *module, struct rebtf_btf *base,
				      enum rebtf_form *form)
{
	(void)base;
	_cleanup_unref_ struct rebtf_btf *alone = NULL;

	return find_form(module, form, &alone);
}

/*
 * Two raw files are a pair only by their names, and one of them may be left over from another time.
 */
static struct rebtf_error *no_pair(const struct rebtf_module *module, struct rebtf_error *cause)
{
	struct rebtf_error *err;

	if (module->container != REBTF_CONTAINER_RAW || cause->code == REBTF_ERR_NOMEM)
		return cause;
	err = error_new(cause->code, "it and the %s.base beside it do not belong together: %s",
			module->path, cause->message);
	error_at_type(error_at(err, module->path, NULL), cause->type_id, cause->type_kind,
		      cause->type_name);
	rebtf_error_free(cause);
	return err;
}

static struct rebtf_error *open_distilled(const struct rebtf_module *module, struct rebtf_btf **btf)
{
	_cleanup_free_ char *base_path = module_base_path(module->path);
	_cleanup_unref_ struct rebtf_btf *distilled_base = NULL;
	const struct module_section *bytes = &module->sections[REBTF_SECTION_BTF_BASE];
	struct rebtf_error *err;

	if (!base_path)
		return error_nomem();
	TRY(error_at(rebtf_open_mem(bytes->data, bytes->size,
				    module->container == REBTF_CONTAINER_RAW ? base_path
									     : module->path,
				    NULL, &distilled_base),
		     NULL, place(module, REBTF_SECTION_BTF_BASE)));
	err = open_section(module, REBTF_SECTION_BTF, distilled_base, btf);
	return err ? no_pair(module, err) : NULL;
}

struct rebtf_error *rebtf_module_btf(const struct rebtf_module *module, struct rebtf_btf *base,
				     struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *alone = NULL;
	enum rebtf_form form;

	TRY(find_form(module, &form, &alone));
	if (form == REBTF_FORM_DISTILLED)
		return open_distilled(module, btf);
	if (alone) {
		*btf = take_ptr(&alone);
		return NULL;
	}
	if (!base)
		return error_at(error_new(REBTF_ERR_ARGUMENT,
					  "it is split BTF, which cannot be read without its base"),
				module->path, place(module, REBTF_SECTION_BTF));
	return open_section(module, REBTF_SECTION_BTF, base, btf);
}
