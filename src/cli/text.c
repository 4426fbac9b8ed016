/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Builds growing text, with escaping, styles and number formatting. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/status.h"
#include "cli/text.h"

static _Thread_local bool has_failed;

void memory_failed(void)
{
	has_failed = true;
}

bool memory_has_failed(void)
{
	bool failed = has_failed;

	has_failed = false;
	return failed;
}

void out_of_memory(void)
{
	fputs("rebtf: out of memory\n", stderr);
	/* No flush: stdout may still hold half a line. */
	_Exit(STATUS_TROUBLE);
}

void text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){};
}

static bool text_fail(struct text *text)
{
	text->failed = true;
	memory_failed();
	return false;
}

bool text_reserve(struct text *text, size_t more)
{
	size_t needed, capacity;
	char *data;

	if (__builtin_add_overflow(text->size, more, &needed) || ++needed > SIZE_MAX / 2)
		return text_fail(text);
	if (needed <= text->capacity)
		return true;
	capacity = text->capacity * 2;
	if (capacity < needed)
		capacity = needed;
	data = realloc(text->data, capacity);
	if (!data)
		return text_fail(text);
	text->data = data;
	text->capacity = capacity;
	return true;
}

char *text_end(struct text *text)
{
	char *data = NULL;

	if (text_reserve(text, 0) && !text->failed) {
		data = text->data;
		data[text->size] = 0;
		text->data = NULL;
	}
	text_release(text);
	return data;
}

void text_add_bytes(struct text *text, const char *bytes, size_t size)
{
	if (!size || !text_reserve(text, size))
		return;
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
		text_fail(text);
	if (size < 0 || !text_reserve(text, (size_t)size))
		return;
	va_start(args, format);
	vsnprintf(text->data + text->size, (size_t)size + 1, format, args);
	va_end(args);
	text->size += (size_t)size;
}

static bool has_colors;

void text_set_colors(bool colors)
{
	has_colors = colors;
}

void text_style(struct text *text, enum style style)
{
	/* The user's terminal defines the actual colors. */
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "\033[0m", [STYLE_STRONG] = "\033[1m", [STYLE_FAINT] = "\033[2m",
		[STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[31m",   [STYLE_WARN] = "\033[33m",
	};

	if (has_colors)
		text_add(text, sequences[style]);
}

void text_add_name_bytes(struct text *text, const char *string, size_t size)
{
	const char *end = string + size, *plain = string;

	while (string < end) {
		uint32_t code;
		bool control;
		size_t length;

		if (*string >= 0x20 && *string < 0x7f) {
			string++;
			continue;
		}
		length = rebtf_character(string, &code, &control);
		if (length > (size_t)(end - string)) {
			/* A truncated character is invalid. */
			length = (size_t)(end - string);
			control = true;
		}
		if (control) {
			text_add_bytes(text, plain, (size_t)(string - plain));
			for (size_t i = 0; i < length; i++)
				text_addf(text, "\\x%02x", (unsigned char)string[i]);
			plain = string + length;
		}
		string += length;
	}
	text_add_bytes(text, plain, (size_t)(string - plain));
}

void text_add_name(struct text *text, const char *string)
{
	text_add_name_bytes(text, string, strlen(string));
}

#define COUNT_SIZE 28 /* 20 digits and 6 commas */

static const char *format_count(uint64_t count, char formatted[COUNT_SIZE])
{
	char digits[24], *to = formatted;
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = 0;
	return formatted;
}

#define NAME_MAX_WHOLE 512
#define NAME_START     100

size_t name_shown(const char *name, char rest[NAME_REST_SIZE])
{
	size_t length = strlen(name);
	char formatted[COUNT_SIZE];

	*rest = 0;
	if (length <= NAME_MAX_WHOLE)
		return length;
	snprintf(rest, NAME_REST_SIZE, "... (%s bytes)", format_count(length, formatted));
	return NAME_START;
}

void text_add_type_name(struct text *text, const char *name)
{
	char rest[NAME_REST_SIZE];

	text_add_name_bytes(text, name, name_shown(name, rest));
	text_add(text, rest);
}

void text_add_count(struct text *text, uint64_t count)
{
	char formatted[COUNT_SIZE];

	text_add(text, format_count(count, formatted));
}

void text_add_counted(struct text *text, uint64_t count, const char *singular)
{
	text_add_count(text, count);
	text_addf(text, " %s%s", singular, count == 1 ? "" : "s");
}

void text_add_more(struct text *text, const char *before, uint64_t count)
{
	text_add(text, before);
	text_add(text, "and ");
	text_add_count(text, count);
	text_add(text, " more (see --verbose)\n");
}
