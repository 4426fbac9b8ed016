/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as a kernel image, from memory and as a file. BTF that is found must be as
 * valid as any other. The mutator changes the image, or the contents of its first stream, which it
 * then compresses again.
 */
#include <bzlib.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>

#include "module/codec.h"
#include "module/elf_file.h"
#include "module/image.h"
#include "modules.h"
#include "mutate.h"
#include "util/bytes.h"

#define UNPACKED_MAX ((size_t)1 << 19)

static uint8_t *pack_lz4(const uint8_t *data, size_t size, size_t *packed_size)
{
	int bound = LZ4_compressBound((int)size);
	uint8_t *packed = malloc((size_t)bound + 8);
	int n = LZ4_compress_default((const char *)data, (char *)packed + 8, (int)size, bound);

	put32(packed, 0x184c2102, false);
	put32(packed + 4, (uint32_t)n, false);
	*packed_size = (size_t)n + 8;
	return packed;
}

static uint8_t *pack_lz4_frame(const uint8_t *data, size_t size, size_t *packed_size)
{
	size_t room = LZ4F_compressFrameBound(size, NULL);
	uint8_t *packed = malloc(room);

	*packed_size = LZ4F_compressFrame(packed, room, data, size, NULL);
	if (LZ4F_isError(*packed_size))
		abort();
	return packed;
}

/* Writes stored blocks without checksums. */
static uint8_t *pack_lzo(const uint8_t *data, size_t size, size_t *packed_size)
{
	static const uint8_t header[38] = { 0x89, 'L',	'Z',  'O',  0,	  '\r', '\n', 0x1a, '\n',
					    0x10, 0x40, 0x20, 0xa0, 0x09, 0x40, 1,    5 };
	const size_t block = 256 << 10;
	uint8_t *packed = malloc(sizeof(header) + size + (size / block + 2) * 8);
	uint8_t *p = packed + sizeof(header);

	memcpy(packed, header, sizeof(header));
	for (size_t at = 0; at < size; at += block) {
		size_t part = size - at < block ? size - at : block;

		put32(p, (uint32_t)part, true);
		put32(p + 4, (uint32_t)part, true);
		memcpy(p + 8, data + at, part);
		p += 8 + part;
	}
	put32(p, 0, true);
	*packed_size = (size_t)(p + 4 - packed);
	return packed;
}

static uint8_t *pack_bzip2(uint8_t *data, size_t size, size_t *packed_size)
{
	unsigned int n = (unsigned int)(size + size / 100 + 600);
	uint8_t *packed = malloc(n);

	if (BZ2_bzBuffToBuffCompress((char *)packed, &n, (char *)data, (unsigned int)size, 1, 0, 0))
		abort();
	*packed_size = n;
	return packed;
}

static uint8_t *pack_lzma(const uint8_t *data, size_t size, size_t *packed_size)
{
	size_t room = size * 2 + 1024;
	lzma_stream lzma = LZMA_STREAM_INIT;
	uint8_t *packed = malloc(room);
	lzma_options_lzma options;

	lzma_lzma_preset(&options, 0);
	options.dict_size = 1 << 16;
	if (lzma_alone_encoder(&lzma, &options) != LZMA_OK)
		abort();
	lzma.next_in = data;
	lzma.avail_in = size;
	lzma.next_out = packed;
	lzma.avail_out = room;
	if (lzma_code(&lzma, LZMA_FINISH) != LZMA_STREAM_END)
		abort();
	*packed_size = lzma.total_out;
	lzma_end(&lzma);
	return packed;
}

static uint8_t *pack(enum codec codec, uint8_t *data, size_t size, size_t *packed_size)
{
	struct iovec piece = { data, size };
	uint8_t *packed = NULL;

	switch (codec) {
	case CODEC_LZ4:
		return pack_lz4(data, size, packed_size);
	case CODEC_BZIP2:
		return pack_bzip2(data, size, packed_size);
	case CODEC_LZMA:
		return pack_lzma(data, size, packed_size);
	case CODEC_LZ4_FRAME:
		return pack_lz4_frame(data, size, packed_size);
	case CODEC_LZO:
		return pack_lzo(data, size, packed_size);
	default:
		must(codec_compress(codec, &piece, 1, &packed, packed_size));
		return packed;
	}
}

/* Replaces @consumed bytes at @at by @packed. Returns 0 if the result does not fit. */
static size_t replace_stream(uint8_t *data, size_t size, size_t max_size, size_t at,
			     size_t consumed, const uint8_t *packed, size_t packed_size)
{
	size_t rest = size - at - consumed;

	if (at + packed_size + rest > max_size)
		return 0;
	memmove(data + at + packed_size, data + at + consumed, rest);
	memcpy(data + at, packed, packed_size);
	return at + packed_size + rest;
}

static size_t mutate_inside(uint8_t *data, size_t size, size_t max_size)
{
	size_t inside_size, packed_size, consumed, new_size, at = 0;
	uint8_t *inside = NULL, *packed;
	enum codec codec = CODEC_NONE;

	for (; at < size && !inside; at++) {
		codec = codec_detect(data + at, size - at);
		if (codec != CODEC_NONE)
			ok(codec_decompress(codec, data + at, size - at, UNPACKED_MAX, &inside,
					    &inside_size, &consumed));
	}
	if (!inside)
		return 0;
	if (!mutate_below(8))
		codec = CODEC_GZIP + mutate_below(CODEC_COUNT - CODEC_GZIP);
	inside = realloc(inside, inside_size + 256);
	inside_size = mutate_file(inside, inside_size, inside_size + 256);
	packed = pack(codec, inside, inside_size, &packed_size);
	new_size = replace_stream(data, size, max_size, at - 1, consumed, packed, packed_size);
	free(packed);
	free(inside);
	return new_size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t new_size = 0;

	mutate_start(seed);
	if (mutate_below(2))
		new_size = mutate_inside(data, size, max_size);
	return new_size ?: mutate_file(data, size, max_size);
}

static void must_be_the_same(const struct rebtf_btf *a, const struct rebtf_btf *b)
{
	if (rebtf_btf_type_count(a) != rebtf_btf_type_count(b) ||
	    hash_of_dump(a) != hash_of_dump(b))
		fail("an image has other BTF as a file");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_btf found = {};
	struct rebtf_btf *btf, *of_file = NULL;

	ok(image_find_btf(data, size, "image", &found));
	btf = found.btf;
	ok(rebtf_kernel_open(file_of(data, size), NULL, &of_file));
	/* A damaged ELF file is an error. Inside an image it was only a wrong guess. */
	if (!btf != !of_file && !(btf && elf_detect(data, size)))
		fail("an image is a kernel in memory alone, or as a file alone");
	if (btf && of_file)
		must_be_the_same(btf, of_file);
	if (btf)
		must_reopen(btf, NULL);
	rebtf_btf_unref(of_file);
	image_btf_release(&found);
	return 0;
}
