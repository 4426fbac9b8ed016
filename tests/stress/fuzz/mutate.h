/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Mutations that keep an input's outer structure valid, so that its contents are reached. Nearly
 * all random changes to BTF fail at the header or at an invalid id. These functions change one
 * type, field or string, and correct the lengths.
 */
#ifndef REBTF_FUZZ_MUTATE_H
#define REBTF_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutator: changes bits, bytes and words of the dictionary. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Seeds the random numbers, so that the same call makes the same changes. */
void mutate_start(unsigned int seed);
uint32_t mutate_random(void);
uint32_t mutate_below(uint32_t end); /* returns 0 if @end is 0 */

/*
 * These functions change @data, which has @size bytes and space for @max_size, and return the new
 * size.
 */

/* One BTF file. */
size_t mutate_btf(uint8_t *data, size_t size, size_t max_size);

/*
 * An ELF file: changes the contents of one section, which keeps its offset. BTF is changed as
 * above.
 */
size_t mutate_elf(uint8_t *data, size_t size, size_t max_size);

/* A BTF file, an ELF file, or else bytes, as detected. */
size_t mutate_file(uint8_t *data, size_t size, size_t max_size);

/* An input of several files (fuzz.h): changes one of the first @count. */
size_t mutate_files(uint8_t *data, size_t size, size_t max_size, unsigned int count);

#endif
