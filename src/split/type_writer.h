/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writing BTF whose types are copies of another one's: types are appended as they are, renumbered
 * in place, and bring the strings that they use along, each once.
 */
#ifndef REBTF_SPLIT_TYPE_WRITER_H
#define REBTF_SPLIT_TYPE_WRITER_H

#include "btf/btf.h"
#include "graph/offset_map.h"
#include "util/buffer.h"

struct type_writer {
	const struct rebtf_btf *from; /* whose strings are brought along */
	struct buffer types;
	struct buffer places;	 /* uint32_t, as in struct rebtf_btf */
	struct buffer strings;	 /* those that were brought */
	struct offset_map names; /* from offsets in @from to those in what is written */
	bool overlapping;	 /* so many strings can only be names inside other names */
};

/* With room for the offsets of @names strings, so that it need not grow. False: no memory. */
bool type_writer_init(struct type_writer *w, const struct rebtf_btf *from, size_t names);
void type_writer_release(struct type_writer *w);

/* The next type to be appended stands here. */
static inline void type_writer_place(struct type_writer *w)
{
	uint32_t place = w->types.size / sizeof(uint32_t);

	buffer_append(&w->places, &place, sizeof(place));
}

/* Appends a copy of @from's type @id. */
void type_writer_copy(struct type_writer *w, uint32_t id);

/* As type_writer_string(), for a string that is not there yet; @pair is for its offset. */
uint32_t type_writer_add_string(struct type_writer *w, struct offset_pair *pair, uint32_t off,
				uint32_t start);

/*
 * Where @from's string @off is in what is written, to which it is added if it is new. @start is the
 * offset of w->strings' first byte.
 */
static inline uint32_t type_writer_string(struct type_writer *w, uint32_t off, uint32_t start)
{
	struct offset_pair *pair = offset_map_find(&w->names, off);

	return pair->from ? pair->to : type_writer_add_string(w, pair, off, start);
}

/*
 * Makes an object over @base of what was written, with @first_strings before those that were
 * brought, laid out and ordered as @like is. Leaves the buffers empty; names stay known. Errors:
 * NOMEM; UNSUPPORTED, too large or names inside names, with @doing to say what cannot be done.
 */
struct rebtf_error *type_writer_finish(struct type_writer *w, const struct rebtf_btf *like,
				       const char *first_strings, size_t first_size,
				       struct rebtf_btf *base, const char *doing,
				       struct rebtf_btf **btf);

#endif
