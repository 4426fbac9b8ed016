/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of modules as files: every container and compression, forms, pairs of raw files that do and
 * do not belong together, signatures, and what a failed write leaves behind.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "module/elf_file.h"
#include "module/module_for_test.h"

static void elf_modules_go_through_their_life_in_every_compression(void **state)
{
	static const enum rebtf_compression compressions[] = {
		[CODEC_NONE] = REBTF_COMPRESSION_NONE,
		[CODEC_GZIP] = REBTF_COMPRESSION_GZIP,
		[CODEC_XZ] = REBTF_COMPRESSION_XZ,
		[CODEC_ZSTD] = REBTF_COMPRESSION_ZSTD,
	};
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (enum codec codec = CODEC_NONE; codec <= CODEC_ZSTD; codec++) {
		_cleanup_module_ struct rebtf_module *plain = NULL;
		_cleanup_module_ struct rebtf_module *distilled = NULL;
		_cleanup_unref_ struct rebtf_btf *btf = NULL;
		_cleanup_unref_ struct rebtf_btf *relocated = NULL;
		const char *path = scratch_path(dir, "x.ko");
		struct stat st;
		size_t size;

		make_ko(path, pair.bytes, pair.size, codec, false);
		assert_int_equal(chmod(path, 0604), 0);
		assert_form(path, REBTF_FORM_SPLIT);
		assert_ok(rebtf_module_open(path, &plain));
		assert_int_equal(rebtf_module_compression(plain), compressions[codec]);
		assert_int_equal(rebtf_module_container(plain), REBTF_CONTAINER_ELF);
		assert_false(rebtf_module_signed(plain));
		assert_null(rebtf_module_section(plain, REBTF_SECTION_BTF_BASE, &size));

		assert_ok(write_distilled(plain, path, &pair, 0));
		assert_form(path, REBTF_FORM_DISTILLED);
		assert_ok(rebtf_module_open(path, &distilled));
		assert_int_equal(rebtf_module_compression(distilled), compressions[codec]);
		assert_ok(rebtf_module_btf(distilled, NULL, &btf));
		assert_ok(rebtf_relocate(btf, pair.base, NULL, &relocated));
		assert_ok(write_split(distilled, path, relocated));
		assert_form(path, REBTF_FORM_SPLIT);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0604);
	}
}

static void writing_to_another_path_leaves_the_original(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(scratch_path(dir, "x.ko"), pair.bytes, pair.size, CODEC_NONE, false);
	assert_ok(rebtf_module_open(scratch_path(dir, "x.ko"), &module));
	assert_ok(write_distilled(module, scratch_path(dir, "y.ko"), &pair, 0));
	assert_form(scratch_path(dir, "x.ko"), REBTF_FORM_SPLIT);
	assert_form(scratch_path(dir, "y.ko"), REBTF_FORM_DISTILLED);
}

static void signed_modules_are_left_alone_unless_told(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_file_bytes_ struct file_bytes before = {};
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_module_ struct rebtf_module *stripped = NULL;
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, true);
	assert_ok(file_read(path, &before));
	assert_ok(rebtf_module_open(path, &module));
	assert_true(rebtf_module_signed(module));
	assert_fails(write_distilled(module, path, &pair, 0), REBTF_ERR_SIGNED, "signed");
	assert_file_is(path, before.data, before.size);

	assert_ok(write_distilled(module, path, &pair, REBTF_MODULE_STRIP_SIGNATURE));
	assert_ok(rebtf_module_open(path, &stripped));
	assert_false(rebtf_module_signed(stripped));
	assert_form(path, REBTF_FORM_DISTILLED);
}

static void raw_btf_goes_with_its_base(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	assert_form(path, REBTF_FORM_SPLIT);
	assert_ok(rebtf_module_open(path, &plain));
	assert_ok(write_distilled(plain, path, &pair, 0));
	assert_form(path, REBTF_FORM_DISTILLED);

	assert_ok(rebtf_module_open(path, &distilled));
	assert_ok(rebtf_module_btf(distilled, NULL, &btf));
	assert_int_equal(rebtf_type_count(rebtf_base(btf)), rebtf_type_count(pair.distilled));
	assert_ok(write_split(distilled, path, pair.split));
	assert_file_is(path, pair.bytes, pair.size);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.base"), F_OK), 0);
}

static void raw_files_that_are_no_pair_are_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_free_ void *base_bytes = NULL;
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *btf;
	size_t size;

	(void)state;
	make_pair(&pair);
	/* Between the two steps of a write, or after one that was killed. */
	write_bytes(path, pair.bytes, pair.size);
	assert_ok(rebtf_write(pair.distilled, 0, &base_bytes, &size));
	write_bytes(scratch_path(dir, "x.btf.base"), base_bytes, size);
	assert_ok(rebtf_module_open(path, &module));
	assert_fails(rebtf_module_btf(module, pair.base, &btf), REBTF_ERR_WRONG_BASE,
		     "do not belong together");
}

/* The base would fit the disk, the module would not: neither is written. */
static void raw_pair_is_not_half_written_when_the_disk_is_full(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_free_ void *base_bytes = NULL;
	const char *path = scratch_path(dir, "x.btf");
	struct rlimit old, small;
	_cleanup_pair_ struct pair pair;
	struct rebtf_error *err;
	size_t size;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	assert_ok(rebtf_module_open(path, &module));
	assert_ok(rebtf_write(pair.distilled, 0, &base_bytes, &size));
	assert_true(size < pair.size);

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = size;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = write_distilled(module, path, &pair, 0);
	setrlimit(RLIMIT_FSIZE, &old);

	assert_fails(err, REBTF_ERR_IO, "File too large");
	assert_file_is(path, pair.bytes, pair.size);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.base"), F_OK), 0);
}

static void standalone_and_empty_btf_need_no_base(void **state)
{
	static const uint8_t header_only[24] = { 0x9f, 0xeb, 1, 0, 24 };
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_free_ void *bytes = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_pair_ struct pair pair;
	size_t size;

	(void)state;
	make_pair(&pair);
	write_bytes(scratch_path(dir, "empty.btf"), header_only, sizeof(header_only));
	assert_form(scratch_path(dir, "empty.btf"), REBTF_FORM_EMPTY);
	make_ko(scratch_path(dir, "empty.ko"), header_only, sizeof(header_only), CODEC_NONE, false);
	assert_form(scratch_path(dir, "empty.ko"), REBTF_FORM_EMPTY);

	assert_ok(rebtf_write(pair.base, 0, &bytes, &size));
	write_bytes(scratch_path(dir, "alone.btf"), bytes, size);
	assert_form(scratch_path(dir, "alone.btf"), REBTF_FORM_STANDALONE);
	assert_ok(rebtf_module_open(scratch_path(dir, "alone.btf"), &module));
	/* A base that is given is not used. */
	assert_ok(rebtf_module_btf(module, pair.base, &btf));
	assert_null(rebtf_base(btf));
}

static void split_btf_needs_its_base(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *btf;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	assert_ok(rebtf_module_open(path, &module));
	assert_fails(rebtf_module_btf(module, NULL, &btf), REBTF_ERR_ARGUMENT, "without its base");
	assert_ok(rebtf_module_btf(module, pair.base, &btf));
	assert_ptr_equal(rebtf_base(btf), pair.base);
	rebtf_unref(btf);
}

static void assert_open_fails(const char *path, const void *data, size_t size,
			      enum rebtf_error_code code, const char *part)
{
	struct rebtf_module *module;

	write_bytes(path, data, size);
	assert_fails(rebtf_module_open(path, &module), code, part);
	assert_int_equal(unlink(path), 0);
}

static void what_is_no_module_is_refused_with_a_reason(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_file_bytes_ struct file_bytes no_btf = {};
	_cleanup_free_ uint8_t *gzip = NULL;
	struct iovec text = { (void *)"text", 4 };
	struct rebtf_module *module;
	size_t size;

	(void)state;
	test_object_make(&(struct test_object){}, &no_btf);
	assert_open_fails(path, no_btf.data, no_btf.size, REBTF_ERR_NO_BTF, ".BTF");
	assert_open_fails(path, "", 0, REBTF_ERR_FORMAT, "empty");
	assert_open_fails(path, "text", 4, REBTF_ERR_FORMAT, "neither BTF nor an ELF file");
	assert_open_fails(path,
			  "\x7f"
			  "ELF",
			  4, REBTF_ERR_FORMAT, "ELF");
	assert_open_fails(path, "\x02\x21\x4c\x18", 4, REBTF_ERR_UNSUPPORTED, "lz4");
	assert_ok(codec_compress(CODEC_GZIP, &text, 1, &gzip, &size));
	assert_open_fails(path, gzip, size, REBTF_ERR_FORMAT, "neither BTF");
	assert_open_fails(path, gzip, size - 1, REBTF_ERR_FORMAT, "cut short");
	gzip = realloc(gzip, size + 1);
	gzip[size] = 1;
	assert_open_fails(path, gzip, size + 1, REBTF_ERR_FORMAT, "1 bytes follow");
	assert_fails(rebtf_module_open(path, &module), REBTF_ERR_IO, "No such file");
	assert_fails(rebtf_module_open(dir, &module), REBTF_ERR_IO, "Is a directory");
}

static void copies_are_the_same_file_and_its_base(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *xz = NULL;
	_cleanup_module_ struct rebtf_module *raw = NULL;
	_cleanup_module_ struct rebtf_module *alone = NULL;
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_file_bytes_ struct file_bytes base = {};
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(scratch_path(dir, "x.ko.xz"), pair.bytes, pair.size, CODEC_XZ, true);
	assert_ok(file_read(scratch_path(dir, "x.ko.xz"), &bytes));
	assert_ok(rebtf_module_open(scratch_path(dir, "x.ko.xz"), &xz));
	assert_ok(rebtf_module_copy(xz, scratch_path(dir, "y.ko.xz")));
	assert_file_is(scratch_path(dir, "y.ko.xz"), bytes.data, bytes.size);
	assert_ok(rebtf_module_copy(xz, scratch_path(dir, "x.ko.xz")));
	assert_file_is(scratch_path(dir, "x.ko.xz"), bytes.data, bytes.size);

	write_bytes(scratch_path(dir, "x.btf"), pair.bytes, pair.size);
	assert_ok(rebtf_module_open(scratch_path(dir, "x.btf"), &alone));
	assert_ok(write_distilled(alone, scratch_path(dir, "d.btf"), &pair, 0));
	assert_ok(rebtf_module_open(scratch_path(dir, "d.btf"), &raw));
	assert_ok(rebtf_module_copy(raw, scratch_path(dir, "copy.btf")));
	assert_ok(file_read(scratch_path(dir, "d.btf.base"), &base));
	assert_file_is(scratch_path(dir, "copy.btf.base"), base.data, base.size);
	/* Where a module without a base comes to lie, no other one's base may stay. */
	assert_ok(rebtf_module_copy(alone, scratch_path(dir, "copy.btf")));
	assert_form(scratch_path(dir, "copy.btf"), REBTF_FORM_SPLIT);
}

/* What a relocation that keeps its original writes: @flags is that, or 0. */
static struct rebtf_error *write_relocated(const struct rebtf_module *module, const char *path,
					   const struct pair *pair, unsigned int flags)
{
	const struct rebtf_module_output output = {
		.btf = pair->split,
		.form = REBTF_FORM_SPLIT,
		.made_over = pair->base,
		.flags = flags,
	};

	return rebtf_module_write(module, path, &output);
}

static struct rebtf_error *write_with_expects(const struct rebtf_module *module, const char *path,
					      const struct pair *pair)
{
	const struct rebtf_module_output output = {
		.btf = pair->over_distilled,
		.distilled_base = pair->distilled,
		.expects = pair->expects,
		.form = REBTF_FORM_DISTILLED,
		.made_over = pair->base,
	};

	return rebtf_module_write(module, path, &output);
}

/* The section of the one file is, byte for byte, that of the other. */
static void assert_same_section(const char *path, enum rebtf_section section, const char *old_path,
				enum rebtf_section old_section)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	_cleanup_module_ struct rebtf_module *old = opened(old_path);
	const void *data, *old_data;
	size_t size, old_size;

	data = rebtf_module_section(module, section, &size);
	old_data = rebtf_module_section(old, old_section, &old_size);
	assert_non_null(data);
	assert_non_null(old_data);
	assert_int_equal(size, old_size);
	assert_memory_equal(data, old_data, size);
}

static bool has_section(const char *path, enum rebtf_section section)
{
	_cleanup_module_ struct rebtf_module *module = opened(path);
	size_t size;

	return rebtf_module_section(module, section, &size);
}

static void what_is_kept_stays_and_is_relocated_again(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *split = scratch_path(dir, "split.ko"), *dist = scratch_path(dir, "d.ko");
	const char *once = scratch_path(dir, "once.ko"), *twice = scratch_path(dir, "twice.ko");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_module_ struct rebtf_module *kept = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(split, pair.bytes, pair.size, CODEC_NONE, false);
	plain = opened(split);
	assert_false(rebtf_module_has_distilled(plain));
	assert_fails(rebtf_module_distilled(plain, &btf), REBTF_ERR_UNSUPPORTED, "split");
	assert_ok(write_with_expects(plain, dist, &pair));
	distilled = opened(dist);
	assert_true(rebtf_module_has_distilled(distilled));

	assert_ok(write_relocated(distilled, once, &pair, REBTF_MODULE_KEEP));
	assert_form(once, REBTF_FORM_SPLIT);
	assert_same_section(once, REBTF_SECTION_KEPT_BTF, dist, REBTF_SECTION_BTF);
	assert_same_section(once, REBTF_SECTION_KEPT_BASE, dist, REBTF_SECTION_BTF_BASE);
	assert_same_section(once, REBTF_SECTION_BTF_EXPECTS, dist, REBTF_SECTION_BTF_EXPECTS);
	assert_false(has_section(once, REBTF_SECTION_BTF_BASE));

	kept = opened(once);
	assert_true(rebtf_module_has_distilled(kept));
	assert_ok(rebtf_module_distilled(kept, &btf));
	assert_int_equal(rebtf_type_count(btf), rebtf_type_count(pair.over_distilled));
	assert_ok(rebtf_module_expects(kept, rebtf_base(btf), &expects));
	assert_int_equal(rebtf_type_count(expects), rebtf_type_count(pair.expects));

	/* Twice is the same as once, and what was kept stays without being asked for. */
	assert_ok(file_read(once, &bytes));
	assert_ok(write_relocated(kept, twice, &pair, REBTF_MODULE_KEEP));
	assert_file_is(twice, bytes.data, bytes.size);
	assert_ok(write_relocated(kept, twice, &pair, 0));
	assert_file_is(twice, bytes.data, bytes.size);

	/* New distilled BTF makes the old one worthless. */
	assert_ok(write_distilled(kept, twice, &pair, 0));
	assert_form(twice, REBTF_FORM_DISTILLED);
	assert_false(has_section(twice, REBTF_SECTION_KEPT_BTF));
	assert_false(has_section(twice, REBTF_SECTION_KEPT_BASE));
	assert_false(has_section(twice, REBTF_SECTION_BTF_EXPECTS));
}

static void without_keeping_nothing_stays(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko"), *out = scratch_path(dir, "y.ko");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
	plain = opened(path);
	assert_fails(write_relocated(plain, out, &pair, REBTF_MODULE_KEEP), REBTF_ERR_UNSUPPORTED,
		     "nothing to keep");
	assert_ok(write_with_expects(plain, path, &pair));
	distilled = opened(path);
	assert_ok(write_relocated(distilled, out, &pair, 0));
	assert_false(has_section(out, REBTF_SECTION_BTF_BASE));
	assert_false(has_section(out, REBTF_SECTION_BTF_EXPECTS));
	assert_false(has_section(out, REBTF_SECTION_KEPT_BTF));
	assert_true(has_section(out, REBTF_SECTION_MARK));
}

/* The file with that section removed. */
static void remove_section(const char *path, const char *name)
{
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	const struct elf_change change = { .name = name };
	struct elf_output output = {};

	assert_ok(file_read(path, &bytes));
	assert_ok(elf_rewrite(bytes.data, bytes.size, &change, 1, &output));
	assert_ok(file_replace(path, output.pieces, output.count, NULL));
	elf_output_release(&output);
}

static void half_of_what_was_kept_is_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko"), *half = scratch_path(dir, "y.ko");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_module *module;

	(void)state;
	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, &pair, 0));
	distilled = opened(path);
	for (int base = 0; base < 2; base++) {
		assert_ok(write_relocated(distilled, half, &pair, REBTF_MODULE_KEEP));
		remove_section(half, base ? ".BTF.kept_base" : ".BTF.kept");
		assert_fails(rebtf_module_open(half, &module), REBTF_ERR_FORMAT,
			     base ? ".BTF.kept: " : ".BTF.kept_base: ");
	}
}

static void raw_btf_keeps_nothing_and_is_not_signed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	assert_ok(write_distilled(plain, scratch_path(dir, "d.btf"), &pair, 0));
	distilled = opened(scratch_path(dir, "d.btf"));
	assert_fails(write_relocated(distilled, path, &pair, REBTF_MODULE_KEEP),
		     REBTF_ERR_UNSUPPORTED, "raw BTF");
	assert_file_is(path, pair.bytes, pair.size);
}

static void expectations_of_raw_btf_stand_beside_it(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf"), *copy = scratch_path(dir, "y.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_free_ void *want = NULL;
	_cleanup_pair_ struct pair pair;
	size_t size;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_write(pair.expects, 0, &want, &size));
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	assert_ok(write_with_expects(plain, path, &pair));
	assert_file_is(scratch_path(dir, "x.btf.expects"), want, size);

	distilled = opened(path);
	assert_ok(rebtf_module_distilled(distilled, &btf));
	assert_ok(rebtf_module_expects(distilled, rebtf_base(btf), &expects));
	assert_int_equal(rebtf_type_count(expects), rebtf_type_count(pair.expects));

	/* They go where the module goes, and when it needs them no more. */
	assert_ok(rebtf_module_copy(distilled, copy));
	assert_file_is(scratch_path(dir, "y.btf.expects"), want, size);
	assert_ok(write_distilled(distilled, copy, &pair, 0));
	assert_int_not_equal(access(scratch_path(dir, "y.btf.expects"), F_OK), 0);
	assert_ok(write_relocated(distilled, path, &pair, 0));
	assert_int_not_equal(access(scratch_path(dir, "x.btf.base"), F_OK), 0);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.expects"), F_OK), 0);
}

static void modules_without_expectations_have_none(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *expects = (struct rebtf_btf *)&pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, &pair, 0));
	distilled = opened(path);
	assert_ok(rebtf_module_expects(distilled, pair.distilled, &expects));
	assert_null(expects);
}

/* What a crash leaves: expectations beside BTF that has no distilled base are nobody's. */
static void left_over_expectations_are_not_believed(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	write_bytes(scratch_path(dir, "x.btf.expects"), "left over", 9);
	plain = opened(path);
	assert_form(path, REBTF_FORM_SPLIT);
	assert_ok(write_distilled(plain, path, &pair, 0));
	assert_form(path, REBTF_FORM_DISTILLED);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.expects"), F_OK), 0);
}

/* A directory of that name stays in the way. */
static void where_old_expectations_cannot_go_the_pair_stays(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	write_bytes(scratch_path(dir, "x.btf.base"), "an old base", 11);
	assert_int_equal(mkdir(scratch_path(dir, "x.btf.expects"), 0777), 0);
	assert_fails(write_distilled(plain, path, &pair, 0), REBTF_ERR_IO, "x.btf.expects: ");
	assert_file_is(path, pair.bytes, pair.size);
	assert_file_is(scratch_path(dir, "x.btf.base"), "an old base", 11);
}

static void expectations_that_contradict_the_base_are_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_module_ struct rebtf_module *damaged = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_unref_ struct rebtf_btf *expects = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_builder *b;
	struct rebtf_btf *found;
	_cleanup_free_ void *bytes = NULL;
	size_t size;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, &pair, 0));

	/* A struct of that name, but of another size. */
	assert_ok(rebtf_builder_new(pair.distilled, &b));
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 24);
	rebtf_builder_member(b, "id", rebtf_find(pair.distilled, "int", REBTF_KIND_INT), 0, 0);
	assert_ok(rebtf_builder_finish(b, &expects));
	assert_ok(rebtf_write(expects, 0, &bytes, &size));
	write_bytes(scratch_path(dir, "x.btf.expects"), bytes, size);
	distilled = opened(path);
	assert_ok(rebtf_module_distilled(distilled, &btf));
	assert_fails(rebtf_module_expects(distilled, rebtf_base(btf), &found), REBTF_ERR_FORMAT,
		     "x.btf.expects: ");

	write_bytes(scratch_path(dir, "x.btf.expects"), bytes, size - 1);
	damaged = opened(path);
	assert_fails(rebtf_module_expects(damaged, rebtf_base(btf), &found), REBTF_ERR_FORMAT,
		     "x.btf.expects: ");
}

/* The start of a gzip stream: each time that it is asked for, it is read and refused. */
static void expectations_that_cannot_be_unpacked_are_refused_again(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *plain = NULL;
	_cleanup_module_ struct rebtf_module *distilled = NULL;
	_cleanup_pair_ struct pair pair;
	struct rebtf_btf *found;
	size_t size;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, &pair, 0));
	write_bytes(scratch_path(dir, "x.btf.expects"), "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	distilled = opened(path);
	assert_null(rebtf_module_section(distilled, REBTF_SECTION_BTF_EXPECTS, &size));
	for (int i = 0; i < 2; i++)
		assert_fails(rebtf_module_expects(distilled, pair.distilled, &found),
			     REBTF_ERR_FORMAT, "x.btf.expects: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elf_modules_go_through_their_life_in_every_compression),
		cmocka_unit_test(writing_to_another_path_leaves_the_original),
		cmocka_unit_test(signed_modules_are_left_alone_unless_told),
		cmocka_unit_test(raw_btf_goes_with_its_base),
		cmocka_unit_test(raw_files_that_are_no_pair_are_refused),
		cmocka_unit_test(raw_pair_is_not_half_written_when_the_disk_is_full),
		cmocka_unit_test(standalone_and_empty_btf_need_no_base),
		cmocka_unit_test(split_btf_needs_its_base),
		cmocka_unit_test(what_is_no_module_is_refused_with_a_reason),
		cmocka_unit_test(copies_are_the_same_file_and_its_base),
		cmocka_unit_test(what_is_kept_stays_and_is_relocated_again),
		cmocka_unit_test(without_keeping_nothing_stays),
		cmocka_unit_test(half_of_what_was_kept_is_refused),
		cmocka_unit_test(raw_btf_keeps_nothing_and_is_not_signed),
		cmocka_unit_test(expectations_of_raw_btf_stand_beside_it),
		cmocka_unit_test(modules_without_expectations_have_none),
		cmocka_unit_test(left_over_expectations_are_not_believed),
		cmocka_unit_test(where_old_expectations_cannot_go_the_pair_stays),
		cmocka_unit_test(expectations_that_contradict_the_base_are_refused),
		cmocka_unit_test(expectations_that_cannot_be_unpacked_are_refused_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
