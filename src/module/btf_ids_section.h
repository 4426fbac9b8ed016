/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The words of .BTF_ids: which of them are type ids, and of which types they are. Only symbols
 * tell: a symbol "__BTF_ID__func__NAME__1234" at each id, and a symbol "__BTF_ID__set8__NAME" over
 * each set (include/linux/btf_ids.h in the kernel). Resolved sets are sorted by id. So a symbol in
 * a set still tells that the set has its type, but no longer the word.
 *
 * All offsets are checked when the section is read.
 */
#ifndef REBTF_MODULE_BTF_IDS_SECTION_H
#define REBTF_MODULE_BTF_IDS_SECTION_H

#include "module/elf_file.h"
#include "util/bytes.h"
#include "util/order.h"

/* A flag of a set of kfuncs (include/linux/btf_ids.h). */
#define BTF_SET8_KFUNCS (1u << 0)

/* A type id that a symbol names. */
struct id_word {
	uint64_t offset;    /* of the symbol: see above */
	const char *symbol; /* points into the file */
	const char *name;   /* of the type: a part of the symbol, of that length */
	size_t length;
	uint32_t kind;
};

/*
 * A set: a count, and as many ids. In a "set8", with stride 8, flags follow each id and the count.
 */
struct btf_id_set {
	uint64_t offset; /* of its count */
	uint64_t stride; /* of an id; also the size of the header before the first id */
	size_t count;	 /* of ids */
	size_t first;	 /* index of its first word */
	size_t word_count;
	const char *symbol;
};

/* How a file has a function of the kernel. */
enum id_function {
	ID_FUNCTION_NONE,
	ID_FUNCTION_IMPORTED, /* as a module that calls it */
	ID_FUNCTION_DEFINED,  /* as the kernel */
};

struct btf_ids {
	struct elf_file file;
	struct elf_section section;
	/* The functions that take sets: the kernel has register_btf_fmodret_id_set() since 6.2. */
	enum id_function register_kfuncs;
	enum id_function register_fmodret;
	bool big_endian;
	const uint8_t *data;
	struct id_word *words; /* by offset */
	size_t word_count;
	struct btf_id_set *sets; /* by offset */
	size_t set_count;
	size_t capacity;     /* of words and of sets, each: no two of either share an offset */
	uint64_t names_size; /* of the symbols */
};

/*
 * Reads the ELF file in the first @size bytes of @image, which must outlive @ids. Without a
 * .BTF_ids, the section is empty. Errors: FORMAT, UNSUPPORTED (the ids' symbols were stripped),
 * NOMEM.
 */
struct rebtf_error *btf_ids_read(const uint8_t *image, size_t size, struct btf_ids *ids);

/*
 * As btf_ids_read(), but accepts ids and counts of any value: the file may not be resolved yet.
 */
struct rebtf_error *btf_ids_read_unresolved(const uint8_t *image, size_t size, struct btf_ids *ids);
/* The same, but reads only the parts of the open file that it needs. Errors: also IO. */
struct rebtf_error *btf_ids_read_fd(int fd, struct btf_ids *ids);
void btf_ids_release(struct btf_ids *ids);

/* Reads a word in the file's byte order. */
static inline uint32_t btf_ids_get(const struct btf_ids *ids, const uint8_t *data, uint64_t offset)
{
	return get32(data + offset, ids->big_endian);
}

static inline void btf_ids_put(const struct btf_ids *ids, uint8_t *data, uint64_t offset,
			       uint32_t value)
{
	put32(data + offset, value, ids->big_endian);
}

/* The offset of id number @i of a set. */
static inline uint64_t btf_id_set_place(const struct btf_id_set *set, size_t i)
{
	return set->offset + (i + 1) * set->stride;
}

/* The offset after a set. */
static inline uint64_t btf_id_set_end(const struct btf_id_set *set)
{
	return btf_id_set_place(set, set->count);
}

#endif
