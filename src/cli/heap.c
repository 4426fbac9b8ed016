/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Prepares glibc's heap. Other C libraries may ignore the settings. */
#include <limits.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "cli/heap.h"

#define HUGE_PAGE ((uintptr_t)2 << 20)
/* The largest threshold of glibc. Larger blocks get mappings of their own. */
#define HEAP_SIZE_MAX (32 << 20)

void heap_expect(size_t size)
{
	uintptr_t start, end;
	char *block;

	/* No block gets a mapping of its own, and the heap does not shrink when the first is freed. */
	mallopt(M_MMAP_THRESHOLD, HEAP_SIZE_MAX);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	block = malloc(size);
	if (!block)
		return;
	start = ((uintptr_t)block + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	end = ((uintptr_t)block + size) / HUGE_PAGE * HUGE_PAGE;
	if (start < end)
		madvise(block + (start - (uintptr_t)block), end - start, MADV_HUGEPAGE);
	free(block);
}
