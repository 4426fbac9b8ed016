/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Shared by the compressors: see codec.h. */
#ifndef REBTF_MODULE_COMPRESS_H
#define REBTF_MODULE_COMPRESS_H

#include "module/codec.h"

/* The compressed stream, malloced. Free it on error, too. */
struct packed {
	uint8_t *data;
	size_t size;
};

/* As codec_compress_like(). */
struct rebtf_error *compress_xz(const struct codec_example *like, unsigned int level,
				const struct iovec *pieces, size_t count, struct packed *packed);
struct rebtf_error *compress_zstd(const struct codec_example *like, unsigned int level,
				  const struct iovec *pieces, size_t count, struct packed *packed);

static inline size_t compress_total(const struct iovec *pieces, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += pieces[i].iov_len;
	return size;
}

#endif
