/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compression of modules and kernel images. One call decompresses one stream from memory to memory.
 * Memory grows with the real output, never with the size that a header claims, up to a limit that
 * the caller sets. So a file that unpacks to terabytes costs at most that limit.
 */
#ifndef REBTF_MODULE_CODEC_H
#define REBTF_MODULE_CODEC_H

#include <sys/uio.h>

#include "util/error.h"

enum codec {
	CODEC_NONE,
	CODEC_GZIP, /* from here on for modules and images */
	CODEC_XZ,
	CODEC_ZSTD,
	CODEC_LZ4, /* from here on for images only; the legacy frames of the kernel's build */
	CODEC_BZIP2,
	CODEC_LZMA, /* the .lzma format that xz calls "alone" */
	CODEC_LZ4_FRAME,
	CODEC_LZO,		  /* lzop files; need liblzo2 */
	CODEC_COUNT,		  /* of those that files have */
	CODEC_ZLIB = CODEC_COUNT, /* of sections of ELF files */
};

/* No kernel or module unpacks to this much: the largest debug builds have a few hundred MB. */
#define CODEC_OUTPUT_MAX ((size_t)1 << 30)

/*
 * Limit for the output of a file of @size bytes: 32 MiB plus 64 times its size, at most
 * CODEC_OUTPUT_MAX. Real modules and kernels unpack to 3 to 12 times their size.
 */
size_t codec_output_max(size_t size);

/* Detects the stream that starts here by its first bytes. Other data can look like a stream. */
enum codec codec_detect(const uint8_t *data, size_t size);

/* "gzip" and so on, or "none". A static string. */
const char *codec_name(enum codec codec);

/*
 * Decompresses the stream at the start of @data to @output (malloced, the caller's), at most @limit
 * bytes. @consumed, which may be NULL, receives the size of the stream in bytes: images continue
 * after it. After an error, @output_size is the number of bytes unpacked so far, which may be a
 * little more than @limit. During the call, its memory counts as unpacked.h describes; afterwards
 * the caller must count it. Errors: FORMAT (damaged or cut short), UNSUPPORTED (larger than @limit,
 * or the dictionary is too large), NOMEM.
 */
struct rebtf_error *codec_decompress(enum codec codec, const uint8_t *data, size_t size,
				     size_t limit, uint8_t **output, size_t *output_size,
				     size_t *consumed);

/* A stream to imitate. */
struct codec_example {
	enum codec codec;
	const uint8_t *packed; /* NULL: no example */
	size_t packed_size;
	const uint8_t *content; /* its decompressed contents */
	size_t content_size;
};

/*
 * Compresses the @count pieces of @pieces into one stream that the kernel's own module loader
 * accepts. As far as @like shows, the stream imitates it: dictionary or window, filters, blocks and
 * checks. @level is 0 for a level that makes the stream as small as @like, or a level of the
 * format; larger values mean the format's highest. @output is malloced, the caller's. Errors:
 * UNSUPPORTED (the codec), NOMEM.
 */
struct rebtf_error *codec_compress_like(const struct codec_example *like, unsigned int level,
					const struct iovec *pieces, size_t count, uint8_t **output,
					size_t *output_size);

/* The same without an example: as the kernel's build compresses. */
struct rebtf_error *codec_compress(enum codec codec, const struct iovec *pieces, size_t count,
				   uint8_t **output, size_t *output_size);

#endif
