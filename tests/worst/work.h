/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Counts what the library does, so that work can be compared without a clock. The library that is
 * linked here is compiled to call us in each basic block, and the linker sends its calls of libc's
 * string and memory functions to ours, which count the bytes that they go over.
 */
#ifndef REBTF_WORST_WORK_H
#define REBTF_WORST_WORK_H

#include <stdint.h>

struct work {
	uint64_t steps; /* basic blocks, and bytes that libc's functions went over */
	uint64_t bytes; /* that were asked of malloc and its kin, in all */
};

void work_start(void);
struct work work_done(void);

#endif
