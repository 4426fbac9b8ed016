/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of compression: round trips, detection of damage, and limits for decompression bombs. */
#include "module/codec_stream.h"
#include "module/image_for_test.h"

#define LIMIT ((size_t)64 << 20)

/* Pseudo-text that compresses well, but not too well. */
static uint8_t *make_sample(size_t size)
{
	uint8_t *sample = malloc(size);
	uint32_t state = 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		sample[i] = (uint8_t)("abcdefgh"[state >> 29]);
	}
	return sample;
}

/* Legacy lz4 as in the kernel's build: blocks of 8 MiB. */
static void pack_lz4(const uint8_t *data, size_t size, struct file_bytes *packed)
{
	const size_t block = 8 << 20;

	packed->data = malloc(4 + size + size / 100 + 1000);
	memcpy(packed->data, "\x02\x21\x4c\x18", 4);
	packed->size = 4;
	for (size_t at = 0; at < size; at += block) {
		size_t part = size - at < block ? size - at : block;
		int n = LZ4_compress_default((const char *)data + at,
					     (char *)packed->data + packed->size + 4, (int)part,
					     LZ4_compressBound((int)part));

		assert_true(n > 0);
		put32(packed->data + packed->size, (uint32_t)n, false);
		packed->size += 4 + (size_t)n;
	}
}

static void pack_bzip2(const uint8_t *data, size_t size, struct file_bytes *packed)
{
	unsigned int n = (unsigned int)(size + size / 100 + 1000);

	packed->data = malloc(n);
	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)packed->data, &n, (char *)data,
						  (unsigned int)size, 9, 0, 0),
			 BZ_OK);
	packed->size = n;
}

static void pack_lzma(const uint8_t *data, size_t size, struct file_bytes *packed)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	lzma_lzma_preset(&options, 6);
	assert_int_equal(lzma_alone_encoder(&stream, &options), LZMA_OK);
	packed->data = malloc(size + 1000);
	stream.next_in = data;
	stream.avail_in = size;
	stream.next_out = packed->data;
	stream.avail_out = size + 1000;
	assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
	packed->size = stream.total_out;
	lzma_end(&stream);
}

static void pack_for_image(enum codec codec, const uint8_t *data, size_t size,
			   struct file_bytes *packed)
{
	const struct image content = { (uint8_t *)data, size };
	struct image image = {};

	put_packed(&image, codec, &content);
	packed->data = image.data;
	packed->size = image.size;
}

/* Uses our compressors for modules' codecs, and the libraries for the others. */
static void pack(enum codec codec, const uint8_t *data, size_t size, struct file_bytes *packed)
{
	/* In three pieces, one of them empty. */
	const struct iovec pieces[] = {
		{ (void *)data, size / 3 },
		{ NULL, 0 },
		{ (void *)(data + size / 3), size - size / 3 },
	};

	if (codec == CODEC_LZ4)
		pack_lz4(data, size, packed);
	else if (codec == CODEC_BZIP2)
		pack_bzip2(data, size, packed);
	else if (codec == CODEC_LZMA)
		pack_lzma(data, size, packed);
	else if (codec == CODEC_LZ4_FRAME || codec == CODEC_LZO)
		pack_for_image(codec, data, size, packed);
	else
		assert_ok(codec_compress(codec, pieces, 3, &packed->data, &packed->size));
}

static void packed_data_unpack_again(void **state)
{
	static const size_t sizes[] = { 1, 1000, 300000, 20 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_free_ uint8_t *sample = make_sample(sizes[i]);

		for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
			_cleanup_file_bytes_ struct file_bytes packed = {};
			_cleanup_free_ uint8_t *data = NULL;
			size_t size, consumed;

			/* For the slow codecs, small data is enough. */
			if (sizes[i] > 1 << 20 && codec != CODEC_LZ4 && codec != CODEC_ZSTD)
				continue;
			pack(codec, sample, sizes[i], &packed);
			assert_int_equal(codec_detect(packed.data, packed.size), codec);
			assert_ok(codec_decompress(codec, packed.data, packed.size, LIMIT, &data,
						   &size, &consumed));
			assert_int_equal(size, sizes[i]);
			assert_memory_equal(data, sample, size);
			assert_int_equal(consumed, packed.size);
		}
	}
}

static void bytes_after_the_stream_are_left(void **state)
{
	_cleanup_free_ uint8_t *sample = make_sample(100000);

	(void)state;
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		_cleanup_free_ uint8_t *data = NULL;
		size_t size, consumed;

		pack(codec, sample, 100000, &packed);
		packed.data = realloc(packed.data, packed.size + 100);
		memset(packed.data + packed.size, 0xa5, 100);
		assert_ok(codec_decompress(codec, packed.data, packed.size + 100, LIMIT, &data,
					   &size, &consumed));
		assert_int_equal(size, 100000);
		assert_int_equal(consumed, packed.size);
	}
}

static void truncated_streams_are_refused(void **state)
{
	_cleanup_free_ uint8_t *sample = make_sample(1000);

	(void)state;
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};

		pack(codec, sample, 1000, &packed);
		/* A legacy lz4 stream has no end mark. Cut before its first block, it is empty. */
		for (size_t cut = codec == CODEC_LZ4 ? 8 : 14; cut < packed.size; cut++) {
			uint8_t *data;
			size_t size;

			assert_fails(codec_decompress(codec, packed.data, cut, LIMIT, &data, &size,
						      NULL),
				     REBTF_ERR_FORMAT, codec_name(codec));
		}
	}
}

/* Damaged data never causes a crash, and checksums detect most of it. */
static void damaged_streams_do_no_harm(void **state)
{
	_cleanup_free_ uint8_t *sample = make_sample(500);

	(void)state;
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		size_t refused = 0;

		pack(codec, sample, 500, &packed);
		for (size_t i = 0; i < packed.size; i++) {
			_cleanup_free_ uint8_t *data = NULL;
			struct rebtf_error *err;
			size_t size;

			packed.data[i] ^= 0x55;
			err = codec_decompress(codec, packed.data, packed.size, LIMIT, &data, &size,
					       NULL);
			packed.data[i] ^= 0x55;
			refused += !!err;
			rebtf_error_free(err);
		}
		assert_true(refused > 0);
	}
}

static void bombs_stop_at_the_limit(void **state)
{
	const size_t size = 10 << 20;
	_cleanup_free_ uint8_t *zeros = calloc(1, size);

	(void)state;
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		uint8_t *data = NULL;
		size_t unpacked;

		pack(codec, zeros, size, &packed);
		assert_true(packed.size < size / 100);
		assert_fails(codec_decompress(codec, packed.data, packed.size, size - 1, &data,
					      &unpacked, NULL),
			     REBTF_ERR_UNSUPPORTED, "data is too large (maximum");
		assert_null(data);
		assert_ok(codec_decompress(codec, packed.data, packed.size, size, &data, &unpacked,
					   NULL));
		assert_int_equal(unpacked, size);
		free(data);
	}
}

/* An image may hold any number of streams that fail at their ends. */
static void a_failed_stream_says_how_much_came_out(void **state)
{
	const size_t size = 2 << 20, once = 50000;
	_cleanup_free_ uint8_t *sample = make_sample(size);

	(void)state;
	/* Repetitive data compresses quickly. */
	for (size_t i = once; i < size; i++)
		sample[i] = sample[i - once];
	for (enum codec codec = CODEC_GZIP; codec < CODEC_COUNT; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		uint8_t *data;
		size_t unpacked = 1;

		pack(codec, sample, size, &packed);
		assert_fails(codec_decompress(codec, packed.data, packed.size, size / 2, &data,
					      &unpacked, NULL),
			     REBTF_ERR_UNSUPPORTED, codec_name(codec));
		assert_in_range(unpacked, size / 2 + 1, size);
		assert_fails(codec_decompress(codec, packed.data, packed.size - 10, LIMIT, &data,
					      &unpacked, NULL),
			     REBTF_ERR_FORMAT, codec_name(codec));
		/* An lz4 block is decompressed as a whole; a bzip2 block has 900,000 bytes. */
		assert_in_range(unpacked, codec == CODEC_LZ4 ? 0 : size - 900000, size);
		assert_fails(codec_decompress(codec, packed.data, 20, LIMIT, &data, &unpacked,
					      NULL),
			     REBTF_ERR_FORMAT, codec_name(codec));
		assert_in_range(unpacked, 0, 100);
	}
}

static void how_much_may_come_out_follows_the_size(void **state)
{
	const size_t mib = 1 << 20;

	(void)state;
	assert_int_equal(codec_output_max(0), 32 * mib);
	assert_int_equal(codec_output_max(1000), 32 * mib + 64000);
	assert_int_equal(codec_output_max(4 * mib), 288 * mib);
	assert_int_equal(codec_output_max(15 * mib), 992 * mib);
	assert_int_equal(codec_output_max(16 * mib), CODEC_OUTPUT_MAX);
	assert_int_equal(codec_output_max(SIZE_MAX), CODEC_OUTPUT_MAX);
}

/* Decoders would allocate the claimed size before they notice the missing data. */
static void claims_of_large_dictionaries_are_refused(void **state)
{
	/* An empty frame, and the exponent of its window. */
	uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0 };
	/* Properties, a dictionary of 1 GiB, an unknown length, and no data. */
	uint8_t lzma[30] = { 0x5d, 0, 0, 0, 0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t *data;
	size_t size;

	(void)state;
	zstd[5] = (28 - 10) << 3;
	assert_fails(codec_decompress(CODEC_ZSTD, zstd, sizeof(zstd), LIMIT, &data, &size, NULL),
		     REBTF_ERR_UNSUPPORTED, "too much memory to unpack (maximum 128 MiB)");
	zstd[5] = (27 - 10) << 3;
	assert_ok(codec_decompress(CODEC_ZSTD, zstd, sizeof(zstd), LIMIT, &data, &size, NULL));
	assert_int_equal(size, 0);
	free(data);
	assert_int_equal(codec_detect(lzma, sizeof(lzma)), CODEC_LZMA);
	assert_fails(codec_decompress(CODEC_LZMA, lzma, sizeof(lzma), LIMIT, &data, &size, NULL),
		     REBTF_ERR_UNSUPPORTED, "too much memory to unpack (maximum 256 MiB)");
}

/*
 * lzop 1.04's output for "some text\n" with and without a name, and for 100 zeros, with -1 and -9.
 */
static void files_of_lzop_are_read(void **state)
{
	static const struct {
		size_t size;
		const char *packed;
		size_t unpacked_size;
	} files[] = {
		{ 65,
		  "\211\114\132\117\000\015\012\032\012\020\100\040\240\011\100\003\011\003\000\000\011\000\000\201"
		  "\244\153\010\101\352\000\000\000\000\001\164\073\166\004\252\000\000\000\012\000\000\000\012\025"
		  "\214\003\244\163\157\155\145\040\164\145\170\164\012\000\000\000\000",
		  10 },
		{ 64,
		  "\211\114\132\117\000\015\012\032\012\020\100\040\240\011\100\002\001\003\000\000\015\000\000\201"
		  "\244\153\010\101\352\000\000\000\000\000\066\140\004\060\000\000\000\012\000\000\000\012\025\214"
		  "\003\244\163\157\155\145\040\164\145\170\164\012\000\000\000\000",
		  10 },
		{ 63,
		  "\211\114\132\117\000\015\012\032\012\020\100\040\240\011\100\003\011\003\000\000\015\000\000\201"
		  "\244\153\010\101\352\000\000\000\000\000\067\003\004\071\000\000\000\144\000\000\000\011\000\144"
		  "\000\001\022\000\040\102\000\000\021\000\000\000\000\000\000",
		  100 },
		{ 63,
		  "\211\114\132\117\000\015\012\032\012\020\100\040\240\011\100\003\011\003\000\000\015\000\000\201"
		  "\244\153\010\101\352\000\000\000\000\000\067\003\004\071\000\000\000\144\000\000\000\011\000\144"
		  "\000\001\022\000\040\102\000\000\021\000\000\000\000\000\000",
		  100 },
		{ 88,
		  "\211\114\132\117\000\015\012\032\012\020\100\040\240\011\100\002\001\003\000\000\015\000\000\201"
		  "\244\153\010\101\352\000\000\000\000\000\066\140\004\060\000\000\000\144\000\000\000\042\000\144"
		  "\000\001\002\000\000\000\000\000\040\053\020\000\000\001\000\000\000\000\000\000\000\000\000\000"
		  "\000\000\000\000\000\000\000\000\000\021\000\000\000\000\000\000",
		  100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_free_ uint8_t *data = NULL;
		const uint8_t *packed = (const uint8_t *)files[i].packed;
		size_t size, consumed;

		assert_int_equal(codec_detect(packed, files[i].size), CODEC_LZO);
		assert_ok(codec_decompress(CODEC_LZO, packed, files[i].size, LIMIT, &data, &size,
					   &consumed));
		assert_int_equal(size, files[i].unpacked_size);
		assert_int_equal(consumed, files[i].size);
		if (size == 10)
			assert_memory_equal(data, "some text\n", 10);
		else
			assert_true(only_zeros(data, size));
	}
}

/* Blocks larger than the kernel's own decompressor accepts, and fields that lzop never writes. */
static void lzo_headers_that_kernels_refuse_are_refused(void **state)
{
	struct image content = { (uint8_t *)"some text", 9 };
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 15, 0 },    /* no method */
		{ 15, 4 },    /* an unknown one */
		{ 19, 0x05 }, /* several parts */
		{ 20, 0x41 }, /* an extra field */
		{ 33, 0xff }, /* a name longer than the file */
		{ 38, 1 },    /* a block of 16 MiB, */
		{ 38, 0xff }, /* of 4 GiB, */
		{ 42, 0xff }, /* larger when packed, */
		{ 45, 0x0a }, /* the same, */
		{ 49, 0 },    /* with another checksum, */
		{ 53, 0 },    /* or another */
	};
	_cleanup_image_ struct image image = {};

	(void)state;
	put_lzo(&image, &content);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t old = image.data[changes[i].at];
		uint8_t *data;
		size_t size;

		image.data[changes[i].at] = changes[i].value;
		assert_fails(codec_decompress(CODEC_LZO, image.data, image.size, LIMIT, &data,
					      &size, NULL),
			     REBTF_ERR_FORMAT, "lzo data is damaged after 0 bytes");
		image.data[changes[i].at] = old;
	}
}

/* Facts that kernel/module/decompress.c relies on. */
static void modules_are_packed_as_the_kernel_takes_them(void **state)
{
	const size_t size = 9 << 20;
	_cleanup_free_ uint8_t *sample = make_sample(size);
	_cleanup_file_bytes_ struct file_bytes gzip = {};
	_cleanup_file_bytes_ struct file_bytes xz = {};
	_cleanup_file_bytes_ struct file_bytes zstd = {};
	lzma_stream_flags flags;
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block block = { .version = 1, .filters = filters };

	(void)state;
	/* No name, no time. */
	pack(CODEC_GZIP, sample, 100000, &gzip);
	assert_memory_equal(gzip.data, "\x1f\x8b\x08\0\0\0\0\0", 8);

	pack(CODEC_XZ, sample, 100000, &xz);
	assert_int_equal(lzma_stream_header_decode(&flags, xz.data), LZMA_OK);
	assert_int_equal(flags.check, LZMA_CHECK_CRC32);
	block.check = flags.check;
	block.header_size = lzma_block_header_size_decode(xz.data[LZMA_STREAM_HEADER_SIZE]);
	assert_int_equal(lzma_block_header_decode(&block, NULL, xz.data + LZMA_STREAM_HEADER_SIZE),
			 LZMA_OK);
	assert_int_equal(filters[0].id, LZMA_FILTER_LZMA2);
	assert_true(((lzma_options_lzma *)filters[0].options)->dict_size <= 2 << 20);
	assert_int_equal(filters[1].id, LZMA_VLI_UNKNOWN);
	free(filters[0].options);

	pack(CODEC_ZSTD, sample, size, &zstd);
	assert_int_equal(ZSTD_getFrameContentSize(zstd.data, zstd.size), size);
	/*
	 * Bit 5 of the descriptor would mean "one segment"; the window's exponent is in the next
	 * byte.
	 */
	assert_int_equal(zstd.data[4] & 0x20, 0);
	assert_true((zstd.data[5] >> 3) + 10 <= 21);
}

static void what_is_no_stream_is_not_taken_for_one(void **state)
{
	static const struct {
		size_t size;
		const char *data;
	} others[] = {
		{ 0, "" },
		{ 3, "\x1f\x8b\x08" },
		{ 10, "\x1f\x8b\x08\xff-------" },
		{ 3, "BZh" },
		{ 10, "BZh9-------" },
		{ 4, "\x7f"
		     "ELF" },
		{ 14, "]\0\0\0\0\0\0\0\0\0\0\0\0\0" },
		{ 5, "\xfd"
		     "7zXZ" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(codec_detect((const uint8_t *)others[i].data, others[i].size),
				 CODEC_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_data_unpack_again),
		cmocka_unit_test(bytes_after_the_stream_are_left),
		cmocka_unit_test(truncated_streams_are_refused),
		cmocka_unit_test(damaged_streams_do_no_harm),
		cmocka_unit_test(bombs_stop_at_the_limit),
		cmocka_unit_test(a_failed_stream_says_how_much_came_out),
		cmocka_unit_test(how_much_may_come_out_follows_the_size),
		cmocka_unit_test(claims_of_large_dictionaries_are_refused),
		cmocka_unit_test(files_of_lzop_are_read),
		cmocka_unit_test(lzo_headers_that_kernels_refuse_are_refused),
		cmocka_unit_test(modules_are_packed_as_the_kernel_takes_them),
		cmocka_unit_test(what_is_no_stream_is_not_taken_for_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
