/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Counts the library's work, so that it can be compared without a clock. The library linked here is
 * compiled to call us in each basic block. The linker redirects its calls of libc's string and
 * memory functions to ours, which count the bytes that they process.
 */
#ifndef REBTF_WORST_WORK_H
#define REBTF_WORST_WORK_H

#include <stdint.h>

struct work {
	uint64_t steps; /* basic blocks, and bytes processed by libc's functions */
	uint64_t bytes; /* total bytes requested from malloc and its kin */
};

void work_start(void);
struct work work_done(void);

#endif
