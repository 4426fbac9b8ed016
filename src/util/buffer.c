/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A growing buffer of bytes. Its capacity doubles, so appending n bytes one by one takes O(n) time.
 * But the first allocation is no larger than asked for, because often no more bytes follow.
 */
#include <stdlib.h>

#include "util/buffer.h"

#define SMALLEST ((size_t)1024)

bool buffer_grow(struct buffer *b, size_t size)
{
	size_t room = b->room ?: size > SMALLEST ? size : SMALLEST;
	uint8_t *data;

	if (b->failed || size > SIZE_MAX / 2 - b->size) {
		b->failed = true;
		return false;
	}
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

void buffer_release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){};
}
