/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of kernel images: each format and compression around the same small BTF, and images that
 * try to mislead the search.
 */
#include <time.h>

#include "module/image_for_test.h"

static void raw_btf_and_elf_files(void **state)
{
	_cleanup_image_ struct image btf = {};
	_cleanup_file_bytes_ struct file_bytes elf = {};
	struct test_object object = { .encoding = ELFDATA2MSB };
	struct image as_image;

	(void)state;
	put_btf(&btf, 5, true);
	assert_finds(&btf, 5, true);
	object.btf = btf.data;
	object.btf_size = btf.size;
	test_object_make(&object, &elf);
	as_image = (struct image){ elf.data, elf.size };
	assert_finds(&as_image, 5, true);
}

static void flat_image_with_btf_at_any_place(void **state)
{
	(void)state;
	for (size_t at = 1000; at < 1008; at++) {
		_cleanup_image_ struct image image = {};

		put_code(&image, at);
		put_btf(&image, 7, at & 1);
		put_code(&image, 1000);
		assert_finds(&image, 7, at & 1);
	}
}

static void flat_image_with_each_compression(void **state)
{
	_cleanup_image_ struct image kernel = {};

	(void)state;
	put_code(&kernel, 5000);
	put_btf(&kernel, 9, true);
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_image_ struct image image = {};

		put_code(&image, 777);
		put_packed(&image, codec, &kernel);
		put_code(&image, 333);
		assert_finds(&image, 9, true);
	}
}

/* An x86 image: boot sector, three sectors of setup, protected-mode code with the payload. */
static void bzimage_with_each_compression(void **state)
{
	_cleanup_image_ struct image btf = {};
	_cleanup_file_bytes_ struct file_bytes elf = {};
	struct test_object object = {};
	struct image vmlinux;

	(void)state;
	put_btf(&btf, 11, false);
	object.btf = btf.data;
	object.btf_size = btf.size;
	test_object_make(&object, &elf);
	vmlinux = (struct image){ elf.data, elf.size };
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_image_ struct image image = {};
		size_t payload;

		put_code(&image, 4 * 512 + 100);
		payload = image.size;
		put_packed(&image, codec, &vmlinux);
		put(&image, "\0\0\0\1", 4); /* the unpacked length, as the build appends it */
		image.data[0x1f1] = 3;
		memcpy(image.data + 0x202, "HdrS\x0f\x02", 6);
		put_word(&image, 0x248, 100);
		put_word(&image, 0x24c, (uint32_t)(image.size - payload));
		put_code(&image, 100);
		assert_finds(&image, 11, false);
	}
}

static void bzimage_whose_header_lies_is_searched(void **state)
{
	_cleanup_image_ struct image btf = {};
	_cleanup_image_ struct image image = {};

	(void)state;
	put_btf(&btf, 11, false);
	put_code(&image, 4 * 512 + 100);
	put_packed(&image, CODEC_ZSTD, &btf);
	memcpy(image.data + 0x202, "HdrS\x0f\x02", 6);
	put_word(&image, 0x248, 0xfffffff0);
	put_word(&image, 0x24c, 0xffffffff);
	assert_finds(&image, 11, false);
}

static void zboot_image_and_one_that_is_packed_again(void **state)
{
	_cleanup_image_ struct image kernel = {};
	_cleanup_image_ struct image image = {};
	_cleanup_image_ struct image again = {};

	(void)state;
	put_code(&kernel, 4096);
	put_btf(&kernel, 13, false);
	put_code(&image, 4096);
	memcpy(image.data, "MZ\0\0zimg", 8);
	put_word(&image, 8, 4096);
	put_packed(&image, CODEC_GZIP, &kernel);
	put_word(&image, 12, (uint32_t)image.size - 4096);
	assert_finds(&image, 13, false);
	put_packed(&again, CODEC_XZ, &image);
	assert_finds(&again, 13, false);
}

/*
 * Programs inside a kernel have BTF too, and an initramfs has modules. The kernel's own is the
 * largest.
 */
static void the_largest_btf_is_the_kernels(void **state)
{
	_cleanup_image_ struct image image = {};

	(void)state;
	put_code(&image, 100);
	for (unsigned int i = 0; i < 40; i++)
		put_btf(&image, 2 + i, false);
	put_btf(&image, 500, false);
	for (unsigned int i = 0; i < 40; i++)
		put_btf(&image, 50 - i, false);
	assert_finds(&image, 500, false);
}

/* A valid header before invalid types: the next largest is taken. */
static void btf_that_does_not_open_is_passed_over(void **state)
{
	_cleanup_image_ struct image image = {};
	size_t bad;

	(void)state;
	put_code(&image, 100);
	put_btf(&image, 20, false);
	bad = image.size;
	put_btf(&image, 30, false);
	image.data[bad + 24 + 7] = 0x7f; /* the first type's kind */
	assert_finds(&image, 20, false);
}

static void streams_that_are_no_kernel_are_passed_over(void **state)
{
	_cleanup_image_ struct image config = {};
	_cleanup_image_ struct image kernel = {};
	_cleanup_image_ struct image image = {};

	(void)state;
	put_code(&config, 3000);
	put_btf(&kernel, 17, false);
	put_code(&image, 100);
	put(&image, "\x1f\x8b\x08\0\0\0\0\0\0\0\0\0", 12); /* damaged */
	put(&image,
	    "\xfd"
	    "7zXZ\0\0\0",
	    8);
	put_packed(&image, CODEC_GZIP, &config);
	put_packed(&image, CODEC_ZSTD, &kernel);
	assert_finds(&image, 17, false);
}

static void images_without_btf(void **state)
{
	_cleanup_image_ struct image image = {};
	_cleanup_image_ struct image packed = {};

	(void)state;
	assert_finds_nothing(&image);
	put_code(&image, 3000);
	assert_finds_nothing(&image);
	put_packed(&packed, CODEC_GZIP, &image);
	assert_finds_nothing(&packed);
}

static void the_first_part_that_cannot_be_unpacked_is_reported(void **state)
{
	/* An empty frame that needs a window of 256 MiB. */
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, (28 - 10) << 3, 1, 0, 0 };
	/* Properties, a dictionary of 1 GiB, an unknown length, and no data. */
	static const uint8_t lzma[30] = { 0x5d, 0,    0,    0,	  0x40, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	_cleanup_image_ struct image image = {};
	struct image_btf found;

	(void)state;
	put_code(&image, 100);
	put(&image, zstd, sizeof(zstd));
	put_code(&image, 100);
	put(&image, lzma, sizeof(lzma));
	put_code(&image, 100);
	assert_fails(image_find_btf(image.data, image.size, "image", &found), REBTF_ERR_NO_BTF,
		     "some data is unreadable: zstd data needs too much memory");
	/* Without the first. */
	assert_fails(image_find_btf(image.data + 101, image.size - 101, "image", &found),
		     REBTF_ERR_NO_BTF, "some data is unreadable: lzma data needs too much memory");
}

/* The search ends for nested images, endless magic numbers and nearly valid headers. */
static void hostile_images_take_bounded_time(void **state)
{
	/* A header with a megabyte of types directly after it. */
	static const uint8_t header[24] = { 0x9f, 0xeb, 1, 0,	 24, 0, 0, 0,	 0, 0, 0,
					    0,	  0,	0, 0x10, 0,  0, 0, 0x10, 0, 1 };
	_cleanup_image_ struct image boxes = {};
	_cleanup_image_ struct image magics = {};
	_cleanup_image_ struct image headers = {};
	clock_t start = clock();

	(void)state;
	put_btf(&boxes, 3, false);
	for (int i = 0; i < 10; i++) {
		struct image box = {};

		put_packed(&box, CODEC_GZIP, &boxes);
		free(boxes.data);
		boxes = box;
	}
	assert_finds_nothing(&boxes);

	magics.size = 2 << 20;
	magics.data = calloc(1, magics.size);
	for (size_t i = 0; i + 10 < magics.size; i += 10)
		memcpy(magics.data + i, "\x1f\x8b\x08\0\0\0\0\0\0", 9);
	assert_finds_nothing(&magics);

	headers.size = 2 << 20;
	headers.data = calloc(1, headers.size);
	for (size_t i = 24; i + 24 < headers.size; i += 24)
		memcpy(headers.data + i, header, sizeof(header));
	assert_finds_nothing(&headers);
	/*
	 * Usually far below a second, with sanitizers a few seconds. Opening BTF at each header
	 * would take minutes.
	 */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 30);
}

/* A gzip stream of @size bytes that fails at its end, after all of them were decompressed. */
static void put_bad_stream(struct image *image, size_t size)
{
	_cleanup_image_ struct image content = {};

	put_code(&content, size);
	put_packed(image, CODEC_GZIP, &content);
	image->data[image->size - 8] ^= 1; /* the checksum */
}

static void streams_that_fail_are_charged_for_what_came_out(void **state)
{
	_cleanup_image_ struct image image = {};
	struct image_btf found;

	(void)state;
	put_code(&image, 100);
	for (int i = 0; i < 5; i++)
		put_bad_stream(&image, 15 << 20);
	assert_true(image.size < 1 << 20);
	put_btf(&image, 17, false);
	/* Uncompressed data does not count. */
	assert_finds(&image, 17, false);
	image.data[image.size - 1] = 1; /* unterminated strings, so not BTF */
	assert_fails(image_find_btf(image.data, image.size, "image", &found), REBTF_ERR_UNSUPPORTED,
		     "bytes for a file of this size");
}

/* Failed streams do not reduce the size limit for the kernel after them. */
static void streams_that_fail_early_cost_next_to_nothing(void **state)
{
	_cleanup_image_ struct image kernel = {};
	_cleanup_image_ struct image image = {};

	(void)state;
	put_code(&kernel, 30 << 20);
	put_btf(&kernel, 17, false);
	put_code(&image, 100);
	for (int i = 0; i < 60; i++)
		put_bad_stream(&image, 1000);
	put_packed(&image, CODEC_GZIP, &kernel);
	assert_finds(&image, 17, false);
}

static void copy_of_an_image_is_the_file_that_was_opened(void **state)
{
	REBTF_OPTIONS(rebtf_kernel_options, kernels);
	REBTF_OPTIONS(rebtf_module_options, options, .kernels = &kernels);
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "vmlinuz"), *link = scratch_path(dir, "link");
	_cleanup_file_bytes_ struct file_bytes copy = {};
	_cleanup_image_ struct image image = {};
	struct rebtf_module *module;
	struct stat before, after;

	(void)state;
	put_code(&image, 1000);
	put_btf(&image, 7, true);
	write_bytes(path, image.data, image.size);
	assert_int_equal(symlink("vmlinuz", link), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_ok(rebtf_module_open(path, &options, &module));
	assert_int_equal(rebtf_module_container(module), REBTF_CONTAINER_IMAGE);
	assert_ok(rebtf_module_copy(module, path));
	assert_ok(rebtf_module_copy(module, link));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_ok(rebtf_module_copy(module, scratch_path(dir, "copy")));
	assert_ok(file_read(scratch_path(dir, "copy"), &copy));
	assert_int_equal(copy.size, image.size);
	assert_memory_equal(copy.data, image.data, image.size);
	write_bytes(path, image.data, image.size - 1);
	assert_fails(rebtf_module_copy(module, scratch_path(dir, "copy")), REBTF_ERR_CHANGED,
		     "another process changed the file");
	rebtf_module_free(module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_btf_and_elf_files),
		cmocka_unit_test(flat_image_with_btf_at_any_place),
		cmocka_unit_test(flat_image_with_each_compression),
		cmocka_unit_test(bzimage_with_each_compression),
		cmocka_unit_test(bzimage_whose_header_lies_is_searched),
		cmocka_unit_test(zboot_image_and_one_that_is_packed_again),
		cmocka_unit_test(the_largest_btf_is_the_kernels),
		cmocka_unit_test(btf_that_does_not_open_is_passed_over),
		cmocka_unit_test(streams_that_are_no_kernel_are_passed_over),
		cmocka_unit_test(images_without_btf),
		cmocka_unit_test(the_first_part_that_cannot_be_unpacked_is_reported),
		cmocka_unit_test(hostile_images_take_bounded_time),
		cmocka_unit_test(streams_that_fail_are_charged_for_what_came_out),
		cmocka_unit_test(streams_that_fail_early_cost_next_to_nothing),
		cmocka_unit_test(copy_of_an_image_is_the_file_that_was_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
