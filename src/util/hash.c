/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Hashes strings. Each step mixes in eight bytes with a 64 by 64 bit multiplication and folds the
 * two halves of the product. Both factors depend on the seed.
 */
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "util/hash.h"

static uint64_t seed[2];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

/* Without a source of randomness, a fixed seed is used. Tables still work. */
static void make_seed(void)
{
	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed)) {
		seed[0] = 0x9e3779b97f4a7c15;
		seed[1] = 0xd1b54a32d192ed03;
	}
	seed[0] |= 1;
	seed[1] |= 1;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_string(const char *s, size_t length)
{
	uint64_t hash, last = 0;

	pthread_once(&seeded, make_seed);
	hash = seed[0] ^ length;
	for (; length >= 8; length -= 8, s += 8) {
		uint64_t word;

		memcpy(&word, s, 8);
		hash = mix(hash ^ word, seed[1]);
	}
	memcpy(&last, s, length);
	return mix(hash ^ last, seed[1]);
}

uint64_t hash_factor(void)
{
	pthread_once(&seeded, make_seed);
	return seed[0];
}

size_t hash_table_size(size_t count)
{
	size_t size = 16;

	while (size < count * 2)
		size *= 2;
	return size;
}
