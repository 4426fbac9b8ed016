/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Text that grows. Each worker makes its output here, and the batch prints it in the order of the
 * files. Names come from files that anybody may have written, so text_add_name() makes control
 * characters visible, and text_add_type_name() also shortens names that no kernel would take.
 *
 * Nothing here returns errors. When memory ends, the text stays as it is, and the thread is marked
 * (memory_failed()): whoever is about to print what the thread has made asks for that mark.
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
	size_t limit; /* on size; 0: none. Lists end here, with a count of what is left out */
	bool failed;  /* memory ended: something was not added */
};

static inline bool text_is_full(const struct text *text)
{
	return text->limit && text->size >= text->limit;
}

void text_release(struct text *text);

/*
 * Ends the text with a NUL and hands over its memory, which is malloced; the text is empty. NULL if
 * memory ended while it was made.
 */
char *text_end(struct text *text);

void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_add(struct text *text, const char *string);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds @string with its control characters (see rebtf_character()) as \xNN, byte by byte. */
void text_add_name(struct text *text, const char *string);

/*
 * The same for the name of a type or member. Kernels take names of up to 512 bytes. Of a longer one
 * the first 100 are added, and its length: "aaa... (4,095 bytes)".
 */
void text_add_type_name(struct text *text, const char *name);

/* How much of @name is to be shown: all of it, or if it is too long @rest becomes "... (N bytes)". */
#define NAME_REST_SIZE 48
size_t name_shown(const char *name, char rest[NAME_REST_SIZE]);

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

/*
 * Marks the thread: memory ended, so what it has made is not complete. memory_has_failed() asks for
 * the mark and removes it.
 */
void memory_failed(void);
bool memory_has_failed(void);

/* Ends the command for want of memory: only for what concerns all files. */
void out_of_memory(void) __attribute__((noreturn));

#endif
