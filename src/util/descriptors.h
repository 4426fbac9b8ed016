/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Closes several descriptors with one system call. A batch opens up to three files for each module
 * and closes them together. Only for descriptors that were read from: closing a file that was
 * written must not be put off, because the kernel does not load a module that is open for writing.
 */
#ifndef REBTF_UTIL_DESCRIPTORS_H
#define REBTF_UTIL_DESCRIPTORS_H

/* Closes @fd with the next call of descriptors_close(), by any thread, or sooner. */
void descriptors_close_soon(int fd);

/* Closes @fd now, and those of descriptors_close_soon(). @fd -1: only the latter. */
void descriptors_close(int fd);

static inline void cleanup_close_soon(const int *fd)
{
	if (*fd >= 0)
		descriptors_close_soon(*fd);
}

/* A descriptor that starts as -1 and is closed soon after the end of its scope. */
#define _cleanup_close_soon_ _cleanup_(cleanup_close_soon)

#endif
