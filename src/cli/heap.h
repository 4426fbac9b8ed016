/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The heap of a verb that works on a whole kernel. */
#ifndef REBTF_CLI_HEAP_H
#define REBTF_CLI_HEAP_H

#include <stddef.h>

/*
 * Prepares the C library's heap for @size bytes, a multiple of 2 MiB and at most 28 MiB, in blocks of
 * any size. The kernel backs them with huge pages, where it has these, which saves most page faults.
 * Does nothing if memory is short.
 */
void heap_expect(size_t size);

#endif
