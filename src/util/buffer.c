/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A growing buffer of bytes. Its capacity doubles, so appending n bytes one by one takes O(n) time.
 */
#include <stdlib.h>
#include <string.h>

#include "util/buffer.h"

bool buffer_reserve(struct buffer *b, size_t size)
{
	size_t room = b->room ?: 1024;
	uint8_t *data;

	if (b->failed || size > SIZE_MAX / 2 - b->size) {
		b->failed = true;
		return false;
	}
	/* Allocate even for a size of 0, so that NULL always means failure. */
	if (b->data && b->room - b->size >= size)
		return true;
	while (room - b->size < size)
		room *= 2;
	data = realloc(b->data, room);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

void *buffer_append(struct buffer *b, const void *data, size_t size)
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

void buffer_release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){};
}
