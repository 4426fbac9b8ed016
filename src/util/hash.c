/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Hashes strings with XXH3, which the compiler inlines from a header, so no library is linked. The
 * secret that it mixes in is random.
 */
#include <pthread.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "util/hash.h"

static struct {
	uint64_t factor;
	uint64_t keys[HASH_KEYS];
	uint8_t text[XXH3_SECRET_SIZE_MIN];
} secret;
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

/* Without a source of randomness, the secret is fixed. Tables still work. */
static void make_seed(void)
{
	if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) != sizeof(secret)) {
		uint64_t state = 0x9e3779b97f4a7c15;

		for (size_t i = 0; i < sizeof(secret); i++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			((uint8_t *)&secret)[i] = state >> 56;
		}
	}
	secret.factor |= 1;
}

uint64_t hash_string(const char *s, size_t length)
{
	pthread_once(&seeded, make_seed);
	return XXH3_64bits_withSecret(s, length, secret.text, sizeof(secret.text));
}

uint64_t hash_factor(void)
{
	pthread_once(&seeded, make_seed);
	return secret.factor;
}

const uint64_t *hash_keys(void)
{
	pthread_once(&seeded, make_seed);
	return secret.keys;
}

size_t hash_table_size(size_t count)
{
	size_t size = 16;

	while (size < count * 2)
		size *= 2;
	return size;
}
