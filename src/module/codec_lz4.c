/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decompresses lz4 data. Kernels use the legacy format, which liblz4 cannot read (the kernel's
 * reader is lib/decompress_unlz4.c). The lz4 command writes frames by default. So do people who
 * compress a kernel for U-Boot or a Chromebook's firmware.
 */
#include <lz4.h>
#include <string.h>

#include "module/codec_stream.h"
#include "util/bytes.h"

/* clang-format off */
#define LZ4_FUNCTIONS(f) \
	f(LZ4_decompress_safe) \
	f(LZ4F_createDecompressionContext) \
	f(LZ4F_decompress) \
	f(LZ4F_freeDecompressionContext) \
	f(LZ4F_getErrorName) \
	f(LZ4F_isError)
/* clang-format on */

static struct {
	LZ4_FUNCTIONS(LIBRARY_POINTER)
} lz4;

struct library lz4_library = LIBRARY(lz4, LZ4_FUNCTIONS, "lz4 data needs liblz4", "liblz4.so.1");

/* ---------------------------------------------------------------------------------- legacy format */

static const uint8_t legacy_magic[4] = { 0x02, 0x21, 0x4c, 0x18 };

static bool at_legacy_magic(const struct stream *s)
{
	return s->in_left >= sizeof(legacy_magic) &&
	       !memcmp(s->in, legacy_magic, sizeof(legacy_magic));
}

bool lz4_legacy_start(struct stream *s)
{
	/* The caller checked the magic number. */
	stream_read(s, sizeof(legacy_magic));
	return true;
}

/*
 * Decompresses one block. The format has no end mark. The stream ends with the data or after a
 * block that is not full. In a kernel image, the next bytes are not a valid block length.
 */
enum step lz4_legacy_step(struct stream *s)
{
	uint32_t packed;
	int n;

	if (at_legacy_magic(s))
		stream_read(s, sizeof(legacy_magic));
	if (s->in_left < 4)
		return STEP_END;
	packed = get32(s->in, false);
	if (!packed || packed > LZ4_COMPRESSBOUND(LZ4_LEGACY_BLOCK))
		return STEP_END;
	if (packed > s->in_left - 4)
		return STEP_DAMAGED;
	if (s->out_left < LZ4_LEGACY_BLOCK)
		return STEP_MORE;
	n = lz4.LZ4_decompress_safe((const char *)s->in + 4, (char *)s->out, (int)packed,
				    LZ4_LEGACY_BLOCK);
	if (n < 0)
		return STEP_DAMAGED;
	stream_read(s, 4 + packed);
	stream_wrote(s, (size_t)n);
	return (unsigned int)n < LZ4_LEGACY_BLOCK && !at_legacy_magic(s) ? STEP_END : STEP_MORE;
}

void lz4_legacy_stop(struct stream *s)
{
	(void)s;
}

/* ----------------------------------------------------------------------------------- frame format */

bool lz4_frame_start(struct stream *s)
{
	return !lz4.LZ4F_isError(lz4.LZ4F_createDecompressionContext(&s->lz4, LZ4F_VERSION));
}

enum step lz4_frame_step(struct stream *s)
{
	size_t in = s->in_left, out = s->out_left;
	size_t rc = lz4.LZ4F_decompress(s->lz4, s->out, &out, s->in, &in, NULL);

	if (lz4.LZ4F_isError(rc))
		return strcmp(lz4.LZ4F_getErrorName(rc), "ERROR_allocation_failed") ? STEP_DAMAGED
										    : STEP_NOMEM;
	stream_read(s, in);
	stream_wrote(s, out);
	return rc ? STEP_MORE : STEP_END;
}

void lz4_frame_stop(struct stream *s)
{
	lz4.LZ4F_freeDecompressionContext(s->lz4);
}
