/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Growing text. Each worker writes its output here, and the batch prints it in the order of the
 * files. Names come from files that anybody may have written. So text_add_name() makes control
 * characters visible, and text_add_type_name() also shortens names that no kernel would accept.
 *
 * Functions here return no errors. When memory runs out, the text stays unchanged and the thread is
 * flagged (memory_failed()). Before printing a thread's output, check that flag.
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
	size_t limit; /* on size; 0: unlimited. Longer lists end with a count */
	bool failed;  /* memory ran out: the text is incomplete */
};

static inline bool text_is_full(const struct text *text)
{
	return text->limit && text->size >= text->limit;
}

void text_release(struct text *text);

/*
 * Ends the text with a NUL and hands over its memory, which is malloced. The text is then empty.
 * NULL if memory ran out meanwhile.
 */
char *text_end(struct text *text);

/* Makes room for @more bytes and a terminator. Returns false if memory ran out. */
bool text_reserve(struct text *text, size_t more);

void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_add(struct text *text, const char *string);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds @string with its control characters (see rebtf_character()) as \xNN, byte by byte. */
void text_add_name(struct text *text, const char *string);

/* The same for the first @size bytes of @string. */
void text_add_name_bytes(struct text *text, const char *string, size_t size);

/*
 * The same for the name of a type or member. Kernels accept names of up to 512 bytes. For a longer
 * name, adds the first 100 bytes and its length: "aaa... (4,095 bytes)".
 */
void text_add_type_name(struct text *text, const char *name);

/*
 * Returns how many bytes of @name to show: all, or for a long name fewer, with "... (N bytes)" in
 * @rest.
 */
#define NAME_REST_SIZE 48
size_t name_shown(const char *name, char rest[NAME_REST_SIZE]);

/* "1,695" */
void text_add_count(struct text *text, uint64_t count);

/* "1,695 modules", "1 module" */
void text_add_counted(struct text *text, uint64_t count, const char *singular);

/* The last line of a shortened list, after @before: "and 12 more (see --verbose)". */
void text_add_more(struct text *text, const char *before, uint64_t count);

enum style {
	STYLE_PLAIN, /* ends any other */
	STYLE_STRONG,
	STYLE_FAINT,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
};

/* Sets the style of all later text, if standard output shows colors. Otherwise has no effect. */
void text_style(struct text *text, enum style style);

/* Enables or disables styles. Call before threads start. */
void text_set_colors(bool colors);

/*
 * Flags the thread: memory ran out, so its output is incomplete. memory_has_failed() returns and
 * clears the flag.
 */
void memory_failed(void);
bool memory_has_failed(void);

/*
 * Ends the command because memory ran out. Only for failures that concern all files, or the output
 * of a verb that is no batch.
 */
void out_of_memory(void) __attribute__((noreturn));

#endif
