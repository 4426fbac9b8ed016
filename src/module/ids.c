/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the .BTF_ids of a file, and only the needed parts of the file: a vmlinux with debug
 * information can have a gigabyte. Also writes the section back, in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "btf/btf.h"
#include "module/btf_ids_section.h"
#include "module/ids.h"
#include "module/module.h"
#include "module/signature.h"
#include "util/file.h"

/* ------------------------------------------------------------------------------------------- read */

/* "NAME" of "__BTF_ID__set8__NAME". */
static const char *ids_set_name(const struct btf_id_set *set)
{
	const char *kind = strstr(set->symbol + 2, "__") + 2;

	return strstr(kind, "__") + 2;
}

static char *ids_copy_name(char **at, const char *name, size_t length)
{
	char *copy = *at;

	memcpy(copy, name, length);
	copy[length] = 0;
	*at += length + 1;
	return copy;
}

/* Copies the symbols, whose names belong to the file. */
static struct rebtf_error *copy_symbols(const struct btf_ids *section, struct rebtf_ids *ids)
{
	size_t names_size = 1;
	char *name;

	for (size_t i = 0; i < section->word_count; i++)
		names_size += section->words[i].length + 1;
	for (size_t i = 0; i < section->set_count; i++)
		names_size += strlen(ids_set_name(&section->sets[i])) + 1;
	ids->names = name = malloc(names_size);
	ids->ids = calloc(section->word_count + 1, sizeof(*ids->ids));
	ids->sets = calloc(section->set_count + 1, sizeof(*ids->sets));
	if (!ids->names || !ids->ids || !ids->sets)
		return error_nomem();
	ids->id_count = section->word_count;
	ids->set_count = section->set_count;
	for (size_t i = 0; i < section->word_count; i++) {
		const struct id_word *word = &section->words[i];

		ids->ids[i] = (struct rebtf_id){
			.name = ids_copy_name(&name, word->name, word->length),
			.kind = word->kind,
			.offset = word->offset,
		};
	}
	for (size_t i = 0; i < section->set_count; i++) {
		const struct btf_id_set *set = &section->sets[i];
		const char *text = ids_set_name(set);

		ids->sets[i] = (struct rebtf_id_set){
			.name = ids_copy_name(&name, text, strlen(text)),
			.offset = set->offset,
			.count = set->count,
			.has_flags = set->stride == 8,
			.is_resolved = btf_ids_get(section, section->data, set->offset) != 0,
			.flags = set->stride == 8
					 ? btf_ids_get(section, section->data, set->offset + 4)
					 : 0,
			.first_id = set->first,
			.id_count = set->word_count,
		};
	}
	return NULL;
}

static struct rebtf_error *copy_section(const struct btf_ids *section, struct rebtf_ids *ids)
{
	ids->big_endian = section->big_endian;
	if (!section->section.size)
		return NULL;
	ids->data = malloc(section->section.size);
	if (!ids->data)
		return error_nomem();
	memcpy(ids->data, section->data, section->section.size);
	ids->size = section->section.size;
	return copy_symbols(section, ids);
}

static void cleanup_ids(struct rebtf_ids **ids)
{
	rebtf_ids_free(*ids);
}

/* Reads the file in @fd, or with a negative @fd the @size bytes at @image. */
static struct rebtf_error *ids_read(int fd, const uint8_t *image, size_t size, const char *path,
				    struct rebtf_ids **ids)
{
	_cleanup_(btf_ids_release) struct btf_ids section = {};
	_cleanup_(cleanup_ids) struct rebtf_ids *new_ids = calloc(1, sizeof(*new_ids));

	if (!new_ids || !(new_ids->path = strdup(path)))
		return error_nomem();
	if (fd < 0)
		TRY(btf_ids_read_unresolved(image, size, &section));
	else
		TRY(btf_ids_read_fd(fd, &section));
	TRY(copy_section(&section, new_ids));
	*ids = take_ptr(&new_ids);
	return NULL;
}

struct rebtf_error *rebtf_ids_open(const char *path, struct rebtf_ids **ids)
{
	_cleanup_close_ int fd = -1;

	TRY(file_open(path, &fd));
	return error_at(ids_read(fd, NULL, 0, path, ids), path,
			rebtf_section_name(REBTF_SECTION_BTF_IDS));
}

struct rebtf_error *ids_open_mem(const uint8_t *image, size_t size, const char *path,
				 struct rebtf_ids **ids)
{
	return error_at(ids_read(-1, image, size, path, ids), path,
			rebtf_section_name(REBTF_SECTION_BTF_IDS));
}

struct rebtf_error *rebtf_ids_of_module(const struct rebtf_module *module, struct rebtf_ids **ids)
{
	if (module->container != REBTF_CONTAINER_ELF)
		return error_at(error_new(REBTF_ERR_ARGUMENT, "not an ELF file: it has no ids"),
				module->path, NULL);
	return ids_open_mem(module->image.data, module->image.size, module->path, ids);
}

void rebtf_ids_free(struct rebtf_ids *ids)
{
	if (!ids)
		return;
	free(ids->path);
	free(ids->data);
	free(ids->ids);
	free(ids->sets);
	free(ids->names);
	free(ids);
}

size_t rebtf_ids_count(const struct rebtf_ids *ids)
{
	return ids->id_count;
}

const struct rebtf_id *rebtf_ids_at(const struct rebtf_ids *ids, size_t index)
{
	return index < ids->id_count ? &ids->ids[index] : NULL;
}

size_t rebtf_ids_set_count(const struct rebtf_ids *ids)
{
	return ids->set_count;
}

const struct rebtf_id_set *rebtf_ids_set_at(const struct rebtf_ids *ids, size_t index)
{
	return index < ids->set_count ? &ids->sets[index] : NULL;
}

uint32_t rebtf_ids_word(const struct rebtf_ids *ids, uint64_t offset)
{
	if (offset > ids->size || ids->size - offset < 4)
		return 0;
	return get32(ids->data + offset, ids->big_endian);
}

uint32_t rebtf_ids_entry(const struct rebtf_ids *ids, const struct rebtf_id_set *set, size_t index,
			 uint32_t *flags)
{
	uint64_t place = id_set_place(set, index);

	if (flags)
		*flags = set->has_flags ? rebtf_ids_word(ids, place + 4) : 0;
	return rebtf_ids_word(ids, place);
}

/* -------------------------------------------------------------------------------------------- BTF */

static struct rebtf_error *ids_open_section(int fd, const struct elf_section *section,
					    const char *path, const char *name,
					    struct rebtf_btf *base, struct rebtf_btf **btf)
{
	uint8_t *data;

	if (section->size > FILE_SIZE_MAX)
		return error_at(error_new(REBTF_ERR_UNSUPPORTED, "too large"), path, name);
	data = file_memory(section->size);
	if (!data)
		return error_nomem();
	if (file_read_at(fd, data, section->size, section->offset) != section->size) {
		free(data);
		return error_at(error_new(REBTF_ERR_CHANGED, "the file is truncated"), path, name);
	}
	return error_at(btf_open(data, section->size, path, base, btf), path, name);
}

static struct rebtf_error *find_btf_sections(int fd, struct elf_section found[2])
{
	static const char *const names[] = { ".BTF", ".BTF.base" };
	struct rebtf_error *err;
	struct elf_file file;

	TRY(elf_file_open_fd(fd, &file));
	err = elf_find_sections(&file, names, found, 2);
	elf_file_close(&file);
	return err ?: found[0].size ? NULL : module_no_btf();
}

struct rebtf_error *rebtf_btf_open_elf(const char *path, struct rebtf_btf *base,
				       struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *own_base = NULL;
	_cleanup_close_ int fd = -1;
	struct elf_section found[2];
	uint8_t start[SELFMAG];

	TRY(file_open(path, &fd));
	if (file_read_at(fd, start, sizeof(start), 0) != sizeof(start) ||
	    !elf_detect(start, sizeof(start)))
		return rebtf_btf_open_fd(fd, path, base, btf);
	TRY(error_at(find_btf_sections(fd, found), path, NULL));
	if (found[1].size)
		TRY(ids_open_section(fd, &found[1], path, ".BTF.base", NULL, &own_base));
	return ids_open_section(fd, &found[0], path, ".BTF", own_base ?: base, btf);
}

/* ------------------------------------------------------------------------------------------- patch */

/* Whether the file ends like a signed module. */
static bool ids_is_signed(int fd, uint64_t file_size)
{
	uint8_t end[SIGNATURE_END_SIZE];

	return file_size >= sizeof(end) &&
	       file_read_at(fd, end, sizeof(end), file_size - sizeof(end)) == sizeof(end) &&
	       signature_present(end, sizeof(end));
}

static struct rebtf_error *patch_open_file(int fd, const void *data, size_t size)
{
	const char *name = rebtf_section_name(REBTF_SECTION_BTF_IDS);
	uint64_t file_size;
	struct elf_section section;
	struct rebtf_error *err;
	struct elf_file file;

	TRY(elf_file_open_fd(fd, &file));
	err = elf_find_sections(&file, &name, &section, 1);
	file_size = file.size;
	elf_file_close(&file);
	TRY(err);
	if (ids_is_signed(fd, file_size))
		return error_new(REBTF_ERR_SIGNED,
				 "a patch would break the module's signature: drop it first");
	if (!section.index)
		return error_new(REBTF_ERR_FORMAT, "no such section");
	if (section.size != size)
		return error_new(
			REBTF_ERR_ARGUMENT,
			"cannot patch the section: its size differs (found %llu bytes, expected %zu)",
			(unsigned long long)section.size, size);
	return file_write_at(fd, data, size, section.offset) ? NULL
							     : error_io(errno, "cannot write");
}

struct rebtf_error *rebtf_ids_patch(const char *path, const void *data, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_at(error_io(errno, "cannot open"), path, NULL);
	return error_at(patch_open_file(fd, data, size), path,
			rebtf_section_name(REBTF_SECTION_BTF_IDS));
}
