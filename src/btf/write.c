/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes an object as the bytes of a file: header, types, layout section (optional), strings. */
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "btf/header.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"
#include "util/options.h"

uint32_t layout_kinds(const uint32_t *types, const uint32_t *places, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct rebtf_type *t = (const struct rebtf_type *)(types + places[i]);
		uint32_t kind = rebtf_type_kind(t);

		if (kind >= LAYOUT_KINDS && kind_is_known(kind))
			return REBTF_KNOWN_KINDS;
	}
	return LAYOUT_KINDS;
}

void layout_write(struct layout_entry *layout, uint32_t kinds)
{
	for (uint32_t kind = 0; kind < kinds; kind++) {
		const struct kind_layout *row = kind_layout(kind);

		layout[kind] = (struct layout_entry){ row->info_size, row->elem_size, 0 };
	}
}

static struct rebtf_error *write_check_options(const struct rebtf_btf *btf,
					       const struct rebtf_write_options *options)
{
	TRY(options_check("byte order", options->byte_order, REBTF_BYTE_ORDER_BIG));
	TRY(options_check("layout", options->layout, REBTF_LAYOUT_WITHOUT));
	if (options->layout == REBTF_LAYOUT_WITHOUT && btf->layout && btf->has_unknown)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot omit the layout section: types of unknown kinds need it");
	return NULL;
}

struct rebtf_error *btf_write(const struct rebtf_btf *btf,
			      const struct rebtf_write_options *options, uint32_t least,
			      void **data, size_t *size)
{
	struct rebtf_write_options how;
	uint32_t layout_count = btf->layout_count;
	uint32_t head = least > btf->header_size ? least : btf->header_size;
	size_t layout_size;
	bool big_endian, own_layout;
	uint8_t *out, *layout;

	TRY(OPTIONS_COPY(rebtf_write_options, &how, options));
	TRY(write_check_options(btf, &how));
	big_endian = byte_order_is_big(how.byte_order, btf->big_endian);
	own_layout = how.layout == REBTF_LAYOUT_WITH && !btf->layout;
	if (own_layout)
		layout_count = layout_kinds(btf->types, btf->places, btf->own_count);
	else if (how.layout == REBTF_LAYOUT_WITHOUT)
		layout_count = head = 0;
	layout_size = layout_count * sizeof(struct layout_entry);
	head = header_size_for(head, layout_size);
	out = file_memory((size_t)head + btf->types_size + layout_size + btf->strings_size);
	if (!out)
		return error_nomem();
	header_write(out, head, big_endian, btf->types_size, layout_size, btf->strings_size);
	layout = out + head + btf->types_size;
	if (btf->types_size)
		memcpy(out + head, btf->types, btf->types_size);
	if (own_layout)
		layout_write((struct layout_entry *)layout, layout_count);
	else if (layout_size)
		memcpy(layout, btf->layout, layout_size);
	if (btf->strings_size)
		memcpy(layout + layout_size, btf->strings, btf->strings_size);
	if (big_endian != HOST_BIG_ENDIAN) {
		swap_types(out + head, btf->types_size);
		swap_layout(layout, layout_size);
	}
	*data = out;
	*size = head + btf->types_size + layout_size + btf->strings_size;
	return NULL;
}

struct rebtf_error *rebtf_btf_write(const struct rebtf_btf *btf,
				    const struct rebtf_write_options *options, void **data,
				    size_t *size)
{
	return btf_write(btf, options, 0, data, size);
}
