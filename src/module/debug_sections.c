/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the debug sections of a file. A relocatable object may have several of one name: compilers
 * put each type unit into a section of its own, so that the linker can drop duplicates. The encoder
 * sees them as one.
 */
#include <string.h>

#include "module/codec.h"
#include "module/debug_file.h"
#include "module/debug_internal.h"
#include "util/bytes.h"

/* A section that becomes a part of a debug section. */
struct debug_part {
	struct debug_section *section;
	enum dwarf_section_id id;
	const uint8_t *data; /* unpacked; NULL: the encoder reads it from the file */
	uint64_t size;	     /* unpacked */
};

DEFINE_VECTOR(debug_part_vector, struct debug_part);

/* --------------------------------------------------------------------------------- compression */

/* The stream in a compressed section. */
struct debug_stream {
	enum codec codec;
	const uint8_t *data;
	uint64_t size, unpacked_size;
};

static bool debug_is_zdebug(const struct debug_section *section)
{
	return !strncmp(section->name, ".zdebug_", 8);
}

static struct rebtf_error *debug_find_stream(const struct debug_opening *o,
					     const struct debug_section *section,
					     const uint8_t *data, struct debug_stream *stream)
{
	uint64_t size = section->shdr.sh_size;
	size_t header = o->is_64 ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	uint32_t type = ELFCOMPRESS_ZLIB;

	/* GNU's older way: "ZLIB", and the size in big-endian order. */
	if (debug_is_zdebug(section))
		header = 12;
	if (size < header)
		return error_new(REBTF_ERR_FORMAT,
				 "compressed section of %llu bytes (expected at least %zu)",
				 (unsigned long long)size, header);
	if (debug_is_zdebug(section)) {
		if (memcmp(data, "ZLIB", 4))
			return error_new(REBTF_ERR_FORMAT, "compressed section lacks its header");
		stream->unpacked_size = get64(data + 4, true);
	} else {
		type = get32(data, o->big_endian);
		stream->unpacked_size = o->is_64 ? get64(data + 8, o->big_endian)
						 : get32(data + 4, o->big_endian);
	}
	stream->data = data + header;
	stream->size = size - header;
	stream->codec = type == ELFCOMPRESS_ZLIB ? CODEC_ZLIB : CODEC_ZSTD;
	if (type != ELFCOMPRESS_ZLIB && type != DEBUG_COMPRESS_ZSTD)
		return error_new(REBTF_ERR_UNSUPPORTED, "unknown compression %u", type);
	return NULL;
}

/* Unpacks one frame of the stream and appends it to @out. Some linkers write a frame per thread. */
static struct rebtf_error *debug_unpack_frame(struct debug_stream *stream, struct buffer *out)
{
	size_t size, used, limit = stream->unpacked_size - out->size;
	uint8_t *frame;

	TRY(codec_decompress(stream->codec, stream->data, stream->size, limit, &frame, &size,
			     &used));
	stream->data += used;
	stream->size -= used;
	if (!out->data) {
		*out = (struct buffer){ .data = frame, .size = size, .room = size };
		return NULL;
	}
	buffer_append(out, frame, size);
	free(frame);
	return out->failed ? error_nomem() : NULL;
}

static struct rebtf_error *debug_unpack_stream(struct debug_opening *o, struct debug_stream *stream,
					       struct buffer *out)
{
	/* Memory grows with the real output, but that may be a million times the input. */
	if (stream->unpacked_size > o->unpack_left)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"section unpacks to %llu bytes (maximum %zu in a file of this size)",
			(unsigned long long)stream->unpacked_size, codec_output_max(o->file->size));
	o->unpack_left -= stream->unpacked_size;
	while (out->size < stream->unpacked_size) {
		size_t before = out->size;

		TRY(debug_unpack_frame(stream, out));
		if (out->size == before)
			break;
	}
	if (out->size != stream->unpacked_size)
		return error_new(REBTF_ERR_FORMAT,
				 "section unpacks to %zu bytes (expected %llu, as its header says)",
				 out->size, (unsigned long long)stream->unpacked_size);
	if (!buffer_append(out, NULL, DWARF_PADDING))
		return error_nomem();
	memset(out->data + stream->unpacked_size, 0, DWARF_PADDING);
	return NULL;
}

/* Unpacks a compressed part. */
static struct rebtf_error *debug_unpack(struct debug_opening *o, struct debug_part *part)
{
	struct debug_stream stream = {};
	struct buffer out = {};
	struct rebtf_error *err;

	TRY(debug_find_stream(o, part->section, part->data, &stream));
	err = debug_unpack_stream(o, &stream, &out);
	if (err) {
		buffer_release(&out);
		return err;
	}
	part->data = out.data;
	part->size = stream.unpacked_size;
	return debug_keep(o->file, out.data);
}

/* ---------------------------------------------------------------------------------------- parts */

/* The debug section that a section is a part of. DWARF_SECTIONS: it is part of no debug section. */
static enum dwarf_section_id debug_section_id(const struct debug_section *section)
{
	const char *name = section->name;
	size_t id = DWARF_SECTIONS;

	if (section->shdr.sh_type == SHT_NOBITS || section->shdr.sh_flags & SHF_ALLOC)
		return DWARF_SECTIONS;
	if (!strncmp(name, ".debug_", 7) || debug_is_zdebug(section)) {
		/* Both names end alike: ".debug_info", ".zdebug_info". */
		name += name[1] == 'z' ? 2 : 1;
		for (id = 0; id < DWARF_SECTIONS; id++) {
			if (!strcmp(dwarf_section_name((enum dwarf_section_id)id) + 1, name))
				break;
		}
	}
	return (enum dwarf_section_id)id;
}

static bool debug_is_compressed(const struct debug_part *part)
{
	return part->section->shdr.sh_flags & SHF_COMPRESSED || debug_is_zdebug(part->section);
}

/* Whether the encoder can read the part where it is in the file. */
static bool debug_can_stay(const struct debug_opening *o, const struct debug_part *part)
{
	const GElf_Shdr *shdr = &part->section->shdr;

	return !o->file->image && !debug_is_compressed(part) && part->id != DWARF_STR &&
	       part->id != DWARF_LINE_STR && shdr->sh_offset <= o->file->size &&
	       shdr->sh_size <= o->file->size - shdr->sh_offset;
}

static struct rebtf_error *debug_read_part(struct debug_opening *o, struct debug_part *part)
{
	part->size = part->section->shdr.sh_size;
	if (debug_can_stay(o, part))
		return NULL;
	TRY(debug_section_bytes(o->file, part->section, &part->data));
	return debug_is_compressed(part) ? debug_unpack(o, part) : NULL;
}

/*
 * Finds and reads all parts, and gives each its offset in the section that the encoder sees. Only
 * relocatable objects have several of one name.
 */
static struct rebtf_error *debug_find_parts(struct debug_opening *o,
					    struct debug_part_vector *parts,
					    uint64_t totals[DWARF_SECTIONS])
{
	for (size_t i = 1; i < o->section_count; i++) {
		struct debug_part part = {
			.section = &o->sections[i],
			.id = debug_section_id(&o->sections[i]),
		};

		if (part.id == DWARF_SECTIONS)
			continue;
		part.section->address = totals[part.id];
		TRY(error_at(debug_read_part(o, &part), NULL, part.section->name));
		totals[part.id] += part.size;
		if (!debug_part_vector_append(parts, part))
			return error_nomem();
	}
	return NULL;
}

/*
 * Finds the relocations of every section that is not in memory. A linker that keeps them has
 * applied them.
 */
static struct rebtf_error *debug_find_relocations(struct debug_opening *o)
{
	for (size_t i = 1; o->file->object.relocatable && i < o->section_count; i++) {
		const GElf_Shdr *shdr = &o->sections[i].shdr;

		if ((shdr->sh_type != SHT_REL && shdr->sh_type != SHT_RELA) ||
		    shdr->sh_info >= o->section_count || shdr->sh_flags & SHF_ALLOC)
			continue;
		if (o->sections[shdr->sh_info].relocations)
			return error_at(error_new(REBTF_ERR_UNSUPPORTED,
						  "two sections with relocations"),
					NULL, o->sections[shdr->sh_info].name);
		o->sections[shdr->sh_info].relocations = (uint32_t)i;
	}
	return NULL;
}

/* Copies a part to its offset in the debug section, and relocates it. */
static struct rebtf_error *debug_copy_part(struct debug_opening *o, const struct debug_part *part,
					   uint8_t *section)
{
	uint8_t *copy = section + part->section->address;

	memcpy(copy, part->data, part->size);
	if (!part->section->relocations)
		return NULL;
	return debug_relocate(o, &o->sections[part->section->relocations], copy, part->size);
}

/*
 * Fills one of the encoder's debug sections from its parts. Strings have no relocations, and their
 * parts only merge.
 */
static struct rebtf_error *debug_load_section(struct debug_opening *o,
					      const struct debug_part_vector *parts,
					      enum dwarf_section_id id, uint64_t total)
{
	struct dwarf_section *section = &o->file->object.dwarf.sections[id];
	uint8_t *copy = NULL;

	for (size_t i = 0; i < parts->count; i++) {
		const struct debug_part *part = &parts->items[i];

		if (part->id != id || !part->size)
			continue;
		if (part->size == total && !part->section->relocations) {
			*section = (struct dwarf_section){
				.data = part->data,
				.size = part->size,
				.file_offset = part->section->shdr.sh_offset,
			};
			return NULL;
		}
		if (!part->data)
			return error_at(error_new(REBTF_ERR_UNSUPPORTED,
						  "more than one section of this name"),
					NULL, part->section->name);
		if (!copy)
			TRY(debug_allocate(o->file, total, &copy));
		TRY(error_at(debug_copy_part(o, part, copy), NULL, part->section->name));
	}
	section->data = copy;
	section->size = copy ? total : 0;
	return NULL;
}

/* Strings beyond the last NUL have no end, so the section ends there. */
static void debug_end_strings(struct dwarf_section *section)
{
	const uint8_t *last = section->size ? memrchr(section->data, 0, section->size) : NULL;

	section->size = last ? (uint64_t)(last - section->data) + 1 : 0;
}

static struct rebtf_error *debug_load_parts(struct debug_opening *o,
					    struct debug_part_vector *parts)
{
	struct dwarf_section *sections = o->file->object.dwarf.sections;
	uint64_t totals[DWARF_SECTIONS] = {};

	o->unpack_left = codec_output_max(o->file->size);
	TRY(debug_find_relocations(o));
	TRY(debug_find_parts(o, parts, totals));
	for (size_t id = 0; id < DWARF_SECTIONS; id++)
		TRY(debug_load_section(o, parts, (enum dwarf_section_id)id, totals[id]));
	debug_end_strings(&sections[DWARF_STR]);
	debug_end_strings(&sections[DWARF_LINE_STR]);
	return NULL;
}

struct rebtf_error *debug_sections_load(struct debug_opening *o)
{
	struct debug_part_vector parts = {};
	struct rebtf_error *err = debug_load_parts(o, &parts);

	debug_part_vector_release(&parts);
	return err;
}
