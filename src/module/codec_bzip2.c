/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Decompresses bzip2 data. */
#include "module/codec_stream.h"

#define BZIP2_FUNCTIONS(f) f(BZ2_bzDecompress) f(BZ2_bzDecompressEnd) f(BZ2_bzDecompressInit)

static struct {
	BZIP2_FUNCTIONS(LIBRARY_POINTER)
} bzip2;

/* Debian's name, and that of Fedora and openSUSE. */
struct library bzip2_library = LIBRARY(bzip2, BZIP2_FUNCTIONS, "bzip2 data needs libbz2",
				       "libbz2.so.1.0", "libbz2.so.1");

bool bzip2_start(struct stream *s)
{
	return bzip2.BZ2_bzDecompressInit(&s->bz, 0, 0) == BZ_OK;
}

enum step bzip2_step(struct stream *s)
{
	int rc;

	s->bz.next_in = (char *)(uintptr_t)s->in; /* libbz2 does not write it */
	s->bz.avail_in = (unsigned int)s->in_left;
	s->bz.next_out = (char *)s->out;
	s->bz.avail_out = (unsigned int)s->out_left;
	rc = bzip2.BZ2_bzDecompress(&s->bz);
	s->in = (const uint8_t *)s->bz.next_in;
	s->in_left = s->bz.avail_in;
	s->out = (uint8_t *)s->bz.next_out;
	s->out_left = s->bz.avail_out;
	switch (rc) {
	case BZ_OK:
		return STEP_MORE;
	case BZ_STREAM_END:
		return STEP_END;
	case BZ_MEM_ERROR:
		return STEP_NOMEM;
	default:
		return STEP_DAMAGED;
	}
}

void bzip2_stop(struct stream *s)
{
	bzip2.BZ2_bzDecompressEnd(&s->bz);
}
