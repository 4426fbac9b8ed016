/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Creates and frees searches, and counts the steps of recorded paths. */
#include <stdlib.h>
#include <string.h>

#include "graph/reach.h"
#include "util/error.h"

struct rebtf_error *reach_init(struct reach_search *r, const struct rebtf_btf *split,
			       uint32_t states, bool record)
{
	uint32_t id_count = rebtf_btf_type_count(split);
	uint64_t nodes = (uint64_t)id_count * states;

	*r = (struct reach_search){ .id_count = id_count, .start_id = split->start_id };
	if (nodes >= REACH_NOWHERE)
		return error_nomem();
	r->nodes = nodes;
	r->seen = calloc(nodes / 64 + 1, sizeof(*r->seen));
	r->queue = malloc(nodes * sizeof(*r->queue));
	if (!r->seen || !r->queue)
		return error_nomem();
	if (!record)
		return NULL;
	r->arrivals = malloc(nodes * sizeof(*r->arrivals));
	if (!r->arrivals)
		return error_nomem();
	memset(r->arrivals, 0xff, nodes * sizeof(*r->arrivals));
	return NULL;
}

void reach_finish(struct reach_search *r)
{
	free(r->seen);
	free(r->queue);
	r->seen = NULL;
	r->queue = NULL;
}

void reach_release(struct reach_search *r)
{
	reach_finish(r);
	free(r->arrivals);
	r->arrivals = NULL;
}

/*
 * Ends the search because paths become too long. Own types that were reached last, but not left,
 * count as not reached, so that other paths can start there.
 */
static void reach_forget_last(struct reach_search *r)
{
	for (; r->next < r->queued; r->next++) {
		uint32_t node = r->queue[r->next];

		if (node % r->id_count < r->start_id)
			continue;
		r->seen[node / 64] &= ~((uint64_t)1 << node % 64);
		r->arrivals[node].from = REACH_NOWHERE;
	}
}

bool reach_next_level(struct reach_search *r)
{
	if (r->arrivals && r->next < r->queued && ++r->level == REACH_STEPS_MAX)
		reach_forget_last(r);
	r->level_end = r->queued;
	if (r->next < r->queued)
		return true;
	r->level = 0;
	return false;
}

void reach_from_landmarks(const struct rebtf_btf *split, bool all,
			  void (*start)(void *arg, uint32_t id), void (*run)(void *arg), void *arg)
{
	for (uint32_t i = 0; i < split->own_count; i++) {
		if (btf_is_landmark(split, btf_own_type(split, i)))
			start(arg, split->start_id + i);
	}
	run(arg);
	for (uint32_t i = 0; all && i < split->own_count; i++)
		start(arg, split->start_id + i);
	run(arg);
}

size_t reach_step_count(const struct reach_search *r, uint32_t state, uint32_t id)
{
	uint32_t node = state * r->id_count + id;
	size_t count = 1;

	if (r->arrivals[node].from == REACH_NOWHERE)
		return 0;
	for (; r->arrivals[node].from != node; node = r->arrivals[node].from)
		count++;
	return count;
}
