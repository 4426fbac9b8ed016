/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Chooses the definitions of forward declarations, and splits the partition accordingly. */
#include <stdlib.h>

#include "graph/forward_fit.h"
#include "graph/forward_resolve.h"
#include "util/cleanup.h"
#include "util/error.h"

/* Names can depend on one another. After this many rounds, those that are left are not chosen. */
#define FORWARD_ROUNDS 8

/* --- choices */

static uint32_t forward_block(const struct forward_names *f, const struct partition *p,
			      const struct forward_name *n, uint32_t i)
{
	return p->block_of[f->definitions[n->first + i]];
}

/* Returns whether a name that is still followed has several definitions. */
static bool forward_find_several(struct forward_names *f, const struct partition *p)
{
	bool found = false;

	for (size_t i = 1; i < f->names.count; i++) {
		struct forward_name *n = &f->names.items[i];

		n->several = false;
		for (uint32_t j = 1; f->by_name[i] && j < n->count; j++)
			n->several |= forward_block(f, p, n, j) != forward_block(f, p, n, 0);
		found |= n->several;
	}
	return found;
}

/*
 * References now distinguish the definitions of the name and its forward declarations. All but one
 * of these blocks are queued, and the largest is left out.
 */
static void forward_tell_apart(struct forward_names *f, struct partition *p, size_t number)
{
	const struct forward_name *n = &f->names.items[number];
	uint32_t forward = p->block_of[n->forward], largest = forward;

	f->by_name[number] = false;
	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t block = forward_block(f, p, n, i);

		if (p->blocks.items[block].count > p->blocks.items[largest].count)
			largest = block;
	}
	/* A chosen definition and its followers are one. */
	if (n->chosen != NO_BLOCK && p->blocks.items[n->chosen].follower == forward) {
		forward = n->chosen;
		largest = n->chosen;
	}
	for (uint32_t i = 0; i < n->count; i++) {
		if (forward_block(f, p, n, i) != largest)
			partition_queue(p, forward_block(f, p, n, i));
	}
	if (forward != largest)
		partition_queue(p, forward);
}

/*
 * Chooses definitions until each name that is still followed has one. A name without a choice is no
 * longer followed, and that can tell further definitions apart.
 */
static struct rebtf_error *forward_choose(struct forward_names *f, struct partition *p)
{
	for (int round = 1; forward_find_several(f, p); round++) {
		bool all_chosen = true;

		TRY(fit_choose(f, p));
		for (size_t i = 1; i < f->names.count; i++) {
			struct forward_name *n = &f->names.items[i];

			if (!n->several ||
			    (!n->kept && n->chosen != NO_BLOCK && round < FORWARD_ROUNDS))
				continue;
			all_chosen = false;
			n->chosen = NO_BLOCK;
			forward_tell_apart(f, p, i);
		}
		if (all_chosen || round == FORWARD_ROUNDS)
			break;
		TRY(partition_refine(p));
	}
	for (size_t i = 1; i < f->names.count; i++) {
		struct forward_name *n = &f->names.items[i];

		if (f->by_name[i] && !n->several)
			n->chosen = forward_block(f, p, n, 0);
	}
	return NULL;
}

/* --- references are followed */

/* Marks types that refer to a definition that was not chosen, at any depth. */
static struct rebtf_error *forward_find_strangers(const struct forward_names *f,
						  struct partition *p, bool *strange)
{
	struct partition_users users = {};
	struct u32_vector found = {};
	struct rebtf_error *err = partition_find_users(p, true, &users);

	for (size_t i = 1; !err && i < f->names.count; i++) {
		const struct forward_name *n = &f->names.items[i];

		for (uint32_t j = 0; f->by_name[i] && j < n->count; j++) {
			if (forward_block(f, p, n, j) == n->chosen)
				continue;
			strange[f->definitions[n->first + j]] = true;
			u32_vector_append(&found, f->definitions[n->first + j]);
		}
	}
	while (!err && found.count) {
		uint32_t id = found.items[--found.count];

		for (uint32_t i = users.starts[id]; i < users.starts[id + 1]; i++) {
			uint32_t user = users.edges[i];

			if (!strange[user])
				u32_vector_append(&found, user);
			strange[user] = true;
		}
	}
	if (!err && found.failed)
		err = error_nomem();
	u32_vector_release(&found);
	partition_users_release(&users);
	return err;
}

/* Forward declarations follow the chosen definitions that refer to no others, if there are any. */
static void forward_lead(struct forward_names *f, const struct partition *p,
			 const struct forward_name *n, const bool *strange)
{
	bool any = false;

	for (uint32_t i = 0; i < n->count; i++) {
		uint32_t id = f->definitions[n->first + i];

		f->leading[id] = p->block_of[id] == n->chosen && !strange[id];
		any |= f->leading[id];
	}
	for (uint32_t i = 0; i < n->count && !any; i++) {
		uint32_t id = f->definitions[n->first + i];

		f->leading[id] = p->block_of[id] == n->chosen;
	}
}

static struct rebtf_error *forward_follow(struct forward_names *f, struct partition *p)
{
	_cleanup_free_ bool *strange = calloc((size_t)p->run->count + 1, sizeof(*strange));
	bool several = forward_find_several(f, p);

	if (!strange)
		return error_nomem();
	if (several)
		TRY(forward_find_strangers(f, p, strange));
	for (size_t i = 1; i < f->names.count; i++) {
		const struct forward_name *n = &f->names.items[i];

		if (!f->by_name[i] || n->kept)
			continue;
		forward_lead(f, p, n, strange);
		partition_attach(p, n->chosen, p->block_of[n->forward]);
	}
	for (size_t i = 1; i < f->names.count; i++) {
		if (f->by_name[i] && f->names.items[i].several)
			forward_tell_apart(f, p, i);
		f->by_name[i] &= f->names.items[i].kept;
	}
	return partition_refine(p);
}

struct rebtf_error *forward_names_resolve(struct forward_names *f, struct partition *p)
{
	p->leading = f->leading;
	if (f->names.count > 1) {
		TRY(forward_choose(f, p));
		TRY(forward_follow(f, p));
	}
	f->targets = malloc((p->blocks.count + 1) * sizeof(*f->targets));
	if (!f->targets)
		return error_nomem();
	for (size_t i = 0; i < p->blocks.count; i++)
		f->targets[i] = i;
	for (size_t i = 0; i < p->blocks.count; i++) {
		if (p->blocks.items[i].follower != NO_BLOCK)
			f->targets[p->blocks.items[i].follower] = i;
	}
	return NULL;
}
