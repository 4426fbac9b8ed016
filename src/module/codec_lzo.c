/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decompresses lzop files, the format of kernels with CONFIG_KERNEL_LZO. Sources: the kernel's
 * lib/decompress_unlzo.c and lzop's conf.h. A file is a header and blocks, each with its two sizes
 * and up to four checksums. liblzo2 decompresses a block. Its license is the GPL, which rebtf's
 * users need not accept, so rebtf does not link it. It is loaded for the first such file, and
 * without it such files are refused.
 */
#include <string.h>

#include "module/codec_stream.h"
#include "util/bytes.h"

/* lzo1x_decompress_safe(), as in lzo/lzo1x.h. Returns 0 on success. */
typedef int lzo_decompress(const unsigned char *in, unsigned long in_size, unsigned char *out,
			   unsigned long *out_size, void *work);

static lzo_decompress *lzo_decompress_block;

#define LZO_FUNCTIONS(f) f(lzo1x_decompress_safe)

struct library lzo_library = LIBRARY(lzo_decompress_block, LZO_FUNCTIONS, "lzo data needs liblzo2",
				     "liblzo2.so.2");

static bool lzo_is_loaded(void)
{
	struct rebtf_error *err = library_get(&lzo_library);

	rebtf_error_free(err);
	return !err;
}

/* Flags in the header, with lzop's names. */
enum {
	F_ADLER32_D = 0x1, /* of the data */
	F_ADLER32_C = 0x2, /* of the compressed data */
	F_H_EXTRA_FIELD = 0x40,
	F_CRC32_D = 0x100,
	F_CRC32_C = 0x200,
	F_MULTIPART = 0x400,
	F_H_FILTER = 0x800,
};

enum {
	MAGIC_SIZE = 9,
	NEW_VERSION = 0x0940, /* from this version on, the header has three more fields */
	METHOD_LAST = 3,      /* 1 to 3 are variants of LZO1X */
};

/* Reads the next @size bytes as a number. False if the data is too short. */
static bool read_number(struct stream *s, size_t size, uint32_t *number)
{
	if (s->in_left < size)
		return false;
	*number = 0;
	for (size_t i = 0; i < size; i++)
		*number = *number << 8 | s->in[i];
	stream_read(s, size);
	return true;
}

static bool skip(struct stream *s, size_t size)
{
	if (s->in_left < size)
		return false;
	stream_read(s, size);
	return true;
}

/* Reads the header and sets the flags. */
static bool codec_lzo_read_header(struct stream *s)
{
	uint32_t version, method, flags, name_size;

	if (!skip(s, MAGIC_SIZE) || !read_number(s, 2, &version) || !skip(s, 2))
		return false;
	if (version >= NEW_VERSION && !skip(s, 2))
		return false;
	if (!read_number(s, 1, &method) || !method || method > METHOD_LAST)
		return false;
	if (version >= NEW_VERSION && !skip(s, 1))
		return false;
	if (!read_number(s, 4, &flags) || flags & (F_H_EXTRA_FIELD | F_MULTIPART))
		return false;
	if (flags & F_H_FILTER && !skip(s, 4))
		return false;
	/* Mode and time, the name, and a checksum of the header. */
	if (!skip(s, version >= NEW_VERSION ? 12 : 8) || !read_number(s, 1, &name_size) ||
	    !skip(s, name_size + 4))
		return false;
	s->lzo_flags = flags;
	return true;
}

bool lzo_start(struct stream *s)
{
	/* The first step reads the header, because it can report errors. */
	s->lzo_flags = F_MULTIPART;
	return true;
}

/* The header of a block. */
struct lzo_block {
	uint32_t size, packed_size;
	bool has_adler, has_crc; /* of the data */
	uint32_t adler, crc;
};

static bool read_block_header(struct stream *s, struct lzo_block *block)
{
	uint32_t ignored;
	bool is_packed;

	if (!read_number(s, 4, &block->size))
		return false;
	if (!block->size)
		return true;
	if (!read_number(s, 4, &block->packed_size))
		return false;
	is_packed = block->packed_size < block->size;
	block->has_adler = s->lzo_flags & F_ADLER32_D;
	block->has_crc = s->lzo_flags & F_CRC32_D;
	return (!block->has_adler || read_number(s, 4, &block->adler)) &&
	       (!block->has_crc || read_number(s, 4, &block->crc)) &&
	       (!is_packed || !(s->lzo_flags & F_ADLER32_C) || read_number(s, 4, &ignored)) &&
	       (!is_packed || !(s->lzo_flags & F_CRC32_C) || read_number(s, 4, &ignored));
}

/* Decompresses a block to the output, which has room for it. */
static bool unpack_block(struct stream *s, const struct lzo_block *block)
{
	unsigned long size = block->size;

	/* Incompressible data is stored. */
	if (block->packed_size == block->size)
		memcpy(s->out, s->in, block->size);
	else if (lzo_decompress_block(s->in, block->packed_size, s->out, &size, NULL) ||
		 size != block->size)
		return false;
	return (!block->has_adler || adler32(1, s->out, block->size) == block->adler) &&
	       (!block->has_crc || crc32(0, s->out, block->size) == block->crc);
}

enum step lzo_step(struct stream *s)
{
	struct lzo_block block = {};
	struct stream before;

	if (s->lzo_flags & F_MULTIPART && !codec_lzo_read_header(s))
		return STEP_DAMAGED;
	before = *s;
	if (!read_block_header(s, &block))
		return STEP_DAMAGED;
	if (!block.size)
		return STEP_END;
	if (block.size > LZO_BLOCK || block.packed_size > block.size ||
	    block.packed_size > s->in_left)
		return STEP_DAMAGED;
	if (s->out_left < block.size) {
		/* Retry with more room. */
		*s = before;
		return STEP_MORE;
	}
	if (block.packed_size < block.size && !lzo_is_loaded())
		return STEP_NO_LIBRARY;
	if (!unpack_block(s, &block))
		return STEP_DAMAGED;
	stream_read(s, block.packed_size);
	stream_wrote(s, block.size);
	return STEP_MORE;
}

void lzo_stop(struct stream *s)
{
	(void)s;
}
