/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The object behind libbpf's functions. Unlike struct rebtf_btf, it changes: callers append types
 * and strings, and some even write into the types. So its functions trust no earlier check of it.
 * Its types are in the host's byte order, in the format of a file; places has the offset of each.
 *
 * An object that was read keeps the bytes of its file, and types and strings point into these. The
 * first change copies both (object_make_modifiable()).
 *
 * Transforms work on struct rebtf_btf: see view.h.
 */
#ifndef REBTF_LIBBPF_OBJECT_H
#define REBTF_LIBBPF_OBJECT_H

#include <errno.h>

#include "btf/btf.h"
#include "btf/header.h"
#include "btf/kind.h"
#include "libbpf/api.h"
#include "util/buffer.h"
#include "util/table.h"
#include "util/vec.h"

/* libbpf's limits of type ids and string offsets. */
#define OBJECT_MAX_ID	  0x7fffffffU
#define OBJECT_MAX_STRING 0x7fffffffU

/* libbpf 1.8 knows no locations. */
static inline bool object_kind_is_known(uint32_t kind)
{
	return kind < LAYOUT_KINDS && kind_is_known(kind);
}

struct btf {
	struct btf *base; /* or NULL; not counted: callers free it last */
	bool owns_base;
	bool modifiable;       /* types, strings and layout are malloced each */
	bool has_more_header;  /* unknown members of the header are set, so it cannot be modified */
	bool strings_are_used; /* types use each string, and no string comes twice */
	bool swapped;	       /* files have the byte order that the host has not */
	int fd;		       /* of the kernel's object, or -1 */
	int pointer_size;      /* in bytes; 0: not searched for yet; -1: not found */

	uint32_t start_id;
	uint32_t start_string;
	uint32_t named_id; /* of the first named type if the own types are sorted by name; else 0 */

	struct buffer types;
	struct u32_vector places; /* of the own types, in words from types.data */
	struct buffer strings;
	struct layout_entry *layout; /* or NULL */
	uint32_t layout_count;
	struct table string_offs; /* offsets of own strings, by text */
	size_t indexed;		  /* size of the strings that string_offs has */

	struct btf_header header; /* its sizes are not kept up to date */
	void *memory;		  /* the bytes that were read, or NULL after a change */
	uint8_t *raw;	      /* the file in the host's byte order, in memory or written; or NULL */
	uint8_t *written;     /* malloced, or NULL */
	uint8_t *raw_swapped; /* the file in the other byte order, or NULL */
	uint32_t raw_size;
	uint32_t swapped_size;

	uint64_t changes;	/* how often it was changed through a function */
	struct rebtf_btf *view; /* a reference, or NULL: see view.h */
	uint64_t view_hashes[2];
};

/* Sets errno if @result is negative. */
static inline int object_result(int result)
{
	if (result < 0)
		errno = -result;
	return result;
}

/* Returns NULL and sets errno to @err, which may be negative. */
static inline void *object_null(int err)
{
	errno = err < 0 ? -err : err;
	return NULL;
}

/* Before libbpf 1.0, pointers in the last page were errors: -errno. */
static inline bool object_is_error(const void *pointer)
{
	return (uintptr_t)pointer >= (uintptr_t)-4095;
}

/* The number of own types. */
static inline uint32_t object_count(const struct btf *btf)
{
	return btf->places.count;
}

/* One more than the last id. */
static inline uint32_t object_end_id(const struct btf *btf)
{
	return btf->start_id + object_count(btf);
}

static inline uint32_t object_end_string(const struct btf *btf)
{
	return btf->start_string + btf->strings.size;
}

/*
 * Returns the object whose base is @base: @btf or one of its bases. A NULL base gives the lowest one. So
 * callers visit the objects from the lowest up. Chains are short.
 */
static inline struct btf *object_over(const struct btf *btf, const struct btf *base)
{
	while (btf->base != base)
		btf = btf->base;
	return (struct btf *)(uintptr_t)btf;
}

extern struct rebtf_type object_void;

/* Whether all types that @t refers to exist in @btf and its bases. */
bool object_ids_exist(const struct btf *btf, const struct rebtf_type *t);

/* Returns type @id, which must exist. Void is static. */
static inline struct rebtf_type *object_type(const struct btf *btf, uint32_t id)
{
	if (!id)
		return &object_void;
	while (id < btf->start_id)
		btf = btf->base;
	return (struct rebtf_type *)((uint32_t *)btf->types.data +
				     btf->places.items[id - btf->start_id]);
}

/* Returns the string at @off, or NULL if no string is there. */
const char *object_string(const struct btf *btf, uint32_t off);

/* The size of @t in bytes, or 0 if its kind is unknown. The layout section of @btf may know it. */
size_t object_type_size(const struct btf *btf, const struct rebtf_type *t);

static inline uint32_t object_same_id(const void *arg, uint32_t id)
{
	(void)arg;
	return id;
}

/* As map_fields(), but only for strings. */
static inline __attribute__((always_inline)) void object_map_strings(struct rebtf_type *t,
								     string_mapper map_string,
								     void *arg)
{
	map_fields(t, object_same_id, map_string, arg);
}

/* Returns an object without types, over @base, which may be NULL; NULL if out of memory. */
struct btf *object_new(struct btf *base);

/* Sets base, start_id and start_string. */
void object_set_base(struct btf *btf, struct btf *base);

/*
 * Prepares a change: copies types, strings and layout, and forgets the bytes of the file. Returns 0,
 * -ENOMEM or -EOPNOTSUPP.
 */
int object_make_modifiable(struct btf *btf);

/* Reads BTF from a copy of the bytes. Sets @btf and returns 0, or -errno. */
int object_parse(const void *data, size_t size, struct btf *base, struct btf **btf);

/*
 * Whether options are valid. This library knows their first @known bytes. Further bytes must be
 * zero. @options may be NULL.
 */
bool object_options_valid(const void *options, size_t known);

/* Whether options have the member that ends at @end. */
static inline bool object_options_have(const void *options, size_t end)
{
	return options && *(const size_t *)options >= end;
}

#define OBJECT_OPTION(options, member, otherwise)                                                  \
	(object_options_have(options,                                                              \
			     offsetof(__typeof__(*(options)), member) + sizeof((options)->member)) \
		 ? (options)->member                                                               \
		 : (otherwise))

#endif
