/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the section with an address. */
#ifndef REBTF_ENCODE_SECTION_INDEX_H
#define REBTF_ENCODE_SECTION_INDEX_H

#include "encode/dwarf.h"
#include "util/vec.h"

/* Some sections of a file. */
struct section_index {
	const struct encode_section *all;
	struct u32_vector by_address; /* indices in @all */
};

#define SECTION_INDEX_NONE UINT32_MAX

/* Starts with no section. Must be released. */
void section_index_init(struct section_index *index, const struct encode_object *object);
void section_index_release(struct section_index *index);

/* Adds section number @i. Empty sections have no addresses. False: out of memory. */
bool section_index_add(struct section_index *index, uint32_t i);

/* After the last section was added. */
void section_index_sort(struct section_index *index);

/* Returns the number of the section with @address, or SECTION_INDEX_NONE. */
uint32_t section_index_find(const struct section_index *index, uint64_t address);

#endif
