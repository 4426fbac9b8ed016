/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Closes several descriptors with one system call. A batch opens up to three files for each module
 * and closes them together. Only for descriptors that were read from: closing a file that was
 * written must not be put off, because the kernel does not load a module that is open for writing.
 */
#ifndef REBTF_UTIL_DESCRIPTORS_H
#define REBTF_UTIL_DESCRIPTORS_H

/* Closes @fd with the next call of one of the others, by any thread, or sooner. */
void descriptors_close_soon(int fd);

/* The most that descriptors_close_all() takes. */
#define DESCRIPTORS_MAX 4u

/*
 * Closes the @own_count descriptors @own, without those that are -1, and those of
 * descriptors_close_soon(). When it returns, @own are closed. Another thread may still be closing
 * others.
 */
void descriptors_close_all(const int *own, unsigned int own_count);

/* As descriptors_close_all(), for one. @fd -1: only those of descriptors_close_soon(). */
void descriptors_close(int fd);

static inline void cleanup_close_soon(const int *fd)
{
	if (*fd >= 0)
		descriptors_close_soon(*fd);
}

/* A descriptor that starts as -1 and is closed soon after the end of its scope. */
#define _cleanup_close_soon_ _cleanup_(cleanup_close_soon)

#endif
