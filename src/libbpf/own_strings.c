/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds and adds strings. Of equal strings in the section, the first counts. */
#include <string.h>

#include "btf/string_index.h"
#include "libbpf/own_strings.h"
#include "util/hash.h"

static struct string_key own_strings_key(const struct btf *btf, const struct buffer *strings,
					 const char *s, size_t length)
{
	return (struct string_key){ (const char *)strings->data, btf->start_string, s, length };
}

/* Adds the strings to the index that are not in it yet. Offset 0 is "no string" there. */
static int own_strings_index(struct btf *btf)
{
	const char *at = (const char *)btf->strings.data + btf->indexed;

	if (!table_reserve(&btf->string_offs, 1))
		return -ENOMEM;
	while (btf->indexed < btf->strings.size) {
		size_t length = strlen(at);
		uint32_t hash = hash_string(at, length);
		struct string_key key = own_strings_key(btf, &btf->strings, at, length);
		struct table_slot *slot = table_find(&btf->string_offs, hash, string_key_same,
						     &key);
		uint32_t off = btf->start_string + btf->indexed;

		if (length && !slot->value && !table_add(&btf->string_offs, slot, hash, off))
			return -ENOMEM;
		btf->indexed += length + 1;
		at += length + 1;
	}
	return 0;
}

static int own_strings_find_hashed(struct btf *btf, const char *s, size_t length, uint32_t hash)
{
	int err;

	for (; btf; btf = btf->base) {
		struct string_key key;
		struct table_slot *slot;

		if (btf->has_more_header)
			return -EOPNOTSUPP;
		err = own_strings_index(btf);
		if (err)
			return err;
		key = own_strings_key(btf, &btf->strings, s, length);
		slot = table_find(&btf->string_offs, hash, string_key_same, &key);
		if (slot->value)
			return slot->value;
	}
	return -ENOENT;
}

int own_strings_find(struct btf *btf, const char *s)
{
	size_t length = strlen(s);

	return length ? own_strings_find_hashed(btf, s, length, hash_string(s, length)) : 0;
}

static int own_strings_append(struct btf *btf, struct buffer *strings, struct table *offs,
			      const char *s, size_t length, uint32_t hash)
{
	uint64_t off = (uint64_t)btf->start_string + strings->size;
	struct string_key key;
	struct table_slot *slot;

	if (strings->size + length + 1 > OBJECT_MAX_STRING || off > OBJECT_MAX_STRING ||
	    !table_reserve(offs, 1) || !buffer_reserve(strings, length + 1))
		return -ENOMEM;
	key = own_strings_key(btf, strings, s, length);
	slot = table_find(offs, hash, string_key_same, &key);
	if (slot->value)
		return slot->value;
	if (!table_add(offs, slot, hash, off))
		return -ENOMEM;
	buffer_append(strings, s, length + 1);
	return off;
}

int own_strings_add(struct btf *btf, const char *s)
{
	size_t length = strlen(s);
	uint32_t hash;
	int off;

	if (!length)
		return 0;
	hash = hash_string(s, length);
	off = own_strings_find_hashed(btf, s, length, hash);
	if (off != -ENOENT)
		return off;
	off = object_make_modifiable(btf);
	if (off)
		return off;
	off = own_strings_append(btf, &btf->strings, &btf->string_offs, s, length, hash);
	btf->indexed = btf->strings.size;
	return off;
}

int own_strings_add_to(struct btf *btf, struct buffer *strings, struct table *offs, const char *s)
{
	size_t length = strlen(s);
	uint32_t hash = hash_string(s, length);
	int off = btf->base ? own_strings_find_hashed(btf->base, s, length, hash) : -ENOENT;

	return off != -ENOENT ? off : own_strings_append(btf, strings, offs, s, length, hash);
}

void own_strings_cut(struct btf *btf, size_t size)
{
	if (size == btf->strings.size)
		return;
	btf->strings.size = size;
	btf->indexed = 0;
	table_release(&btf->string_offs);
}

int btf__find_str(struct btf *btf, const char *s)
{
	return object_result(s ? own_strings_find(btf, s) : -EINVAL);
}

int btf__add_str(struct btf *btf, const char *s)
{
	return object_result(s ? own_strings_add(btf, s) : -EINVAL);
}

const char *object_string(const struct btf *btf, uint32_t off)
{
	while (off < btf->start_string)
		btf = btf->base;
	off -= btf->start_string;
	return off < btf->strings.size ? (const char *)btf->strings.data + off : NULL;
}

const char *btf__str_by_offset(const struct btf *btf, uint32_t off)
{
	return object_string(btf, off) ?: object_null(EINVAL);
}

const char *btf__name_by_offset(const struct btf *btf, uint32_t off)
{
	return btf__str_by_offset(btf, off);
}
