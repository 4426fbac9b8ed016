/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A growing buffer of bytes. If memory runs out, the buffer remembers the failure and takes no more
 * bytes, so that code with many appends needs to check only once, at the end.
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
	bool failed; /* an allocation failed */
};

/* Makes room for @size more bytes. Returns false and sets @b->failed if memory runs out. */
bool buffer_reserve(struct buffer *b, size_t size);

/*
 * Appends @size bytes and returns their address, or NULL if memory runs out. If @data is NULL, the
 * bytes are left uninitialized.
 */
void *buffer_append(struct buffer *b, const void *data, size_t size);

/* Frees the memory. The buffer is empty then and can be used again. */
void buffer_release(struct buffer *b);

#endif
