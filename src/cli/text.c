/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Text that grows: see text.h for the idea. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/text.h"

void out_of_memory(void)
{
	fputs("rebtf: out of memory\n", stderr);
	/* No flush: what stdout still holds may be half a line. */
	_Exit(STATUS_TROUBLE);
}

void text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){};
}

/* Makes room for @more bytes and one for vsnprintf()'s terminator. */
static void reserve(struct text *text, size_t more)
{
	size_t needed, capacity;
	char *data;

	if (__builtin_add_overflow(text->size, more, &needed) || ++needed > SIZE_MAX / 2)
		out_of_memory();
	if (needed <= text->capacity)
		return;
	capacity = text->capacity * 2;
	if (capacity < needed)
		capacity = needed;
	data = realloc(text->data, capacity);
	if (!data)
		out_of_memory();
	text->data = data;
	text->capacity = capacity;
}

void text_add_bytes(struct text *text, const char *bytes, size_t size)
{
	if (!size)
		return;
	reserve(text, size);
	memcpy(text->data + text->size, bytes, size);
	text->size += size;
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size < 0)
		out_of_memory();
	reserve(text, (size_t)size);
	va_start(args, format);
	vsnprintf(text->data + text->size, (size_t)size + 1, format, args);
	va_end(args);
	text->size += (size_t)size;
}

static bool has_colours;

void text_set_colours(bool colours)
{
	has_colours = colours;
}

void text_style(struct text *text, enum style style)
{
	/* Which colours these numbers are, a terminal's owner has chosen. */
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "\033[0m", [STYLE_STRONG] = "\033[1m", [STYLE_FAINT] = "\033[2m",
		[STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[31m",   [STYLE_WARN] = "\033[33m",
	};

	if (has_colours)
		text_add(text, sequences[style]);
}

/* Adds @string with its control characters as \uNNNN, or else as \xNN for each of their bytes. */
static void add_escaped(struct text *text, const char *string, bool json)
{
	const char *plain = string;

	while (*string) {
		uint32_t code;
		bool control;
		size_t size;

		if (*string >= 0x20 && *string < 0x7f) {
			string++;
			continue;
		}
		size = rebtf_character(string, &code, &control);
		if (control) {
			text_add_bytes(text, plain, (size_t)(string - plain));
			if (json)
				text_addf(text, "\\u%04x", code);
			for (size_t i = 0; !json && i < size; i++)
				text_addf(text, "\\x%02x", (unsigned char)string[i]);
			plain = string + size;
		}
		string += size;
	}
	text_add_bytes(text, plain, (size_t)(string - plain));
}

void text_add_name(struct text *text, const char *string)
{
	add_escaped(text, string, false);
}

void text_add_json(struct text *text, const char *json)
{
	add_escaped(text, json, true);
}

void text_add_count(struct text *text, uint64_t count)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text_add_bytes(text, ",", 1);
		text_add_bytes(text, &digits[i], 1);
	}
}

void text_add_counted(struct text *text, uint64_t count, const char *singular)
{
	text_add_count(text, count);
	text_addf(text, " %s%s", singular, count == 1 ? "" : "s");
}
