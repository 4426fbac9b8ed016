/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes expectations: the definitions that the module's builder saw (see expects.h). Steps:
 *
 *   1. Choose the types of the distilled base to define: the embedded and the trusted ones.
 *   2. Follow the references of their definitions in the base that the module was built over. Stop
 *      at types of the distilled base, and at named structs: a struct by value matters for its
 *      size, a struct behind a pointer only for its existence.
 *   3. Write the definitions and then the types they refer to, in the base's order.
 *   4. Write a type tag for each trusted type. --trust is not given again when the module is
 *      relocated, and a definition alone does not distinguish a trusted from an embedded type.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/name_index.h"
#include "btf/reference.h"
#include "graph/embedded.h"
#include "split/expects.h"
#include "split/report.h"
#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"
#include "util/vec.h"

/* How a definition refers to a type. */
enum expect_path {
	BY_VALUE,
	BY_POINTER,
	EXPECT_PATHS,
};

struct expect_meeting {
	uint32_t id;
	enum expect_path path;
};

DEFINE_VECTOR(expect_work, struct expect_meeting);

struct expecting {
	const struct rebtf_btf *split;
	const struct rebtf_btf *distilled;
	const struct rebtf_btf *base;
	const uint32_t *origins;	  /* ids in the base, by id in the distilled base */
	const struct id_set *trusted;	  /* ids in the distilled base */
	struct id_set defined;		  /* ids in the distilled base */
	struct id_set others;		  /* ids in the base: types that definitions refer to */
	struct id_set seen[EXPECT_PATHS]; /* the same, by how definitions refer to them */
	struct expect_work work;
	enum expect_path path;	   /* how the current type refers to others */
	struct number_map new_ids; /* from ids in the base */
	struct rebtf_builder out;
};

static void expect_release(struct expecting *e)
{
	id_set_release(&e->defined);
	id_set_release(&e->others);
	id_set_release(&e->seen[BY_VALUE]);
	id_set_release(&e->seen[BY_POINTER]);
	expect_work_release(&e->work);
	number_map_release(&e->new_ids);
	builder_release(&e->out);
}

static bool map_id(struct expecting *e, uint32_t id, uint32_t new_id)
{
	struct table_slot *slot = number_map_find(&e->new_ids, id);

	return slot->value || number_map_add(&e->new_ids, slot, id, new_id);
}

static uint32_t mapped_id(const struct expecting *e, uint32_t id)
{
	return number_map_find(&e->new_ids, id)->value;
}

/* -------------------------------------------------------------------- choosing types to define */

/* Whether the original of a distilled type has a definition that adds to the distilled type. */
static bool has_definition(const struct expecting *e, uint32_t id)
{
	const struct rebtf_type *t = btf_type(e->distilled, id);
	const struct rebtf_type *origin = btf_type(e->base, e->origins[id]);
	uint32_t kind = rebtf_type_kind(t);

	return e->origins[id] && kind_has_members(kind) && match_key(t) == match_key(origin) &&
	       rebtf_type_vlen(origin);
}

/*
 * Only the order of same-named types pairs them with their definitions. So define all of them or no
 * type.
 */
static void define_same_named(struct expecting *e, const struct name_index *index,
			      struct id_set *done, uint32_t id)
{
	const struct rebtf_type *t = btf_type(e->distilled, id);
	uint64_t key = match_key(t);
	struct id_run run = name_index_find(e->distilled, index,
					    btf_string(e->distilled, t->name_off));
	bool all = true;

	run = id_run_between(e->distilled, run, key, key + 1);
	if (!id_set_add(done, run.ids[0]))
		return;
	for (size_t i = 0; i < run.count; i++)
		all = all && has_definition(e, run.ids[i]);
	for (size_t i = 0; all && i < run.count; i++)
		id_set_add(&e->defined, run.ids[i]);
}

static struct rebtf_error *define(struct expecting *e, const struct id_set *embedded,
				  struct id_set *done)
{
	const struct name_index *index;

	TRY(name_index_get(e->distilled, INDEX_RELOCATABLE, &index));
	for (uint32_t id = 1; id <= e->distilled->own_count; id++) {
		if ((id_set_has(embedded, id) || id_set_has(e->trusted, id)) &&
		    has_definition(e, id))
			define_same_named(e, index, done, id);
	}
	return NULL;
}

static struct rebtf_error *choose(struct expecting *e)
{
	struct id_set embedded, done = {};
	struct rebtf_error *err;

	TRY(find_embedded(e->split, EMBEDDED_BY_VALUE, &embedded));
	err = id_set_init(&done, e->split->start_id) ? define(e, &embedded, &done) : error_nomem();
	id_set_release(&done);
	id_set_release(&embedded);
	return err;
}

/* ------------------------------------------------------------------- following their references */

static void expect_meet(struct expecting *e, uint32_t id, enum expect_path path)
{
	if (!id || mapped_id(e, id) || !id_set_add(&e->seen[path], id))
		return;
	id_set_add(&e->others, id);
	expect_work_append(&e->work, (struct expect_meeting){ id, path });
}

static inline void expect_meet_field(void *arg, uint32_t id)
{
	struct expecting *e = arg;

	expect_meet(e, id, e->path);
}

static struct rebtf_error *expect_go_on_from(struct expecting *e,
					     const struct expect_meeting *meeting)
{
	const struct rebtf_type *t = btf_type(e->base, meeting->id);
	enum kind_below below = layout_of(t)->below;

	if (!kind_is_c_type(rebtf_type_kind(t)))
		return btf_error_at(
			error_new(
				REBTF_ERR_FORMAT,
				"a type that the module relies on has an invalid reference to this type"),
			e->base, meeting->id);
	if (btf_is_named_composite(e->base, t))
		return NULL;
	if (below == BELOW_SAME)
		e->path = meeting->path;
	else
		e->path = below == BELOW_SIZE ? BY_VALUE : BY_POINTER;
	visit_ids(t, expect_meet_field, e);
	return NULL;
}

/*
 * Afterwards all ids that definitions may refer to are known. Types that the distilled base has
 * with the same kind are mapped to their ids there. The others are not numbered yet.
 */
static struct rebtf_error *expect_follow(struct expecting *e)
{
	for (uint32_t id = 1; id <= e->distilled->own_count; id++) {
		uint32_t origin = e->origins[id];

		if (origin &&
		    match_key(btf_type(e->distilled, id)) == match_key(btf_type(e->base, origin)) &&
		    !map_id(e, origin, id))
			return error_nomem();
	}
	for (uint32_t id = 1; id <= e->distilled->own_count; id++) {
		if (!id_set_has(&e->defined, id))
			continue;
		e->path = BY_VALUE;
		visit_ids(btf_type(e->base, e->origins[id]), expect_meet_field, e);
	}
	for (size_t i = 0; i < e->work.count; i++) {
		/* A copy, because the list can move. */
		const struct expect_meeting meeting = e->work.items[i];

		TRY(expect_go_on_from(e, &meeting));
	}
	return e->work.failed ? error_nomem() : NULL;
}

/* ------------------------------------------------------------------------------------- writing */

/*
 * Writes a type that definitions refer to: only name and size if these suffice, else a full copy.
 */
static struct rebtf_error *write_other(struct expecting *e, uint32_t id)
{
	const struct rebtf_type *t = btf_type(e->base, id);
	struct rebtf_type named = { .name_off = t->name_off, .size = t->size };
	uint32_t kind = rebtf_type_kind(t);

	if (btf_is_named_composite(e->base, t) && !id_set_has(&e->seen[BY_VALUE], id)) {
		named = forward_of(t);
	} else if (btf_is_named_composite(e->base, t)) {
		named.info = kind << 24;
	} else if (kind_is_enum(kind) && *btf_string(e->base, t->name_off)) {
		named.info = (uint32_t)REBTF_KIND_ENUM << 24;
	} else {
		builder_append_type(&e->out, e->base, id);
		return reference_check_type(e->base, id);
	}
	builder_add(&e->out, &named, sizeof(named));
	return NULL;
}

static inline uint32_t expected_id(const void *arg, uint32_t id)
{
	return id ? mapped_id(arg, id) : 0;
}

static inline uint32_t expected_string(void *arg, uint32_t off)
{
	struct expecting *e = arg;

	return off ? builder_source_string(&e->out, off) : 0;
}

/* Maps names to the strings of the distilled base, so that they are shared. */
static bool share_names(struct expecting *e)
{
	for (uint32_t id = 1; id <= e->distilled->own_count; id++) {
		uint32_t from = btf_type(e->base, e->origins[id])->name_off;
		struct table_slot *slot = number_map_find(&e->out.source_offs, from);

		if (from && !slot->value &&
		    !number_map_add(&e->out.source_offs, slot, from,
				    btf_type(e->distilled, id)->name_off))
			return false;
	}
	return true;
}

/* Writes the type tags of trusted types. Their ids are final: do not renumber them. */
static void write_trusted(struct expecting *e)
{
	struct rebtf_type tag = { .info = (uint32_t)REBTF_KIND_TYPE_TAG << 24 };

	for (uint32_t id = 1; id < e->split->start_id; id++) {
		if (!id_set_has(e->trusted, id))
			continue;
		tag.name_off = tag.name_off ?: builder_append_string(&e->out, EXPECTS_TRUSTED);
		tag.type = id;
		builder_add(&e->out, &tag, sizeof(tag));
	}
}

static struct rebtf_error *write_all(struct expecting *e, struct rebtf_btf **expects)
{
	_cleanup_free_ uint32_t *others = id_set_list(&e->others);
	uint32_t next = e->split->start_id + e->defined.count;

	builder_start_like(&e->out, e->split->base, e->split, "record expectations");
	if (!others ||
	    !builder_set_source(&e->out, e->base, (size_t)e->distilled->own_count + e->others.count,
				true) ||
	    !share_names(e))
		return error_nomem();
	for (uint32_t id = 1; id <= e->distilled->own_count; id++) {
		if (!id_set_has(&e->defined, id))
			continue;
		TRY(reference_check_type(e->base, e->origins[id]));
		builder_append_type(&e->out, e->base, e->origins[id]);
	}
	for (uint32_t i = 0; i < e->others.count; i++) {
		TRY(write_other(e, others[i]));
		if (!map_id(e, others[i], next++))
			return error_nomem();
	}
	builder_map(&e->out, 0, builder_count(&e->out), expected_id, expected_string, e);
	write_trusted(e);
	return builder_assemble(&e->out, expects);
}

static struct rebtf_error *expect_build(struct expecting *e, struct rebtf_btf **expects)
{
	uint32_t end = rebtf_btf_type_count(e->base);

	if (!id_set_init(&e->defined, e->split->start_id) || !id_set_init(&e->others, end) ||
	    !id_set_init(&e->seen[BY_VALUE], end) || !id_set_init(&e->seen[BY_POINTER], end) ||
	    !number_map_init(&e->new_ids, e->split->start_id))
		return error_nomem();
	TRY(choose(e));
	TRY(expect_follow(e));
	return write_all(e, expects);
}

struct rebtf_error *expects_build(const struct rebtf_btf *split, const uint32_t *origins,
				  const struct rebtf_btf *base, const struct id_set *trusted,
				  struct rebtf_btf **expects)
{
	struct expecting e = {
		.split = split,
		.distilled = split->base,
		.base = base,
		.origins = origins,
		.trusted = trusted,
	};
	struct rebtf_error *err = expect_build(&e, expects);

	expect_release(&e);
	return err;
}

static void report_release(struct rebtf_report **report)
{
	rebtf_report_free(*report);
}

struct rebtf_error *rebtf_expects(const struct rebtf_btf *split, const struct rebtf_trust *trust,
				  struct rebtf_btf *old_base, struct rebtf_btf **expects)
{
	_cleanup_free_ uint32_t *origins = calloc(split->start_id, sizeof(*origins));
	_cleanup_(report_release) struct rebtf_report *report = NULL;
	struct rebtf_trust copy;
	struct id_set trusted;
	struct rebtf_error *err;

	if (!origins)
		return error_nomem();
	TRY(OPTIONS_COPY(rebtf_trust, &copy, trust));
	TRY(rebtf_relocate(split, old_base, &report, NULL));
	for (size_t i = 0; i < report->count; i++)
		origins[report->matches[i].id] = report->matches[i].target;
	TRY(find_trusted(split, &copy, &trusted));
	err = expects_build(split, origins, old_base, &trusted, expects);
	id_set_release(&trusted);
	return err;
}
