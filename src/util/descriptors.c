/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Collects descriptors and closes each run of consecutive numbers with close_range(). All numbers of
 * a run are ours, so no other thread can have opened one of them.
 */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/descriptors.h"

#define PENDING_MAX 16u

static struct {
	pthread_mutex_t lock;
	int fds[PENDING_MAX];
	unsigned int count;
} pending = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Inserts @fd into the sorted @fds. */
static void descriptors_insert(int *fds, unsigned int count, int fd)
{
	for (; count && fds[count - 1] > fd; count--)
		fds[count] = fds[count - 1];
	fds[count] = fd;
}

/* The thread sanitizer does not see close_range(), and takes the next use of a number for a race. */
static void close_run(int first, int last)
{
#if defined(SYS_close_range) && !defined(__SANITIZE_THREAD__)
	if (first != last && !syscall(SYS_close_range, first, last, 0))
		return;
#endif
	for (; first <= last; first++)
		close(first);
}

static void close_runs(const int *fds, unsigned int count)
{
	for (unsigned int i = 0, first = 0; i < count; i++) {
		if (i + 1 < count && fds[i + 1] == fds[i] + 1)
			continue;
		close_run(fds[first], fds[i]);
		first = i + 1;
	}
}

void descriptors_close_soon(int fd)
{
	bool full;

	pthread_mutex_lock(&pending.lock);
	full = pending.count == PENDING_MAX;
	if (!full)
		descriptors_insert(pending.fds, pending.count++, fd);
	pthread_mutex_unlock(&pending.lock);
	if (full)
		descriptors_close(fd);
}

void descriptors_close_all(const int *own, unsigned int own_count)
{
	int fds[PENDING_MAX + DESCRIPTORS_MAX];
	unsigned int count;

	pthread_mutex_lock(&pending.lock);
	count = pending.count;
	memcpy(fds, pending.fds, count * sizeof(*fds));
	pending.count = 0;
	pthread_mutex_unlock(&pending.lock);
	for (unsigned int i = 0; i < own_count; i++) {
		if (own[i] >= 0)
			descriptors_insert(fds, count++, own[i]);
	}
	close_runs(fds, count);
}

void descriptors_close(int fd)
{
	descriptors_close_all(&fd, 1);
}
