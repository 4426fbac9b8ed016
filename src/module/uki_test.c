/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of unified kernel images, valid ones and ones with wrong headers, and of the release in an
 * image.
 */
#include <time.h>

#include "module/image_for_test.h"

/* ---------------------------------------------------------------------------- making the parts */

struct section {
	const char *name;
	struct image content;
	uint32_t offset, file_size, memory_size; /* 0: the true value; ~0u: 0 */
};

static uint32_t claimed(uint32_t lie, size_t truth)
{
	return lie == UINT32_MAX ? 0 : lie ?: (uint32_t)truth;
}

enum {
	ALIGNMENT = 512,
	HEADERS = 4096,
	PE = 0x80,
	OPTIONAL_SIZE = 240,
};

/* A PE file of @count sections, in this order. */
static void put_pe(struct image *image, const struct section *sections, size_t count)
{
	uint8_t *entry;

	put_zeros(image, HEADERS);
	memcpy(image->data, "MZ", 2);
	put_word(image, 0x3c, PE);
	memcpy(image->data + PE, "PE\0\0\x64\x86", 6);
	put16(image->data + PE + 6, (uint16_t)count, false);
	put16(image->data + PE + 20, OPTIONAL_SIZE, false);
	for (size_t i = 0; i < count; i++) {
		const struct section *section = &sections[i];
		size_t offset = image->size;

		put(image, section->content.data, section->content.size);
		put_zeros(image, (size_t)-image->size % ALIGNMENT);
		entry = image->data + PE + 24 + OPTIONAL_SIZE + i * 40;
		strncpy((char *)entry, section->name, 8);
		put32(entry + 8, claimed(section->memory_size, section->content.size), false);
		put32(entry + 16, claimed(section->file_size, image->size - offset), false);
		put32(entry + 20, claimed(section->offset, offset), false);
	}
}

/* ---------------------------------------------------------------------- unified kernel images */

/* Four sections. Tests move or falsify some. */
struct uki {
	struct section sections[6];
	size_t count;
};

enum { OSREL, UNAME, INITRD, LINUX };

static void uki_make(struct uki *uki)
{
	*uki = (struct uki){ .count = 4 };
	uki->sections[OSREL] = (struct section){ .name = ".osrel" };
	put(&uki->sections[OSREL].content, "ID=test", 7);
	uki->sections[UNAME] = (struct section){ .name = ".uname" };
	put(&uki->sections[UNAME].content, "9.8.7-test\n", 11);
	uki->sections[INITRD] = (struct section){ .name = ".initrd" };
	put_initramfs(&uki->sections[INITRD].content);
	uki->sections[LINUX] = (struct section){ .name = ".linux" };
	put_kernel(&uki->sections[LINUX].content, KERNEL_TYPES, CODEC_GZIP);
}

static void uki_release_parts(struct uki *uki)
{
	for (size_t i = 0; i < uki->count; i++)
		image_release(&uki->sections[i].content);
}

#define _cleanup_uki_ _cleanup_(uki_release_parts)

static void assert_uki_is_kernel(const struct uki *uki)
{
	_cleanup_image_ struct image image = {};

	put_pe(&image, uki->sections, uki->count);
	assert_finds(&image, KERNEL_TYPES, false);
}

static void swap_sections(struct uki *uki, size_t a, size_t b)
{
	struct section section = uki->sections[a];

	uki->sections[a] = uki->sections[b];
	uki->sections[b] = section;
}

static void the_linux_section_counts_wherever_it_is(void **state)
{
	(void)state;
	for (size_t at = 0; at < 4; at++) {
		_cleanup_uki_ struct uki uki;

		uki_make(&uki);
		swap_sections(&uki, LINUX, at);
		assert_uki_is_kernel(&uki);
	}
}

static void a_packed_initrd_does_not_count(void **state)
{
	(void)state;
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_uki_ struct uki uki;
		struct image packed = {};

		uki_make(&uki);
		put_packed(&packed, codec, &uki.sections[INITRD].content);
		image_release(&uki.sections[INITRD].content);
		uki.sections[INITRD].content = packed;
		assert_uki_is_kernel(&uki);
	}
}

static void an_image_without_kernel_btf_has_none_in_its_initrd(void **state)
{
	_cleanup_uki_ struct uki uki;
	_cleanup_image_ struct image image = {};

	(void)state;
	uki_make(&uki);
	image_release(&uki.sections[LINUX].content);
	uki.sections[LINUX].content = (struct image){};
	put_code(&uki.sections[LINUX].content, 5000);
	put_pe(&image, uki.sections, uki.count);
	assert_finds_nothing(&image);
}

/* Profiles can bring their own kernel, which may not be usable here. */
static void of_several_linux_sections_the_first_with_btf_counts(void **state)
{
	_cleanup_uki_ struct uki uki;

	(void)state;
	uki_make(&uki);
	uki.sections[uki.count] = (struct section){ .name = ".linux" };
	put_kernel(&uki.sections[uki.count++].content, 30, CODEC_XZ);
	assert_uki_is_kernel(&uki);

	uki.sections[uki.count] = (struct section){ .name = ".linux" };
	put_code(&uki.sections[uki.count++].content, 2000);
	swap_sections(&uki, uki.count - 1, OSREL);
	assert_uki_is_kernel(&uki);
}

static void a_kernel_is_found_though_the_headers_lie(void **state)
{
	static const struct {
		uint32_t offset, file_size, memory_size;
	} lies[] = {
		{ .offset = 0x10 },	     { .offset = 0x7fffffff },
		{ .offset = UINT32_MAX },    { .file_size = 0x7fffffff },
		{ .file_size = 0x00fffff },  { .file_size = UINT32_MAX },
		{ .file_size = 700 },	     { .memory_size = 700 },
		{ .memory_size = 1 },	     { .memory_size = UINT32_MAX },
		{ .memory_size = 0xffffff }, { .file_size = 0x7fffffff, .memory_size = 0x7fffffff },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (size_t at = INITRD; at <= LINUX; at++) {
			_cleanup_uki_ struct uki uki;

			uki_make(&uki);
			uki.sections[LINUX].offset = lies[i].offset;
			uki.sections[LINUX].file_size = lies[i].file_size;
			uki.sections[LINUX].memory_size = lies[i].memory_size;
			swap_sections(&uki, LINUX, at);
			assert_uki_is_kernel(&uki);
		}
	}
}

/* Then the initrd is a part like any other. But modules and initramfs never count. */
static void a_kernel_is_found_though_all_headers_lie(void **state)
{
	(void)state;
	for (size_t at = INITRD; at <= LINUX; at++) {
		_cleanup_uki_ struct uki uki;

		uki_make(&uki);
		uki.sections[LINUX].offset = 0x7fffffff;
		uki.sections[INITRD].offset = 0x7fffffff;
		swap_sections(&uki, LINUX, at);
		assert_uki_is_kernel(&uki);
	}
}

static void more_sections_than_fit_into_the_file_are_passed_over(void **state)
{
	_cleanup_uki_ struct uki uki;
	_cleanup_image_ struct image image = {};

	(void)state;
	uki_make(&uki);
	put_pe(&image, uki.sections, uki.count);
	put16(image.data + PE + 6, 0xffff, false);
	assert_finds(&image, KERNEL_TYPES, false);
	/* The table starts past the end. */
	put16(image.data + PE + 20, 0xffff, false);
	image.size = image.size < 0xffff ? image.size : 0xffff;
	assert_finds_nothing(&image);
}

static void a_pe_file_that_ends_in_its_headers_holds_nothing(void **state)
{
	_cleanup_uki_ struct uki uki;
	_cleanup_image_ struct image image = {};

	(void)state;
	uki_make(&uki);
	put_pe(&image, uki.sections, uki.count);
	for (image.size = 0; image.size < HEADERS; image.size += 7) {
		struct image copy = {};

		/* Exactly that size, so that sanitizers detect reads past the end. */
		put(&copy, image.data, image.size);
		assert_finds_nothing(&copy);
		image_release(&copy);
	}
}

static void an_image_in_itself_comes_to_an_end(void **state)
{
	_cleanup_uki_ struct uki uki = { .count = 6 };
	_cleanup_image_ struct image image = {};
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i < uki.count; i++)
		uki.sections[i] = (struct section){ .name = ".linux",
						    .offset = UINT32_MAX,
						    .file_size = 0x7fffffff,
						    .memory_size = 0x7fffffff };
	put_initramfs(&uki.sections[5].content);
	put_pe(&image, uki.sections, uki.count);
	assert_finds_nothing(&image);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 30);
}

static void assert_release(const struct image *image, const char *release)
{
	_cleanup_image_btf_ struct image_btf found = {};

	assert_ok(image_find_btf(image->data, image->size, "image", &found));
	assert_string_equal(found.release, release);
}

/* The kernel's own banner takes precedence over the image around it. */
static void images_tell_their_release(void **state)
{
	static const char banner[] = "Linux version %s \0Linux version 6.1.0-x (who@where) (gcc)";
	_cleanup_uki_ struct uki uki;
	_cleanup_image_ struct image image = {};
	_cleanup_image_ struct image kernel = {};
	_cleanup_image_ struct image packed = {};

	(void)state;
	uki_make(&uki);
	put_pe(&image, uki.sections, uki.count);
	assert_release(&image, "9.8.7-test");

	put_btf(&kernel, 3, false);
	put_code(&packed, 2048);
	put_packed(&packed, CODEC_GZIP, &kernel);
	memcpy(packed.data + 0x202, "HdrS\x0f\x02", 6);
	put16(packed.data + 0x20e, 0x400, false);
	memcpy(packed.data + 0x600, "5.4.3-y (who@where) #1", 23);
	assert_release(&packed, "5.4.3-y");
	put16(packed.data + 0x20e, 0xffff, false);
	assert_release(&packed, "");

	put(&kernel, banner, sizeof(banner));
	packed.size = 2048;
	put16(packed.data + 0x20e, 0x400, false);
	put_packed(&packed, CODEC_GZIP, &kernel);
	assert_release(&packed, "6.1.0-x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_linux_section_counts_wherever_it_is),
		cmocka_unit_test(a_packed_initrd_does_not_count),
		cmocka_unit_test(an_image_without_kernel_btf_has_none_in_its_initrd),
		cmocka_unit_test(of_several_linux_sections_the_first_with_btf_counts),
		cmocka_unit_test(a_kernel_is_found_though_the_headers_lie),
		cmocka_unit_test(a_kernel_is_found_though_all_headers_lie),
		cmocka_unit_test(more_sections_than_fit_into_the_file_are_passed_over),
		cmocka_unit_test(a_pe_file_that_ends_in_its_headers_holds_nothing),
		cmocka_unit_test(an_image_in_itself_comes_to_an_end),
		cmocka_unit_test(images_tell_their_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
