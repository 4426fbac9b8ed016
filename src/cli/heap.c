/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Prepares glibc's heap. Other C libraries may ignore the settings. */
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "cli/heap.h"

#define HUGE_PAGE ((size_t)2 << 20)
/* The largest threshold of glibc. Larger blocks get mappings of their own. */
#define HEAP_SIZE_MAX (32 << 20)

void heap_expect(size_t size)
{
	void *block;

	/* No block gets a mapping of its own, and the heap does not shrink when the first is freed. */
	mallopt(M_MMAP_THRESHOLD, HEAP_SIZE_MAX);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	block = aligned_alloc(HUGE_PAGE, size);
	if (!block)
		return;
	madvise(block, size, MADV_HUGEPAGE);
	free(block);
}
