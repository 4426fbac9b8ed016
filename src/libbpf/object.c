/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Makes objects, frees them, prepares them for changes, and puts their parts together as a file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btf/btf.h"
#include "libbpf/object.h"

struct rebtf_type object_void;

void object_set_base(struct btf *btf, struct btf *base)
{
	btf->base = base;
	btf->start_id = base ? object_end_id(base) : 1;
	btf->start_string = base ? object_end_string(base) : 0;
}

struct btf *object_new(struct btf *base)
{
	struct btf *btf = calloc(1, sizeof(*btf));

	if (!btf)
		return NULL;
	btf->fd = -1;
	btf->header = (struct btf_header){ .magic = BTF_MAGIC, .version = BTF_VERSION };
	object_set_base(btf, base);
	return btf;
}

void btf__free(struct btf *btf)
{
	if (!btf || object_is_error(btf))
		return;
	if (btf->fd >= 0)
		close(btf->fd);
	rebtf_btf_unref(btf->view);
	if (btf->modifiable) {
		buffer_release(&btf->types);
		buffer_release(&btf->strings);
		free(btf->layout);
	}
	u32_vector_release(&btf->places);
	table_release(&btf->string_offs);
	free(btf->memory);
	free(btf->written);
	free(btf->raw_swapped);
	if (btf->owns_base)
		btf__free(btf->base);
	free(btf);
}

bool object_options_valid(const void *options, size_t known)
{
	const uint8_t *bytes = options;
	size_t size;

	if (!options)
		return true;
	memcpy(&size, options, sizeof(size));
	if (size < sizeof(size))
		return false;
	for (size_t i = known; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static struct btf *object_new_empty(struct btf *base, bool layout)
{
	struct btf *btf = object_new(base);

	if (!btf)
		return object_null(ENOMEM);
	btf->modifiable = true;
	btf->strings_are_used = true;
	btf->pointer_size = sizeof(void *);
	btf->swapped = base && base->swapped;
	btf->header.hdr_len = HEADER_SIZE_LAYOUT;
	if (!base)
		buffer_append(&btf->strings, "", 1);
	if (layout) {
		btf->layout_count = LAYOUT_KINDS;
		btf->layout = calloc(btf->layout_count, sizeof(*btf->layout));
		if (btf->layout)
			layout_write(btf->layout, btf->layout_count);
	}
	if (!buffer_reserve(&btf->strings, 0) || !buffer_reserve(&btf->types, 0) ||
	    (layout && !btf->layout)) {
		btf__free(btf);
		return object_null(ENOMEM);
	}
	return btf;
}

struct btf *btf__new_empty(void)
{
	return object_new_empty(NULL, false);
}

struct btf *btf__new_empty_split(struct btf *base)
{
	return object_new_empty(base, false);
}

struct btf *btf__new_empty_opts(struct btf_new_opts *opts)
{
	if (!object_options_valid(opts, offsetof(struct btf_new_opts, add_layout) + sizeof(bool)))
		return object_null(EINVAL);
	return object_new_empty(OBJECT_OPTION(opts, base_btf, NULL),
				OBJECT_OPTION(opts, add_layout, false));
}

/* --- changes */

/* Every change makes copies of the whole object out of date. */
static void object_forget_raw(struct btf *btf)
{
	free(btf->memory);
	free(btf->written);
	free(btf->raw_swapped);
	btf->memory = NULL;
	btf->written = NULL;
	btf->raw = NULL;
	btf->raw_swapped = NULL;
	btf->named_id = 0;
	btf->changes++;
}

int object_make_modifiable(struct btf *btf)
{
	struct buffer types = {}, strings = {};
	struct layout_entry *layout = NULL;

	if (btf->modifiable) {
		object_forget_raw(btf);
		return 0;
	}
	if (btf->has_more_header)
		return -EOPNOTSUPP;
	buffer_append(&types, btf->types.data, btf->types.size);
	buffer_append(&strings, btf->strings.data, btf->strings.size);
	if (btf->layout)
		layout = malloc(btf->layout_count * sizeof(*layout));
	if (types.failed || strings.failed || (btf->layout && !layout)) {
		buffer_release(&types);
		buffer_release(&strings);
		free(layout);
		return -ENOMEM;
	}
	if (layout)
		memcpy(layout, btf->layout, btf->layout_count * sizeof(*layout));
	btf->types = types;
	btf->strings = strings;
	btf->layout = layout;
	/* An object without strings has no duplicates among them. */
	btf->strings_are_used = strings.size <= !btf->base;
	btf->modifiable = true;
	object_forget_raw(btf);
	return 0;
}

bool object_ids_exist(const struct btf *btf, const struct rebtf_type *t)
{
	struct rebtf_field_iter it;
	const uint32_t *field;

	field_iter_init(&it, t, REBTF_FIELD_IDS);
	while ((field = field_iter_next(&it))) {
		if (*field >= object_end_id(btf))
			return false;
	}
	return true;
}

/* --- the file */

static size_t object_header_size(const struct btf *btf)
{
	return btf->header.hdr_len < HEADER_SIZE ? HEADER_SIZE : btf->header.hdr_len;
}

static void object_write_header(const struct btf *btf, bool swap, uint8_t *out)
{
	uint32_t size = object_header_size(btf);
	uint32_t layout = btf->layout_count * sizeof(*btf->layout), types = btf->types.size;
	struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = btf->header.version,
		.flags = btf->header.flags,
		.hdr_len = size,
		.type_len = types,
		.str_off = types + layout,
		.str_len = btf->strings.size,
		.layout_off = layout ? types : 0,
		.layout_len = layout,
	};

	if (swap)
		swap_header(&header);
	memcpy(out, &header, size < sizeof(header) ? size : sizeof(header));
}

/* The other byte order needs the layout of each kind, as libbpf knows it. */
static bool object_has_unknown(const struct btf *btf)
{
	for (size_t i = 0; i < object_count(btf); i++) {
		if (!object_kind_is_known(rebtf_type_kind(object_type(btf, btf->start_id + i))))
			return true;
	}
	return false;
}

/* Returns the malloced file, or NULL. */
static uint8_t *object_write(const struct btf *btf, bool swap, uint32_t *size)
{
	size_t header = object_header_size(btf), layout = btf->layout_count * sizeof(*btf->layout);
	size_t all = header + btf->types.size + layout + btf->strings.size;
	uint8_t *out, *at;

	if (all > UINT32_MAX || (swap && object_has_unknown(btf)))
		return NULL;
	out = calloc(1, all);
	if (!out)
		return NULL;
	object_write_header(btf, swap, out);
	at = mempcpy(out + header, btf->types.data, btf->types.size);
	if (layout)
		memcpy(at, btf->layout, layout);
	if (swap) {
		swap_types(out + header, btf->types.size);
		swap_layout(at, layout);
	}
	memcpy(at + layout, btf->strings.data, btf->strings.size);
	*size = all;
	return out;
}

const void *btf__raw_data(const struct btf *const_btf, uint32_t *size)
{
	/* The bytes are kept with the object, which is no change that callers can see. */
	struct btf *btf = (struct btf *)(uintptr_t)const_btf;

	if (btf->swapped && !btf->raw_swapped)
		btf->raw_swapped = object_write(btf, true, &btf->swapped_size);
	if (!btf->swapped && !btf->raw)
		btf->raw = btf->written = object_write(btf, false, &btf->raw_size);
	if (!(btf->swapped ? btf->raw_swapped : btf->raw))
		return object_null(ENOMEM);
	*size = btf->swapped ? btf->swapped_size : btf->raw_size;
	return btf->swapped ? btf->raw_swapped : btf->raw;
}

const void *btf__get_raw_data(const struct btf *btf, uint32_t *size)
{
	return btf__raw_data(btf, size);
}

int btf__endianness(const struct btf *btf)
{
	return HOST_BIG_ENDIAN != btf->swapped;
}

int btf__set_endianness(struct btf *btf, int order)
{
	if (order != BTF_ORDER_LITTLE && order != BTF_ORDER_BIG)
		return object_result(-EINVAL);
	btf->swapped = HOST_BIG_ENDIAN != (order == BTF_ORDER_BIG);
	if (!btf->swapped) {
		free(btf->raw_swapped);
		btf->raw_swapped = NULL;
	}
	return 0;
}

int btf__fd(const struct btf *btf)
{
	return btf->fd;
}

void btf__set_fd(struct btf *btf, int fd)
{
	btf->fd = fd;
}
