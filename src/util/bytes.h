/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads and writes numbers in files, in either byte order and at any alignment. */
#ifndef REBTF_UTIL_BYTES_H
#define REBTF_UTIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

static inline uint16_t get16(const uint8_t *p, bool big_endian)
{
	return big_endian ? (uint16_t)(p[0] << 8 | p[1]) : (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t get32(const uint8_t *p, bool big_endian)
{
	uint32_t first = get16(p, big_endian), second = get16(p + 2, big_endian);

	return big_endian ? first << 16 | second : second << 16 | first;
}

static inline uint64_t get64(const uint8_t *p, bool big_endian)
{
	uint64_t first = get32(p, big_endian), second = get32(p + 4, big_endian);

	return big_endian ? first << 32 | second : second << 32 | first;
}

static inline void put16(uint8_t *p, uint16_t value, bool big_endian)
{
	p[big_endian] = (uint8_t)value;
	p[!big_endian] = (uint8_t)(value >> 8);
}

static inline void put32(uint8_t *p, uint32_t value, bool big_endian)
{
	put16(p + (big_endian ? 2 : 0), (uint16_t)value, big_endian);
	put16(p + (big_endian ? 0 : 2), (uint16_t)(value >> 16), big_endian);
}

static inline void put64(uint8_t *p, uint64_t value, bool big_endian)
{
	put32(p + (big_endian ? 4 : 0), (uint32_t)value, big_endian);
	put32(p + (big_endian ? 0 : 4), (uint32_t)(value >> 32), big_endian);
}

/* A piece of data to read. struct iovec also serves writers, so its pointer lacks the const. */
static inline struct iovec iovec_of(const void *data, size_t size)
{
	return (struct iovec){ (void *)(uintptr_t)data, size };
}

static inline bool only_zeros(const uint8_t *data, size_t size)
{
	while (size && !*data) {
		data++;
		size--;
	}
	return !size;
}

#endif
