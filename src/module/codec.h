/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compression, as modules and kernel images have it. One call unpacks one stream from memory into
 * memory. Output grows with what really comes out and never by what a header claims, up to a limit
 * that the caller sets, so that a file that unpacks to terabytes costs no more than that limit.
 */
#ifndef REBTF_MODULE_CODEC_H
#define REBTF_MODULE_CODEC_H

#include <sys/uio.h>

#include "util/error.h"

enum codec {
	CODEC_NONE,
	CODEC_GZIP, /* from here on modules as well as images */
	CODEC_XZ,
	CODEC_ZSTD,
	CODEC_LZ4, /* from here on images alone; the legacy frames that the kernel's build makes */
	CODEC_BZIP2,
	CODEC_LZMA, /* the .lzma format that xz calls "alone" */
};

/* No kernel or module comes near it; the largest debug builds unpack to some hundred MB. */
#define CODEC_OUTPUT_MAX ((size_t)1 << 30)

/* By the first bytes: which stream starts here, if any. Bytes that are none can look like one. */
enum codec codec_detect(const uint8_t *data, size_t size);

/* "gzip" and so on; "none". A static string. */
const char *codec_name(enum codec codec);

/*
 * Unpacks the stream that @data starts with to @output (malloced, the caller's), at most @limit
 * bytes, and says in @consumed, which may be NULL, how many of @size bytes the stream took: images
 * go on after it. Errors: FORMAT (damaged or cut short), UNSUPPORTED (too large), NOMEM.
 */
struct rebtf_error *codec_decompress(enum codec codec, const uint8_t *data, size_t size,
				     size_t limit, uint8_t **output, size_t *output_size,
				     size_t *consumed);

/*
 * Packs the @count pieces of @pieces into one stream of a kind that modules have and that the
 * kernel's own module loader takes. @output is malloced, the caller's. Errors: UNSUPPORTED (the
 * codec), NOMEM.
 */
struct rebtf_error *codec_compress(enum codec codec, const struct iovec *pieces, size_t count,
				   uint8_t **output, size_t *output_size);

#endif
