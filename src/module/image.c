/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Kernel images: see image.h. An image is a series of guesses, each of which either yields BTF that
 * opens in full or yields nothing; a guess that was wrong is not an error. Facts: x86's boot
 * protocol (Documentation/arch/x86/boot.rst: setup_sects, "HdrS", payload_offset, payload_length)
 * and the header that drivers/firmware/efi/libstub/zboot-header.S makes ("MZ", "zimg", offset and
 * size of the payload).
 */
#include <string.h>

#include "format/header.h"
#include "module/codec.h"
#include "module/elf_file.h"
#include "module/image.h"
#include "module/unpacked.h"
#include "util/bytes.h"
#include "util/cleanup.h"

/* Streams inside streams: a zboot image that was packed once more has two. */
#define DEPTH_MAX 3

/* Real images hold a handful of streams, and chance looks like one every some MB. */
#define STREAMS_MAX 64

/*
 * The largest of the places that look like BTF are tried; a kernel's own is larger than any other.
 */
#define CANDIDATES_MAX 16

struct search {
	const char *name;
	size_t output_left; /* bytes that may still come out of all streams together */
	unsigned int streams_left;
	unsigned int depth;
	struct rebtf_btf *btf; /* what was found */
};

/* A part of an image. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

static struct rebtf_error *search_image(struct search *search, struct bytes image);

/* The part of @image at @offset, if it is within; else none. */
static struct bytes part(struct bytes image, uint64_t offset, uint64_t size)
{
	if (offset > image.size || size > image.size - offset)
		return (struct bytes){};
	return (struct bytes){ image.data + offset, size };
}

/* ------------------------------------------------------------------------- BTF that has a place */

bool image_is_btf(const uint8_t *data, size_t size)
{
	static const uint8_t little[] = { 0x9f, 0xeb, BTF_VERSION },
			     big[] = { 0xeb, 0x9f, BTF_VERSION };

	return size >= sizeof(little) &&
	       (!memcmp(data, little, sizeof(little)) || !memcmp(data, big, sizeof(big)));
}

/*
 * The .BTF of an ELF image. An ELF file without one may still hold a packed kernel, as on MIPS and
 * PowerPC.
 */
static struct rebtf_error *open_elf_section(struct search *search, struct bytes image)
{
	static const char *const name = ".BTF";
	struct elf_section section = {};
	struct rebtf_error *err;
	struct elf_file file;

	err = elf_file_open_mem(image.data, image.size, &file);
	if (err)
		return error_nomem_only(err);
	err = elf_find_sections(&file, &name, &section, 1);
	elf_file_close(&file);
	if (err || !section.index)
		return err;
	return error_at(rebtf_open_mem(image.data + section.offset, section.size, search->name,
				       NULL, &search->btf),
			NULL, name);
}

/* -------------------------------------------------------------------------------- BTF somewhere */

/* The whole BTF that starts @image, if its header and the ends of its strings hold; else none. */
static struct bytes plausible_btf(struct bytes image)
{
	struct btf_sections sections;
	struct rebtf_error *err = header_parse(image.data, image.size, &sections);
	size_t end, types_end, layout_end;

	if (err) {
		rebtf_error_free(err);
		return (struct bytes){};
	}
	if (!sections.types.size || !sections.strings.size || image.data[sections.strings.start] ||
	    image.data[sections.strings.start + sections.strings.size - 1])
		return (struct bytes){};
	end = sections.strings.start + sections.strings.size;
	types_end = sections.types.start + sections.types.size;
	layout_end = sections.layout.start + sections.layout.size;
	end = types_end > end ? types_end : end;
	end = layout_end > end ? layout_end : end;
	return (struct bytes){ image.data, end };
}

/* Keeps the largest, in descending order. */
static void add_candidate(struct bytes *candidates, size_t *count, struct bytes candidate)
{
	size_t i = *count;

	if (i < CANDIDATES_MAX)
		++*count;
	else if (candidates[--i].size >= candidate.size)
		return;
	for (; i && candidates[i - 1].size < candidate.size; i--)
		candidates[i] = candidates[i - 1];
	candidates[i] = candidate;
}

static struct rebtf_error *search_btf(struct search *search, struct bytes image)
{
	static const uint8_t marks[][3] = { { 0x9f, 0xeb, BTF_VERSION },
					    { 0xeb, 0x9f, BTF_VERSION } };
	struct bytes candidates[CANDIDATES_MAX];
	size_t count = 0;

	for (size_t mark = 0; mark < 2; mark++) {
		struct bytes rest = image;
		const uint8_t *at;

		while (rest.size &&
		       (at = memmem(rest.data, rest.size, marks[mark], sizeof(marks[mark])))) {
			struct bytes candidate;

			rest.size -= (size_t)(at - rest.data);
			rest.data = at;
			candidate = plausible_btf(rest);
			if (candidate.size)
				add_candidate(candidates, &count, candidate);
			rest.data++;
			rest.size--;
		}
	}
	for (size_t i = 0; i < count && !search->btf; i++)
		TRY(error_nomem_only(rebtf_open_mem(candidates[i].data, candidates[i].size,
						    search->name, NULL, &search->btf)));
	return NULL;
}

/* ----------------------------------------------------------------------------- compressed parts */

/*
 * Unpacks the stream at the start of @packed and searches its contents. Sets @consumed to the length
 * of the stream.
 */
static struct rebtf_error *search_stream(struct search *search, struct bytes packed,
					 size_t *consumed)
{
	_cleanup_free_ uint8_t *data = NULL;
	enum codec codec = codec_detect(packed.data, packed.size);
	struct rebtf_error *err;
	size_t size;

	*consumed = 0;
	if (codec == CODEC_NONE || !search->streams_left || !search->output_left ||
	    search->depth == DEPTH_MAX)
		return NULL;
	search->streams_left--;
	err = codec_decompress(codec, packed.data, packed.size, search->output_left, &data, &size,
			       consumed);
	/* A stream that fails costs what came out of it, like any other. */
	search->output_left -= size < search->output_left ? size : search->output_left;
	if (err)
		return error_nomem_only(err);
	TRY(unpacked_take(size));
	search->depth++;
	err = search_image(search, (struct bytes){ data, size });
	search->depth--;
	unpacked_give_back(size);
	return err;
}

static struct rebtf_error *search_streams(struct search *search, struct bytes image)
{
	/* The first bytes that codec_detect() knows something to start with. */
	static const bool starts[256] = {
		[0x02] = true, [0x1f] = true, [0x28] = true,
		['B'] = true,  [0x5d] = true, [0xfd] = true,
	};
	size_t at = 0;

	while (at < image.size && search->streams_left && !search->btf) {
		size_t consumed = 0;

		if (starts[image.data[at]])
			TRY(search_stream(search, part(image, at, image.size - at), &consumed));
		at += consumed ? consumed : 1;
	}
	return NULL;
}

/* -------------------------------------------------------------------------------- known formats */

static struct bytes bzimage_payload(struct bytes image)
{
	enum {
		SETUP_SECTS = 0x1f1,
		MAGIC = 0x202,
		VERSION = 0x206,
		PAYLOAD = 0x248,
		HEADER_END = 0x250
	};
	uint64_t start;

	/* Version 2.08 is the first one that says where the payload is. */
	if (image.size < HEADER_END || memcmp(image.data + MAGIC, "HdrS", 4) ||
	    get16(image.data + VERSION, false) < 0x208)
		return (struct bytes){};
	/* In sectors of 512 bytes, the boot sector not counted; zero means four. */
	start = ((image.data[SETUP_SECTS] ?: 4) + 1) * 512ull;
	return part(image, start + get32(image.data + PAYLOAD, false),
		    get32(image.data + PAYLOAD + 4, false));
}

static struct bytes zboot_payload(struct bytes image)
{
	if (image.size < 16 || memcmp(image.data, "MZ", 2) || memcmp(image.data + 4, "zimg", 4))
		return (struct bytes){};
	return part(image, get32(image.data + 8, false), get32(image.data + 12, false));
}

static struct rebtf_error *search_image(struct search *search, struct bytes image)
{
	struct bytes (*const payloads[])(struct bytes image) = { bzimage_payload, zboot_payload };
	size_t consumed;

	if (image_is_btf(image.data, image.size))
		return rebtf_open_mem(image.data, image.size, search->name, NULL, &search->btf);
	if (elf_detect(image.data, image.size))
		TRY(open_elf_section(search, image));
	for (size_t i = 0; i < 2 && !search->btf; i++) {
		struct bytes payload = payloads[i](image);

		if (payload.size)
			TRY(search_stream(search, payload, &consumed));
	}
	if (!search->btf)
		TRY(search_btf(search, image));
	if (!search->btf)
		TRY(search_streams(search, image));
	return NULL;
}

struct rebtf_error *image_open_btf(const uint8_t *data, size_t size, const char *name,
				   struct rebtf_btf **btf)
{
	struct search search = {
		.name = name,
		.output_left = codec_output_max(size),
		.streams_left = STREAMS_MAX,
	};

	TRY(error_at(search_image(&search, (struct bytes){ data, size }), name, NULL));
	if (!search.btf && !search.output_left)
		return error_at(
			error_new(REBTF_ERR_UNSUPPORTED,
				  "no BTF in it as far as it was searched: what is packed in "
				  "it unpacks to more than %zu bytes, the limit for a file "
				  "of its size",
				  codec_output_max(size)),
			name, NULL);
	if (!search.btf)
		return error_at(
			error_new(REBTF_ERR_NO_BTF,
				  "no BTF in it, neither as such nor in anything compressed"),
			name, NULL);
	*btf = search.btf;
	return NULL;
}
