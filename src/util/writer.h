/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Text output in large blocks. A vmlinux makes tens of megabytes of text, nearly all of it names and
 * numbers. So both are formatted by hand into a block, which is passed on when it is full.
 *
 * A record is a short piece of text: some labels, numbers and names. writer_begin() makes room for
 * one, and WRITER_PUT and the functions for numbers rely on that.
 */
#ifndef REBTF_UTIL_WRITER_H
#define REBTF_UTIL_WRITER_H

#include <string.h>

#include "rebtf.h"

#define WRITER_BLOCK_SIZE 65536u
/* The room of a record: enough for its labels and numbers and for two names of WRITER_LONG bytes. */
#define WRITER_ROOM 1024u
#define WRITER_LONG 256u

/* Takes the next piece of text. Returns an error to stop the output. */
typedef struct rebtf_error *(*writer_sink)(void *arg, const char *text, size_t size);

struct writer {
	writer_sink sink;
	void *arg;
	struct rebtf_error *err; /* the first error, which stops the output */
	char *block;		 /* malloced */
	char *at;		 /* the next byte goes here */
};

/* Errors: NOMEM. */
struct rebtf_error *writer_init(struct writer *w, writer_sink sink, void *arg);

/* Passes the rest of the text on and frees the block. Returns the first error of any call. */
struct rebtf_error *writer_finish(struct writer *w);

void writer_flush(struct writer *w);

static inline void writer_begin(struct writer *w)
{
	if (w->at > w->block + WRITER_BLOCK_SIZE - WRITER_ROOM)
		writer_flush(w);
}

/* Appends a string constant. */
#define WRITER_PUT(w, literal)                                                                     \
	do {                                                                                       \
		memcpy((w)->at, literal, sizeof(literal) - 1);                                     \
		(w)->at += sizeof(literal) - 1;                                                    \
	} while (0)

/* Appends text that may exceed the room of a record. Afterwards, a whole record fits again. */
void writer_long_bytes(struct writer *w, const char *s, size_t size);

static inline void writer_bytes(struct writer *w, const char *s, size_t size)
{
	if (size > WRITER_LONG) {
		writer_long_bytes(w, s, size);
		return;
	}
	memcpy(w->at, s, size);
	w->at += size;
}

static inline void writer_string(struct writer *w, const char *s)
{
	writer_bytes(w, s, strlen(s));
}

/* Appends text with its control characters, byte by byte, as \xNN. Any text fits. */
void writer_escaped(struct writer *w, const char *s);

/* Append a number in decimal. */
void writer_u64(struct writer *w, uint64_t value);
void writer_i64(struct writer *w, int64_t value);

#endif
