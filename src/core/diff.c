/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The steps of a comparison. Hashes tell in one pass which definitions differ. Only these few are
 * compared member by member. A type whose members merely moved because a struct inside it has
 * another size is set apart: it is a user of that struct, not a difference. Then users are searched
 * for each difference.
 */
#include <stdlib.h>
#include <string.h>

#include "core/diff.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/glob.h"
#include "util/options.h"
#include "util/order.h"

const char *rebtf_difference_kind_name(enum rebtf_difference_kind kind)
{
	static const char *const names[] = {
		[REBTF_DIFFERENCE_ADDED] = "added",	  [REBTF_DIFFERENCE_REMOVED] = "removed",
		[REBTF_DIFFERENCE_CHANGED] = "changed",	  [REBTF_DIFFERENCE_KIND] = "kind",
		[REBTF_DIFFERENCE_DECLARED] = "declared", [REBTF_DIFFERENCE_DEFINED] = "defined",
	};

	return (size_t)kind < sizeof(names) / sizeof(*names) ? names[kind] : "unknown";
}

const char *rebtf_user_kind_name(enum rebtf_user_kind kind)
{
	static const char *const names[DIFF_USER_KINDS] = {
		[REBTF_USER_MODULE] = "module",		[REBTF_USER_KFUNC] = "kfunc",
		[REBTF_USER_STRUCT_OPS] = "struct_ops", [REBTF_USER_EXPORTED] = "exported",
		[REBTF_USER_VARIABLE] = "variable",	[REBTF_USER_TYPE] = "type",
		[REBTF_USER_FUNCTION] = "function",
	};

	return (size_t)kind < DIFF_USER_KINDS ? names[kind] : "unknown";
}

size_t rebtf_diff_count(const struct rebtf_diff *diff)
{
	return diff->list.count;
}

const struct rebtf_difference *rebtf_diff_at(const struct rebtf_diff *diff, size_t index)
{
	return index < diff->list.count ? &diff->list.items[index].public : NULL;
}

static const struct difference *difference_of(const struct rebtf_difference *public)
{
	return (const struct difference *)public;
}

size_t rebtf_difference_user_count(const struct rebtf_difference *difference)
{
	return difference_of(difference)->user_count;
}

size_t rebtf_difference_user_kind_count(const struct rebtf_difference *difference,
					enum rebtf_user_kind kind)
{
	return (size_t)kind < DIFF_USER_KINDS ? difference_of(difference)->user_counts[kind] : 0;
}

const struct rebtf_user *rebtf_difference_user_at(const struct rebtf_difference *difference,
						  size_t index)
{
	const struct difference *d = difference_of(difference);

	return index < d->user_count ? &d->users[index] : NULL;
}

size_t rebtf_diff_incompatible(const struct rebtf_diff *diff)
{
	return diff->incompatible;
}

size_t rebtf_diff_derived(const struct rebtf_diff *diff)
{
	return diff->derived;
}

void rebtf_diff_free(struct rebtf_diff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->list.count; i++)
		diff_judge_release(&diff->list.items[i]);
	difference_list_release(&diff->list);
	diff_pairings_release(&diff->pairings);
	diff_side_release(&diff->old);
	diff_side_release(&diff->new);
	free(diff);
}

/* --------------------------------------------------------------------------------------- filter */

static bool is_wanted_name(const void *arg, const char *name)
{
	const struct rebtf_diff_options *options = arg;

	for (size_t i = 0; i < options->only_count; i++) {
		if (glob_matches(options->only[i], name))
			return true;
	}
	return false;
}

/* The types that the symbols of the options lead to, on each side. NULL: all types count. */
struct diff_scope {
	struct name_set exports;
	uint64_t *old_reached;
	uint64_t *new_reached;
};

static struct rebtf_error *scope_init(struct diff_scope *scope, const struct rebtf_diff *diff,
				      const struct rebtf_diff_options *options)
{
	struct name_set symbols = {};
	struct rebtf_error *err;

	TRY(name_set_init(&scope->exports, options->exports, options->export_count));
	if (!options->symbol_count)
		return NULL;
	err = name_set_init(&symbols, options->symbols, options->symbol_count);
	if (!err)
		err = diff_side_reach(&diff->old, &symbols, &scope->old_reached);
	if (!err)
		err = diff_side_reach(&diff->new, &symbols, &scope->new_reached);
	name_set_release(&symbols);
	return err;
}

static void scope_release(struct diff_scope *scope)
{
	name_set_release(&scope->exports);
	free(scope->old_reached);
	free(scope->new_reached);
}

static bool is_reached(const uint64_t *reached, const struct diff_entity *entity)
{
	uint32_t number = entity->member ? diff_member_number(entity->member, entity->id) : 0;

	return number && reached[number / 64] >> number % 64 & 1;
}

static bool is_in_scope(const struct diff_scope *scope, const struct rebtf_diff *diff,
			const struct diff_pairing *pairing)
{
	const struct diff_place *places = &diff->pairings.places.items[pairing->first_place];

	if (!scope->old_reached || is_reached(scope->new_reached, &pairing->new))
		return true;
	for (size_t i = 0; pairing->old.member && i < pairing->place_count; i++) {
		if (scope->old_reached[places[i].number / 64] >> places[i].number % 64 & 1)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------------------------- differences */

static bool is_symbol(const struct rebtf_difference *d)
{
	uint32_t kind = d->old_kind ?: d->new_kind;

	return kind == REBTF_KIND_FUNC || kind == REBTF_KIND_VAR;
}

/* The cost of all comparisons. Those of two releases of Linux take a hundredth of it. */
#define COST_PER_TYPE 64
#define COST_FIXED    65536

/* Judges all pairings. Derived ones only go to @resized. */
static struct rebtf_error *judge_all(struct rebtf_diff *diff, const struct diff_scope *scope,
				     struct resized_type_list *resized)
{
	uint64_t types = (uint64_t)diff->old.type_count + diff->new.type_count;
	uint64_t budget = COST_FIXED + COST_PER_TYPE * types;

	for (size_t i = 0; i < diff->pairings.list.count; i++) {
		const struct diff_pairing *pairing = &diff->pairings.list.items[i];
		const struct diff_place *places;
		struct difference d;
		struct rebtf_error *err = diff_judge(pairing, &budget, &d);

		places = &diff->pairings.places.items[pairing->first_place];
		for (size_t p = 0; !err && pairing->old.member && p < pairing->place_count; p++) {
			const struct resized_type type = { places[p].number, d.public.old_size,
							   d.public.new_size };

			if (d.public.old_size && d.public.new_size &&
			    !resized_type_list_append(resized, type))
				err = error_nomem();
		}
		if (!err && d.is_derived)
			diff->derived++;
		if (!err && !d.is_derived && is_in_scope(scope, diff, pairing)) {
			if (difference_list_append(&diff->list, d))
				continue;
			err = error_nomem();
		}
		diff_judge_release(&d);
		TRY(err);
	}
	return NULL;
}

/* Adds the modules that only one side has. */
static struct rebtf_error *add_lone_modules(struct rebtf_diff *diff, const struct diff_side *side,
					    bool is_old)
{
	for (size_t m = 0; m < side->members.count; m++) {
		const struct diff_member *member = side->members.items[m];
		const struct difference d = {
			.public = {
				.kind = is_old ? REBTF_DIFFERENCE_REMOVED : REBTF_DIFFERENCE_ADDED,
				.name = member->name,
				.compatible = !is_old,
			},
		};

		if (member->is_alone && !member->is_context &&
		    !difference_list_append(&diff->list, d))
			return error_nomem();
	}
	return NULL;
}

/* The order of classes: modules, tags, typedefs, base types, functions, variables. */
static int difference_rank(const struct rebtf_difference *d)
{
	const struct rebtf_type type = { .info = (d->old_kind ?: d->new_kind) << 24 };

	return diff_class_of(&type);
}

static const struct diff_member *first_member(const struct difference *d)
{
	return d->old.member ?: d->new.member;
}

static int by_difference_name(const void *a, const void *b)
{
	const struct difference *left = a, *right = b;
	const struct diff_member *left_member = first_member(left);
	const struct diff_member *right_member = first_member(right);
	int order = by_number(difference_rank(&left->public), difference_rank(&right->public))
			    ?: strcmp(left->public.name, right->public.name)
			    ?: by_number(left->public.kind, right->public.kind);

	if (order || !left_member || !right_member)
		return order;
	return by_number(left->old.member == NULL, right->old.member == NULL)
		       ?: by_number(left_member->slot, right_member->slot)
		       ?: by_number(left->old.member ? left->old.id : left->new.id,
				    right->old.member ? right->old.id : right->new.id);
}

/* Lists the names of the members with the difference. */
static struct rebtf_error *name_members(const struct rebtf_diff *diff, const char *const *names,
					struct difference *d)
{
	const struct diff_place *places;

	d->members = malloc((d->place_count + 1) * sizeof(*d->members));
	if (!d->members)
		return error_nomem();
	places = d->place_count ? &diff->pairings.places.items[d->first_place] : NULL;
	for (size_t i = 0; i < d->place_count; i++) {
		if (!i || places[i].slot != places[i - 1].slot)
			d->members[d->public.member_count++] = names[places[i].slot];
	}
	d->public.members = d->members;
	return NULL;
}

static struct rebtf_error *name_all_members(struct rebtf_diff *diff)
{
	size_t count = diff->old.members.count + diff->new.members.count;
	_cleanup_free_ const char **names = calloc(count, sizeof(*names));

	if (!names)
		return error_nomem();
	for (size_t m = 0; m < diff->new.members.count; m++) {
		if (!diff->new.members.items[m]->is_context)
			names[diff->new.members.items[m]->slot] = diff->new.members.items[m]->name;
	}
	for (size_t m = 0; m < diff->old.members.count; m++) {
		if (!diff->old.members.items[m]->is_context)
			names[diff->old.members.items[m]->slot] = diff->old.members.items[m]->name;
	}
	for (size_t i = 0; i < diff->list.count; i++)
		TRY(name_members(diff, names, &diff->list.items[i]));
	return NULL;
}

/* ---------------------------------------------------------------------------------------- users */

static struct rebtf_error *find_users(const struct rebtf_diff *diff, struct user_search *search,
				      struct difference *d)
{
	const struct diff_place *places;
	struct u32_vector numbers = {};
	struct user_list users = {};
	struct rebtf_error *err;
	bool is_complete = true;

	if (!d->old.member || is_symbol(&d->public))
		return NULL;
	places = &diff->pairings.places.items[d->first_place];
	for (size_t i = 0; i < d->place_count; i++)
		u32_vector_append(&numbers, places[i].number);
	err = numbers.failed
		      ? error_nomem()
		      : user_search_run(search, numbers.items, numbers.count, &users, &is_complete);
	u32_vector_release(&numbers);
	d->users = users.items;
	d->user_count = users.count;
	d->public.users_incomplete = !is_complete;
	for (size_t i = 0; !err && i < users.count; i++)
		d->user_counts[users.items[i].kind]++;
	return err;
}

/*
 * A function or variable that is not exported and no kfunc is internal: only the kernel itself
 * relies on it, so its change is compatible.
 */
static void judge_symbol(const struct user_search *search, const struct diff_scope *scope,
			 const struct rebtf_diff_options *options, struct difference *d)
{
	uint32_t number = d->old.member ? diff_member_number(d->old.member, d->old.id) : 0;

	if (!is_symbol(&d->public) || !scope->exports.count || !number ||
	    (options->exports_of_kernel_only && d->old.member->base))
		return;
	d->public.internal = !name_set_has(&scope->exports, d->public.name) &&
			     !user_search_is_kfunc(search, number);
	d->public.compatible |= d->public.internal;
}

static struct rebtf_error *find_all_users(struct rebtf_diff *diff, const struct diff_scope *scope,
					  const struct rebtf_diff_options *options,
					  struct resized_type_list *resized)
{
	struct user_search *search;
	struct rebtf_error *err = NULL;

	if (!diff->list.count)
		return NULL;
	TRY(user_search_new(&diff->old, &scope->exports, resized, &search));
	for (size_t i = 0; !err && i < diff->list.count; i++) {
		struct difference *d = &diff->list.items[i];

		judge_symbol(search, scope, options, d);
		if (!options->no_users)
			err = find_users(diff, search, d);
	}
	user_search_free(search);
	return err;
}

/* ------------------------------------------------------------------------------------------ all */

static struct rebtf_error *diff_steps(struct rebtf_diff *diff, struct diff_scope *scope,
				      const struct rebtf_diff_options *options,
				      struct resized_type_list *resized)
{
	TRY(diff_side_hash(&diff->old, options->jobs));
	TRY(diff_side_hash(&diff->new, options->jobs));
	TRY(diff_sides_pair(&diff->old, &diff->new));
	TRY(diff_pair(&diff->old, &diff->new, options->only_count ? is_wanted_name : NULL, options,
		      &diff->pairings));
	TRY(scope_init(scope, diff, options));
	TRY(judge_all(diff, scope, resized));
	if (!options->only_count && !options->symbol_count) {
		TRY(add_lone_modules(diff, &diff->old, true));
		TRY(add_lone_modules(diff, &diff->new, false));
	}
	if (diff->list.count)
		qsort(diff->list.items, diff->list.count, sizeof(*diff->list.items),
		      by_difference_name);
	TRY(name_all_members(diff));
	TRY(find_all_users(diff, scope, options, resized));
	for (size_t i = 0; i < diff->list.count; i++)
		diff->incompatible += !diff->list.items[i].public.compatible;
	return NULL;
}

struct rebtf_error *diff_run(struct rebtf_diff *diff, const struct rebtf_diff_options *options)
{
	struct resized_type_list resized = {};
	struct diff_scope scope = {};
	struct rebtf_error *err = diff_steps(diff, &scope, options, &resized);

	resized_type_list_release(&resized);
	scope_release(&scope);
	return err;
}

/* Adds all members of @set that can be opened. Users, and so kfuncs, are those of the old side. */
static struct rebtf_error *diff_add_set(struct diff_side *side, struct rebtf_set *set, bool is_old)
{
	TRY(rebtf_set_load(set));
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_kfuncs *kfuncs = NULL;
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(set, i, &btf));
		if (is_old)
			TRY(rebtf_set_kfuncs(set, i, &kfuncs));
		if (btf)
			TRY(diff_side_add(side, rebtf_set_name(set, i), btf, kfuncs));
	}
	return NULL;
}

static struct rebtf_error *diff_sets(struct rebtf_diff *diff, struct rebtf_set *old_set,
				     struct rebtf_set *new_set,
				     const struct rebtf_diff_options *options)
{
	struct rebtf_diff_options given;

	TRY(OPTIONS_COPY(rebtf_diff_options, &given, options));
	TRY(diff_add_set(&diff->old, old_set, true));
	TRY(diff_add_set(&diff->new, new_set, false));
	return diff_run(diff, &given);
}

static struct rebtf_error *diff_objects(struct rebtf_diff *diff, const struct rebtf_btf *old_btf,
					const struct rebtf_btf *new_btf,
					const struct rebtf_diff_options *options)
{
	struct rebtf_diff_options given;

	TRY(OPTIONS_COPY(rebtf_diff_options, &given, options));
	TRY(diff_side_add(&diff->old, old_btf->base ? "module" : "vmlinux", old_btf, NULL));
	TRY(diff_side_add(&diff->new, new_btf->base ? "module" : "vmlinux", new_btf, NULL));
	return diff_run(diff, &given);
}

static struct rebtf_error *diff_result(struct rebtf_diff *made, struct rebtf_error *err,
				       struct rebtf_diff **diff)
{
	if (err)
		rebtf_diff_free(made);
	else
		*diff = made;
	return err;
}

struct rebtf_error *rebtf_diff(struct rebtf_set *old_set, struct rebtf_set *new_set,
			       const struct rebtf_diff_options *options, struct rebtf_diff **diff)
{
	struct rebtf_diff *made = calloc(1, sizeof(*made));

	if (!made)
		return error_nomem();
	return diff_result(made, diff_sets(made, old_set, new_set, options), diff);
}

struct rebtf_error *rebtf_diff_btf(const struct rebtf_btf *old_btf, const struct rebtf_btf *new_btf,
				   const struct rebtf_diff_options *options,
				   struct rebtf_diff **diff)
{
	struct rebtf_diff *made = calloc(1, sizeof(*made));

	if (!made)
		return error_nomem();
	return diff_result(made, diff_objects(made, old_btf, new_btf, options), diff);
}
