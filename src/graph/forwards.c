/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Replaces forward declarations by their definitions. Only the name identifies a definition, as in
 * BTF deduplication. A kernel has a forward declaration if it was compiled without the struct,
 * which may be defined in one of its modules. And a module often has its own copy of a kernel
 * struct, which differs only because a single type, deep inside, is defined in the module alone.
 */
#include <stdlib.h>

#include "btf/resolve.h"
#include "graph/forwards.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/number_map.h"

/* Value in a map of names: several types have this name. */
#define UNCLEAR UINT32_MAX

/* A key that a struct or union shares with its forward declarations. */
static uint32_t name_key(const struct rebtf_type *t)
{
	bool is_union = rebtf_type_kind(t) == REBTF_KIND_FWD
				? rebtf_type_kind_flag(t)
				: rebtf_type_kind(t) == REBTF_KIND_UNION;

	return t->name_off << 1 | is_union;
}

static struct rebtf_error *enter_names(const struct type_run *run, struct number_map *names)
{
	for (uint32_t id = 1; id <= run->count; id++) {
		const struct rebtf_type *t = run_type(run, id);
		struct table_slot *slot;

		if (!t->name_off || !kind_is_composite(rebtf_type_kind(t)))
			continue;
		slot = number_map_find(names, name_key(t));
		if (slot->value)
			slot->value = UNCLEAR;
		else if (!number_map_add(names, slot, name_key(t), id))
			return error_nomem();
	}
	return NULL;
}

/*
 * If a cut struct or union has the same name but another size, the definition is a different type.
 */
static void doubt_names(const struct type_run *run, const uint32_t *cut_sizes,
			struct number_map *names)
{
	for (uint32_t id = 1; id <= run->count; id++) {
		struct table_slot *slot;

		if (cut_sizes[id] == NOT_CUT)
			continue;
		slot = number_map_find(names, name_key(run_type(run, id)));
		if (slot->value && slot->value != UNCLEAR &&
		    run_type(run, slot->value)->size != cut_sizes[id])
			slot->value = UNCLEAR;
	}
}

/* Types that contain, by value, the one type that they refer to. */
#define TRANSPARENT (FAMILY_ALIAS | FAMILY_VARIABLE)

struct containment {
	const struct type_run *run;
	uint8_t *contained; /* indexed by id */
};

static inline void note_contained(void *arg, uint32_t id)
{
	struct containment *c = arg;

	while (id && !c->contained[id]) {
		c->contained[id] = true;
		if (!resolve_step(run_type(c->run, id), TRANSPARENT, &id))
			break;
	}
}

void forwards_find_contained(const struct type_run *run, uint8_t *contained)
{
	struct containment c = { .run = run, .contained = contained };

	for (uint32_t id = 1; id <= run->count; id++) {
		const struct rebtf_type *t = run_type(run, id);

		if (layout_of(t)->by_value && !(layout_of(t)->family & TRANSPARENT))
			visit_ids(t, note_contained, &c);
	}
}

static void find_targets(const struct type_run *run, const uint8_t *contained,
			 const struct number_map *names, uint32_t *targets, uint32_t *found)
{
	*found = 0;
	targets[0] = 0;
	for (uint32_t id = 1; id <= run->count; id++) {
		const struct rebtf_type *t = run_type(run, id);
		struct table_slot *slot;

		targets[id] = id;
		if (rebtf_type_kind(t) != REBTF_KIND_FWD || contained[id])
			continue;
		slot = number_map_find(names, name_key(t));
		if (slot->value && slot->value != UNCLEAR) {
			targets[id] = slot->value;
			++*found;
		}
	}
}

struct rebtf_error *resolve_forwards(const struct type_run *run, const uint32_t *cut_sizes,
				     uint32_t *targets, uint32_t *found)
{
	_cleanup_free_ uint8_t *contained = calloc((size_t)run->count + 1, 1);
	struct number_map names = {};
	struct rebtf_error *err;

	if (!contained || !number_map_init(&names, 0))
		return error_nomem();
	err = enter_names(run, &names);
	if (!err) {
		doubt_names(run, cut_sizes, &names);
		forwards_find_contained(run, contained);
		find_targets(run, contained, &names, targets, found);
	}
	number_map_release(&names);
	return err;
}
