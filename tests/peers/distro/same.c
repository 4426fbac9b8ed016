/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares two BTF objects word by word. For each kind it knows only the number of words and which
 * of them are strings. All other words must be equal.
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#include "same.h"

struct layout {
	size_t fixed;	    /* words after struct btf_type */
	size_t element;	    /* words of each element */
	bool element_named; /* the first word of an element is a string */
};

static struct layout layout_of(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return (struct layout){ .fixed = 1 };
	case BTF_KIND_ARRAY:
		return (struct layout){ .fixed = 3 };
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM64:
		return (struct layout){ .element = 3, .element_named = true };
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return (struct layout){ .element = 2, .element_named = true };
	case BTF_KIND_DATASEC:
		return (struct layout){ .element = 3 };
	default:
		return (struct layout){ 0 };
	}
}

size_t type_words(const struct btf_type *t)
{
	struct layout l = layout_of(t);

	return 3 + l.fixed + btf_vlen(t) * l.element;
}

static bool is_string(const struct layout *l, size_t word)
{
	if (word == 0)
		return true;
	return l->element_named && word >= 3 && (word - 3) % l->element == 0;
}

static bool same_type(const struct btf *expected, const struct btf *got, uint32_t id, char *why,
		      size_t why_size)
{
	const struct btf_type *a = btf__type_by_id(expected, id), *b = btf__type_by_id(got, id);
	const uint32_t *x = (const uint32_t *)a, *y = (const uint32_t *)b;
	struct layout l = layout_of(a);

	if (a->info != b->info) {
		snprintf(why, why_size, "type [%u]: info %#x, expected %#x", id, b->info, a->info);
		return false;
	}
	for (size_t i = 0; i < type_words(a); i++) {
		if (!is_string(&l, i)) {
			if (x[i] == y[i])
				continue;
			snprintf(why, why_size, "type [%u], word %zu: %u, expected %u", id, i, y[i],
				 x[i]);
			return false;
		}
		const char *s = btf__str_by_offset(expected, x[i]);
		const char *t = btf__str_by_offset(got, y[i]);

		if (s && t && !strcmp(s, t))
			continue;
		snprintf(why, why_size, "type [%u], word %zu: '%s', expected '%s'", id, i,
			 t ? t : "(none)", s ? s : "(none)");
		return false;
	}
	return true;
}

bool same_btf(const struct btf *expected, const struct btf *got, char *why, size_t why_size)
{
	const struct btf *base = btf__base_btf(expected);
	uint32_t first = base ? btf__type_cnt(base) : 1;

	if (btf__endianness(expected) != btf__endianness(got)) {
		snprintf(why, why_size, "the byte order differs");
		return false;
	}
	if (btf__type_cnt(expected) != btf__type_cnt(got)) {
		snprintf(why, why_size, "%u types, expected %u", btf__type_cnt(got) - first,
			 btf__type_cnt(expected) - first);
		return false;
	}
	for (uint32_t id = first; id < btf__type_cnt(expected); id++) {
		if (!same_type(expected, got, id, why, why_size))
			return false;
	}
	return true;
}
