/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compression of modules: see codec.h. A module that was rewritten has to load where the old one
 * did, so each stream is what "make modules_install" would have made and no more than
 * kernel/module/decompress.c takes: gzip with the bare ten-byte header; xz as one stream with
 * CRC32, the check that every kernel knows, and a dictionary of at most 2 MiB; zstd as one frame
 * that says its content's size and whose window is no larger than the 2 MiB of level 3 or, where
 * that is all in one segment, the module itself.
 */
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "module/codec.h"
#include "util/cleanup.h"

#define XZ_DICTIONARY_SIZE (2u << 20)

struct packed {
	uint8_t *data;
	size_t size;
};

static size_t total_size(const struct iovec *pieces, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += pieces[i].iov_len;
	return size;
}

static struct rebtf_error *compress_gzip(const struct iovec *pieces, size_t count,
					 struct packed *packed)
{
	size_t size = total_size(pieces, count);
	z_stream z = {};
	int rc = Z_OK;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
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

static struct rebtf_error *compress_xz(const struct iovec *pieces, size_t count,
				       struct packed *packed)
{
	lzma_stream lzma = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_LZMA2, .options = &options },
		{ .id = LZMA_VLI_UNKNOWN },
	};
	lzma_ret rc;

	if (lzma_lzma_preset(&options, LZMA_PRESET_DEFAULT))
		return error_nomem();
	options.dict_size = XZ_DICTIONARY_SIZE;
	if (lzma_stream_encoder(&lzma, filters, LZMA_CHECK_CRC32) != LZMA_OK)
		return error_nomem();
	packed->size = lzma_stream_buffer_bound(total_size(pieces, count));
	packed->data = malloc(packed->size);
	rc = packed->data ? LZMA_OK : LZMA_MEM_ERROR;
	lzma.next_out = packed->data;
	lzma.avail_out = packed->size;
	for (size_t i = 0; i < count && rc == LZMA_OK; i++) {
		lzma.next_in = pieces[i].iov_base;
		lzma.avail_in = pieces[i].iov_len;
		if (lzma.avail_in)
			rc = lzma_code(&lzma, LZMA_RUN);
	}
	if (rc == LZMA_OK)
		rc = lzma_code(&lzma, LZMA_FINISH);
	packed->size = (size_t)lzma.total_out;
	lzma_end(&lzma);
	return rc == LZMA_STREAM_END ? NULL : error_nomem();
}

static struct rebtf_error *compress_zstd(const struct iovec *pieces, size_t count,
					 struct packed *packed)
{
	size_t size = total_size(pieces, count);
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	size_t rc = 0;
	ZSTD_outBuffer out;

	if (!zstd)
		return error_nomem();
	packed->size = ZSTD_compressBound(size);
	packed->data = malloc(packed->size);
	if (!packed->data) {
		ZSTD_freeCCtx(zstd);
		return error_nomem();
	}
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
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
	ZSTD_freeCCtx(zstd);
	/* Everything fits into the bound, so only memory can have been short. */
	return rc ? error_nomem() : NULL;
}

struct rebtf_error *codec_compress(enum codec codec, const struct iovec *pieces, size_t count,
				   uint8_t **output, size_t *output_size)
{
	struct rebtf_error *err;
	struct packed packed = {};

	switch (codec) {
	case CODEC_GZIP:
		err = compress_gzip(pieces, count, &packed);
		break;
	case CODEC_XZ:
		err = compress_xz(pieces, count, &packed);
		break;
	case CODEC_ZSTD:
		err = compress_zstd(pieces, count, &packed);
		break;
	default:
		return error_new(REBTF_ERR_UNSUPPORTED, "modules are not written with %s",
				 codec_name(codec));
	}
	if (err) {
		free(packed.data);
		return err;
	}
	*output = packed.data;
	*output_size = packed.size;
	return NULL;
}
