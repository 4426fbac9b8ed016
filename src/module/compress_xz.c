/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compresses modules with xz. The kernel's lib/xz supports the checks none and CRC32, and the
 * filter LZMA2, optionally after one BCJ filter without properties. It allocates the whole
 * dictionary, even for a small module. It accepts several blocks, but not several streams.
 *
 * The headers of a stream reveal all of that, and LZMA's parameters lc, lp and pb. They do not
 * reveal the level, but it hardly matters for modules: sizes at levels 4 to 9, extreme or not, are
 * within half a percent. So we use xz's default.
 */
#include <lzma.h>

#include "module/compress.h"
#include "util/cleanup.h"

/* The dictionary of xz -6. A dictionary larger than the contents is useless. */
#define DICTIONARY_ENOUGH (8u << 20)

/* xz makes no smaller ones by itself. */
#define BLOCK_MIN (1u << 20)

/* Room for the index of a stream with a thousand blocks. */
#define INDEX_MEMORY_MAX (1u << 20)

/* Exceeds the headers, padding, check and index entry of a block. */
#define BLOCK_OVERHEAD 128u

/* The parameters of a stream. */
struct recipe {
	lzma_check check;
	lzma_vli bcj; /* a filter; LZMA_VLI_UNKNOWN: none */
	lzma_options_lzma lzma;
	size_t block_size; /* 0: one block */
};

/* ---------------------------------------------------------------------------- reading a stream */

/* The filters of a block. Their options are malloced. */
struct filters {
	lzma_filter list[LZMA_FILTERS_MAX + 1];
};

static void filters_release(struct filters *filters)
{
	for (lzma_filter *f = filters->list; f->id != LZMA_VLI_UNKNOWN; f++)
		free(f->options);
}

static bool is_bcj(lzma_vli id)
{
	/* The ids from x86 up to LZMA2 are BCJ filters. */
	return id >= LZMA_FILTER_X86 && id < LZMA_FILTER_LZMA2 &&
	       lzma_filter_encoder_is_supported(id);
}

static void follow_filters(const struct filters *filters, struct recipe *recipe)
{
	const lzma_filter *f = filters->list;

	if (is_bcj(f->id) && !f->options && f[1].id == LZMA_FILTER_LZMA2) {
		recipe->bcj = f->id;
		f++;
	}
	if (f->id == LZMA_FILTER_LZMA2 && f->options)
		recipe->lzma.dict_size = ((const lzma_options_lzma *)f->options)->dict_size;
}

/* The first chunk of LZMA2 data has the three parameters, if it is compressed. */
static void follow_chunk(const uint8_t *chunk, size_t size, struct recipe *recipe)
{
	enum { CONTROL = 0, PROPERTIES = 5, NEW_PROPERTIES = 0xc0 };
	uint32_t lc, lp, pb;

	if (size <= PROPERTIES || chunk[CONTROL] < NEW_PROPERTIES)
		return;
	lc = chunk[PROPERTIES] % 9;
	lp = chunk[PROPERTIES] / 9 % 5;
	pb = chunk[PROPERTIES] / 45;
	if (lc + lp > LZMA_LCLP_MAX || pb > LZMA_PB_MAX)
		return;
	recipe->lzma.lc = lc;
	recipe->lzma.lp = lp;
	recipe->lzma.pb = pb;
}

static void follow_block(const struct codec_example *like, lzma_check check, struct recipe *recipe)
{
	_cleanup_(filters_release) struct filters filters = { { { .id = LZMA_VLI_UNKNOWN } } };
	const uint8_t *header = like->packed + LZMA_STREAM_HEADER_SIZE;
	size_t size = like->packed_size - LZMA_STREAM_HEADER_SIZE;
	lzma_block block = { .check = check, .filters = filters.list };

	/* A zero starts the index: the stream has no block. */
	if (!size || !header[0])
		return;
	block.header_size = lzma_block_header_size_decode(header[0]);
	if (block.header_size > size)
		return;
	if (lzma_block_header_decode(&block, NULL, header) != LZMA_OK) {
		filters.list[0].id = LZMA_VLI_UNKNOWN;
		return;
	}
	follow_filters(&filters, recipe);
	follow_chunk(header + block.header_size, size - block.header_size, recipe);
}

static void free_index(lzma_index **index)
{
	lzma_index_end(*index, NULL);
}

/* Only the index has the sizes of blocks. It is at the end, before the footer and zeros. */
static void follow_index(const struct codec_example *like, struct recipe *recipe)
{
	_cleanup_(free_index) lzma_index *index = NULL;
	uint64_t memory = INDEX_MEMORY_MAX;
	size_t end = like->packed_size, at = 0;
	lzma_stream_flags footer;
	lzma_index_iter i;

	while (end && !like->packed[end - 1])
		end--;
	if (end < 2 * LZMA_STREAM_HEADER_SIZE ||
	    lzma_stream_footer_decode(&footer, like->packed + end - LZMA_STREAM_HEADER_SIZE) !=
		    LZMA_OK)
		return;
	end -= LZMA_STREAM_HEADER_SIZE;
	if (footer.backward_size > end ||
	    lzma_index_buffer_decode(&index, &memory, NULL,
				     like->packed + end - footer.backward_size, &at,
				     (size_t)footer.backward_size) != LZMA_OK)
		return;
	lzma_index_iter_init(&i, index);
	if (lzma_index_block_count(index) > 1 && !lzma_index_iter_next(&i, LZMA_INDEX_ITER_BLOCK) &&
	    i.block.uncompressed_size >= BLOCK_MIN && i.block.uncompressed_size < SIZE_MAX)
		recipe->block_size = (size_t)i.block.uncompressed_size;
}

/*
 * Unknown parameters, and those that no kernel accepts, default to those of xz and the kernel's
 * build.
 */
static void find_recipe(const struct codec_example *like, unsigned int level, struct recipe *recipe)
{
	lzma_stream_flags header;

	*recipe = (struct recipe){ .check = LZMA_CHECK_CRC32, .bcj = LZMA_VLI_UNKNOWN };
	lzma_lzma_preset(&recipe->lzma, level ? level : LZMA_PRESET_DEFAULT);
	recipe->lzma.dict_size = 1u << 20;
	if (like->packed_size < LZMA_STREAM_HEADER_SIZE ||
	    lzma_stream_header_decode(&header, like->packed) != LZMA_OK)
		return;
	if (header.check == LZMA_CHECK_NONE)
		recipe->check = LZMA_CHECK_NONE;
	follow_block(like, header.check, recipe);
	follow_index(like, recipe);
}

/* ----------------------------------------------------------------------------- making a stream */

struct encoder {
	lzma_stream lzma;
	size_t block_size; /* 0: one block */
	size_t block_left;
};

/* Encodes a piece. Ends a block when it is full. */
static lzma_ret encode_piece(struct encoder *e, const struct iovec *piece)
{
	size_t left = piece->iov_len;
	lzma_ret rc = LZMA_OK;

	e->lzma.next_in = piece->iov_base;
	while (left && rc == LZMA_OK) {
		size_t part = e->block_size && left > e->block_left ? e->block_left : left;

		e->lzma.avail_in = part;
		rc = lzma_code(&e->lzma, LZMA_RUN);
		left -= part;
		e->block_left -= part;
		if (rc != LZMA_OK || !e->block_size || e->block_left)
			continue;
		rc = lzma_code(&e->lzma, LZMA_FULL_FLUSH);
		if (rc == LZMA_STREAM_END)
			rc = LZMA_OK;
		e->block_left = e->block_size;
	}
	return rc;
}

static void end_encoder(struct encoder *e)
{
	lzma_end(&e->lzma);
}

struct rebtf_error *compress_xz(const struct codec_example *like, unsigned int level,
				const struct iovec *pieces, size_t count, struct packed *packed)
{
	_cleanup_(end_encoder) struct encoder e = { .lzma = LZMA_STREAM_INIT };
	size_t size = compress_total(pieces, count), blocks;
	lzma_filter filters[3] = {};
	struct recipe recipe;
	lzma_ret rc = LZMA_OK;
	size_t f = 0;

	find_recipe(like, level > 9 ? 9 : level, &recipe);
	if (recipe.lzma.dict_size > DICTIONARY_ENOUGH && recipe.lzma.dict_size > size)
		recipe.lzma.dict_size = size > DICTIONARY_ENOUGH ? (uint32_t)size
								 : DICTIONARY_ENOUGH;
	if (recipe.bcj != LZMA_VLI_UNKNOWN)
		filters[f++].id = recipe.bcj;
	filters[f++] = (lzma_filter){ LZMA_FILTER_LZMA2, &recipe.lzma };
	filters[f].id = LZMA_VLI_UNKNOWN;
	if (lzma_stream_encoder(&e.lzma, filters, recipe.check) != LZMA_OK)
		return error_nomem();

	e.block_size = e.block_left = recipe.block_size;
	blocks = recipe.block_size ? size / recipe.block_size + 1 : 1;
	packed->size = lzma_stream_buffer_bound(size) + blocks * BLOCK_OVERHEAD;
	packed->data = malloc(packed->size);
	if (!packed->data)
		return error_nomem();
	e.lzma.next_out = packed->data;
	e.lzma.avail_out = packed->size;
	for (size_t i = 0; i < count && rc == LZMA_OK; i++)
		rc = encode_piece(&e, &pieces[i]);
	if (rc == LZMA_OK)
		rc = lzma_code(&e.lzma, LZMA_FINISH);
	packed->size = (size_t)e.lzma.total_out;
	return rc == LZMA_STREAM_END ? NULL : error_nomem();
}
