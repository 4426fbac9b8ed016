/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fills gaps between members with bit-fields that have no name. They do not change the alignment of
 * a struct, but each starts at a multiple of its type's size if it would cross one.
 */
#include "core/c_writer.h"

struct c_filler {
	const char *type;
	int64_t bits;
};

#define FILLERS 4

static int64_t c_round_up(int64_t value, int64_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

static void c_filler_write(struct c_writer *w, const char *type, uint64_t bits, uint32_t level)
{
	c_spend(w);
	writer_begin(w->out);
	WRITER_PUT(w->out, "\n");
	c_indent(w, level);
	writer_string(w->out, type);
	WRITER_PUT(w->out, ": ");
	writer_u64(w->out, bits);
	WRITER_PUT(w->out, ";");
}

/*
 * Returns the offset where the next filler of @bits starts. If the compiler would not get there by
 * itself, writes a filler before it: the next member is less aligned, or would fit before it.
 */
static int64_t c_pad_start(struct c_writer *w, const struct c_filler *filler, int64_t from,
			   int64_t to, uint32_t next_align, bool in_bitfield, uint32_t level)
{
	int64_t start = c_round_up(from, filler->bits);
	bool natural = next_align && c_round_up(from, next_align * INT64_C(8)) == start;

	if (start <= from || start > to)
		return from;
	if (in_bitfield || (start == to && !natural) || (start != to && to - start <= start - from))
		c_filler_write(w, filler->type, in_bitfield ? start - from : 0, level);
	return start;
}

void c_pad(struct c_writer *w, int64_t from, int64_t to, uint32_t next_align, bool in_bitfield,
	   bool exact, uint32_t level)
{
	const struct c_filler fillers[FILLERS] = {
		{ "long", w->layout.pointer_size * INT64_C(8) },
		{ "int", 32 },
		{ "short", 16 },
		{ "char", 8 },
	};
	const struct c_filler *filler = fillers;

	if (from >= to)
		return;
	/* The compiler gets there by itself. */
	if (!exact && !in_bitfield && next_align && c_round_up(from, next_align * INT64_C(8)) == to)
		return;
	while (!exact && filler < fillers + FILLERS - 1 && c_round_up(from, filler->bits) > to)
		filler++;
	if (!exact)
		from = c_pad_start(w, filler, from, to, next_align, in_bitfield, level);
	for (; to - from >= filler->bits && w->declare.budget; from += filler->bits)
		c_filler_write(w, filler->type, filler->bits, level);
	if (from == to || !w->declare.budget)
		return;
	/* The smallest type that is large enough for the rest. */
	for (filler = fillers + FILLERS - 1; filler->bits < to - from;)
		filler--;
	c_filler_write(w, filler->type, to - from, level);
}
