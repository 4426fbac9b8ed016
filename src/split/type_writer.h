/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes BTF whose types are copies of another object's types. Copies are appended unchanged and
 * renumbered in place. The strings that they use are added, each once.
 */
#ifndef REBTF_SPLIT_TYPE_WRITER_H
#define REBTF_SPLIT_TYPE_WRITER_H

#include "btf/btf.h"
#include "util/buffer.h"
#include "util/number_map.h"
#include "util/vec.h"

struct type_writer {
	const struct rebtf_btf *from; /* the source of types and strings */
	struct buffer types;
	struct u32_vector places; /* as in struct rebtf_btf */
	struct buffer strings;	  /* strings added so far */
	struct number_map names;  /* from offsets in @from to offsets in the result */
	bool overlapping; /* the strings take more room than in @from: names overlap there */
};

/*
 * Reserves room for the offsets of @names strings, so that the map need not grow. False: no memory.
 */
bool type_writer_init(struct type_writer *w, const struct rebtf_btf *from, size_t names);
void type_writer_release(struct type_writer *w);

/* Records the current end of types as the offset of the next type. */
static inline void type_writer_place(struct type_writer *w)
{
	u32_vector_append(&w->places, w->types.size / sizeof(uint32_t));
}

/* The types written so far. */
static inline uint32_t *type_writer_types(struct type_writer *w)
{
	return (uint32_t *)w->types.data;
}

/* Appends a copy of @from's type @id. */
void type_writer_copy(struct type_writer *w, uint32_t id);

/*
 * As type_writer_string(), for a string that is not in the result yet. @slot is its slot in names.
 */
uint32_t type_writer_add_string(struct type_writer *w, struct table_slot *slot, uint32_t off,
				uint32_t start);

/*
 * Returns the offset in the result of @from's string @off, and adds it if it is new. @start is the
 * offset of w->strings' first byte.
 */
static inline uint32_t type_writer_string(struct type_writer *w, uint32_t off, uint32_t start)
{
	struct table_slot *slot = number_map_find(&w->names, off);

	return slot->value ?: type_writer_add_string(w, slot, off, start);
}

/*
 * Assembles an object over @base from the written types. @first_strings come before the added
 * strings. Byte order and layout are those of @like. Leaves the buffers empty, but keeps names.
 * @doing names the transform in errors. Errors: NOMEM; UNSUPPORTED (too large, or names inside
 * names).
 */
struct rebtf_error *type_writer_finish(struct type_writer *w, const struct rebtf_btf *like,
				       const char *first_strings, size_t first_size,
				       struct rebtf_btf *base, const char *doing,
				       struct rebtf_btf **btf);

#endif
