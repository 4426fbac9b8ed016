/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Distills split BTF: reduces its base to a small base that records only the names and sizes of the
 * types that the split refers to. Steps:
 *
 *   1. Follow every reference from the split's types into the base, except into the members of
 *      named structs and unions. A reached type whose name relocation can look up in a kernel
 *      goes into the distilled base. All other types (pointers, typedefs, prototypes, anonymous
 *      structs) join the split. Trusted ids are followed too, but only their named types are
 *      taken: no type of the split refers to the rest.
 *   2. Build the distilled base.
 *   3. Copy the split's types, append the types that join it, and renumber all of them.
 *
 * Both results are numbered in the base's order, as libbpf numbers them.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/reference.h"
#include "split/expects.h"
#include "graph/id_set.h"
#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

struct distill {
	const struct rebtf_btf *split;
	const struct rebtf_btf *base;
	const struct rebtf_trust *trust; /* NULL: trust no type, record no expectations */
	struct id_set reached;	   /* types of the base, and void, so that void is never new */
	struct u32_vector joining; /* types that join the split, as discovered */
	struct id_set led;	   /* base types that trusted ids lead to, but that do not join */
	struct u32_vector leading; /* the types in led, as discovered */
	uint32_t *ids;		   /* the members of reached, ascending */
	uint32_t *new_ids;	   /* the new id of each, in the same order */
	uint32_t base_count;	   /* types in the distilled base, void included */
	struct rebtf_builder out;  /* of the distilled base, then of the split */
	uint32_t base_strings;	   /* bytes of strings in the distilled base */
};

static void distill_release(struct distill *d)
{
	id_set_release(&d->reached);
	u32_vector_release(&d->joining);
	id_set_release(&d->led);
	u32_vector_release(&d->leading);
	free(d->ids);
	free(d->new_ids);
	builder_release(&d->out);
}

static inline void distill_reach(void *arg, uint32_t id)
{
	struct distill *d = arg;

	if (id >= d->split->start_id || !id_set_add(&d->reached, id))
		return;
	if (!btf_is_findable(d->base, btf_type(d->base, id)))
		u32_vector_append(&d->joining, id);
}

static inline void lead(void *arg, uint32_t id)
{
	struct distill *d = arg;

	if (id >= d->split->start_id || !id_set_add(&d->led, id))
		return;
	if (btf_is_findable(d->base, btf_type(d->base, id)))
		id_set_add(&d->reached, id);
	else
		u32_vector_append(&d->leading, id);
}

static struct rebtf_error *follow_trust(struct distill *d)
{
	if (!d->trust || !d->trust->id_count)
		return NULL;
	if (!id_set_init(&d->led, d->split->start_id))
		return error_nomem();
	id_set_add(&d->led, 0);
	for (size_t i = 0; i < d->trust->id_count; i++)
		lead(d, d->trust->ids[i]);
	for (size_t i = 0; i < d->leading.count; i++)
		visit_ids(btf_type(d->base, d->leading.items[i]), lead, d);
	return d->leading.failed ? error_nomem() : NULL;
}

/* The list of joining types grows during the loop: each type in it is followed in turn. */
static struct rebtf_error *distill_follow_references(struct distill *d)
{
	id_set_add(&d->reached, 0);
	for (uint32_t i = 0; i < d->split->own_count; i++)
		visit_ids(btf_own_type(d->split, i), distill_reach, d);
	TRY(follow_trust(d));
	for (size_t i = 0; i < d->joining.count; i++) {
		uint32_t id = d->joining.items[i];

		TRY(btf_require_known_reached(d->base, id, "distill"));
		/* The distilled module must open again, but a base may hold invalid references. */
		TRY(reference_check_type(d->base, id));
		visit_ids(btf_type(d->base, id), distill_reach, d);
	}
	return d->joining.failed ? error_nomem() : NULL;
}

/*
 * Order: the distilled base's types, the split's types, the types that join the split. Each group
 * keeps its own order.
 */
static struct rebtf_error *number_types(struct distill *d)
{
	const uint32_t joins = UINT32_MAX;
	uint32_t next_distilled = 1, next_joining;

	d->ids = id_set_list(&d->reached);
	d->new_ids = calloc(d->reached.count, sizeof(*d->new_ids));
	if (!d->ids || !d->new_ids)
		return error_nomem();
	for (size_t i = 0; i < d->joining.count; i++)
		d->new_ids[id_set_rank(&d->reached, d->joining.items[i])] = joins;
	d->base_count = d->reached.count - d->joining.count;
	next_joining = d->base_count + d->split->own_count;
	for (uint32_t i = 1; i < d->reached.count; i++)
		d->new_ids[i] = d->new_ids[i] == joins ? next_joining++ : next_distilled++;
	return NULL;
}

/* Whether reached type number @i belongs to the distilled base. */
static bool is_distilled(const struct distill *d, uint32_t i)
{
	return d->new_ids[i] < d->base_count;
}

/* Builds a type of the distilled base: without its elements, if its kind has any. */
static void build_distilled(struct distill *d, const struct rebtf_type *t)
{
	uint32_t kind = kind_is_enum(rebtf_type_kind(t)) ? REBTF_KIND_ENUM : rebtf_type_kind(t);
	struct {
		struct rebtf_type type;
		uint32_t info; /* of an INT */
	} distilled = {
		.type.name_off = builder_source_string(&d->out, t->name_off),
		.type.info = kind_is_scalar(kind) ? t->info : kind << 24,
		.type.size = t->size,
	};

	if (kind == REBTF_KIND_INT)
		distilled.info = *(const uint32_t *)rebtf_type_data(t);
	builder_add(&d->out, &distilled.type, sizeof(*t) + layout_of(t)->info_size);
}

static struct rebtf_error *build_base(struct distill *d, struct rebtf_btf **distilled_base)
{
	struct rebtf_builder *out = &d->out;

	builder_start_like(out, NULL, d->split, "distill");
	/* Names come with the reached types, and from the split's own parameters and members. */
	builder_set_source(out, d->base, (size_t)d->reached.count + d->split->own_count / 2, true);
	/* Enough room for the usual case: an INT is the largest type, and names are short. */
	builder_make_room(out, (size_t)d->base_count * 16, d->base_count);
	buffer_reserve(&out->strings.text, (size_t)d->base_count * 16);
	for (uint32_t i = 1; !out->err && i < d->reached.count; i++) {
		if (is_distilled(d, i))
			build_distilled(d, btf_type(d->base, d->ids[i]));
	}
	return builder_assemble(out, distilled_base);
}

static inline uint32_t distilled_id(const void *arg, uint32_t id)
{
	const struct distill *d = arg;

	if (id >= d->split->start_id)
		return id - d->split->start_id + d->base_count;
	return id ? d->new_ids[id_set_rank(&d->reached, id)] : 0;
}

static inline uint32_t distilled_string(void *arg, uint32_t off)
{
	struct distill *d = arg;

	if (!off)
		return 0;
	if (off >= d->split->start_string)
		return off - d->split->start_string + d->base_strings;
	return builder_source_string(&d->out, off);
}

static struct rebtf_error *build_split(struct distill *d, struct rebtf_btf *distilled_base,
				       struct rebtf_btf **new_split)
{
	const struct rebtf_btf *split = d->split;
	struct rebtf_builder *out = &d->out;

	d->base_strings = rebtf_btf_string_end(distilled_base);
	builder_go_on_over(out, distilled_base);
	/* Room for all known types and some more, so that the buffers rarely move. */
	builder_make_room(out, (size_t)split->types_size * 2 + split->strings_size,
			  (size_t)split->own_count + d->reached.count);
	builder_keep_own(out, split);
	for (uint32_t i = 1; i < d->reached.count; i++) {
		if (!is_distilled(d, i))
			builder_append_type(out, d->base, d->ids[i]);
	}
	builder_map(out, 0, builder_count(out), distilled_id, distilled_string, d);
	builder_sort_locations(out);
	return builder_assemble(out, new_split);
}

static struct rebtf_error *write_expects(struct distill *d, const struct rebtf_btf *new_split,
					 struct rebtf_btf **expects)
{
	_cleanup_free_ uint32_t *origins = calloc(d->base_count, sizeof(*origins));
	_cleanup_id_set_ struct id_set trusted_before = {}, trusted = {};

	if (!origins || !id_set_init(&trusted, d->base_count))
		return error_nomem();
	/*
	 * Only here is the whole base available: a trusted name may be that of a kernel function.
	 */
	TRY(find_trusted(d->split, d->trust, &trusted_before));
	for (uint32_t i = 1; i < d->reached.count; i++) {
		if (!is_distilled(d, i))
			continue;
		origins[d->new_ids[i]] = d->ids[i];
		if (id_set_has(&trusted_before, d->ids[i]))
			id_set_add(&trusted, d->new_ids[i]);
	}
	return expects_build(new_split, origins, d->base, &trusted, expects);
}

static struct rebtf_error *distill_check_arguments(const struct distill *d)
{
	if (!d->base)
		return error_new(REBTF_ERR_ARGUMENT,
				 "cannot distill: no base (expected split BTF)");
	if (d->trust)
		TRY(check_trust(d->split, d->trust));
	return btf_require_known_kinds(d->split, "distill");
}

/* Chooses and numbers the types of the distilled base and of the new split. */
static struct rebtf_error *distill_plan(struct distill *d)
{
	TRY(distill_check_arguments(d));
	if (!id_set_init(&d->reached, d->split->start_id))
		return error_nomem();
	TRY(distill_follow_references(d));
	return number_types(d);
}

/* @expects NULL: do not record expectations. */
static struct rebtf_error *distill_run(struct distill *d, struct rebtf_btf **distilled_base,
				       struct rebtf_btf **new_split, struct rebtf_btf **expects)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	_cleanup_unref_ struct rebtf_btf *split = NULL;

	TRY(distill_plan(d));
	TRY(build_base(d, &base));
	TRY(build_split(d, base, &split));
	if (expects)
		TRY(write_expects(d, split, expects));
	*distilled_base = take_ptr(&base);
	*new_split = take_ptr(&split);
	return NULL;
}

struct rebtf_error *rebtf_distill(const struct rebtf_btf *split, struct rebtf_btf **distilled_base,
				  struct rebtf_btf **new_split)
{
	struct distill d = { .split = split, .base = split->base };
	struct rebtf_error *err = distill_run(&d, distilled_base, new_split, NULL);

	distill_release(&d);
	return err;
}

struct rebtf_error *rebtf_distill_expects(const struct rebtf_btf *split,
					  const struct rebtf_trust *trust,
					  struct rebtf_btf **distilled_base,
					  struct rebtf_btf **new_split, struct rebtf_btf **expects)
{
	struct rebtf_trust copy;
	struct distill d = { .split = split, .base = split->base, .trust = &copy };
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_trust, &copy, trust));
	err = distill_run(&d, distilled_base, new_split, expects);
	distill_release(&d);
	return err;
}

struct rebtf_error *expects_of_distilled(const struct rebtf_btf *split,
					 const struct rebtf_trust *trust,
					 const struct rebtf_btf *new_split,
					 struct rebtf_btf **expects)
{
	struct distill d = { .split = split, .base = split->base };
	struct rebtf_error *err = distill_plan(&d);

	d.trust = trust;
	err = err ?: write_expects(&d, new_split, expects);
	distill_release(&d);
	return err;
}
