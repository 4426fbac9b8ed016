/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Formats numbers, and passes full blocks on. */
#include <stdlib.h>

#include "util/error.h"
#include "util/writer.h"

struct rebtf_error *writer_init(struct writer *w, writer_sink sink, void *arg)
{
	*w = (struct writer){ .sink = sink, .arg = arg, .block = malloc(WRITER_BLOCK_SIZE) };
	w->at = w->block;
	return w->block ? NULL : error_nomem();
}

void writer_flush(struct writer *w)
{
	if (!w->err && w->at > w->block)
		w->err = w->sink(w->arg, w->block, w->at - w->block);
	w->at = w->block;
}

struct rebtf_error *writer_finish(struct writer *w)
{
	writer_flush(w);
	free(w->block);
	w->block = w->at = NULL;
	return w->err;
}

void writer_long_bytes(struct writer *w, const char *s, size_t size)
{
	while (size) {
		size_t piece = size < WRITER_LONG ? size : WRITER_LONG;

		writer_begin(w);
		memcpy(w->at, s, piece);
		w->at += piece;
		s += piece;
		size -= piece;
	}
	writer_begin(w);
}

void writer_escaped(struct writer *w, const char *s)
{
	static const char digits[] = "0123456789abcdef";

	while (*s) {
		uint32_t code;
		bool control;
		size_t size = rebtf_character(s, &code, &control);

		writer_begin(w);
		for (const char *end = s + size; s < end; s++) {
			if (control) {
				WRITER_PUT(w, "\\x");
				*w->at++ = digits[(unsigned char)*s >> 4];
				*w->at++ = digits[*s & 0xf];
			} else {
				*w->at++ = *s;
			}
		}
	}
	writer_begin(w);
}

/* "00" to "99": two digits for one division. */
static const char digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

void writer_u64(struct writer *w, uint64_t value)
{
	char digits[20];
	char *first = digits + sizeof(digits);

	while (value >= 100) {
		first -= 2;
		memcpy(first, digit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		first -= 2;
		memcpy(first, digit_pairs + value * 2, 2);
	} else {
		*--first = '0' + value;
	}
	memcpy(w->at, first, digits + sizeof(digits) - first);
	w->at += digits + sizeof(digits) - first;
}

void writer_i64(struct writer *w, int64_t value)
{
	if (value < 0) {
		WRITER_PUT(w, "-");
		writer_u64(w, -(uint64_t)value);
	} else {
		writer_u64(w, value);
	}
}
