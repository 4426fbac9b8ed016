/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Walks tar and cpio archives. Sources: POSIX, pax(1), "ustar Interchange Format"; the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst for cpio's "newc" format.
 */
#include <string.h>

#include "module/archive.h"
#include "util/text.h"

/* ------------------------------------------------------------------------------------------ tar */

enum {
	TAR_BLOCK = 512,
	/* Offsets in the block before a member. */
	TAR_NAME = 0,
	TAR_NAME_SIZE = 100,
	TAR_SIZE = 124,
	TAR_SIZE_SIZE = 12,
	TAR_TYPE = 156,
	TAR_MAGIC = 257,
};

bool tar_detect(struct bytes archive)
{
	return archive.size >= TAR_BLOCK && !memcmp(archive.data + TAR_MAGIC, "ustar", 5);
}

/* Parses octal digits at @text, or GNU tar's binary form of larger numbers. */
static uint64_t tar_number(const uint8_t *text, size_t size)
{
	bool binary = text[0] & 0x80;
	uint64_t number = 0;
	size_t i = 0;

	while (!binary && i < size && text[i] == ' ')
		i++;
	if (binary)
		i = size - sizeof(number);
	for (; i < size; i++) {
		if (!binary && (text[i] < '0' || text[i] > '7'))
			break;
		number = binary ? number << 8 | text[i] : number << 3 | (text[i] - '0');
	}
	return number;
}

bool tar_next(struct bytes archive, size_t *offset, struct tar_member *member)
{
	for (;;) {
		struct bytes rest = bytes_clip(archive, *offset, SIZE_MAX);
		uint64_t size, padded;
		uint8_t type;

		if (!tar_detect(rest))
			return false;
		type = rest.data[TAR_TYPE];
		memcpy(member->name, rest.data + TAR_NAME, TAR_NAME_SIZE);
		member->name[TAR_NAME_SIZE] = '\0';
		size = tar_number(rest.data + TAR_SIZE, TAR_SIZE_SIZE);
		member->content = bytes_clip(rest, TAR_BLOCK, size);
		padded = size / TAR_BLOCK * TAR_BLOCK + (size % TAR_BLOCK ? TAR_BLOCK : 0);
		if (padded < size || padded > rest.size - TAR_BLOCK)
			padded = rest.size - TAR_BLOCK;
		*offset += TAR_BLOCK + (size_t)padded;
		if (type == '0' || type == '\0')
			return true;
	}
}

/* ----------------------------------------------------------------------------------------- cpio */

enum {
	CPIO_HEADER = 110,
	CPIO_FIELD = 8, /* hexadecimal digits */
	CPIO_FILE_SIZE = 54,
	CPIO_NAME_SIZE = 94,
};

/* False if @text is not eight hexadecimal digits. */
static bool cpio_number(const uint8_t *text, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < CPIO_FIELD; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return false;
		*number = *number << 4 | (uint64_t)((digit - digits) % 16);
	}
	return true;
}

/* The length of the file at @offset, with its header, name and padding. 0: no file. */
static size_t cpio_file_span(struct bytes bytes, size_t offset, bool *is_last)
{
	static const char trailer[] = "TRAILER!!!";
	struct bytes rest = bytes_clip(bytes, offset, SIZE_MAX);
	uint64_t name_size, file_size, start;

	if (rest.size < CPIO_HEADER ||
	    (memcmp(rest.data, "070701", 6) && memcmp(rest.data, "070702", 6)) ||
	    !cpio_number(rest.data + CPIO_FILE_SIZE, &file_size) ||
	    !cpio_number(rest.data + CPIO_NAME_SIZE, &name_size))
		return 0;
	start = (CPIO_HEADER + name_size + 3) / 4 * 4;
	if (start > rest.size || file_size > rest.size - start)
		return 0;
	*is_last = name_size == sizeof(trailer) &&
		   !memcmp(rest.data + CPIO_HEADER, trailer, sizeof(trailer));
	start += (file_size + 3) / 4 * 4;
	return start < rest.size ? (size_t)start : rest.size;
}

size_t initramfs_span(struct bytes bytes)
{
	size_t span = 0, file_span;
	bool is_last = false;

	while (!is_last && (file_span = cpio_file_span(bytes, span, &is_last)))
		span += file_span;
	return span;
}

bool rpm_detect(struct bytes bytes)
{
	return bytes.size >= 4 && !memcmp(bytes.data, "\xed\xab\xee\xdb", 4);
}
