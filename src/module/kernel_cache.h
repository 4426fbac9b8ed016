/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Caches the BTF of kernel images, because unpacking an image takes a second. Each entry is a file
 * in one directory, named after the image: device, inode, size, times and a digest of its ends.
 * Other users must not be able to plant BTF here. So directory and entries count only if they
 * belong to the user and only the user may write to them. Symbolic links are not followed, and an
 * entry is opened and checked like any other BTF. A problem with a cache is never an error.
 */
#ifndef REBTF_MODULE_KERNEL_CACHE_H
#define REBTF_MODULE_KERNEL_CACHE_H

#include "module/image.h"

/* Identifies one state of one image. */
struct cache_key {
	uint64_t device, inode, size;
	int64_t modified[2], changed[2]; /* seconds and nanoseconds */
	uint8_t digest[REBTF_DIGEST_SIZE];
};

/* The maximum size of all entries together, and of one entry. */
#define KERNEL_CACHE_SIZE_MAX  ((size_t)64 << 20)
#define KERNEL_CACHE_ENTRY_MAX ((size_t)32 << 20)

/* False if @fd is not a regular file, or if its digest cannot be computed. */
bool cache_key_make(int fd, struct cache_key *key);

/*
 * Sets @found to the entry for @key in @directory. Without an entry, @found is unchanged. Errors:
 * NOMEM.
 */
struct rebtf_error *kernel_cache_get(const char *directory, const struct cache_key *key,
				     struct image_btf *found);

/*
 * Adds an entry. Makes the directory and its parent if they are missing. Removes the least recently
 * used entries if the cache is full.
 */
void kernel_cache_put(const char *directory, const struct cache_key *key,
		      const struct image_btf *found);

#endif
