/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as a compressed module. Decompressed contents can be compressed again, and
 * decompress to the same bytes. The mutator changes the contents as well as the stream.
 */
#include "module/codec.h"
#include "modules.h"
#include "mutate.h"

/* A small input may decompress to a gigabyte. That is valid, but too slow for a fuzzer. */
#define UNPACKED_MAX ((size_t)1 << 19)

/* Returns NULL if it is not a stream, or if its contents are too large. */
static uint8_t *unpack(const uint8_t *data, size_t size, enum codec *codec, size_t *unpacked_size)
{
	uint8_t *unpacked = NULL;

	*codec = codec_detect(data, size);
	if (*codec == CODEC_NONE)
		return NULL;
	ok(codec_decompress(*codec, data, size, UNPACKED_MAX, &unpacked, unpacked_size, NULL));
	return unpacked;
}

static uint8_t *pack(enum codec codec, uint8_t *data, size_t size, size_t *packed_size)
{
	struct iovec piece = { data, size };
	uint8_t *packed = NULL;

	ok(codec_compress(codec, &piece, 1, &packed, packed_size));
	return packed;
}

/* Changes the contents. Returns 0 if the input has no contents, or if the result does not fit. */
static size_t mutate_inside(uint8_t *data, size_t size, size_t max_size)
{
	uint8_t *inside, *roomy, *packed;
	size_t inside_size, packed_size, room, new_size = 0;
	enum codec codec;

	inside = unpack(data, size, &codec, &inside_size);
	if (!inside)
		return 0;
	/* Sometimes uses another codec. */
	if (!mutate_below(8))
		codec = CODEC_GZIP + mutate_below(3);
	room = inside_size + 256;
	roomy = realloc(inside, room);
	if (!roomy)
		abort();
	inside_size = mutate_file(roomy, inside_size, room);
	packed = pack(codec, roomy, inside_size, &packed_size);
	if (packed && packed_size <= max_size) {
		memcpy(data, packed, packed_size);
		new_size = packed_size;
	}
	free(packed);
	free(roomy);
	return new_size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t new_size = 0;

	mutate_start(seed);
	if (mutate_below(4))
		new_size = mutate_inside(data, size, max_size);
	return new_size ?: LLVMFuzzerMutate(data, size, max_size);
}

/* Compresses the contents by the example of the stream @like. */
static void must_pack_again(const struct codec_example *like)
{
	const struct iovec piece = { (void *)like->content, like->content_size };
	const enum codec codec = like->codec;
	const uint8_t *data = like->content;
	const size_t size = like->content_size;
	size_t packed_size, consumed, again_size;
	uint8_t *packed = NULL, *again;

	ok(codec_compress_like(like, 0, &piece, 1, &packed, &packed_size));
	if (!packed) {
		/* Modules are written only with the codecs up to CODEC_ZSTD. */
		if (codec <= CODEC_ZSTD)
			fail("what was unpacked cannot be packed");
		return;
	}
	if (codec_detect(packed, packed_size) != codec)
		fail("what was packed does not look like it");
	must(codec_decompress(codec, packed, packed_size, size, &again, &again_size, &consumed));
	if (again_size != size || memcmp(again, data, size) || consumed != packed_size)
		fail("what was packed unpacks to something else");
	free(again);
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rebtf_module *module;
	enum codec codec;
	size_t unpacked_size;
	uint8_t *unpacked = unpack(data, size, &codec, &unpacked_size);

	if (!unpacked)
		return 0;
	must_pack_again(&(struct codec_example){ codec, data, size, unpacked, unpacked_size });
	free(unpacked);
	if (ok(rebtf_module_open(file_of(data, size), NULL, &module))) {
		look_at_module(module);
		rebtf_module_free(module);
	}
	return 0;
}
