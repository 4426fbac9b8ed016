/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Moments, and files that have not changed since. The kernel sets a file's ctime to the current time
 * at each write, rename, link and change of mode, and no process can set it back. So a single stat
 * shows that a file has been the same since an earlier moment, and a batch does not need a second
 * one for each file that it reads.
 */
#ifndef REBTF_UTIL_MOMENT_H
#define REBTF_UTIL_MOMENT_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct moment {
	struct timespec real;
	struct timespec monotonic; /* shows whether someone set the clock meanwhile */
};

/* The current moment. This needs no system call. */
struct moment moment_now(void);

/*
 * Whether the open file @fd, on @device, has certainly not changed between @since and the stat that
 * gave @ctime. False means unknown: a recent change, a clock that was set, or a file system that
 * another machine may change, by another clock.
 */
bool moment_precedes_no_change(const struct moment *since, int fd, dev_t device,
			       const struct timespec *ctime);

/*
 * Must be called when a directory is opened, before proofs about the files in it. Its file system
 * may have the number of a device that was unmounted since the last proof.
 */
void moment_forget_device(void);

#endif
