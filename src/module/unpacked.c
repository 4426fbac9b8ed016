/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Counts the memory of unpacked data against the limit that the program has set. */
#include <stdatomic.h>

#include "module/unpacked.h"
#include "util/error.h"

static atomic_size_t bytes_taken;
static atomic_size_t bytes_limit; /* 0: no limit */

void unpacked_limit(size_t bytes)
{
	atomic_store(&bytes_limit, bytes);
}

struct rebtf_error *unpacked_take(size_t size)
{
	size_t most = atomic_load(&bytes_limit);
	size_t before = atomic_fetch_add(&bytes_taken, size);

	if (!most || (before <= most && size <= most - before))
		return NULL;
	atomic_fetch_sub(&bytes_taken, size);
	return error_new(REBTF_ERR_NOMEM,
			 "unpacked data of all open files is too large (maximum %zu bytes)", most);
}

void unpacked_give_back(size_t size)
{
	atomic_fetch_sub(&bytes_taken, size);
}
