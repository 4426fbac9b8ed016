/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * For LD_PRELOAD: makes the $FAIL_ALLOCATION-th allocation of a process fail. With $FAIL_LAST all
 * further ones up to that number fail, too, and with $FAIL_ALL_LATER all later ones. Allocations of
 * the program, of its libraries and of libc itself all count. At the end of the process it writes
 * their number to the file descriptor $COUNT_TO.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own names of malloc() and its kin. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong allocations;

static unsigned long number_in(const char *variable)
{
	const char *value = getenv(variable);

	return value ? strtoul(value, NULL, 10) : 0;
}

static int fails(void)
{
	unsigned long number = atomic_fetch_add(&allocations, 1) + 1;
	unsigned long failing = number_in("FAIL_ALLOCATION");

	if (!failing || number < failing ||
	    (number > failing && number > number_in("FAIL_LAST") && !getenv("FAIL_ALL_LATER")))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	if (__builtin_mul_overflow(count, size, &size)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *new = aligned_alloc(alignment, size);

	if (!new)
		return ENOMEM;
	*memory = new;
	return 0;
}

static void __attribute__((destructor)) tell(void)
{
	if (getenv("COUNT_TO"))
		dprintf((int)number_in("COUNT_TO"), "%lu\n", atomic_load(&allocations));
}
