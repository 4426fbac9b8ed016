/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of opening: all kinds, both byte orders, the layout section, kinds that only the layout
 * section describes, and bytes with damage at every offset, which must never crash the library.
 */
#include <fcntl.h>

#include "btf/build_for_test.h"

static const unsigned int both_orders[] = { WRITE_LITTLE, WRITE_BIG };

static void assert_opens_in_both_byte_orders(const struct rebtf_btf *btf, uint32_t first_kind,
					     uint32_t last_kind)
{
	_cleanup_free_ char *want = dump_text(btf);
	struct rebtf_survey *survey;

	for (int i = 0; i < 2; i++) {
		_cleanup_bytes_ struct bytes bytes = written(btf, both_orders[i]);
		_cleanup_unref_ struct rebtf_btf *again = NULL;

		assert_int_equal(bytes.data[0], i ? 0xeb : 0x9f);
		assert_ok(open_bytes(&bytes, NULL, &again));
		assert_int_equal(rebtf_btf_is_big_endian(again), i);
		assert_dump(again, want);
		assert_ok(rebtf_survey(bytes.data, bytes.size, "x", &survey));
		for (uint32_t kind = first_kind; kind <= last_kind; kind++)
			assert_true(survey->kind_counts[kind] > 0);
		rebtf_survey_free(survey);
	}
}

static void all_kinds_open_in_both_byte_orders(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds(), *locations = build_locations();

	(void)state;
	assert_opens_in_both_byte_orders(btf, REBTF_KIND_INT, REBTF_KIND_ENUM64);
	assert_opens_in_both_byte_orders(locations, REBTF_KIND_LOC_PARAM, REBTF_KNOWN_KINDS - 1);
}

static void path_descriptor_and_memory_give_the_same(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	_cleanup_unref_ struct rebtf_btf *by_path = NULL, *by_fd = NULL;
	_cleanup_bytes_ struct bytes bytes = written(btf, 0);
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *want = dump_text(btf);
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_close_ int fd = -1;

	(void)state;
	write_bytes(path, bytes.data, bytes.size);
	assert_ok(rebtf_btf_open(path, NULL, &by_path));
	assert_dump(by_path, want);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_ok(rebtf_btf_open_fd(fd, NULL, NULL, &by_fd));
	assert_dump(by_fd, want);
}

static void errors_name_the_file(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(rebtf_btf_open(path, NULL, &btf), REBTF_ERR_IO, path);
	write_bytes(path, "no BTF, but long enough to have a header", 40);
	assert_fails(rebtf_btf_open(path, NULL, &btf), REBTF_ERR_FORMAT, path);
	assert_fails(rebtf_btf_open_mem("short", 5, "here", NULL, &btf), REBTF_ERR_FORMAT,
		     "here: truncated BTF header (found 5 bytes");
}

static void a_header_and_nothing_else_is_sound(void **state)
{
	_cleanup_bytes_ struct bytes bytes = raw_bytes(NULL, 0, NULL, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *split = NULL, *base = build_int();

	(void)state;
	assert_ok(open_bytes(&bytes, NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 1);
	assert_int_equal(rebtf_btf_string_end(btf), 0);
	assert_string_equal(rebtf_btf_string(btf, 0), "");
	assert_null(rebtf_btf_string(btf, 1));
	assert_int_equal(rebtf_btf_find(btf, "int", REBTF_KIND_INT), 0);
	assert_dump(btf, "");
	assert_ok(open_bytes(&bytes, base, &split));
	assert_int_equal(rebtf_btf_type_count(split), 2);
	assert_int_equal(rebtf_btf_find(split, "int", REBTF_KIND_INT), 1);
	assert_dump(split, "");
}

static void strings_must_begin_and_end_with_nul(void **state)
{
	static const uint32_t ptr[] = { 0, INFO(PTR, 0), 0 };
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *btf = NULL, *split = NULL;

	(void)state;
	assert_fails(open_raw(ptr, sizeof(ptr), "\0int", 4, NULL, &btf), REBTF_ERR_FORMAT,
		     "does not end with a NUL");
	assert_fails(open_raw(ptr, sizeof(ptr), "int", 4, NULL, &btf), REBTF_ERR_FORMAT,
		     "does not start with an empty string");
	/* The strings of split BTF continue where those of the base end. */
	assert_ok(open_raw(ptr, sizeof(ptr), "int", 4, base, &split));
	assert_string_equal(rebtf_btf_string(split, rebtf_btf_start_string(split)), "int");
}

/*
 * Names in C never come close to the limit. A long string with many names inside it would make
 * small files take forever.
 */
static void absurdly_long_strings_are_refused(void **state)
{
	static const uint32_t fwd[] = { 1, INFO(FWD, 0), 0 };
	_cleanup_free_ char *strings = calloc(1, 70000);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	memset(strings + 1, 'x', 4095);
	assert_ok(open_raw(fwd, sizeof(fwd), strings, 4097, NULL, &btf));
	memset(strings + 1, 'x', 4096);
	assert_fails(open_raw(fwd, sizeof(fwd), strings, 4098, NULL, &refused), REBTF_ERR_FORMAT,
		     "string");
	memset(strings + 1, 'x', 60000);
	strings[5000] = '\0';
	assert_fails(open_raw(fwd, sizeof(fwd), strings, 60002, NULL, &refused), REBTF_ERR_FORMAT,
		     "string");
}

/* --- the layout section */

/* The correct layout of kinds 0 to 22, followed by @more. */
static struct bytes bytes_with_layout(const uint32_t *types, size_t types_size,
				      const struct layout_entry *more, size_t more_count)
{
	struct layout_entry layout[REBTF_MAX_KINDS] = {};

	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	if (more_count)
		memcpy(layout + REBTF_KNOWN_KINDS, more, more_count * sizeof(*more));
	return raw_bytes(types, types_size, layout,
			 (REBTF_KNOWN_KINDS + more_count) * sizeof(*layout), "\0int", 5);
}

/* An INT, a type of kind 23 with four bytes and two elements of eight, and a PTR to the INT. */
static const uint32_t with_unknown_kind[] = {
	1, INFO(INT, 0), 4, 32, 1, 23u << 24 | 2, 7, 100, 101, 102, 103, 104, 0, INFO(PTR, 0), 1,
};

static void unknown_kind_is_skipped_by_the_layout(void **state)
{
	struct layout_entry more[] = { { 4, 8, 0 } };
	_cleanup_bytes_ struct bytes bytes = bytes_with_layout(with_unknown_kind,
							       sizeof(with_unknown_kind), more, 1);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_field_iter it;

	(void)state;
	assert_ok(open_bytes(&bytes, NULL, &btf));
	assert_true(rebtf_btf_has_layout(btf));
	assert_int_equal(rebtf_btf_type_count(btf), 4);
	assert_int_equal(rebtf_type_kind(rebtf_btf_type(btf, 2)), 23);
	assert_int_equal(rebtf_type_kind(rebtf_btf_type(btf, 3)), REBTF_KIND_PTR);
	rebtf_field_iter_init(&it, rebtf_btf_type(btf, 2), REBTF_FIELD_IDS);
	assert_null(rebtf_field_iter_next(&it));
}

static void unknown_kind_without_layout_is_refused(void **state)
{
	_cleanup_bytes_ struct bytes none = raw_bytes(with_unknown_kind, sizeof(with_unknown_kind),
						      NULL, 0, "\0int", 5);
	_cleanup_bytes_ struct bytes known = bytes_with_layout(with_unknown_kind,
							       sizeof(with_unknown_kind), NULL, 0);
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(open_bytes(&none, NULL, &btf), REBTF_ERR_FORMAT, "type [2]: unknown kind 23");
	assert_fails(open_bytes(&known, NULL, &btf), REBTF_ERR_FORMAT, "type [2]: unknown kind 23");
}

static void the_last_kind_number_works(void **state)
{
	static const uint32_t types[] = {
		0, 127u << 24 | KIND_FLAG | 1, 0, 100, 0, INFO(PTR, 0), 1
	};
	struct layout_entry more[REBTF_MAX_KINDS - REBTF_KNOWN_KINDS] = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	more[127 - REBTF_KNOWN_KINDS] = (struct layout_entry){ 0, 4, 0 };
	for (int i = 0; i < 2; i++) {
		_cleanup_bytes_ struct bytes bytes = bytes_with_layout(types, sizeof(types), more,
								       128 - REBTF_KNOWN_KINDS - i);

		if (i)
			assert_fails(open_bytes(&bytes, NULL, &refused), REBTF_ERR_FORMAT,
				     "unknown kind 127");
		else
			assert_ok(open_bytes(&bytes, NULL, &btf));
	}
	assert_int_equal(rebtf_type_kind(rebtf_btf_type(btf, 1)), 127);
	assert_int_equal(rebtf_btf_type_count(btf), 3);
}

static void kind_0_is_never_a_type(void **state)
{
	static const uint32_t types[] = { 0, 0, 0 };
	_cleanup_bytes_ struct bytes bytes = bytes_with_layout(types, sizeof(types), NULL, 0);
	struct rebtf_btf *btf;

	(void)state;
	assert_fails(open_bytes(&bytes, NULL, &btf), REBTF_ERR_FORMAT, "type [1]: unknown kind 0");
}

static void unknown_kind_must_be_whole(void **state)
{
	static const uint32_t types[] = { 0, 23u << 24 | 0xffffff, 0, 1, 2, 3 };
	struct layout_entry large = { 0, 255, 0 }, odd = { 2, 0, 0 };
	_cleanup_bytes_ struct bytes too_large = bytes_with_layout(types, sizeof(types), &large, 1);
	_cleanup_bytes_ struct bytes uneven = bytes_with_layout(types, sizeof(types), &odd, 1);
	struct rebtf_btf *btf;

	(void)state;
	/* 12 + 255 * 16777215 bytes, nearly 4 GiB. */
	assert_fails(open_bytes(&too_large, NULL, &btf), REBTF_ERR_FORMAT, "type [1]");
	assert_fails(open_bytes(&uneven, NULL, &btf), REBTF_ERR_FORMAT, "not a multiple of 4");
}

static void layout_at_odds_with_known_kinds_is_refused(void **state)
{
	struct rebtf_btf *btf;

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++) {
		_cleanup_bytes_ struct bytes bytes = bytes_with_layout(NULL, 0, NULL, 0);
		struct layout_entry *layout =
			(struct layout_entry *)(bytes.data + HEADER_SIZE_LAYOUT);

		layout[kind].info_size += 4;
		assert_fails(open_bytes(&bytes, NULL, &btf), REBTF_ERR_FORMAT,
			     rebtf_kind_name(kind));
		layout[kind].info_size -= 4;
		layout[kind].elem_size += 4;
		assert_fails(open_bytes(&bytes, NULL, &btf), REBTF_ERR_FORMAT,
			     rebtf_kind_name(kind));
	}
}

/* An older tool may know fewer kinds than this library. */
static void short_layout_is_fine(void **state)
{
	static const uint32_t types[] = { 1, INFO(ENUM64, 1), 8, 1, 2, 3 };
	struct layout_entry layout[] = { { 0, 0, 0 }, { 4, 0, 0 } };
	_cleanup_bytes_ struct bytes bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout),
						       "\0int", 5);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	assert_ok(open_bytes(&bytes, NULL, &btf));
}

static void split_falls_back_on_its_base_layout(void **state)
{
	static const uint32_t types[] = { 0, 23u << 24, 0, 5 };
	struct layout_entry more[] = { { 4, 0, 0 } };
	_cleanup_bytes_ struct bytes base_bytes = bytes_with_layout(NULL, 0, more, 1);
	_cleanup_bytes_ struct bytes bytes = raw_bytes(types, sizeof(types), NULL, 0, NULL, 0);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *middle = NULL, *btf = NULL;
	_cleanup_bytes_ struct bytes empty = raw_bytes(NULL, 0, NULL, 0, NULL, 0);

	(void)state;
	assert_ok(open_bytes(&base_bytes, NULL, &base));
	assert_ok(open_bytes(&empty, base, &middle));
	assert_ok(open_bytes(&bytes, middle, &btf));
	assert_int_equal(rebtf_type_kind(rebtf_btf_type(btf, 1)), 23);
	assert_false(rebtf_btf_has_layout(btf));
}

static void layout_is_turned_round_with_the_rest(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	_cleanup_bytes_ struct bytes big = written(btf, WRITE_BIG | WRITE_LAYOUT);
	_cleanup_unref_ struct rebtf_btf *again = NULL;

	(void)state;
	assert_ok(open_bytes(&big, NULL, &again));
	assert_true(rebtf_btf_has_layout(again));
}

/* --- large numbers */

static void vlen_has_24_bits(void **state)
{
	const uint32_t vlen = 70000;
	const size_t words = 3 + 2 * vlen;
	_cleanup_free_ uint32_t *types = calloc(words, sizeof(*types));
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *refused;

	(void)state;
	types[1] = INFO(ENUM, vlen);
	assert_ok(open_raw(types, words * 4, "", 1, NULL, &btf));
	assert_int_equal(rebtf_type_vlen(rebtf_btf_type(btf, 1)), vlen);
	types[1] = INFO(ENUM, REBTF_MAX_VLEN);
	assert_fails(open_raw(types, words * 4, "", 1, NULL, &refused), REBTF_ERR_FORMAT,
		     "type [1]");
}

static void base_of_other_byte_order_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	struct rebtf_builder *b = build_over(base);
	_cleanup_bytes_ struct bytes bytes = { 0 };
	struct rebtf_btf *refused;

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	split = built(b);
	bytes = written(split, HOST_BIG_ENDIAN ? WRITE_LITTLE : WRITE_BIG);
	assert_fails(open_bytes(&bytes, base, &refused), REBTF_ERR_WRONG_BASE, "-endian");
}

/* --- damage */

/* An object that opens must be usable, and its own bytes must open again as the same object. */
static void use(const struct rebtf_btf *btf)
{
	_cleanup_bytes_ struct bytes bytes = written(btf, 0), twice = { 0 };
	_cleanup_unref_ struct rebtf_btf *again = NULL;
	_cleanup_free_ char *text = dump_text(btf);

	for (uint32_t id = 0; id < rebtf_btf_type_count(btf); id++) {
		const struct rebtf_type *t = rebtf_btf_type(btf, id);

		rebtf_btf_find(btf, rebtf_btf_type_name(btf, t), rebtf_type_kind(t));
	}
	assert_ok(open_bytes(&bytes, rebtf_btf_base(btf), &again));
	assert_dump(again, text);
	twice = written(again, 0);
	assert_same_bytes(&twice, &bytes);
}

/*
 * Opens damaged bytes from memory of exactly their size, so that a sanitizer detects reads past the
 * end.
 */
static void try_bytes(const uint8_t *data, size_t size, struct rebtf_btf *base)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_error *err = rebtf_btf_open_mem(data, size, "x", base, &btf);
	struct rebtf_survey *survey = NULL;

	if (err) {
		_cleanup_free_ char *text = rebtf_error_text(err);

		assert_non_null(text);
		assert_true(err->code == REBTF_ERR_FORMAT ||
			    (base && err->code == REBTF_ERR_WRONG_BASE));
		rebtf_error_free(err);
	} else {
		use(btf);
	}
	rebtf_error_free(rebtf_survey(data, size, "x", &survey));
	rebtf_survey_free(survey);
}

static void truncated_bytes_never_crash(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	struct rebtf_btf *refused;

	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_bytes_ struct bytes bytes = written(btf, both_orders[i] | WRITE_LAYOUT);

		for (size_t size = 0; size < bytes.size; size++)
			assert_fails(rebtf_btf_open_mem(bytes.data, size, "x", NULL, &refused),
				     REBTF_ERR_FORMAT, "x: ");
	}
}

/* As above, but with a header that matches the truncated section. */
static void types_that_stop_anywhere_never_crash(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	for (uint32_t size = 0; size <= btf->types_size; size++) {
		_cleanup_bytes_ struct bytes bytes = raw_bytes(btf->types, size, NULL, 0,
							       btf->strings, btf->strings_size);

		try_bytes(bytes.data, bytes.size, NULL);
	}
}

static void damage(struct bytes *bytes, uint64_t *random)
{
	uint32_t flips = 1 + random_below(random, 4);

	while (flips--) {
		uint32_t at = random_below(random, bytes->size);

		switch (random_below(random, 4)) {
		case 0:
			bytes->data[at] ^= 1u << random_below(random, 8);
			break;
		case 1:
			bytes->data[at] = random_below(random, 256);
			break;
		case 2:
			bytes->data[at] = 0;
			break;
		default:
			bytes->data[at] += random_below(random, 2) ? 1 : -1;
		}
	}
}

static void damage_and_try(const struct rebtf_btf *btf, struct rebtf_btf *base, unsigned int flags,
			   uint64_t seed)
{
	_cleanup_bytes_ struct bytes whole = written(btf, flags), bytes = { 0 };

	bytes = (struct bytes){ malloc(whole.size), whole.size };
	for (int i = 0; i < 10000; i++) {
		memcpy(bytes.data, whole.data, whole.size);
		damage(&bytes, &seed);
		try_bytes(bytes.data, bytes.size, base);
	}
}

static void damaged_bytes_never_crash(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();

	(void)state;
	damage_and_try(btf, NULL, WRITE_LITTLE, 1);
	damage_and_try(btf, NULL, WRITE_BIG | WRITE_LAYOUT, 2);
}

static void damaged_split_bytes_never_crash(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *split = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	add_all_kinds(b);
	split = built(b);
	damage_and_try(split, base, 0, 3);
}

/* Those of a small file have a block of their own. */
static void the_offsets_of_a_large_file_s_types_lie_behind_the_file(void **state)
{
	const size_t half = 1600u << 10;

	(void)state;
	for (size_t count = half / sizeof(struct rebtf_type); count; count /= 1000) {
		size_t size = count * sizeof(struct rebtf_type);
		_cleanup_free_ struct rebtf_type *types = calloc(1, size);
		_cleanup_free_ char *strings = calloc(1, half);
		_cleanup_unref_ struct rebtf_btf *btf = NULL;

		for (size_t i = 0; i < count; i++)
			types[i].info = INFO(PTR, 0);
		assert_ok(open_raw((uint32_t *)types, size, strings, size, NULL, &btf));
		assert_int_equal(btf_is_inside(btf, btf->places), size > half / 2);
		assert_int_equal(btf->own_count, count);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(btf->places[i], i * 3);
		assert_memory_equal(btf->types, types, size);
	}
}

/* Around the longest string, in memory that ends with it. */
static void strings_end_where_their_section_does(void **state)
{
	(void)state;
	for (uint32_t length = 4092; length <= 4097; length++) {
		_cleanup_bytes_ struct bytes bytes = { 0 };
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		struct rebtf_error *err;

		bytes.size = HEADER_SIZE + 1 + length + 1;
		bytes.data = malloc(bytes.size);
		assert_non_null(bytes.data);
		header_write(bytes.data, HEADER_SIZE, HOST_BIG_ENDIAN, 0, 0, length + 2);
		memset(bytes.data + HEADER_SIZE, 'a', length + 1);
		bytes.data[HEADER_SIZE] = 0;
		bytes.data[bytes.size - 1] = 0;
		err = open_bytes(&bytes, NULL, &btf);
		assert_int_equal(!err, length <= 4095);
		rebtf_error_free(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_end_where_their_section_does),
		cmocka_unit_test(the_offsets_of_a_large_file_s_types_lie_behind_the_file),
		cmocka_unit_test(all_kinds_open_in_both_byte_orders),
		cmocka_unit_test(path_descriptor_and_memory_give_the_same),
		cmocka_unit_test(errors_name_the_file),
		cmocka_unit_test(a_header_and_nothing_else_is_sound),
		cmocka_unit_test(strings_must_begin_and_end_with_nul),
		cmocka_unit_test(absurdly_long_strings_are_refused),
		cmocka_unit_test(unknown_kind_is_skipped_by_the_layout),
		cmocka_unit_test(unknown_kind_without_layout_is_refused),
		cmocka_unit_test(the_last_kind_number_works),
		cmocka_unit_test(kind_0_is_never_a_type),
		cmocka_unit_test(unknown_kind_must_be_whole),
		cmocka_unit_test(layout_at_odds_with_known_kinds_is_refused),
		cmocka_unit_test(short_layout_is_fine),
		cmocka_unit_test(split_falls_back_on_its_base_layout),
		cmocka_unit_test(layout_is_turned_round_with_the_rest),
		cmocka_unit_test(vlen_has_24_bits),
		cmocka_unit_test(base_of_other_byte_order_is_refused),
		cmocka_unit_test(truncated_bytes_never_crash),
		cmocka_unit_test(types_that_stop_anywhere_never_crash),
		cmocka_unit_test(damaged_bytes_never_crash),
		cmocka_unit_test(damaged_split_bytes_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
