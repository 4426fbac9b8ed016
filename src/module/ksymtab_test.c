/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of decoding a kernel's own table of exported symbols, in each layout that kernels have had,
 * and of other facts from an image.
 */
#include <errno.h>
#include <fcntl.h>

#include "module/codec.h"
#include "module/kernel_image.h"
#include "module/ksymtab.h"
#include "module/test_elf.h"
#include "util/bytes.h"
#include "util/testing.h"

#define TABLE	0x81000000u
#define GPL	0x81001000u
#define STRINGS 0x81002000u

/* Strings that entries point to. "a" is the end of another one, as linkers merge them. */
static const char strings[] = "\0a_symbol\0b_symbol\0NS\0c_symbol";
enum { NONE = 0, A = 1, B = 10, NAMESPACE = 19, C = 22 };

struct layout {
	bool is_relative;
	size_t fields;
	size_t word;
	bool big_endian;
};

static void put_word(uint8_t *at, const struct layout *l, uint32_t value)
{
	memset(at, 0, l->word);
	put32(at + (l->word == 8 && l->big_endian ? 4 : 0), value, l->big_endian);
}

static size_t put_entry(uint8_t *at, const struct layout *l, uint32_t address, uint32_t name,
			uint32_t namespace)
{
	const uint32_t targets[] = { 0x80000000u, STRINGS + name,
				     namespace ? STRINGS + namespace : 0 };
	size_t size = l->is_relative ? 4 : l->word;

	for (size_t i = 0; i < l->fields; i++) {
		if (l->is_relative)
			put32(at + 4 * i, targets[i] ? targets[i] - address - (uint32_t)(4 * i) : 0,
			      l->big_endian);
		else
			put_word(at + size * i, l, targets[i]);
	}
	return size * l->fields;
}

/* Two symbols for all modules, and one for GPL-compatible ones. */
struct tables {
	uint8_t any[64], gpl[64], crcs[16], gpl_crcs[8], flags[3];
	struct ksymtab ksymtab;
};

static void make_tables(const struct layout *l, struct tables *t)
{
	size_t size = put_entry(t->any, l, TABLE, A, NONE);

	put_entry(t->any + size, l, TABLE + (uint32_t)size, B, NAMESPACE);
	put_entry(t->gpl, l, GPL, C, NONE);
	put32(t->crcs, 0xaaaaaaaa, l->big_endian);
	put32(t->crcs + 4, 0xbbbbbbbb, l->big_endian);
	put32(t->gpl_crcs, 0xcccccccc, l->big_endian);
	t->ksymtab = (struct ksymtab){
		.sections = {
			[KSYMTAB_ENTRIES] = { t->any, 2 * size, TABLE },
			[KSYMTAB_ENTRIES_GPL] = { t->gpl, size, GPL },
			[KSYMTAB_CRCS] = { t->crcs, 8, 0 },
			[KSYMTAB_CRCS_GPL] = { t->gpl_crcs, 4, 0 },
			[KSYMTAB_STRINGS] = { (const uint8_t *)strings, sizeof(strings), STRINGS },
		},
		.big_endian = l->big_endian,
		.word = l->word,
	};
}

static void assert_symbol(const struct exports *exports, const char *name, uint32_t crc,
			  enum export_license license, const char *namespace)
{
	struct export found;

	assert_true(exports_find(exports, name, &found));
	assert_int_equal(found.crc, crc);
	assert_int_equal(found.license, license);
	assert_string_equal(found.namespace, namespace);
	assert_string_equal(found.owner, "");
}

static const struct layout layouts[] = {
	{ true, 3, 8, false },	{ true, 3, 8, true },	{ true, 3, 4, false },
	{ true, 2, 8, false },	{ true, 2, 8, true },	{ false, 3, 8, false },
	{ false, 3, 8, true },	{ false, 3, 4, false }, { false, 3, 4, true },
	{ false, 2, 8, false }, { false, 2, 8, true },	{ false, 2, 4, false },
};

static void each_layout_is_told_by_its_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		_cleanup_exports_ struct exports exports = {};
		struct tables t = {};

		make_tables(&layouts[i], &t);
		assert_ok(ksymtab_read(&t.ksymtab, &exports));
		assert_int_equal(exports.entries.count, 3);
		assert_symbol(&exports, "a_symbol", 0xaaaaaaaa, EXPORT_LICENSE_ANY, "");
		assert_symbol(&exports, "b_symbol", 0xbbbbbbbb, EXPORT_LICENSE_ANY,
			      layouts[i].fields == 3 ? "NS" : "");
		assert_symbol(&exports, "c_symbol", 0xcccccccc, EXPORT_LICENSE_GPL, "");
	}
}

/* The strings are more than 2 GiB behind the table, so the distances to them are negative. */
static void distances_wrap_around_at_32_bits(void **state)
{
	const struct layout layout = { true, 3, 4, false };
	const uint32_t address = TABLE - 0x80000000u;
	_cleanup_exports_ struct exports exports = {};
	struct tables t = {};
	size_t size;

	(void)state;
	make_tables(&layout, &t);
	size = put_entry(t.any, &layout, address, A, NONE);
	put_entry(t.any + size, &layout, address + (uint32_t)size, B, NAMESPACE);
	t.ksymtab.sections[KSYMTAB_ENTRIES].address = address;
	assert_ok(ksymtab_read(&t.ksymtab, &exports));
	assert_symbol(&exports, "a_symbol", 0xaaaaaaaa, EXPORT_LICENSE_ANY, "");
	assert_symbol(&exports, "b_symbol", 0xbbbbbbbb, EXPORT_LICENSE_ANY, "NS");
	/* In 64 bits, such a distance leads to no string. */
	t.ksymtab.word = 8;
	assert_fails(ksymtab_read(&t.ksymtab, &exports), REBTF_ERR_FORMAT, "unknown layout");
}

static void flags_stand_for_a_table_of_gpl_symbols(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	struct tables t = { .flags = { 0, 1 } };

	(void)state;
	make_tables(&layouts[0], &t);
	t.ksymtab.sections[KSYMTAB_ENTRIES_GPL] = (struct ksymtab_section){};
	t.ksymtab.sections[KSYMTAB_CRCS] = (struct ksymtab_section){};
	t.ksymtab.sections[KSYMTAB_FLAGS] = (struct ksymtab_section){ t.flags, 2, 0 };
	assert_ok(ksymtab_read(&t.ksymtab, &exports));
	assert_symbol(&exports, "a_symbol", 0, EXPORT_LICENSE_ANY, "");
	assert_symbol(&exports, "b_symbol", 0, EXPORT_LICENSE_GPL, "NS");
}

static void a_table_that_is_not_sorted_is_no_table(void **state)
{
	_cleanup_exports_ struct exports exports = {};
	struct tables t = {};

	(void)state;
	make_tables(&layouts[0], &t);
	put_entry(t.any, &layouts[0], TABLE, C, NONE);
	assert_fails(ksymtab_read(&t.ksymtab, &exports), REBTF_ERR_FORMAT, "unknown layout");
	/* A name outside the strings is also invalid. */
	put_entry(t.any, &layouts[0], TABLE, 0x1000, NONE);
	assert_fails(ksymtab_read(&t.ksymtab, &exports), REBTF_ERR_FORMAT, "unknown layout");
	t.ksymtab.sections[KSYMTAB_STRINGS].size = 0;
	assert_fails(ksymtab_read(&t.ksymtab, &exports), REBTF_ERR_FORMAT, "no __ksymtab");
}

/* Thousands of entries whose names are ends of one long string would take quadratic time. */
static void names_may_not_overlap_without_end(void **state)
{
	enum { COUNT = 4000 };
	static uint8_t table[COUNT * 12];
	static char text[COUNT + 1];
	_cleanup_exports_ struct exports exports = {};
	struct ksymtab k = {
		.sections = {
			[KSYMTAB_ENTRIES] = { table, sizeof(table), TABLE },
			[KSYMTAB_STRINGS] = { (const uint8_t *)text, sizeof(text), STRINGS },
		},
		.word = 8,
	};

	(void)state;
	/* "zzz...": each shorter end sorts first. */
	memset(text, 'z', COUNT);
	for (uint32_t i = 0; i < COUNT; i++)
		put_entry(table + i * 12, &layouts[0], TABLE + i * 12, COUNT - 1 - i, NONE);
	assert_fails(ksymtab_read(&k, &exports), REBTF_ERR_FORMAT, "unknown layout");
}

/* --------------------------------------------------------------------------------------- images */

#define RELEASE	 "6.9.8-test"
#define BANNER	 "Linux version " RELEASE " (somebody@debian) (gcc) #1 SMP"
#define VERMAGIC RELEASE " SMP preempt mod_unload modversions "

/* A small vmlinux with symbols, and misleading strings around the relevant ones. */
static void make_vmlinux(struct file_bytes *bytes)
{
	static const char rodata[] = "x" RELEASE " (not a version magic)\0" VERMAGIC
				     "\0Linux version %s (%s)\n\0" BANNER "\n";
	struct tables t = {};
	struct test_section sections[] = {
		{ .name = "__ksymtab", .data = t.any, .address = TABLE },
		{ .name = "__ksymtab_gpl", .data = t.gpl, .address = GPL },
		{ .name = "__kcrctab", .data = t.crcs, .size = 8 },
		{ .name = "__kcrctab_gpl", .data = t.gpl_crcs, .size = 4 },
		{ .name = "__ksymtab_strings",
		  .data = strings,
		  .size = sizeof(strings),
		  .address = STRINGS },
		{ .name = ".rodata", .data = rodata, .size = sizeof(rodata) },
	};
	const struct test_elf elf = { .type = ET_EXEC, .sections = sections, .section_count = 6 };

	make_tables(&layouts[0], &t);
	sections[0].size = t.ksymtab.sections[KSYMTAB_ENTRIES].size;
	sections[1].size = t.ksymtab.sections[KSYMTAB_ENTRIES_GPL].size;
	test_elf_make(&elf, bytes);
}

static void assert_says_all(struct kernel_image *image)
{
	assert_string_equal(image->release, RELEASE);
	assert_string_equal(image->vermagic, VERMAGIC);
	assert_string_equal(image->banner, BANNER);
	assert_int_equal(image->machine, EM_X86_64);
	assert_int_equal(image->exports.entries.count, 3);
	kernel_image_release(image);
}

static void read_image_file(const char *path, struct kernel_image *image)
{
	_cleanup_close_ int fd = open(path, O_RDONLY);

	assert_return_code(fd, errno);
	assert_ok(kernel_image_read(fd, path, image));
}

static void an_image_says_release_vermagic_and_exports(void **state)
{
	_cleanup_scratch_ char *root = scratch_new();
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_free_ uint8_t *packed = NULL;
	struct kernel_image image = {};
	struct iovec piece;
	size_t size;

	(void)state;
	make_vmlinux(&bytes);
	assert_ok(kernel_image_read_mem(bytes.data, bytes.size, &image));
	assert_says_all(&image);
	/* As a file that is read section by section. */
	write_bytes(scratch_path(root, "vmlinux"), bytes.data, bytes.size);
	read_image_file(scratch_path(root, "vmlinux"), &image);
	assert_says_all(&image);
	/* Compressed, after a decompressor. */
	piece = (struct iovec){ bytes.data, bytes.size };
	assert_ok(codec_compress(CODEC_XZ, &piece, 1, &packed, &size));
	packed = realloc(packed, size + 100);
	memmove(packed + 100, packed, size);
	memset(packed, 'x', 100);
	write_bytes(scratch_path(root, "vmlinuz"), packed, size + 100);
	read_image_file(scratch_path(root, "vmlinuz"), &image);
	assert_says_all(&image);
}

static void a_flat_image_still_says_its_release(void **state)
{
	static const char text[] = "code" BANNER "\n\0data" VERMAGIC;
	struct kernel_image image = {};

	(void)state;
	assert_ok(kernel_image_read_mem((const uint8_t *)text, sizeof(text), &image));
	assert_string_equal(image.release, RELEASE);
	assert_string_equal(image.vermagic, VERMAGIC);
	assert_int_equal(image.exports.entries.count, 0);
	assert_string_equal(image.no_exports, "the kernel in it is no ELF file");
	kernel_image_release(&image);
}

static void what_is_no_kernel_says_nothing(void **state)
{
	static const uint8_t btf[] = { 0x9f, 0xeb, 1, 0, 24, [24] = 0 };
	struct kernel_image image = {};

	(void)state;
	assert_ok(kernel_image_read_mem(btf, sizeof(btf), &image));
	assert_null(image.release);
	assert_string_equal(image.no_exports, "no kernel in it");
	kernel_image_release(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_layout_is_told_by_its_names),
		cmocka_unit_test(distances_wrap_around_at_32_bits),
		cmocka_unit_test(flags_stand_for_a_table_of_gpl_symbols),
		cmocka_unit_test(a_table_that_is_not_sorted_is_no_table),
		cmocka_unit_test(names_may_not_overlap_without_end),
		cmocka_unit_test(an_image_says_release_vermagic_and_exports),
		cmocka_unit_test(a_flat_image_still_says_its_release),
		cmocka_unit_test(what_is_no_kernel_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
