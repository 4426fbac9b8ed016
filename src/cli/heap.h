/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The heap of a verb that works on a whole kernel. */
#ifndef REBTF_CLI_HEAP_H
#define REBTF_CLI_HEAP_H

#include <stddef.h>

/*
 * Prepares the C library's heap for @size bytes, at most HEAP_SIZE_MAX, in blocks of any size. The
 * kernel backs them with huge pages, where it has these, so that thousands of page faults become a
 * few. Memory that is not used costs nothing. Does nothing if memory is short.
 */
void heap_expect(size_t size);

/* The largest threshold of glibc. Larger blocks get mappings of their own. */
#define HEAP_SIZE_MAX ((size_t)32 << 20)

#endif
