/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads facts about a kernel from its image. From an ELF file on disk only the relevant sections
 * are read, because a vmlinux with debug information can have a gigabyte. Any other image is
 * unpacked layer by layer until one contains the kernel's banner, "Linux version RELEASE (...".
 */
#include <stdio.h>
#include <string.h>

#include "module/elf_file.h"
#include "module/image.h"
#include "module/kernel_image.h"
#include "module/ksymtab.h"
#include "util/file.h"

#define BANNER "Linux version "

/* The longest string that is taken from an image. A banner has some 200 bytes. */
#define STRING_SIZE_MAX 1024

/* How many strings that start like a banner or a version magic are examined. */
#define TRIES_MAX 64

void kernel_image_release(struct kernel_image *image)
{
	free(image->release);
	free(image->vermagic);
	free(image->banner);
	free(image->no_exports);
	exports_release(&image->exports);
	*image = (struct kernel_image){};
}

/* -------------------------------------------------------------------------------------- strings */

/*
 * Copies the printable string at @at, which must end at a NUL or a newline. Otherwise sets @copy to
 * NULL.
 */
static struct rebtf_error *copy_string(struct bytes image, const uint8_t *at, char **copy)
{
	size_t left = image.size - (size_t)(at - image.data), length = 0;

	*copy = NULL;
	while (length < left && length < STRING_SIZE_MAX && at[length] >= ' ' && at[length] < 0x7f)
		length++;
	if (length == left || (at[length] && at[length] != '\n'))
		return NULL;
	*copy = strndup((const char *)at, length);
	return *copy ? NULL : error_nomem();
}

static struct rebtf_error *kernel_image_take_release(const char *release,
						     struct kernel_image *found)
{
	if (!*release)
		return NULL;
	free(found->release);
	found->release = strdup(release);
	return found->release ? NULL : error_nomem();
}

/* Finds the banner and the release in it. */
static struct rebtf_error *kernel_image_find_banner(struct bytes image, struct kernel_image *found)
{
	struct bytes rest = image;

	for (int i = 0; i < TRIES_MAX && rest.size && !found->banner; i++) {
		const uint8_t *at = memmem(rest.data, rest.size, BANNER, strlen(BANNER));
		_cleanup_free_ char *banner = NULL;
		char release[RELEASE_SIZE] = "";

		if (!at)
			return NULL;
		rest = bytes_clip(image, (size_t)(at - image.data) + strlen(BANNER), SIZE_MAX);
		TRY(copy_string(image, at, &banner));
		if (banner)
			release_from_text(rest, release);
		if (*release)
			found->banner = take_ptr(&banner);
		TRY(kernel_image_take_release(release, found));
	}
	return NULL;
}

/*
 * Whether @string can be a version magic: the release, a space, and words. At least one of the
 * listed words is present in any kernel that can unload modules or has more than one processor.
 */
static bool is_vermagic(const char *string, const char *release)
{
	static const char *const words[] = { " SMP ", " preempt ", " mod_unload ",
					     " modversions " };
	const char *flags = string + strlen(release);

	if (strspn(flags, " _0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") !=
	    strlen(flags))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strstr(flags, words[i]))
			return true;
	}
	return false;
}

/* Finds the version magic: a string that starts with the release. */
static struct rebtf_error *find_vermagic(struct bytes image, struct kernel_image *found)
{
	char start[RELEASE_SIZE + 1];
	struct bytes rest = image;
	size_t length = (size_t)snprintf(start, sizeof(start), "%s ", found->release);

	for (int i = 0; i < TRIES_MAX && !found->vermagic; i++) {
		const uint8_t *at = memmem(rest.data, rest.size, start, length);
		_cleanup_free_ char *string = NULL;

		if (!at)
			return NULL;
		TRY(copy_string(image, at, &string));
		if (string && is_vermagic(string, found->release))
			found->vermagic = take_ptr(&string);
		rest = bytes_clip(image, (size_t)(at - image.data) + 1, SIZE_MAX);
	}
	return NULL;
}

static struct rebtf_error *read_strings(struct bytes image, struct kernel_image *found)
{
	if (!image.size)
		return NULL;
	TRY(kernel_image_find_banner(image, found));
	if (found->release)
		TRY(find_vermagic(image, found));
	return kconfig_find(image.data, image.size, &found->config);
}

/* -------------------------------------------------------------------------------------- exports */

static void note_machine(const struct elf_file *file, struct kernel_image *found)
{
	found->machine = file->ehdr.e_machine;
	found->elf_class = file->ehdr.e_ident[EI_CLASS];
	found->encoding = file->ehdr.e_ident[EI_DATA];
}

static struct rebtf_error *decode(struct ksymtab *ksymtab, const struct elf_file *file,
				  struct kernel_image *found)
{
	struct rebtf_error *err;

	note_machine(file, found);
	ksymtab->big_endian = file->ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	ksymtab->word = file->ehdr.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	err = ksymtab_read(ksymtab, &found->exports);
	if (!err || err->code == REBTF_ERR_NOMEM)
		return err;
	free(found->no_exports);
	found->no_exports = strdup(err->message);
	rebtf_error_free(err);
	return found->no_exports ? NULL : error_nomem();
}

static uint64_t address_of(const struct elf_file *file, const struct elf_section *section)
{
	GElf_Shdr shdr;

	return gelf_getshdr(elf_getscn(file->elf, section->index), &shdr) ? shdr.sh_addr : 0;
}

static struct rebtf_error *read_exports(struct bytes image, struct kernel_image *found)
{
	struct elf_section sections[KSYMTAB_SECTIONS];
	struct ksymtab ksymtab = {};
	struct rebtf_error *err;
	struct elf_file file;

	err = elf_file_open_mem(image.data, image.size, &file);
	if (err)
		return error_nomem_only(err);
	err = elf_find_sections(&file, ksymtab_section_names, sections, KSYMTAB_SECTIONS);
	for (size_t i = 0; i < KSYMTAB_SECTIONS && !err; i++) {
		if (!sections[i].index)
			continue;
		ksymtab.sections[i].data = image.data + sections[i].offset;
		ksymtab.sections[i].size = sections[i].size;
		ksymtab.sections[i].address = address_of(&file, &sections[i]);
	}
	err = err ? error_nomem_only(err) : decode(&ksymtab, &file, found);
	elf_file_close(&file);
	return err;
}

/* --------------------------------------------------------------------------------------- images */

/*
 * A layer that is an ELF file, or has the banner, is the kernel. A small loader in front of it may
 * have its own version string, but that lacks the banner's first words.
 */
static struct rebtf_error *look_at_layer(void *arg, struct bytes layer, bool *done)
{
	struct kernel_image *found = arg;

	TRY(read_strings(layer, found));
	if (elf_detect(layer.data, layer.size))
		TRY(read_exports(layer, found));
	*done = found->banner;
	return NULL;
}

/* If the kernel cannot be unpacked here, the headers around it may still name its release. */
static struct rebtf_error *kernel_image_read_headers(struct bytes image, struct kernel_image *found)
{
	char release[RELEASE_SIZE];

	if (found->release)
		return NULL;
	bzimage_release(image, release);
	if (!*release)
		uki_release(image, release);
	return kernel_image_take_release(release, found);
}

struct rebtf_error *kernel_image_read_mem(const uint8_t *data, size_t size,
					  struct kernel_image *image)
{
	struct bytes bytes = { data, size };
	struct kernel_image found = {};
	struct rebtf_error *err = NULL;

	if (!image_is_btf(data, size)) {
		err = image_each_layer(bytes, look_at_layer, &found);
		if (!err)
			err = kernel_image_read_headers(bytes, &found);
	}
	if (!err && !found.exports.entries.count && !found.no_exports) {
		found.no_exports = strdup(found.banner ? "the kernel in it is no ELF file"
						       : "no kernel in it");
		err = found.no_exports ? NULL : error_nomem();
	}
	if (err) {
		kernel_image_release(&found);
		return err;
	}
	*image = found;
	return NULL;
}

/* ---------------------------------------------------------------------------------------- files */

/*
 * The sections of a vmlinux that matter: those with the exported symbols, and .rodata, which has
 * all strings.
 */
#define FILE_SECTIONS (KSYMTAB_SECTIONS + 1)
#define RODATA	      KSYMTAB_SECTIONS

static void free_sections(struct file_bytes (*sections)[FILE_SECTIONS])
{
	for (size_t i = 0; i < FILE_SECTIONS; i++)
		file_bytes_release(&(*sections)[i]);
}

/* Overlapping sections could have many times the file's size, and a sparse file any size. */
static bool is_too_much(const struct elf_file *file, const struct elf_section *sections)
{
	uint64_t left = file->size < FILE_SIZE_MAX ? file->size : FILE_SIZE_MAX;

	for (size_t i = 0; i < FILE_SECTIONS; i++) {
		if (sections[i].size > left)
			return true;
		left -= sections[i].size;
	}
	return false;
}

/* Reads the contents of @sections into @bytes. */
static struct rebtf_error *read_contents(int fd, const struct elf_section *sections,
					 struct file_bytes *bytes)
{
	for (size_t i = 0; i < FILE_SECTIONS; i++) {
		if (!sections[i].size)
			continue;
		bytes[i].data = file_memory(sections[i].size);
		if (!bytes[i].data)
			return error_nomem();
		/* Another process may truncate the file. */
		bytes[i].size = file_read_at(fd, bytes[i].data, sections[i].size,
					     sections[i].offset);
	}
	return NULL;
}

static struct rebtf_error *kernel_image_read_sections(int fd, const struct elf_file *file,
						      struct kernel_image *found)
{
	_cleanup_(free_sections) struct file_bytes bytes[FILE_SECTIONS] = {};
	struct elf_section sections[FILE_SECTIONS];
	const char *names[FILE_SECTIONS];
	struct ksymtab ksymtab = {};
	struct rebtf_error *err;

	memcpy(names, ksymtab_section_names, sizeof(ksymtab_section_names));
	names[RODATA] = ".rodata";
	err = elf_find_sections(file, names, sections, FILE_SECTIONS);
	if (err || is_too_much(file, sections))
		return error_nomem_only(err);
	TRY(read_contents(fd, sections, bytes));
	for (size_t i = 0; i < KSYMTAB_SECTIONS; i++) {
		ksymtab.sections[i].data = bytes[i].data;
		ksymtab.sections[i].size = bytes[i].size;
		if (sections[i].index)
			ksymtab.sections[i].address = address_of(file, &sections[i]);
	}
	if (bytes[RODATA].size)
		TRY(read_strings((struct bytes){ bytes[RODATA].data, bytes[RODATA].size }, found));
	return decode(&ksymtab, file, found);
}

static struct rebtf_error *kernel_image_read_elf(int fd, struct kernel_image *found)
{
	struct rebtf_error *err;
	struct elf_file file;

	err = elf_file_open_fd(fd, &file);
	if (err)
		return error_nomem_only(err);
	err = kernel_image_read_sections(fd, &file, found);
	elf_file_close(&file);
	return err;
}

struct rebtf_error *kernel_image_read(int fd, const char *path, struct kernel_image *image)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct kernel_image found = {};
	uint8_t magic[4] = {};

	file_read_at(fd, magic, sizeof(magic), 0);
	if (elf_detect(magic, sizeof(magic))) {
		struct rebtf_error *err = kernel_image_read_elf(fd, &found);

		if (err) {
			kernel_image_release(&found);
			return err;
		}
	}
	/* Some architectures wrap a compressed kernel in an ELF file. */
	if (found.banner || found.exports.entries.count) {
		*image = found;
		return NULL;
	}
	kernel_image_release(&found);
	TRY(file_read_fd(fd, path, NULL, &bytes));
	return kernel_image_read_mem(bytes.data, bytes.size, image);
}
