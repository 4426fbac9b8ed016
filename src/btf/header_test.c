/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the header: each field wrong in turn, and sections in impossible positions. */
#include <byteswap.h>
#include <endian.h>

#include "btf/build_for_test.h"

/* The sections that the header describes: two types, and the strings of one. */
static const uint32_t types[] = { 1, INFO(INT, 0), 4, 32, 0, INFO(PTR, 0), 1 };
static const char strings[] = "\0int";

/* Opens a file that consists of @header, which has @size bytes, and these sections. */
static struct rebtf_error *open_with(const void *header, size_t size)
{
	struct rebtf_btf *btf = NULL;
	struct buffer file = {};
	struct rebtf_error *err;

	buffer_append(&file, header, size);
	buffer_append(&file, types, sizeof(types));
	buffer_append(&file, strings, sizeof(strings));
	err = rebtf_btf_open_mem(file.data, file.size, "x", NULL, &btf);
	buffer_release(&file);
	rebtf_btf_unref(btf);
	return err;
}

static struct btf_header good_header(void)
{
	return (struct btf_header){
		.magic = BTF_MAGIC,
		.version = 1,
		.hdr_len = HEADER_SIZE,
		.type_len = sizeof(types),
		.str_off = sizeof(types),
		.str_len = sizeof(strings),
	};
}

/* Asserts that a header with one changed field is refused, with @part in the error. */
#define assert_refused(field, value, part)                                                         \
	do {                                                                                       \
		struct btf_header changed = good_header();                                         \
		changed.field = (value);                                                           \
		assert_fails(open_with(&changed, HEADER_SIZE), REBTF_ERR_FORMAT, part);            \
	} while (0)

static void the_good_header_opens(void **state)
{
	struct btf_header h = good_header();

	(void)state;
	assert_ok(open_with(&h, HEADER_SIZE));
}

static void each_field_is_checked(void **state)
{
	(void)state;
	assert_refused(magic, htole16(0x1234), "found magic 34 12");
	assert_refused(magic, 0, "found magic 00 00");
	assert_refused(version, 0, "unsupported BTF version 0");
	assert_refused(version, 2, "unsupported BTF version 2");
	assert_refused(flags, 1, "unsupported header flags 0x01");
	assert_refused(flags, 0x80, "unsupported header flags 0x80");
}

static void header_length_is_checked(void **state)
{
	(void)state;
	assert_refused(hdr_len, 0, "invalid header length 0");
	assert_refused(hdr_len, 20, "invalid header length 20");
	assert_refused(hdr_len, 25, "invalid header length 25");
	assert_refused(hdr_len, 1000, "invalid header length 1000");
	assert_refused(hdr_len, UINT32_MAX - 3, "invalid header length 4294967292");
}

static void sections_must_lie_in_the_file(void **state)
{
	(void)state;
	assert_refused(type_off, 8, "type section of 28 bytes at offset 8 ends past");
	assert_refused(type_off, 1000, "type section of 28 bytes at offset 1000 ends past");
	assert_refused(type_off, UINT32_MAX - 3, "ends past");
	assert_refused(type_len, sizeof(types) + sizeof(strings) + 1, "type section");
	assert_refused(type_len, UINT32_MAX, "ends past");
	assert_refused(str_off, sizeof(types) + 1,
		       "string section of 5 bytes at offset 29 ends past");
	assert_refused(str_off, UINT32_MAX, "ends past");
	assert_refused(str_len, sizeof(strings) + 1,
		       "string section of 6 bytes at offset 28 ends past");
	assert_refused(str_len, UINT32_MAX, "ends past");
}

static void sections_must_not_overlap(void **state)
{
	(void)state;
	assert_refused(str_off, sizeof(types) - 1, "overlap");
	assert_refused(str_off, 0, "overlap");
	assert_refused(type_len, sizeof(types) + 4, "overlap");
}

static void types_must_be_whole_words_in_place(void **state)
{
	(void)state;
	assert_refused(type_len, sizeof(types) - 1, "type section size 27");
	assert_refused(type_len, sizeof(types) - 2, "type section size 26");
	assert_refused(type_len, sizeof(types) - 4, "type [2]");
	assert_refused(type_off, 4, "overlap");
}

static void misaligned_types_are_refused(void **state)
{
	struct btf_header h = good_header();

	(void)state;
	h.type_off = 2;
	h.type_len = 12;
	assert_fails(open_with(&h, HEADER_SIZE), REBTF_ERR_FORMAT,
		     "type section offset 2 is not a multiple of 4");
}

static void strings_may_stand_before_types(void **state)
{
	static const char padded[] = "\0int\0\0\0";
	struct btf_header h = good_header();
	struct rebtf_btf *btf;
	struct buffer file = {};

	(void)state;
	h.str_off = 0;
	h.str_len = sizeof(padded);
	h.type_off = sizeof(padded);
	buffer_append(&file, &h, HEADER_SIZE);
	buffer_append(&file, padded, sizeof(padded));
	buffer_append(&file, types, sizeof(types));
	assert_ok(rebtf_btf_open_mem(file.data, file.size, "x", NULL, &btf));
	assert_dump(btf, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n"
			 "[2] PTR '(anon)' type_id=1\n");
	rebtf_btf_unref(btf);
	buffer_release(&file);
}

static void long_headers_open_if_the_rest_is_zero(void **state)
{
	uint8_t header[64] = {};
	struct btf_header h = good_header();

	(void)state;
	for (h.hdr_len = HEADER_SIZE; h.hdr_len <= sizeof(header); h.hdr_len += 4) {
		memcpy(header, &h, sizeof(h));
		assert_ok(open_with(header, h.hdr_len));
	}
}

static void unknown_header_bytes_must_be_zero(void **state)
{
	uint8_t header[64] = {};
	struct btf_header h = good_header();

	(void)state;
	h.hdr_len = 28;
	memcpy(header, &h, sizeof(h));
	header[27] = 1;
	assert_fails(open_with(header, 28), REBTF_ERR_FORMAT,
		     "unsupported header byte 27 (found 0x01");
	h.hdr_len = 40;
	memcpy(header, &h, sizeof(h));
	header[27] = 0;
	header[32] = 0xff;
	assert_fails(open_with(header, 40), REBTF_ERR_FORMAT,
		     "unsupported header byte 32 (found 0xff");
}

static void layout_section_must_be_in_place(void **state)
{
	struct btf_header h = good_header();

	(void)state;
	h.hdr_len = HEADER_SIZE_LAYOUT;
	h.layout_off = 0;
	h.layout_len = 4;
	assert_fails(open_with(&h, sizeof(h)), REBTF_ERR_FORMAT, "overlap");
	h.layout_off = sizeof(types) + sizeof(strings);
	assert_fails(open_with(&h, sizeof(h)), REBTF_ERR_FORMAT,
		     "layout section of 4 bytes at offset 33 ends past");
	h.layout_off = UINT32_MAX;
	h.layout_len = UINT32_MAX;
	assert_fails(open_with(&h, sizeof(h)), REBTF_ERR_FORMAT, "ends past");
	h.type_len = 0;
	h.layout_off = 2;
	h.layout_len = 4;
	assert_fails(open_with(&h, sizeof(h)), REBTF_ERR_FORMAT, "is not a multiple of 4");
	h.layout_off = 0;
	h.layout_len = 6;
	assert_fails(open_with(&h, sizeof(h)), REBTF_ERR_FORMAT, "is not a multiple of 4");
}

/*
 * In a file with a header of 24 bytes, the first section takes the position of the layout fields.
 */
static void short_header_has_no_layout(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	_cleanup_bytes_ struct bytes bytes = written(btf, WRITE_NO_LAYOUT);
	_cleanup_unref_ struct rebtf_btf *again = NULL;

	(void)state;
	assert_int_equal(((struct btf_header *)bytes.data)->hdr_len, HEADER_SIZE);
	assert_ok(open_bytes(&bytes, NULL, &again));
	assert_false(rebtf_btf_has_layout(again));
}

static void every_size_below_a_header_is_refused(void **state)
{
	struct btf_header h = good_header();
	struct rebtf_btf *btf;

	(void)state;
	for (size_t size = 0; size < HEADER_SIZE; size++)
		assert_fails(rebtf_btf_open_mem(&h, size, "x", NULL, &btf), REBTF_ERR_FORMAT,
			     "truncated BTF header");
	assert_fails(rebtf_btf_open_mem(NULL, 0, "x", NULL, &btf), REBTF_ERR_FORMAT,
		     "x: truncated BTF header (found 0 bytes");
}

static void foreign_byte_order_is_read_field_by_field(void **state)
{
	struct btf_header h = good_header();
	struct btf_sections sections;
	uint8_t file[HEADER_SIZE + sizeof(types) + sizeof(strings)] = {};

	(void)state;
	h.magic = bswap_16(h.magic);
	swap_types(&h.hdr_len, sizeof(h) - 4);
	memcpy(file, &h, HEADER_SIZE);
	assert_ok(header_parse(file, sizeof(file), &sections));
	assert_int_equal(sections.big_endian, !HOST_BIG_ENDIAN);
	assert_int_equal(sections.header_size, HEADER_SIZE);
	assert_int_equal(sections.types.start, HEADER_SIZE);
	assert_int_equal(sections.types.size, sizeof(types));
	assert_int_equal(sections.strings.start, HEADER_SIZE + sizeof(types));
	assert_int_equal(sections.strings.size, sizeof(strings));
	assert_int_equal(sections.layout.size, 0);
}

static void swapping_twice_is_identity(void **state)
{
	uint32_t words[] = { 0x01020304, 0xa0b0c0d0 };
	uint8_t layout[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	(void)state;
	swap_types(words, sizeof(words));
	assert_int_equal(words[0], 0x04030201);
	assert_int_equal(words[1], 0xd0c0b0a0);
	swap_types(words, sizeof(words));
	assert_int_equal(words[0], 0x01020304);
	swap_layout(layout, sizeof(layout));
	assert_memory_equal(layout, ((uint8_t[]){ 1, 2, 4, 3, 5, 6, 8, 7 }), 8);
	swap_layout(layout, sizeof(layout));
	assert_memory_equal(layout, ((uint8_t[]){ 1, 2, 3, 4, 5, 6, 7, 8 }), 8);
}

static void btf_is_recognized_in_either_byte_order(void **state)
{
	static const uint8_t little[] = { 0x9f, 0xeb, 1 }, big[] = { 0xeb, 0x9f, 1 },
			     other[] = { 0x9f, 0x9f, 1 };

	(void)state;
	assert_memory_equal(header_starts[0], little, sizeof(little));
	assert_memory_equal(header_starts[1], big, sizeof(big));
	assert_true(header_detect(little, 2) && header_detect(big, 3));
	assert_false(header_detect(little, 1) || header_detect(other, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(btf_is_recognized_in_either_byte_order),
		cmocka_unit_test(the_good_header_opens),
		cmocka_unit_test(each_field_is_checked),
		cmocka_unit_test(header_length_is_checked),
		cmocka_unit_test(sections_must_lie_in_the_file),
		cmocka_unit_test(sections_must_not_overlap),
		cmocka_unit_test(types_must_be_whole_words_in_place),
		cmocka_unit_test(misaligned_types_are_refused),
		cmocka_unit_test(strings_may_stand_before_types),
		cmocka_unit_test(long_headers_open_if_the_rest_is_zero),
		cmocka_unit_test(unknown_header_bytes_must_be_zero),
		cmocka_unit_test(layout_section_must_be_in_place),
		cmocka_unit_test(short_header_has_no_layout),
		cmocka_unit_test(every_size_below_a_header_is_refused),
		cmocka_unit_test(foreign_byte_order_is_read_field_by_field),
		cmocka_unit_test(swapping_twice_is_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
