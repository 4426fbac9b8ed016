/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The library's function for deduplication, and access to its result. */
#include <stdlib.h>

#include "graph/dedup.h"
#include "graph/dedup_versions.h"
#include "util/error.h"
#include "util/options.h"

struct rebtf_dedup {
	struct rebtf_btf *btf;
	uint32_t *map;	 /* see dedup_types() */
	uint32_t before; /* number of types, with those of the base */
	uint32_t gone[REBTF_KNOWN_KINDS];
	struct version_list list;
};

static void dedup_count_gone(struct rebtf_dedup *dedup, const struct rebtf_btf *from)
{
	for (uint32_t i = 0; i < from->own_count; i++)
		dedup->gone[rebtf_type_kind(btf_own_type(from, i))]++;
	for (uint32_t i = 0; i < dedup->btf->own_count; i++)
		dedup->gone[rebtf_type_kind(btf_own_type(dedup->btf, i))]--;
}

struct rebtf_error *rebtf_dedup(const struct rebtf_btf *btf,
				const struct rebtf_dedup_options *options,
				struct rebtf_dedup **dedup)
{
	struct rebtf_dedup_options how;
	struct rebtf_error *err;
	struct rebtf_dedup *d;

	TRY(OPTIONS_COPY(rebtf_dedup_options, &how, options));
	d = calloc(1, sizeof(*d));
	if (!d)
		return error_nomem();
	d->before = rebtf_btf_type_count(btf);
	err = dedup_types(btf, &d->btf, &d->map);
	if (!err)
		dedup_count_gone(d, btf);
	if (!err && how.versions)
		err = versions_find(d->btf, &d->list);
	if (err)
		rebtf_dedup_free(d);
	else
		*dedup = d;
	return err;
}

void rebtf_dedup_free(struct rebtf_dedup *dedup)
{
	if (!dedup)
		return;
	rebtf_btf_unref(dedup->btf);
	free(dedup->map);
	version_list_release(&dedup->list);
	free(dedup);
}

struct rebtf_btf *rebtf_dedup_btf(const struct rebtf_dedup *dedup)
{
	return dedup->btf;
}

uint32_t rebtf_dedup_id(const struct rebtf_dedup *dedup, uint32_t id)
{
	if (id < dedup->btf->start_id)
		return id;
	return id < dedup->before ? dedup->map[id - dedup->btf->start_id] : 0;
}

uint32_t rebtf_dedup_gone(const struct rebtf_dedup *dedup, uint32_t kind)
{
	uint32_t all = 0;

	if (kind != REBTF_ANY_KIND)
		return kind < REBTF_KNOWN_KINDS ? dedup->gone[kind] : 0;
	for (kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		all += dedup->gone[kind];
	return all;
}

size_t rebtf_dedup_count(const struct rebtf_dedup *dedup)
{
	return dedup->list.versions.count;
}

const struct rebtf_version *rebtf_dedup_at(const struct rebtf_dedup *dedup, size_t index)
{
	return index < dedup->list.versions.count ? &dedup->list.versions.items[index] : NULL;
}
