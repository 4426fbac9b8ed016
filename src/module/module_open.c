/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens modules. The first bytes reveal the container: a compressed stream, an ELF file, or raw
 * BTF. form.c determines the form of the BTF.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "btf/header.h"
#include "module/carrier_link.h"
#include "module/companions.h"
#include "module/dir.h"
#include "module/elf_file.h"
#include "module/kernel.h"
#include "module/note.h"
#include "module/module.h"
#include "module/program_elf.h"
#include "module/signature.h"
#include "module/tree.h"
#include "module/unpacked.h"
#include "util/bytes.h"
#include "util/descriptors.h"
#include "util/options.h"

static const char *const section_names[SECTION_COUNT] = {
	[REBTF_SECTION_BTF] = ".BTF",
	[REBTF_SECTION_BTF_BASE] = ".BTF.base",
	[REBTF_SECTION_BTF_IDS] = ".BTF_ids",
	[REBTF_SECTION_BTF_EXPECTS] = ".BTF.base_expects",
	[REBTF_SECTION_NOTE] = ".note.rebtf",
	[REBTF_SECTION_SAVED_BTF] = ".BTF.kept",
	[REBTF_SECTION_SAVED_BASE] = ".BTF.kept_base",
	[REBTF_SECTION_BASE_IDS] = ".BTF.base_ids",
	[REBTF_SECTION_INLINE] = ".BTF.inline",
	[REBTF_SECTION_SAVED_INLINE] = ".BTF.kept_inline",
};

const char *rebtf_section_name(enum rebtf_section section)
{
	return (size_t)section < SECTION_COUNT ? section_names[section] : "unknown";
}

const char *rebtf_form_name(enum rebtf_form form)
{
	static const char *const names[] = {
		[REBTF_FORM_SPLIT] = "split",
		[REBTF_FORM_DISTILLED] = "distilled",
		[REBTF_FORM_STANDALONE] = "standalone",
		[REBTF_FORM_EMPTY] = "empty",
	};

	return (size_t)form < sizeof(names) / sizeof(*names) ? names[form] : "unknown";
}

/* -------------------------------------------------------------------------------------- opening */

struct rebtf_error *module_unpack(struct file_bytes *image, struct file_bytes *packed,
				  enum codec *codec, size_t *unpacked)
{
	enum codec detected = codec_detect(image->data, image->size);
	_cleanup_free_ uint8_t *data = NULL;
	size_t size, consumed;

	if (codec)
		*codec = detected;
	if (detected == CODEC_NONE)
		return NULL;
	if (detected > CODEC_ZSTD)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"unsupported compression of a module (found %s, expected gzip, xz or zstd): is the file a kernel?",
			codec_name(detected));
	TRY(codec_decompress(detected, image->data, image->size, codec_output_max(image->size),
			     &data, &size, &consumed));
	if (!only_zeros(image->data + consumed, image->size - consumed))
		return error_new(REBTF_ERR_FORMAT, "%zu bytes follow the %s data",
				 image->size - consumed, codec_name(detected));
	TRY(unpacked_take(size));
	*unpacked += size;
	if (packed) {
		packed->data = take_ptr(&image->data);
		packed->size = image->size;
	}
	free(image->data);
	image->data = take_ptr(&data);
	image->size = size;
	return NULL;
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
	return error_new(REBTF_ERR_NO_BTF, "no .BTF section");
}

bool rebtf_module_has_btf(const struct rebtf_module *module)
{
	return module->sections[REBTF_SECTION_BTF].data;
}

bool module_has_kept(const struct rebtf_module *module)
{
	return module->sections[REBTF_SECTION_SAVED_BTF].data;
}

/* The saved original is BTF with its base, in a module whose own BTF is relocated. */
static struct rebtf_error *check_kept(const struct rebtf_module *module)
{
	const struct module_section *sections = module->sections;
	bool has_base = sections[REBTF_SECTION_SAVED_BASE].data;

	if (module_has_kept(module) && !has_base)
		return error_at(error_new(REBTF_ERR_FORMAT, "missing section .BTF.kept_base"), NULL,
				section_names[REBTF_SECTION_SAVED_BTF]);
	if (has_base && !module_has_kept(module))
		return error_at(error_new(REBTF_ERR_FORMAT, "missing section .BTF.kept"), NULL,
				section_names[REBTF_SECTION_SAVED_BASE]);
	if (sections[REBTF_SECTION_SAVED_INLINE].data && !has_base)
		return error_at(error_new(REBTF_ERR_FORMAT, "missing section .BTF.kept"), NULL,
				section_names[REBTF_SECTION_SAVED_INLINE]);
	if (has_base && sections[REBTF_SECTION_BTF_BASE].data)
		return error_at(
			error_new(
				REBTF_ERR_FORMAT,
				"saved original of relocated BTF, but .BTF is not relocated (.BTF.base exists)"),
			NULL, section_names[REBTF_SECTION_SAVED_BTF]);
	return NULL;
}

static struct rebtf_error *read_note(struct rebtf_module *module)
{
	const struct module_section *section = &module->sections[REBTF_SECTION_NOTE];

	module->has_note = section->data;
	if (!section->data)
		return NULL;
	return error_at(note_read(section->data, section->size,
				  module->image.data[EI_DATA] == ELFDATA2MSB, &module->note),
			NULL, section_names[REBTF_SECTION_NOTE]);
}

/*
 * A module may have no BTF: DKMS builds such modules without a vmlinux, and assemblers make them.
 * Errors: FORMAT, if the file was truncated or has sections that require BTF; NO_BTF, if it is not
 * a module.
 */
static struct rebtf_error *check_without_btf(const struct rebtf_module *module,
					     const struct elf_file *file)
{
	static const enum rebtf_section parts[] = {
		REBTF_SECTION_BTF_BASE,	 REBTF_SECTION_BTF_EXPECTS, REBTF_SECTION_NOTE,
		REBTF_SECTION_SAVED_BTF, REBTF_SECTION_SAVED_BASE,  REBTF_SECTION_SAVED_INLINE,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (module->sections[parts[i]].data)
			return error_at(error_new(REBTF_ERR_FORMAT, "missing section .BTF"), NULL,
					section_names[parts[i]]);
	}
	if (file->ehdr.e_type != ET_REL)
		return module_no_btf();
	return elf_check_whole(file);
}

/* A kernel can have BTF and a link to it: its build strips the BTF after it made the carrier. */
static struct rebtf_error *module_open_read_link(struct rebtf_module *module,
						 const struct elf_file *file)
{
	const char *const names[] = { rebtf_link_form_name(REBTF_LINK_NAMED),
				      rebtf_link_form_name(REBTF_LINK_META) };
	const struct module_section *btf = &module->sections[REBTF_SECTION_BTF];
	const struct bytes image = { module->image.data, module->image.size };
	struct elf_section found[2];
	uint8_t digest[REBTF_DIGEST_SIZE];

	TRY(elf_find_sections(file, names, found, 2));
	for (size_t i = 0; i < 2; i++) {
		if (!found[i].index || module->link.form)
			continue;
		TRY(error_at(carrier_link_parse(i ? REBTF_LINK_META : REBTF_LINK_NAMED,
						bytes_clip(image, found[i].offset, found[i].size),
						file->ehdr.e_ident[EI_DATA] == ELFDATA2MSB,
						&module->link),
			     NULL, names[i]));
		TRY(carrier_link_check(&module->link, (struct bytes){ btf->data, btf->size },
				       digest));
	}
	return NULL;
}

static struct rebtf_error *module_open_find_elf_sections(struct rebtf_module *module,
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
	if (file->ehdr.e_type != ET_REL)
		TRY(module_open_read_link(module, file));
	return read_note(module);
}

static struct rebtf_error *module_open_read_elf(struct rebtf_module *module)
{
	struct rebtf_error *err;
	struct elf_file file;

	TRY(elf_file_open_mem(module->image.data, module->image.size, &file));
	/* Without names it cannot be known whether a section is .BTF. */
	err = file.section_count > 1 && !file.names.text
		      ? error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid section names")
		      : module_open_find_elf_sections(module, &file);
	elf_file_close(&file);
	return err;
}

static struct rebtf_error *module_open_find_sections(struct rebtf_module *module)
{
	const struct file_bytes *image = &module->image;

	if (elf_detect(image->data, image->size)) {
		module->container = REBTF_CONTAINER_ELF;
		return module_open_read_elf(module);
	}
	if (header_detect(image->data, image->size)) {
		module->container = REBTF_CONTAINER_RAW;
		module->sections[REBTF_SECTION_BTF].data = image->data;
		module->sections[REBTF_SECTION_BTF].size = image->size;
		return companions_open(module);
	}
	if (!image->size)
		return error_new(REBTF_ERR_FORMAT, "empty file");
	return error_new(REBTF_ERR_FORMAT, "neither BTF nor an ELF file%s",
			 module_looks_like_image(image->data, image->size)
				 ? ", but a kernel image or an archive"
				 : "");
}

/* Whether a file with these first bytes can be a module at all. */
static bool may_be_module(const uint8_t *start, size_t size)
{
	return codec_detect(start, size) != CODEC_NONE || elf_detect(start, size) ||
	       header_detect(start, size);
}

/* Opens the target of the symbolic link module->named. */
static struct rebtf_error *open_linked(struct rebtf_module *module, int *fd)
{
	module->is_link = true;
	TRY(place_follow(&module->named, &module->place));
	*fd = place_open(&module->place);
	if (*fd < 0 && errno == ELOOP)
		return error_changed();
	return *fd < 0 ? error_io(errno, "cannot open") : NULL;
}

/* @follow: module->named may be a symbolic link. */
static struct rebtf_error *module_open_named(struct rebtf_module *module, bool follow, int *fd)
{
	*fd = place_open(&module->named);
	if (*fd >= 0)
		return place_copy(&module->named, &module->place);
	if (errno != ELOOP)
		return error_io(errno, "cannot open");
	if (!follow)
		return error_new(REBTF_ERR_CHANGED,
				 "another process replaced the file by a symbolic link");
	return open_linked(module, fd);
}

/*
 * For something other than a regular file, the error starts with the fact that it is not a module.
 */
static struct rebtf_error *no_file(int fd, struct rebtf_error *err)
{
	struct rebtf_error *better;
	struct stat st;

	if (!err || err->code != REBTF_ERR_UNSUPPORTED || fstat(fd, &st) || S_ISREG(st.st_mode))
		return err;
	better = error_new(REBTF_ERR_FORMAT, "neither BTF nor an ELF file: %s", err->message);
	rebtf_error_free(err);
	return better;
}

static struct rebtf_error *read_named(struct rebtf_module *module, bool follow)
{
	_cleanup_close_soon_ int fd = -1;
	struct rebtf_error *err;

	TRY(module_open_named(module, follow, &fd));
	if (module->listing.is_complete)
		err = file_read_listed(fd, &module->place, may_be_module, true, &module->image);
	else
		err = file_read_place(fd, &module->place, may_be_module, true, &module->image);
	module->is_as_listed =
		!err && module->listing.is_complete && module->place.directory->is_listed &&
		moment_precedes_no_change(&module->listing.before, fd, module->image.state.device,
					  &module->image.ctime);
	return no_file(fd, err);
}

/* An open file has a place if its path still leads to it. Pipes have no place. */
static struct rebtf_error *find_open_file(struct rebtf_module *module)
{
	_cleanup_free_ char *path = realpath(module->path, NULL);
	_cleanup_place_ struct file_place place = {};
	struct file_state state;
	struct stat st;

	if (!path || !module->state.known)
		return NULL;
	TRY(error_nomem_only(place_find(path, &place)));
	if (!place.directory || !place_stat(&place, &st))
		return NULL;
	state = file_state(&st);
	if (!file_state_is_same(&state, &module->state))
		return NULL;
	TRY(place_copy(&place, &module->named));
	module->place = place;
	place = (struct file_place){};
	return NULL;
}

static struct rebtf_error *read_descriptor(struct rebtf_module *module)
{
	TRY(file_read_descriptor(module->path, may_be_module, &module->image));
	module->state = module->image.state;
	return find_open_file(module);
}

/* Opens the bytes that were read. */
static struct rebtf_error *module_open_image(struct rebtf_module *module)
{
	module->state = module->image.state;
	TRY(module_unpack(&module->image, &module->packed, &module->codec, &module->unpacked));
	return module_open_find_sections(module);
}

static struct rebtf_error *read_module(struct rebtf_module *module, bool follow)
{
	if (file_is_descriptor(module->path))
		TRY(read_descriptor(module));
	else
		TRY(read_named(module, follow));
	return module_open_image(module);
}

struct rebtf_error *module_new(const char *path, struct rebtf_module **module)
{
	struct rebtf_module *new_module = calloc(1, sizeof(*new_module));
	struct rebtf_error *err;

	if (!new_module)
		return error_nomem();
	pthread_mutex_init(&new_module->expects_lock, NULL);
	new_module->path = strdup(path);
	err = new_module->path ? readings_new(&new_module->readings) : error_nomem();
	if (err) {
		rebtf_module_free(new_module);
		return err;
	}
	*module = new_module;
	return NULL;
}

struct rebtf_error *module_open_listed(const struct tree_file *file, enum rebtf_reading reading,
				       struct rebtf_module **module)
{
	struct rebtf_module *new_module;
	struct rebtf_error *err = NULL;

	TRY(module_new(file->path, &new_module));
	new_module->may_expect = file->may_expect;
	new_module->reading = reading;
	if (file->dir && !file->is_link)
		new_module->listing = dir_listing(file->dir);
	if (file->dir)
		err = dir_find(file->dir, file->relative, &new_module->named);
	else if (!file_is_descriptor(file->path))
		err = place_find(file->path, &new_module->named);
	if (!err)
		err = read_module(new_module, file->is_link);
	/* A batch closes the files of a module together, but a program may keep this one. */
	if (!new_module->listing.is_complete)
		descriptors_close(-1);
	if (err) {
		rebtf_module_free(new_module);
		return error_at(err, file->path, NULL);
	}
	*module = new_module;
	return NULL;
}

struct rebtf_error *module_open_bytes(struct file_bytes *bytes, const char *name,
				      struct rebtf_module **module)
{
	struct rebtf_module *new_module;
	struct rebtf_error *err;

	TRY(module_new(name, &new_module));
	new_module->image = *bytes;
	*bytes = (struct file_bytes){};
	err = module_open_image(new_module);
	if (err) {
		rebtf_module_free(new_module);
		return error_at(err, name, NULL);
	}
	*module = new_module;
	return NULL;
}

static struct rebtf_error *module_open_fd(int fd, const char *name, struct rebtf_module **module)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	TRY(file_read_fd(fd, name, may_be_module, &bytes));
	return module_open_bytes(&bytes, name, module);
}

static struct rebtf_error *module_open_check(const struct rebtf_module_options *options)
{
	TRY(options_check("reading", options->reading, REBTF_READING_STANDALONE));
	if (options->kernels && options->has_fd)
		return error_new(REBTF_ERR_ARGUMENT, "cannot search an open file for a kernel");
	return NULL;
}

struct rebtf_error *rebtf_module_open(const char *path, const struct rebtf_module_options *options,
				      struct rebtf_module **module)
{
	const struct tree_file file = { .path = path, .may_expect = true, .is_link = true };
	struct rebtf_module_options all;

	TRY(OPTIONS_COPY(rebtf_module_options, &all, options));
	TRY(module_open_check(&all));
	if (all.has_fd)
		TRY(module_open_fd(all.fd, path, module));
	else if (all.kernels)
		TRY(module_kernel_open(path, all.kernels, module));
	else
		TRY(module_open_listed(&file, all.reading, module));
	(*module)->reading = all.reading;
	return NULL;
}

void rebtf_module_free(struct rebtf_module *module)
{
	if (!module)
		return;
	file_bytes_release(&module->image);
	file_bytes_release(&module->packed);
	file_bytes_release(&module->base_image);
	file_bytes_release(&module->expects_image);
	file_bytes_release(&module->note_image);
	descriptors_close(-1);
	unpacked_give_back(module->unpacked);
	readings_free(module->readings);
	pthread_mutex_destroy(&module->expects_lock);
	free(module->release);
	free(module->carrier);
	place_release(&module->named);
	place_release(&module->place);
	place_release(&module->owner);
	free(module->path);
	free(module);
}

/* -------------------------------------------------------------------------------------- queries */

const char *rebtf_module_path(const struct rebtf_module *module)
{
	return module->path;
}

struct rebtf_error *rebtf_module_link_target(const struct rebtf_module *module, char **path)
{
	if (module->is_link)
		return place_real_path(&module->place, path);
	*path = NULL;
	return NULL;
}

const char *rebtf_module_release(const struct rebtf_module *module)
{
	return module->release;
}

enum rebtf_container rebtf_module_container(const struct rebtf_module *module)
{
	return module->container;
}

const char *rebtf_container_name(enum rebtf_container container)
{
	static const char *const names[] = {
		[REBTF_CONTAINER_RAW] = "raw",
		[REBTF_CONTAINER_ELF] = "elf",
		[REBTF_CONTAINER_IMAGE] = "image",
	};

	return (size_t)container < sizeof(names) / sizeof(*names) ? names[container] : "unknown";
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
	const struct module_section *found;

	*size = 0;
	if ((size_t)section >= SECTION_COUNT)
		return NULL;
	/* rebtf_module_expects() reports read errors, so ignore them here. */
	if (section == REBTF_SECTION_BTF_EXPECTS)
		rebtf_error_free(companions_seek_expects(module));
	found = &module->sections[section];
	*size = found->size;
	return found->data;
}

const struct rebtf_link *rebtf_module_link(const struct rebtf_module *module)
{
	return module->link.form ? &module->link : NULL;
}

const struct rebtf_note *rebtf_module_note(const struct rebtf_module *module)
{
	return module->has_note ? &module->note : NULL;
}

bool rebtf_module_has_stale_note(const struct rebtf_module *module)
{
	return module->has_stale_note;
}
