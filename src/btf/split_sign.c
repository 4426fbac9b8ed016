/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decides whether BTF is split by looking for names and types past its end. Nearly all split BTF
 * has both among its first types, so a quick look at these is enough. All other BTF is examined in
 * full.
 */
#include <string.h>

#include "btf/header.h"
#include "btf/split_sign.h"
#include "util/cleanup.h"
#include "util/error.h"

/* Whether names, or type ids, lie inside or outside of BTF. */
struct reach {
	bool inside;
	bool outside;
};

static enum split_sign sign_from(bool starts_empty, const struct reach *names,
				 const struct reach *ids)
{
	if (!names->outside && !ids->outside)
		return starts_empty ? SPLIT_REFUTED : SPLIT_UNCLEAR;
	/* rebtf renumber moves standalone BTF past a base, including its empty string. */
	if (starts_empty)
		return names->outside && !names->inside && !ids->inside ? SPLIT_PROVEN
									: SPLIT_REFUTED;
	return (names->outside || !names->inside) && (ids->outside || !ids->inside) ? SPLIT_PROVEN
										    : SPLIT_UNCLEAR;
}

/*
 * Whether the first types have a name and a type past the end. @data: BTF whose strings do not
 * start with the empty string.
 */
static bool look_quickly(const uint8_t *data, const struct btf_sections *s)
{
	bool swapped = s->big_endian != HOST_BIG_ENDIAN, name = false, id = false;

	for (uint64_t at = 0, count = 0;
	     at + sizeof(struct rebtf_type) <= s->types.size && count < 100; count++) {
		const struct kind_layout *row;
		struct rebtf_type t;

		memcpy(&t, data + s->types.start + at, sizeof(t));
		if (swapped)
			swap_types(&t, sizeof(t));
		if (!kind_is_known(rebtf_type_kind(&t)))
			return false;
		row = layout_of(&t);
		name |= t.name_off && t.name_off >= s->strings.size;
		/* Larger than the number of types that fit into the section. */
		id |= row->third == THIRD_TYPE && t.type > s->types.size / sizeof(t);
		if (name && id)
			return true;
		at += sizeof(t) + row->info_size + (uint64_t)row->elem_size * rebtf_type_vlen(&t);
	}
	return false;
}

static void note_fields(const struct rebtf_type *t, enum rebtf_field field, uint32_t end,
			struct reach *reach)
{
	struct rebtf_field_iter it;
	const uint32_t *value;

	field_iter_init(&it, t, field);
	while ((value = field_iter_next(&it))) {
		reach->inside |= *value && *value < end;
		reach->outside |= *value && *value >= end;
	}
}

static enum split_sign look_in_full(const struct rebtf_btf *btf)
{
	struct reach names = {}, ids = {};

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		note_fields(t, REBTF_FIELD_STRINGS, btf->strings_size, &names);
		note_fields(t, REBTF_FIELD_IDS, btf->own_count + 1, &ids);
	}
	return sign_from(btf->strings_size && !btf->strings[0], &names, &ids);
}

bool split_sign_is_quick(const void *data, size_t size)
{
	struct btf_sections s;
	struct rebtf_error *err = header_parse(data, size, &s);

	if (err) {
		rebtf_error_free(err);
		return false;
	}
	return (!s.strings.size || ((const uint8_t *)data)[s.strings.start]) &&
	       look_quickly(data, &s);
}

struct rebtf_error *split_sign_of(const void *data, size_t size, enum split_sign *sign)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	*sign = split_sign_is_quick(data, size) ? SPLIT_PROVEN : SPLIT_REFUTED;
	if (*sign == SPLIT_PROVEN)
		return NULL;
	TRY(error_nomem_only(btf_open_unchecked(data, size, &btf, NULL)));
	if (btf)
		*sign = look_in_full(btf);
	return NULL;
}
