/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the supplementary file of a file. dwz moves strings and types that several files share to
 * such a file, and notes its name and build id in each.
 */
#include <stdio.h>
#include <string.h>

#include "encode/form.h"
#include "module/debug_file.h"
#include "module/debug_internal.h"
#include "util/bytes.h"

/* A file's reference to its supplementary file. */
struct supplementary_link {
	const char *name; /* NULL: no reference */
	const uint8_t *id;
	size_t id_size;
};

/* A NUL-terminated name, then the build id up to the end. */
static bool supplementary_read_gnu(const uint8_t *data, size_t size,
				   struct supplementary_link *link)
{
	const uint8_t *end = memchr(data, 0, size);

	if (!end)
		return false;
	link->name = (const char *)data;
	link->id = end + 1;
	link->id_size = size - (size_t)(end + 1 - data);
	return true;
}

/* DWARF 5: the version, whether this is the supplementary file itself, the name, the id. */
static bool supplementary_read_sup(const uint8_t *data, size_t size, bool big_endian,
				   struct supplementary_link *link)
{
	struct form_bytes b = { .data = data, .size = size };
	uint64_t version = form_number(&b, 2, big_endian),
		 is_supplementary = form_number(&b, 1, false);
	const uint8_t *name = b.data + b.at, *end = memchr(name, 0, size - b.at);

	if (b.failed || version != 5 || !end)
		return false;
	if (is_supplementary)
		return true;
	form_take(&b, (uint64_t)(end - name) + 1);
	link->id_size = form_uleb(&b);
	link->id = form_take(&b, link->id_size);
	link->name = (const char *)name;
	return !b.failed;
}

static struct rebtf_error *supplementary_find(struct debug_opening *o,
					      struct supplementary_link *link)
{
	*link = (struct supplementary_link){};
	for (size_t i = 1; i < o->section_count; i++) {
		struct debug_section *s = &o->sections[i];
		bool gnu = !strcmp(s->name, ".gnu_debugaltlink"), ok;
		const uint8_t *data;

		if ((!gnu && strcmp(s->name, ".debug_sup")) || s->shdr.sh_type == SHT_NOBITS)
			continue;
		TRY(error_at(debug_section_bytes(o->file, s, &data), NULL, s->name));
		ok = gnu ? supplementary_read_gnu(data, s->shdr.sh_size, link)
			 : supplementary_read_sup(data, s->shdr.sh_size, o->big_endian, link);
		if (!ok)
			return error_at(error_new(REBTF_ERR_FORMAT,
						  "cannot read the name of the supplementary file"),
					NULL, s->name);
		return NULL;
	}
	return NULL;
}

/* The path of the file that @name means in the file at @path, malloced. NULL: no memory. */
static char *supplementary_path(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *joined = NULL;

	if (*name == '/' || !slash)
		return strdup(name);
	if (asprintf(&joined, "%.*s/%s", (int)(slash - path), path, name) < 0)
		return NULL;
	return joined;
}

/* Finds the description of the GNU build id in a section of notes. */
static bool supplementary_has_note(const uint8_t *data, size_t size, bool big_endian,
				   const struct supplementary_link *link)
{
	size_t at = 0;

	while (size - at >= 12) {
		uint64_t name_size = get32(data + at, big_endian);
		uint64_t id_size = get32(data + at + 4, big_endian), left = size - at - 12;
		uint64_t name_end = (name_size + 3) & ~3ull, id_end = (id_size + 3) & ~3ull;

		if (name_end > left || id_size > left - name_end)
			return false;
		if (get32(data + at + 8, big_endian) == NT_GNU_BUILD_ID && name_size == 4 &&
		    !memcmp(data + at + 12, "GNU", 4) && id_size == link->id_size &&
		    !memcmp(data + at + 12 + name_end, link->id, id_size))
			return true;
		if (id_end > left - name_end)
			return false;
		at += 12 + name_end + id_end;
	}
	return false;
}

/* Whether the file has the build id, in a note or as the id of DWARF 5. */
static struct rebtf_error *supplementary_check(struct debug_file *file,
					       const struct supplementary_link *link)
{
	struct debug_opening o = { .file = file, .big_endian = file->object.dwarf.big_endian };
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(file->elf.elf, scn))) {
		struct debug_section s = {};
		const uint8_t *data;
		const char *name;

		if (!gelf_getshdr(scn, &s.shdr) || s.shdr.sh_type == SHT_NOBITS)
			continue;
		name = elf_section_name(&file->elf, s.shdr.sh_name) ?: "";
		if (s.shdr.sh_type != SHT_NOTE && strcmp(name, ".debug_sup"))
			continue;
		TRY(error_at(debug_section_bytes(file, &s, &data), NULL, name));
		if (s.shdr.sh_type == SHT_NOTE
			    ? supplementary_has_note(data, s.shdr.sh_size, o.big_endian, link)
			    : memmem(data, s.shdr.sh_size, link->id, link->id_size) != NULL)
			return NULL;
	}
	return error_new(
		REBTF_ERR_FORMAT,
		"its build id differs from the one that the file's user names: it is from another build");
}

static struct rebtf_error *supplementary_open(struct debug_opening *o, const char *path,
					      const struct supplementary_link *link)
{
	struct debug_file *file = calloc(1, sizeof(*file));
	struct rebtf_error *err;

	if (!file)
		return error_nomem();
	err = debug_file_open_supplementary(path, file);
	if (!err) {
		err = error_at(supplementary_check(file, link), path, NULL);
		o->file->supplementary = file;
		o->file->object.dwarf.supplementary = &file->object.dwarf;
		return err;
	}
	free(file);
	return err;
}

struct rebtf_error *debug_supplementary_open(struct debug_opening *o)
{
	struct supplementary_link link;
	struct rebtf_error *err;
	char *path;

	TRY(supplementary_find(o, &link));
	if (!link.name)
		return NULL;
	path = supplementary_path(o->file->name, link.name);
	if (!path)
		return error_nomem();
	err = supplementary_open(o, path, &link);
	free(path);
	return err;
}
