/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the remote types that contain themselves, and makes them void. The nodes of a store have no
 * cycle (nodes.h), so each cycle passes a remote type.
 *
 * Threads decide which store has a node, and two stores can have the same node. So the place of a cut
 * must not depend on nodes. Whether a remote type contains itself depends on the DWARF alone.
 *
 * This is Tarjan's algorithm for strongly connected components. The vertices are the nodes of all
 * stores, and behind them the remote types. A node of kind NODE_REMOTE leads to its remote type, and
 * that leads to the node which was found for it.
 */
#include <stdlib.h>

#include "encode/encoding.h"
#include "util/cleanup.h"
#include "util/vec.h"

/* The component of the vertex is complete. Greater than the order of any other vertex. */
#define VERTEX_DONE UINT32_MAX

/* A vertex on the path from the start to the current one. */
struct remote_vertex {
	uint32_t store; /* or the number of stores: @id is remotes_index() of a remote type */
	uint32_t id;
	uint32_t next;	/* edge to follow */
	uint32_t order; /* its number, from 1, among the reached vertices */
};

DEFINE_VECTOR(remote_vertex_vector, struct remote_vertex);

struct remote_cycles {
	struct encoding *e;
	/* By store: the number of the vertex of its node 0. Then the same of remote types. */
	uint32_t *starts;
	/*
	 * By vertex: 0 if it is not reached yet, VERTEX_DONE, or the smallest order that was seen
	 * from it.
	 */
	uint32_t *lowest;
	uint32_t reached;
	struct remote_vertex_vector path;
	struct u32_vector open; /* vertices that are reached and not done */
};

static void remote_cycles_release(struct remote_cycles *c)
{
	free(c->starts);
	free(c->lowest);
	remote_vertex_vector_release(&c->path);
	u32_vector_release(&c->open);
}

static bool remote_cycles_init(struct remote_cycles *c, struct encoding *e)
{
	uint64_t count = 0;

	c->e = e;
	c->starts = malloc((e->worker_count + 1) * sizeof(*c->starts));
	if (!c->starts)
		return false;
	for (uint32_t i = 0; i < e->worker_count; i++) {
		c->starts[i] = (uint32_t)count;
		count += node_store_count(e->workers[i].store);
	}
	c->starts[e->worker_count] = (uint32_t)count;
	count += e->remotes.count + 1;
	c->lowest = count < VERTEX_DONE ? calloc(count, sizeof(*c->lowest)) : NULL;
	return c->lowest;
}

/*
 * Sets *@store and *@id to the vertex that edge number @edge of @from leads to. *@id is 0 for void.
 * Returns false if @from has no more edges.
 */
static bool remote_vertex_edge(const struct encoding *e, const struct remote_vertex *from,
			       uint32_t edge, uint32_t *store, uint32_t *id)
{
	const struct node_store *nodes;
	const struct node *node;
	const uint32_t *types;
	uint32_t count, stride;

	if (from->store == e->worker_count) {
		*store = e->remotes.items[from->id - 1].store;
		*id = e->remotes.items[from->id - 1].node;
		return !edge;
	}
	nodes = e->workers[from->store].store;
	node = node_store_get(nodes, from->id);
	if (node->kind == NODE_REMOTE) {
		*store = e->worker_count;
		*id = remotes_index(e, node);
		return !edge;
	}
	types = node_element_types(nodes, node, &count, &stride);
	*store = from->store;
	if (edge > count)
		return false;
	*id = edge ? types[(size_t)(edge - 1) * stride] : node->type;
	return true;
}

static void remote_cycles_reach(struct remote_cycles *c, uint32_t store, uint32_t id)
{
	struct remote_vertex vertex = { .store = store, .id = id, .order = ++c->reached };

	c->lowest[c->starts[store] + id] = vertex.order;
	u32_vector_append(&c->open, c->starts[store] + id);
	remote_vertex_vector_append(&c->path, vertex);
}

/* The vertices from @vertex on are a component. If it is a cycle, its remote types become void. */
static void remote_cycles_end_component(struct remote_cycles *c, uint32_t vertex)
{
	uint32_t first_remote = c->starts[c->e->worker_count], last;
	bool is_cycle = c->open.items[c->open.count - 1] != vertex;

	do {
		last = c->open.items[--c->open.count];
		c->lowest[last] = VERTEX_DONE;
		if (is_cycle && last >= first_remote)
			c->e->remotes.items[last - first_remote - 1].node = 0;
	} while (last != vertex);
}

/* All edges of the last vertex of the path are followed. */
static void remote_cycles_leave(struct remote_cycles *c)
{
	struct remote_vertex *top = &c->path.items[--c->path.count];
	uint32_t vertex = c->starts[top->store] + top->id, lowest = c->lowest[vertex], *before;

	if (lowest == top->order) {
		remote_cycles_end_component(c, vertex);
	} else {
		before = &c->lowest[c->starts[top[-1].store] + top[-1].id];
		*before = lowest < *before ? lowest : *before;
	}
}

static void remote_cycles_walk(struct remote_cycles *c)
{
	while (c->path.count && !c->path.failed && !c->open.failed) {
		struct remote_vertex *top = &c->path.items[c->path.count - 1];
		uint32_t *lowest = &c->lowest[c->starts[top->store] + top->id];
		uint32_t store, id = 0, seen;

		if (!remote_vertex_edge(c->e, top, top->next++, &store, &id)) {
			remote_cycles_leave(c);
			continue;
		}
		if (!id)
			continue;
		seen = c->lowest[c->starts[store] + id];
		if (!seen)
			remote_cycles_reach(c, store, id);
		else if (seen < *lowest)
			*lowest = seen;
	}
}

bool remote_cycles_cut(struct encoding *e)
{
	_cleanup_(remote_cycles_release) struct remote_cycles c = {};

	if (!e->remotes.count)
		return true;
	if (!remote_cycles_init(&c, e))
		return false;
	for (uint32_t i = 1; i <= e->remotes.count; i++) {
		if (c.lowest[c.starts[e->worker_count] + i])
			continue;
		remote_cycles_reach(&c, e->worker_count, i);
		remote_cycles_walk(&c);
	}
	return !c.path.failed && !c.open.failed;
}
