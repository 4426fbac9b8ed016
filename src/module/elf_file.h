/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * ELF files of either class and byte order: finding sections, and rewriting an object with a few
 * sections changed. libelf reads the headers and converts them back to the file's class and byte
 * order. But we lay out a rewritten file ourselves: unchanged parts must stay the same byte for
 * byte, and a change of 1% should not rebuild the module from all its parts.
 */
#ifndef REBTF_MODULE_ELF_FILE_H
#define REBTF_MODULE_ELF_FILE_H

#include <gelf.h>
#include <sys/uio.h>

#include "util/error.h"
#include "util/vec.h"

/* A section of strings, up to the last NUL: no string extends past it. NULL: no strings. */
struct elf_strings {
	const char *text;
	size_t size;
};

/* The string at @offset. NULL if @offset is out of range. */
static inline const char *elf_string(const struct elf_strings *strings, size_t offset)
{
	return offset < strings->size ? strings->text + offset : NULL;
}

/* The section header table in the host's form. Entry 0 is the reserved one. */
struct elf_file {
	Elf *elf;
	uint64_t size; /* of the whole file */
	bool is_read;  /* from a descriptor, as needed: reading can fail at any time */
	GElf_Ehdr ehdr;
	size_t section_count;
	size_t names_index; /* of .shstrtab */
	struct elf_strings names;
};

/* A section that was searched for. Index 0: not found. Its bytes are within the file. */
struct elf_section {
	size_t index;
	uint64_t offset;
	uint64_t size;
};

/* Whether the data starts with ELF's magic number. */
bool elf_detect(const uint8_t *data, size_t size);

/*
 * The size in bytes of the relocatable object (a module, a BPF program) at @data, according to its
 * headers. 0 if no such object starts there. Reads at most *@headers_left section headers and
 * subtracts the number that it reads.
 */
size_t elf_object_span(const uint8_t *data, size_t size, size_t *headers_left);

/* @data must outlive @file. Errors: FORMAT, NOMEM. */
struct rebtf_error *elf_file_open_mem(const uint8_t *data, size_t size, struct elf_file *file);
/* Reads only the requested parts of an open file. Errors: also IO. */
struct rebtf_error *elf_file_open_fd(int fd, struct elf_file *file);
void elf_file_close(struct elf_file *file);

/*
 * Looks for @count sections (at most 32) by their @names in one pass. An empty .BTF counts as
 * missing. Errors: FORMAT (two sections of one name, a section that has no bytes in the file or
 * extends past its end), UNSUPPORTED (a compressed section).
 */
struct rebtf_error *elf_find_sections(const struct elf_file *file, const char *const *names,
				      struct elf_section *found, size_t count);

/*
 * Checks that the file has a section header table and that each section lies within the file. Both
 * fail for a truncated file. Errors: FORMAT.
 */
struct rebtf_error *elf_check_whole(const struct elf_file *file);

/*
 * Sets @strings to those in section @index. They belong to the file. If the section is invalid, a
 * file in memory has no strings. But a file that is read as needed would then look like one without
 * names, so that is an error. @of: "section" or "symbol". Errors: FORMAT, NOMEM.
 */
struct rebtf_error *elf_find_strings(const struct elf_file *file, size_t index, const char *of,
				     struct elf_strings *strings);

/*
 * Sets @data to the contents of @section in this machine's byte order, or NULL if @section is NULL or
 * has no valid contents. It belongs to the file. libelf may copy the contents. Errors: NOMEM.
 */
struct rebtf_error *elf_section_data(Elf_Scn *section, Elf_Data **data);

/* A name in .shstrtab. NULL if @offset is out of range. */
static inline const char *elf_section_name(const struct elf_file *file, size_t offset)
{
	return elf_string(&file->names, offset);
}

/* A change to the section of that name. */
struct elf_change {
	const char *name;
	const void *data; /* its new bytes, which must outlive the output; NULL: remove it */
	size_t size;
	bool is_note; /* of type SHT_NOTE; others are SHT_PROGBITS */
	/* Only words of the section change. It can have any type, and relocations for it stay. */
	bool keeps_layout;
};

/*
 * If @changes replace .BTF: checks that no section that stays refers to its types by id. Errors:
 * UNSUPPORTED (.BTF.ext of BPF programs, .BTF.inline); those of elf_find_sections().
 */
struct rebtf_error *elf_check_dependents(const struct elf_file *file,
					 const struct elf_change *changes, size_t count);

DEFINE_VECTOR(elf_pieces, struct iovec);
DEFINE_VECTOR(elf_owned, void *);

/* A rewritten file: pieces of the old image, of the changes, and of @owned, in order. */
struct elf_output {
	struct elf_pieces pieces;
	size_t size;
	struct elf_owned owned;
};

/*
 * Rewrites the relocatable object in the first @size bytes of @image with @changes. A new section
 * gets the last index, so no other index changes. Removing a section changes the larger indices in
 * everything that refers to sections by index. Data after a section that grew or shrank moves, but
 * keeps its alignment. All else stays as it is. Errors: FORMAT (contradictory headers), UNSUPPORTED
 * (not a relocatable object, or something depends on a part that would change), NOMEM.
 */
struct rebtf_error *elf_rewrite(const uint8_t *image, size_t size, const struct elf_change *changes,
				size_t change_count, struct elf_output *output);
void elf_output_release(struct elf_output *output);

#endif
