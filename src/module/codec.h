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

/*
 * Packs the @count pieces of @pieces into one stream of a kind that modules have and that the
 * kernel's own module loader takes. @output is malloced, the caller's. Errors: UNSUPPORTED (the
 * codec), NOMEM.
 */
struct rebtf_error *codec_compress(enum codec codec, const struct iovec *pieces, size_t count,
				   uint8_t **output, size_t *output_size);

#endif
