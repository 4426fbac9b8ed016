/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Appends copies of types that another object has, with their strings: one type, or all of them. */
#include <stdlib.h>
#include <string.h>

#include "libbpf/own_strings.h"
#include "util/cleanup.h"

/* A type of an unknown kind has no names and ids that we could find. */
static int append_require_known(const struct rebtf_type *t)
{
	return object_kind_is_known(rebtf_type_kind(t)) ? 0 : -EINVAL;
}

struct append {
	struct btf *btf;
	const struct btf *src;
	uint32_t *offs; /* by offset from the first own string of src: the new offset; or NULL */
	uint32_t first; /* the id of the first copy */
	int err;
};

static uint32_t append_string(void *arg, uint32_t off)
{
	struct append *a = arg;
	uint32_t *known = NULL;
	const char *text;
	int to;

	if (!off || a->err)
		return off;
	text = object_string(a->src, off);
	if (a->offs && text) {
		/* Both have the same base. */
		if (off < a->src->start_string)
			return off;
		known = &a->offs[off - a->src->start_string];
		if (*known)
			return *known;
	}
	to = text ? own_strings_add(a->btf, text) : -EINVAL;
	if (to < 0) {
		a->err = to;
		return off;
	}
	if (known)
		*known = to;
	return to;
}

static uint32_t append_id(const void *arg, uint32_t id)
{
	const struct append *a = arg;

	return id < a->src->start_id ? id : id - a->src->start_id + a->first;
}

/* --- one type */

static int append_type(struct append *a, struct rebtf_type *copy, size_t size)
{
	object_map_strings(copy, append_string, a);
	if (a->err)
		return a->err;
	if (a->btf->types.size + size > UINT32_MAX || object_end_id(a->btf) > OBJECT_MAX_ID ||
	    !buffer_reserve(&a->btf->types, size) || !u32_vector_reserve(&a->btf->places, 1))
		return -ENOMEM;
	u32_vector_append(&a->btf->places, a->btf->types.size / sizeof(uint32_t));
	buffer_append(&a->btf->types, copy, size);
	return object_end_id(a->btf) - 1;
}

int btf__add_type(struct btf *btf, const struct btf *src, const struct rebtf_type *t)
{
	struct append a = { .btf = btf, .src = src };
	size_t size = object_type_size(src, t);
	_cleanup_free_ struct rebtf_type *copy = NULL;
	int err = size ? append_require_known(t) : -EINVAL;

	if (err)
		return object_result(err);
	copy = malloc(size);
	if (!copy)
		return object_result(-ENOMEM);
	memcpy(copy, t, size);
	err = object_make_modifiable(btf);
	return object_result(err ?: append_type(&a, copy, size));
}

/* --- all types */

static int append_all(struct append *a)
{
	struct btf *btf = a->btf;
	const struct btf *src = a->src;
	size_t old_size = btf->types.size, old_count = object_count(btf);
	size_t size = src->types.size, count = object_count(src);

	if (old_size + size > UINT32_MAX || object_end_id(btf) + count > OBJECT_MAX_ID ||
	    !buffer_reserve(&btf->types, size) || !u32_vector_reserve(&btf->places, count))
		return -ENOMEM;
	memcpy(btf->types.data + old_size, src->types.data, size);
	for (size_t i = 0; i < count && !a->err; i++) {
		size_t place = old_size / sizeof(uint32_t) + src->places.items[i];
		struct rebtf_type *t = (struct rebtf_type *)((uint32_t *)btf->types.data + place);

		a->err = append_require_known(t);
		map_fields(t, append_id, append_string, a);
		btf->places.items[old_count + i] = place;
	}
	if (a->err)
		return a->err;
	btf->types.size += size;
	btf->places.count += count;
	return a->first;
}

int btf__add_btf(struct btf *btf, const struct btf *src)
{
	struct append a = { .btf = btf, .src = src, .first = object_end_id(btf) };
	_cleanup_free_ uint32_t *offs = NULL;
	size_t old_strings;
	int first;

	if (src->base && src->base != btf->base)
		return object_result(-EOPNOTSUPP);
	first = object_make_modifiable(btf);
	if (first)
		return object_result(first);
	a.offs = offs = calloc(src->strings.size + 1, sizeof(*offs));
	if (!offs)
		return object_result(-ENOMEM);
	old_strings = btf->strings.size;
	first = append_all(&a);
	if (first < 0)
		own_strings_cut(btf, old_strings);
	return object_result(first);
}
