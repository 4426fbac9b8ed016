/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of a set that refer to a type. The references of all members are inverted once:
 * types are numbered throughout the set, and for each number a list has those that refer to it. A
 * search then visits only the users of the type, the users of those without a name, and so on.
 */
#include <stdlib.h>

#include "core/set.h"
#include "graph/path.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/number_map.h"
#include "util/order.h"
#include "util/vec.h"

/* Of a path. A longer path is not reported: a hostile file can have many. */
#define USERS_STEPS_MAX 64

/* A use, and the path that it owns. */
struct set_use {
	struct rebtf_set_use public;
	struct rebtf_path *path;
};

DEFINE_VECTOR(set_use_vector, struct set_use);

struct rebtf_users {
	struct rebtf_set *set;
	size_t members;
	uint32_t kernel_end; /* ids below it are the kernel's */
	uint32_t *firsts;    /* by member: the number of its first own type; one more at the end */
	uint32_t *
		starts; /* the users of number n are users[starts[n]] to users[starts[n + 1] - 1] */
	uint32_t *users;
};

/* The uses of one type. */
struct rebtf_set_uses {
	struct set_use_vector uses;
};

/* --- numbers of types; void is number 0, and the kernel's types have their ids */

static uint32_t users_number(const struct rebtf_users *u, size_t member, uint32_t id)
{
	return id < u->kernel_end ? id : u->firsts[member] + (id - u->kernel_end);
}

static size_t users_member(const struct rebtf_users *u, uint32_t number)
{
	size_t low = 0, high = u->members;

	if (number < u->kernel_end)
		return SET_KERNEL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		*(u->firsts[middle] <= number ? &low : &high) = middle;
	}
	return low;
}

static struct rebtf_set_type users_type(const struct rebtf_users *u, uint32_t number)
{
	size_t member = users_member(u, number);
	uint32_t id = member == SET_KERNEL ? number : u->kernel_end + (number - u->firsts[member]);

	return (struct rebtf_set_type){ .member = member, .id = id };
}

/* --- the lists of users */

struct users_edges {
	struct rebtf_users *users;
	const struct rebtf_btf *btf;
	size_t member;
	uint32_t user;
};

static inline void users_count_edge(void *arg, uint32_t id)
{
	const struct users_edges *e = arg;

	e->users->starts[users_number(e->users, e->member, id)]++;
}

static inline void users_add_edge(void *arg, uint32_t id)
{
	const struct users_edges *e = arg;

	/* The lists are filled from their ends, so that an end becomes a start. */
	e->users->users[--e->users->starts[users_number(e->users, e->member, id)]] = e->user;
}

static inline __attribute__((always_inline)) struct rebtf_error *users_visit(struct rebtf_users *u,
									     size_t member,
									     id_visitor visit)
{
	struct users_edges e = { .users = u, .member = member };

	TRY(rebtf_set_btf(u->set, member, &e.btf));
	for (uint32_t i = 0; e.btf && i < e.btf->own_count; i++) {
		e.user = users_number(u, member, e.btf->start_id + i);
		visit_ids(btf_own_type(e.btf, i), visit, &e);
	}
	return NULL;
}

static struct rebtf_error *users_number_members(struct rebtf_users *u)
{
	const struct rebtf_btf *btf;
	uint64_t next;

	TRY(rebtf_set_btf(u->set, SET_KERNEL, &btf));
	u->kernel_end = rebtf_btf_type_count(btf);
	u->firsts = calloc(u->members + 1, sizeof(*u->firsts));
	if (!u->firsts)
		return error_nomem();
	next = u->kernel_end;
	for (size_t member = 1; member < u->members; member++) {
		u->firsts[member] = next;
		TRY(rebtf_set_btf(u->set, member, &btf));
		next += btf ? btf->own_count : 0;
		if (next > UINT32_MAX)
			return error_new(REBTF_ERR_UNSUPPORTED, "too many types in a set");
	}
	u->firsts[u->members] = next;
	return NULL;
}

static struct rebtf_error *users_init(struct rebtf_users *u)
{
	uint64_t sum = 0;
	uint32_t count;

	TRY(rebtf_set_load(u->set));
	TRY(users_number_members(u));
	count = u->firsts[u->members] + 1;
	u->starts = calloc((size_t)count + 1, sizeof(*u->starts));
	if (!u->starts)
		return error_nomem();
	for (size_t member = 0; member < u->members; member++)
		TRY(users_visit(u, member, users_count_edge));
	for (uint32_t n = 0; n < count; n++) {
		sum += u->starts[n];
		u->starts[n] = sum;
	}
	if (sum > UINT32_MAX)
		return error_new(REBTF_ERR_UNSUPPORTED, "too many references in a set");
	u->starts[count] = sum;
	u->users = malloc((sum + 1) * sizeof(*u->users));
	if (!u->users)
		return error_nomem();
	for (size_t member = 0; member < u->members; member++)
		TRY(users_visit(u, member, users_add_edge));
	return NULL;
}

struct rebtf_error *rebtf_users_new(struct rebtf_set *set, struct rebtf_users **users)
{
	struct rebtf_users *u = calloc(1, sizeof(*u));
	struct rebtf_error *err;

	if (!u)
		return error_nomem();
	u->set = set;
	u->members = rebtf_set_count(set);
	err = users_init(u);
	if (err)
		rebtf_users_free(u);
	else
		*users = u;
	return err;
}

void rebtf_users_free(struct rebtf_users *users)
{
	if (!users)
		return;
	free(users->firsts);
	free(users->starts);
	free(users->users);
	free(users);
}

/* --- search */

struct users_search {
	const struct rebtf_users *users;
	struct number_map next;	  /* by number: the next type on the way to the target */
	struct number_map places; /* by number: the offset of the name of the member there */
	struct u32_vector queue;
	struct rebtf_set_uses *uses;
};

static struct rebtf_error *users_btf(const struct rebtf_users *u, uint32_t number,
				     const struct rebtf_btf **btf, uint32_t *id)
{
	struct rebtf_set_type type = users_type(u, number);

	*id = type.id;
	return rebtf_set_btf(u->set, type.member, btf);
}

/*
 * The offset of the name of the member or parameter of @t with type @id. 0: no such member has a
 * name.
 */
static uint32_t users_place(const struct rebtf_type *t, uint32_t id)
{
	if (kind_is_composite(rebtf_type_kind(t))) {
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
			if (rebtf_members(t)[i].type == id)
				return rebtf_members(t)[i].name_off;
		}
	}
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO && t->type != id) {
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
			if (rebtf_params(t)[i].type == id)
				return rebtf_params(t)[i].name_off;
		}
	}
	return 0;
}

/* The same as a part of a step: see struct rebtf_step. */
static const char *users_member_name(const struct users_search *s, const struct rebtf_btf *btf,
				     uint32_t number, uint32_t id, uint32_t next_id)
{
	const struct rebtf_type *t = btf_type(btf, id);
	uint32_t off = number_map_find(&s->places, number)->value;

	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO)
		return t->type == next_id ? NULL : btf_string(btf, off);
	return kind_is_composite(rebtf_type_kind(t)) ? btf_string(btf, off) : NULL;
}

/* Reports the named type @number, whose path leads to the target. */
static struct rebtf_error *users_report(struct users_search *s, uint32_t number, uint32_t target)
{
	struct rebtf_step steps[USERS_STEPS_MAX];
	const struct rebtf_set_type user = users_type(s->users, number);
	struct set_use use = { .public = { .member = user.member, .id = user.id } };
	const struct rebtf_btf *btf;
	size_t count = 0;
	uint32_t id;

	TRY(users_btf(s->users, number, &btf, &id));
	while (count < USERS_STEPS_MAX) {
		uint32_t next, next_id;

		steps[count++] = (struct rebtf_step){ .type_id = id };
		if (number == target)
			break;
		next = number_map_find(&s->next, number)->value;
		next_id = users_type(s->users, next).id;
		steps[count - 1].member = users_member_name(s, btf, number, id, next_id);
		number = next;
		id = next_id;
	}
	if (number != target)
		return NULL;
	TRY(path_of_steps(btf, steps, count, &use.path));
	use.public.path = use.path;
	if (set_use_vector_append(&s->uses->uses, use))
		return NULL;
	rebtf_path_free(use.path);
	return error_nomem();
}

/*
 * Records the step from @user to @number. Each type is looked through once, however many paths lead
 * to it.
 */
static struct rebtf_error *users_record(struct users_search *s, uint32_t user, uint32_t number,
					const struct rebtf_type *t)
{
	uint32_t place = users_place(t, users_type(s->users, number).id);

	if (!number_map_add(&s->next, number_map_find(&s->next, user), user, number) ||
	    (place && !number_map_add(&s->places, number_map_find(&s->places, user), user, place)))
		return error_nomem();
	return NULL;
}

/* Visits a type that refers to @number, unless it was visited. */
static struct rebtf_error *users_meet(struct users_search *s, uint32_t user, uint32_t number,
				      uint32_t target)
{
	const struct rebtf_type *t;
	const struct rebtf_btf *btf;
	uint32_t id, kind;

	if (number_map_find(&s->next, user)->value || user == target)
		return NULL;
	TRY(users_btf(s->users, user, &btf, &id));
	t = btf_type(btf, id);
	kind = rebtf_type_kind(t);
	if (kind == REBTF_KIND_DECL_TAG)
		return NULL;
	TRY(users_record(s, user, number, t));
	if (*btf_string(btf, t->name_off) && kind != REBTF_KIND_TYPE_TAG)
		return users_report(s, user, target);
	u32_vector_append(&s->queue, user);
	return s->queue.failed ? error_nomem() : NULL;
}

static struct rebtf_error *users_search_run(struct users_search *s, uint32_t target)
{
	const struct rebtf_users *u = s->users;

	if (!number_map_init(&s->next, 0) || !number_map_init(&s->places, 0) ||
	    !u32_vector_append(&s->queue, target))
		return error_nomem();
	for (size_t at = 0; at < s->queue.count; at++) {
		uint32_t number = s->queue.items[at];

		for (uint32_t i = u->starts[number]; i < u->starts[number + 1]; i++)
			TRY(users_meet(s, u->users[i], number, target));
	}
	return NULL;
}

static int by_using_type(const void *a, const void *b)
{
	const struct set_use *left = a, *right = b;

	return by_number(left->public.member, right->public.member)
		       ?: by_number(left->public.id, right->public.id);
}

struct rebtf_error *rebtf_users_find(const struct rebtf_users *users, size_t member, uint32_t id,
				     struct rebtf_set_uses **uses)
{
	struct users_search s = { .users = users };
	const struct rebtf_btf *btf;
	struct rebtf_error *err;

	TRY(rebtf_set_btf(users->set, member, &btf));
	if (member >= users->members)
		return error_new(REBTF_ERR_ARGUMENT,
				 "member %zu was added after the users were found", member);
	if (!btf || !id || id >= rebtf_btf_type_count(btf))
		return error_new(REBTF_ERR_ARGUMENT, "no type [%u] in this member", id);
	s.uses = calloc(1, sizeof(*s.uses));
	if (!s.uses)
		return error_nomem();
	err = users_search_run(&s, users_number(users, member, id));
	number_map_release(&s.next);
	number_map_release(&s.places);
	u32_vector_release(&s.queue);
	if (err) {
		rebtf_set_uses_free(s.uses);
		return err;
	}
	if (s.uses->uses.count)
		qsort(s.uses->uses.items, s.uses->uses.count, sizeof(*s.uses->uses.items),
		      by_using_type);
	*uses = s.uses;
	return NULL;
}

size_t rebtf_set_uses_count(const struct rebtf_set_uses *uses)
{
	return uses->uses.count;
}

const struct rebtf_set_use *rebtf_set_uses_at(const struct rebtf_set_uses *uses, size_t index)
{
	return index < uses->uses.count ? &uses->uses.items[index].public : NULL;
}

void rebtf_set_uses_free(struct rebtf_set_uses *uses)
{
	if (!uses)
		return;
	for (size_t i = 0; i < uses->uses.count; i++)
		rebtf_path_free(uses->uses.items[i].path);
	set_use_vector_release(&uses->uses);
	free(uses);
}
