/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes BTF for unit tests. The builder makes valid BTF, and tests compare its dump, which a
 * failing test prints. OPEN_RAW() takes BTF that the builder refuses to make, word by word.
 */
#ifndef REBTF_BTF_BUILD_FOR_TEST_H
#define REBTF_BTF_BUILD_FOR_TEST_H

#include <inttypes.h>

#include "btf/btf.h"
#include "btf/header.h"
#include "util/buffer.h"
#include "util/testing.h"

/* The second word of a type. */
#define INFO(kind, vlen) ((uint32_t)REBTF_KIND_##kind << 24 | (vlen))
#define KIND_FLAG	 0x80000000u

#define OTHER_BYTE_ORDER (HOST_BIG_ENDIAN ? REBTF_BYTE_ORDER_LITTLE : REBTF_BYTE_ORDER_BIG)

static inline struct rebtf_builder *build_over(struct rebtf_btf *base)
{
	struct rebtf_builder *b;

	assert_ok(rebtf_builder_new(base, &b));
	return b;
}

static inline struct rebtf_btf *built(struct rebtf_builder *b)
{
	struct rebtf_btf *btf;

	assert_ok(rebtf_builder_finish(b, &btf));
	return btf;
}

static inline uint32_t add_int(struct rebtf_builder *b)
{
	return rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
}

/* BTF with one named type: [1] INT "int" of four bytes. */
static inline struct rebtf_btf *build_int(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	return built(b);
}

/*
 * Adds each kind at least once, with both values of each kind flag, named and unnamed. INT "int" is
 * the first type, and all other types refer to it.
 */
static inline void add_all_kinds(struct rebtf_builder *b)
{
	uint32_t i = add_int(b);
	uint32_t s, proto, var;

	rebtf_builder_ref(b, REBTF_KIND_PTR, i);
	rebtf_builder_array(b, i, i, 16);
	s = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "pair", 8);
	rebtf_builder_member(b, "first", i, 0, 0);
	rebtf_builder_member(b, "second", i, 32, 0);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "bits", 4);
	rebtf_builder_member(b, "low", i, 0, 3);
	rebtf_builder_member(b, NULL, i, 3, 5);
	rebtf_builder_struct(b, REBTF_KIND_UNION, NULL, 8);
	rebtf_builder_member(b, "whole", s, 0, 0);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, "colour", 4, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "RED", 0);
	rebtf_builder_enumerator(b, "BLUE", UINT32_MAX);
	rebtf_builder_enum(b, REBTF_KIND_ENUM, NULL, 4, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "BELOW", -1);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "later");
	rebtf_builder_fwd(b, REBTF_KIND_UNION, "later_union");
	rebtf_builder_typedef(b, "pair_t", s);
	rebtf_builder_ref(b, REBTF_KIND_VOLATILE, i);
	rebtf_builder_ref(b, REBTF_KIND_CONST, i);
	rebtf_builder_ref(b, REBTF_KIND_RESTRICT, i);
	proto = rebtf_builder_func_proto(b, i);
	rebtf_builder_param(b, "format", i);
	rebtf_builder_param(b, NULL, 0);
	rebtf_builder_func(b, "run", REBTF_LINKAGE_GLOBAL, proto);
	var = rebtf_builder_var(b, "counter", REBTF_LINKAGE_STATIC, i);
	rebtf_builder_datasec(b, ".data", 4);
	rebtf_builder_secinfo(b, var, 0, 4);
	rebtf_builder_float(b, "double", 8);
	rebtf_builder_decl_tag(b, "note", s, 1);
	rebtf_builder_decl_attr(b, "whole_note", s, -1);
	rebtf_builder_type_tag(b, "user", i);
	rebtf_builder_type_attr(b, "attribute", i);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "wide", 8, REBTF_UNSIGNED);
	rebtf_builder_enumerator(b, "WIDE_MAX", UINT64_MAX);
	rebtf_builder_enum(b, REBTF_KIND_ENUM64, "wide_signed", 8, REBTF_SIGNED);
	rebtf_builder_enumerator(b, "WIDE_MIN", (uint64_t)INT64_MIN);
}

/* Adds a LOC_PARAM with one or two words. */
static inline uint32_t add_loc_param(struct rebtf_builder *b, uint32_t size, uint32_t flags,
				     uint32_t first, const uint32_t *second)
{
	uint32_t id = rebtf_builder_loc_param(b, size, flags);

	rebtf_builder_loc_param_value(b, first);
	if (second)
		rebtf_builder_loc_param_value(b, *second);
	return id;
}

/* The types of bpftool's own test of locations. */
static inline struct rebtf_btf *build_locations(void)
{
	static const char *const names[] = { "arg1", "arg2", "arg3", "arg4", "arg5" };
	const uint32_t offset = REBTF_LOC_REG | REBTF_LOC_OFFSET, deref = REBTF_LOC_DEREF;
	const uint32_t words[] = { 0x10, (uint32_t)-0x10, 0x12345678, 0xdeadbeef, (uint32_t)-0x20 };
	struct rebtf_builder *b = build_over(NULL);
	uint32_t i = add_int(b), proto = rebtf_builder_func_proto(b, i), func;

	for (int arg = 0; arg < 5; arg++)
		rebtf_builder_param(b, names[arg], i);
	func = rebtf_builder_func(b, "foo", REBTF_LINKAGE_STATIC, proto);
	add_loc_param(b, 4, REBTF_LOC_REG, 1, NULL);
	add_loc_param(b, 8, offset | deref, 2, &words[0]);
	add_loc_param(b, 8, offset | REBTF_LOC_SIGNED, REBTF_LOC_FRAME, &words[1]);
	add_loc_param(b, 8, REBTF_LOC_CONST | REBTF_LOC_ADDR, 0x9abcdef0, &words[2]);
	add_loc_param(b, 8, REBTF_LOC_CONST, 0xfeedface, &words[3]);
	add_loc_param(b, 8, offset | deref | REBTF_LOC_SIGNED, REBTF_LOC_FRAME, &words[4]);
	rebtf_builder_loc_proto(b);
	for (uint32_t id = func + 1; id <= func + 6; id++)
		rebtf_builder_loc_proto_param(b, id);
	rebtf_builder_locsec(b, "inline.text");
	rebtf_builder_locsec_loc(b, func, func + 7, 64);
	return built(b);
}

static inline struct rebtf_btf *build_all_kinds(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_all_kinds(b);
	return built(b);
}

/*
 * Refers to type [@id] of @base as a compiler would: with a pointer, or with a tag on a FUNC or
 * VAR. Returns false if types of that kind are never referred to.
 */
static inline bool add_reference(struct rebtf_builder *b, const struct rebtf_btf *base, uint32_t id)
{
	uint8_t role = layout_of(rebtf_btf_type(base, id))->role;

	if (role & ROLE_ALONE)
		return false;
	if (role & (ROLE_FUNC | ROLE_VAR))
		rebtf_builder_decl_tag(b, "tag", id, -1);
	else
		rebtf_builder_ref(b, REBTF_KIND_PTR, id);
	return true;
}

/*
 * Opening checks only the last few references between own types of split BTF. These pointers push
 * an earlier invalid reference out of that window, as a hostile file could.
 */
static inline void hide_odd_reference(struct rebtf_builder *b)
{
	uint32_t ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, 0);

	for (int i = 0; i < 8; i++)
		ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, ptr);
}

static inline struct rebtf_error *collect_text(void *arg, const char *text, size_t size)
{
	assert_true(size <= 65536);
	buffer_append(arg, text, size);
	return NULL;
}

/* Returns the dump of the object, malloced. */
static inline char *dump_text(const struct rebtf_btf *btf)
{
	struct buffer text = {};

	assert_ok(rebtf_btf_dump(btf, collect_text, &text));
	buffer_append(&text, "", 1);
	assert_false(text.failed);
	return (char *)text.data;
}

static inline void assert_dump(const struct rebtf_btf *btf, const char *want)
{
	_cleanup_free_ char *text = dump_text(btf);

	assert_string_equal(text, want);
}

/* The bytes of a file. data is malloced. */
struct bytes {
	uint8_t *data;
	size_t size;
};

static inline void bytes_release(struct bytes *bytes)
{
	free(bytes->data);
}

#define _cleanup_bytes_ _cleanup_(bytes_release)

/* A choice of options for writing, as flags. */
enum {
	WRITE_LITTLE = 1u << 0,
	WRITE_BIG = 1u << 1,
	WRITE_LAYOUT = 1u << 2,
	WRITE_NO_LAYOUT = 1u << 3,
};

static inline struct rebtf_write_options write_options(unsigned int flags)
{
	REBTF_OPTIONS(rebtf_write_options, options,
		      .byte_order = flags & WRITE_BIG	   ? REBTF_BYTE_ORDER_BIG
				    : flags & WRITE_LITTLE ? REBTF_BYTE_ORDER_LITTLE
							   : REBTF_BYTE_ORDER_SAME,
		      .layout = flags & WRITE_LAYOUT	  ? REBTF_LAYOUT_WITH
				: flags & WRITE_NO_LAYOUT ? REBTF_LAYOUT_WITHOUT
							  : REBTF_LAYOUT_SAME);

	return options;
}

static inline struct bytes written(const struct rebtf_btf *btf, unsigned int flags)
{
	struct rebtf_write_options options = write_options(flags);
	struct bytes bytes;
	void *data;

	assert_ok(rebtf_btf_write(btf, &options, &data, &bytes.size));
	bytes.data = data;
	return bytes;
}

static inline void assert_same_bytes(const struct bytes *found, const struct bytes *want)
{
	assert_int_equal(found->size, want->size);
	assert_memory_equal(found->data, want->data, want->size);
}

static inline struct rebtf_error *open_bytes(const struct bytes *bytes, struct rebtf_btf *base,
					     struct rebtf_btf **btf)
{
	return rebtf_btf_open_mem(bytes->data, bytes->size, "x", base, btf);
}

/* Makes a file in host byte order from these sections. */
static inline struct bytes raw_bytes(const void *types, size_t types_size, const void *layout,
				     size_t layout_size, const void *strings, size_t strings_size)
{
	struct buffer file = {};
	uint8_t header[HEADER_SIZE_LAYOUT];
	size_t size = header_write(header, 0, HOST_BIG_ENDIAN, types_size, layout_size,
				   strings_size);

	buffer_append(&file, header, size);
	buffer_append(&file, types, types_size);
	buffer_append(&file, layout, layout_size);
	buffer_append(&file, strings, strings_size);
	assert_false(file.failed);
	return (struct bytes){ file.data, file.size };
}

/* Makes the file @bytes, in host byte order and with a header of 24 bytes, into one with a header of @size. */
static inline struct bytes with_header(const struct bytes *bytes, uint32_t size)
{
	struct bytes longer = { calloc(1, bytes->size + size), bytes->size + size - HEADER_SIZE };

	assert_non_null(longer.data);
	memcpy(longer.data, bytes->data, HEADER_SIZE);
	memcpy(longer.data + offsetof(struct btf_header, hdr_len), &size, sizeof(size));
	memcpy(longer.data + size, bytes->data + HEADER_SIZE, bytes->size - HEADER_SIZE);
	return longer;
}

static inline uint32_t header_length(const struct rebtf_btf *btf)
{
	_cleanup_bytes_ struct bytes bytes = written(btf,
						     HOST_BIG_ENDIAN ? WRITE_BIG : WRITE_LITTLE);

	return ((struct btf_header *)bytes.data)->hdr_len;
}

static inline struct rebtf_error *open_raw(const uint32_t *types, size_t types_size,
					   const char *strings, size_t strings_size,
					   struct rebtf_btf *base, struct rebtf_btf **btf)
{
	_cleanup_bytes_ struct bytes bytes = raw_bytes(types, types_size, NULL, 0, strings,
						       strings_size);

	return open_bytes(&bytes, base, btf);
}

/*
 * Opens BTF with the string literal @strings (including its last NUL) as strings and the words
 * after @btf as type section.
 */
#define OPEN_RAW(strings, base, btf, ...)                                                          \
	({                                                                                         \
		const uint32_t raw_words[] = { __VA_ARGS__ };                                      \
		open_raw(raw_words, sizeof(raw_words), strings, sizeof(strings), base, btf);       \
	})

/* Pseudo-random numbers that are the same in every run: xorshift64. */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A number from 0 to @end - 1. */
static inline uint32_t random_below(uint64_t *state, uint32_t end)
{
	return (next_random(state) >> 16) % end;
}

#endif
