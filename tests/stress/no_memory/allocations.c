/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Wrappers of the allocating functions, which fail by number. Threads allocate, too, so the
 * counters are atomic.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "allocations.h"

static atomic_uint allocations; /* since failing_start() */
static atomic_uint first_failure, last_failure;
static atomic_bool paused;

void failing_start(unsigned int first, unsigned int last)
{
	allocations = 0;
	first_failure = first;
	last_failure = last;
}

unsigned int failing_stop(void)
{
	first_failure = 0;
	return allocations;
}

void failing_pause(void)
{
	paused = true;
}

void failing_resume(void)
{
	paused = false;
}

static bool fails(void)
{
	unsigned int number;

	if (paused)
		return false;
	number = atomic_fetch_add(&allocations, 1) + 1;
	if (!first_failure || number < first_failure || number > last_failure)
		return false;
	errno = ENOMEM;
	return true;
}

/* @empty: whether the caller asks for 0 bytes. C permits NULL for these, but glibc never returns it. */
#define WRAP(type, function, parameters, arguments, empty)                                         \
	type __real_##function parameters;                                                         \
	type __wrap_##function parameters;                                                         \
	type __wrap_##function parameters                                                          \
	{                                                                                          \
		return (empty) || fails() ? NULL : __real_##function arguments;                    \
	}

WRAP(void *, malloc, (size_t size), (size), !size)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), !count || !size)
WRAP(void *, realloc, (void *old, size_t size), (old, size), !size)
WRAP(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size),
     !count || !size)
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), !size)
WRAP(char *, strdup, (const char *s), (s), false)
WRAP(char *, strndup, (const char *s, size_t size), (s, size), false)
WRAP(char *, realpath, (const char *path, char *resolved), (path, resolved), false)
WRAP(FILE *, open_memstream, (char **text, size_t *size), (text, size), false)
WRAP(DIR *, opendir, (const char *path), (path), false)
WRAP(DIR *, fdopendir, (int fd), (fd), false)

int __real_vasprintf(char **text, const char *format, va_list ap);
int __wrap_vasprintf(char **text, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

int __wrap_vasprintf(char **text, const char *format, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(text, format, ap);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list ap;
	int length;

	va_start(ap, format);
	length = __wrap_vasprintf(text, format, ap);
	va_end(ap);
	return length;
}
