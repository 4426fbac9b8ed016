/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Splits the blocks of a partition until types in a block refer to the same blocks. */
#include <stdlib.h>
#include <string.h>

#include "graph/partition.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"

/* --- references to each type */

struct users_walk {
	const struct partition *p;
	struct partition_users *users;
	uint64_t user; /* the field's number << 32 | id */
	bool all;
};

/* Whether a reference to @id can ever matter: that type can still get another block. */
static bool users_matter(const struct users_walk *w, uint32_t id)
{
	return id && (w->all || !w->p->closed[id]);
}

static inline void users_count(void *arg, uint32_t id)
{
	struct users_walk *w = arg;

	if (users_matter(w, id))
		w->users->starts[id]++;
}

static inline void users_fill(void *arg, uint32_t id)
{
	struct users_walk *w = arg;

	if (users_matter(w, id))
		w->users->edges[--w->users->starts[id]] = w->user;
	w->user += (uint64_t)1 << 32;
}

/* Whether references of @id can ever matter: they could tell it apart from others in its block. */
static bool users_of_interest(const struct users_walk *w, uint32_t id)
{
	return w->all || (w->p->blocks.items[w->p->block_of[id]].count > 1 && !w->p->closed[id]);
}

struct rebtf_error *partition_find_users(struct partition *p, bool all,
					 struct partition_users *users)
{
	struct users_walk w = { .p = p, .users = users, .all = all };
	uint32_t count = p->run->count;
	size_t edges = 0;

	users->starts = calloc((size_t)count + 2, sizeof(*users->starts));
	if (!users->starts)
		return error_nomem();
	for (uint32_t id = 1; id <= count; id++) {
		if (users_of_interest(&w, id))
			visit_ids(run_type(p->run, id), users_count, &w);
	}
	for (uint32_t id = 1; id <= count + 1; id++)
		users->starts[id] = edges += id <= count ? users->starts[id] : 0;
	users->edges = malloc((edges + 1) * sizeof(*users->edges));
	if (!users->edges)
		return error_nomem();
	/* So far, the numbers are the ends. Filled from there, they become the starts. */
	for (uint32_t id = 1; id <= count; id++) {
		w.user = id;
		if (users_of_interest(&w, id))
			visit_ids(run_type(p->run, id), users_fill, &w);
	}
	return NULL;
}

void partition_users_release(struct partition_users *users)
{
	free(users->starts);
	free(users->edges);
	*users = (struct partition_users){};
}

/* --- the queue */

static bool partition_is_by_name(const struct partition *p, uint32_t block)
{
	uint32_t id = p->members[p->blocks.items[block].first];

	return p->names && p->by_name[p->names[id]];
}

void partition_queue(struct partition *p, uint32_t block)
{
	struct partition_block *b = &p->blocks.items[block];

	if (b->queued || partition_is_by_name(p, block))
		return;
	b->queued = true;
	u32_vector_append(&p->queue, block);
}

/* --- splitting */

/* Moves the type to the marked front of its block. */
static void partition_mark(struct partition *p, uint32_t id)
{
	uint32_t block = p->block_of[id], at = p->positions[id], other;
	struct partition_block *b = &p->blocks.items[block];
	uint32_t front = b->first + b->marked;

	if (b->count == 1 || at < front)
		return;
	if (!b->marked++)
		u32_vector_append(&p->touched, block);
	other = p->members[front];
	p->members[front] = id;
	p->members[at] = other;
	p->positions[id] = front;
	p->positions[other] = at;
}

/* The number of leaders among the marked members. */
static uint32_t partition_marked_leaders(const struct partition *p, const struct partition_block *b)
{
	uint32_t leaders = 0;

	for (uint32_t i = 0; b->follower != NO_BLOCK && i < b->marked; i++)
		leaders += p->leading[p->members[b->first + i]];
	return leaders;
}

/*
 * Decides which part of a block its follower stays with: the part that has all leaders. If both
 * parts have some, there is no longer one definition to follow.
 */
static void partition_part_follower(struct partition *p, struct partition_block *b,
				    struct partition_block *other, uint32_t other_leaders)
{
	uint32_t follower = b->follower;

	other->leaders = other_leaders;
	b->leaders -= other_leaders;
	if (follower == NO_BLOCK || !other_leaders)
		return;
	b->follower = NO_BLOCK;
	if (!b->leaders)
		other->follower = follower;
	else
		partition_queue(p, follower);
}

/* Makes a block of the marked or of the other members, whichever are fewer. */
static void partition_split(struct partition *p, uint32_t block)
{
	struct partition_block *b = &p->blocks.items[block], *added;
	uint32_t marked = b->marked, leaders = partition_marked_leaders(p, b), number;

	b->marked = 0;
	if (marked == b->count)
		return;
	number = p->blocks.count;
	added = partition_blocks_append(&p->blocks,
					(struct partition_block){ .follower = NO_BLOCK });
	if (!added)
		return;
	b = &p->blocks.items[block];
	if (marked <= b->count - marked) {
		added->first = b->first;
		added->count = marked;
		b->first += marked;
	} else {
		added->first = b->first + marked;
		added->count = b->count - marked;
		leaders = b->leaders - leaders;
	}
	b->count -= added->count;
	for (uint32_t i = 0; i < added->count; i++)
		p->block_of[p->members[added->first + i]] = number;
	partition_part_follower(p, b, added, leaders);
	/* If the block is queued, both parts have to be; otherwise the smaller one is enough. */
	partition_queue(p, number);
}

/* --- the references to a block */

static int by_edge(const void *a, const void *b)
{
	return by_number(*(const uint64_t *)a, *(const uint64_t *)b);
}

static bool partition_gather(struct partition *p, uint32_t block, size_t *count)
{
	const struct partition_block *b = &p->blocks.items[block];

	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t id = p->members[b->first + i];
		uint32_t start = p->users.starts[id], end = p->users.starts[id + 1];

		if (end == start)
			continue;
		if (*count + (end - start) > p->edge_room) {
			uint64_t *edges = vector_grow(p->edges, *count, &p->edge_room, end - start,
						      sizeof(*edges));

			if (!edges)
				return false;
			p->edges = edges;
		}
		memcpy(p->edges + *count, p->users.edges + start, (end - start) * sizeof(uint64_t));
		*count += end - start;
	}
	return true;
}

/* References from the same field come one after the other. */
static void partition_sort(uint64_t *edges, size_t count)
{
	uint32_t different = 0;

	for (size_t i = 1; i < count; i++)
		different |= edges[i] >> 32 ^ edges[0] >> 32;
	if (different)
		qsort(edges, count, sizeof(*edges), by_edge);
}

/* Splits the blocks of types by whether a field refers to @block. */
static bool partition_visit(struct partition *p, uint32_t block)
{
	uint32_t follower = p->blocks.items[block].follower;
	size_t count = 0;

	if (!partition_gather(p, block, &count) ||
	    (follower != NO_BLOCK && !partition_gather(p, follower, &count)))
		return false;
	partition_sort(p->edges, count);
	for (size_t i = 0; i < count; i++) {
		partition_mark(p, (uint32_t)p->edges[i]);
		if (i + 1 < count && p->edges[i] >> 32 == p->edges[i + 1] >> 32)
			continue;
		for (size_t j = 0; j < p->touched.count; j++)
			partition_split(p, p->touched.items[j]);
		p->touched.count = 0;
	}
	return true;
}

struct rebtf_error *partition_refine(struct partition *p)
{
	if (p->queue.failed)
		return error_nomem();
	if (p->queue.count && !p->users.edges)
		TRY(partition_find_users(p, false, &p->users));
	while (p->queue.count) {
		uint32_t block = p->queue.items[--p->queue.count];

		p->blocks.items[block].queued = false;
		if (!partition_visit(p, block) || p->queue.failed || p->touched.failed ||
		    p->blocks.failed)
			return error_nomem();
	}
	return NULL;
}

void partition_attach(struct partition *p, uint32_t block, uint32_t follower)
{
	struct partition_block *b = &p->blocks.items[block];

	b->follower = follower;
	for (uint32_t i = 0; i < b->count; i++)
		b->leaders += p->leading[p->members[b->first + i]];
}

struct rebtf_error *partition_init(struct partition *p, const struct type_run *run,
				   const uint32_t *names, bool *by_name)
{
	*p = (struct partition){ .run = run, .names = names, .by_name = by_name };
	TRY(partition_start(p));
	return partition_refine(p);
}

void partition_release(struct partition *p)
{
	free(p->block_of);
	free(p->members);
	free(p->positions);
	partition_blocks_release(&p->blocks);
	free(p->ordered);
	u32_vector_release(&p->loops);
	free(p->closed);
	partition_users_release(&p->users);
	u32_vector_release(&p->queue);
	u32_vector_release(&p->touched);
	free(p->edges);
}

struct rebtf_error *find_same_types(const struct type_run *run, uint32_t **classes)
{
	_cleanup_free_ uint32_t *found = malloc(((size_t)run->count + 1) * sizeof(*found));
	_cleanup_(partition_release) struct partition p = {};

	if (!found)
		return error_nomem();
	TRY(partition_init(&p, run, NULL, NULL));
	found[0] = 0;
	for (uint32_t id = 1; id <= run->count; id++)
		found[id] = p.members[p.blocks.items[p.block_of[id]].first];
	for (size_t i = 0; i < p.loops.count; i++)
		found[p.loops.items[i]] = p.loops.items[i];
	*classes = take_ptr(&found);
	return NULL;
}
