/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Changes that leave an input's outside whole, so that its inside is reached. Of a hundred random
 * changes to BTF nearly all end at the header, or at an id that leads nowhere; these change one
 * type, field or string, and say the lengths anew.
 */
#ifndef REBTF_FUZZ_MUTATE_H
#define REBTF_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own: changes bits, bytes, words of the dictionary. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Sets out from @seed, so that the same call makes the same changes. */
void mutate_start(unsigned int seed);
uint32_t mutate_random(void);
uint32_t mutate_below(uint32_t end); /* 0 if @end is */

/* All of these change @data, of @size bytes and room for @max_size, and return the new size. */

/* One BTF file. */
size_t mutate_btf(uint8_t *data, size_t size, size_t max_size);

/* An ELF file: what is in one of its sections, which keeps its place; BTF as above. */
size_t mutate_elf(uint8_t *data, size_t size, size_t max_size);

/* Whatever it looks like: BTF, ELF, or else bytes. */
size_t mutate_file(uint8_t *data, size_t size, size_t max_size);

/* An input of several files, see fuzz.h: one of the first @count. */
size_t mutate_files(uint8_t *data, size_t size, size_t max_size, unsigned int count);

#endif
