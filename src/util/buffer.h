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
#include <string.h>

struct buffer {
	uint8_t *data; /* malloced, or NULL */
	size_t size;
	size_t room;
	bool failed; /* an allocation failed */
};

/* As buffer_reserve(), for a buffer without this room. */
bool buffer_grow(struct buffer *b, size_t size);

/*
 * Makes room for @size more bytes. Returns false and sets @b->failed if memory runs out. Afterwards
 * data is not NULL, even if @size is 0.
 */
static inline bool buffer_reserve(struct buffer *b, size_t size)
{
	if (!b->failed && b->data && b->room - b->size >= size)
		return true;
	return buffer_grow(b, size);
}

/*
 * Appends @size bytes and returns their address, or NULL if memory runs out. If @data is NULL, the
 * bytes are left uninitialized.
 */
static inline void *buffer_append(struct buffer *b, const void *data, size_t size)
{
	uint8_t *at;

	if (!buffer_reserve(b, size))
		return NULL;
	at = b->data + b->size;
	if (data && size)
		memcpy(at, data, size);
	b->size += size;
	return at;
}

/* Frees the memory. The buffer is empty then and can be used again. */
void buffer_release(struct buffer *b);

#endif
