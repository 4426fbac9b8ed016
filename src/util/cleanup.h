/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Scope guards: a local variable declared with one of these releases its resource when its scope
 * ends, on every path. To pass the resource on instead, return take_ptr(&variable).
 */
#ifndef REBTF_UTIL_CLEANUP_H
#define REBTF_UTIL_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "rebtf.h"

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_closedir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void cleanup_unref(struct rebtf_btf **btf)
{
	rebtf_btf_unref(*btf);
}

/* Memory from malloc(). */
#define _cleanup_free_ _cleanup_(cleanup_free)
/* A file descriptor, or -1. */
#define _cleanup_close_ _cleanup_(cleanup_close)
/* A directory from opendir(), or NULL. */
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)
/* A reference to a struct rebtf_btf. */
#define _cleanup_unref_ _cleanup_(cleanup_unref)

/* Returns the pointer's value and sets the pointer to NULL. */
#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(*(p)) taken = *(p);                                                     \
		*(p) = NULL;                                                                       \
		taken;                                                                             \
	})

#endif
