/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Which bytes are BTF is known from libbpf's btf_parse_hdr() and the checks after it. */
#include <byteswap.h>
#include <stdlib.h>

#include "libbpf/built_for_test.h"

/* A file: header, types, strings, and room to grow. */
struct file {
	uint32_t words[64];
	uint32_t size;
};

enum {
	HDR_LEN = 1,
	TYPE_OFF,
	TYPE_LEN,
	STR_OFF,
	STR_LEN,
	LAYOUT_OFF,
	LAYOUT_LEN,
	TYPES = 8, /* [1] int, [2] int * */
	STRINGS = 15,
};

static struct file sample(void)
{
	return (struct file){
		.words = { built_start(BTF_MAGIC, 1, 0), 32, 0, 28, 28, 8, 0, 0, 1, 1 << 24, 4, 32,
			   0, 2 << 24, 1, built_bytes(0, 'i', 'n', 't'), 0 },
		.size = 68,
	};
}

static struct btf *opened(const struct file *f)
{
	return btf__new(f->words, f->size);
}

static void a_file_is_read_and_given_back_as_it_is(void **state)
{
	struct file f = sample();
	_cleanup_btf_ struct btf *btf = opened(&f);
	uint32_t size;

	(void)state;
	assert_int_equal(btf__type_cnt(btf), 3);
	assert_string_equal(built_name(btf, 1), "int");
	assert_memory_equal(btf__raw_data(btf, &size), f.words, f.size);
	assert_int_equal(size, f.size);
}

/* Changes one word of the file. */
static void refused(unsigned int word, uint32_t value, int err)
{
	struct file f = sample();

	f.words[word] = value;
	assert_null_errno(opened(&f), err);
}

static void bad_headers_are_refused(void **state)
{
	struct file f = sample();

	(void)state;
	for (f.size = 0; f.size < 68; f.size++)
		assert_null_errno(opened(&f), EINVAL);
	refused(0, built_start(BTF_MAGIC - 1, 1, 0), EINVAL);
	refused(HDR_LEN, 69, EINVAL);
	refused(TYPE_OFF, 2, EINVAL);
	refused(TYPE_OFF, UINT32_MAX - 27, EINVAL);
	refused(TYPE_LEN, 27, EINVAL);
	refused(STR_OFF, UINT32_MAX, EINVAL);
	refused(STR_LEN, 0, EINVAL);
	refused(STR_LEN, 3, EINVAL);
	refused(LAYOUT_LEN, 4, EINVAL);
}

static void bad_types_are_refused(void **state)
{
	(void)state;
	refused(TYPES, 9, EINVAL);
	refused(TYPES + 1, 20 << 24, EINVAL);
	refused(TYPES + 1, 4 << 24 | 1, EINVAL);
	refused(TYPES + 6, 3, EINVAL);
	/* A FUNC needs a prototype. */
	refused(TYPES + 5, 12 << 24, EINVAL);
	refused(STRINGS, built_bytes('A', 'i', 'n', 't'), EINVAL);
}

static void a_split_file_needs_its_base(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = NULL;
	uint32_t file[] = { built_start(BTF_MAGIC, 1, 0), 24, 0, 12, 12, 0, 0, 2 << 24, 3 };

	(void)state;
	assert_null_errno(btf__new(file, sizeof(file)), EINVAL);
	split = btf__new_split(file, sizeof(file), base);
	assert_int_equal(btf__type_cnt(split), 5);
	assert_int_equal(btf__type_by_id(split, 4)->type, 3);
	file[8] = 5;
	assert_null_errno(btf__new_split(file, sizeof(file), base), EINVAL);
}

static void the_other_byte_order_is_read_and_written(void **state)
{
	struct file f = sample(), swapped = f;
	_cleanup_btf_ struct btf *btf = NULL;
	uint32_t size;

	(void)state;
	for (size_t i = 1; i < STRINGS; i++)
		swapped.words[i] = bswap_32(f.words[i]);
	swapped.words[0] = built_start(bswap_16(BTF_MAGIC), 1, 0);
	btf = opened(&swapped);
	assert_int_equal(btf__endianness(btf), BUILT_OTHER_ORDER);
	assert_string_equal(built_name(btf, 1), "int");
	assert_int_equal(btf__type_by_id(btf, 1)->size, 4);
	assert_memory_equal(btf__raw_data(btf, &size), swapped.words, f.size);
	assert_int_equal(btf__set_endianness(btf, BUILT_ORDER), 0);
	assert_memory_equal(btf__raw_data(btf, &size), f.words, f.size);
	assert_errno(btf__set_endianness(btf, 2), EINVAL);
	swapped.words[HDR_LEN] = bswap_32(20);
	assert_null_errno(opened(&swapped), ENOTSUP);
}

/* libbpf leaves the gap out, but not out of the header's offsets. */
static void a_gap_is_gone_in_the_other_byte_order(void **state)
{
	struct file f = sample();
	_cleanup_btf_ struct btf *btf = NULL, *again = NULL;
	const void *raw;
	uint32_t size;

	(void)state;
	memmove(f.words + STRINGS + 1, f.words + STRINGS, 8);
	f.words[STR_OFF] += 4;
	f.size += 4;
	btf = opened(&f);
	assert_memory_equal(btf__raw_data(btf, &size), f.words, f.size);
	btf__set_endianness(btf, BUILT_OTHER_ORDER);
	raw = btf__raw_data(btf, &size);
	assert_int_equal(size, f.size - 4);
	again = btf__new(raw, size);
	assert_int_equal(btf__type_cnt(again), 3);
	assert_string_equal(built_name(again, 1), "int");
}

static void a_search_for_a_string_moves_nothing(void **state)
{
	struct file f = sample();
	_cleanup_btf_ struct btf *btf = opened(&f), *split = btf__new_empty_split(btf);
	const struct rebtf_type *t = btf__type_by_id(btf, 1);
	const char *name = built_name(btf, 1);

	(void)state;
	assert_int_equal(btf__find_str(split, "int"), 1);
	assert_int_equal(btf__find_str(btf, "int"), 1);
	assert_errno(btf__find_str(btf, "none"), ENOENT);
	assert_ptr_equal(btf__type_by_id(btf, 1), t);
	assert_ptr_equal(built_name(btf, 1), name);
}

static void a_header_of_odd_length_moves_the_types(void **state)
{
	struct file f = sample(), odd = {};
	_cleanup_btf_ struct btf *btf = NULL;
	uint32_t size;

	(void)state;
	memcpy(odd.words, f.words, 32);
	odd.words[HDR_LEN] = 33;
	memcpy((uint8_t *)odd.words + 33, f.words + TYPES, f.size - 32);
	odd.size = f.size + 1;
	btf = opened(&odd);
	assert_int_equal((uintptr_t)btf__type_by_id(btf, 1) % 4, 0);
	assert_int_equal(btf__type_by_id(btf, 2)->type, 1);
	assert_memory_equal(btf__raw_data(btf, &size), odd.words, odd.size);
}

static void a_header_that_is_not_known_in_full_forbids_changes(void **state)
{
	struct file f = sample();
	_cleanup_btf_ struct btf *btf = NULL;

	(void)state;
	memmove(f.words + 9, f.words + 8, f.size - 32);
	f.words[HDR_LEN] = 36;
	f.words[8] = 1;
	f.size += 4;
	btf = opened(&f);
	assert_int_equal(btf__type_cnt(btf), 3);
	assert_errno(btf__add_ptr(btf, 1), EOPNOTSUPP);
	assert_errno(btf__add_str(btf, "x"), EOPNOTSUPP);
}

static void types_of_unknown_kind_need_a_layout(void **state)
{
	struct btf_new_opts opts = { .sz = sizeof(opts), .add_layout = true };
	_cleanup_btf_ struct btf *made = btf__new_empty_opts(&opts), *btf = NULL;
	uint32_t words[64], size;
	const void *raw;

	(void)state;
	btf__add_int(made, "int", 4, 0);
	raw = btf__raw_data(made, &size);
	memcpy(words, raw, size);
	assert_int_equal(words[LAYOUT_LEN], 20 * 4);
	/* Kind 20, with one word. */
	words[TYPES + 1] = 20 << 24;
	assert_null_errno(btf__new(words, size), EINVAL);
	memmove((uint8_t *)words + 32 + 16 + 84, (uint8_t *)words + 32 + 16 + 80, 5);
	words[LAYOUT_LEN] += 4;
	words[STR_OFF] += 4;
	words[8 + 4 + 20] = built_bytes(4, 0, 0, 0);
	btf = btf__new(words, size + 4);
	assert_int_equal(btf__type_cnt(btf), 2);
}

/*
 * One type of @kind in @types bytes. All other bytes are 1, so that a reader who goes on inside the
 * type finds an INT there. A layout has 21 kinds. Its sizes of kind 20 are no multiples of 4.
 */
static struct file of_unknown_kind(uint32_t kind, uint32_t types, bool has_layout)
{
	uint32_t room = (types + 3) & ~3U, layout = has_layout ? 21 * 4 : 0;
	struct file f = {
		.words = { built_start(BTF_MAGIC, 1, 0), 32, 0, types, room + layout, 4, room,
			   layout },
		.size = 32 + room + layout + 4,
	};

	memset(f.words + TYPES, 1, types);
	f.words[TYPES] = 0;
	f.words[TYPES + 1] = kind << 24 | 0x010101;
	if (has_layout)
		f.words[TYPES + room / 4 + 20] = built_bytes(1, 1, 0, 0);
	return f;
}

static void types_of_unknown_size_are_refused_whatever_follows(void **state)
{
	(void)state;
	for (uint32_t types = 12; types <= 64; types++) {
		for (uint32_t kind = 20; kind <= 21; kind++) {
			struct file f = of_unknown_kind(kind, types, false);
			struct file with_layout = of_unknown_kind(kind, types, true);

			assert_null_errno(opened(&f), EINVAL);
			assert_null_errno(opened(&with_layout), EINVAL);
		}
	}
}

static void options_of_a_later_version_are_refused(void **state)
{
	struct {
		struct btf_new_opts known;
		size_t unknown;
	} opts = { .known.sz = sizeof(opts), .unknown = 0 };
	_cleanup_btf_ struct btf *btf = btf__new_empty_opts(&opts.known);

	(void)state;
	assert_non_null(btf);
	opts.unknown = 1;
	assert_null_errno(btf__new_empty_opts(&opts.known), EINVAL);
	opts.known.sz = 4;
	assert_null_errno(btf__new_empty_opts(&opts.known), EINVAL);
}

static void files_are_told_apart_by_their_magic(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	struct file f = sample();
	_cleanup_btf_ struct btf *btf = NULL;

	(void)state;
	write_bytes(scratch_path(dir, "raw"), f.words, f.size);
	write_bytes(scratch_path(dir, "text"), "no BTF", 6);
	write_bytes(scratch_path(dir, "short"), "x", 1);
	btf = btf__parse(scratch_path(dir, "raw"), NULL);
	assert_int_equal(btf__type_cnt(btf), 3);
	assert_null_errno(btf__parse_raw(scratch_path(dir, "text")), EPROTO);
	assert_null_errno(btf__parse_raw(scratch_path(dir, "short")), EIO);
	assert_null_errno(btf__parse_raw(scratch_path(dir, "none")), ENOENT);
	assert_null_errno(btf__parse(scratch_path(dir, "text"), NULL), LIBBPF_ERRNO_FORMAT);
	assert_null_errno(btf__parse_elf("/proc/self/exe", NULL), ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_and_given_back_as_it_is),
		cmocka_unit_test(bad_headers_are_refused),
		cmocka_unit_test(bad_types_are_refused),
		cmocka_unit_test(a_split_file_needs_its_base),
		cmocka_unit_test(the_other_byte_order_is_read_and_written),
		cmocka_unit_test(a_gap_is_gone_in_the_other_byte_order),
		cmocka_unit_test(a_search_for_a_string_moves_nothing),
		cmocka_unit_test(a_header_of_odd_length_moves_the_types),
		cmocka_unit_test(a_header_that_is_not_known_in_full_forbids_changes),
		cmocka_unit_test(types_of_unknown_kind_need_a_layout),
		cmocka_unit_test(types_of_unknown_size_are_refused_whatever_follows),
		cmocka_unit_test(options_of_a_later_version_are_refused),
		cmocka_unit_test(files_are_told_apart_by_their_magic),
	};

	return cmocka_run_group_tests_name("libbpf: parse", tests, built_print_nothing, NULL);
}
