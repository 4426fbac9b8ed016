/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by the fuzz targets. In an input of several files, each file follows its length, four
 * bytes, little-endian. If a length exceeds the rest of the input, the file is the rest. The
 * functions whose names start with "must" check properties of any input, and stop the program on a
 * failure.
 */
#ifndef REBTF_FUZZ_H
#define REBTF_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * If a target defines this function, libFuzzer calls it instead of changing bits and bytes itself.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* Checks that an error's text is one line without characters that a terminal obeys. */
void must_be_said(const struct rebtf_error *err);

/*
 * Returns true without an error. Otherwise checks the error's text, frees the error and returns
 * false.
 */
bool ok(struct rebtf_error *err);

/* Prints the problem and aborts. */
__attribute__((noreturn)) void fail(const char *what);

/* Accepts no error at all. */
void must(struct rebtf_error *err);

/* The rest of an input. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* Returns the next file, which points into the input's bytes, or an empty file at the end. */
struct input next_file(struct input *input);

/* Opens the next file as BTF. NULL if it is not valid BTF. */
struct rebtf_btf *next_btf(struct input *input, struct rebtf_btf *base);

/* Calls all functions that read an object: accessors, names, text. */
void look_at(const struct rebtf_btf *btf);

/* A hash of the text of all its own types, to compare objects. */
uint64_t hash_of_dump(const struct rebtf_btf *btf);

/*
 * BTF written by rebtf must open with the same types and text, and must be written to the same
 * bytes again. @options: as of rebtf_btf_write().
 */
void must_reopen(const struct rebtf_btf *btf, const struct rebtf_write_options *options);

/* must_reopen() with and without a layout section, and in both byte orders if @btf has no base. */
void must_reopen_in_all_ways(const struct rebtf_btf *btf);

/*
 * Own types of @b must equal those of @a in order, and all their references must be equal. @b may
 * have more types after them. Named types of a base are compared by kind and name, and also by id
 * if @same_base.
 */
void must_be_same_types(const struct rebtf_btf *a, const struct rebtf_btf *b, bool same_base);

/*
 * How much of BTF, including its bases, the newest known kernel accepts. Kernels check less in
 * their own BTF and in modules, which they trust, than in the BTF of programs.
 */
enum verdict {
	REFUSED,
	TAKEN_FROM_MODULES,
	TAKEN_FROM_PROGRAMS,
};

enum verdict verdict_of(const struct rebtf_btf *btf);

/*
 * Valid input gives valid output: @btf, made from BTF with the verdict @before, must be no worse.
 */
void must_be_taken(const struct rebtf_btf *btf, enum verdict before);

static inline enum verdict worse(enum verdict a, enum verdict b)
{
	return a < b ? a : b;
}

#endif
