/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * ELF files of either class and byte order: finding sections, and rewriting an object with a few
 * sections changed. libelf reads the headers and turns them into the file's class and order again;
 * where things come to lie in a rewritten file we decide ourselves, because what did not change has
 * to stay as it is, byte for byte, and because a module of which 1% changes should not be built
 * anew from all its parts.
 */
#ifndef REBTF_MODULE_ELF_FILE_H
#define REBTF_MODULE_ELF_FILE_H

#include <gelf.h>
#include <sys/uio.h>

#include "util/error.h"

/* A section of strings, up to the last NUL: no string reaches past it. NULL if there is none. */
struct elf_strings {
	const char *text;
	size_t size;
};

/* The string at @offset; NULL if there is none. */
static inline const char *elf_string(const struct elf_strings *strings, size_t offset)
{
	return offset < strings->size ? strings->text + offset : NULL;
}

/* The section header table, in the host's form whatever the file's. Entry 0 is the reserved one. */
struct elf_file {
	Elf *elf;
	uint64_t size; /* of the whole file */
	GElf_Ehdr ehdr;
	size_t section_count;
	size_t names_index; /* of .shstrtab */
	struct elf_strings names;
};

/* A section that was looked for: index 0 if there is none. Its bytes lie within the file. */
struct elf_section {
	size_t index;
	uint64_t offset;
	uint64_t size;
};

/* Whether ELF's magic number is there. */
bool elf_detect(const uint8_t *data, size_t size);

/*
 * How many bytes the relocatable object (a module, a BPF program) that starts at @data takes, as far
 * as its headers tell; 0 if no such object starts there. Reads at most *@headers_left section
 * headers, and counts that down.
 */
size_t elf_object_span(const uint8_t *data, size_t size, size_t *headers_left);

/* @data has to outlive @file. Errors: FORMAT, NOMEM. */
struct rebtf_error *elf_file_open_mem(const uint8_t *data, size_t size, struct elf_file *file);
/* Reads of an open file only what is asked for. Errors: also IO. */
struct rebtf_error *elf_file_open_fd(int fd, struct elf_file *file);
void elf_file_close(struct elf_file *file);

/*
 * Looks for @count sections (at most 32) by their @names, in one walk. A .BTF of no bytes counts as
 * not there. Errors: FORMAT (two sections of one name, a section that has no bytes in the file or
 * reaches past its end), UNSUPPORTED (a compressed section).
 */
struct rebtf_error *elf_find_sections(const struct elf_file *file, const char *const *names,
				      struct elf_section *found, size_t count);

/*
 * Whether the file has a section header table, and each section lies within the file: neither holds
 * of a file that was cut short. Errors: FORMAT.
 */
struct rebtf_error *elf_check_whole(const struct elf_file *file);

/* The strings in section @index, which are the file's. */
struct elf_strings elf_strings_of(const struct elf_file *file, size_t index);

/* A name in .shstrtab; NULL if there is none at @offset. */
static inline const char *elf_section_name(const struct elf_file *file, size_t offset)
{
	return elf_string(&file->names, offset);
}

/* What shall become of the section of that name. */
struct elf_change {
	const char *name;
	const void *data; /* its new bytes, or NULL: remove it. They have to outlive the output */
	size_t size;
	bool is_note; /* of type SHT_NOTE; others are SHT_PROGBITS */
};

/* A rewritten file: pieces of the old image, of the changes, and of @owned, in order. */
struct elf_output {
	struct iovec *pieces;
	size_t count;
	size_t size;
	void **owned;
	size_t owned_count;
};

/*
 * Rewrites the relocatable object in the first @size bytes of @image with @changes. A section that
 * is not there yet gets the last index, so no other index changes; one that is removed changes
 * those above it, in all that refers to sections by index. What stands behind a section that grew
 * or shrank moves, and stays as aligned as it was. Nothing else changes. Errors: FORMAT
 * (contradictory headers), UNSUPPORTED (no relocatable object, or something depends on what would
 * change), NOMEM.
 */
struct rebtf_error *elf_rewrite(const uint8_t *image, size_t size, const struct elf_change *changes,
				size_t change_count, struct elf_output *output);
void elf_output_release(struct elf_output *output);

#endif
