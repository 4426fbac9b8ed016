/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of the builder share this: build.c (strings, ids, the result), build_kinds.c (a
 * function for each kind) and build_copy.c (copies of types, whole builders). Transforms use the
 * second half of this file, too: they append types as they are in the source, and then give the
 * ids and strings of these copies their new values in place.
 *
 * Types lie in one buffer, in the order of their addition, in the format of a file. An array holds
 * the offset of each. If every type was added with a new id and got its elements before the next
 * type was added, the object takes over both unchanged. Otherwise, the builder gathers the types at
 * the end: it copies them once, into the order of ids.
 */
#ifndef REBTF_BTF_BUILD_H
#define REBTF_BTF_BUILD_H

#include "btf/btf.h"
#include "btf/string_set.h"
#include "util/buffer.h"
#include "util/number_map.h"
#include "util/vec.h"

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
	struct u32_vector offs; /* the offset of each type in words */
	uint32_t reserved;	/* the id of the next type; 0: a new one */
	uint32_t last;		/* the id of the type that gets elements; or 0 */
	bool scattered;		/* types need to be gathered */
	bool may_have_locsec;	/* false: no type is a LOCSEC */
	struct string_set strings;
	struct rebtf_btf *source;      /* a reference: the object of the last copy, or NULL */
	struct number_map source_offs; /* the offsets of its strings in the result */
	size_t source_text;	 /* bytes of the result's own strings before those of the source */
	struct rebtf_error *err; /* the first error */
	/* Only for transforms: */
	const char *doing;	      /* the verb, for error messages; NULL: not a transform */
	const struct rebtf_btf *like; /* the result gets its layout section */
	const struct rebtf_btf *head; /* its strings are the first strings of the result, or NULL */
	bool by_offset;		      /* see builder_set_source() */
};

/* Keeps @err if it is the first error. Returns 0, the result of every failed call. */
uint32_t builder_fail(struct rebtf_builder *b, struct rebtf_error *err);

/* Fails if @value is more than @last, and returns false then: see options_check(). */
bool builder_check(struct rebtf_builder *b, const char *what, uint32_t value, uint32_t last);

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
	return b->offs.count;
}

static inline bool builder_owns(const struct rebtf_builder *b, uint32_t id)
{
	return id >= b->start_id && id - b->start_id < builder_count(b);
}

/* Returns the offset of own type @id, which may be NOT_BUILT or have the flag MOVED. */
static inline uint32_t *builder_off(const struct rebtf_builder *b, uint32_t id)
{
	return &b->offs.items[id - b->start_id];
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

/* ----------------------------------------------------------------------------------- transforms */

/* Starts a builder over @base, which may be NULL. @b is uninitialized. */
void builder_start(struct rebtf_builder *b, struct rebtf_btf *base);

/*
 * As builder_start(), for a transform. @doing is its verb, for error messages. The result has the
 * byte order, the layout section and the header size of @like, which must outlive the builder.
 */
void builder_start_like(struct rebtf_builder *b, struct rebtf_btf *base,
			const struct rebtf_btf *like, const char *doing);

/* Frees the contents of @b. It can be started again. */
void builder_release(struct rebtf_builder *b);

/*
 * Makes @source the source of types and strings. About @names of its strings will be used. Offsets
 * of strings of another source are forgotten. @by_offset: do not search for a string by its text,
 * so strings at different offsets of the source stay different strings. Returns false on error.
 */
bool builder_set_source(struct rebtf_builder *b, const struct rebtf_btf *source, size_t names,
			bool by_offset);

/* Makes room for @size bytes of types and @count types. A hint: failures are reported later. */
static inline void builder_make_room(struct rebtf_builder *b, size_t size, size_t count)
{
	buffer_reserve(&b->types, size);
	u32_vector_reserve(&b->offs, count);
}

/*
 * Makes room for as many bytes of types and strings as @btf has, and for @more bytes of types. So the
 * types need not move to make room for the strings. A hint, too.
 */
void builder_make_room_like(struct rebtf_builder *b, const struct rebtf_btf *btf, size_t more);

/* Appends all own types of @btf, unchanged. They must be the first types of the builder. */
void builder_append_own_types(struct rebtf_builder *b, const struct rebtf_btf *btf);

/*
 * Lets the result's strings start with all own strings of @btf, which must outlive the builder. No
 * strings may have been added before.
 */
void builder_keep_strings(struct rebtf_builder *b, const struct rebtf_btf *btf);

/* Does both: appends all own types of @btf and keeps its own strings. */
void builder_keep_own(struct rebtf_builder *b, const struct rebtf_btf *btf);

/* Appends type @id of @btf, unchanged. Returns its id in the result, or 0 on error. */
uint32_t builder_append_type(struct rebtf_builder *b, const struct rebtf_btf *btf, uint32_t id);

/* Appends a string without a search for an equal one. Returns its offset, or 0 on error. */
uint32_t builder_append_string(struct rebtf_builder *b, const char *s);

/*
 * Adds string @off of the source. Returns its new offset, or 0 on error. The strings of a hostile
 * file can start inside each other; so a transform fails once the added strings outgrow the
 * source's.
 */
uint32_t builder_add_source_string(struct rebtf_builder *b, uint32_t off);

/* As builder_source_string(), for a string that has no offset in the result yet. */
uint32_t builder_map_source_string(struct rebtf_builder *b, struct table_slot *slot, uint32_t off);

/* Returns the offset in the result of string @off of the source, which is not 0. Adds it if new. */
static inline uint32_t builder_source_string(struct rebtf_builder *b, uint32_t off)
{
	struct table_slot *slot = number_map_find(&b->source_offs, off);

	return slot->value ?: builder_map_source_string(b, slot, off);
}

/*
 * Maps the fields of types number @first (counted from 0) up to and excluding @end. The compiler
 * inlines the mappers.
 */
static inline __attribute__((always_inline)) void builder_map(const struct rebtf_builder *b,
							      uint32_t first, uint32_t end,
							      id_mapper map_id,
							      string_mapper map_string, void *arg)
{
	uint32_t *types = (uint32_t *)b->types.data;
	const uint32_t *offs = b->offs.items;

	for (uint32_t i = first; i < end; i++)
		map_fields((struct rebtf_type *)(types + offs[i]), map_id, map_string, arg);
}

/* As builder_map() for all types, but strings keep their offsets. */
static inline __attribute__((always_inline)) void builder_map_ids(const struct rebtf_builder *b,
								  id_mapper map_id, const void *arg)
{
	uint32_t *types = (uint32_t *)b->types.data;
	const uint32_t *offs = b->offs.items;
	uint32_t count = builder_count(b);

	for (uint32_t i = 0; i < count; i++)
		map_ids((struct rebtf_type *)(types + offs[i]), map_id, arg);
}

/*
 * Sorts the entries of each LOCSEC as kernels expect them: by function, offset and locations. After
 * a transform that changes the order of functions.
 */
void builder_sort_locations(struct rebtf_builder *b);

/*
 * Hands the result over as the input of btf_assemble(), and leaves @b without types and strings.
 * Errors: the first error of any call.
 */
struct rebtf_error *builder_take_parts(struct rebtf_builder *b, struct btf_parts *parts);

/*
 * Makes the object. A transform's ids and offsets are correct by construction, so they are not
 * checked again. Errors: those of builder_take_parts() and btf_assemble().
 */
struct rebtf_error *builder_assemble(struct rebtf_builder *b, struct rebtf_btf **btf);

/*
 * Starts another result, over @base: the builder's last result. Strings of the source that it has
 * keep their offsets there.
 */
void builder_go_on_over(struct rebtf_builder *b, struct rebtf_btf *base);

#endif
