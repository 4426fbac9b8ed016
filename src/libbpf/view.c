/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Converts between mutable objects and the core's. */
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "libbpf/view.h"
#include "util/error.h"
#include "util/hash.h"

static struct rebtf_error *view_make(const struct btf *btf, struct rebtf_btf *base,
				     struct rebtf_btf **view)
{
	size_t layout = btf->layout_count * sizeof(*btf->layout);
	struct btf_parts parts = {
		.types_size = btf->types.size,
		.strings_size = btf->strings.size,
		.layout_count = btf->layout_count,
		.big_endian = HOST_BIG_ENDIAN != btf->swapped,
	};
	uint8_t *at;

	parts.memory = malloc(btf->types.size + layout + btf->strings.size + 1);
	if (!parts.memory)
		return error_nomem();
	at = parts.memory;
	parts.types = parts.memory;
	at = mempcpy(at, btf->types.data, btf->types.size);
	parts.layout = layout ? (struct layout_entry *)at : NULL;
	if (layout)
		at = mempcpy(at, btf->layout, layout);
	parts.strings = (char *)at;
	memcpy(at, btf->strings.data, btf->strings.size);
	return btf_assemble_checked(&parts, base, view);
}

static uint64_t view_hash(const struct buffer *b)
{
	return hash_string((const char *)b->data, b->size);
}

/* Whether the view still has the types of the object. It keeps its base, so that is not a new one. */
static bool view_is_current(const struct btf *btf, const struct rebtf_btf *base,
			    const uint64_t *hashes)
{
	const struct rebtf_btf *view = btf->view;

	return view && view->base == base && btf->view_hashes[0] == hashes[0] &&
	       btf->view_hashes[1] == hashes[1] &&
	       view->big_endian == (HOST_BIG_ENDIAN != btf->swapped);
}

static struct rebtf_error *view_renew(struct btf *btf, struct rebtf_btf *base)
{
	uint64_t hashes[] = { view_hash(&btf->types), view_hash(&btf->strings) };
	struct rebtf_btf *made;

	if (view_is_current(btf, base, hashes))
		return NULL;
	TRY(view_make(btf, base, &made));
	rebtf_btf_unref(btf->view);
	btf->view = made;
	memcpy(btf->view_hashes, hashes, sizeof(hashes));
	return NULL;
}

/* Bases come first, so the longest chain is a matter of memory. */
struct rebtf_error *view_get(struct btf *btf, struct rebtf_btf **view)
{
	struct rebtf_btf *base = NULL;
	struct btf *part = NULL;

	while (part != btf) {
		part = object_over(btf, part);
		TRY(view_renew(part, base));
		base = part->view;
	}
	*view = base;
	return NULL;
}

int view_take(struct btf *btf, const struct rebtf_btf *from)
{
	struct buffer types = {}, strings = {};
	struct u32_vector places = {};
	int err;

	buffer_append(&types, from->types, from->types_size);
	buffer_append(&strings, from->strings, from->strings_size);
	u32_vector_extend(&places, from->places, from->own_count);
	err = types.failed || strings.failed || places.failed ? -ENOMEM
							      : object_make_modifiable(btf);
	if (err) {
		buffer_release(&types);
		buffer_release(&strings);
		u32_vector_release(&places);
		return err;
	}
	buffer_release(&btf->types);
	buffer_release(&btf->strings);
	u32_vector_release(&btf->places);
	table_release(&btf->string_offs);
	btf->types = types;
	btf->strings = strings;
	btf->places = places;
	btf->indexed = 0;
	return 0;
}
