/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Opens ELF files and finds their sections. libelf handles classes, byte orders and more than
 * 65,280 sections. But it does not guarantee that a section lies within the file, so this file
 * checks that.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "module/elf_file.h"

static void start_libelf(void)
{
	elf_version(EV_CURRENT);
}

/*
 * The error after a libelf call has failed. Set errno to 0 before the call: libelf's own code for a
 * lack of memory is not public.
 */
static struct rebtf_error *bad_elf(const char *what)
{
	int cause = elf_errno();

	if (errno == ENOMEM)
		return error_nomem();
	/* libelf does not always give a reason. */
	if (!cause)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: %s", what);
	return error_new(REBTF_ERR_FORMAT, "bad ELF file: %s: %s", what, elf_errmsg(cause));
}

bool elf_detect(const uint8_t *data, size_t size)
{
	return size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG);
}

/*
 * Not elf_getshdrstrndx(): for a large index in the other byte order, it tries to read from a file.
 */
static bool find_names_index(struct elf_file *file)
{
	Elf_Scn *reserved;
	GElf_Shdr shdr;

	file->names_index = file->ehdr.e_shstrndx;
	if (file->names_index != SHN_XINDEX)
		return true;
	reserved = elf_getscn(file->elf, 0);
	if (!reserved || !gelf_getshdr(reserved, &shdr))
		return false;
	file->names_index = shdr.sh_link;
	return true;
}

/*
 * libelf's elf_strptr() searches for the end of each string anew. With thousands of names in a
 * section without any NUL, that takes quadratic time.
 */
static struct elf_strings strings_of(const struct elf_file *file, size_t index)
{
	Elf_Scn *section = elf_getscn(file->elf, index);
	Elf_Data *data;
	const char *last;
	GElf_Shdr shdr;

	if (!section || !gelf_getshdr(section, &shdr) || shdr.sh_type != SHT_STRTAB ||
	    (shdr.sh_flags & SHF_COMPRESSED))
		return (struct elf_strings){};
	data = elf_rawdata(section, NULL);
	if (!data || !data->d_buf || !data->d_size)
		return (struct elf_strings){};
	last = memrchr(data->d_buf, 0, data->d_size);
	if (!last)
		return (struct elf_strings){};
	return (struct elf_strings){ data->d_buf, (size_t)(last - (const char *)data->d_buf) + 1 };
}

struct rebtf_error *elf_find_strings(const struct elf_file *file, size_t index, const char *of,
				     struct elf_strings *strings)
{
	errno = 0;
	*strings = strings_of(file, index);
	if (!strings->text && errno == ENOMEM)
		return error_nomem();
	if (!strings->text && file->is_read)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: invalid %s names", of);
	return NULL;
}

struct rebtf_error *elf_section_data(Elf_Scn *section, Elf_Data **data)
{
	errno = 0;
	*data = elf_getdata(section, NULL);
	return *data || errno != ENOMEM ? NULL : error_nomem();
}

static struct rebtf_error *elf_read_headers(struct elf_file *file)
{
	if (elf_kind(file->elf) != ELF_K_ELF || !gelf_getehdr(file->elf, &file->ehdr))
		return bad_elf("invalid header");
	if (elf_getshdrnum(file->elf, &file->section_count))
		return bad_elf("invalid section header table");
	if (!find_names_index(file))
		return bad_elf("invalid section names");
	if (file->section_count <= 1)
		return NULL;
	return elf_find_strings(file, file->names_index, "section", &file->names);
}

/* libelf has just opened @elf, after errno was 0. */
static struct rebtf_error *elf_read_opened(Elf *elf, uint64_t size, bool is_read,
					   struct elf_file *file)
{
	struct elf_file new_file = { .elf = elf, .size = size, .is_read = is_read };
	struct rebtf_error *err;

	if (!elf)
		return bad_elf("invalid header");
	err = elf_read_headers(&new_file);
	if (err) {
		elf_end(elf);
		return err;
	}
	*file = new_file;
	return NULL;
}

static pthread_once_t libelf_once = PTHREAD_ONCE_INIT;

struct rebtf_error *elf_file_open_mem(const uint8_t *data, size_t size, struct elf_file *file)
{
	pthread_once(&libelf_once, start_libelf);
	errno = 0;
	/* libelf asks for writable memory, but writes only on request. */
	return elf_read_opened(elf_memory((char *)(uintptr_t)data, size), size, false, file);
}

struct rebtf_error *elf_file_open_fd(int fd, struct elf_file *file)
{
	struct stat st;

	pthread_once(&libelf_once, start_libelf);
	if (fstat(fd, &st))
		return error_io(errno, "cannot read");
	errno = 0;
	return elf_read_opened(elf_begin(fd, ELF_C_READ, NULL), (uint64_t)st.st_size, true, file);
}

void elf_file_close(struct elf_file *file)
{
	elf_end(file->elf);
	*file = (struct elf_file){};
}

static bool is_within(const struct elf_file *file, const GElf_Shdr *shdr)
{
	return shdr->sh_offset <= file->size && shdr->sh_size <= file->size - shdr->sh_offset;
}

struct rebtf_error *elf_check_whole(const struct elf_file *file)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	errno = 0;
	/* libelf also reports 0 for a table that extends past the end. */
	if (!file->section_count)
		return error_new(REBTF_ERR_FORMAT, "bad ELF file: no section header table");
	while ((section = elf_nextscn(file->elf, section))) {
		if (!gelf_getshdr(section, &shdr))
			return bad_elf("invalid section header");
		if (shdr.sh_type != SHT_NULL && shdr.sh_type != SHT_NOBITS &&
		    !is_within(file, &shdr))
			return error_new(
				REBTF_ERR_FORMAT,
				"bad ELF file: section %zu of %llu bytes at offset %llu ends past the file's %llu bytes",
				elf_ndxscn(section), (unsigned long long)shdr.sh_size,
				(unsigned long long)shdr.sh_offset, (unsigned long long)file->size);
	}
	return NULL;
}

static struct rebtf_error *check_section(const struct elf_file *file, const char *name,
					 const GElf_Shdr *shdr)
{
	struct rebtf_error *err = NULL;

	if (shdr->sh_type == SHT_NOBITS)
		err = error_new(REBTF_ERR_FORMAT,
				"no data in the file (found a section of type NOBITS)");
	else if (shdr->sh_flags & SHF_COMPRESSED)
		err = error_new(REBTF_ERR_UNSUPPORTED, "unsupported compressed section");
	else if (!is_within(file, shdr))
		err = error_new(
			REBTF_ERR_FORMAT,
			"section of %llu bytes at offset %llu ends past the file's %llu bytes",
			(unsigned long long)shdr->sh_size, (unsigned long long)shdr->sh_offset,
			(unsigned long long)file->size);
	return error_at(err, NULL, name);
}

/*
 * A kernel that finds an empty .BTF loads the module without types. Tools that separate debug
 * information leave such a section in the file that they strip.
 */
static bool is_empty_btf(const char *name, const GElf_Shdr *shdr)
{
	return (shdr->sh_type == SHT_NOBITS || !shdr->sh_size) && !strcmp(name, ".BTF");
}

struct rebtf_error *elf_find_sections(const struct elf_file *file, const char *const *names,
				      struct elf_section *found, size_t count)
{
	Elf_Scn *section = NULL;
	uint32_t seen = 0;

	errno = 0;
	memset(found, 0, count * sizeof(*found));
	while ((section = elf_nextscn(file->elf, section))) {
		const char *name;
		GElf_Shdr shdr;

		if (!gelf_getshdr(section, &shdr))
			return bad_elf("invalid section header");
		if (shdr.sh_type == SHT_NULL)
			continue;
		name = elf_section_name(file, shdr.sh_name);
		for (size_t i = 0; name && i < count; i++) {
			if (strcmp(name, names[i]))
				continue;
			if (seen & 1u << i)
				return error_at(error_new(REBTF_ERR_FORMAT,
							  "more than one section of this name"),
						NULL, name);
			seen |= 1u << i;
			if (is_empty_btf(name, &shdr))
				continue;
			TRY(check_section(file, name, &shdr));
			found[i].index = elf_ndxscn(section);
			found[i].offset = shdr.sh_offset;
			found[i].size = shdr.sh_size;
		}
	}
	return NULL;
}

static bool elf_changes(const struct elf_change *changes, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(changes[i].name, name))
			return true;
	}
	return false;
}

struct rebtf_error *elf_check_dependents(const struct elf_file *file,
					 const struct elf_change *changes, size_t count)
{
	static const char *const names[] = { ".BTF.ext", ".BTF.inline" };
	struct elf_section found[2];

	if (!elf_changes(changes, count, ".BTF"))
		return NULL;
	TRY(elf_find_sections(file, names, found, 2));
	for (size_t i = 0; i < 2; i++) {
		if (found[i].size && !elf_changes(changes, count, names[i]))
			return error_new(
				REBTF_ERR_UNSUPPORTED,
				"cannot change .BTF: %s refers to its types by id, and %s",
				names[i],
				i ? "this would not rewrite it (encode --inline makes a new one)"
				  : "rebtf does not rewrite that section here");
	}
	return NULL;
}
