/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Searches breadth-first from a type to its users, in two states. By value, the path leads to all
 * types and variables that contain the type. Behind a pointer or in a prototype, it leads to the
 * functions. A struct that only points to the type is no user, except that its module is.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "core/diff_users.h"
#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"

/* The steps of all searches together: some for each type. */
#define STEPS_PER_TYPE 64
#define STEPS_FIXED    4096

enum user_state { USER_BY_VALUE, USER_BY_NAME, USER_STATES };

enum user_mark { MARK_KFUNC = 1, MARK_STRUCT_OPS = 2 };

/* A type on the way to users. */
struct user_step {
	uint32_t number;
	uint32_t state;
	uint32_t via; /* the nearest named struct that contains the start; or 0 */
};

DEFINE_VECTOR(user_steps, struct user_step);

struct user_search {
	const struct diff_side *side;
	const struct name_set *exports;
	const struct resized_type_list *resized;
	uint32_t *first_user;	     /* by number: index in users, one more than there are types */
	uint32_t *users;	     /* numbers of the types that refer to a type */
	uint8_t *marks;		     /* by number: enum user_mark */
	uint32_t *seen[USER_STATES]; /* by number: the run that reached it last */
	uint32_t *module_run;	     /* by member: the same */
	enum rebtf_reliance *module_reliance;
	uint32_t run;
	uint64_t steps_left;
	struct user_steps queue;
};

/* --------------------------------------------------------------------------------------- names */

static int by_string(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct rebtf_error *name_set_init(struct name_set *set, const char *const *names, size_t count)
{
	set->names = malloc((count + 1) * sizeof(*set->names));
	if (!set->names)
		return error_nomem();
	set->count = count;
	if (count)
		memcpy(set->names, names, count * sizeof(*set->names));
	qsort(set->names, count, sizeof(*set->names), by_string);
	return NULL;
}

void name_set_release(struct name_set *set)
{
	free(set->names);
	*set = (struct name_set){};
}

bool name_set_has(const struct name_set *set, const char *name)
{
	return set->count && bsearch(&name, set->names, set->count, sizeof(*set->names), by_string);
}

/* --------------------------------------------------------------------------------------- graph */

struct user_scan {
	struct user_search *search;
	const struct diff_member *member;
	uint32_t number; /* of the current type */
	bool is_counting;
};

static void scan_reference(void *arg, uint32_t id)
{
	struct user_scan *scan = arg;
	uint32_t number = diff_member_number(scan->member, id);

	if (!number)
		return;
	if (scan->is_counting)
		scan->search->first_user[number + 1]++;
	else
		scan->search->users[--scan->search->first_user[number + 1]] = scan->number;
}

/* Whether users of a type can be found behind this one. */
static bool leads_to_users(const struct rebtf_type *t)
{
	return layout_of(t)->role & ~ROLE_ALONE;
}

static void scan_references(struct user_scan *scan)
{
	const struct diff_side *side = scan->search->side;

	for (size_t m = side->members.count; m--;) {
		scan->member = side->members.items[m];
		for (uint32_t i = scan->member->btf->own_count; i--;) {
			const struct rebtf_type *t = btf_own_type(scan->member->btf, i);

			scan->number = scan->member->first_number + i;
			if (rebtf_type_kind(t) == REBTF_KIND_ARRAY)
				scan_reference(scan, rebtf_array(t)->type);
			else if (leads_to_users(t))
				visit_ids(t, scan_reference, scan);
		}
	}
}

/* Lists the users of each type, in order of numbers. */
static struct rebtf_error *build_graph(struct user_search *search)
{
	struct user_scan scan = { .search = search, .is_counting = true };
	uint32_t count = search->side->type_count;
	uint64_t total = 0;

	scan_references(&scan);
	for (uint32_t i = 0; i <= count + 1; i++)
		total += search->first_user[i];
	if (total >= UINT32_MAX)
		return error_new(REBTF_ERR_UNSUPPORTED, "too many references between types");
	for (uint32_t i = 1; i <= count + 1; i++)
		search->first_user[i] += search->first_user[i - 1];
	search->users = malloc((total + 1) * sizeof(*search->users));
	if (!search->users)
		return error_nomem();
	/* Each list is filled from its end, so first_user[i + 1] becomes the start of list i. */
	scan.is_counting = false;
	scan_references(&scan);
	return NULL;
}

static uint32_t user_list_start(const struct user_search *search, uint32_t number)
{
	return search->first_user[number + 1];
}

static uint32_t user_list_end(const struct user_search *search, uint32_t number)
{
	return search->first_user[number + 2];
}

/* ---------------------------------------------------------------------------------------- marks */

/* Marks the struct X that a struct bpf_struct_ops_X contains. */
static void mark_struct_ops(struct user_search *search, const struct diff_member *member,
			    const struct rebtf_type *t)
{
	const char *name = btf_string(member->btf, t->name_off);
	const struct rebtf_member *members = rebtf_members(t);

	if (!kind_is_composite(rebtf_type_kind(t)) ||
	    strncmp(name, STRUCT_OPS_PREFIX, strlen(STRUCT_OPS_PREFIX)))
		return;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_type *inner = btf_type(member->btf, members[i].type);

		if (btf_is_named_composite(member->btf, inner) &&
		    !strcmp(btf_string(member->btf, inner->name_off),
			    name + strlen(STRUCT_OPS_PREFIX)))
			search->marks[diff_member_number(member, members[i].type)] |=
				MARK_STRUCT_OPS;
	}
}

static void mark_types(struct user_search *search)
{
	for (size_t m = 0; m < search->side->members.count; m++) {
		const struct diff_member *member = search->side->members.items[m];

		for (size_t i = 0; member->kfuncs && i < member->kfuncs->list.count; i++)
			search->marks[diff_member_number(member,
							 member->kfuncs->list.items[i].id)] |=
				MARK_KFUNC;
		for (uint32_t i = 0; i < member->btf->own_count; i++) {
			const struct rebtf_type *t = btf_own_type(member->btf, i);

			if (btf_is_kfunc_tag(member->btf, t))
				search->marks[diff_member_number(member, t->type)] |= MARK_KFUNC;
			else
				mark_struct_ops(search, member, t);
		}
	}
}

bool user_search_is_kfunc(const struct user_search *search, uint32_t number)
{
	return search->marks[number] & MARK_KFUNC;
}

static int by_resized_number(const void *a, const void *b)
{
	return by_number(((const struct resized_type *)a)->number,
			 ((const struct resized_type *)b)->number);
}

struct rebtf_error *user_search_new(const struct diff_side *side, const struct name_set *exports,
				    struct resized_type_list *resized, struct user_search **search)
{
	size_t count = (size_t)side->type_count + 3;
	struct user_search *s = calloc(1, sizeof(*s));
	struct rebtf_error *err;

	if (!s)
		return error_nomem();
	s->side = side;
	s->exports = exports;
	s->resized = resized;
	s->steps_left = (uint64_t)STEPS_PER_TYPE * side->type_count + STEPS_FIXED;
	s->first_user = calloc(count, sizeof(*s->first_user));
	s->marks = calloc(count, 1);
	s->seen[USER_BY_VALUE] = calloc(count, sizeof(uint32_t));
	s->seen[USER_BY_NAME] = calloc(count, sizeof(uint32_t));
	s->module_run = calloc(side->members.count, sizeof(*s->module_run));
	s->module_reliance = calloc(side->members.count, sizeof(*s->module_reliance));
	if (!s->first_user || !s->marks || !s->seen[USER_BY_VALUE] || !s->seen[USER_BY_NAME] ||
	    !s->module_run || !s->module_reliance)
		err = error_nomem();
	else
		err = build_graph(s);
	if (err) {
		user_search_free(s);
		return err;
	}
	if (resized->count)
		qsort(resized->items, resized->count, sizeof(*resized->items), by_resized_number);
	mark_types(s);
	*search = s;
	return NULL;
}

void user_search_free(struct user_search *search)
{
	if (!search)
		return;
	free(search->first_user);
	free(search->users);
	free(search->marks);
	free(search->seen[USER_BY_VALUE]);
	free(search->seen[USER_BY_NAME]);
	free(search->module_run);
	free(search->module_reliance);
	user_steps_release(&search->queue);
	free(search);
}

/* --------------------------------------------------------------------------------------- search */

static const struct rebtf_type *number_type(const struct diff_side *side, uint32_t number,
					    const struct diff_member **member)
{
	*member = diff_side_member(side, number);
	return btf_own_type((*member)->btf, number - (*member)->first_number);
}

/* Sets the sizes of the user, and the new one if it differs. */
static void set_user_sizes(const struct user_search *search, uint32_t number, uint32_t size,
			   struct rebtf_user *user)
{
	const struct resized_type key = { .number = number };
	const struct resized_type *resized = search->resized->count
						     ? bsearch(&key, search->resized->items,
							       search->resized->count, sizeof(key),
							       by_resized_number)
						     : NULL;

	user->old_size = resized ? resized->old_size : size;
	user->new_size = resized ? resized->new_size : size;
}

static const char *via_name(const struct user_search *search, uint32_t via)
{
	const struct diff_member *member;
	const struct rebtf_type *t;

	if (!via)
		return NULL;
	t = number_type(search->side, via, &member);
	return btf_string(member->btf, t->name_off);
}

/* Records how strictly the module with a user relies on the type. */
static void note_module(struct user_search *search, size_t m, enum rebtf_reliance reliance)
{
	if (search->module_run[m] != search->run) {
		search->module_run[m] = search->run;
		search->module_reliance[m] = reliance;
	} else if (reliance > search->module_reliance[m]) {
		search->module_reliance[m] = reliance;
	}
}

/* Whether people know the type as a container: it has a name, or is the name of an unnamed one. */
static bool is_named_container(const struct diff_member *member, const struct rebtf_type *t)
{
	const struct rebtf_type *target;

	if (kind_is_composite(rebtf_type_kind(t)))
		return t->name_off;
	if (rebtf_type_kind(t) != REBTF_KIND_TYPEDEF)
		return false;
	target = btf_type(member->btf, t->type);
	return kind_is_composite(rebtf_type_kind(target)) && !target->name_off;
}

/* Sets the kind of @user, or returns false if the type at @step is no user. */
static bool judge_user(const struct user_search *search, const struct diff_member *member,
		       const struct rebtf_type *t, const struct user_step *step,
		       struct rebtf_user *user)
{
	uint8_t marks = search->marks[step->number];
	bool by_value = step->state == USER_BY_VALUE;

	user->reliance = by_value ? REBTF_RELIANCE_EMBEDDED : REBTF_RELIANCE_POINTER_ONLY;
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC) {
		user->kind = marks & MARK_KFUNC				 ? REBTF_USER_KFUNC
			     : name_set_has(search->exports, user->name) ? REBTF_USER_EXPORTED
									 : REBTF_USER_FUNCTION;
	} else if (marks & MARK_STRUCT_OPS) {
		user->kind = REBTF_USER_STRUCT_OPS;
	} else if (by_value && rebtf_type_kind(t) == REBTF_KIND_VAR) {
		user->kind = REBTF_USER_VARIABLE;
	} else if (by_value && is_named_container(member, t)) {
		user->kind = REBTF_USER_TYPE;
	} else {
		return false;
	}
	if (user->kind == REBTF_USER_KFUNC || user->kind == REBTF_USER_STRUCT_OPS)
		user->reliance = REBTF_RELIANCE_TRUSTED;
	return true;
}

/* Adds the type at @step to @users if it is one. */
static bool add_user(struct user_search *search, const struct diff_member *member,
		     const struct rebtf_type *t, const struct user_step *step,
		     struct user_list *users)
{
	struct rebtf_user user = {
		.type_kind = rebtf_type_kind(t),
		.name = btf_string(member->btf, t->name_off),
		.module = member->name,
		.via = via_name(search, step->via),
	};
	bool is_user = *user.name && judge_user(search, member, t, step, &user);
	enum rebtf_reliance reliance = step->state == USER_BY_VALUE &&
						       (kind_is_composite(user.type_kind) ||
							user.type_kind == REBTF_KIND_VAR)
					       ? REBTF_RELIANCE_EMBEDDED
					       : REBTF_RELIANCE_POINTER_ONLY;

	if (member->base && !member->is_context)
		note_module(search, member->index,
			    is_user && user.reliance > reliance ? user.reliance : reliance);
	if (!is_user)
		return true;
	if (kind_is_composite(user.type_kind))
		set_user_sizes(search, step->number, t->size, &user);
	return user_list_append(users, user);
}

/* Sets @next to the state of a user of a type in @state. Returns false if the path ends there. */
static bool next_state(const struct rebtf_type *user, uint32_t state, uint32_t *next)
{
	uint32_t kind = rebtf_type_kind(user);

	if (kind == REBTF_KIND_PTR || kind == REBTF_KIND_FUNC_PROTO || kind == REBTF_KIND_FUNC) {
		*next = USER_BY_NAME;
		return true;
	}
	*next = state;
	/* A struct or variable that points to the type is the end of a path. */
	return kind_layout(kind)->by_value;
}

static bool goes_on(const struct rebtf_type *t, uint32_t state)
{
	uint32_t kind = rebtf_type_kind(t);

	if (kind == REBTF_KIND_FUNC || kind == REBTF_KIND_VAR)
		return false;
	return state == USER_BY_VALUE || !kind_is_composite(kind);
}

static bool user_push(struct user_search *search, uint32_t number, uint32_t state, uint32_t via)
{
	if (search->seen[state][number] == search->run)
		return true;
	search->seen[state][number] = search->run;
	return user_steps_append(&search->queue, (struct user_step){ number, state, via });
}

/* Looks at the users of the type at @step. Returns false if memory or the budget is used up. */
static bool look_at_users(struct user_search *search, const struct user_step *step,
			  struct user_list *users)
{
	uint32_t end = user_list_end(search, step->number);

	for (uint32_t i = user_list_start(search, step->number); i < end; i++) {
		struct user_step next = { .number = search->users[i], .via = step->via };
		const struct diff_member *member;
		const struct rebtf_type *t = number_type(search->side, next.number, &member);

		if (!search->steps_left)
			return false;
		search->steps_left--;
		if (!next_state(t, step->state, &next.state) ||
		    search->seen[next.state][next.number] == search->run)
			continue;
		if (!goes_on(t, next.state))
			search->seen[next.state][next.number] = search->run;
		if (!add_user(search, member, t, &next, users))
			return false;
		if (next.state == USER_BY_VALUE && is_named_container(member, t))
			next.via = next.number;
		if (goes_on(t, next.state) && !user_push(search, next.number, next.state, next.via))
			return false;
	}
	return true;
}

static bool add_modules(struct user_search *search, struct user_list *users)
{
	for (size_t m = 0; m < search->side->members.count; m++) {
		const struct rebtf_user user = {
			.kind = REBTF_USER_MODULE,
			.reliance = search->module_reliance[m],
			.name = search->side->members.items[m]->name,
			.module = search->side->members.items[m]->name,
		};

		if (search->module_run[m] == search->run && !user_list_append(users, user))
			return false;
	}
	return true;
}

static int by_user(const void *a, const void *b)
{
	const struct rebtf_user *left = a, *right = b;

	return by_number(left->kind, right->kind)
		       ?: by_number(right->reliance, left->reliance)
		       ?: by_number(left->via != NULL, right->via != NULL)
		       ?: strcmp(left->name, right->name)
		       ?: strcmp(left->module, right->module)
		       ?: by_number(left->type_kind, right->type_kind)
		       ?: strcmp(left->via ?: "", right->via ?: "");
}

struct rebtf_error *user_search_run(struct user_search *search, const uint32_t *numbers,
				    size_t count, struct user_list *users, bool *is_complete)
{
	bool ok = true;

	search->run++;
	search->queue.count = 0;
	for (size_t i = 0; ok && i < count; i++)
		ok = user_push(search, numbers[i], USER_BY_VALUE, 0);
	for (size_t next = 0; ok && next < search->queue.count; next++) {
		const struct user_step step = search->queue.items[next];

		ok = look_at_users(search, &step, users);
	}
	*is_complete = ok;
	ok = add_modules(search, users);
	if (!ok || search->queue.failed || users->failed)
		return error_nomem();
	if (users->count)
		qsort(users->items, users->count, sizeof(*users->items), by_user);
	return NULL;
}

/* ---------------------------------------------------------------------------------------- reach */

struct reach_walk {
	const struct diff_member *member;
	uint64_t *reached;
	struct u32_vector queue;
};

static void reach_number(void *arg, uint32_t id)
{
	struct reach_walk *walk = arg;
	uint32_t number = diff_member_number(walk->member, id);

	if (!number || walk->reached[number / 64] >> number % 64 & 1)
		return;
	walk->reached[number / 64] |= (uint64_t)1 << number % 64;
	u32_vector_append(&walk->queue, number);
}

struct rebtf_error *diff_side_reach(const struct diff_side *side, const struct name_set *symbols,
				    uint64_t **reached)
{
	struct reach_walk walk = { .reached = calloc(side->type_count / 64 + 1, 8) };
	bool failed;

	if (!walk.reached)
		return error_nomem();
	for (size_t m = 0; m < side->members.count; m++) {
		walk.member = side->members.items[m];
		for (uint32_t i = 0; i < walk.member->btf->own_count; i++) {
			const struct rebtf_type *t = btf_own_type(walk.member->btf, i);
			uint32_t kind = rebtf_type_kind(t);

			if ((kind == REBTF_KIND_FUNC || kind == REBTF_KIND_VAR) &&
			    name_set_has(symbols, btf_string(walk.member->btf, t->name_off)))
				reach_number(&walk, walk.member->btf->start_id + i);
		}
	}
	while (walk.queue.count) {
		uint32_t number = walk.queue.items[--walk.queue.count];

		visit_ids(number_type(side, number, &walk.member), reach_number, &walk);
	}
	failed = walk.queue.failed;
	u32_vector_release(&walk.queue);
	if (failed) {
		free(walk.reached);
		return error_nomem();
	}
	*reached = walk.reached;
	return NULL;
}
