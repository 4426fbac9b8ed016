/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What fuzz targets share. An input of several files has each after its length, four bytes,
 * little-endian; what a length promises and is not there is left out. What must hold of any input
 * is said by the functions that start with "must": they stop the program.
 */
#ifndef REBTF_FUZZ_H
#define REBTF_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer calls it instead of changing bits and bytes itself, where a target has one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* Errors have to be said in one line, without what a terminal would obey. */
void must_be_said(const struct rebtf_error *err);

/* True if there is none. Errors are welcome, if they can be said. */
bool ok(struct rebtf_error *err);

/* Says what should not be, and aborts. */
__attribute__((noreturn)) void fail(const char *what);

/* No error at all. */
void must(struct rebtf_error *err);

/* What is left of an input. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* The next file; of the input's bytes. An empty one if there is none. */
struct input next_file(struct input *input);

/* Its BTF; NULL if it is none. */
struct rebtf_btf *next_btf(struct input *input, struct rebtf_btf *base);

/* All that reads an object: accessors, names, text. */
void look_at(const struct rebtf_btf *btf);

/* A number for the text of all its own types, for telling whether two have the same. */
uint64_t hash_of_dump(const struct rebtf_btf *btf);

/*
 * What rebtf wrote itself must open, with the same types and text, and be written as it was.
 * @flags: as of rebtf_write().
 */
void must_reopen(const struct rebtf_btf *btf, unsigned int flags);

/* In each way that it can be written. */
void must_reopen_in_all_ways(const struct rebtf_btf *btf);

/*
 * Own types of @b must be, one after the other, those of @a, and all they refer to must be the
 * same; @b may have more types after them. Named types of a base count by kind and name, and by id
 * if @same_base.
 */
void must_be_same_types(const struct rebtf_btf *a, const struct rebtf_btf *b, bool same_base);

/*
 * How much of BTF, its bases included, the newest kernel known takes: what it checks of its own and
 * in modules, which it trusts, or all that it checks of what a program brings.
 */
enum verdict {
	REFUSED,
	TAKEN_FROM_MODULES,
	TAKEN_FROM_PROGRAMS,
};

enum verdict verdict_of(const struct rebtf_btf *btf);

/* Of good BTF comes good BTF: @btf, which was made of what had the verdict @before, is no worse. */
void must_be_taken(const struct rebtf_btf *btf, enum verdict before);

static inline enum verdict worse(enum verdict a, enum verdict b)
{
	return a < b ? a : b;
}

#endif
