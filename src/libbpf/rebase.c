/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Distills and relocates split BTF, with the core's transforms; and puts types into another order. */
#include <stdlib.h>
#include <string.h>

#include "libbpf/ext.h"
#include "libbpf/message.h"
#include "libbpf/view.h"
#include "util/cleanup.h"

/* --- distill */

static int rebase_take_distilled(const struct btf *btf, const struct rebtf_btf *distilled,
				 const struct rebtf_btf *split, struct btf **new_base,
				 struct btf **new_split)
{
	struct btf *base = btf__new_empty(), *made = NULL;
	int err = base ? view_take(base, distilled) : -ENOMEM;

	if (!err) {
		base->swapped = btf->swapped;
		made = btf__new_empty_split(base);
		err = made ? view_take(made, split) : -ENOMEM;
	}
	if (err) {
		btf__free(made);
		btf__free(base);
		return err;
	}
	*new_base = base;
	*new_split = made;
	return 0;
}

int btf__distill_base(const struct btf *const_btf, struct btf **new_base, struct btf **new_split)
{
	/* A view is kept with the object, which is no change that callers can see. */
	struct btf *btf = (struct btf *)(uintptr_t)const_btf;
	_cleanup_unref_ struct rebtf_btf *distilled = NULL, *split = NULL;
	struct rebtf_btf *view;
	struct rebtf_error *err;

	if (!btf->base || !new_base || !new_split)
		return object_result(-EINVAL);
	err = view_get(btf, &view);
	if (!err)
		err = rebtf_distill(view, &distilled, &split);
	if (err)
		return object_result(message_error(err));
	return object_result(rebase_take_distilled(btf, distilled, split, new_base, new_split));
}

/* --- relocate */

int btf__relocate(struct btf *btf, const struct btf *const_base)
{
	struct btf *base = (struct btf *)(uintptr_t)const_base; /* as above */
	_cleanup_unref_ struct rebtf_btf *relocated = NULL;
	struct rebtf_btf *view, *base_view;
	struct rebtf_error *err;
	int result;

	if (!base || !btf->base || btf->base == base)
		return object_result(-EINVAL);
	err = view_get(btf, &view);
	if (!err)
		err = view_get(base, &base_view);
	if (!err)
		err = rebtf_relocate(view, base_view, NULL, &relocated);
	if (err)
		return object_result(message_error(err));
	result = view_take(btf, relocated);
	if (result)
		return object_result(result);
	if (btf->owns_base)
		btf__free(btf->base);
	btf->owns_base = false;
	object_set_base(btf, base);
	return 0;
}

/* --- permute */

struct permutation {
	const struct btf *btf;
	const uint32_t *id_map; /* by own type, from 0 */
};

static uint32_t permute_id(const void *arg, uint32_t id)
{
	const struct permutation *p = arg;

	return id < p->btf->start_id ? id : p->id_map[id - p->btf->start_id];
}

static uint32_t permute_id_in_ext(void *arg, uint32_t id)
{
	return permute_id(arg, id);
}

/* Sets the number of the own type that comes to each place. */
static bool permute_invert(const struct permutation *p, uint32_t *order)
{
	uint32_t count = object_count(p->btf);

	memset(order, 0xff, count * sizeof(*order));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t to = p->id_map[i] - p->btf->start_id;

		if (p->id_map[i] < p->btf->start_id || to >= count || order[to] != UINT32_MAX)
			return false;
		order[to] = i;
	}
	return true;
}

/* Every id must exist, because types can have been appended with ids that were to come. */
static bool permute_ids_exist(const struct btf *btf)
{
	for (uint32_t id = btf->start_id; id < object_end_id(btf); id++) {
		if (!object_ids_exist(btf, object_type(btf, id)))
			return false;
	}
	return true;
}

static int permute_types(struct permutation *p, const uint32_t *order, uint8_t *types,
			 uint32_t *places)
{
	const struct btf *btf = p->btf;
	size_t at = 0;

	for (uint32_t i = 0; i < object_count(btf); i++) {
		const struct rebtf_type *t = object_type(btf, btf->start_id + order[i]);
		size_t size = object_type_size(btf, t);

		if (!object_kind_is_known(rebtf_type_kind(t)) || size > btf->types.size - at)
			return -EINVAL;
		places[i] = at / sizeof(uint32_t);
		memcpy(types + at, t, size);
		map_ids((struct rebtf_type *)(types + at), permute_id, p);
		at += size;
	}
	return 0;
}

static int permute_in_place(struct btf *btf, const uint32_t *id_map, struct ext_section *ext)
{
	size_t count = object_count(btf);
	struct permutation p = { btf, id_map };
	_cleanup_free_ uint32_t *order = malloc(count * sizeof(*order) + 1);
	_cleanup_free_ uint32_t *places = malloc(count * sizeof(*places) + 1);
	_cleanup_free_ uint8_t *types = malloc(btf->types.size + 1);
	int err = object_make_modifiable(btf);

	if (err || !count)
		return err;
	if (!order || !places || !types)
		return -ENOMEM;
	if (!permute_invert(&p, order) || !permute_ids_exist(btf))
		return -EINVAL;
	err = permute_types(&p, order, types, places);
	if (!err && ext)
		err = ext_map_ids(ext, object_end_id(btf), permute_id_in_ext, &p);
	if (err)
		return err;
	memcpy(btf->types.data, types, btf->types.size);
	memcpy(btf->places.items, places, count * sizeof(*places));
	return 0;
}

int btf__permute(struct btf *btf, uint32_t *id_map, uint32_t count,
		 const struct btf_permute_opts *opts)
{
	/* Without a base the map has an entry for void. */
	uint32_t start = !btf->base;

	if (!object_options_valid(opts, sizeof(*opts)) || (start && id_map[0]) ||
	    count != object_count(btf) + start)
		return object_result(-EINVAL);
	return object_result(permute_in_place(btf, id_map + start,
					      OBJECT_OPTION(opts, btf_ext, NULL)));
}
