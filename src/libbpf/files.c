/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads BTF from raw files and from ELF files. An ELF file with a distilled base has BTF over that. If
 * the caller has a base, the BTF is relocated to it.
 */
#include <byteswap.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libbpf/files.h"
#include "libbpf/message.h"
#include "libbpf/object.h"
#include "util/cleanup.h"
#include "util/file.h"

/* --- raw files */

/* Sets @btf and returns 0; -EPROTO if the file does not have the magic of BTF. */
static int files_parse_raw(const char *path, struct btf *base, struct btf **btf)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct rebtf_error *err;
	uint16_t magic;
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, &magic, sizeof(magic));
	if (got != sizeof(magic))
		return -EIO;
	if (magic != BTF_MAGIC && magic != bswap_16(BTF_MAGIC))
		return -EPROTO;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	err = file_read_fd(fd, path, NULL, &bytes);
	return err ? message_error(err) : object_parse(bytes.data, bytes.size, base, btf);
}

/* --- ELF files */

struct elf_parts {
	Elf_Data *btf;
	Elf_Data *base;
	Elf_Data *ext;
};

static Elf_Data **files_part_named(struct elf_parts *parts, const char *name)
{
	if (!strcmp(name, ".BTF"))
		return &parts->btf;
	if (!strcmp(name, ".BTF.base"))
		return &parts->base;
	return !strcmp(name, ".BTF.ext") ? &parts->ext : NULL;
}

static bool files_find_parts(Elf *elf, const char *path, struct elf_parts *parts)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr header;
	size_t names;

	if (!gelf_getehdr(elf, &header) || elf_getshdrstrndx(elf, &names) ||
	    !elf_rawdata(elf_getscn(elf, names), NULL))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *name;
		Elf_Data **part;
		GElf_Shdr sh;

		if (gelf_getshdr(section, &sh) != &sh)
			return false;
		name = elf_strptr(elf, names, sh.sh_name);
		if (!name)
			return false;
		part = files_part_named(parts, name);
		if (!part)
			continue;
		if (sh.sh_type != SHT_PROGBITS) {
			message_warn("%s: %s: section type %u (expected PROGBITS)\n", path, name,
				     sh.sh_type);
			return false;
		}
		*part = elf_getdata(section, NULL);
		if (!*part)
			return false;
	}
	return true;
}

/* An empty section has no bytes at all. */
static int files_parse_part(const Elf_Data *part, struct btf *base, struct btf **btf)
{
	return object_parse(part->d_buf ?: "", part->d_size, base, btf);
}

/* Parses the BTF over its distilled base, if it has one, and relocates it to @base. */
static int files_parse_over(const struct elf_parts *parts, struct btf *base, struct btf **btf)
{
	struct btf *distilled = NULL, *made = NULL;
	int err = 0;

	if (parts->base)
		err = files_parse_part(parts->base, NULL, &distilled);
	if (!err)
		err = files_parse_part(parts->btf, distilled ?: base, &made);
	if (err) {
		btf__free(distilled);
		return err;
	}
	made->owns_base = distilled;
	if (distilled && base)
		err = btf__relocate(made, base);
	if (err)
		btf__free(made);
	else
		*btf = made;
	return err;
}

static int files_parse_parts(Elf *elf, const char *path, struct btf *base, struct btf **btf,
			     struct ext_section **ext)
{
	struct elf_parts parts = {};
	struct btf *made;
	int err;

	if (!files_find_parts(elf, path, &parts)) {
		message_warn("%s: damaged ELF file\n", path);
		return -LIBBPF_ERRNO_FORMAT;
	}
	if (!parts.btf) {
		message_warn("%s: no section .BTF\n", path);
		return -ENODATA;
	}
	err = files_parse_over(&parts, base, &made);
	if (err)
		return err;
	if (gelf_getclass(elf) != ELFCLASSNONE)
		btf__set_pointer_size(made, gelf_getclass(elf) == ELFCLASS32 ? 4 : 8);
	if (ext && parts.ext) {
		*ext = btf_ext__new(parts.ext->d_buf, parts.ext->d_size);
		if (!*ext) {
			err = -errno;
			btf__free(made);
			return err;
		}
	}
	*btf = made;
	return 0;
}

static int files_parse_elf(const char *path, struct btf *base, struct btf **btf,
			   struct ext_section **ext)
{
	_cleanup_close_ int fd = -1;
	Elf *elf;
	int err;

	if (ext)
		*ext = NULL;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -LIBBPF_ERRNO_LIBELF;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		message_warn("%s: cannot open: %m\n", path);
		return err;
	}
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf) {
		message_warn("%s: no ELF file\n", path);
		return -LIBBPF_ERRNO_FORMAT;
	}
	err = files_parse_parts(elf, path, base, btf, ext);
	elf_end(elf);
	return err;
}

int files_parse(const char *path, struct btf *base, struct btf **btf, struct ext_section **ext)
{
	int err;

	if (ext)
		*ext = NULL;
	err = files_parse_raw(path, base, btf);
	return err == -EPROTO ? files_parse_elf(path, base, btf, ext) : err;
}

/* --- the interface */

struct btf *btf__parse(const char *path, struct ext_section **ext)
{
	struct btf *btf;
	int err = files_parse(path, NULL, &btf, ext);

	return err ? object_null(err) : btf;
}

struct btf *btf__parse_split(const char *path, struct btf *base)
{
	struct btf *btf;
	int err = files_parse(path, base, &btf, NULL);

	return err ? object_null(err) : btf;
}

struct btf *btf__parse_elf(const char *path, struct ext_section **ext)
{
	struct btf *btf;
	int err = files_parse_elf(path, NULL, &btf, ext);

	return err ? object_null(err) : btf;
}

struct btf *btf__parse_elf_split(const char *path, struct btf *base)
{
	struct btf *btf;
	int err = files_parse_elf(path, base, &btf, NULL);

	return err ? object_null(err) : btf;
}

struct btf *btf__parse_raw_split(const char *path, struct btf *base)
{
	struct btf *btf;
	int err = files_parse_raw(path, base, &btf);

	return err ? object_null(err) : btf;
}

struct btf *btf__parse_raw(const char *path)
{
	return btf__parse_raw_split(path, NULL);
}
