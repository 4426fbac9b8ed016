/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The internals of rewriting an ELF object. Four files work on one struct elf_rewrite.
 * elf_rewrite.c turns the requested changes into edits of byte ranges and a new section header
 * table. elf_check.c refuses names and indices that would change their meaning in the output.
 * elf_renumber.c adds the edits that the removal of a section requires. elf_layout.c chooses all
 * offsets.
 */
#ifndef REBTF_MODULE_ELF_REWRITE_H
#define REBTF_MODULE_ELF_REWRITE_H

#include "module/elf_file.h"
#include "util/vec.h"

/* A range of the old image and its replacement. Ranges do not overlap. */
struct elf_edit {
	uint64_t old_offset;
	uint64_t old_size; /* 0: an insertion */
	const void *data;
	uint64_t size;
	uint64_t align;	     /* of an insertion */
	size_t section;	     /* section that owns the bytes; 0 for the headers */
	uint64_t new_offset; /* set by the layout */
};

DEFINE_VECTOR(elf_edits, struct elf_edit);

struct elf_rewrite {
	struct elf_file file;
	const uint8_t *image;
	uint64_t size;
	bool is_64;
	bool big_endian;

	/* The old sections under their old indices, then the new ones. */
	GElf_Shdr *sections;
	size_t section_count;
	size_t old_count;
	/* The new value of each index. 0 if its section is removed. */
	uint32_t *new_index;
	size_t removed_count;
	/* The section names in the output. */
	struct elf_strings new_names;

	struct elf_edits edits;
	struct elf_output *output;
};

/* Allocates zeroed memory that lives as long as the output. NULL: out of memory. */
void *elf_rewrite_alloc(struct elf_rewrite *rw, size_t size);

/* @edit is copied. Errors: NOMEM. */
struct rebtf_error *elf_add_edit(struct elf_rewrite *rw, const struct elf_edit *edit);

/* An old section's name, for errors. */
const char *elf_rewrite_name(const struct elf_rewrite *rw, size_t section);

/* The size of one entry of the section header table, and of the ELF header. */
size_t elf_shdr_size(const struct elf_rewrite *rw);
size_t elf_ehdr_size(const struct elf_rewrite *rw);

/*
 * Checks that no two sections share bytes. This bounds the time for work on all sections' bytes by
 * the size of the file. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *elf_check_overlap(const struct elf_rewrite *rw);

/*
 * Checks that no name starts past the end of the section names. If those grew, such a name would
 * become that of a new section. Errors: FORMAT.
 */
struct rebtf_error *elf_check_names(const struct elf_rewrite *rw);

/*
 * Checks that all section indices are at most the last one. With one more section, a larger index
 * would refer to it. Errors: FORMAT.
 */
struct rebtf_error *elf_check_indices(const struct elf_rewrite *rw);

/*
 * Checks that rebtf can read its output: the new section header table, of @count sections, has
 * exactly one section of each name in @changes, or no section if the change removes it. Errors:
 * FORMAT.
 */
struct rebtf_error *elf_check_output(const struct elf_rewrite *rw, size_t count,
				     const struct elf_change *changes, size_t change_count);

/* The size of a symbol, and the offsets of its info and its section index. */
struct elf_symbol_layout {
	size_t entry;
	size_t info;
	size_t shndx;
};

struct elf_symbol_layout elf_symbol_layout(const struct elf_rewrite *rw);

/* Whether @shdr's sh_info is the index of a section. */
bool elf_info_is_index(const GElf_Shdr *shdr);

/*
 * Applies the removal of sections, which do not overlap, to symbols, groups, links and relocation
 * sections. Errors: UNSUPPORTED if something depends on a removed section, FORMAT, NOMEM.
 */
struct rebtf_error *elf_renumber(struct elf_rewrite *rw);

/*
 * Chooses the offsets of all edits, sets the sections' new offsets and fills in the output's
 * pieces. The data of the pieces may still change. Errors: FORMAT if parts of the file overlap,
 * UNSUPPORTED, NOMEM.
 */
struct rebtf_error *elf_lay_out(struct elf_rewrite *rw);

#endif
