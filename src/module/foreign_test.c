/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of images that contain BTF other than their kernel's, in modules, BPF programs and
 * initramfs, and of archives with kernels.
 */
#include <time.h>

#include "module/image_for_test.h"

/* ------------------------------------------------------------------------------- other images */

static void modules_in_an_image_do_not_count(void **state)
{
	_cleanup_image_ struct image image = {};
	_cleanup_image_ struct image module = {};

	(void)state;
	put_code(&image, 100);
	put_module(&image, 50, false);
	put_btf(&image, KERNEL_TYPES, false);
	put_module(&image, 60, true);
	assert_finds(&image, KERNEL_TYPES, false);

	/* Also if they are compressed. */
	image.size = 100;
	put_module(&module, 50, false);
	put_packed(&image, CODEC_XZ, &module);
	put_kernel(&image, KERNEL_TYPES, CODEC_GZIP);
	put_packed(&image, CODEC_GZIP, &module);
	assert_finds(&image, KERNEL_TYPES, false);
}

static void modules_alone_are_no_kernel(void **state)
{
	_cleanup_image_ struct image image = {};

	(void)state;
	put_code(&image, 100);
	put_module(&image, 50, false);
	put_module(&image, 60, true);
	put_initramfs(&image);
	assert_finds_nothing(&image);
}

/*
 * The kernel inside an image may be a relocatable object, but BTF with a distilled base is a
 * module's.
 */
static void a_module_is_called_one(void **state)
{
	_cleanup_image_ struct image module = {};
	struct image_btf found;

	(void)state;
	put_module(&module, 50, true);
	assert_fails(image_find_btf(module.data, module.size, "m.ko", &found),
		     REBTF_ERR_UNSUPPORTED, "m.ko: not a kernel's BTF, but a module's");
}

/* A flattened image tree of U-Boot, which has no fixed order. */
static void an_initramfs_before_the_kernel_does_not_count(void **state)
{
	for (enum codec codec = CODEC_NONE; codec < CODEC_COUNT; codec++) {
		_cleanup_image_ struct image image = {};
		_cleanup_image_ struct image initramfs = {};

		(void)state;
		put_code(&image, 100);
		put_initramfs(&initramfs);
		if (codec == CODEC_NONE)
			put(&image, initramfs.data, initramfs.size);
		else
			put_packed(&image, codec, &initramfs);
		put_kernel(&image, KERNEL_TYPES, CODEC_GZIP);
		assert_finds(&image, KERNEL_TYPES, false);
	}
}

/* For example an initramfs whose last file was cut, before data that holds the kernel. */
static void a_broken_initramfs_ends_where_it_breaks(void **state)
{
	_cleanup_image_ struct image image = {};

	(void)state;
	put_code(&image, 100);
	put_initramfs(&image);
	memset(image.data + image.size - 124, 'x', 124); /* the last header */
	put_kernel(&image, KERNEL_TYPES, CODEC_GZIP);
	assert_finds(&image, KERNEL_TYPES, false);
}

/* BPF programs that are built into a kernel, and a base that was distilled for modules. */
static void programs_and_distilled_bases_do_not_count(void **state)
{
	static const char *const sections[] = { "license", ".maps" };
	_cleanup_image_ struct image image = {};

	(void)state;
	put_code(&image, 100);
	for (unsigned int i = 0; i < 3; i++) {
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		_cleanup_free_ void *data = NULL;
		struct rebtf_builder *b;
		size_t size;

		assert_ok(rebtf_builder_new(NULL, &b));
		rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
		for (unsigned int more = 0; more < 100; more++)
			rebtf_builder_int(b, "long", 8, REBTF_INT_SIGNED, 64);
		if (i < 2)
			rebtf_builder_datasec(b, sections[i], 0);
		assert_ok(rebtf_builder_finish(b, &btf));
		assert_ok(rebtf_btf_write(btf, NULL, &data, &size));
		put(&image, data, size);
	}
	assert_finds_nothing(&image);
	put_btf(&image, KERNEL_TYPES, false);
	assert_finds(&image, KERNEL_TYPES, false);
}

/* A guess that fails, or finds less, does not end the search. */
static void a_failed_guess_does_not_end_the_search(void **state)
{
	_cleanup_image_ struct image image = {};
	_cleanup_image_ struct image small = {};
	_cleanup_image_ struct image damaged = {};
	_cleanup_image_ struct image elf = {};

	(void)state;
	put_code(&image, 4096);
	/* A stream that starts like BTF, and one that starts like an ELF file. */
	put_btf(&damaged, 5, false);
	damaged.data[24 + 7] = 0x7f;
	put_packed(&image, CODEC_GZIP, &damaged);
	put(&elf,
	    "\x7f"
	    "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1\0\0\0",
	    24);
	put_packed(&image, CODEC_XZ, &elf);
	put_btf(&small, 4, false);
	put_packed(&image, CODEC_ZSTD, &small);
	put_kernel(&image, KERNEL_TYPES, CODEC_BZIP2);
	assert_finds(&image, KERNEL_TYPES, false);

	/* The header of a bzImage that points to the damaged one. */
	memcpy(image.data + 0x202, "HdrS\x0f\x02", 6);
	image.data[0x1f1] = 3;
	put_word(&image, 0x248, 2048);
	put_word(&image, 0x24c, (uint32_t)image.size - 4096);
	assert_finds(&image, KERNEL_TYPES, false);
}

/* ----------------------------------------------------------------------------------- archives */

static void put_tar_file(struct image *tar, const char *name, const struct image *content)
{
	size_t header = tar->size;

	put_zeros(tar, 512);
	strcpy((char *)tar->data + header, name);
	snprintf((char *)tar->data + header + 124, 12, "%011zo", content->size);
	tar->data[header + 156] = '0';
	memcpy(tar->data + header + 257, "ustar\00000", 8);
	put(tar, content->data, content->size);
	put_zeros(tar, (size_t)-tar->size % 512);
}

static void the_kernel_in_an_archive_is_found(void **state)
{
	_cleanup_image_ struct image module = {};
	_cleanup_image_ struct image kernel = {};
	_cleanup_image_ struct image tar = {};
	_cleanup_image_ struct image packed = {};

	(void)state;
	put_module(&module, 50, false);
	put_kernel(&kernel, KERNEL_TYPES, CODEC_ZSTD);
	put_tar_file(&tar, "m.ko", &module);
	put_tar_file(&tar, "m.o", &module);
	put_tar_file(&tar, "vmlinuz", &kernel);
	put_tar_file(&tar, "vmlinuz.old", &kernel);
	put_packed(&packed, CODEC_XZ, &tar);
	assert_finds(&tar, KERNEL_TYPES, false);
	assert_finds(&packed, KERNEL_TYPES, false);
	/* As in a Debian package. */
	packed.size = 0;
	put_code(&packed, 68);
	put_packed(&packed, CODEC_ZSTD, &tar);
	assert_finds(&packed, KERNEL_TYPES, false);
}

static void of_several_kernels_in_an_archive_none_is_chosen(void **state)
{
	_cleanup_image_ struct image tar = {};
	struct image_btf found;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		_cleanup_image_ struct image btf = {};

		put_btf(&btf, KERNEL_TYPES + i, false);
		put_tar_file(&tar, i ? "6.2.btf" : "6.1.btf", &btf);
	}
	assert_fails(image_find_btf(tar.data, tar.size, "all.tar", &found), REBTF_ERR_UNSUPPORTED,
		     "all.tar: found several kernels, such as 6.1.btf and 6.2.btf");
}

/* The processor time in which nothing is found in @size bytes of hostile parts. */
static double time_of_hostile_parts(unsigned int which, size_t size)
{
	static const char *const repeated[] = {
		"\x7f"
		"ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\x3e\0\1\0\0\0",
		"0707010000",
		"\x9f\xeb\1\0\x7f"
		"ELF",
		"07070\x7f"
		"ELF",
	};
	static const size_t lengths[] = { 64, 10, 8, 9 };
	_cleanup_image_ struct image image = { .size = size };
	clock_t start;

	image.data = calloc(1, size + 64);
	for (size_t at = 0; at < size; at += lengths[which])
		memcpy(image.data + at, repeated[which], which ? lengths[which] : 24);
	/* Objects whose section headers cover the whole file. */
	for (size_t at = 0; !which && at < size; at += 64) {
		image.data[at + 40] = 64;
		memcpy(image.data + at + 58, "\x40\0\0\0\0\0", 6);
	}
	image.data[0] = 'x';
	start = clock();
	assert_finds_nothing(&image);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

#ifdef __SANITIZE_ADDRESS__
#define TIMES_COUNT false /* most of it is the sanitizer's */
#else
#define TIMES_COUNT true
#endif

/* Not in the square of their number, which would be 16 times as long for four times as many. */
static void hostile_parts_take_bounded_time(void **state)
{
	(void)state;
	for (unsigned int which = 0; which < 4; which++) {
		double few = time_of_hostile_parts(which, 512 << 10);
		double many = time_of_hostile_parts(which, 2 << 20);

		assert_true(!TIMES_COUNT || many < 8 * few + 0.1);
	}
}

/* The search in nested archives ends. */
static void nested_archives_come_to_an_end(void **state)
{
	_cleanup_image_ struct image inner = {};

	(void)state;
	put_btf(&inner, KERNEL_TYPES, false);
	for (int i = 0; i < 300; i++) {
		struct image tar = {};

		put_tar_file(&tar, "inner.tar", &inner);
		image_release(&inner);
		inner = tar;
	}
	/* Data beyond the depth limit is searched without decompressing it. */
	assert_finds(&inner, KERNEL_TYPES, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_in_an_image_do_not_count),
		cmocka_unit_test(modules_alone_are_no_kernel),
		cmocka_unit_test(a_module_is_called_one),
		cmocka_unit_test(an_initramfs_before_the_kernel_does_not_count),
		cmocka_unit_test(a_broken_initramfs_ends_where_it_breaks),
		cmocka_unit_test(programs_and_distilled_bases_do_not_count),
		cmocka_unit_test(a_failed_guess_does_not_end_the_search),
		cmocka_unit_test(the_kernel_in_an_archive_is_found),
		cmocka_unit_test(of_several_kernels_in_an_archive_none_is_chosen),
		cmocka_unit_test(hostile_parts_take_bounded_time),
		cmocka_unit_test(nested_archives_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
