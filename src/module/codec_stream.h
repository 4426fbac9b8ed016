/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The interface of decoders. The libraries' streaming interfaces all have the same shape: start,
 * step, stop, over input in memory and growing output. Formats that consist of whole blocks and
 * have no streaming interface follow the same shape.
 */
#ifndef REBTF_MODULE_CODEC_STREAM_H
#define REBTF_MODULE_CODEC_STREAM_H

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "module/library.h"

/* The data that one step of a decoder works on. */
struct stream {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
	union {
		z_stream z;
		lzma_stream lzma;
		ZSTD_DCtx *zstd;
		bz_stream bz;
		LZ4F_dctx *lz4;
		uint32_t lzo_flags;
	};
};

enum step {
	STEP_MORE, /* needs more room for output, or more input */
	STEP_END,
	STEP_DAMAGED,
	STEP_NOMEM,
	STEP_TOO_LARGE,	 /* needs a larger dictionary or window than we allow */
	STEP_NO_LIBRARY, /* cannot load lzo_library */
};

static inline void stream_read(struct stream *s, size_t size)
{
	s->in += size;
	s->in_left -= size;
}

static inline void stream_wrote(struct stream *s, size_t size)
{
	s->out += size;
	s->out_left -= size;
}

/*
 * The libraries of the following decoders are loaded when they are first needed (library.h): only kernel
 * images use these formats.
 */

/* --- codec_bzip2.c */

extern struct library bzip2_library;
bool bzip2_start(struct stream *s);
enum step bzip2_step(struct stream *s);
void bzip2_stop(struct stream *s);

/* --- codec_lz4.c: the legacy format, of blocks of this size, and the frame format */

#define LZ4_LEGACY_BLOCK (8u << 20)

extern struct library lz4_library;

bool lz4_legacy_start(struct stream *s);
enum step lz4_legacy_step(struct stream *s);
void lz4_legacy_stop(struct stream *s);

bool lz4_frame_start(struct stream *s);
enum step lz4_frame_step(struct stream *s);
void lz4_frame_stop(struct stream *s);

/* --- codec_lzo.c: lzop files with blocks of at most this size, as in kernels */

#define LZO_BLOCK (256u << 10)

extern struct library lzo_library; /* for compressed blocks; the others need no library */
bool lzo_start(struct stream *s);
enum step lzo_step(struct stream *s);
void lzo_stop(struct stream *s);

#endif
