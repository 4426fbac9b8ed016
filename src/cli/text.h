/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Text that grows. Workers make their output here, each for itself, and the batch prints it in the
 * order of the files. Names come out of files that anybody may have written, so they are added with
 * control characters made visible. A command that has no memory left can only stop, so nothing here
 * returns errors.
 */
#ifndef REBTF_CLI_TEXT_H
#define REBTF_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data; /* not terminated; NULL while empty */
	size_t size;
	size_t capacity;
};

void text_release(struct text *text);

void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_add(struct text *text, const char *string);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds @string with its control characters (see rebtf_character()) as \xNN, byte by byte. */
void text_add_name(struct text *text, const char *string);

/*
 * Adds valid JSON on one line, with the control characters in it as \uNNNN. They stand in strings alone,
 * where that means the same, and all of them are below U+10000.
 */
void text_add_json(struct text *text, const char *json);

/* "1,695" */
void text_add_count(struct text *text, uint64_t count);

/* "1,695 modules", "1 module" */
void text_add_counted(struct text *text, uint64_t count, const char *singular);

enum style {
	STYLE_PLAIN, /* ends any other */
	STYLE_STRONG,
	STYLE_FAINT,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
};

/* What is added from here on looks like that, if standard output shows colours: else nothing. */
void text_style(struct text *text, enum style style);

/* Whether styles have an effect; to be called before there are threads. */
void text_set_colours(bool colours);

/* Ends the command for want of memory. */
void out_of_memory(void) __attribute__((noreturn));

#endif
