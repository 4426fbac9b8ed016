/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes values of a type as C: (struct foo){ .x = (int)1, }. The data can be shorter than the type, so
 * each read is checked. Structs are visited by calls, to a depth that C programs do not reach.
 */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "libbpf/dump_data.h"
#include "libbpf/message.h"

#define MAX_DEPTH 128
/* For each byte of data, and at least. */
#define STEPS_PER_BYTE 8
#define STEPS_MIN      100000

static int data_dump_value(struct data_dump *d, const char *name, struct data_value v);

/* --- text */

static void data_indent(struct data_dump *d)
{
	for (int i = 0; !d->compact && i < d->indent_level + d->depth; i++)
		dump_print(d->dump, "%.*s", MAX_INDENT, d->indent);
}

/* The type behind typedefs and qualifiers, or NULL. */
static const struct rebtf_type *data_type(const struct data_dump *d, uint32_t id)
{
	const struct rebtf_type *t = btf__type_by_id(d->dump->btf, id);

	for (uint32_t left = btf__type_cnt(d->dump->btf); t && left; left--) {
		if (!kind_is_alias(rebtf_type_kind(t)))
			return t;
		t = btf__type_by_id(d->dump->btf, t->type);
	}
	return NULL;
}

/* --- zero or not */

static int data_is_zero(struct data_dump *d, struct data_value v);

static int data_word_is_zero(const struct data_dump *d, const struct rebtf_type *t,
			     struct data_value v)
{
	static const uint8_t zeros[MAX_WORD];
	uint32_t size = rebtf_type_kind(t) == REBTF_KIND_PTR ? data_pointer_size(d) : t->size;

	if (!size || size > sizeof(zeros))
		return data_bad_size(v.id, size);
	/* Missing bytes show when the value is written. */
	return data_has(d, v.bytes, size) && !memcmp(v.bytes, zeros, size);
}

static int data_bits_are_zero(const struct data_dump *d, const struct rebtf_type *t,
			      struct data_value v)
{
	uint64_t value;
	int err = data_read_bits(d, t, v, &value);

	return err ? err : !value;
}

/* An array of characters is zero if it is an empty string. */
static int data_array_is_zero(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	const struct rebtf_array *array = rebtf_array(t);
	const struct rebtf_type *element = data_type(d, array->type);
	int64_t size = btf__resolve_size(d->dump->btf, array->type);
	int zero = 1;

	if (!element || size <= 0)
		return 1;
	if (array->nelems && size == 1 && rebtf_type_kind(element) == REBTF_KIND_INT &&
	    data_has(d, v.bytes, 1) && !*v.bytes)
		return 1;
	for (uint32_t i = 0; zero > 0 && i < array->nelems; i++) {
		if (!data_has(d, v.bytes, 1))
			return 0;
		zero = data_is_zero(d, (struct data_value){ .id = array->type, .bytes = v.bytes });
		v.bytes += size;
	}
	return zero;
}

static struct data_value data_member(const struct rebtf_type *t, const struct rebtf_member *m,
				     const uint8_t *bytes)
{
	uint32_t offset = rebtf_member_bit_offset(t, m);

	return (struct data_value){ m->type, bytes + offset / 8, offset % 8,
				    rebtf_member_bitfield_size(t, m) };
}

/* Returns 1, 0 or -errno. */
static int data_kind_is_zero(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	int64_t value;

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
		return v.bits ? data_bits_are_zero(d, t, v) : data_word_is_zero(d, t, v);
	case REBTF_KIND_FLOAT:
	case REBTF_KIND_PTR:
		return data_word_is_zero(d, t, v);
	case REBTF_KIND_ARRAY:
		return data_array_is_zero(d, t, v);
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		/* As in libbpf, the first member decides. */
		if (!rebtf_type_vlen(t))
			return 1;
		return data_is_zero(d, data_member(t, rebtf_members(t), v.bytes));
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		if (!data_has(d, v.bytes, t->size))
			return 0;
		if (!data_read(v.bytes, t->size, rebtf_type_kind_flag(t), &value))
			return data_bad_size(v.id, t->size);
		return !value;
	default:
		return 0;
	}
}

static int data_is_zero(struct data_dump *d, struct data_value v)
{
	const struct rebtf_type *t = data_type(d, v.id);
	int zero;

	/* Elements of an array are shown, because their place counts. */
	if (d->emit_zeroes || !d->depth || (d->in_array && !d->char_array))
		return 0;
	if (!t || d->nesting == MAX_DEPTH || !d->steps)
		return -E2BIG;
	d->steps--;
	d->nesting++;
	zero = data_kind_is_zero(d, t, v);
	d->nesting--;
	return zero;
}

/* --- arrays and structs */

static bool data_dump_string(struct data_dump *d, const struct rebtf_array *array,
			     const uint8_t *bytes)
{
	size_t room = data_has(d, bytes, array->nelems) ? array->nelems : (size_t)(d->end - bytes);
	size_t length = strnlen((const char *)bytes, room);

	if (length == room)
		return false;
	data_indent(d);
	dump_print(d->dump, "\"");
	for (size_t i = 0; i < length; i++) {
		if (isprint(bytes[i]))
			dump_print(d->dump, "%c", bytes[i]);
		else
			dump_print(d->dump, "\\x%02x", bytes[i]);
	}
	dump_print(d->dump, "\"");
	return true;
}

static void data_dump_elements(struct data_dump *d, const struct rebtf_array *array,
			       const uint8_t *bytes, size_t size)
{
	bool in_array = d->in_array, terminated = d->array_terminated;

	d->in_array = true;
	d->array_terminated = false;
	for (uint32_t i = 0; i < array->nelems && !d->array_terminated; i++) {
		/* Writing the first missing element reports the error, if it can. */
		data_dump_value(d, NULL, (struct data_value){ .id = array->type, .bytes = bytes });
		if (!data_has(d, bytes, 1))
			break;
		bytes += size;
	}
	d->in_array = in_array;
	d->array_terminated = terminated;
}

static int data_dump_array(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	const struct rebtf_array *array = rebtf_array(t);
	const struct rebtf_type *element = data_type(d, array->type);
	int64_t size = btf__resolve_size(d->dump->btf, array->type);

	if (!element || size <= 0) {
		message_warn("array [%u]: its elements have no size\n", v.id);
		return -EINVAL;
	}
	if (rebtf_type_kind(element) == REBTF_KIND_INT && size == 1) {
		if (d->emit_strings && data_dump_string(d, array, v.bytes))
			return 0;
		d->char_array = true;
	}
	d->depth++;
	dump_print(d->dump, "[%s", data_newline(d));
	data_dump_elements(d, array, v.bytes, size);
	d->depth--;
	data_indent(d);
	DATA_PRINT(d, "]");
	return 0;
}

static int data_dump_struct(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	const struct rebtf_member *m = rebtf_members(t);

	d->depth++;
	dump_print(d->dump, "{%s", data_newline(d));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		int result = data_dump_value(d, data_name(d, m[i].name_off),
					     data_member(t, &m[i], v.bytes));

		if (result < 0)
			return result;
	}
	d->depth--;
	data_indent(d);
	DATA_PRINT(d, "}");
	return 0;
}

/* --- variables and sections */

static int data_dump_cast(struct data_dump *d, uint32_t id, bool in_parentheses)
{
	uint32_t kind = rebtf_type_kind(btf__type_by_id(d->dump->btf, id) ?: &object_void);
	int err;

	if (d->in_array || kind == REBTF_KIND_VAR || kind == REBTF_KIND_DATASEC)
		return 0;
	if (in_parentheses)
		dump_print(d->dump, "(");
	err = dump_cast(d->dump, id);
	if (in_parentheses)
		dump_print(d->dump, ")");
	return err;
}

static int data_dump_variable(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	uint32_t linkage = rebtf_var_linkage(t);
	int err;

	dump_print(d->dump, "%s",
		   linkage == REBTF_LINKAGE_STATIC   ? "static "
		   : linkage == REBTF_LINKAGE_EXTERN ? "extern "
						     : "");
	err = data_dump_cast(d, t->type, false);
	if (err)
		return err;
	dump_print(d->dump, " %s = ", data_name(d, t->name_off));
	v.id = t->type;
	return data_dump_value(d, NULL, v);
}

static int data_dump_section(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	const struct rebtf_var_secinfo *info = rebtf_var_secinfos(t);

	DATA_PRINT(d, "SEC(\"%s\") ", data_name(d, t->name_off));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		struct data_value variable = { .id = info[i].type,
					       .bytes = v.bytes + info[i].offset };
		int result = data_dump_value(d, NULL, variable);

		if (result < 0)
			return result;
		dump_print(d->dump, ";");
	}
	return 0;
}

/* --- all kinds */

/* The size of the value in bytes, or -errno. Only the smallest parts must be there in full. */
static int data_size(const struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	int64_t size;

	if (v.bits) {
		size = (v.bit + v.bits + 7) / 8;
		return data_has(d, v.bytes, size) ? (int)size : -E2BIG;
	}
	size = btf__resolve_size(d->dump->btf, v.id);
	if (size < 0 || size >= INT_MAX) {
		message_warn("type [%u] has no size\n", v.id);
		return -EINVAL;
	}
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
	case REBTF_KIND_FLOAT:
	case REBTF_KIND_PTR:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return data_has(d, v.bytes, size) ? (int)size : -E2BIG;
	default:
		return size;
	}
}

static int data_dump_kind(struct data_dump *d, const struct rebtf_type *t, struct data_value v)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
		return v.bits ? data_dump_bits(d, t, v) : data_dump_int(d, t, v);
	case REBTF_KIND_FLOAT:
		return data_dump_float(d, t, v);
	case REBTF_KIND_PTR:
		return data_dump_pointer(d, v);
	case REBTF_KIND_ARRAY:
		return data_dump_array(d, t, v);
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return data_dump_struct(d, t, v);
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return data_dump_enum(d, t, v);
	case REBTF_KIND_VAR:
		return data_dump_variable(d, t, v);
	case REBTF_KIND_DATASEC:
		return data_dump_section(d, t, v);
	default:
		dump_print(d->dump, "<unsupported kind:%u>", rebtf_type_kind(t));
		return -ENOTSUP;
	}
}

/* Returns the size of the value, or -errno. */
static int data_dump_value(struct data_dump *d, const char *name, struct data_value v)
{
	const struct rebtf_type *t = data_type(d, v.id);
	int size, result;

	if (!t || v.bytes > d->end)
		return t ? -E2BIG : -EINVAL;
	if (d->nesting == MAX_DEPTH || !d->steps)
		return -E2BIG;
	d->steps--;
	size = data_size(d, t, v);
	if (size < 0)
		return size;
	result = data_is_zero(d, v);
	if (result)
		return result < 0 ? result : size;
	data_indent(d);
	if (!d->skip_names) {
		if (name && *name)
			dump_print(d->dump, ".%s = ", name);
		result = data_dump_cast(d, v.id, true);
	}
	if (result)
		return result;
	d->nesting++;
	result = data_dump_kind(d, t, v);
	d->nesting--;
	return result < 0 ? result : size;
}

int btf_dump__dump_type_data(struct btf_dump *dump, uint32_t id, const void *data, size_t size,
			     const struct btf_dump_type_data_opts *opts)
{
	struct data_dump d = {
		.dump = dump,
		.end = (const uint8_t *)data + size,
		.steps = size * STEPS_PER_BYTE + STEPS_MIN,
		.indent = OBJECT_OPTION(opts, indent_str, NULL) ?: "\t",
		.indent_level = OBJECT_OPTION(opts, indent_level, 0),
		.compact = OBJECT_OPTION(opts, compact, false),
		.skip_names = OBJECT_OPTION(opts, skip_names, false),
		.emit_zeroes = OBJECT_OPTION(opts, emit_zeroes, false),
		.emit_strings = OBJECT_OPTION(opts, emit_strings, false),
	};
	int result;

	if (!object_options_valid(opts, offsetof(struct btf_dump_type_data_opts, emit_strings) +
						sizeof(bool)))
		return object_result(-EINVAL);
	if (!btf__type_by_id(dump->btf, id))
		return object_result(-ENOENT);
	result = dump_prepare(dump);
	if (result)
		return object_result(result);
	result = data_dump_value(&d, NULL, (struct data_value){ .id = id, .bytes = data });
	return object_result(result);
}
