/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A growing run of bytes. When memory ends, the buffer notes it and takes no more, so that code
 * which appends a lot need ask only once, at the end.
 */
#ifndef REBTF_UTIL_BUFFER_H
#define REBTF_UTIL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *data; /* malloced, or NULL */
	size_t size;
	size_t room;
	bool failed; /* something did not find room */
};

/* Makes room for @size more bytes. False, and @b->failed, if there is none. */
bool buffer_reserve(struct buffer *b, size_t size);

/*
 * Appends @size bytes and returns where they are, NULL if there is no room. @data NULL: room alone.
 */
void *buffer_append(struct buffer *b, const void *data, size_t size);

/* Frees the memory; the buffer is empty and fit for use again. */
void buffer_release(struct buffer *b);

#endif
