/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens the BTF of a kernel in one file. A vmlinux with debug information can have a gigabyte, so
 * for an ELF file only the section .BTF is read. Raw BTF is read directly into its final memory.
 * Any other image is read whole and searched.
 */
#include <string.h>
#include <sys/vfs.h>
#include <sys/utsname.h>

#include <linux/magic.h>

#include "btf/btf.h"
#include "btf/split_sign.h"
#include "module/carrier.h"
#include "module/elf_file.h"
#include "module/image.h"
#include "module/kernel.h"
#include "module/kernel_cache.h"
#include "module/module.h"
#include "module/pe.h"
#include "util/file.h"

/* Room for the headers of a unified kernel image with many profiles. */
#define PE_HEADERS_MAX (64u << 10)

/* Finds the banner of a kernel that was not stripped to its BTF. */
static struct rebtf_error *kernel_file_find_banner(int fd, const struct elf_section *rodata,
						   char release[RELEASE_SIZE])
{
	_cleanup_free_ uint8_t *data = NULL;
	size_t size = rodata->size < BANNER_MAX ? (size_t)rodata->size : BANNER_MAX;

	if (!rodata->index || !size)
		return NULL;
	data = malloc(size);
	if (!data)
		return error_nomem();
	size = file_read_at(fd, data, size, rodata->offset);
	banner_release((struct bytes){ data, size }, release);
	return NULL;
}

/* Any of the sections may be missing. Without a valid .rodata the release is unknown. */
static struct rebtf_error *kernel_file_find_elf_sections(int fd,
							 struct elf_section found[IMAGE_SECTIONS],
							 struct elf_section *rodata,
							 bool *big_endian)
{
	static const char *const names[] = { ".rodata" };
	struct rebtf_error *err;
	struct elf_file file;

	TRY(elf_file_open_fd(fd, &file));
	*big_endian = file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	err = image_find_sections(&file, found);
	if (!err && error_nomem_only(elf_find_sections(&file, names, rodata, 1)))
		err = error_nomem();
	elf_file_close(&file);
	return err;
}

/* A file below /lib/modules/RELEASE belongs to that release, even if it does not name it. */
static void find_path_release(const char *path, char release[RELEASE_SIZE])
{
	static const char directory[] = "/lib/modules/";
	const char *name = strstr(path, directory), *end;
	size_t length = strlen(directory);

	if (name)
		name += length;
	else if (!strncmp(path, directory + 1, length - 1))
		name = path + length - 1;
	else
		return;
	end = strchr(name, '/');
	if (end)
		release_from_text((struct bytes){ (const uint8_t *)name, (size_t)(end - name) },
				  release);
}

/* Opens the BTF of a kernel that has only a link to it. */
static struct rebtf_error *kernel_file_open_carrier(const char *path, struct image_btf *result)
{
	if (!*result->release)
		find_path_release(path, result->release);
	return carrier_open(path, result);
}

/* Does nothing if the file has no link. */
static struct rebtf_error *kernel_file_follow_link(int fd, const char *path,
						   const struct elf_section found[IMAGE_SECTIONS],
						   const struct elf_section *rodata,
						   bool big_endian, struct image_btf *result)
{
	uint8_t link[LINK_NAMED_SIZE(4) + 1];
	const struct elf_section *section;
	enum rebtf_link_form form;
	struct bytes bytes = { link, 0 };

	if (found[IMAGE_BTF].index || image_is_module(found) ||
	    !image_has_link(found, &form, &section))
		return NULL;
	/* A longer section has the wrong size in any case. */
	bytes.size = section->size < sizeof(link) ? section->size : sizeof(link);
	bytes.size = file_read_at(fd, link, bytes.size, section->offset);
	TRY(error_at(carrier_link_parse(form, bytes, big_endian, &result->link), path,
		     rebtf_link_form_name(form)));
	TRY(kernel_file_find_banner(fd, rodata, result->release));
	return kernel_file_open_carrier(path, result);
}

/* Leaves @result without BTF if the file must be searched like other images. */
static struct rebtf_error *open_elf(int fd, const char *path, struct image_btf *result)
{
	struct elf_section found[IMAGE_SECTIONS] = {}, rodata = {}, *section = &found[IMAGE_BTF];
	bool big_endian = false;
	void *data;

	TRY(error_nomem_only(kernel_file_find_elf_sections(fd, found, &rodata, &big_endian)));
	TRY(kernel_file_follow_link(fd, path, found, &rodata, big_endian, result));
	if (result->btf)
		return NULL;
	if (!section->size || section->size > FILE_SIZE_MAX || image_is_module(found))
		return NULL;
	data = file_memory(section->size);
	if (!data)
		return error_nomem();
	if (file_read_at(fd, data, section->size, section->offset) != section->size) {
		free(data);
		return NULL;
	}
	TRY(error_nomem_only(btf_open(data, section->size, path, NULL, &result->btf)));
	return result->btf ? kernel_file_find_banner(fd, &rodata, result->release) : NULL;
}

/* --------------------------------------------------------------------------------------- origin */

static struct rebtf_error *replace_text(char **text, const char *new_text)
{
	char *copy = strdup(new_text);

	if (!copy)
		return error_nomem();
	free(*text);
	*text = copy;
	return NULL;
}

struct rebtf_error *kernel_set_release(struct rebtf_btf *btf, const char *release)
{
	return replace_text(&btf->release, release);
}

static struct rebtf_error *set_source(struct rebtf_btf *btf, const char *path,
				      char release[RELEASE_SIZE])
{
	if (!*release)
		find_path_release(path, release);
	TRY(replace_text(&btf->file, path));
	return *release ? kernel_set_release(btf, release) : NULL;
}

const char *rebtf_kernel_file(const struct rebtf_btf *btf)
{
	return btf->file;
}

const char *rebtf_kernel_release(const struct rebtf_btf *btf)
{
	return btf->release;
}

/* BTF in /sys belongs to the running kernel. */
static void find_running_release(int fd, char release[RELEASE_SIZE])
{
	struct utsname running;
	struct statfs st;

	if (!fstatfs(fd, &st) && st.f_type == SYSFS_MAGIC && !uname(&running))
		memcpy(release, running.release, RELEASE_SIZE);
}

/* -------------------------------------------------------------------------------------- opening */

/* Reads the file into @image, unless already done. */
static struct rebtf_error *kernel_file_read_image(int fd, const char *path,
						  struct file_bytes *image)
{
	return image->data ? NULL : file_read_fd(fd, path, NULL, image);
}

/* Whether the whole file is a compressed stream, and why that cannot be decompressed. */
static struct rebtf_error *check_stream(const struct file_bytes *image)
{
	enum codec codec = codec_detect(image->data, image->size);
	_cleanup_free_ uint8_t *data = NULL;
	size_t size, consumed;

	if (codec == CODEC_NONE)
		return NULL;
	return codec_decompress(codec, image->data, image->size, codec_output_max(image->size),
				&data, &size, &consumed);
}

static struct rebtf_error *search_file(int fd, const char *path, struct file_bytes *image,
				       struct image_btf *found)
{
	struct rebtf_error *err, *damaged;

	TRY(kernel_file_read_image(fd, path, image));
	err = image_find_btf(image->data, image->size, path, found);
	if (!err || err->code != REBTF_ERR_NO_BTF)
		return err;
	/* A file that is cut short may well have BTF. */
	damaged = check_stream(image);
	if (!damaged)
		return err;
	rebtf_error_free(err);
	return error_at(damaged, path, NULL);
}

static struct rebtf_error *kernel_file_open_image(int fd, const char *path, const char *cache,
						  struct file_bytes *image, struct image_btf *found)
{
	struct cache_key before, after;
	struct rebtf_error *err;
	bool has_key = cache && cache_key_make(fd, &before);

	if (has_key)
		TRY(kernel_cache_get(cache, &before, found));
	if (found->btf)
		return NULL;
	err = search_file(fd, path, image, found);
	if (err && found->link.form) {
		rebtf_error_free(err);
		err = kernel_file_open_carrier(path, found);
	}
	TRY(err);
	/* Another process may have written to the image before we read it. */
	if (has_key && cache_key_make(fd, &after) && !memcmp(&before, &after, sizeof(before)))
		kernel_cache_put(cache, &before, found);
	return NULL;
}

/* Whether the file is a module: its BTF is distilled, split, or damaged and may be split. */
static struct rebtf_error *kernel_file_is_module(int fd, const char *path, struct file_bytes *image,
						 bool *is_module)
{
	struct rebtf_module *module = NULL;
	enum split_sign sign = SPLIT_REFUTED;
	struct rebtf_error *err;
	const void *btf;
	size_t size;

	*is_module = false;
	err = kernel_file_read_image(fd, path, image);
	if (!err)
		err = module_open_bytes(image, path, &module);
	if (err)
		return error_nomem_only(err);
	btf = rebtf_module_section(module, REBTF_SECTION_BTF, &size);
	*is_module = rebtf_module_has_distilled(module);
	if (!*is_module)
		err = split_sign_of(btf, size, &sign);
	*is_module |= sign != SPLIT_REFUTED;
	rebtf_module_free(module);
	return err;
}

/*
 * Replaces an error in BTF by a clear one if the file is a module: a user could not make sense of
 * the first one. Frees @err if it returns another error. @image is the file, as far as it was read.
 * A file with a link is a kernel.
 */
static struct rebtf_error *blame_module(int fd, const char *path, struct file_bytes *image,
					bool has_link, struct rebtf_error *err)
{
	struct rebtf_error *better;
	bool is_module;

	if (!err || err->code == REBTF_ERR_NOMEM || err->code == REBTF_ERR_IO || has_link)
		return err;
	better = kernel_file_is_module(fd, path, image, &is_module);
	if (!better && is_module)
		better = error_at(image_not_a_kernel(), path, NULL);
	if (!better)
		return err;
	rebtf_error_free(err);
	return better;
}

static struct rebtf_error *kernel_file_open_any(int fd, const char *path, const char *cache,
						struct file_bytes *image, struct image_btf *found)
{
	uint8_t magic[4] = {};

	file_read_at(fd, magic, sizeof(magic), 0);
	if (image_is_btf(magic, sizeof(magic))) {
		TRY(rebtf_btf_open_fd(fd, path, NULL, &found->btf));
		find_running_release(fd, found->release);
	} else if (elf_detect(magic, sizeof(magic))) {
		TRY(open_elf(fd, path, found));
	}
	if (!found->btf)
		TRY(kernel_file_open_image(fd, path, cache, image, found));
	return set_source(found->btf, path, found->release);
}

struct rebtf_error *kernel_file_open(int fd, const char *path, const char *cache,
				     struct image_btf *found)
{
	_cleanup_file_bytes_ struct file_bytes image = {};
	bool has_status;
	struct rebtf_error *err;
	struct stat st;

	has_status = !fstat(fd, &st);
	err = kernel_file_open_any(fd, path, cache, &image, found);
	err = blame_module(fd, path, &image, found->link.form, err);
	if (err) {
		const struct rebtf_link link = found->link;

		image_btf_release(found);
		found->link = link;
		return err;
	}
	if (has_status)
		found->state = file_state(&st);
	return NULL;
}

void kernel_file_release(int fd, char release[RELEASE_SIZE])
{
	_cleanup_free_ uint8_t *headers = malloc(PE_HEADERS_MAX);
	uint8_t text[RELEASE_SIZE];
	struct pe_file pe;
	size_t size;

	release[0] = '\0';
	if (!headers)
		return;
	size = file_read_at(fd, headers, PE_HEADERS_MAX, 0);
	if (!pe_open(headers, size, &pe))
		return;
	for (unsigned int i = 0; i < pe.section_count; i++) {
		struct pe_section section = pe_section(&pe, i);

		if (strcmp(section.name, ".uname"))
			continue;
		size = section.size < RELEASE_SIZE ? section.size : RELEASE_SIZE;
		size = file_read_at(fd, text, size, section.offset);
		release_from_text((struct bytes){ text, size }, release);
		return;
	}
}
