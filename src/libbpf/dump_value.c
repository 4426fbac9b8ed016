/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes numbers, pointers, enumerators and bit-fields as C. */
#include <ctype.h>
#include <string.h>

#include "libbpf/dump_data.h"
#include "libbpf/message.h"

/* Reads the bytes of a bit-field's type as a number. The field is a part of it. */
int data_read_bits(const struct data_dump *d, const struct rebtf_type *t, struct data_value v,
		   uint64_t *value)
{
	size_t size = (v.bit % 8 + v.bits + 7) / 8;
	uint64_t number = 0;
	unsigned int bits;

	if (!data_has(d, v.bytes, size))
		return -E2BIG;
	if (t->size > sizeof(number)) {
		message_warn("type [%u]: bit-field in %u bytes (expected at most 8)\n", v.id,
			     t->size);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < t->size; i++) {
		uint32_t at = HOST_BIG_ENDIAN ? i : t->size - 1 - i;

		number = number << 8 | (data_has(d, v.bytes, at + 1) ? v.bytes[at] : 0);
	}
	bits = HOST_BIG_ENDIAN ? t->size * 8 - v.bit : (unsigned int)v.bits + v.bit;
	if (!bits || bits > 64 || !v.bits || v.bits > 64)
		return -EINVAL;
	*value = number << (64 - bits) >> (64 - v.bits);
	return 0;
}

bool data_read(const uint8_t *bytes, uint32_t size, bool is_signed, int64_t *value)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} n;

	if (size > sizeof(n))
		return false;
	memcpy(&n, bytes, size);
	switch (size) {
	case 1:
		*value = is_signed ? (int8_t)n.u8 : n.u8;
		return true;
	case 2:
		*value = is_signed ? (int16_t)n.u16 : n.u16;
		return true;
	case 4:
		*value = is_signed ? (int32_t)n.u32 : (int64_t)n.u32;
		return true;
	case 8:
		*value = n.u64;
		return true;
	default:
		return false;
	}
}

int data_bad_size(uint32_t id, uint32_t size)
{
	message_warn("type [%u]: size %u has no value in C\n", id, size);
	return -EINVAL;
}

static void data_dump_int128(struct data_dump *d, const uint8_t *bytes)
{
	uint64_t words[2];
	uint64_t low, high;

	memcpy(words, bytes, sizeof(words));
	low = words[HOST_BIG_ENDIAN];
	high = words[!HOST_BIG_ENDIAN];
	if (high)
		DATA_PRINT(d, "0x%llx%016llx", (unsigned long long)high, (unsigned long long)low);
	else
		DATA_PRINT(d, "0x%llx", (unsigned long long)low);
}

/* Writes a character of an array. Returns false if it is no printable one. */
static bool data_dump_char(struct data_dump *d, uint8_t c)
{
	if (d->array_terminated)
		return true;
	if (!c) {
		DATA_PRINT(d, "'\\0'");
		d->array_terminated = true;
		return true;
	}
	if (!isprint(c))
		return false;
	DATA_PRINT(d, "'%c'", c);
	return true;
}

int data_dump_int(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	bool is_signed = rebtf_int_encoding(t) & REBTF_INT_SIGNED;
	int64_t value;

	if (t->size == MAX_WORD) {
		data_dump_int128(d, v.bytes);
		return 0;
	}
	if (!data_read(v.bytes, t->size, is_signed, &value))
		return data_bad_size(v.id, t->size);
	if (t->size == 1 && d->char_array && data_dump_char(d, value))
		return 0;
	if (is_signed)
		DATA_PRINT(d, "%lld", (long long)value);
	else
		DATA_PRINT(d, "%llu", (unsigned long long)value);
	return 0;
}

int data_dump_float(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	long double long_number;
	double number;
	float short_number;

	if (t->size == sizeof(short_number)) {
		memcpy(&short_number, v.bytes, sizeof(short_number));
		DATA_PRINT(d, "%f", short_number);
	} else if (t->size == sizeof(number)) {
		memcpy(&number, v.bytes, sizeof(number));
		DATA_PRINT(d, "%lf", number);
	} else if (t->size == MAX_WORD && sizeof(long_number) == MAX_WORD) {
		memcpy(&long_number, v.bytes, sizeof(long_number));
		DATA_PRINT(d, "%Lf", long_number);
	} else {
		return data_bad_size(v.id, t->size);
	}
	return 0;
}

uint32_t data_pointer_size(const struct data_dump *d)
{
	return btf__pointer_size(d->dump->btf) ?: sizeof(void *);
}

int data_dump_pointer(struct data_dump *d, struct data_value v)
{
	uint32_t size = data_pointer_size(d);
	int64_t value = 0;

	data_read(v.bytes, size, false, &value);
	/* As in libbpf, the C library's "(nil)" stands for 0 only if the pointer is aligned. */
	if (size == sizeof(void *) && (uintptr_t)v.bytes % size == 0)
		DATA_PRINT(d, "%p", (void *)(uintptr_t)value);
	else
		DATA_PRINT(d, "0x%llx", (unsigned long long)value);
	return 0;
}

static const char *data_enumerator(const struct data_dump *d, const struct rebtf_type *t,
				   int64_t value)
{
	const struct rebtf_enum64 *wide = rebtf_enums64(t);
	const struct rebtf_enum *e = rebtf_enums(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		/* As in libbpf, values of an ENUM count as signed. */
		if (rebtf_type_kind(t) == REBTF_KIND_ENUM && (int32_t)e[i].val == value)
			return data_name(d, e[i].name_off);
		if (rebtf_type_kind(t) == REBTF_KIND_ENUM64 &&
		    rebtf_enum64_value(&wide[i]) == (uint64_t)value)
			return data_name(d, wide[i].name_off);
	}
	return NULL;
}

int data_dump_enum(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	bool is_signed = rebtf_type_kind_flag(t);
	const char *name;
	uint64_t bits;
	int64_t value;
	int err;

	if (v.bits) {
		err = data_read_bits(d, t, v, &bits);
		if (err)
			return err;
		value = bits;
	} else if (!data_read(v.bytes, t->size, is_signed, &value)) {
		return data_bad_size(v.id, t->size);
	}
	name = data_enumerator(d, t, value);
	if (name)
		DATA_PRINT(d, "%s", name);
	else if (rebtf_type_kind(t) == REBTF_KIND_ENUM64 && is_signed)
		DATA_PRINT(d, "%lldLL", (long long)value);
	else if (rebtf_type_kind(t) == REBTF_KIND_ENUM64)
		DATA_PRINT(d, "%lluULL", (unsigned long long)value);
	else if (is_signed)
		DATA_PRINT(d, "%d", (int32_t)value);
	else
		DATA_PRINT(d, "%u", (uint32_t)value);
	return 0;
}

int data_dump_bits(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	uint64_t value;
	int err = data_read_bits(d, t, v, &value);

	if (!err)
		DATA_PRINT(d, "0x%llx", (unsigned long long)value);
	return err;
}
