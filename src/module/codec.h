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
	CODEC_LZ4_FRAME,
	CODEC_LZO, /* files of lzop; liblzo2 has to be there */
	CODEC_COUNT,
};

/* No kernel or module unpacks to this much: the largest debug builds have some hundred MB. */
#define CODEC_OUTPUT_MAX ((size_t)1 << 30)

/*
 * How much a file of @size bytes may unpack to: 32 MiB and 64 times its size, but no more than
 * CODEC_OUTPUT_MAX. Real modules and kernels unpack to 3 to 12 times their size.
 */
size_t codec_output_max(size_t size);

/* By the first bytes: which stream starts here, if any. Bytes that are none can look like one. */
enum codec codec_detect(const uint8_t *data, size_t size);

/* "gzip" and so on; "none". A static string. */
const char *codec_name(enum codec codec);

/*
 * Unpacks the stream at the start of @data to @output (malloced, the caller's), at most @limit
 * bytes. @consumed, which may be NULL, is how many of @size bytes the stream took: images go on
 * after it. After an error @output_size is how many bytes the stream had unpacked to by then, which
 * may be a little more than @limit. While it works, its memory counts as unpacked.h says; afterwards
 * the caller's does. Errors: FORMAT (damaged or cut short), UNSUPPORTED (larger than
 * @limit, or its dictionary is too large), NOMEM.
 */
struct rebtf_error *codec_decompress(enum codec codec, const uint8_t *data, size_t size,
				     size_t limit, uint8_t **output, size_t *output_size,
				     size_t *consumed);

/* A stream after whose example another one is to be made. */
struct codec_example {
	enum codec codec;
	const uint8_t *packed; /* NULL: none */
	size_t packed_size;
	const uint8_t *content; /* what it unpacks to */
	size_t content_size;
};

/*
 * Packs the @count pieces of @pieces into one stream that the kernel's own module loader takes, and
 * that is otherwise made as @like was, as far as that shows: with its dictionary or window, filters,
 * blocks and checks. @level is 0 for a level that makes it as small as @like; or the format's own, of
 * which larger ones mean the highest. @output is malloced, the caller's. Errors: UNSUPPORTED (the
 * codec), NOMEM.
 */
struct rebtf_error *codec_compress_like(const struct codec_example *like, unsigned int level,
					const struct iovec *pieces, size_t count, uint8_t **output,
					size_t *output_size);

/* The same without an example: as the kernel's build does it. */
struct rebtf_error *codec_compress(enum codec codec, const struct iovec *pieces, size_t count,
				   uint8_t **output, size_t *output_size);

#endif
