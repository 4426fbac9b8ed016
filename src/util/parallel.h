/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Runs a loop on several threads. The command uses this header, too. */
#ifndef REBTF_UTIL_PARALLEL_H
#define REBTF_UTIL_PARALLEL_H

#include "rebtf.h"

/* The number of threads that parallel_run() uses at most, not less than 1. */
unsigned int parallel_jobs(unsigned int jobs, size_t count);

/*
 * Calls @work once for each index below @count, on up to @jobs threads (0: one per core that this
 * process may use). Calls start in ascending order. @worker identifies the thread: 0 to jobs - 1,
 * where 0 is the calling thread. If fewer threads can be created, these do all the work, which is
 * not an error. Errors: NOMEM.
 */
struct rebtf_error *parallel_run(unsigned int jobs, size_t count,
				 void (*work)(void *arg, size_t index, unsigned int worker),
				 void *arg);

#endif
