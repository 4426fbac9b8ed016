/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A breadth-first search along the references of split BTF and its base. Which references count
 * depends on the path so far: a struct is embedded only if the path has passed a member, and a
 * pointer ends embedding. So a node of the search is a state and a type. embedded.c and trust.c
 * have the states and rules. Each node is reached once, so a search is linear in the types.
 *
 * On request, the search records for each node from where it was reached. path.c reads these
 * records backwards. They take eight bytes per node, so a search that only wants the set of types
 * does without.
 */
#ifndef REBTF_GRAPH_REACH_H
#define REBTF_GRAPH_REACH_H

#include "btf/btf.h"

/* Longer paths do not explain anything. A search that records does not go further. */
#define REACH_STEPS_MAX 256

/* The node was not reached. */
#define REACH_NOWHERE UINT32_MAX

/* The step that reached a node. */
struct reach_arrival {
	uint32_t from;	/* a node; the node itself at the start of a path; or REACH_NOWHERE */
	uint32_t field; /* the index of the reference among the type ids of @from's type */
};

struct reach_search {
	uint32_t id_count; /* of split and base. Type id in state s is node s * id_count + id. */
	uint32_t start_id; /* of the split */
	uint32_t nodes;
	struct reach_arrival *arrivals; /* by node, malloced; NULL: not recorded */
	uint64_t *seen;			/* one bit per node, malloced */
	uint32_t *queue;		/* the reached nodes in order, malloced */
	uint32_t queued;
	uint32_t next;	    /* index in queue of the node after the current one */
	uint32_t level_end; /* index in queue of the first node with more steps */
	uint32_t level;	    /* steps of the current node's path */
	uint32_t node;	    /* the current node */
	uint32_t field;	    /* the reference of it that is met next */
};

/* Errors: NOMEM. Must be released in any case. */
struct rebtf_error *reach_init(struct reach_search *r, const struct rebtf_btf *split,
			       uint32_t states, bool record);
void reach_release(struct reach_search *r);

/* Frees everything but the records. */
void reach_finish(struct reach_search *r);

/* Begins the next level of a recorded search. Returns false if the search is over. */
bool reach_next_level(struct reach_search *r);

static inline bool reach_add(struct reach_search *r, uint32_t node, struct reach_arrival arrival)
{
	uint64_t bit = (uint64_t)1 << node % 64;

	if (r->seen[node / 64] & bit)
		return false;
	r->seen[node / 64] |= bit;
	r->queue[r->queued++] = node;
	if (r->arrivals)
		r->arrivals[node] = arrival;
	return true;
}

/* Starts paths at a type. Returns true if it was not reached before in this state. */
static inline bool reach_start(struct reach_search *r, uint32_t state, uint32_t id)
{
	uint32_t node = state * r->id_count + id;

	return reach_add(r, node, (struct reach_arrival){ node, 0 });
}

/*
 * Follows the next reference of the current node to type @id. Must be called for each reference in
 * the order of visit_ids(), up to the last one that counts. Returns true if the type was not
 * reached before in this state.
 */
static inline bool reach_meet(struct reach_search *r, uint32_t state, uint32_t id)
{
	const struct reach_arrival arrival = { r->node, r->field++ };

	return id && reach_add(r, state * r->id_count + id, arrival);
}

/* Makes the next reached node the current one. Returns false at the end of the search. */
static inline bool reach_next(struct reach_search *r, uint32_t *state, uint32_t *id)
{
	if (r->next == r->level_end && !reach_next_level(r))
		return false;
	r->node = r->queue[r->next++];
	r->field = 0;
	*state = 0;
	for (*id = r->node; *id >= r->id_count; *id -= r->id_count)
		++*state;
	return true;
}

/*
 * Runs a recorded search from the split's own landmarks, see btf_is_landmark(). Then, if @all, also
 * from its other types that the search did not reach. @start starts at a type, @run runs the search.
 */
void reach_from_landmarks(const struct rebtf_btf *split, bool all,
			  void (*start)(void *arg, uint32_t id), void (*run)(void *arg), void *arg);

/*
 * The number of steps of the recorded path to a node, which is 0 if it was not reached. Both ends
 * count.
 */
size_t reach_step_count(const struct reach_search *r, uint32_t state, uint32_t id);

#endif
