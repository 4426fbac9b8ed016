/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Compares times of files with the clock. */
#include <stdatomic.h>
#include <stdint.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "util/moment.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* The two clocks are read one after the other, and advance in steps of up to 10 ms. */
#define TOLERANCE_NS 50000000ll

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/*
 * The latest possible time of the change. ext2, ext3, and ext4 with small inodes cut each time to
 * whole seconds.
 */
static int64_t latest_time(const struct timespec *ctime)
{
	return nanoseconds(ctime) + (ctime->tv_nsec ? 0 : 1000000000);
}

struct moment moment_now(void)
{
	struct moment now;

	/* File systems use the coarse clock, too. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now.real);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now.monotonic);
	return now;
}

static bool clock_was_set(const struct moment *since)
{
	const struct moment now = moment_now();
	int64_t real = nanoseconds(&now.real) - nanoseconds(&since->real);
	int64_t monotonic = nanoseconds(&now.monotonic) - nanoseconds(&since->monotonic);

	return real - monotonic > TOLERANCE_NS || monotonic - real > TOLERANCE_NS;
}

/* Whether only this kernel, by its own clock, sets the times of files there. */
static bool is_local(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	switch ((uint32_t)fs.f_type) {
	case BTRFS_SUPER_MAGIC:
	case EXT4_SUPER_MAGIC: /* ext2 and ext3, too */
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
		return true;
	}
	return false;
}

/* The device that was asked last, times two, plus the answer; 0: not asked yet. */
static atomic_uint_least64_t last_device;

/* Asks once per device: the files of a batch are usually all on one. */
static bool device_is_local(int fd, dev_t device)
{
	uint64_t known = atomic_load_explicit(&last_device, memory_order_relaxed);

	if (!known || known >> 1 != device) {
		known = (uint64_t)device << 1 | is_local(fd);
		atomic_store_explicit(&last_device, known, memory_order_relaxed);
	}
	return known & 1;
}

void moment_forget_device(void)
{
	atomic_store_explicit(&last_device, 0, memory_order_relaxed);
}

bool moment_precedes_no_change(const struct moment *since, int fd, dev_t device,
			       const struct timespec *ctime)
{
	return latest_time(ctime) < nanoseconds(&since->real) - TOLERANCE_NS &&
	       !clock_was_set(since) && device_is_local(fd, device);
}
