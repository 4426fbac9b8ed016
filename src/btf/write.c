/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes an object as the bytes of a file: header, types, layout section (optional), strings. */
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "btf/header.h"
#include "util/error.h"

void layout_write(struct layout_entry *layout)
{
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++) {
		const struct kind_layout *row = kind_layout(kind);

		layout[kind] = (struct layout_entry){ row->info_size, row->elem_size, 0 };
	}
}

static bool write_big_endian(const struct rebtf_btf *btf, unsigned int flags)
{
	if (flags & REBTF_WRITE_BIG)
		return true;
	return flags & REBTF_WRITE_LITTLE ? false : btf->big_endian;
}

struct rebtf_error *rebtf_btf_write(const struct rebtf_btf *btf, unsigned int flags, void **data,
				    size_t *size)
{
	bool big_endian = write_big_endian(btf, flags);
	bool own_layout = (flags & REBTF_WRITE_LAYOUT) && !btf->layout;
	uint32_t layout_count = own_layout ? REBTF_KNOWN_KINDS : btf->layout_count;
	size_t layout_size, header_size;
	uint8_t *out, *layout;

	if ((flags & REBTF_WRITE_BIG && flags & REBTF_WRITE_LITTLE) ||
	    (flags & REBTF_WRITE_LAYOUT && flags & REBTF_WRITE_NO_LAYOUT))
		return error_new(REBTF_ERR_ARGUMENT, "flags 0x%x contradict each other", flags);
	if (flags & REBTF_WRITE_NO_LAYOUT && btf->layout && btf->has_unknown)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot omit the layout section: types of unknown kinds need it");
	if (flags & REBTF_WRITE_NO_LAYOUT)
		layout_count = 0;
	layout_size = layout_count * sizeof(struct layout_entry);
	out = malloc(HEADER_SIZE_LAYOUT + btf->types_size + layout_size + btf->strings_size);
	if (!out)
		return error_nomem();
	header_size = header_write(out, big_endian, btf->types_size, layout_size,
				   btf->strings_size);
	layout = out + header_size + btf->types_size;
	if (btf->types_size)
		memcpy(out + header_size, btf->types, btf->types_size);
	if (own_layout)
		layout_write((struct layout_entry *)layout);
	else if (layout_size)
		memcpy(layout, btf->layout, layout_size);
	if (btf->strings_size)
		memcpy(layout + layout_size, btf->strings, btf->strings_size);
	if (big_endian != HOST_BIG_ENDIAN) {
		swap_types(out + header_size, btf->types_size);
		swap_layout(layout, layout_size);
	}
	*data = out;
	*size = header_size + btf->types_size + layout_size + btf->strings_size;
	return NULL;
}
