/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The read-only object. Its types stand in memory as they do in a file, in the host's byte order;
 * beside them there is one array with each type's place, because types differ in length. Split BTF
 * holds a reference to its base and only its own types; ids and string offsets below its start are
 * the base's.
 *
 * An object is made in one of two ways: btf_open() takes bytes from outside and checks all of them;
 * btf_assemble() takes what a transform wrote, whose ids and offsets are right by construction.
 */
#ifndef REBTF_BTF_BTF_H
#define REBTF_BTF_BTF_H

#include <pthread.h>
#include <stdatomic.h>

#include "btf/kind.h"
#include "rebtf.h"

struct name_index;

/*
 * The layout section has one entry for each kind, from 0: how long its types are, so that a reader
 * which does not know the kind can step over them. Source: struct btf_layout in Linux 7.2.
 */
struct layout_entry {
	uint8_t info_size; /* as in struct kind_layout */
	uint8_t elem_size;
	uint16_t flags; /* none are defined */
};

struct rebtf_btf {
	atomic_uint refs;
	bool big_endian; /* in files; here everything is in the host's order */

	struct rebtf_btf *base; /* a reference, or NULL */
	uint32_t start_id;	/* of its own first type */
	uint32_t own_count;	/* of its own types */
	uint32_t start_string;	/* offset of its own first string */

	const uint32_t *types;
	uint32_t types_size; /* bytes */
	uint32_t *places;    /* where own type i starts, in words from types; own_count of them */
	const char *strings;
	uint32_t strings_size;		   /* bytes; 0 or the last one is NUL */
	const struct layout_entry *layout; /* NULL if it has none */
	uint32_t layout_count;

	uint32_t relocatable_count; /* own types of kinds that relocation looks for, or more */
	bool has_unknown;	    /* some own type is of a kind that is not in the table */
	void *memory;		    /* what types, strings and layout point into; malloced */

	pthread_mutex_t index_lock;
	_Atomic(struct name_index *) index[2]; /* see name_index.h */

	/* Where a kernel's BTF came from: see rebtf_kernel_file(). Malloced; NULL: not known. */
	char *file;
	char *release;

	_Atomic(uint8_t *) roles;  /* malloced when split BTF is opened over it: see reference.h */
	_Atomic(uint8_t *) digest; /* malloced when it is first asked for: see module/digest.h */
};

/*
 * Opens @size malloced bytes, which become the object's on success and are freed on error.
 * Otherwise as rebtf_open_mem().
 */
struct rebtf_error *btf_open(void *memory, size_t size, const char *name, struct rebtf_btf *base,
			     struct rebtf_btf **btf);

/*
 * Opens a copy of the bytes far enough to find their types. Ids and string offsets may lead
 * anywhere, so the object is for a look at its own fields alone. @header_size may be NULL. Errors:
 * FORMAT, NOMEM.
 */
struct rebtf_error *btf_open_unchecked(const void *data, size_t size, struct rebtf_btf **btf,
				       uint32_t *header_size);

/*
 * What btf_assemble() makes an object of. types, strings and layout point into @memory, which is
 * malloced; sizes are in bytes. All types are of known kinds.
 */
struct btf_parts {
	void *memory;
	const uint32_t *types;
	uint32_t types_size;
	const char *strings;
	uint32_t strings_size;
	const struct layout_entry *layout; /* NULL for none */
	uint32_t layout_count;
	uint32_t *places; /* as in struct rebtf_btf, malloced; becomes the object's, too */
	uint32_t own_count;
	bool big_endian;
};

/*
 * @parts->memory and places become the object's on success and are freed on error. Errors: NOMEM;
 * UNSUPPORTED if types or strings, the base's included, are more than 32 bits can count.
 */
struct rebtf_error *btf_assemble(const struct btf_parts *parts, struct rebtf_btf *base,
				 struct rebtf_btf **btf);

/* Own type number @i, from 0. */
static inline const struct rebtf_type *btf_own_type(const struct rebtf_btf *btf, uint32_t i)
{
	return (const struct rebtf_type *)(btf->types + btf->places[i]);
}

/*
 * Its size in bytes. Types follow one another without gaps, so one ends where the next one starts.
 */
static inline size_t btf_own_type_size(const struct rebtf_btf *btf, uint32_t i)
{
	uint32_t end = i + 1 < btf->own_count ? btf->places[i + 1] : btf->types_size / 4;

	return (size_t)(end - btf->places[i]) * sizeof(uint32_t);
}

/*
 * The object in @btf's chain of bases whose own type @id is; @id must be a valid one and not void.
 */
static inline const struct rebtf_btf *btf_of_id(const struct rebtf_btf *btf, uint32_t id)
{
	while (id < btf->start_id)
		btf = btf->base;
	return btf;
}

/* As rebtf_type_by_id(), for an id that is known to be valid. */
static inline const struct rebtf_type *btf_type(const struct rebtf_btf *btf, uint32_t id)
{
	static const struct rebtf_type void_type;

	if (!id)
		return &void_type;
	btf = btf_of_id(btf, id);
	return btf_own_type(btf, id - btf->start_id);
}

/* As rebtf_string(), for an offset that is known to be valid. */
static inline const char *btf_string(const struct rebtf_btf *btf, uint32_t off)
{
	if (!off)
		return "";
	while (off < btf->start_string)
		btf = btf->base;
	return btf->strings + (off - btf->start_string);
}

/* Whether the string at that valid offset is a whole one, and not the end of another. */
static inline bool btf_string_is_whole(const struct rebtf_btf *btf, uint32_t off)
{
	while (off < btf->start_string)
		btf = btf->base;
	return off == btf->start_string || !btf->strings[off - btf->start_string - 1];
}

/* Adds to @err which type of @btf it is about. Returns @err. */
struct rebtf_error *btf_error_at(struct rebtf_error *err, const struct rebtf_btf *btf, uint32_t id);

#endif
