/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The read-only BTF object. Its types have the same layout in memory as in a file, but in the
 * host's byte order. Because types differ in length, an array holds the offset of each. Split BTF
 * holds a reference to its base and stores only its own types. Ids and string offsets below its
 * start belong to the base.
 *
 * Four functions create an object: btf_open() takes untrusted bytes and checks all of them.
 * btf_open_unchecked() only finds types. btf_assemble() takes the output of a transform, whose ids
 * and offsets are correct by construction. btf_assemble_checked() takes the output of a builder and
 * checks it.
 */
#ifndef REBTF_BTF_BTF_H
#define REBTF_BTF_BTF_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "btf/kind.h"
#include "rebtf.h"

struct name_index;
struct table;

/* The number of indexes by contents: see type_index.h. */
enum { TYPE_INDEXES = 3 };

/*
 * The layout section has one entry per kind, starting with kind 0. An entry gives the size of the
 * kind's types, so that a reader that does not know the kind can skip them. Source: struct
 * btf_layout in Linux 7.2.
 */
struct layout_entry {
	uint8_t info_size; /* as in struct kind_layout */
	uint8_t elem_size;
	uint16_t flags; /* no flags are defined */
};

/* Kinds 0 to 19: those of Linux 7.2 and libbpf 1.8. */
#define LAYOUT_KINDS 20

/*
 * Returns the number of kinds that the layout section of these @count types describes: those of
 * Linux 7.2, as libbpf writes them, or all known kinds if newer ones occur.
 */
uint32_t layout_kinds(const uint32_t *types, const uint32_t *places, uint32_t count);

/* Writes the first @kinds rows of this library's table of kinds as a layout section. */
void layout_write(struct layout_entry *layout, uint32_t kinds);

struct rebtf_btf {
	atomic_uint refs;
	bool big_endian; /* byte order of the file; in memory, everything is in host order */

	struct rebtf_btf *base; /* a reference, or NULL */
	uint32_t start_id;	/* id of the first own type */
	uint32_t own_count;	/* number of own types */
	uint32_t start_string;	/* offset of the first own string */

	const uint32_t *types;
	uint32_t types_size; /* bytes */
	/* Offsets of the own_count own types, in 32-bit words from types. See btf_take(). */
	uint32_t *places;
	const char *strings;
	uint32_t strings_size;		   /* bytes; if not 0, the last byte is NUL */
	const struct layout_entry *layout; /* NULL without a layout section */
	uint32_t layout_count;

	/* Indices of the own types that relocation looks up, or NULL. See btf_take(). */
	uint32_t *relocatable;
	uint32_t relocatable_count; /* how many these are, or an upper bound */
	bool has_unknown;	    /* an own type has a kind that is not in the table */
	uint32_t header_size;	    /* of the file, or the least that a file gets; 0: any */
	void *memory;		    /* malloced; types, strings and layout point into it */
	uint8_t *spare; /* the unused rest of memory, aligned, or NULL; see btf_take() */
	uint8_t *spare_end;
	/* Equal strings that types refer to have equal offsets: the first in the object or a base. */
	bool unique_strings;

	pthread_mutex_t index_lock;
	atomic_uint searches[2];	       /* by name, without an index: see name_index.c */
	_Atomic(struct name_index *) index[2]; /* see name_index.h */
	_Atomic(struct table *) string_index;  /* see string_index.h */
	bool repeats_strings;		       /* once there is a string_index: see there */
	_Atomic(struct table *) type_index[TYPE_INDEXES]; /* see type_index.h */
	atomic_uint type_searches; /* objects whose types were searched for */
	atomic_uint flat_arrays;   /* see flat_arrays.h */

	/* The origin of a kernel's BTF: see rebtf_kernel_file(). Malloced, or NULL if unknown. */
	char *file;
	char *release;

	_Atomic(uint8_t *) roles; /* malloced for the first split BTF over it: see reference.h */
	_Atomic(void *) attached; /* malloced data of a later layer, or NULL */
};

/* Counting references and filling caches do not count as changes: a const object allows them. */
static inline struct rebtf_btf *btf_mutable(const struct rebtf_btf *btf)
{
	return (struct rebtf_btf *)(uintptr_t)btf;
}

#define SPARE_ALIGN 8u

/*
 * Allocates memory that lives as long as the object, or until btf_give(). It comes from the spare
 * bytes of the object's own memory if these are enough: in a large block from file_memory() they
 * are part of huge pages, so that using them costs no page faults. Returns NULL if out of memory.
 */
void *btf_take(struct rebtf_btf *btf, size_t size);

/* Frees memory of btf_take(). @memory may be NULL. */
void btf_give(const struct rebtf_btf *btf, void *memory);

/* Whether @memory is a part of the object's own. */
static inline bool btf_is_inside(const struct rebtf_btf *btf, const void *memory)
{
	const uint8_t *start = btf->memory, *at = memory;

	return btf->spare && at >= start && at < btf->spare_end;
}

/*
 * Opens @size malloced bytes. On success the object owns them, on error they are freed. Otherwise
 * as rebtf_btf_open_mem().
 */
struct rebtf_error *btf_open(void *memory, size_t size, const char *name, struct rebtf_btf *base,
			     struct rebtf_btf **btf);

/*
 * Only finds the types of the bytes at @data, which must live as long as the object. Type ids and
 * string offsets are unchecked, so the caller may look only at the object's own fields. @header_size
 * may be NULL. Errors: FORMAT, NOMEM.
 */
struct rebtf_error *btf_open_unchecked(const void *data, size_t size, struct rebtf_btf **btf,
				       uint32_t *header_size);

/*
 * The input of btf_assemble(). types, strings and layout point into @memory, which is malloced.
 * Sizes are in bytes. All types must be of known kinds.
 */
struct btf_parts {
	void *memory;
	uint32_t *types;
	uint32_t types_size;
	char *strings;
	uint32_t strings_size;
	const struct layout_entry *layout; /* or NULL */
	uint32_t layout_count;
	uint32_t *places; /* as in struct rebtf_btf; malloced, ownership passes to the object */
	uint32_t own_count;
	uint32_t header_size; /* as in struct rebtf_btf */
	bool big_endian;
};

/*
 * Creates an object from @parts. On success it owns @parts->memory and places, on error they are
 * freed. Errors: NOMEM; UNSUPPORTED if the types or strings, including those of the base, exceed 32
 * bits.
 */
struct rebtf_error *btf_assemble(const struct btf_parts *parts, struct rebtf_btf *base,
				 struct rebtf_btf **btf);

/*
 * As btf_assemble(), but finds the types, whose places are not used, and checks everything that
 * btf_open() does. Errors: those of rebtf_btf_open_mem().
 */
struct rebtf_error *btf_assemble_checked(const struct btf_parts *parts, struct rebtf_btf *base,
					 struct rebtf_btf **btf);

/* As rebtf_btf_write(). The header has at least @least bytes. */
struct rebtf_error *btf_write(const struct rebtf_btf *btf,
			      const struct rebtf_write_options *options, uint32_t least,
			      void **data, size_t *size);

/* Returns own type @i, counted from 0. */
static inline const struct rebtf_type *btf_own_type(const struct rebtf_btf *btf, uint32_t i)
{
	return (const struct rebtf_type *)(btf->types + btf->places[i]);
}

/*
 * Returns the size of own type @i in bytes. Types have no gaps between them, so each ends where the
 * next one starts.
 */
static inline size_t btf_own_type_size(const struct rebtf_btf *btf, uint32_t i)
{
	uint32_t end = i + 1 < btf->own_count ? btf->places[i + 1] : btf->types_size / 4;

	return (size_t)(end - btf->places[i]) * sizeof(uint32_t);
}

/* Returns the object, among @btf and its bases, that owns type @id. @id must be valid and not 0. */
static inline const struct rebtf_btf *btf_of_id(const struct rebtf_btf *btf, uint32_t id)
{
	while (id < btf->start_id)
		btf = btf->base;
	return btf;
}

/* As rebtf_btf_type(), for an id known to be valid. */
static inline const struct rebtf_type *btf_type(const struct rebtf_btf *btf, uint32_t id)
{
	static const struct rebtf_type void_type;

	if (!id)
		return &void_type;
	btf = btf_of_id(btf, id);
	return btf_own_type(btf, id - btf->start_id);
}

/* As rebtf_btf_string(), for an offset known to be valid. */
static inline const char *btf_string(const struct rebtf_btf *btf, uint32_t off)
{
	if (!off)
		return "";
	while (off < btf->start_string)
		btf = btf->base;
	return btf->strings + (off - btf->start_string);
}

/* Whether @t, a type of @btf or a base, is a STRUCT or UNION with a name. */
static inline bool btf_is_named_composite(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return kind_is_composite(rebtf_type_kind(t)) && *btf_string(btf, t->name_off);
}

/* Whether relocation can look up @t by name in another BTF. */
static inline bool btf_is_findable(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return kind_is_relocatable(rebtf_type_kind(t)) && *btf_string(btf, t->name_off);
}

/* Whether people know @t by its name, so that an explanation starts with it. */
static inline bool btf_is_landmark(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return layout_of(t)->landmark && *btf_string(btf, t->name_off);
}

/*
 * Sets *@id to the first type of that name and kind in @btf and its bases whose id is at least @first;
 * 0: none. With @btf->start_id, bases are not searched. Errors: NOMEM.
 */
struct rebtf_error *btf_find_from(const struct rebtf_btf *btf, const char *name, uint32_t kind,
				  uint32_t first, uint32_t *id);

/*
 * Whether @t marks the function that it refers to as a kfunc (the kernel's include/linux/btf.h). An
 * attribute with the tag's name does not.
 */
static inline bool btf_is_kfunc_tag(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_DECL_TAG && !rebtf_type_kind_flag(t) &&
	       rebtf_decl_tag_component(t) == -1 &&
	       !strcmp(btf_string(btf, t->name_off), "bpf_kfunc");
}

/* Whether a whole string starts at the valid offset @off, rather than the tail of one. */
static inline bool btf_string_is_whole(const struct rebtf_btf *btf, uint32_t off)
{
	while (off < btf->start_string)
		btf = btf->base;
	return off == btf->start_string || !btf->strings[off - btf->start_string - 1];
}

/*
 * Fails if one of @btf's own types has a kind that this library does not know: its references
 * cannot be renumbered. @doing is the verb of the transform. Errors: UNSUPPORTED.
 */
struct rebtf_error *btf_require_known_kinds(const struct rebtf_btf *btf, const char *doing);

/* As btf_require_known_kinds(), for type @id of @btf or its bases, which is not void. */
struct rebtf_error *btf_require_known_kind(const struct rebtf_btf *btf, uint32_t id,
					   const char *doing);

/* The same, for a base type that the transform reached from the split BTF. */
struct rebtf_error *btf_require_known_reached(const struct rebtf_btf *btf, uint32_t id,
					      const char *doing);

/* Adds type @id of @btf to @err as its location. Returns @err. */
struct rebtf_error *btf_error_at(struct rebtf_error *err, const struct rebtf_btf *btf, uint32_t id);

#endif
