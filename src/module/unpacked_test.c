/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the limit on unpacked data: it covers all open files together. Freed data, and files
 * that could not be opened, no longer count.
 */
#include "module/image.h"
#include "module/module_for_test.h"
#include "module/unpacked.h"

#define MIB	   ((size_t)1 << 20)
#define LIMIT	   (16 * MIB)
#define LIMIT_TEXT "all open files is too large (maximum 16777216 bytes)"

/* A module that unpacks to a little more than 2 MiB. */
static void make_large(const char *path, enum codec codec, const struct pair *pair)
{
	size_t size = pair->size + 2 * MIB;
	_cleanup_free_ uint8_t *bytes = calloc(1, size);

	/* The header contains the end of the BTF, so later bytes are ignored. */
	memcpy(bytes, pair->bytes, pair->size);
	make_ko(path, bytes, size, codec, false);
}

static void a_limit_holds_for_all_files_that_are_open(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	for (enum codec codec = CODEC_GZIP; codec <= CODEC_ZSTD; codec++) {
		struct rebtf_module *modules[8] = {}, *more;
		const char *path = scratch_path(dir, "x.ko");
		struct rebtf_error *err = NULL;
		size_t count = 0;

		make_large(path, codec, &pair);
		unpacked_limit(LIMIT);
		/* During decompression a file may take twice its final memory. */
		while (count < 5)
			assert_ok(rebtf_module_open(path, NULL, &modules[count++]));
		while (count < 7 && !(err = rebtf_module_open(path, NULL, &modules[count])))
			count++;
		rebtf_error_free(err);
		assert_fails(rebtf_module_open(path, NULL, &more), REBTF_ERR_NOMEM, LIMIT_TEXT);
		unpacked_limit(0);
		assert_ok(rebtf_module_open(path, NULL, &more));
		rebtf_module_free(more);
		while (count)
			rebtf_module_free(modules[--count]);
		unpacked_limit(LIMIT);
		assert_ok(rebtf_module_open(path, NULL, &more));
		rebtf_module_free(more);
	}
}

static void files_that_cannot_be_opened_do_not_count(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	const char *bad = scratch_path(dir, "bad.ko"), *good = scratch_path(dir, "good.ko");
	_cleanup_free_ uint8_t *zeros = calloc(1, 2 * MIB);
	struct iovec piece = { zeros, 2 * MIB };
	struct file_bytes packed = {};
	struct image_btf found;
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	make_large(good, CODEC_ZSTD, &pair);
	assert_ok(codec_compress(CODEC_GZIP, &piece, 1, &packed.data, &packed.size));
	unpacked_limit(LIMIT);
	for (int i = 0; i < 20; i++) {
		/* Neither BTF nor ELF; the last one is also damaged. */
		packed.data[packed.size - 8] ^= i == 19;
		write_bytes(bad, packed.data, packed.size);
		assert_fails(rebtf_module_open(bad, NULL, &module), REBTF_ERR_FORMAT, "bad.ko");
		assert_fails(image_find_btf(packed.data, packed.size, "image", &found),
			     REBTF_ERR_NO_BTF, "image");
	}
	assert_ok(rebtf_module_open(good, NULL, &module));
	unpacked_limit(3 * MIB);
	/* Guessing at an image must not hide a lack of memory. */
	assert_fails(image_find_btf(packed.data, packed.size, "image", &found), REBTF_ERR_NOMEM,
		     "image");
	unpacked_limit(0);
	free(packed.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_holds_for_all_files_that_are_open),
		cmocka_unit_test(files_that_cannot_be_opened_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
