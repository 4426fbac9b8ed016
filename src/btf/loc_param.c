/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Describes the location of a parameter, in the words of bpftool: "reg1", "*(reg2 + 0x10)",
 * "fbreg - 0x10", "0x12 (addr)". The registers have DWARF's numbers.
 */
#include <inttypes.h>
#include <stdio.h>

#include "rebtf.h"

/* More words than any combination of flags has a meaning for. */
#define LOC_PARAM_WORDS 3

/* Returns the value of @count words, the low word first. */
static uint64_t loc_param_number(const uint32_t *words, uint32_t count, bool is_signed)
{
	if (count > 1)
		return (uint64_t)words[1] << 32 | words[0];
	return is_signed ? (uint64_t)(int32_t)words[0] : words[0];
}

static void loc_param_register(uint32_t number, char *text, size_t size)
{
	if (number == REBTF_LOC_FRAME)
		snprintf(text, size, "fbreg");
	else
		snprintf(text, size, "reg%" PRIu32, number);
}

/* A combination of flags and words without a meaning: the words as they are. */
static int loc_param_unknown(const uint32_t *words, uint32_t count, char *text, size_t size)
{
	char more[LOC_PARAM_WORDS * 13 + 1] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < count && i < LOC_PARAM_WORDS; i++)
		length += (size_t)snprintf(more + length, sizeof(more) - length, "%s0x%" PRIx32,
					   i ? " " : "", words[i]);
	return snprintf(text, size, "%s%s", more, count > LOC_PARAM_WORDS ? " ..." : "");
}

static int loc_param_constant(const uint32_t *words, uint32_t count, uint32_t flags, char *text,
			      size_t size)
{
	uint64_t number = loc_param_number(words, count, flags & REBTF_LOC_SIGNED);
	bool is_negative = flags & REBTF_LOC_SIGNED && (int64_t)number < 0;

	return snprintf(text, size, "%s0x%" PRIx64 "%s", is_negative ? "-" : "",
			is_negative ? -number : number, flags & REBTF_LOC_ADDR ? " (addr)" : "");
}

static int loc_param_in_register(const uint32_t *words, uint32_t count, uint32_t flags, char *text,
				 size_t size)
{
	const char *open = flags & REBTF_LOC_DEREF ? "*(" : "";
	const char *close = flags & REBTF_LOC_DEREF ? ")" : "";
	char reg[16], second[16];
	uint64_t offset;
	bool is_negative;

	loc_param_register(words[0], reg, sizeof(reg));
	if (count == 1)
		return snprintf(text, size, "%s%s%s", open, reg, close);
	if (!(flags & REBTF_LOC_OFFSET)) {
		loc_param_register(words[1], second, sizeof(second));
		return snprintf(text, size, "%s, %s", reg, second);
	}
	offset = loc_param_number(words + 1, count - 1, flags & REBTF_LOC_SIGNED);
	is_negative = flags & REBTF_LOC_SIGNED && (int64_t)offset < 0;
	return snprintf(text, size, "%s%s %s 0x%" PRIx64 "%s", open, reg, is_negative ? "-" : "+",
			is_negative ? -offset : offset, close);
}

bool rebtf_loc_param_is_valid(const struct rebtf_type *t)
{
	uint32_t flags = rebtf_loc_param_flags(t), count = rebtf_type_vlen(t);

	switch (flags & ~REBTF_LOC_SIGNED) {
	case REBTF_LOC_CONST:
	case REBTF_LOC_CONST | REBTF_LOC_ADDR:
	case REBTF_LOC_REG:
		return count == 1 || count == 2;
	case REBTF_LOC_REG | REBTF_LOC_DEREF:
		return count == 1;
	case REBTF_LOC_REG | REBTF_LOC_OFFSET:
	case REBTF_LOC_REG | REBTF_LOC_OFFSET | REBTF_LOC_DEREF:
		return count == 2 || count == 3;
	default:
		return false;
	}
}

size_t rebtf_loc_param_text(const struct rebtf_type *t, char *text, size_t size)
{
	uint32_t flags = rebtf_loc_param_flags(t), count = rebtf_type_vlen(t);
	const uint32_t *words = rebtf_loc_param_words(t);

	if (!rebtf_loc_param_is_valid(t))
		return (size_t)loc_param_unknown(words, count, text, size);
	if (flags & REBTF_LOC_CONST)
		return (size_t)loc_param_constant(words, count, flags, text, size);
	return (size_t)loc_param_in_register(words, count, flags, text, size);
}
