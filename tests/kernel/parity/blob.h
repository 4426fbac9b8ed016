/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Random BTF, to compare the verdicts of two judges. A blob consists of its types, strings and
 * header fields, so that single parts can be changed and removed. blob_write() makes the bytes. A
 * blob starts as valid BTF of every kind. Then, most often, a few things in it are changed.
 */
#ifndef REBTF_TESTS_PARITY_BLOB_H
#define REBTF_TESTS_PARITY_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOB_MAX_TYPES	 256
#define BLOB_MAX_WORDS	 8192
#define BLOB_MAX_STRINGS 8192

/* Magic number, version and flags of a valid header, in the host's byte order. */
#define BLOB_FIRST_WORD (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0xeb9f0100 : 0x0001eb9f)

/* A random number generator (xorshift). The seed alone determines a blob. */
struct rng {
	uint64_t state;
};

uint32_t rng_next(struct rng *r);
/* A number below @end, which must not be 0. */
uint32_t rng_below(struct rng *r, uint32_t end);

struct blob {
	uint32_t words[BLOB_MAX_WORDS]; /* the types, one after the other */
	uint32_t start[BLOB_MAX_TYPES + 1];
	uint32_t count;
	char strings[BLOB_MAX_STRINGS];
	uint32_t strings_size;

	/* The layout of the file. */
	uint32_t header[8]; /* as struct btf_header; the last two words are the layout section's */
	uint32_t header_size; /* bytes of the header that are written; zeros after 32 */
	uint8_t header_junk;  /* replaces the last of these zeros */
	bool strings_first;
	uint32_t layout_size;
	uint32_t cut;	   /* bytes missing at the end */
	uint32_t trailing; /* extra bytes at the end */
};

#define BLOB_MAX_SIZE (64 + 4 * BLOB_MAX_WORDS + BLOB_MAX_STRINGS + 64 + 256)

/* Makes valid BTF. */
void blob_make(struct blob *b, struct rng *r);

/*
 * Replaces a valid blob's types by a few types, each valid by itself, that refer to one another at
 * random.
 */
void blob_tangle(struct blob *b, struct rng *r);

/*
 * Replaces a valid blob's types and strings by a program's structs, with the types that it shares
 * with the kernel by name, most often as required.
 */
void blob_specialise(struct blob *b, struct rng *r);

/* Adds a string and returns its offset. */
uint32_t blob_string(struct blob *b, const char *s);

/* Begins a type after the last one. blob_put() adds words to it. */
void blob_begin(struct blob *b, uint32_t name, uint32_t kind, uint32_t vlen, uint32_t third);
void blob_put(struct blob *b, uint32_t word);

/* Gives all types of a valid blob other ids. */
void blob_shuffle(struct blob *b, struct rng *r);

/*
 * Swaps types @i and @i + 1. References to them stay unchanged, so they now refer to the other
 * type.
 */
void blob_swap(struct blob *b, uint32_t i);

/* Makes one change. */
void blob_change(struct blob *b, struct rng *r);

/* Removes type @i (from 0). References to it become void. */
void blob_remove(struct blob *b, uint32_t i);

/* Writes the bytes to @out, which has BLOB_MAX_SIZE bytes, and returns their number. */
size_t blob_write(const struct blob *b, uint8_t *out);

#endif
