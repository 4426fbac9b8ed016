/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decompresses streams into one buffer that grows. A table names the decoder of each codec.
 * kernel/module/decompress.c defines which streams the kernel's own module loader accepts.
 */
#include <string.h>
#include <zstd_errors.h>

#include "module/codec.h"
#include "module/codec_stream.h"
#include "module/unpacked.h"
#include "util/bytes.h"
#include "util/cleanup.h"

/*
 * Decoders allocate the dictionary that a stream's header claims before any output, so limit it.
 * Kernel images claim up to 128 MiB (scripts/xz_wrap.sh, zstd -22 --ultra).
 */
#define LZMA_MEMORY_MAX	    (256ull << 20)
#define ZSTD_WINDOW_LOG_MAX 27

static bool gzip_start(struct stream *s)
{
	return inflateInit2(&s->z, MAX_WBITS + 16) == Z_OK;
}

static bool zlib_start(struct stream *s)
{
	return inflateInit2(&s->z, MAX_WBITS) == Z_OK;
}

static enum step gzip_step(struct stream *s)
{
	int rc;

	/* Neither library writes its input. */
	s->z.next_in = (Bytef *)(uintptr_t)s->in;
	s->z.avail_in = (uInt)s->in_left;
	s->z.next_out = s->out;
	s->z.avail_out = (uInt)s->out_left;
	rc = inflate(&s->z, Z_NO_FLUSH);
	s->in = s->z.next_in;
	s->in_left = s->z.avail_in;
	s->out = s->z.next_out;
	s->out_left = s->z.avail_out;
	switch (rc) {
	case Z_OK:
	case Z_BUF_ERROR:
		return STEP_MORE;
	case Z_STREAM_END:
		return STEP_END;
	case Z_MEM_ERROR:
		return STEP_NOMEM;
	default:
		return STEP_DAMAGED;
	}
}

static void gzip_stop(struct stream *s)
{
	inflateEnd(&s->z);
}

static bool xz_start(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&s->lzma, LZMA_MEMORY_MAX, 0) == LZMA_OK;
}

static bool lzma_start(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_alone_decoder(&s->lzma, LZMA_MEMORY_MAX) == LZMA_OK;
}

static enum step lzma_step(struct stream *s)
{
	lzma_ret rc;

	s->lzma.next_in = s->in;
	s->lzma.avail_in = s->in_left;
	s->lzma.next_out = s->out;
	s->lzma.avail_out = s->out_left;
	rc = lzma_code(&s->lzma, LZMA_RUN);
	s->in = s->lzma.next_in;
	s->in_left = s->lzma.avail_in;
	s->out = s->lzma.next_out;
	s->out_left = s->lzma.avail_out;
	switch (rc) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return STEP_MORE;
	case LZMA_STREAM_END:
		return STEP_END;
	case LZMA_MEM_ERROR:
		return STEP_NOMEM;
	case LZMA_MEMLIMIT_ERROR:
		return STEP_TOO_LARGE;
	default:
		return STEP_DAMAGED;
	}
}

static void lzma_stop(struct stream *s)
{
	lzma_end(&s->lzma);
}

static bool zstd_start(struct stream *s)
{
	s->zstd = ZSTD_createDCtx();
	if (s->zstd)
		ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	return s->zstd;
}

static enum step zstd_step(struct stream *s)
{
	ZSTD_inBuffer in = { s->in, s->in_left, 0 };
	ZSTD_outBuffer out = { s->out, s->out_left, 0 };
	size_t rc = ZSTD_decompressStream(s->zstd, &out, &in);

	s->in += in.pos;
	s->in_left -= in.pos;
	s->out += out.pos;
	s->out_left -= out.pos;
	switch (ZSTD_getErrorCode(rc)) {
	case ZSTD_error_no_error:
		return rc ? STEP_MORE : STEP_END;
	case ZSTD_error_memory_allocation:
		return STEP_NOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		return STEP_TOO_LARGE;
	default:
		return STEP_DAMAGED;
	}
}

static void zstd_stop(struct stream *s)
{
	ZSTD_freeDCtx(s->zstd);
}

static const struct decoder {
	const char *name;
	bool (*start)(struct stream *s);
	enum step (*step)(struct stream *s);
	void (*stop)(struct stream *s);
	size_t block; /* the most that one step writes; 0: any amount of room is enough */
	struct library *library; /* to load before the start; NULL: none */
} decoders[] = {
	[CODEC_NONE] = { .name = "none" },
	[CODEC_GZIP] = { "gzip", gzip_start, gzip_step, gzip_stop, 0 },
	[CODEC_XZ] = { "xz", xz_start, lzma_step, lzma_stop, 0 },
	[CODEC_ZSTD] = { "zstd", zstd_start, zstd_step, zstd_stop, 0 },
	[CODEC_LZ4] = { "lz4", lz4_legacy_start, lz4_legacy_step, lz4_legacy_stop, LZ4_LEGACY_BLOCK,
			&lz4_library },
	[CODEC_BZIP2] = { "bzip2", bzip2_start, bzip2_step, bzip2_stop, 0, &bzip2_library },
	[CODEC_LZMA] = { "lzma", lzma_start, lzma_step, lzma_stop, 0 },
	[CODEC_LZ4_FRAME] = { "lz4", lz4_frame_start, lz4_frame_step, lz4_frame_stop, 0,
			      &lz4_library },
	[CODEC_LZO] = { "lzo", lzo_start, lzo_step, lzo_stop, LZO_BLOCK },
	[CODEC_ZLIB] = { "zlib", zlib_start, gzip_step, gzip_stop, 0 },
};

const char *codec_name(enum codec codec)
{
	return decoders[codec].name;
}

/*
 * The .lzma format has no magic number. Streams by xz and the kernel's build are recognized by
 * their usual properties byte, a dictionary size that is a power of two, and a length that is
 * unknown or below 16 TB.
 */
static bool looks_like_lzma(const uint8_t *p, size_t size)
{
	static const uint8_t unknown_length[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint32_t dictionary;

	if (size < 14 || p[0] != 0x5d)
		return false;
	dictionary = get32(p + 1, false);
	if (dictionary < 4096 || (dictionary & (dictionary - 1)))
		return false;
	/* The range coder's first byte is always zero. */
	return p[13] == 0 && (!memcmp(p + 5, unknown_length, 8) || !(p[11] | p[12] | p[10] >> 4));
}

enum codec codec_detect(const uint8_t *data, size_t size)
{
	static const struct {
		enum codec codec;
		uint8_t size;
		uint8_t bytes[9];
	} magics[] = {
		{ CODEC_GZIP, 3, { 0x1f, 0x8b, 0x08 } },
		{ CODEC_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 } },
		{ CODEC_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
		{ CODEC_LZ4, 4, { 0x02, 0x21, 0x4c, 0x18 } },
		{ CODEC_BZIP2, 3, { 'B', 'Z', 'h' } },
		{ CODEC_LZ4_FRAME, 4, { 0x04, 0x22, 0x4d, 0x18 } },
		{ CODEC_LZO, 9, { 0x89, 'L', 'Z', 'O', 0x00, '\r', '\n', 0x1a, '\n' } },
	};
	static const uint8_t bzip2_block[6] = { 0x31, 0x41, 0x59, 0x26, 0x53, 0x59 };

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (size < magics[i].size || memcmp(data, magics[i].bytes, magics[i].size))
			continue;
		/* Three bytes are a weak magic number. Also check the bytes that must follow. */
		if (magics[i].codec == CODEC_GZIP && (size < 10 || data[3] & 0xe0))
			continue;
		if (magics[i].codec == CODEC_BZIP2 &&
		    (size < 10 || memcmp(data + 4, bzip2_block, 6)))
			continue;
		return magics[i].codec;
	}
	return looks_like_lzma(data, size) ? CODEC_LZMA : CODEC_NONE;
}

size_t codec_output_max(size_t size)
{
	const size_t fixed = (size_t)32 << 20, ratio = 64;

	return size < (CODEC_OUTPUT_MAX - fixed) / ratio ? fixed + ratio * size : CODEC_OUTPUT_MAX;
}

#define FIRST_OUTPUT_MAX ((size_t)128 << 20)

/* A buffer for growing output. */
struct output {
	uint8_t *data;
	size_t size;
	size_t capacity;
	size_t taken; /* from the process's limit (see unpacked.h) */
};

/* Allocates memory for output. At most @limit bytes count against the process's limit. */
static struct rebtf_error *set_capacity(struct output *out, size_t capacity, size_t limit)
{
	size_t taken = capacity < limit ? capacity : limit;
	uint8_t *data;

	TRY(unpacked_take(taken - out->taken));
	out->taken = taken;
	data = realloc(out->data, capacity);
	if (!data)
		return error_nomem();
	out->data = data;
	out->capacity = capacity;
	return NULL;
}

static struct rebtf_error *codec_too_large(enum codec codec, size_t limit)
{
	return error_new(
		REBTF_ERR_UNSUPPORTED,
		"unpacked %s data is too large (maximum %zu bytes for a file of this size)",
		codec_name(codec), limit);
}

/*
 * Grows the buffer to a little more than @limit: one byte beyond the limit reveals too much output.
 */
static struct rebtf_error *codec_grow(struct output *out, enum codec codec, size_t limit)
{
	size_t slack = decoders[codec].block ?: 1;
	size_t capacity = out->capacity * 2 + slack;

	if (capacity > limit + slack)
		capacity = limit + slack;
	if (capacity <= out->capacity)
		return codec_too_large(codec, limit);
	return set_capacity(out, capacity, limit);
}

static unsigned long long dictionary_max(enum codec codec)
{
	return codec == CODEC_ZSTD ? 1ull << ZSTD_WINDOW_LOG_MAX : LZMA_MEMORY_MAX;
}

static struct rebtf_error *codec_run(enum codec codec, struct stream *s, struct output *out,
				     size_t limit)
{
	for (;;) {
		size_t in_before = s->in_left, size_before = out->size;
		enum step step;

		s->out = out->data + out->size;
		s->out_left = out->capacity - out->size;
		step = decoders[codec].step(s);
		out->size = (size_t)(s->out - out->data);
		if (step == STEP_NOMEM)
			return error_nomem();
		if (step == STEP_TOO_LARGE)
			return error_new(
				REBTF_ERR_UNSUPPORTED,
				"%s data needs too much memory to unpack (maximum %llu MiB)",
				codec_name(codec), dictionary_max(codec) >> 20);
		if (step == STEP_NO_LIBRARY)
			return library_get(&lzo_library);
		if (step == STEP_DAMAGED)
			return error_new(REBTF_ERR_FORMAT,
					 "%s data is damaged after %zu bytes of output",
					 codec_name(codec), out->size);
		if (s->in_left == in_before && out->size == size_before && step == STEP_MORE) {
			/* No progress: out of room or out of input. */
			if (s->out_left && s->out_left >= decoders[codec].block)
				return error_new(REBTF_ERR_FORMAT, "truncated %s data",
						 codec_name(codec));
			TRY(codec_grow(out, codec, limit));
			continue;
		}
		if (out->size > limit)
			return codec_too_large(codec, limit);
		if (step == STEP_END)
			return NULL;
		if (!s->out_left)
			TRY(codec_grow(out, codec, limit));
	}
}

struct rebtf_error *codec_decompress(enum codec codec, const uint8_t *data, size_t size,
				     size_t limit, uint8_t **output, size_t *output_size,
				     size_t *consumed)
{
	/* zlib and libbz2 count input in unsigned int. Files are smaller than that. */
	struct stream s = { .in = data, .in_left = size < UINT32_MAX ? size : UINT32_MAX };
	struct output out = {};
	struct rebtf_error *err;
	size_t capacity;

	*output_size = 0;
	if (decoders[codec].library)
		TRY(library_get(decoders[codec].library));
	/* Most modules unpack to less than eight times their size. Untouched pages are free. */
	capacity = size < FIRST_OUTPUT_MAX / 8 ? size * 8 : FIRST_OUTPUT_MAX;
	if (capacity > limit + 1)
		capacity = limit + 1;
	if (capacity < 4096)
		capacity = 4096;
	err = set_capacity(&out, capacity, limit);
	if (!err && !decoders[codec].start(&s))
		err = error_nomem();
	if (!err) {
		err = codec_run(codec, &s, &out, limit);
		decoders[codec].stop(&s);
	}
	unpacked_give_back(out.taken);
	*output_size = out.size;
	if (err) {
		free(out.data);
		return err;
	}
	*output = out.data;
	if (consumed)
		*consumed = (size_t)(s.in - data);
	return NULL;
}
