/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * make's jobserver: with make -j N, all programs of a build share N - 1 tokens, and each thread
 * besides a program's first needs one.
 */
#ifndef REBTF_CLI_JOBSERVER_H
#define REBTF_CLI_JOBSERVER_H

/*
 * Takes tokens for up to @jobs threads, as far as they are free now. Returns the number of threads
 * to use. Without a jobserver, that is @jobs.
 */
unsigned int jobserver_take(unsigned int jobs);

/* Gives all tokens back. */
void jobserver_give_back(void);

#endif
