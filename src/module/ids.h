/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The .BTF_ids of one file, apart from the file: the symbols that name its words, and their values.
 * ids.c reads it, resolve_ids.c gives it the ids of BTF.
 */
#ifndef REBTF_MODULE_IDS_H
#define REBTF_MODULE_IDS_H

#include "rebtf.h"

struct rebtf_ids {
	char *path;
	bool big_endian;
	uint8_t *data; /* the section, malloced; NULL: no section */
	size_t size;
	struct rebtf_id *ids; /* by offset */
	size_t id_count;
	struct rebtf_id_set *sets; /* by offset */
	size_t set_count;
	char *names; /* of all ids and sets */
};

/* The kinds of types that ids name: one for each element of a table. */
enum id_kind_index {
	ID_KIND_STRUCT,
	ID_KIND_UNION,
	ID_KIND_TYPEDEF,
	ID_KIND_FUNC,
	ID_KINDS,
};

/* The index of @kind. ID_KINDS: types of this kind have no ids in .BTF_ids. */
static inline enum id_kind_index id_kind_index(uint32_t kind)
{
	switch (kind) {
	case REBTF_KIND_STRUCT:
		return ID_KIND_STRUCT;
	case REBTF_KIND_UNION:
		return ID_KIND_UNION;
	case REBTF_KIND_TYPEDEF:
		return ID_KIND_TYPEDEF;
	case REBTF_KIND_FUNC:
		return ID_KIND_FUNC;
	default:
		return ID_KINDS;
	}
}

/* As rebtf_ids_open(), for the ELF file in the @size bytes at @image. @path is for errors. */
struct rebtf_error *ids_open_mem(const uint8_t *image, size_t size, const char *path,
				 struct rebtf_ids **ids);

/* The offset of id number @i of a set, and the offset after the set. */
static inline uint64_t id_set_place(const struct rebtf_id_set *set, size_t i)
{
	return set->offset + (i + 1) * (set->has_flags ? 8 : 4);
}

static inline uint64_t id_set_end(const struct rebtf_id_set *set)
{
	return id_set_place(set, set->count);
}

#endif
