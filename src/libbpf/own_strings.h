/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The strings of an object, searched by their text. An index is built when it is first needed. */
#ifndef REBTF_LIBBPF_OWN_STRINGS_H
#define REBTF_LIBBPF_OWN_STRINGS_H

#include "libbpf/object.h"

/* Returns the offset of @s in @btf or its bases, -ENOENT, -ENOMEM or -EOPNOTSUPP. */
int own_strings_find(struct btf *btf, const char *s);

/* As own_strings_find(), but adds the string if neither @btf nor its bases have it. */
int own_strings_add(struct btf *btf, const char *s);

/* A name that may be missing: NULL and "" have the offset 0. */
static inline int own_strings_add_name(struct btf *btf, const char *name)
{
	return name && *name ? own_strings_add(btf, name) : 0;
}

/*
 * Adds strings to a section that is to replace that of @btf. @strings and @offs are those of the new
 * section.
 */
int own_strings_add_to(struct btf *btf, struct buffer *strings, struct table *offs, const char *s);

/* Shortens the section to @size bytes again. */
void own_strings_cut(struct btf *btf, size_t size);

#endif
