/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The parts of writing values share this: dump_data.c (arrays, structs), dump_value.c (numbers). */
#ifndef REBTF_LIBBPF_DUMP_DATA_H
#define REBTF_LIBBPF_DUMP_DATA_H

#include "libbpf/dump.h"

#define MAX_INDENT 31
#define MAX_WORD   16 /* bytes of an INT */

struct data_dump {
	struct btf_dump *dump;
	const uint8_t *end; /* of the data */
	const char *indent; /* of one level; its first MAX_INDENT bytes count */
	int indent_level;
	bool compact;
	bool skip_names;
	bool emit_zeroes;
	bool emit_strings;
	int depth;	/* of braces */
	int nesting;	/* of calls */
	uint64_t steps; /* left */
	bool in_array;
	bool char_array;       /* there was one; as in libbpf, this stays */
	bool array_terminated; /* its NUL was written */
};

/* A value: its type, and its first byte and bit. */
struct data_value {
	uint32_t id;
	const uint8_t *bytes;
	uint8_t bit;
	uint8_t bits; /* of a bit-field; otherwise 0 */
};

/* Returns the end of the line after a value: "\n" or "". */
static inline const char *data_newline(const struct data_dump *d)
{
	return d->compact || !d->depth ? "" : "\n";
}

static inline const char *data_comma(const struct data_dump *d)
{
	return d->depth ? "," : "";
}

/* Writes a value, its comma and its end of line. */
#define DATA_PRINT(d, format, ...)                                                                 \
	dump_print((d)->dump, format "%s%s", ##__VA_ARGS__, data_comma(d), data_newline(d))

static inline const char *data_name(const struct data_dump *d, uint32_t name_off)
{
	return btf__name_by_offset(d->dump->btf, name_off) ?: "";
}

/* Whether the data have these bytes. */
static inline bool data_has(const struct data_dump *d, const uint8_t *bytes, size_t size)
{
	return bytes <= d->end && size <= (size_t)(d->end - bytes);
}

uint32_t data_pointer_size(const struct data_dump *d);

/* Reads a number of 1, 2, 4 or 8 bytes in host byte order. Returns false for other sizes. */
bool data_read(const uint8_t *bytes, uint32_t size, bool is_signed, int64_t *value);

/* Reads a bit-field of type @t. Returns 0 or -errno. */
int data_read_bits(const struct data_dump *d, const struct rebtf_type *t, struct data_value v,
		   uint64_t *value);

/* Warns about a type. Returns -EINVAL. */
int data_bad_size(uint32_t id, uint32_t size);

/* Write a value of type @t, which has all its bytes. Return 0 or -errno. */
int data_dump_int(struct data_dump *d, const struct rebtf_type *t, struct data_value v);
int data_dump_float(struct data_dump *d, const struct rebtf_type *t, struct data_value v);
int data_dump_pointer(struct data_dump *d, struct data_value v);
int data_dump_enum(struct data_dump *d, const struct rebtf_type *t, struct data_value v);
int data_dump_bits(struct data_dump *d, const struct rebtf_type *t, struct data_value v);

#endif
