/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the users of changed types: the types and variables that contain a type by value, and the
 * functions that name the type or one that contains it. The search runs against the references of
 * the old side. One graph of these serves all types.
 */
#ifndef REBTF_CORE_DIFF_USERS_H
#define REBTF_CORE_DIFF_USERS_H

#include "core/diff_side.h"

struct user_search;

/* The old and new size of an old type. */
struct resized_type {
	uint32_t number;
	uint64_t old_size;
	uint64_t new_size;
};

DEFINE_VECTOR(resized_type_list, struct resized_type);
DEFINE_VECTOR(user_list, struct rebtf_user);

/* A sorted list of names. */
struct name_set {
	const char **names; /* malloced; the strings are the caller's */
	size_t count;
};

/* Errors: NOMEM. */
struct rebtf_error *name_set_init(struct name_set *set, const char *const *names, size_t count);
void name_set_release(struct name_set *set);
bool name_set_has(const struct name_set *set, const char *name);

/*
 * Prepares searches, and sorts @resized for them. All arguments must outlive the search. Errors:
 * NOMEM, UNSUPPORTED (too many references).
 */
struct rebtf_error *user_search_new(const struct diff_side *side, const struct name_set *exports,
				    struct resized_type_list *resized, struct user_search **search);
void user_search_free(struct user_search *search); /* NULL is allowed */

/*
 * Finds the users of the types with these @count numbers, which are one type in several members.
 * Adds them to @users, in order. Sets @is_complete to false if the searches so far took so many
 * steps that this one ended early. Errors: NOMEM.
 */
struct rebtf_error *user_search_run(struct user_search *search, const uint32_t *numbers,
				    size_t count, struct user_list *users, bool *is_complete);

/* Whether the function with this number is a kfunc. */
bool user_search_is_kfunc(const struct user_search *search, uint32_t number);

/*
 * Sets @reached, a malloced bit for each number of @side, to the functions and variables in
 * @symbols and all types that they lead to. Errors: NOMEM.
 */
struct rebtf_error *diff_side_reach(const struct diff_side *side, const struct name_set *symbols,
				    uint64_t **reached);

#endif
