/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of finding the size of an ELF object inside other data. */
#include "module/elf_file.h"
#include "module/test_object.h"
#include "util/bytes.h"
#include "util/testing.h"

#define TAIL 100

/* An object, and bytes after it. */
static void make(int elf_class, int encoding, size_t extra_sections, struct file_bytes *bytes)
{
	struct test_object object = {
		.elf_class = elf_class,
		.encoding = encoding,
		.btf = "BTF",
		.btf_size = 3,
		.extra_sections = extra_sections,
	};

	test_object_make(&object, bytes);
	bytes->data = realloc(bytes->data, bytes->size + TAIL);
	memset(bytes->data + bytes->size, 0xff, TAIL);
}

static void objects_of_each_class_and_order(void **state)
{
	(void)state;
	for (int elf_class = ELFCLASS32; elf_class <= ELFCLASS64; elf_class++) {
		for (int encoding = ELFDATA2LSB; encoding <= ELFDATA2MSB; encoding++) {
			_cleanup_file_bytes_ struct file_bytes bytes = {};
			size_t headers_left = 1000;

			make(elf_class, encoding, 5, &bytes);
			assert_int_equal(elf_object_span(bytes.data, bytes.size + TAIL,
							 &headers_left),
					 bytes.size);
			assert_true(headers_left < 1000 - 5);
		}
	}
}

static void objects_with_more_sections_than_the_header_can_count(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	size_t headers_left = 100000;

	(void)state;
	make(ELFCLASS64, ELFDATA2LSB, 70000, &bytes);
	assert_int_equal(elf_object_span(bytes.data, bytes.size + TAIL, &headers_left), bytes.size);
	assert_true(headers_left < 100000 - 70000);
}

/* A module's signature, and the sections that rebtf appends, come after the section headers. */
static void sections_behind_the_section_headers_count(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	size_t headers_left = 1000, table;

	(void)state;
	make(ELFCLASS64, ELFDATA2LSB, 0, &bytes);
	table = get64(bytes.data + 40, false);
	put32(bytes.data + table + 64 + 24, (uint32_t)bytes.size, false);
	put32(bytes.data + table + 64 + 32, TAIL, false);
	assert_int_equal(elf_object_span(bytes.data, bytes.size + TAIL, &headers_left),
			 bytes.size + TAIL);
}

static void the_last_section_header_may_end_the_file(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	size_t headers_left = 1000;

	(void)state;
	make(ELFCLASS64, ELFDATA2LSB, 0, &bytes);
	/* A header, and behind it one section header, which is empty. */
	put32(bytes.data + 40, 64, false);
	put16(bytes.data + 60, 1, false);
	memset(bytes.data + 64, 0, 64);
	assert_int_equal(elf_object_span(bytes.data, 128, &headers_left), 128);
	assert_int_equal(elf_object_span(bytes.data, 127, &headers_left), 64);
	assert_int_equal(elf_object_span(bytes.data, 64, &headers_left), 64);
	assert_int_equal(elf_object_span(bytes.data, 63, &headers_left), 0);
}

static void other_files_are_no_objects(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	size_t headers_left = 1000;

	(void)state;
	make(ELFCLASS64, ELFDATA2LSB, 0, &bytes);
	for (uint8_t type = 0; type < 5; type++) {
		bytes.data[16] = type;
		assert_int_equal(!elf_object_span(bytes.data, bytes.size, &headers_left),
				 type != ET_REL);
	}
	bytes.data[16] = ET_REL;
	bytes.data[0] = 'x';
	assert_int_equal(elf_object_span(bytes.data, bytes.size, &headers_left), 0);
}

static void headers_that_lie_reach_no_further_than_the_bytes(void **state)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};

	(void)state;
	make(ELFCLASS64, ELFDATA2LSB, 0, &bytes);
	for (size_t at = 4; at < 64; at++) {
		uint8_t old = bytes.data[at];

		for (unsigned int value = 0; value < 256; value += 15) {
			size_t headers_left = 20;

			bytes.data[at] = (uint8_t)value;
			assert_true(elf_object_span(bytes.data, bytes.size, &headers_left) <=
				    bytes.size);
		}
		bytes.data[at] = old;
	}
	for (size_t size = 0; size < bytes.size; size++) {
		_cleanup_free_ uint8_t *copy = malloc(size ?: 1);
		size_t headers_left = 1000;

		memcpy(copy, bytes.data, size);
		assert_true(elf_object_span(copy, size, &headers_left) <= size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_each_class_and_order),
		cmocka_unit_test(objects_with_more_sections_than_the_header_can_count),
		cmocka_unit_test(sections_behind_the_section_headers_count),
		cmocka_unit_test(the_last_section_header_may_end_the_file),
		cmocka_unit_test(other_files_are_no_objects),
		cmocka_unit_test(headers_that_lie_reach_no_further_than_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
