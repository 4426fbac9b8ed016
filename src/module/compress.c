/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compresses modules. A rewritten module must load in the same kernels as the old one. So each
 * stream is one that kernel/module/decompress.c accepts, and otherwise imitates the old stream as
 * far as possible.
 *
 * The kernel skips a gzip header of ten bytes and a file name, but no other field. So we write the
 * bare header. It distinguishes only the highest and the lowest level from the others.
 */
#include <zlib.h>

#include "module/compress.h"
#include "util/bytes.h"
#include "util/cleanup.h"

/* Hint at the level in the header (RFC 1952, XFL). */
#define GZIP_XFL	 8
#define GZIP_XFL_BEST	 2
#define GZIP_XFL_FASTEST 4

static int gzip_level(const struct codec_example *like)
{
	if (like->packed_size <= GZIP_XFL)
		return Z_DEFAULT_COMPRESSION;
	switch (like->packed[GZIP_XFL]) {
	case GZIP_XFL_BEST:
		return Z_BEST_COMPRESSION;
	case GZIP_XFL_FASTEST:
		return Z_BEST_SPEED;
	default:
		return Z_DEFAULT_COMPRESSION;
	}
}

static struct rebtf_error *compress_gzip(const struct codec_example *like, unsigned int level,
					 const struct iovec *pieces, size_t count,
					 struct packed *packed)
{
	size_t size = compress_total(pieces, count);
	z_stream z = {};
	int rc = Z_OK;

	if (level > Z_BEST_COMPRESSION)
		level = Z_BEST_COMPRESSION;
	if (deflateInit2(&z, level ? (int)level : gzip_level(like), Z_DEFLATED, MAX_WBITS + 16, 8,
			 Z_DEFAULT_STRATEGY))
		return error_nomem();
	packed->size = deflateBound(&z, size);
	packed->data = malloc(packed->size);
	z.next_out = packed->data;
	z.avail_out = (uInt)packed->size;
	for (size_t i = 0; packed->data && i < count && rc == Z_OK; i++) {
		z.next_in = pieces[i].iov_base;
		z.avail_in = (uInt)pieces[i].iov_len;
		if (z.avail_in)
			rc = deflate(&z, Z_NO_FLUSH);
	}
	if (packed->data && rc == Z_OK)
		rc = deflate(&z, Z_FINISH);
	packed->size = z.total_out;
	deflateEnd(&z);
	return rc == Z_STREAM_END ? NULL : error_nomem();
}

struct rebtf_error *codec_compress_like(const struct codec_example *like, unsigned int level,
					const struct iovec *pieces, size_t count, uint8_t **output,
					size_t *output_size)
{
	struct packed packed = {};
	struct rebtf_error *err;

	switch (like->codec) {
	case CODEC_GZIP:
		err = compress_gzip(like, level, pieces, count, &packed);
		break;
	case CODEC_XZ:
		err = compress_xz(like, level, pieces, count, &packed);
		break;
	case CODEC_ZSTD:
		err = compress_zstd(like, level, pieces, count, &packed);
		break;
	default:
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"unsupported compression of a module (found %s, expected gzip, xz or zstd)",
			codec_name(like->codec));
	}
	if (err) {
		free(packed.data);
		return err;
	}
	*output = packed.data;
	*output_size = packed.size;
	return NULL;
}

struct rebtf_error *codec_compress(enum codec codec, const struct iovec *pieces, size_t count,
				   uint8_t **output, size_t *output_size)
{
	const struct codec_example none = { .codec = codec };

	return codec_compress_like(&none, 0, pieces, count, output, output_size);
}

static const enum codec compress_codecs[] = {
	[REBTF_COMPRESSION_NONE] = CODEC_NONE,
	[REBTF_COMPRESSION_GZIP] = CODEC_GZIP,
	[REBTF_COMPRESSION_XZ] = CODEC_XZ,
	[REBTF_COMPRESSION_ZSTD] = CODEC_ZSTD,
};

const char *rebtf_compression_name(enum rebtf_compression compression)
{
	return (size_t)compression < sizeof(compress_codecs) / sizeof(*compress_codecs)
		       ? codec_name(compress_codecs[compression])
		       : "unknown";
}

struct rebtf_error *rebtf_compress(enum rebtf_compression compression, const void *data,
				   size_t size, void **packed, size_t *packed_size)
{
	const struct iovec piece = iovec_of(data, size);
	uint8_t *output;

	if (compression > REBTF_COMPRESSION_ZSTD || !compress_codecs[compression])
		return error_new(REBTF_ERR_ARGUMENT, "invalid compression %u", compression);
	TRY(codec_compress(compress_codecs[compression], &piece, 1, &output, packed_size));
	*packed = output;
	return NULL;
}
