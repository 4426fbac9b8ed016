/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decodes characters of strings that come from files. Code that prints such a string checks each
 * character here, to learn whether a terminal would interpret it as a command.
 */
#include "rebtf.h"

/*
 * Returns the size of the UTF-8 character at @s, or 0 if the bytes are not valid UTF-8. The ranges
 * are those of table 3-7 of the Unicode standard, which exclude overlong forms and surrogates. The
 * terminating NUL is never a valid continuation byte.
 */
static size_t utf8_size(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t size;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	size = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return size;
}

/* Returns the code point of the valid character of @size bytes at @s. */
static uint32_t utf8_decode(const unsigned char *s, size_t size)
{
	uint32_t code = size == 1 ? s[0] : s[0] & (0x7f >> size);

	for (size_t i = 1; i < size; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

/*
 * C0, DEL and C1 are commands to terminals. The other ranges change the order or the line breaks of
 * the text around them, so that a reader sees a name that differs from the one in the file.
 */
static bool is_control(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },	    { 0x7f, 0x9f },	/* C0, DEL, C1 */
		{ 0x61c, 0x61c },   { 0x200e, 0x200f }, /* directional marks */
		{ 0x2028, 0x202e },			/* separators, embeddings, overrides */
		{ 0x2066, 0x2069 },			/* isolates */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

size_t rebtf_character(const char *text, uint32_t *code, bool *control)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t size = utf8_size(s);

	if (!size) {
		/* A terminal without UTF-8 interprets these bytes as C1. */
		*code = REBTF_NO_CHARACTER;
		*control = s[0] <= 0x9f;
		return 1;
	}
	*code = utf8_decode(s, size);
	*control = is_control(*code);
	return size;
}
