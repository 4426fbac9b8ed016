/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Lays out a rewritten ELF object. The edits cut the old image into runs. A run is never split, so
 * gaps and order inside it stay the same. A run moves only if an earlier edit changed size. Then it
 * moves to the first offset after that edit that is congruent to its old offset, modulo the largest
 * alignment of all later parts. So all parts keep their alignment. The offset depends only on the
 * new size, so repeated changes back and forth do not make a file grow.
 */
#include <string.h>

#include "module/elf_rewrite.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/order.h"

/* No linker aligns a section of a relocatable object further. Padding stays below this limit. */
#define ALIGN_MAX ((uint64_t)1 << 20)

/* A part of the old file: a header, or a section that has bytes in the file. */
struct piece {
	uint64_t start;
	uint64_t end;
	uint64_t align;
	size_t section; /* or one of these */
#define THE_HEADER 0
#define THE_TABLE  SIZE_MAX
};

/* A range of the old file that moves as a whole. */
struct run {
	uint64_t old_start;
	uint64_t old_end;
	uint64_t new_start;
};

struct elf_layout {
	struct piece *pieces;
	size_t piece_count;
	struct run *runs;
	size_t run_count;
	uint64_t new_size;
};

static void layout_release(struct elf_layout *layout)
{
	free(layout->pieces);
	free(layout->runs);
}

static int by_start(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;

	return by_number(left->start, right->start);
}

static const char *piece_name(const struct elf_rewrite *rw, const struct piece *piece)
{
	if (piece->section == THE_HEADER)
		return "the ELF header";
	if (piece->section == THE_TABLE)
		return "the section header table";
	return elf_rewrite_name(rw, piece->section);
}

static struct rebtf_error *add_piece(const struct elf_rewrite *rw, struct elf_layout *layout,
				     size_t section, uint64_t start, uint64_t size, uint64_t align)
{
	struct piece piece = { start, start + size, align, section };

	if (start > rw->size || size > rw->size - start)
		return error_new(REBTF_ERR_FORMAT,
				 "%s of %llu bytes at offset %llu ends past the file's %llu bytes",
				 piece_name(rw, &piece), (unsigned long long)size,
				 (unsigned long long)start, (unsigned long long)rw->size);
	layout->pieces[layout->piece_count++] = piece;
	return NULL;
}

static struct rebtf_error *collect_pieces(const struct elf_rewrite *rw, struct elf_layout *layout)
{
	struct piece *pieces = calloc(rw->old_count + 2, sizeof(*pieces));

	layout->pieces = pieces;
	if (!pieces)
		return error_nomem();
	TRY(add_piece(rw, layout, THE_HEADER, 0, elf_ehdr_size(rw), 1));
	TRY(add_piece(rw, layout, THE_TABLE, rw->file.ehdr.e_shoff,
		      rw->old_count * elf_shdr_size(rw), rw->is_64 ? 8 : 4));
	for (size_t i = 1; i < rw->old_count; i++) {
		const GElf_Shdr *shdr = &rw->sections[i];

		if (shdr->sh_type == SHT_NULL || shdr->sh_type == SHT_NOBITS || !shdr->sh_size)
			continue;
		TRY(add_piece(rw, layout, i, shdr->sh_offset, shdr->sh_size, shdr->sh_addralign));
	}
	qsort(pieces, layout->piece_count, sizeof(*pieces), by_start);
	for (size_t i = 1; i < layout->piece_count; i++) {
		if (pieces[i].start < pieces[i - 1].end)
			return error_new(REBTF_ERR_FORMAT, "%s and %s overlap in the file",
					 piece_name(rw, &pieces[i - 1]),
					 piece_name(rw, &pieces[i]));
	}
	return NULL;
}

/* New sections go after the last old one, but before the section header table if that is last. */
static uint64_t insertion_point(const struct elf_rewrite *rw, const struct elf_layout *layout)
{
	const struct piece *last = &layout->pieces[layout->piece_count - 1];

	/* At least the two headers exist. */
	return last->start == rw->file.ehdr.e_shoff ? last[-1].end : last->end;
}

/* A removed section takes the gap before it along, so that no gap is left behind. */
static void widen_removal(const struct elf_layout *layout, struct elf_edit *edit)
{
	size_t i = 1;

	while (layout->pieces[i].section != edit->section)
		i++;
	edit->old_size += edit->old_offset - layout->pieces[i - 1].end;
	edit->old_offset = layout->pieces[i - 1].end;
}

/* Order of the file. At the same offset, insertions come first. */
static int by_old_offset(const void *a, const void *b)
{
	const struct elf_edit *left = a, *right = b;

	return by_number(left->old_offset, right->old_offset)
		       ?: by_number(left->old_size != 0, right->old_size != 0)
				  ?: by_number(left->section, right->section);
}

/* Finds the start of the first piece at or after @offset. */
static bool next_start(const struct elf_layout *layout, uint64_t offset, uint64_t *start)
{
	for (size_t i = 0; i < layout->piece_count; i++) {
		if (layout->pieces[i].start >= offset) {
			*start = layout->pieces[i].start;
			return true;
		}
	}
	return false;
}

static struct rebtf_error *largest_align(const struct elf_rewrite *rw,
					 const struct elf_layout *layout, uint64_t from,
					 uint64_t *largest)
{
	*largest = 1;
	for (size_t i = 0; i < layout->piece_count; i++) {
		const struct piece *piece = &layout->pieces[i];

		if (piece->start < from || piece->align <= *largest)
			continue;
		if (piece->align & (piece->align - 1))
			return error_new(REBTF_ERR_FORMAT,
					 "alignment %llu of %s is not a power of 2",
					 (unsigned long long)piece->align, piece_name(rw, piece));
		if (piece->align > ALIGN_MAX)
			return error_new(
				REBTF_ERR_UNSUPPORTED,
				"cannot move %s: unsupported alignment %llu (maximum %llu)",
				piece_name(rw, piece), (unsigned long long)piece->align,
				(unsigned long long)ALIGN_MAX);
		*largest = piece->align;
	}
	return NULL;
}

/* Cuts the image into runs, and finds the new offset of each run and each edit. */
static struct rebtf_error *elf_layout_place(struct elf_rewrite *rw, struct elf_layout *layout)
{
	uint64_t old_pos = 0, new_pos = 0;

	layout->runs = calloc(rw->edits.count + 1, sizeof(*layout->runs));
	if (!layout->runs)
		return error_nomem();
	for (size_t i = 0; i < rw->edits.count; i++) {
		struct elf_edit *edit = &rw->edits.items[i];
		uint64_t old_end = edit->old_offset + edit->old_size;
		const struct elf_edit *next = i + 1 < rw->edits.count ? edit + 1 : NULL;
		uint64_t new_end, align, start;

		if (edit->old_offset < old_pos)
			return error_at(error_new(REBTF_ERR_FORMAT,
						  "bad ELF file: one section with two uses"),
					NULL, elf_rewrite_name(rw, edit->section));
		layout->runs[layout->run_count++] = (struct run){ old_pos, edit->old_offset,
								  new_pos };
		edit->new_offset = new_pos + (edit->old_offset - old_pos);
		if (!edit->old_size)
			edit->new_offset = (edit->new_offset + edit->align - 1) &
					   ~(edit->align - 1);
		new_end = edit->new_offset + edit->size;

		old_pos = old_end;
		new_pos = new_end;
		if (edit->size == edit->old_size)
			continue;
		/*
		 * An insertion that follows directly aligns itself. A removal that follows directly
		 * needs no alignment.
		 */
		if (next && next->old_offset == old_end && (!next->old_size || !next->size))
			continue;
		if (!next_start(layout, old_end, &start))
			continue; /* the rest is not part of the object */
		TRY(largest_align(rw, layout, start, &align));
		old_pos = start;
		new_pos = new_end + ((start - new_end) & (align - 1));
	}
	layout->runs[layout->run_count++] = (struct run){ old_pos, rw->size, new_pos };
	layout->new_size = new_pos + (rw->size - old_pos);
	if (layout->new_size > FILE_SIZE_MAX)
		return error_new(REBTF_ERR_UNSUPPORTED, "new file is too large (maximum %zu bytes)",
				 FILE_SIZE_MAX);
	return NULL;
}

/*
 * The new value of @offset. A section without bytes may be in a gap: then it moves to the start of
 * the next run.
 */
static uint64_t moved(const struct elf_layout *layout, uint64_t offset)
{
	size_t i = 0, end = layout->run_count;

	/* Find the last run that starts at or before it. The first run starts at 0. */
	while (end - i > 1) {
		size_t middle = i + (end - i) / 2;

		if (layout->runs[middle].old_start <= offset)
			i = middle;
		else
			end = middle;
	}
	if (offset <= layout->runs[i].old_end)
		return layout->runs[i].new_start + (offset - layout->runs[i].old_start);
	/* Only a section without bytes can be past the file's end. Its offset does not matter. */
	return i + 1 < layout->run_count ? layout->runs[i + 1].new_start : offset;
}

static void move_sections(struct elf_rewrite *rw, const struct elf_layout *layout)
{
	for (size_t i = 1; i < rw->old_count; i++)
		rw->sections[i].sh_offset = moved(layout, rw->sections[i].sh_offset);
	for (size_t i = 0; i < rw->edits.count; i++) {
		const struct elf_edit *edit = &rw->edits.items[i];

		if (edit->section) {
			rw->sections[edit->section].sh_offset = edit->new_offset;
			rw->sections[edit->section].sh_size = edit->size;
		}
	}
}

/*
 * Adds a piece at @offset of the new file, after zeros if it does not directly follow the previous
 * piece.
 */
static struct rebtf_error *put(struct elf_rewrite *rw, uint64_t *pos, uint64_t offset,
			       const void *data, uint64_t size)
{
	struct elf_pieces *pieces = &rw->output->pieces;

	if (!size)
		return NULL;
	if (*pos < offset) {
		void *padding = elf_rewrite_alloc(rw, offset - *pos);

		if (!padding)
			return error_nomem();
		elf_pieces_append(pieces, (struct iovec){ padding, offset - *pos });
	}
	*pos = offset + size;
	return elf_pieces_append(pieces, iovec_of(data, size)) ? NULL : error_nomem();
}

static struct rebtf_error *make_pieces(struct elf_rewrite *rw, const struct elf_layout *layout)
{
	uint64_t pos = 0;

	for (size_t i = 0; i < layout->run_count; i++) {
		const struct run *run = &layout->runs[i];

		TRY(put(rw, &pos, run->new_start, rw->image + run->old_start,
			run->old_end - run->old_start));
		if (i < rw->edits.count)
			TRY(put(rw, &pos, rw->edits.items[i].new_offset, rw->edits.items[i].data,
				rw->edits.items[i].size));
	}
	rw->output->size = pos;
	return NULL;
}

struct rebtf_error *elf_check_overlap(const struct elf_rewrite *rw)
{
	_cleanup_(layout_release) struct elf_layout layout = {};

	return collect_pieces(rw, &layout);
}

struct rebtf_error *elf_lay_out(struct elf_rewrite *rw)
{
	_cleanup_(layout_release) struct elf_layout layout = {};
	uint64_t insert_at;

	TRY(collect_pieces(rw, &layout));
	insert_at = insertion_point(rw, &layout);
	for (size_t i = 0; i < rw->edits.count; i++) {
		if (!rw->edits.items[i].old_size)
			rw->edits.items[i].old_offset = insert_at;
		else if (!rw->edits.items[i].size)
			widen_removal(&layout, &rw->edits.items[i]);
	}
	qsort(rw->edits.items, rw->edits.count, sizeof(*rw->edits.items), by_old_offset);
	TRY(elf_layout_place(rw, &layout));
	move_sections(rw, &layout);
	return make_pieces(rw, &layout);
}
