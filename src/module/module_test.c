/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of modules as files: every container and compression, forms, pairs of raw files that do and
 * do not belong together, signatures, and the state after a failed write. Saved originals:
 * kept_test.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "module/elf_file.h"
#include "module/module.h"
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
		assert_ok(rebtf_module_open(path, NULL, &plain));
		assert_int_equal(rebtf_module_compression(plain), compressions[codec]);
		assert_int_equal(rebtf_module_container(plain), REBTF_CONTAINER_ELF);
		assert_false(rebtf_module_signed(plain));
		assert_null(rebtf_module_section(plain, REBTF_SECTION_BTF_BASE, &size));

		assert_ok(write_distilled(plain, path, &pair, false));
		assert_form(path, REBTF_FORM_DISTILLED);
		assert_ok(rebtf_module_open(path, NULL, &distilled));
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
	assert_ok(rebtf_module_open(scratch_path(dir, "x.ko"), NULL, &module));
	assert_ok(write_distilled(module, scratch_path(dir, "y.ko"), &pair, false));
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
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_true(rebtf_module_signed(module));
	assert_fails(write_distilled(module, path, &pair, false), REBTF_ERR_SIGNED, "signed");
	assert_file_is(path, before.data, before.size);

	assert_ok(write_distilled(module, path, &pair, true));
	assert_ok(rebtf_module_open(path, NULL, &stripped));
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
	assert_ok(rebtf_module_open(path, NULL, &plain));
	assert_ok(write_distilled(plain, path, &pair, false));
	assert_form(path, REBTF_FORM_DISTILLED);

	assert_ok(rebtf_module_open(path, NULL, &distilled));
	assert_ok(rebtf_module_btf(distilled, NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(rebtf_btf_base(btf)),
			 rebtf_btf_type_count(pair.distilled));
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
	assert_ok(rebtf_btf_write(pair.distilled, NULL, &base_bytes, &size));
	write_bytes(scratch_path(dir, "x.btf.base"), base_bytes, size);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_fails(rebtf_module_btf(module, pair.base, &btf), REBTF_ERR_WRONG_BASE,
		     "x.btf.base beside it: ");
	/* The write ends. */
	write_bytes(scratch_path(dir, "new"), base_bytes, size);
	assert_int_equal(rename(scratch_path(dir, "new"), scratch_path(dir, "x.btf.base")), 0);
	assert_fails(rebtf_module_btf(module, pair.base, &btf), REBTF_ERR_CHANGED, "");
}

/* The disk has room for the base, but not for the module: neither is written. */
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
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_btf_write(pair.distilled, NULL, &base_bytes, &size));
	assert_true(size < pair.size);

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = size;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = write_distilled(module, path, &pair, false);
	setrlimit(RLIMIT_FSIZE, &old);

	assert_fails(err, REBTF_ERR_IO, "File too large");
	assert_file_is(path, pair.bytes, pair.size);
	assert_int_not_equal(access(scratch_path(dir, "x.btf.base"), F_OK), 0);
}

static void what_somebody_else_changed_meanwhile_is_left_alone(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *const names[] = { "x.ko", "x.btf" };
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_module_ struct rebtf_module *module = NULL;
		const char *path = scratch_path(dir, names[i]);
		const char *other = scratch_path(dir, "other");

		if (i)
			write_bytes(path, pair.bytes, pair.size);
		else
			make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
		module = opened(path);
		write_bytes(other, "theirs", 6);
		assert_int_equal(rename(other, path), 0);
		assert_fails(write_distilled(module, path, &pair, false), REBTF_ERR_CHANGED, path);
		assert_file_is(path, "theirs", 6);
		/* To another place it may be written: the contents are those that were read. */
		assert_ok(write_distilled(module, scratch_path(dir, "elsewhere"), &pair, false));
		assert_int_equal(unlink(path), 0);
		assert_fails(write_distilled(module, path, &pair, false), REBTF_ERR_CHANGED, path);
		assert_int_not_equal(access(path, F_OK), 0);
	}
	assert_int_not_equal(access(scratch_path(dir, "x.btf.base"), F_OK), 0);
}

/* Their BTF may still need the base that was read with the old BTF. */
static void the_base_of_btf_that_somebody_else_changed_stays(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	const char *path = scratch_path(dir, "x.btf"), *other = scratch_path(dir, "other");
	const char *base = scratch_path(dir, "x.btf.base");
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	write_bytes(base, "old base", 8);
	module = opened(path);
	write_bytes(other, "theirs", 6);
	assert_int_equal(rename(other, path), 0);
	assert_fails(write_distilled(module, path, &pair, 0), REBTF_ERR_CHANGED, path);
	assert_file_is(path, "theirs", 6);
	assert_file_is(base, "old base", 8);
}

/* Someone who opens the file by another path must find the base as well. */
static void base_stands_beside_the_file_that_a_link_leads_to(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *link = strdup(scratch_path(dir, "link.btf"));
	_cleanup_free_ char *file = strdup(scratch_path(dir, "sub/file.btf"));
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
	write_bytes(file, pair.bytes, pair.size);
	assert_int_equal(symlink("sub/file.btf", link), 0);
	module = opened(link);
	assert_ok(write_distilled(module, link, &pair, false));
	assert_int_equal(access(scratch_path(dir, "sub/file.btf.base"), F_OK), 0);
	assert_int_not_equal(access(scratch_path(dir, "link.btf.base"), F_OK), 0);
	assert_form(file, REBTF_FORM_DISTILLED);
	assert_form(link, REBTF_FORM_DISTILLED);

	/*
	 * A link to the base does not count as the link's own base. It may be missing or be
	 * removed.
	 */
	assert_int_equal(symlink("sub/file.btf.base", scratch_path(dir, "link.btf.base")), 0);
	rebtf_module_free(module);
	module = opened(link);
	assert_ok(write_split(module, link, pair.split));
	assert_int_not_equal(access(scratch_path(dir, "sub/file.btf.base"), F_OK), 0);
	assert_int_equal(unlink(scratch_path(dir, "link.btf.base")), 0);
	rebtf_module_free(module);
	module = opened(link);
	assert_ok(write_distilled(module, link, &pair, false));

	/* A base beside the link belongs to the link. */
	write_bytes(scratch_path(dir, "link.btf.base"), "no base", 7);
	rebtf_module_free(module);
	module = opened(link);
	assert_ok(write_split(module, link, pair.split));
	assert_int_not_equal(access(scratch_path(dir, "link.btf.base"), F_OK), 0);
	assert_int_equal(access(scratch_path(dir, "sub/file.btf.base"), F_OK), 0);
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

	assert_ok(rebtf_btf_write(pair.base, NULL, &bytes, &size));
	write_bytes(scratch_path(dir, "alone.btf"), bytes, size);
	assert_form(scratch_path(dir, "alone.btf"), REBTF_FORM_STANDALONE);
	assert_ok(rebtf_module_open(scratch_path(dir, "alone.btf"), NULL, &module));
	/* A given base is not used. */
	assert_ok(rebtf_module_btf(module, pair.base, &btf));
	assert_null(rebtf_btf_base(btf));
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
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_fails(rebtf_module_btf(module, NULL, &btf), REBTF_ERR_ARGUMENT, "without its base");
	assert_ok(rebtf_module_btf(module, pair.base, &btf));
	assert_ptr_equal(rebtf_btf_base(btf), pair.base);
	rebtf_btf_unref(btf);
}

static void assert_open_fails(const char *path, const void *data, size_t size,
			      enum rebtf_error_code code, const char *part)
{
	struct rebtf_module *module;

	write_bytes(path, data, size);
	assert_fails(rebtf_module_open(path, NULL, &module), code, part);
	assert_int_equal(unlink(path), 0);
}

/* Checks that the module in @bytes opens without BTF, and that requests for BTF fail. */
static void assert_without_btf(const char *path, const struct file_bytes *bytes)
{
	_cleanup_pair_ struct pair pair = {};
	_cleanup_module_ struct rebtf_module *module = NULL;
	struct rebtf_btf *btf;
	enum rebtf_form form;
	uint32_t *ids;
	size_t size;

	make_pair(&pair);
	write_bytes(path, bytes->data, bytes->size);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_false(rebtf_module_has_btf(module));
	assert_null(rebtf_module_section(module, REBTF_SECTION_BTF, &size));
	assert_false(rebtf_module_has_distilled(module));
	for (int read_as = 0; read_as < 2; read_as++) {
		assert_fails(rebtf_module_form(module, pair.base, &form), REBTF_ERR_NO_BTF, path);
		assert_fails(rebtf_module_btf(module, pair.base, &btf), REBTF_ERR_NO_BTF, ".BTF");
		assert_fails(rebtf_module_distilled(module, &btf), REBTF_ERR_NO_BTF, ".BTF");
		assert_fails(write_distilled(module, path, &pair, false), REBTF_ERR_NO_BTF, path);
		module->reading = REBTF_READING_SPLIT;
	}
	assert_ok(rebtf_module_expects(module, pair.distilled, &btf));
	assert_null(btf);
	assert_ok(rebtf_module_ids(module, pair.split, &ids, &size));
	assert_int_equal(size, 0);
	assert_file_is(path, bytes->data, bytes->size);
}

static void a_module_without_btf_opens_and_can_be_copied(void **state)
{
	static const int classes[] = { ELFCLASS32, ELFCLASS64 };
	static const int encodings[] = { ELFDATA2LSB, ELFDATA2MSB };
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko"), *copy = scratch_path(dir, "copy.ko");

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct test_object object = { .elf_class = classes[i % 2],
						    .encoding = encodings[i / 2] };
		_cleanup_file_bytes_ struct file_bytes bytes = {};
		_cleanup_module_ struct rebtf_module *module = NULL;

		test_object_make(&object, &bytes);
		assert_without_btf(path, &bytes);
		assert_ok(rebtf_module_open(path, NULL, &module));
		assert_ok(rebtf_module_copy(module, copy));
		assert_file_is(copy, bytes.data, bytes.size);
	}
}

static Elf64_Shdr *find_header(const struct file_bytes *bytes, const char *name)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)bytes->data;
	Elf64_Shdr *headers = (Elf64_Shdr *)(bytes->data + ehdr->e_shoff);
	const char *names = (const char *)bytes->data + headers[ehdr->e_shstrndx].sh_offset;

	for (size_t i = 1; i < ehdr->e_shnum; i++) {
		if (!strcmp(names + headers[i].sh_name, name))
			return &headers[i];
	}
	fail_msg("no section %s", name);
	return NULL;
}

static void a_btf_section_without_bytes_is_none(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_pair_ struct pair pair = {};
	_cleanup_file_bytes_ struct file_bytes empty = {}, no_bits = {}, with_base = {};
	struct rebtf_module *module;

	(void)state;
	make_pair(&pair);
	test_object_make(&(struct test_object){ .btf = pair.bytes, .btf_size = pair.size }, &empty);
	find_header(&empty, ".BTF")->sh_size = 0;
	assert_without_btf(path, &empty);
	test_object_make(&(struct test_object){ .btf = pair.bytes, .btf_size = pair.size },
			 &no_bits);
	find_header(&no_bits, ".BTF")->sh_type = SHT_NOBITS;
	assert_without_btf(path, &no_bits);

	/* A section that requires BTF is then an error. */
	test_object_make(&(struct test_object){ .btf = pair.bytes,
						.btf_size = pair.size,
						.base = pair.bytes,
						.base_size = pair.size },
			 &with_base);
	find_header(&with_base, ".BTF")->sh_size = 0;
	write_bytes(path, with_base.data, with_base.size);
	assert_fails(rebtf_module_open(path, NULL, &module), REBTF_ERR_FORMAT,
		     ".BTF.base: missing section .BTF");
	/* Other sections must not lack their bytes. */
	find_header(&with_base, ".BTF")->sh_size = pair.size;
	find_header(&with_base, ".BTF.base")->sh_type = SHT_NOBITS;
	write_bytes(path, with_base.data, with_base.size);
	assert_fails(rebtf_module_open(path, NULL, &module), REBTF_ERR_FORMAT,
		     "no data in the file");
}

static void a_module_without_btf_that_was_cut_short_is_refused(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_file_bytes_ struct file_bytes bytes = {};
	struct rebtf_module *module;

	(void)state;
	test_object_make(&(struct test_object){}, &bytes);
	for (size_t size = 4; size < bytes.size; size++) {
		write_bytes(path, bytes.data, size);
		assert_fails(rebtf_module_open(path, NULL, &module), REBTF_ERR_FORMAT, "ELF file");
	}
	find_header(&bytes, ".data")->sh_offset = bytes.size - 1;
	write_bytes(path, bytes.data, bytes.size);
	assert_fails(rebtf_module_open(path, NULL, &module), REBTF_ERR_FORMAT,
		     "ends past the file's");
}

static void what_goes_with_btf_alone_is_refused_without_it(void **state)
{
	static const char *const parts[] = { ".BTF.base", ".BTF.base_expects", ".note.rebtf",
					     ".BTF.kept", ".BTF.kept_base" };
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.ko");
	_cleanup_file_bytes_ struct file_bytes old = {};
	struct rebtf_module *module;

	(void)state;
	test_object_make(&(struct test_object){}, &old);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct elf_change change = { .name = parts[i], .data = "part", .size = 4 };
		struct elf_output output = {};
		_cleanup_free_ uint8_t *bytes = NULL;
		size_t at = 0;

		assert_ok(elf_rewrite(old.data, old.size, &change, 1, &output));
		bytes = malloc(output.size);
		for (size_t j = 0; j < output.pieces.count; at += output.pieces.items[j++].iov_len)
			memcpy(bytes + at, output.pieces.items[j].iov_base,
			       output.pieces.items[j].iov_len);
		write_bytes(path, bytes, output.size);
		elf_output_release(&output);
		assert_fails(rebtf_module_open(path, NULL, &module), REBTF_ERR_FORMAT, parts[i]);
	}
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
	((Elf64_Ehdr *)no_btf.data)->e_type = ET_DYN;
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
	assert_open_fails(path, gzip, size - 1, REBTF_ERR_FORMAT, "truncated gzip data");
	gzip = realloc(gzip, size + 1);
	gzip[size] = 1;
	assert_open_fails(path, gzip, size + 1, REBTF_ERR_FORMAT, "1 bytes follow");
	assert_fails(rebtf_module_open(path, NULL, &module), REBTF_ERR_IO, "No such file");
	assert_fails(rebtf_module_open(dir, NULL, &module), REBTF_ERR_IO, "Is a directory");
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
	assert_ok(rebtf_module_open(scratch_path(dir, "x.ko.xz"), NULL, &xz));
	assert_ok(rebtf_module_copy(xz, scratch_path(dir, "y.ko.xz")));
	assert_file_is(scratch_path(dir, "y.ko.xz"), bytes.data, bytes.size);
	assert_ok(rebtf_module_copy(xz, scratch_path(dir, "x.ko.xz")));
	assert_file_is(scratch_path(dir, "x.ko.xz"), bytes.data, bytes.size);

	write_bytes(scratch_path(dir, "x.btf"), pair.bytes, pair.size);
	assert_ok(rebtf_module_open(scratch_path(dir, "x.btf"), NULL, &alone));
	assert_ok(write_distilled(alone, scratch_path(dir, "d.btf"), &pair, false));
	assert_ok(rebtf_module_open(scratch_path(dir, "d.btf"), NULL, &raw));
	assert_ok(rebtf_module_copy(raw, scratch_path(dir, "copy.btf")));
	assert_ok(file_read(scratch_path(dir, "d.btf.base"), &base));
	assert_file_is(scratch_path(dir, "copy.btf.base"), base.data, base.size);
	/* When a module without a base is copied over another, that one's base must be removed. */
	assert_ok(rebtf_module_copy(alone, scratch_path(dir, "copy.btf")));
	assert_form(scratch_path(dir, "copy.btf"), REBTF_FORM_SPLIT);
}

static void without_btf_there_is_nothing_to_write(void **state)
{
	_cleanup_scratch_ char *path = scratch_new();
	struct rebtf_dir *dir;
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;
	const char *file = scratch_path(path, "x.ko");
	REBTF_OPTIONS(rebtf_module_output, none);
	const struct rebtf_module_output *outputs[] = { NULL, &none };
	struct rebtf_stray_ids *stray;

	(void)state;
	make_pair(&pair);
	make_ko(file, pair.bytes, pair.size, CODEC_NONE, false);
	assert_ok(rebtf_module_open(file, NULL, &module));
	assert_ok(rebtf_dir_new(path, &dir));
	for (size_t i = 0; i < 2; i++) {
		assert_fails(rebtf_module_write(module, file, outputs[i]), REBTF_ERR_ARGUMENT,
			     "no BTF to write");
		assert_fails(rebtf_module_write_to(module, dir, "y.ko", outputs[i]),
			     REBTF_ERR_ARGUMENT, "no BTF to write");
		assert_fails(rebtf_module_check_ids(module, outputs[i], &stray), REBTF_ERR_ARGUMENT,
			     "no BTF to write");
	}
	assert_none_beyond(stray_ids, NULL);
	rebtf_dir_free(dir);
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
		cmocka_unit_test(what_somebody_else_changed_meanwhile_is_left_alone),
		cmocka_unit_test(the_base_of_btf_that_somebody_else_changed_stays),
		cmocka_unit_test(base_stands_beside_the_file_that_a_link_leads_to),
		cmocka_unit_test(standalone_and_empty_btf_need_no_base),
		cmocka_unit_test(split_btf_needs_its_base),
		cmocka_unit_test(a_module_without_btf_opens_and_can_be_copied),
		cmocka_unit_test(a_btf_section_without_bytes_is_none),
		cmocka_unit_test(a_module_without_btf_that_was_cut_short_is_refused),
		cmocka_unit_test(what_goes_with_btf_alone_is_refused_without_it),
		cmocka_unit_test(what_is_no_module_is_refused_with_a_reason),
		cmocka_unit_test(copies_are_the_same_file_and_its_base),
		cmocka_unit_test(without_btf_there_is_nothing_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
