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

/* An odd multiplier that spreads numbers. It depends on the same seed. */
uint64_t hash_factor(void);

/* A power of two that leaves a table of @count entries at most half full. */
size_t hash_table_size(size_t count);

#endif
