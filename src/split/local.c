/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Builds the local copies of localized types. A copy depends on the information at hand and on how
 * the module uses the type. It is the full old definition, with which the module was compiled; or
 * only the size; or, behind a pointer, only the name. A definition refers to other types: the new
 * base has them, or they become local as well.
 */
#include <stdlib.h>

#include "split/find.h"
#include "split/local.h"
#include "split/report.h"
#include "util/error.h"

DEFINE_VECTOR(local_sources, const struct rebtf_type *);

struct localizing {
	const struct rebtf_report *report;
	const struct rebtf_btf *distilled;
	const struct rebtf_btf *expects; /* or NULL */
	struct finder finder;
	struct rebtf_builder *out;
	struct local_types *local;
	struct local_sources sources; /* the original of each local type; NULL: made up */
	bool by_value;		      /* whether the current type contains others by value */
	struct rebtf_error *err;
};

void local_types_release(struct local_types *local)
{
	free(local->expected_ids);
	free(local->by_value_ids);
}

static uint32_t append_copy(struct localizing *l, const struct rebtf_btf *btf, uint32_t id)
{
	local_sources_append(&l->sources, btf_type(btf, id));
	return builder_append_type(l->out, btf, id);
}

/* Behind a pointer the name is enough. */
static uint32_t append_fwd(struct localizing *l, const struct rebtf_type *t)
{
	const struct rebtf_type fwd = forward_of(t);

	local_sources_append(&l->sources, NULL);
	return builder_add(l->out, &fwd, sizeof(fwd)) ? l->out->last : 0;
}

/* Appends the most complete definition known. */
static uint32_t append_full(struct localizing *l, const struct rebtf_match *match)
{
	if (match->expected)
		return append_copy(l, l->expects, match->expected);
	return append_copy(l, l->distilled, match->id);
}

static uint32_t append_match(struct localizing *l, const struct rebtf_match *match)
{
	const struct rebtf_type *t = btf_type(l->distilled, match->id);

	if (kind_is_composite(rebtf_type_kind(t)) && !match->embedded)
		return append_fwd(l, t);
	return append_full(l, match);
}

/* Ensures that own type @id of the expectations has a new id. */
static void local_need(struct localizing *l, uint32_t id)
{
	const struct rebtf_type *t = btf_type(l->expects, id);
	uint32_t *new_id = &l->local->expected_ids[id - l->expects->start_id];
	struct id_run run = {};

	if (*new_id || l->err)
		return;
	if (btf_is_findable(l->expects, t)) {
		finder_name(&l->finder, btf_string(l->expects, t->name_off));
		l->err = find_fitting(&l->finder, t, true, &run);
	}
	*new_id = run.count == 1 ? run.ids[0] : append_copy(l, l->expects, id);
}

/*
 * A definition contains distilled type @id by value. The module itself may reach that type only
 * through pointers, so its size did not matter before. Here its old size matters.
 */
static void need_by_value(struct localizing *l, uint32_t id)
{
	const struct rebtf_match *match = &l->report->matches[id - 1];
	const struct rebtf_type *t = btf_type(l->distilled, id);
	const struct rebtf_type *target = btf_type(l->report->new_base, match->target);
	uint32_t *new_id = &l->local->by_value_ids[id];

	if (*new_id || !kind_is_composite(rebtf_type_kind(t)))
		return;
	if (match->localized ? !match->embedded : match_key(t) != match_key(target))
		*new_id = append_full(l, match);
}

static inline void need_field(void *arg, uint32_t id)
{
	struct localizing *l = arg;

	if (id >= l->expects->start_id)
		local_need(l, id);
	else if (id && l->by_value)
		need_by_value(l, id);
}

static struct rebtf_error *local_collect(struct localizing *l, struct rebtf_report *report)
{
	if (l->expects) {
		l->local->expected_ids = calloc(l->expects->own_count + 1,
						sizeof(*l->local->expected_ids));
		l->local->by_value_ids = calloc(l->expects->start_id,
						sizeof(*l->local->by_value_ids));
		if (!l->local->expected_ids || !l->local->by_value_ids)
			return error_nomem();
		TRY(finder_init(&l->finder, report->new_base, l->expects));
	}
	for (size_t i = 0; i < report->count; i++) {
		if (report->matches[i].localized)
			report->matches[i].local = append_match(l, &report->matches[i]);
	}
	/* The list of sources grows during the loop. */
	for (size_t i = 0; l->expects && i < l->sources.count && !l->out->err; i++) {
		const struct rebtf_type *source = l->sources.items[i];

		if (!source)
			continue;
		l->by_value = layout_of(source)->by_value;
		visit_ids(source, need_field, l);
	}
	return l->err ?: l->sources.failed ? error_nomem() : NULL;
}

struct rebtf_error *local_types_collect(struct rebtf_report *report, struct rebtf_builder *out,
					struct local_types *local)
{
	struct localizing l = {
		.report = report,
		.distilled = report->distilled_base,
		.expects = report->expects,
		.out = out,
		.local = local,
	};
	struct rebtf_error *err = local_collect(&l, report);

	local_sources_release(&l.sources);
	finder_release(&l.finder);
	return err;
}
