/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads parts of debug sections from memory or from the file. */
#include <errno.h>
#include <string.h>

#include "encode/window.h"
#include "util/file.h"

/* Bytes of lists that a window reads at once. */
enum { WINDOW_AHEAD = 65536 };

/* Fills the window with @size bytes at @offset of the section. */
static struct rebtf_error *window_fill(struct window *w, const struct dwarf_file *file,
				       const struct dwarf_section *section, uint64_t offset,
				       size_t size)
{
	w->size = 0;
	if (w->room < size + DWARF_PADDING) {
		size_t room = size + size / 4 + DWARF_PADDING;
		uint8_t *buffer = malloc(room);

		if (!buffer)
			return error_nomem();
		free(w->buffer);
		w->buffer = buffer;
		w->room = room;
	}
	errno = 0;
	if (file_read_at(file->fd, w->buffer, size, section->file_offset + offset) != size)
		return errno ? error_io(errno, "cannot read")
			     : error_new(REBTF_ERR_CHANGED, "the file became shorter");
	memset(w->buffer + size, 0, DWARF_PADDING);
	w->section = section;
	w->offset = offset;
	w->size = size;
	return NULL;
}

struct rebtf_error *window_move(struct window *w, const struct dwarf_file *file,
				enum dwarf_section_id id, uint64_t offset, uint64_t size,
				size_t ahead, const uint8_t **data)
{
	const struct dwarf_section *section = &file->sections[id];

	if (offset > section->size || size > section->size - offset)
		return error_at(
			error_new(REBTF_ERR_FORMAT,
				  "%llu bytes at offset 0x%llx are past the section's 0x%llx bytes",
				  (unsigned long long)size, (unsigned long long)offset,
				  (unsigned long long)section->size),
			file->name, dwarf_section_name(id));
	if (section->data) {
		*data = section->data + offset;
		return NULL;
	}
	if (w->section != section || offset < w->offset || offset - w->offset > w->size ||
	    size > w->size - (offset - w->offset)) {
		if (ahead > section->size - offset)
			ahead = section->size - offset;
		TRY(error_at(window_fill(w, file, section, offset, size > ahead ? size : ahead),
			     file->name, dwarf_section_name(id)));
	}
	*data = w->buffer + (offset - w->offset);
	return NULL;
}

struct rebtf_error *window_look(struct window *w, const struct dwarf_file *file,
				enum dwarf_section_id id, uint64_t offset, size_t size,
				const uint8_t **data, size_t *found)
{
	uint64_t end = file->sections[id].size;

	if (offset > end)
		return error_new(REBTF_ERR_FORMAT, "a list at 0x%llx is not in %s",
				 (unsigned long long)offset, dwarf_section_name(id));
	*found = end - offset < size ? end - offset : size;
	return window_move(w, file, id, offset, *found, WINDOW_AHEAD, data);
}

void window_release(struct window *w)
{
	free(w->buffer);
	*w = (struct window){};
}
