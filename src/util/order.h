/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Comparisons for qsort() and bsearch(). */
#ifndef REBTF_UTIL_ORDER_H
#define REBTF_UTIL_ORDER_H

#include <stdint.h>

/* Returns -1, 0 or 1. Several keys: by_number(...) ?: by_number(...). */
static inline int by_number(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

/* Orders elements of type uint32_t, such as type ids. */
static inline int by_uint32(const void *a, const void *b)
{
	return by_number(*(const uint32_t *)a, *(const uint32_t *)b);
}

#endif
