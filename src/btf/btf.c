/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reference counting and accessors of the read-only object. open.c creates it. */
#include <stdlib.h>

#include "btf/btf.h"
#include "btf/name_index.h"
#include "util/error.h"

struct rebtf_btf *rebtf_ref(struct rebtf_btf *btf)
{
	atomic_fetch_add_explicit(&btf->refs, 1, memory_order_relaxed);
	return btf;
}

/* A loop, not recursion, because a chain of bases may be long. */
void rebtf_unref(struct rebtf_btf *btf)
{
	while (btf && atomic_fetch_sub_explicit(&btf->refs, 1, memory_order_acq_rel) == 1) {
		struct rebtf_btf *base = btf->base;

		name_index_free(atomic_load_explicit(&btf->index[0], memory_order_relaxed));
		name_index_free(atomic_load_explicit(&btf->index[1], memory_order_relaxed));
		pthread_mutex_destroy(&btf->index_lock);
		free(atomic_load_explicit(&btf->digest, memory_order_relaxed));
		free(atomic_load_explicit(&btf->roles, memory_order_relaxed));
		free(btf->places);
		free(btf->memory);
		free(btf->file);
		free(btf->release);
		free(btf);
		btf = base;
	}
}

struct rebtf_btf *rebtf_base(const struct rebtf_btf *btf)
{
	return btf->base;
}

uint32_t rebtf_type_count(const struct rebtf_btf *btf)
{
	return btf->start_id + btf->own_count;
}

uint32_t rebtf_start_id(const struct rebtf_btf *btf)
{
	return btf->start_id;
}

uint32_t rebtf_string_end(const struct rebtf_btf *btf)
{
	return btf->start_string + btf->strings_size;
}

uint32_t rebtf_start_string(const struct rebtf_btf *btf)
{
	return btf->start_string;
}

const struct rebtf_type *rebtf_type_by_id(const struct rebtf_btf *btf, uint32_t id)
{
	return id < rebtf_type_count(btf) ? btf_type(btf, id) : NULL;
}

const char *rebtf_string(const struct rebtf_btf *btf, uint32_t off)
{
	return !off || off < rebtf_string_end(btf) ? btf_string(btf, off) : NULL;
}

const char *rebtf_type_name(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return btf_string(btf, t->name_off);
}

bool rebtf_big_endian(const struct rebtf_btf *btf)
{
	return btf->big_endian;
}

bool rebtf_has_layout(const struct rebtf_btf *btf)
{
	return btf->layout;
}

struct rebtf_error *btf_error_at(struct rebtf_error *err, const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = rebtf_type_by_id(btf, id);
	const char *name = t ? rebtf_string(btf, t->name_off) : NULL;

	return error_at_type(err, id, t ? rebtf_kind_name(rebtf_type_kind(t)) : NULL, name);
}
