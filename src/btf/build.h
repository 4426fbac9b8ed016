/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of the builder share this: build.c (strings, ids, the result), build_kinds.c (a
 * function for each kind) and build_copy.c (copies of types, whole builders).
 *
 * Types lie in one buffer, in the order in which they were added, in the format of a file. An array
 * holds the offset of each. If every type was added with a new id and got its elements before the
 * next type was added, the object takes over both unchanged. Otherwise, the builder gathers the
 * types at the end: it copies them once, into the order of ids.
 */
#ifndef REBTF_BTF_BUILD_H
#define REBTF_BTF_BUILD_H

#include "btf/btf.h"
#include "btf/string_set.h"
#include "util/buffer.h"
#include "util/number_map.h"

/* The offset of a reserved type that was not added yet. */
#define NOT_BUILT UINT32_MAX
/*
 * Flag of an offset: the type got elements after another type was added. So it was moved to the end
 * of the buffer, with room to grow. The word before it is the size of this room in bytes, its own
 * size included.
 */
#define MOVED (1u << 31)

struct rebtf_builder {
	struct rebtf_btf *base; /* a reference, or NULL */
	uint32_t start_id;
	bool big_endian;
	bool layout;
	struct buffer types;
	struct buffer offs; /* uint32_t: the offset of each type in words */
	uint32_t reserved;  /* the id of the next type; 0: a new one */
	uint32_t last;	    /* the id of the type that gets elements; 0: none */
	bool scattered;	    /* types need to be gathered */
	struct string_set strings;
	struct rebtf_btf *source;      /* a reference: the object of the last copy, or NULL */
	struct number_map source_offs; /* the offsets of its strings in the result */
	struct rebtf_error *err;       /* the first error */
};

/* Keeps @err if it is the first error. Returns 0, the result of every failed call. */
uint32_t builder_fail(struct rebtf_builder *b, struct rebtf_error *err);

/*
 * Adds a copy of @type; or, if that is NULL, an uninitialized type. It becomes the last type.
 * Returns its address, or NULL on error.
 */
struct rebtf_type *builder_add(struct rebtf_builder *b, const struct rebtf_type *type, size_t size);

/* Makes room for @size bytes after the last type. Returns their address, or NULL on error. */
uint32_t *builder_extend(struct rebtf_builder *b, size_t size);

/*
 * Puts the types in the order of their ids, without gaps. Types that are not built yet stay so.
 * Errors: NOMEM.
 */
struct rebtf_error *builder_gather(struct rebtf_builder *b);

static inline uint32_t builder_count(const struct rebtf_builder *b)
{
	return b->offs.size / sizeof(uint32_t);
}

static inline bool builder_owns(const struct rebtf_builder *b, uint32_t id)
{
	return id >= b->start_id && id - b->start_id < builder_count(b);
}

/* Returns the offset of own type @id, which may be NOT_BUILT or have the flag MOVED. */
static inline uint32_t *builder_off(const struct rebtf_builder *b, uint32_t id)
{
	return (uint32_t *)b->offs.data + (id - b->start_id);
}

static inline struct rebtf_type *builder_type(const struct rebtf_builder *b, uint32_t id)
{
	return (struct rebtf_type *)((uint32_t *)b->types.data + (*builder_off(b, id) & ~MOVED));
}

/* The size in bytes of a type of known kind. */
static inline size_t builder_type_size(const struct rebtf_type *t)
{
	const struct kind_layout *row = layout_of(t);

	return sizeof(*t) + row->info_size + (size_t)row->elem_size * rebtf_type_vlen(t);
}

#endif
