/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of compression by example: the parameters in the example's headers stay, unless no kernel
 * accepts them, and the result is as small as the example was.
 */
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "module/codec.h"
#include "util/file.h"
#include "util/testing.h"

#define LIMIT	    ((size_t)64 << 20)
#define SAMPLE_SIZE ((size_t)100000)

/* A part of this program: an ELF file with code and text, like modules. */
static void read_sample(struct file_bytes *sample)
{
	assert_ok(file_read("/proc/self/exe", sample));
	assert_true(sample->size > SAMPLE_SIZE);
	sample->size = SAMPLE_SIZE;
}

/* Copies of a part of it, which compress quickly. */
static void make_large_sample(size_t size, struct file_bytes *large)
{
	_cleanup_file_bytes_ struct file_bytes sample = {};

	read_sample(&sample);
	large->data = malloc(size);
	large->size = size;
	for (size_t i = 0; i < size; i++)
		large->data[i] = sample.data[i % SAMPLE_SIZE];
}

/*
 * Compresses @content after the example of @packed, which holds @content. The result must also hold
 * it.
 */
static void repack(enum codec codec, const struct file_bytes *content,
		   const struct file_bytes *packed, unsigned int level, struct file_bytes *again)
{
	const struct codec_example like = {
		codec, packed->data, packed->size, content->data, content->size,
	};
	/* In two pieces. */
	const size_t first = content->size / 3;
	const struct iovec pieces[] = { { content->data, first },
					{ content->data + first, content->size - first } };
	_cleanup_free_ uint8_t *data = NULL;
	size_t size, consumed;

	assert_ok(codec_compress_like(&like, level, pieces, 2, &again->data, &again->size));
	assert_ok(codec_decompress(codec, again->data, again->size, LIMIT, &data, &size,
				   &consumed));
	assert_int_equal(consumed, again->size);
	assert_int_equal(size, content->size);
	assert_memory_equal(data, content->data, size);
}

/* ------------------------------------------------------------------------------------------- xz */

struct xz {
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_check check;
	size_t block_size; /* 0: one block */
};

static void pack_xz(const struct file_bytes *content, const struct xz *xz,
		    struct file_bytes *packed)
{
	size_t room = content->size * 2 + 100000, at = 0;
	lzma_stream lzma = LZMA_STREAM_INIT;

	assert_int_equal(lzma_stream_encoder(&lzma, xz->filters, xz->check), LZMA_OK);
	packed->data = malloc(room);
	lzma.next_out = packed->data;
	lzma.avail_out = room;
	while (at < content->size) {
		size_t part = content->size - at;

		if (xz->block_size && part > xz->block_size)
			part = xz->block_size;
		lzma.next_in = content->data + at;
		lzma.avail_in = part;
		at += part;
		assert_int_equal(lzma_code(&lzma,
					   at < content->size ? LZMA_FULL_FLUSH : LZMA_FINISH),
				 LZMA_STREAM_END);
	}
	packed->size = lzma.total_out;
	lzma_end(&lzma);
}

/* Reads the headers of @packed. The filters' options are malloced. */
static void read_xz(const struct file_bytes *packed, struct xz *xz, size_t *blocks)
{
	lzma_block block = { .filters = xz->filters };
	const uint8_t *footer = packed->data + packed->size - LZMA_STREAM_HEADER_SIZE;
	uint64_t memory = UINT64_MAX;
	lzma_stream_flags flags;
	lzma_index_iter i;
	lzma_index *index;
	size_t at = 0;

	assert_int_equal(lzma_stream_header_decode(&flags, packed->data), LZMA_OK);
	xz->check = flags.check;
	block.check = flags.check;
	block.header_size = lzma_block_header_size_decode(packed->data[LZMA_STREAM_HEADER_SIZE]);
	assert_int_equal(lzma_block_header_decode(&block, NULL,
						  packed->data + LZMA_STREAM_HEADER_SIZE),
			 LZMA_OK);
	assert_int_equal(lzma_stream_footer_decode(&flags, footer), LZMA_OK);
	assert_int_equal(lzma_index_buffer_decode(&index, &memory, NULL,
						  footer - flags.backward_size, &at,
						  (size_t)flags.backward_size),
			 LZMA_OK);
	*blocks = lzma_index_block_count(index);
	lzma_index_iter_init(&i, index);
	assert_false(lzma_index_iter_next(&i, LZMA_INDEX_ITER_BLOCK));
	xz->block_size = (size_t)i.block.uncompressed_size;
	lzma_index_end(index, NULL);
}

static void free_filters(struct xz *xz)
{
	for (int i = 0; xz->filters[i].id != LZMA_VLI_UNKNOWN; i++)
		free(xz->filters[i].options);
}

/* Packs @content with @xz, packs it again after that example, and reads the headers. */
static void follow_xz(const struct file_bytes *content, const struct xz *xz, struct xz *found,
		      size_t *blocks)
{
	_cleanup_file_bytes_ struct file_bytes packed = {};
	_cleanup_file_bytes_ struct file_bytes again = {};

	pack_xz(content, xz, &packed);
	repack(CODEC_XZ, content, &packed, 0, &again);
	read_xz(&again, found, blocks);
}

static lzma_options_lzma preset(uint32_t dictionary)
{
	lzma_options_lzma lzma;

	assert_false(lzma_lzma_preset(&lzma, 6));
	lzma.dict_size = dictionary;
	return lzma;
}

static void a_dictionary_stays_unless_the_contents_are_much_smaller(void **state)
{
	static const uint32_t sizes[][2] = {
		{ 4096, 4096 },	       { 65536, 65536 },      { 3 << 18, 3 << 18 },
		{ 1 << 20, 1 << 20 },  { 2 << 20, 2 << 20 },  { 8 << 20, 8 << 20 },
		{ 16 << 20, 8 << 20 }, { 64 << 20, 8 << 20 },
	};
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		lzma_options_lzma lzma = preset(sizes[i][0]);
		const struct xz xz = { .filters = { { LZMA_FILTER_LZMA2, &lzma },
						    { .id = LZMA_VLI_UNKNOWN } },
				       .check = LZMA_CHECK_CRC32 };
		struct xz found;
		size_t blocks;

		follow_xz(&sample, &xz, &found, &blocks);
		assert_int_equal(found.filters[0].id, LZMA_FILTER_LZMA2);
		assert_int_equal(((lzma_options_lzma *)found.filters[0].options)->dict_size,
				 sizes[i][1]);
		assert_int_equal(blocks, 1);
		free_filters(&found);
	}
}

static void a_check_that_kernels_know_stays(void **state)
{
	static const lzma_check checks[][2] = {
		{ LZMA_CHECK_NONE, LZMA_CHECK_NONE },
		{ LZMA_CHECK_CRC32, LZMA_CHECK_CRC32 },
		{ LZMA_CHECK_CRC64, LZMA_CHECK_CRC32 },
		{ LZMA_CHECK_SHA256, LZMA_CHECK_CRC32 },
	};
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		lzma_options_lzma lzma = preset(1 << 20);
		const struct xz xz = { .filters = { { LZMA_FILTER_LZMA2, &lzma },
						    { .id = LZMA_VLI_UNKNOWN } },
				       .check = checks[i][0] };
		struct xz found;
		size_t blocks;

		follow_xz(&sample, &xz, &found, &blocks);
		assert_int_equal(found.check, checks[i][1]);
		free_filters(&found);
	}
}

/* The kernel supports one BCJ filter without an offset before LZMA2, and no other filter. */
static void filters_that_kernels_know_stay(void **state)
{
	lzma_options_delta delta = { .type = LZMA_DELTA_TYPE_BYTE, .dist = 4 };
	lzma_options_bcj offset = { .start_offset = 4096 };
	const struct {
		lzma_filter before[2];
		lzma_vli kept;
	} cases[] = {
		{ { { LZMA_FILTER_X86, NULL } }, LZMA_FILTER_X86 },
		{ { { LZMA_FILTER_ARM, NULL } }, LZMA_FILTER_ARM },
		{ { { LZMA_FILTER_POWERPC, NULL } }, LZMA_FILTER_POWERPC },
		{ { { LZMA_FILTER_X86, &offset } }, LZMA_VLI_UNKNOWN },
		{ { { LZMA_FILTER_DELTA, &delta } }, LZMA_VLI_UNKNOWN },
		{ { { LZMA_FILTER_X86, NULL }, { LZMA_FILTER_DELTA, &delta } }, LZMA_VLI_UNKNOWN },
	};
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lzma_options_lzma lzma = preset(1 << 20);
		struct xz xz = { .check = LZMA_CHECK_CRC32 }, found;
		size_t blocks, n = 0;

		for (size_t j = 0; j < 2 && cases[i].before[j].id; j++)
			xz.filters[n++] = cases[i].before[j];
		xz.filters[n++] = (lzma_filter){ LZMA_FILTER_LZMA2, &lzma };
		xz.filters[n].id = LZMA_VLI_UNKNOWN;
		follow_xz(&sample, &xz, &found, &blocks);
		n = 0;
		if (cases[i].kept != LZMA_VLI_UNKNOWN)
			assert_int_equal(found.filters[n++].id, cases[i].kept);
		assert_int_equal(found.filters[n].id, LZMA_FILTER_LZMA2);
		assert_int_equal(found.filters[n + 1].id, LZMA_VLI_UNKNOWN);
		free_filters(&found);
	}
}

/* lc, lp and pb are in the sixth byte of the first chunk. */
static void the_parameters_of_lzma_stay(void **state)
{
	static const uint8_t parameters[][3] = {
		{ 3, 0, 2 }, { 0, 2, 2 }, { 4, 0, 0 }, { 1, 3, 4 }
	};
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		_cleanup_file_bytes_ struct file_bytes again = {};
		lzma_options_lzma lzma = preset(1 << 20);
		const struct xz xz = { .filters = { { LZMA_FILTER_LZMA2, &lzma },
						    { .id = LZMA_VLI_UNKNOWN } },
				       .check = LZMA_CHECK_CRC32 };
		const size_t chunk = LZMA_STREAM_HEADER_SIZE + 12;

		lzma.lc = parameters[i][0];
		lzma.lp = parameters[i][1];
		lzma.pb = parameters[i][2];
		pack_xz(&sample, &xz, &packed);
		repack(CODEC_XZ, &sample, &packed, 0, &again);
		assert_int_equal(packed.data[chunk + 5], (lzma.pb * 5 + lzma.lp) * 9 + lzma.lc);
		assert_int_equal(again.data[chunk + 5], packed.data[chunk + 5]);
	}
}

static void blocks_stay_unless_they_are_tiny(void **state)
{
	const size_t mib = 1 << 20;
	const struct {
		size_t size, block_size, blocks;
	} cases[] = {
		{ 3 * mib + 1000, mib, 4 }, { 3 * mib, mib, 3 }, { 3 * mib, 2 * mib + 12345, 2 },
		{ 3 * mib, 3 * mib, 1 },    { mib, 4096, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_file_bytes_ struct file_bytes sample = {};
		lzma_options_lzma lzma = preset(1 << 20);
		const struct xz xz = { .filters = { { LZMA_FILTER_LZMA2, &lzma },
						    { .id = LZMA_VLI_UNKNOWN } },
				       .check = LZMA_CHECK_CRC32,
				       .block_size = cases[i].block_size };
		struct xz found;
		size_t blocks;

		make_large_sample(cases[i].size, &sample);
		follow_xz(&sample, &xz, &found, &blocks);
		assert_int_equal(blocks, cases[i].blocks);
		if (blocks > 1)
			assert_int_equal(found.block_size, cases[i].block_size);
		free_filters(&found);
	}
}

/* ----------------------------------------------------------------------------------- zstd, gzip */

static void pack_zstd(const struct file_bytes *content, int level, bool checksum, bool tells_size,
		      struct file_bytes *packed)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	ZSTD_inBuffer in = { content->data, content->size, 0 };
	ZSTD_outBuffer out = { malloc(ZSTD_compressBound(content->size)),
			       ZSTD_compressBound(content->size), 0 };

	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, checksum);
	if (tells_size)
		ZSTD_CCtx_setPledgedSrcSize(zstd, content->size);
	while (in.pos < in.size)
		assert_false(ZSTD_isError(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end), 0);
	ZSTD_freeCCtx(zstd);
	packed->data = out.dst;
	packed->size = out.pos;
}

static void zstd_is_as_small_as_before(void **state)
{
	static const int levels[] = { -5, 1, 2, 3, 5, 7, 9, 12, 15, 17, 19, 22 };
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		_cleanup_file_bytes_ struct file_bytes again = {};

		pack_zstd(&sample, levels[i], true, true, &packed);
		repack(CODEC_ZSTD, &sample, &packed, 0, &again);
		assert_true(again.size <= packed.size + packed.size / 100);
		if (levels[i] == 3)
			assert_int_equal(again.size, packed.size);
	}
}

/* libkmod requires the size. The checksum and the window are the user's choice. */
static void a_zstd_frame_is_as_before_and_tells_its_size(void **state)
{
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	make_large_sample(5 << 20, &sample);
	for (int i = 0; i < 4; i++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		_cleanup_file_bytes_ struct file_bytes again = {};
		bool checksum = i & 1, tells_size = i & 2;

		pack_zstd(&sample, 1, checksum, tells_size, &packed);
		repack(CODEC_ZSTD, &sample, &packed, 0, &again);
		assert_int_equal(ZSTD_getFrameContentSize(again.data, again.size), sample.size);
		assert_int_equal(!!(again.data[4] & 4), checksum);
		/* One segment, or the same window. */
		assert_int_equal(again.data[4] & 0x20, packed.data[4] & 0x20);
		assert_int_equal(again.data[5], packed.data[5]);
	}
}

static void pack_gzip(const struct file_bytes *content, int level, bool has_name,
		      struct file_bytes *packed)
{
	gz_header header = { .name = has_name ? (Bytef *)"x.ko" : NULL, .time = 1 };
	z_stream z = {};

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	if (has_name)
		deflateSetHeader(&z, &header);
	packed->size = deflateBound(&z, content->size);
	packed->data = malloc(packed->size);
	z.next_in = content->data;
	z.avail_in = (uInt)content->size;
	z.next_out = packed->data;
	z.avail_out = (uInt)packed->size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed->size = z.total_out;
	deflateEnd(&z);
}

static void gzip_follows_the_level_that_its_header_tells(void **state)
{
	static const int levels[] = { 1, 6, 9 };
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (int i = 0; i < 6; i++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		_cleanup_file_bytes_ struct file_bytes plain = {};
		_cleanup_file_bytes_ struct file_bytes again = {};

		pack_gzip(&sample, levels[i % 3], i >= 3, &packed);
		pack_gzip(&sample, levels[i % 3], false, &plain);
		/* Copies the level hint from the plain header, as gzip(1) records it. */
		packed.data[8] = plain.data[8];
		repack(CODEC_GZIP, &sample, &packed, 0, &again);
		/* Without a name or a time, and otherwise identical. */
		assert_int_equal(again.size, plain.size);
		assert_memory_equal(again.data, plain.data, plain.size);
		assert_memory_equal(again.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
	}
}

/* -------------------------------------------------------------------------------------- of each */

static void pack_any(enum codec codec, const struct file_bytes *content, struct file_bytes *packed)
{
	lzma_options_lzma lzma = preset(1 << 20);
	const struct xz xz = { .filters = { { LZMA_FILTER_X86, NULL },
					    { LZMA_FILTER_LZMA2, &lzma },
					    { .id = LZMA_VLI_UNKNOWN } },
			       .check = LZMA_CHECK_CRC32 };

	if (codec == CODEC_GZIP)
		pack_gzip(content, 6, true, packed);
	else if (codec == CODEC_XZ)
		pack_xz(content, &xz, packed);
	else
		pack_zstd(content, 3, true, true, packed);
}

static void a_level_that_is_asked_for_counts(void **state)
{
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	read_sample(&sample);
	for (enum codec codec = CODEC_GZIP; codec <= CODEC_ZSTD; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		size_t sizes[4];

		pack_any(codec, &sample, &packed);
		for (int i = 0; i < 4; i++) {
			/* The third level exceeds those of gzip and xz, the last one all. */
			static const unsigned int levels[] = { 1, 9, 22, UINT_MAX };
			_cleanup_file_bytes_ struct file_bytes again = {};

			repack(codec, &sample, &packed, levels[i], &again);
			sizes[i] = again.size;
		}
		assert_true(sizes[1] < sizes[0]);
		assert_int_equal(sizes[3], sizes[2]);
		if (codec == CODEC_ZSTD)
			assert_true(sizes[2] < sizes[1]);
		else
			assert_int_equal(sizes[2], sizes[1]);
	}
}

/* A small window would keep zstd from finding the copies, at any level. */
static void a_zstd_level_that_is_asked_for_has_its_own_window(void **state)
{
	static const int levels[] = { 3, 19 };
	_cleanup_file_bytes_ struct file_bytes sample = {};

	(void)state;
	make_large_sample(1 << 20, &sample);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};
		_cleanup_file_bytes_ struct file_bytes again = {};
		_cleanup_file_bytes_ struct file_bytes want = {};

		pack_zstd(&sample, levels[i], true, true, &want);
		pack_zstd(&sample, 1, true, false, &packed);
		/* Not one segment, and a window of 1 KiB (RFC 8878, 3.1.1.1.2). */
		assert_int_equal(packed.data[4] & 0x20, 0);
		packed.data[5] = 0;
		repack(CODEC_ZSTD, &sample, &packed, (unsigned int)levels[i], &again);
		assert_int_equal(again.size, want.size);
		assert_memory_equal(again.data, want.data, want.size);
	}
}

/* Example and contents come from a file that may be hostile, and may not match. */
static void damaged_examples_do_no_harm(void **state)
{
	struct file_bytes sample = {}, content = {};

	(void)state;
	read_sample(&sample);
	content = (struct file_bytes){ .data = sample.data, .size = 3000 };
	for (enum codec codec = CODEC_GZIP; codec <= CODEC_ZSTD; codec++) {
		_cleanup_file_bytes_ struct file_bytes packed = {};

		pack_any(codec, &content, &packed);
		for (size_t i = 0; i < packed.size; i++) {
			static const uint8_t flips[] = { 0x01, 0x80, 0xff };
			struct file_bytes again = {}, cut = { .data = packed.data, .size = i };

			if (i == 60 && packed.size > 120)
				i = packed.size - 60;
			packed.data[i] ^= flips[i % 3];
			repack(codec, &content, &packed, 0, &again);
			packed.data[i] ^= flips[i % 3];
			file_bytes_release(&again);
			repack(codec, &content, &cut, 0, &again);
			file_bytes_release(&again);
		}
	}
	file_bytes_release(&sample);
}

static void any_data_is_compressed_and_unpacks_to_itself(void **state)
{
	static const uint8_t data[5000] = "what an archive has in it";
	void *packed;
	size_t size;

	(void)state;
	for (unsigned int c = REBTF_COMPRESSION_GZIP; c <= REBTF_COMPRESSION_ZSTD; c++) {
		_cleanup_free_ uint8_t *unpacked = NULL;
		size_t unpacked_size;

		assert_ok(rebtf_compress(c, data, sizeof(data), &packed, &size));
		assert_true(size < sizeof(data) / 10);
		assert_ok(codec_decompress(codec_detect(packed, size), packed, size, 1 << 20,
					   &unpacked, &unpacked_size, NULL));
		assert_int_equal(unpacked_size, sizeof(data));
		assert_memory_equal(unpacked, data, sizeof(data));
		free(packed);
	}
	assert_fails(rebtf_compress(REBTF_COMPRESSION_NONE, data, sizeof(data), &packed, &size),
		     REBTF_ERR_ARGUMENT, "invalid compression 0");
	assert_fails(rebtf_compress(REBTF_COMPRESSION_ZSTD + 1, data, sizeof(data), &packed, &size),
		     REBTF_ERR_ARGUMENT, "invalid compression 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_data_is_compressed_and_unpacks_to_itself),
		cmocka_unit_test(a_dictionary_stays_unless_the_contents_are_much_smaller),
		cmocka_unit_test(a_check_that_kernels_know_stays),
		cmocka_unit_test(filters_that_kernels_know_stay),
		cmocka_unit_test(the_parameters_of_lzma_stay),
		cmocka_unit_test(blocks_stay_unless_they_are_tiny),
		cmocka_unit_test(zstd_is_as_small_as_before),
		cmocka_unit_test(a_zstd_frame_is_as_before_and_tells_its_size),
		cmocka_unit_test(gzip_follows_the_level_that_its_header_tells),
		cmocka_unit_test(a_level_that_is_asked_for_counts),
		cmocka_unit_test(a_zstd_level_that_is_asked_for_has_its_own_window),
		cmocka_unit_test(damaged_examples_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
