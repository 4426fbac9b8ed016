/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Builds kernel images for tests, piece by piece. */
#ifndef REBTF_MODULE_IMAGE_FOR_TEST_H
#define REBTF_MODULE_IMAGE_FOR_TEST_H

#include <bzlib.h>
#include <dlfcn.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>

#include "module/codec.h"
#include "module/image.h"
#include "module/test_object.h"
#include "util/bytes.h"
#include "util/testing.h"

/* A growing image. */
struct image {
	uint8_t *data;
	size_t size;
};

static inline void image_release(struct image *image)
{
	free(image->data);
}

#define _cleanup_image_ _cleanup_(image_release)

static inline void put(struct image *image, const void *data, size_t size)
{
	image->data = realloc(image->data, image->size + size);
	if (size)
		memcpy(image->data + image->size, data, size);
	image->size += size;
}

/* Bytes without any magic number: no magic number has two of them in sequence. */
static inline void put_code(struct image *image, size_t size)
{
	_cleanup_free_ uint8_t *code = malloc(size);

	for (size_t i = 0; i < size; i++)
		code[i] = (uint8_t)(0xc0 + i % 7);
	put(image, code, size);
}

static inline void put_word(struct image *image, size_t at, uint32_t value)
{
	const uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
				  (uint8_t)(value >> 24) };

	memcpy(image->data + at, bytes, 4);
}

/* The BTF of a kernel with @types types, in either byte order. */
static inline void put_btf(struct image *image, unsigned int types, bool big_endian)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_free_ void *data = NULL;
	struct rebtf_builder *b;
	size_t size;
	REBTF_OPTIONS(rebtf_write_options, options,
		      .byte_order = big_endian ? REBTF_BYTE_ORDER_BIG : REBTF_BYTE_ORDER_LITTLE);

	assert_ok(rebtf_builder_new(NULL, &b));
	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	for (unsigned int i = 1; i < types; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, i);
	assert_ok(rebtf_builder_finish(b, &btf));
	assert_ok(rebtf_btf_write(btf, &options, &data, &size));
	put(image, data, size);
}

#define LZO_FLAGS 0x101 /* both checksums of the data */

/* Packs like lzop. Without liblzo2 the blocks stay uncompressed. */
static inline void put_lzo(struct image *image, const struct image *content)
{
	static const uint8_t header[] = "\x89LZO\0\r\n\x1a\n\x10\x40\x20\xa0\x09\x40\3\x09"
					"\0\0\1\1\0\0\x81\xa4\0\0\0\0\0\0\0\0\0\0\0\0\0";
	void *library = dlopen("liblzo2.so.2", RTLD_NOW);
	int (*compress)(const void *in, unsigned long in_size, void *out, unsigned long *out_size,
			void *work) = NULL;
	_cleanup_free_ void *work = malloc(1 << 20);

	if (library)
		*(void **)&compress = dlsym(library, "lzo1x_1_compress");
	put(image, header, sizeof(header) - 1);
	for (size_t at = 0; at < content->size;) {
		size_t rest = content->size - at, size = rest < 256 << 10 ? rest : 256 << 10;
		unsigned long packed_size = size + size / 16 + 67;
		_cleanup_free_ uint8_t *packed = malloc(packed_size);
		uint8_t block[16];

		if (compress)
			assert_int_equal(compress(content->data + at, size, packed, &packed_size,
						  work),
					 0);
		put32(block, (uint32_t)size, true);
		put32(block + 4, (uint32_t)(packed_size < size ? packed_size : size), true);
		put32(block + 8, (uint32_t)adler32(1, content->data + at, (unsigned int)size),
		      true);
		put32(block + 12, (uint32_t)crc32(0, content->data + at, (unsigned int)size), true);
		put(image, block, sizeof(block));
		if (packed_size < size)
			put(image, packed, packed_size);
		else
			put(image, content->data + at, size);
		at += size;
	}
	put(image, "\0\0\0", 4);
}

static inline void put_packed(struct image *image, enum codec codec, const struct image *content)
{
	struct iovec piece = { content->data, content->size };
	size_t room = content->size * 2 + 10000, size = 0;
	uint8_t *packed = malloc(room);

	if (codec == CODEC_LZ4) {
		int n = LZ4_compress_default((char *)content->data, (char *)packed + 8,
					     (int)content->size, (int)room - 8);

		memcpy(packed, "\x02\x21\x4c\x18", 4);
		put32(packed + 4, (uint32_t)n, false);
		size = 8 + (size_t)n;
	} else if (codec == CODEC_LZ4_FRAME) {
		size = LZ4F_compressFrame(packed, room, content->data, content->size, NULL);
		assert_false(LZ4F_isError(size));
	} else if (codec == CODEC_LZO) {
		put_lzo(image, content);
	} else if (codec == CODEC_BZIP2) {
		unsigned int n = (unsigned int)room;

		BZ2_bzBuffToBuffCompress((char *)packed, &n, (char *)content->data,
					 (unsigned int)content->size, 9, 0, 0);
		size = n;
	} else if (codec == CODEC_LZMA) {
		lzma_stream stream = LZMA_STREAM_INIT;
		lzma_options_lzma options;

		lzma_lzma_preset(&options, 6);
		assert_int_equal(lzma_alone_encoder(&stream, &options), LZMA_OK);
		stream.next_in = content->data;
		stream.avail_in = content->size;
		stream.next_out = packed;
		stream.avail_out = room;
		assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
		size = stream.total_out;
		lzma_end(&stream);
	} else {
		free(packed);
		assert_ok(codec_compress(codec, &piece, 1, &packed, &size));
	}
	put(image, packed, size);
	free(packed);
}

static inline void assert_finds(const struct image *image, unsigned int types, bool big_endian)
{
	_cleanup_image_btf_ struct image_btf found = {};

	assert_ok(image_find_btf(image->data, image->size, "image", &found));
	assert_int_equal(rebtf_btf_type_count(found.btf), types + 1);
	assert_int_equal(rebtf_btf_is_big_endian(found.btf), big_endian);
}

static inline void assert_finds_nothing(const struct image *image)
{
	struct image_btf found;

	assert_fails(image_find_btf(image->data, image->size, "image", &found), REBTF_ERR_NO_BTF,
		     "no BTF");
}

static inline void put_zeros(struct image *image, size_t size)
{
	_cleanup_free_ void *zeros = calloc(1, size ?: 1);

	put(image, zeros, size);
}

/* A module with @types types. A distilled module has a base of that many. */
static inline void put_module(struct image *image, unsigned int types, bool distilled)
{
	_cleanup_image_ struct image btf = {};
	_cleanup_file_bytes_ struct file_bytes elf = {};
	struct test_object object = {};

	put_btf(&btf, types, false);
	object.btf = btf.data;
	object.btf_size = btf.size;
	if (distilled) {
		object.base = btf.data;
		object.base_size = btf.size;
	}
	test_object_make(&object, &elf);
	put(image, elf.data, elf.size);
}

static inline void put_cpio_file(struct image *cpio, const char *name, const struct image *content)
{
	char header[128];

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, 0100644, 0, 0,
		 1, 0, content->size, 0, 0, 0, 0, strlen(name) + 1, 0);
	put(cpio, header, 110);
	put(cpio, name, strlen(name) + 1);
	put_zeros(cpio, (size_t)-cpio->size % 4);
	put(cpio, content->data, content->size);
	put_zeros(cpio, (size_t)-cpio->size % 4);
}

/* An initramfs with BTF of up to 50 types, all from modules. */
static inline void put_initramfs(struct image *image)
{
	static const struct image none = {};
	_cleanup_image_ struct image cpio = {};

	for (unsigned int i = 0; i < 4; i++) {
		_cleanup_image_ struct image module = {};

		put_module(&module, 50, i & 1);
		put_cpio_file(&cpio, "usr/lib/modules/m.ko", &module);
	}
	for (unsigned int i = 0; i < 4; i++) {
		_cleanup_image_ struct image module = {};
		_cleanup_image_ struct image packed = {};

		put_module(&module, 50, i & 1);
		put_packed(&packed, i & 2 ? CODEC_XZ : CODEC_ZSTD, &module);
		for (unsigned int j = 0; j < 25; j++)
			put_cpio_file(&cpio, "usr/lib/modules/m.ko.xz", &packed);
	}
	for (unsigned int i = 0; i < 2; i++) {
		_cleanup_image_ struct image btf = {};

		put_btf(&btf, 40, i);
		put_cpio_file(&cpio, "usr/lib/btf/other.btf", &btf);
	}
	put_cpio_file(&cpio, "TRAILER!!!", &none);
	put(image, cpio.data, cpio.size);
}

static inline void put_kernel(struct image *image, unsigned int types, enum codec codec)
{
	_cleanup_image_ struct image kernel = {};

	put_code(&kernel, 3000);
	put_btf(&kernel, types, false);
	put_code(image, 1000);
	put_packed(image, codec, &kernel);
	put_code(image, 100);
}

#define KERNEL_TYPES 20

#endif
