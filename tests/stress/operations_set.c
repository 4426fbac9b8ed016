/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on a kernel with its modules (operations.h). */
#include "core/set_for_test.h"
#include "operations.h"
#include "util/error.h"

static struct rebtf_error *tell_members(struct rebtf_set *set, struct results *r)
{
	TRY(rebtf_set_load(set));
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_kfuncs *kfuncs;
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(set, i, &btf));
		TRY(rebtf_set_kfuncs(set, i, &kfuncs));
		tell_number(r, rebtf_kfuncs_count(kfuncs));
		tell_text(r, rebtf_set_name(set, i));
		/* The driver chooses the directory. */
		tell_number(r, rebtf_set_path(set, i) != NULL);
		if (btf)
			tell_number(r, rebtf_btf_type_count(btf));
		else
			tell_text(r, rebtf_error_message(rebtf_set_error(set, i)));
	}
	return NULL;
}

/* A set of the base and the split BTF. */
static struct rebtf_error *open_pair(const struct world *w, struct rebtf_set **set)
{
	TRY(rebtf_set_open(w->base, NULL, 0, NULL, set));
	return rebtf_set_add(*set, "split", w->split);
}

static struct rebtf_error *open_set(const struct world *w, struct results *r)
{
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(open_pair(w, &set));
	return tell_members(set, r);
}

static struct rebtf_error *open_set_of_file(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_set_options, options, .jobs = 1, .any_release = true);
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(rebtf_set_open(w->base, &w->path, 1, &options, &set));
	return tell_members(set, r);
}

static struct rebtf_error *find_in_pair(const struct world *w, struct results *r, const char *name,
					const struct rebtf_find_options *options)
{
	_cleanup_types_ struct rebtf_set_types *types = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(open_pair(w, &set));
	TRY(rebtf_set_find(set, name, options, &types));
	for (size_t i = 0; i < rebtf_set_types_count(types); i++) {
		tell_number(r, rebtf_set_types_at(types, i)->member);
		tell_number(r, rebtf_set_types_at(types, i)->id);
	}
	return NULL;
}

static struct rebtf_error *find_pattern(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_find_options, options, .match = REBTF_NAME_GLOB, .member = "*[0-9]*a*");

	return find_in_pair(w, r, "*a*", &options);
}

static struct rebtf_error *find_kfuncs(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_find_options, options, .kfuncs = true);

	return find_in_pair(w, r, NULL, &options);
}

static struct rebtf_error *find_flavour(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_find_options, options, .match = REBTF_NAME_ESSENTIAL);

	return find_in_pair(w, r, "own___old", &options);
}

static void tell_uses(struct results *r, const struct rebtf_set_uses *uses)
{
	for (size_t i = 0; i < rebtf_set_uses_count(uses); i++) {
		const struct rebtf_set_use *use = rebtf_set_uses_at(uses, i);

		tell_number(r, use->id);
		for (size_t step = 0; step < rebtf_path_count(use->path); step++)
			tell_text(r, rebtf_path_at(use->path, step)->member);
	}
}

/* The users of the first type and of the last one. */
static struct rebtf_error *find_users(const struct world *w, struct results *r)
{
	uint32_t ids[] = { 1, rebtf_btf_type_count(w->base) - 1 };
	_cleanup_users_ struct rebtf_users *users = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(open_pair(w, &set));
	TRY(rebtf_users_new(set, &users));
	for (int i = 0; i < 2; i++) {
		_cleanup_uses_ struct rebtf_set_uses *uses = NULL;

		TRY(rebtf_users_find(users, 0, ids[i], &uses));
		tell_uses(r, uses);
	}
	return NULL;
}

static struct rebtf_error *ignore_text(void *arg, const char *text, size_t size)
{
	tell(arg, text, size);
	return NULL;
}

/* Of types that take much text, the first and the last have most. */
static struct rebtf_error *show_types(const struct world *w, struct results *r)
{
	struct rebtf_error *err = rebtf_btf_show(w->base, 1, true, ignore_text, r);

	return err
		       ?: rebtf_btf_show(w->base, rebtf_btf_type_count(w->base) - 1, true,
					 ignore_text, r);
}

static void tell_merge(struct results *r, const struct rebtf_set *set,
		       const struct rebtf_merge *merge)
{
	const struct rebtf_btf *btf = rebtf_merge_btf(merge);

	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++) {
		tell_number(r, rebtf_merge_origin(merge, id));
		tell_number(r, rebtf_merge_shared(merge, id));
	}
	for (size_t i = 0; i < rebtf_merge_count(merge); i++)
		tell_number(r, rebtf_merge_at(merge, i)->cause);
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_error *reason = rebtf_merge_error(merge, i);

		tell_text(r, reason ? rebtf_error_message(reason) : NULL);
		tell_number(r, rebtf_merge_id(merge, i, rebtf_btf_start_id(btf)));
	}
}

static struct rebtf_error *merge_pair(const struct world *w, struct results *r, bool split)
{
	REBTF_OPTIONS(rebtf_merge_options, options, .split = split);
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(open_pair(w, &set));
	TRY(rebtf_merge(set, &options, &merge));
	tell_merge(r, set, merge);
	r->btf[0] = rebtf_btf_ref(rebtf_merge_btf(merge));
	return NULL;
}

static struct rebtf_error *merge_flat(const struct world *w, struct results *r)
{
	return merge_pair(w, r, false);
}

static struct rebtf_error *merge_split(const struct world *w, struct results *r)
{
	return merge_pair(w, r, true);
}

const struct operation set_operations[] = {
	{ "open a set", NEEDS_BASE | NEEDS_SPLIT, open_set },
	{ "open a set of a file", NEEDS_BASE | NEEDS_FILE, open_set_of_file },
	{ "find a pattern", NEEDS_BASE | NEEDS_SPLIT, find_pattern },
	{ "find kfuncs", NEEDS_BASE | NEEDS_SPLIT, find_kfuncs },
	{ "find a flavour", NEEDS_BASE | NEEDS_SPLIT, find_flavour },
	{ "find users", NEEDS_BASE | NEEDS_SPLIT, find_users },
	{ "show types", NEEDS_BASE, show_types },
	{ "merge", NEEDS_BASE | NEEDS_SPLIT, merge_flat },
	{ "merge split", NEEDS_BASE | NEEDS_SPLIT, merge_split },
	{},
};
