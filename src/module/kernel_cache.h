/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Remembers the BTF that was found in kernel images, because unpacking one takes a second. Each
 * entry is a file of its own in one directory, and is named for the image: device, inode, size, times
 * and a digest of its ends. A cache must not be a way in for others: directory and entries count only
 * if they belong to the user and nobody else may write to them, symbolic links are not followed, and
 * an entry is opened and checked as any other BTF. Nothing that is wrong with a cache is an error.
 */
#ifndef REBTF_MODULE_KERNEL_CACHE_H
#define REBTF_MODULE_KERNEL_CACHE_H

#include "module/image.h"

/* Names one state of one image. */
struct cache_key {
	uint64_t device, inode, size;
	int64_t modified[2], changed[2]; /* seconds and nanoseconds */
	uint8_t digest[REBTF_DIGEST_SIZE];
};

/* The most that all entries together take, and the most that one may take. */
#define KERNEL_CACHE_SIZE_MAX  ((size_t)64 << 20)
#define KERNEL_CACHE_ENTRY_MAX ((size_t)32 << 20)

/* False if @fd is not a regular file, or its digest cannot be had. */
bool cache_key_make(int fd, struct cache_key *key);

/* Sets @found to the entry for @key in @directory; leaves it alone if there is none. Errors: NOMEM. */
struct rebtf_error *kernel_cache_get(const char *directory, const struct cache_key *key,
				     struct image_btf *found);

/*
 * Adds an entry. Makes the directory, and the one above it, if they are missing, and removes the
 * entries that were not used for the longest time if there are too many.
 */
void kernel_cache_put(const char *directory, const struct cache_key *key,
		      const struct image_btf *found);

#endif
