/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Accessors of the read-only object. open.c creates it, refs.c frees it. */
#include <stdlib.h>

#include "btf/btf.h"
#include "util/error.h"

struct rebtf_btf *rebtf_btf_base(const struct rebtf_btf *btf)
{
	return btf->base;
}

uint32_t rebtf_btf_type_count(const struct rebtf_btf *btf)
{
	return btf->start_id + btf->own_count;
}

uint32_t rebtf_btf_start_id(const struct rebtf_btf *btf)
{
	return btf->start_id;
}

uint32_t rebtf_btf_string_end(const struct rebtf_btf *btf)
{
	return btf->start_string + btf->strings_size;
}

uint32_t rebtf_btf_start_string(const struct rebtf_btf *btf)
{
	return btf->start_string;
}

const struct rebtf_type *rebtf_btf_type(const struct rebtf_btf *btf, uint32_t id)
{
	return id < rebtf_btf_type_count(btf) ? btf_type(btf, id) : NULL;
}

const char *rebtf_btf_string(const struct rebtf_btf *btf, uint32_t off)
{
	return !off || off < rebtf_btf_string_end(btf) ? btf_string(btf, off) : NULL;
}

const char *rebtf_btf_type_name(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return btf_string(btf, t->name_off);
}

bool rebtf_btf_is_big_endian(const struct rebtf_btf *btf)
{
	return btf->big_endian;
}

bool rebtf_btf_has_layout(const struct rebtf_btf *btf)
{
	return btf->layout;
}

struct rebtf_error *btf_error_at(struct rebtf_error *err, const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_btf_type(btf, id);
	const char *name = t ? rebtf_btf_string(btf, t->name_off) : NULL;

	return error_at_type(err, id, t ? rebtf_kind_name(rebtf_type_kind(t)) : NULL, name);
}

struct rebtf_error *btf_require_known_kind(const struct rebtf_btf *btf, uint32_t id,
					   const char *doing)
{
	uint32_t kind = rebtf_type_kind(btf_type(btf, id));

	if (kind_is_known(kind))
		return NULL;
	return btf_error_at(error_new(REBTF_ERR_UNSUPPORTED,
				      "cannot %s: unknown kind %u may hold references", doing,
				      kind),
			    btf, id);
}

struct rebtf_error *btf_require_known_reached(const struct rebtf_btf *btf, uint32_t id,
					      const char *doing)
{
	uint32_t kind = rebtf_type_kind(btf_type(btf, id));

	if (kind_is_known(kind))
		return NULL;
	return btf_error_at(
		error_new(REBTF_ERR_UNSUPPORTED,
			  "cannot %s: the split refers to this base type of unknown kind %u", doing,
			  kind),
		btf, id);
}

struct rebtf_error *btf_require_known_kinds(const struct rebtf_btf *btf, const char *doing)
{
	if (!btf->has_unknown)
		return NULL;
	for (uint32_t i = 0; i < btf->own_count; i++)
		TRY(btf_require_known_kind(btf, btf->start_id + i, doing));
	return NULL;
}
