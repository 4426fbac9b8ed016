/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares two definitions of one name. A change breaks a class of users: of a type that is gone,
 * all; of a type of another size, those who contain it; of a type whose members changed, those who
 * rely on the members.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/pointer_size.h"
#include "btf/resolve.h"
#include "core/diff_judge.h"
#include "core/kabi.h"
#include "graph/same_type.h"
#include "graph/spell.h"
#include "util/error.h"

static const struct rebtf_btf *btf_of(const struct diff_entity *entity)
{
	return entity->member->btf;
}

static const struct rebtf_type *type_of(const struct diff_entity *entity)
{
	return btf_type(btf_of(entity), entity->id);
}

static void set_breaks(struct difference *d, enum rebtf_reliance reliance)
{
	if (d->public.compatible || reliance < d->public.breaks)
		d->public.breaks = reliance;
	d->public.compatible = false;
}

/* Returns NULL if out of memory. */
static char *spelled_type(const struct rebtf_btf *btf, uint32_t id)
{
	char text[SPELLING_MAX];
	uint64_t work = 0;

	spell_type(btf, id, text, &work);
	return strdup(text);
}

static struct rebtf_error *spell_both(struct difference *d, uint32_t old_id, uint32_t new_id)
{
	d->old_type = spelled_type(btf_of(&d->old), old_id);
	d->new_type = spelled_type(btf_of(&d->new), new_id);
	return d->old_type && d->new_type ? NULL : error_nomem();
}

/* 0 for types without a size: functions and declarations. */
static uint64_t type_size_of(const struct rebtf_btf *btf, uint32_t id)
{
	uint64_t size;

	return resolve_size(btf, id, pointer_size(btf) ?: 8, &size) ? size : 0;
}

static void judge_sizes(struct difference *d)
{
	if (d->public.old_size != d->public.new_size)
		set_breaks(d, REBTF_RELIANCE_EMBEDDED);
}

/* -------------------------------------------------------------------------------------- members */

/* Whether a member changed its size, so that its own type explains why others moved. */
static bool has_resized_member(const struct rebtf_change_list *list)
{
	for (size_t i = 0; i < list->changes.count; i++) {
		const struct rebtf_change *change = &list->changes.items[i];

		if (change->old_name && change->new_name && change->old_size != change->new_size)
			return true;
	}
	return false;
}

static struct rebtf_error *list_changes(struct difference *d, uint32_t old_id, uint32_t new_id)
{
	TRY(compare_list(btf_of(&d->old), old_id, btf_of(&d->new), new_id, true, *d->budget,
			 &d->changes));
	budget_spend(d->budget, d->changes->cost);
	return NULL;
}

static struct rebtf_error *judge_all_members(struct difference *d, uint32_t old_id, uint32_t new_id)
{
	const struct rebtf_btf *old_btf = btf_of(&d->old), *new_btf = btf_of(&d->new);
	bool is_composite = rebtf_is_composite(btf_type(old_btf, old_id)), same_shape = false;

	TRY(list_changes(d, old_id, new_id));
	if (is_composite) {
		TRY(kabi_excuse(d->changes, old_id, new_id, d->budget));
		TRY(type_hash_same_shape(&d->old.member->hashes, old_id, &d->new.member->hashes,
					 new_id, &same_shape));
	}
	d->is_derived = same_shape && has_resized_member(d->changes);
	d->public.old_size = btf_type(old_btf, old_id)->size;
	d->public.new_size = btf_type(new_btf, new_id)->size;
	if (d->changes->harmful)
		set_breaks(d, REBTF_RELIANCE_TRUSTED);
	judge_sizes(d);
	return NULL;
}

/* ------------------------------------------------------------------------------ other definitions */

/* Compares types that have a spelling, such as those of a typedef or variable. */
static struct rebtf_error *judge_type(struct difference *d, uint32_t old_id, uint32_t new_id)
{
	const struct rebtf_btf *old_btf = btf_of(&d->old), *new_btf = btf_of(&d->new);
	struct comparison c;
	bool same, no_memory;

	comparison_init(&c, old_btf, new_btf, 0, 0, *d->budget);
	same = same_type(&c, old_id, new_id);
	no_memory = c.no_memory;
	budget_spend(d->budget, comparison_cost(&c));
	comparison_release(&c);
	if (no_memory)
		return error_nomem();
	d->public.old_size = type_size_of(old_btf, old_id);
	d->public.new_size = type_size_of(new_btf, new_id);
	if (!same)
		set_breaks(d, REBTF_RELIANCE_TRUSTED);
	judge_sizes(d);
	return spell_both(d, old_id, new_id);
}

/* The unnamed struct, union or enumeration that a typedef is the name of; else 0. */
static uint32_t unnamed_target(const struct diff_entity *entity)
{
	uint32_t id = type_of(entity)->type;
	const struct rebtf_type *t = resolve_skip(btf_of(entity), FAMILY_ALIAS, &id);

	/* Another typedef between them has the definition. */
	if (id != type_of(entity)->type || !t || t->name_off ||
	    !kind_has_members(rebtf_type_kind(t)))
		return 0;
	return id;
}

static struct rebtf_error *judge_typedef(struct difference *d)
{
	uint32_t old_id = unnamed_target(&d->old), new_id = unnamed_target(&d->new);

	if (old_id && new_id &&
	    declared_kind(btf_type(btf_of(&d->old), old_id)) ==
		    declared_kind(btf_type(btf_of(&d->new), new_id)))
		return judge_all_members(d, old_id, new_id);
	return judge_type(d, type_of(&d->old)->type, type_of(&d->new)->type);
}

static void judge_parameters(struct difference *d)
{
	d->changes->harmful = 0;
	for (size_t i = 0; i < d->changes->changes.count; i++) {
		struct rebtf_change *change = &d->changes->changes.items[i];

		change->harmless = change->excuse == REBTF_EXCUSE_SPELLING;
		if (change->kind == REBTF_CHANGE_RENAMED) {
			change->harmless = true;
			change->excuse = REBTF_EXCUSE_PARAMETER;
		}
		d->changes->harmful += !change->harmless;
	}
	if (d->changes->harmful)
		set_breaks(d, REBTF_RELIANCE_TRUSTED);
}

static struct rebtf_error *judge_function(struct difference *d)
{
	uint32_t old_id = type_of(&d->old)->type, new_id = type_of(&d->new)->type;

	TRY(spell_both(d, old_id, new_id));
	/* A damaged file can have a FUNC of another type, which has no parameters. */
	if (rebtf_type_kind(btf_type(btf_of(&d->old), old_id)) != REBTF_KIND_FUNC_PROTO ||
	    rebtf_type_kind(btf_type(btf_of(&d->new), new_id)) != REBTF_KIND_FUNC_PROTO) {
		set_breaks(d, REBTF_RELIANCE_TRUSTED);
		return NULL;
	}
	TRY(list_changes(d, old_id, new_id));
	judge_parameters(d);
	return NULL;
}

static struct rebtf_error *judge_base(struct difference *d)
{
	const struct rebtf_type *o = type_of(&d->old), *n = type_of(&d->new);

	d->public.old_size = o->size;
	d->public.new_size = n->size;
	set_breaks(d, o->size != n->size ? REBTF_RELIANCE_EMBEDDED : REBTF_RELIANCE_TRUSTED);
	return NULL;
}

/* ------------------------------------------------------------------------------------------ pairs */

static bool is_declared_only(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_FWD;
}

static struct rebtf_error *judge_tags(struct difference *d)
{
	const struct rebtf_type *o = type_of(&d->old), *n = type_of(&d->new);

	if (declared_kind(o) != declared_kind(n)) {
		d->public.kind = REBTF_DIFFERENCE_KIND;
		set_breaks(d, REBTF_RELIANCE_POINTER_ONLY);
		return NULL;
	}
	if (is_declared_only(o) || is_declared_only(n)) {
		d->public.kind = is_declared_only(n) ? REBTF_DIFFERENCE_DECLARED
						     : REBTF_DIFFERENCE_DEFINED;
		return NULL;
	}
	return judge_all_members(d, d->old.id, d->new.id);
}

static struct rebtf_error *judge_both(struct difference *d)
{
	switch (diff_class_of(type_of(&d->old))) {
	case DIFF_CLASS_TAG:
		return judge_tags(d);
	case DIFF_CLASS_TYPEDEF:
		return judge_typedef(d);
	case DIFF_CLASS_BASE:
		return rebtf_type_kind(type_of(&d->old)) == rebtf_type_kind(type_of(&d->new))
			       ? judge_base(d)
			       : judge_type(d, d->old.id, d->new.id);
	case DIFF_CLASS_FUNC:
		return judge_function(d);
	default:
		return judge_type(d, type_of(&d->old)->type, type_of(&d->new)->type);
	}
}

/* Sets the size and spelling of the one side. */
static struct rebtf_error *judge_one(struct difference *d)
{
	bool is_added = !d->old.member;
	const struct diff_entity *entity = is_added ? &d->new : &d->old;
	const struct rebtf_type *t = type_of(entity);
	enum diff_class class = diff_class_of(t);
	uint64_t size = type_size_of(btf_of(entity), entity->id);
	char *text = NULL;

	if (class == DIFF_CLASS_FUNC || class == DIFF_CLASS_VAR || class == DIFF_CLASS_TYPEDEF) {
		text = spelled_type(btf_of(entity), t->type);
		if (!text)
			return error_nomem();
	}
	d->public.kind = is_added ? REBTF_DIFFERENCE_ADDED : REBTF_DIFFERENCE_REMOVED;
	if (is_added) {
		d->public.new_size = size;
		d->new_type = text;
	} else {
		d->public.old_size = size;
		d->old_type = text;
		set_breaks(d, REBTF_RELIANCE_POINTER_ONLY);
	}
	return NULL;
}

struct rebtf_error *diff_judge(const struct diff_pairing *pairing, uint64_t *budget,
			       struct difference *d)
{
	const struct diff_entity *named = pairing->old.member ? &pairing->old : &pairing->new;
	struct rebtf_error *err;

	*d = (struct difference){
		.public = {
			.kind = REBTF_DIFFERENCE_CHANGED,
			.name = diff_entity_name(btf_of(named), type_of(named)),
			.unnamed = !type_of(named)->name_off,
			.compatible = true,
		},
		.old = pairing->old,
		.new = pairing->new,
		.first_place = pairing->first_place,
		.place_count = pairing->place_count,
		.budget = budget,
	};
	if (d->old.member)
		d->public.old_kind = rebtf_type_kind(type_of(&d->old));
	if (d->new.member)
		d->public.new_kind = rebtf_type_kind(type_of(&d->new));
	err = d->old.member && d->new.member ? judge_both(d) : judge_one(d);
	d->budget = NULL;
	d->public.changes = d->changes;
	d->public.old_type = d->old_type;
	d->public.new_type = d->new_type;
	return err;
}

void diff_judge_release(struct difference *d)
{
	rebtf_change_list_free(d->changes);
	free(d->old_type);
	free(d->new_type);
	free(d->members);
	free(d->users);
}
