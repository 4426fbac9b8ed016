/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Hashing of short strings for tables in memory. The seed differs between processes, so a hostile
 * file cannot provoke collisions. Output must never depend on these hashes.
 */
#ifndef REBTF_UTIL_HASH_H
#define REBTF_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_string(const char *s, size_t length);

/* A random odd number. Its products with numbers are no hashes yet: see hash_spread(). */
uint64_t hash_factor(void);

/*
 * Makes a hash from a number that was multiplied by a random factor. Without this step, numbers at
 * equal distances, such as ids of types that refer to one another in a row, would fill neighboring
 * slots for one factor in sixteen, and a search would visit dozens of them.
 */
static inline uint32_t hash_spread(uint64_t product)
{
	return (product ^ product >> 32) * 0x9e3779b97f4a7c15 >> 32;
}

static inline uint32_t hash_number(uint64_t number)
{
	return hash_spread(number * hash_factor());
}

/* A type has this many words at most, save for a few long ones. */
#define HASH_KEYS 64

/* Random numbers for hash_words(). */
const uint64_t *hash_keys(void);

/*
 * Hashes words with @keys. The sum of products with random factors is a universal hash, and faster
 * than hash_string() for a few words. Trailing zeros do not change the hash, so the first word must
 * determine the length.
 */
static inline uint32_t hash_words(const uint64_t *keys, const uint32_t *words, size_t count)
{
	uint64_t sum = 0;

	if (count > HASH_KEYS)
		return hash_string((const char *)words, count * sizeof(*words));
	for (size_t i = 0; i < count; i++)
		sum += keys[i] * words[i];
	return hash_spread(sum);
}

/* A power of two that leaves a table of @count entries at most half full. */
size_t hash_table_size(size_t count);

#endif
