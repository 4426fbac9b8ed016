/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A view of a part of a debug section. If the section is not in memory, the window reads the part
 * from the file. We do not map files: truncating a mapped file kills its readers with SIGBUS, and
 * a mapping of 400 MB counts as memory.
 */
#ifndef REBTF_ENCODE_WINDOW_H
#define REBTF_ENCODE_WINDOW_H

#include "encode/dwarf.h"

/* {} is a window without a view. */
struct window {
	uint8_t *buffer; /* malloced */
	size_t room;
	uint64_t offset;		     /* of the buffer's bytes in the section */
	size_t size;			     /* number of valid bytes in the buffer */
	const struct dwarf_section *section; /* that they are from */
};

/*
 * Sets *@data to the @size bytes at @offset of a section, which are followed by DWARF_PADDING bytes
 * that may be read. They are valid until the next call. If the bytes must be read, and the section
 * has more, up to @ahead bytes are read for the next call. Errors: FORMAT (the bytes are not within
 * the section), IO, NOMEM.
 */
struct rebtf_error *window_move(struct window *w, const struct dwarf_file *file,
				enum dwarf_section_id section, uint64_t offset, uint64_t size,
				size_t ahead, const uint8_t **data);

/*
 * As window_move(), for a part of unknown size in a section of lists: sets *@found to the number of
 * bytes, which is less than @size at the end of the section. Errors: FORMAT (@offset is not in the
 * section; without a place), IO, NOMEM.
 */
struct rebtf_error *window_look(struct window *w, const struct dwarf_file *file,
				enum dwarf_section_id section, uint64_t offset, size_t size,
				const uint8_t **data, size_t *found);

void window_release(struct window *w);

#endif
