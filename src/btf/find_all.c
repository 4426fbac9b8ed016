/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds every type of a name in a chain of BTF objects. Each object's name index lists same-named
 * types by kind and size, so this file only filters and sorts.
 */
#include <stdlib.h>

#include "btf/name_index.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"
#include "util/order.h"
#include "util/vec.h"

static void find_all_sort(struct u32_vector *found, size_t from)
{
	size_t count = found->count - from;

	if (!found->failed && count > 1)
		qsort(found->items + from, count, sizeof(*found->items), by_uint32);
}

/* Appends the own types of one object. */
static struct rebtf_error *find_all_own(const struct rebtf_btf *btf, const char *name,
					uint32_t kind, struct u32_vector *found)
{
	size_t from = found->count;

	for (enum index_scope scope = INDEX_RELOCATABLE; scope <= INDEX_OTHER; scope++) {
		const struct name_index *index;
		struct id_run run;

		if (kind != REBTF_ANY_KIND && name_index_scope(kind) != scope)
			continue;
		TRY(name_index_get(btf, scope, &index));
		run = name_index_find(btf, index, name);
		for (size_t i = 0; i < run.count; i++) {
			if (kind == REBTF_ANY_KIND ||
			    rebtf_type_kind(btf_type(btf, run.ids[i])) == kind)
				u32_vector_append(found, run.ids[i]);
		}
	}
	find_all_sort(found, from);
	return NULL;
}

static struct rebtf_error *find_all(const struct rebtf_btf *btf, const char *name, uint32_t kind,
				    enum rebtf_find_order order, struct u32_vector *found)
{
	for (; btf; btf = btf->base)
		TRY(find_all_own(btf, name, kind, found));
	/* A base has lower ids than the split BTF over it. */
	if (order == REBTF_FIND_BASES_FIRST)
		find_all_sort(found, 0);
	return found->failed ? error_nomem() : NULL;
}

struct rebtf_error *rebtf_btf_find_all(const struct rebtf_btf *btf, const char *name, uint32_t kind,
				       enum rebtf_find_order order, uint32_t **ids, size_t *count)
{
	struct u32_vector found = {};
	struct rebtf_error *err = NULL;

	TRY(options_check("order of found types", order, REBTF_FIND_OWN_FIRST));
	if (*name)
		err = find_all(btf, name, kind, order, &found);
	if (err) {
		u32_vector_release(&found);
		return err;
	}
	*count = found.count;
	*ids = found.items;
	return NULL;
}

struct rebtf_error *btf_find_from(const struct rebtf_btf *btf, const char *name, uint32_t kind,
				  uint32_t first, uint32_t *id)
{
	_cleanup_(u32_vector_release) struct u32_vector found = {};

	*id = 0;
	for (; btf; btf = btf->start_id <= first ? NULL : btf->base)
		TRY(find_all_own(btf, name, kind, &found));
	if (found.failed)
		return error_nomem();
	for (size_t i = 0; i < found.count; i++)
		if (found.items[i] >= first && (!*id || found.items[i] < *id))
			*id = found.items[i];
	return NULL;
}
