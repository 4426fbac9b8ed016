/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A second, independent version of the table in docs/design.md ("relocate"), as simple as possible:
 * it examines every type of that name in the new base and decides which ones fit. It arbitrates
 * between libbpf and the design, so it must not be clever. It shares no code with src/split/.
 */
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

#include "same.h"

struct named {
	const char *name;
	uint32_t id;
};

struct rule_base {
	const struct btf *btf;
	struct named *types;
	size_t count;
};

static int by_name_and_id(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->id > y->id) - (x->id < y->id);
}

struct rule_base *rule_base_new(const struct btf *btf)
{
	struct rule_base *base = calloc(1, sizeof(*base));

	if (!base)
		return NULL;
	base->btf = btf;
	base->types = calloc(btf__type_cnt(btf), sizeof(*base->types));
	if (!base->types) {
		free(base);
		return NULL;
	}
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		switch (btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_FWD:
			if (t->name_off)
				base->types[base->count++] =
					(struct named){ btf__name_by_offset(btf, t->name_off), id };
		}
	}
	qsort(base->types, base->count, sizeof(*base->types), by_name_and_id);
	return base;
}

void rule_base_free(struct rule_base *base)
{
	free(base->types);
	free(base);
}

bool *rule_embedded(const struct btf *split)
{
	uint32_t own = btf__type_cnt(btf__base_btf(split));
	bool *embedded = calloc(own, sizeof(*embedded));

	for (uint32_t id = own; embedded && id < btf__type_cnt(split); id++) {
		const struct btf_type *t = btf__type_by_id(split, id);
		size_t held = btf_is_composite(t) ? btf_vlen(t) : 0;

		for (size_t i = 0; i < held; i++) {
			uint32_t in = btf_members(t)[i].type;
			const struct btf_type *part = btf__type_by_id(split, in);

			while (btf_is_mod(part) || btf_is_typedef(part) || btf_is_array(part)) {
				in = btf_is_array(part) ? btf_array(part)->type : part->type;
				part = btf__type_by_id(split, in);
			}
			if (btf_is_composite(part) && in < own)
				embedded[in] = true;
		}
	}
	return embedded;
}

static bool same_kind(const struct btf_type *a, const struct btf_type *b)
{
	return btf_kind(a) == btf_kind(b);
}

/* For a FWD the kind flag is set if it declares a union. */
static bool is_fwd_of(const struct btf_type *fwd, const struct btf_type *composite)
{
	return btf_is_fwd(fwd) && btf_kflag(fwd) == btf_is_union(composite);
}

static bool fits(const struct btf_type *d, const struct btf_type *n, bool size_matters,
		 bool fwd_will_do)
{
	switch (btf_kind(d)) {
	case BTF_KIND_INT:
		return same_kind(d, n) && d->size == n->size && !memcmp(d + 1, n + 1, 4);
	case BTF_KIND_FLOAT:
		return same_kind(d, n) && d->size == n->size;
	case BTF_KIND_ENUM:
		return btf_is_any_enum(n) && d->size == n->size;
	case BTF_KIND_FWD:
		return (btf_is_fwd(n) && btf_kflag(d) == btf_kflag(n)) ||
		       (btf_is_composite(n) && is_fwd_of(d, n));
	default:
		if (same_kind(d, n))
			return !size_matters || d->size == n->size;
		return fwd_will_do && is_fwd_of(n, d);
	}
}

/*
 * Whether libbpf may judge the candidate @n for @d differently than fits(), and the rule that it
 * follows.
 */
static enum libbpf_rule seen_otherwise(const struct btf_type *d, const struct btf_type *n)
{
	if (btf_is_fwd(d) && btf_is_composite(n) &&
	    is_fwd_of(d, n) != (btf_is_struct(n) ? !btf_kflag(n) : btf_kflag(n)))
		return LIBBPF_FWD_FLAG;
	if (btf_is_composite(d) && !same_kind(d, n))
		return LIBBPF_ANY_KIND;
	if (btf_is_int(d) && btf_is_int(n) && btf_int_encoding(d) == btf_int_encoding(n) &&
	    (btf_int_bits(d) != btf_int_bits(n) || btf_int_offset(d) != btf_int_offset(n)))
		return LIBBPF_INT_BITS;
	return LIBBPF_SAME;
}

struct rule_answer rule_match(const struct rule_base *base, const struct btf *distilled,
			      uint32_t id, const bool *embedded)
{
	const struct btf_type *d = btf__type_by_id(distilled, id);
	const char *name = btf__name_by_offset(distilled, d->name_off);
	struct rule_answer answer = { 0 };
	size_t low = 0, high = base->count, of_same_kind = 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(base->types[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < base->count && !strcmp(base->types[high].name, name); high++)
		of_same_kind += same_kind(d, btf__type_by_id(base->btf, base->types[high].id));
	for (size_t i = low; i < high; i++) {
		const struct btf_type *n = btf__type_by_id(base->btf, base->types[i].id);

		if (!answer.libbpf)
			answer.libbpf = seen_otherwise(d, n);
		if (!fits(d, n, embedded[id] || of_same_kind > 1, !embedded[id] && !of_same_kind))
			continue;
		answer.several |= answer.target;
		answer.target = base->types[i].id;
	}
	if (answer.several)
		answer.target = 0;
	return answer;
}
