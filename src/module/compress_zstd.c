/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compresses modules with zstd. The kernel accepts a frame with a window of up to 2 GiB (1 GiB on
 * 32-bit machines), with or without a checksum. libkmod also requires the size of the contents in
 * the frame.
 *
 * A frame reveals its window and whether it has a checksum, but not its level. So we try a few
 * levels and take the first one that makes the old contents no larger than the old frame, give or
 * take LEVEL_TOLERANCE. We try the levels that give different sizes: zstd and the kernel's build
 * use 3, level 9 is as good as all up to 14, distributions that want small modules use 19, and 22
 * is the highest level.
 */
#include <limits.h>
#include <string.h>
#include <zstd.h>

#include "module/compress.h"
#include "util/bytes.h"
#include "util/cleanup.h"

static const int levels[] = { 3, 9, 19, 22 };
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

/* Relative to the size. Versions of libzstd differ by less, and so do levels 18 and 19. */
#define LEVEL_TOLERANCE 0.01

/* The relevant fields of a frame header (RFC 8878, 3.1.1.1). */
struct frame {
	bool checksum;
	int window_log; /* 0: the size of the contents */
};

static void parse_frame(const struct codec_example *like, struct frame *frame)
{
	enum { DESCRIPTOR = 4, WINDOW = 5, CHECKSUM = 1 << 2, SINGLE_SEGMENT = 1 << 5 };
	uint8_t descriptor, window;

	*frame = (struct frame){ .checksum = true };
	if (like->packed_size <= WINDOW)
		return;
	descriptor = like->packed[DESCRIPTOR];
	frame->checksum = descriptor & CHECKSUM;
	if (descriptor & SINGLE_SEGMENT)
		return;
	/* An exponent and a mantissa of three bits. */
	window = like->packed[WINDOW];
	frame->window_log = 10 + (window >> 3) + ((window & 7) != 0);
}

static void set_parameter(ZSTD_CCtx *zstd, ZSTD_cParameter parameter, int value)
{
	ZSTD_bounds bounds = ZSTD_cParam_getBounds(parameter);

	if (value > bounds.upperBound)
		value = bounds.upperBound;
	ZSTD_CCtx_setParameter(zstd, parameter, value);
}

/*
 * Compresses all of @pieces into one frame. libzstd limits the window to the size of the contents.
 */
static struct rebtf_error *compress_frame(ZSTD_CCtx *zstd, const struct frame *frame, int level,
					  const struct iovec *pieces, size_t count,
					  struct packed *packed)
{
	size_t size = compress_total(pieces, count), rc = 0;
	ZSTD_outBuffer out;

	packed->size = ZSTD_compressBound(size);
	packed->data = malloc(packed->size);
	if (!packed->data)
		return error_nomem();
	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_and_parameters);
	set_parameter(zstd, ZSTD_c_compressionLevel, level);
	set_parameter(zstd, ZSTD_c_checksumFlag, frame->checksum);
	set_parameter(zstd, ZSTD_c_windowLog, frame->window_log);
	ZSTD_CCtx_setPledgedSrcSize(zstd, size);
	out = (ZSTD_outBuffer){ packed->data, packed->size, 0 };
	for (size_t i = 0; i < count && !ZSTD_isError(rc); i++) {
		ZSTD_inBuffer in = { pieces[i].iov_base, pieces[i].iov_len, 0 };

		while (in.pos < in.size && !ZSTD_isError(rc))
			rc = ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_continue);
	}
	if (!ZSTD_isError(rc)) {
		ZSTD_inBuffer nothing = {};

		rc = ZSTD_compressStream2(zstd, &out, &nothing, ZSTD_e_end);
	}
	packed->size = out.pos;
	/* The bound is large enough for any output, so the only possible failure is memory. */
	return rc ? error_nomem() : NULL;
}

static void packed_release(struct packed *packed)
{
	free(packed->data);
	*packed = (struct packed){};
}

/* Whether @level makes the old contents as small as they were. */
static struct rebtf_error *try_level(ZSTD_CCtx *zstd, const struct frame *frame,
				     const struct codec_example *like, int level, bool *is_enough)
{
	_cleanup_(packed_release) struct packed tried = {};
	const struct iovec contents = iovec_of(like->content, like->content_size);

	TRY(compress_frame(zstd, frame, level, &contents, 1, &tried));
	*is_enough = (double)tried.size <= (double)like->packed_size * (1 + LEVEL_TOLERANCE);
	return NULL;
}

/* Whether the new contents shrank as much as the old ones did. */
static bool shrank_enough(const struct codec_example *like, size_t size,
			  const struct packed *packed)
{
	return (double)packed->size * (double)like->content_size <=
	       (double)like->packed_size * (double)size * (1 + LEVEL_TOLERANCE);
}

/*
 * The first level is the usual one, and fast, so try it on the new contents directly. Most often
 * the result shows that the level was right. If not, new BTF can be the cause, so the old contents
 * decide.
 */
static struct rebtf_error *compress_alike(ZSTD_CCtx *zstd, const struct frame *frame,
					  const struct codec_example *like,
					  const struct iovec *pieces, size_t count,
					  struct packed *packed)
{
	bool is_enough = false;
	size_t i = 0;

	TRY(compress_frame(zstd, frame, levels[0], pieces, count, packed));
	if (shrank_enough(like, compress_total(pieces, count), packed))
		return NULL;
	for (; i < LEVELS - 1 && !is_enough; i++)
		TRY(try_level(zstd, frame, like, levels[i], &is_enough));
	if (is_enough && i == 1)
		return NULL;
	packed_release(packed);
	return compress_frame(zstd, frame, levels[is_enough ? i - 1 : i], pieces, count, packed);
}

static void free_context(ZSTD_CCtx **zstd)
{
	ZSTD_freeCCtx(*zstd);
}

struct rebtf_error *compress_zstd(const struct codec_example *like, unsigned int level,
				  const struct iovec *pieces, size_t count, struct packed *packed)
{
	_cleanup_(free_context) ZSTD_CCtx *zstd = ZSTD_createCCtx();
	struct frame frame;

	if (!zstd)
		return error_nomem();
	parse_frame(like, &frame);
	if (!level)
		return compress_alike(zstd, &frame, like, pieces, count, packed);
	/* Each level has its own window. */
	frame.window_log = 0;
	return compress_frame(zstd, &frame, level < INT_MAX ? (int)level : INT_MAX, pieces, count,
			      packed);
}
