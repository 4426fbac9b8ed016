/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of writing: an opened file is written unchanged, in both byte orders, with and without a
 * layout.
 */
#include "btf/build_for_test.h"

static struct bytes rewritten(const struct bytes *bytes, unsigned int flags)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	assert_ok(open_bytes(bytes, NULL, &btf));
	return written(btf, flags);
}

static void opening_and_writing_changes_no_byte(void **state)
{
	static const unsigned int forms[] = {
		WRITE_LITTLE | WRITE_NO_LAYOUT,
		WRITE_BIG | WRITE_NO_LAYOUT,
		WRITE_LITTLE | WRITE_LAYOUT,
		WRITE_BIG | WRITE_LAYOUT,
	};
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	for (int i = 0; i < 4; i++) {
		_cleanup_bytes_ struct bytes bytes = written(btf, forms[i]),
					     again = rewritten(&bytes, 0);

		assert_same_bytes(&again, &bytes);
	}
}

static void other_byte_order_and_back_is_identity(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	for (int layout = 0; layout < 2; layout++) {
		_cleanup_bytes_ struct bytes little =
			written(btf, WRITE_LITTLE | (layout ? WRITE_LAYOUT : 0));
		_cleanup_bytes_ struct bytes big = rewritten(&little, WRITE_BIG);
		_cleanup_bytes_ struct bytes back = rewritten(&big, WRITE_LITTLE);

		assert_int_equal(big.size, little.size);
		assert_memory_not_equal(big.data, little.data, big.size);
		assert_same_bytes(&back, &little);
	}
}

/* A file with every byte known, in both byte orders. */
static void the_bytes_are_those_of_the_format(void **state)
{
	static const uint8_t little[] = {
		0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0,  0, 0, 16, 0, 0,   0,	  5,   0, 0,
		0,    1,    0, 0, 0,  0, 0, 0, 1, 4, 0, 0, 0,  32, 0, 0, 1,  0, 'i', 'n', 't', 0,
	};
	static const uint8_t big[] = {
		0xeb, 0x9f, 1, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0,  0, 0,   16,	 0,   0, 0,
		5,    0,    0, 0, 1, 1, 0, 0,  0, 0, 0, 0, 4, 1, 0, 0,	32, 0, 'i', 'n', 't', 0,
	};
	const struct bytes want_little = { (uint8_t *)little, sizeof(little) };
	const struct bytes want_big = { (uint8_t *)big, sizeof(big) };
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	_cleanup_bytes_ struct bytes l = written(btf, WRITE_LITTLE), b = written(btf, WRITE_BIG);

	(void)state;
	assert_same_bytes(&l, &want_little);
	assert_same_bytes(&b, &want_big);
}

static void layout_comes_and_goes(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds(), *with = NULL;
	_cleanup_bytes_ struct bytes plain = written(btf, 0), layout = written(btf, WRITE_LAYOUT);
	_cleanup_bytes_ struct bytes kept = rewritten(&layout, 0),
				     asked = rewritten(&layout, WRITE_LAYOUT);
	_cleanup_bytes_ struct bytes dropped = rewritten(&layout, WRITE_NO_LAYOUT);

	(void)state;
	assert_int_equal(layout.size, plain.size + 8 + 4 * LAYOUT_KINDS);
	assert_same_bytes(&kept, &layout);
	assert_same_bytes(&asked, &layout);
	assert_same_bytes(&dropped, &plain);
	assert_ok(open_bytes(&layout, NULL, &with));
	assert_true(rebtf_btf_has_layout(with));
	assert_int_equal(with->layout_count, LAYOUT_KINDS);
	for (uint32_t kind = 0; kind < LAYOUT_KINDS; kind++) {
		assert_int_equal(with->layout[kind].info_size, kind_layout(kind)->info_size);
		assert_int_equal(with->layout[kind].elem_size, kind_layout(kind)->elem_size);
		assert_int_equal(with->layout[kind].flags, 0);
	}
}

/* The layout has 20 kinds, as libbpf 1.8 writes it, unless it must describe more. */
static void a_layout_has_the_locations_if_the_types_have(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_locations(), *with = NULL, *made = NULL;
	_cleanup_bytes_ struct bytes plain = written(btf, 0), layout = written(btf, WRITE_LAYOUT);
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	assert_int_equal(layout.size, plain.size + 8 + 4 * 23);
	assert_ok(open_bytes(&layout, NULL, &with));
	assert_int_equal(with->layout_count, 23);
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	rebtf_builder_loc_proto(b);
	made = built(b);
	assert_int_equal(made->layout_count, 23);
}

static void a_layout_of_more_kinds_is_kept(void **state)
{
	static const uint32_t types[] = { 0, 23u << 24 | 1, 0, 0x01020304 };
	struct layout_entry layout[24] = {};
	_cleanup_bytes_ struct bytes bytes = { 0 }, big = { 0 }, back = { 0 }, asked = { 0 };

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	layout[23] = (struct layout_entry){ 0, 4, 0x1234 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "", 1);
	asked = rewritten(&bytes, WRITE_LAYOUT);
	assert_same_bytes(&asked, &bytes);
	big = rewritten(&bytes, HOST_BIG_ENDIAN ? WRITE_LITTLE : WRITE_BIG);
	back = rewritten(&big, HOST_BIG_ENDIAN ? WRITE_BIG : WRITE_LITTLE);
	assert_same_bytes(&back, &bytes);
}

/* The result could not be read again. */
static void a_layout_that_is_needed_is_not_dropped(void **state)
{
	static const uint32_t types[] = { 0, 23u << 24, 0 };
	struct layout_entry layout[24] = {};
	REBTF_OPTIONS(rebtf_write_options, options, .layout = REBTF_LAYOUT_WITHOUT);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_bytes_ struct bytes bytes = { 0 };
	void *data;
	size_t size;

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "", 1);
	assert_ok(open_bytes(&bytes, NULL, &btf));
	assert_fails(rebtf_btf_write(btf, &options, &data, &size), REBTF_ERR_UNSUPPORTED,
		     "layout section");
}

static void unknown_options_are_refused(void **state)
{
	REBTF_OPTIONS(rebtf_write_options, order, .byte_order = 3);
	REBTF_OPTIONS(rebtf_write_options, layout, .layout = 3);
	struct rebtf_write_options unset = {};
	_cleanup_unref_ struct rebtf_btf *btf = build_int();
	void *data;
	size_t size;

	(void)state;
	assert_fails(rebtf_btf_write(btf, &order, &data, &size), REBTF_ERR_ARGUMENT,
		     "unknown byte order 3");
	assert_fails(rebtf_btf_write(btf, &layout, &data, &size), REBTF_ERR_ARGUMENT,
		     "unknown layout 3");
	assert_fails(rebtf_btf_write(btf, &unset, &data, &size), REBTF_ERR_ARGUMENT,
		     "invalid size of struct rebtf_write_options");
}

static void a_split_is_written_without_its_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL, *again = NULL;
	struct rebtf_builder *b = build_over(base);
	_cleanup_bytes_ struct bytes bytes = { 0 };

	(void)state;
	rebtf_builder_typedef(b, "own", 1);
	split = built(b);
	bytes = written(split, 0);
	assert_int_equal(bytes.size, HEADER_SIZE + 12 + sizeof("own"));
	assert_ok(open_bytes(&bytes, base, &again));
	assert_dump(again, "[2] TYPEDEF 'own' type_id=1\n");
}

static void nothing_is_written_as_a_header(void **state)
{
	_cleanup_bytes_ struct bytes bytes = raw_bytes(NULL, 0, NULL, 0, NULL, 0),
				     again = rewritten(&bytes, 0);

	(void)state;
	assert_int_equal(again.size, HEADER_SIZE);
	assert_same_bytes(&again, &bytes);
}

/* A kernel reads longer headers, and shows the same bytes in /sys/kernel/btf. */
static void a_header_keeps_its_size(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	_cleanup_bytes_ struct bytes plain = written(btf, 0), layout = written(btf, WRITE_LAYOUT);

	(void)state;
	for (uint32_t size = HEADER_SIZE; size <= 64; size += 4) {
		uint32_t room = size > HEADER_SIZE_LAYOUT ? size : HEADER_SIZE_LAYOUT;
		_cleanup_bytes_ struct bytes bytes = with_header(&plain, size),
					     again = rewritten(&bytes, 0),
					     other = rewritten(&bytes, HOST_BIG_ENDIAN
									       ? WRITE_LITTLE
									       : WRITE_BIG),
					     back = rewritten(&other, HOST_BIG_ENDIAN
									      ? WRITE_BIG
									      : WRITE_LITTLE),
					     with = rewritten(&bytes, WRITE_LAYOUT),
					     without = rewritten(&bytes, WRITE_NO_LAYOUT);

		assert_same_bytes(&again, &bytes);
		assert_same_bytes(&back, &bytes);
		assert_same_bytes(&without, &plain);
		assert_int_equal(with.size, layout.size + room - HEADER_SIZE_LAYOUT);
		assert_int_equal(((struct btf_header *)with.data)->hdr_len, room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_and_writing_changes_no_byte),
		cmocka_unit_test(other_byte_order_and_back_is_identity),
		cmocka_unit_test(the_bytes_are_those_of_the_format),
		cmocka_unit_test(layout_comes_and_goes),
		cmocka_unit_test(a_layout_has_the_locations_if_the_types_have),
		cmocka_unit_test(a_layout_of_more_kinds_is_kept),
		cmocka_unit_test(a_layout_that_is_needed_is_not_dropped),
		cmocka_unit_test(unknown_options_are_refused),
		cmocka_unit_test(a_split_is_written_without_its_base),
		cmocka_unit_test(nothing_is_written_as_a_header),
		cmocka_unit_test(a_header_keeps_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
