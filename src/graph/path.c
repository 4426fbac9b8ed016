/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Explains why a module depends on a type of its base: the shortest path to it from a named type of
 * the module. A breadth-first search starts from all named types of the module at once and records
 * for each type how it was reached. A path is then read backwards.
 *
 * Whether a reference may be followed depends on the path so far: a struct is embedded only if the
 * path has passed a member, and a pointer ends embedding. So the nodes of the search are pairs of a
 * state and a type, with one range of ids per state. Each kind of search runs once, on first use,
 * in time linear in the module and its base.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"

/* Longer paths do not explain anything. */
#define STEPS_MAX 256

/* The references that a search follows, and where it starts. */
enum search_kind {
	ANYHOW,		     /* any reference */
	EMBEDDED_IN_MEMBERS, /* as kernels look for embedded types */
	EMBEDDED_ANYWHERE,   /* everything by value */
	TRUSTED,	     /* as find_trusted() */
	EMBEDDED_IN_UNNAMED, /* as EMBEDDED_ANYWHERE and ANYHOW, but from all types of the module */
	ANYHOW_FROM_UNNAMED,
	SEARCHES,
};

enum state {
	NO_WAY = -1,
	/* Searches for embedded types: */
	OUTSIDE = 0, /* the path has not passed a type that contains others by value */
	INSIDE = 1,
	/* Search for trusted types, see trust.c: */
	THROUGH_POINTERS = 0,
	BY_VALUE = 1,
	STRUCT_OPS = 2, /* members of a struct bpf_struct_ops_* */
	OPERATIONS = 3, /* members of the struct_ops, as far as they are functions */
	CONTAINER = 4,	/* a struct bpf_struct_ops_* itself */
};

static const uint8_t state_counts[SEARCHES] = {
	[ANYHOW] = 1,  [EMBEDDED_IN_MEMBERS] = 2, [EMBEDDED_ANYWHERE] = 2,
	[TRUSTED] = 5, [EMBEDDED_IN_UNNAMED] = 2, [ANYHOW_FROM_UNNAMED] = 1,
};

/* The node was not reached. */
#define NOWHERE UINT32_MAX

/* The names of members belong to the BTF. */
struct rebtf_path {
	struct rebtf_btf *split; /* a reference */
	size_t count;
	struct rebtf_step steps[];
};

/* The step that reached a node. */
struct arrival {
	uint32_t from;	/* a node; the node itself at the start of a path; or NOWHERE */
	uint32_t field; /* which type id of @from's type, in the order of visit_ids() */
};

struct path_search {
	struct arrival *arrivals; /* indexed by node; NULL: not searched yet */
	uint32_t *queue;
	uint32_t queued;
};

struct rebtf_paths {
	struct rebtf_btf *split; /* a reference */
	uint32_t id_count;
	struct rebtf_trust trust;
	char **names; /* of trust: copies */
	uint32_t *ids;
	struct path_search searches[SEARCHES];
	struct rebtf_step steps[STEPS_MAX];
};

/* --------------------------------------------------------------------------------------- states */

static enum state embedded_state(const struct rebtf_type *t, enum state state, uint32_t field,
				 bool anywhere)
{
	uint32_t kind = rebtf_type_kind(t);

	if (kind_is_composite(kind))
		return INSIDE;
	if (kind == REBTF_KIND_ARRAY)
		/* The second id is the index type. */
		return anywhere ? INSIDE : field ? NO_WAY : state;
	if (kind_is_alias(kind))
		return state;
	if (!anywhere)
		return NO_WAY;
	if (kind == REBTF_KIND_VAR || kind == REBTF_KIND_FUNC_PROTO)
		return INSIDE;
	return kind == REBTF_KIND_FUNC ? state : NO_WAY;
}

static enum state trusted_state(const struct rebtf_type *t, enum state state)
{
	uint32_t kind = rebtf_type_kind(t);
	bool is_link = layout_of(t)->third == THIRD_TYPE && kind != REBTF_KIND_FUNC_PROTO;

	switch (state) {
	case CONTAINER:
		return STRUCT_OPS;
	case STRUCT_OPS:
		return kind == REBTF_KIND_STRUCT ? OPERATIONS : is_link ? STRUCT_OPS : NO_WAY;
	case OPERATIONS:
		if (kind == REBTF_KIND_FUNC_PROTO)
			return THROUGH_POINTERS;
		return is_link ? OPERATIONS : NO_WAY;
	default:
		if (kind_is_composite(kind))
			return BY_VALUE;
		return kind == REBTF_KIND_PTR && state == BY_VALUE ? NO_WAY : state;
	}
}

/* The state of the type in field @field of @t, which itself has state @state. */
static enum state next_state(enum search_kind kind, const struct rebtf_type *t, enum state state,
			     uint32_t field)
{
	switch (kind) {
	case EMBEDDED_IN_MEMBERS:
		return embedded_state(t, state, field, false);
	case EMBEDDED_ANYWHERE:
	case EMBEDDED_IN_UNNAMED:
		return embedded_state(t, state, field, true);
	case TRUSTED:
		return trusted_state(t, state);
	default:
		return state;
	}
}

/* ------------------------------------------------------------------------------------ searching */

struct traveller {
	const struct rebtf_paths *paths;
	struct path_search *search;
	enum search_kind kind;
	/* The current node. */
	const struct rebtf_type *type;
	uint32_t node;
	uint32_t field;
};

static void arrive(struct path_search *search, uint32_t node, uint32_t from, uint32_t field)
{
	if (search->arrivals[node].from != NOWHERE)
		return;
	search->arrivals[node] = (struct arrival){ from, field };
	search->queue[search->queued++] = node;
}

static void travel(void *arg, const uint32_t *id)
{
	struct traveller *tr = arg;
	uint32_t id_count = tr->paths->id_count;
	enum state state = next_state(tr->kind, tr->type, (enum state)(tr->node / id_count),
				      tr->field);

	if (*id && state != NO_WAY)
		arrive(tr->search, state * id_count + *id, tr->node, tr->field);
	tr->field++;
}

static void start_at(struct traveller *tr, uint32_t id, enum state state)
{
	uint32_t node = state * tr->paths->id_count + id;

	arrive(tr->search, node, node, 0);
}

static void start_at_trusted(void *arg, uint32_t id)
{
	struct traveller *tr = arg;
	const struct rebtf_btf *split = tr->paths->split;

	if (is_struct_ops(split, btf_type(split, id)))
		start_at(tr, id, CONTAINER);
	start_at(tr, id, THROUGH_POINTERS);
}

/* Whether people know the type by its name: paths start at such types. */
static bool is_landmark(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return layout_of(t)->landmark && *btf_string(btf, t->name_off);
}

static struct rebtf_error *start(struct traveller *tr)
{
	const struct rebtf_btf *split = tr->paths->split;
	bool from_unnamed = tr->kind == EMBEDDED_IN_UNNAMED || tr->kind == ANYHOW_FROM_UNNAMED;

	if (tr->kind == TRUSTED)
		return visit_trust_roots(split, &tr->paths->trust, start_at_trusted, tr);
	for (uint32_t i = 0; i < split->own_count; i++) {
		if (from_unnamed || is_landmark(split, btf_own_type(split, i)))
			start_at(tr, split->start_id + i, OUTSIDE);
	}
	return NULL;
}

/*
 * Whether the search continues from type @id. References of base types do not depend on the module.
 * But trust ends only at a named struct, even in a base that was not distilled.
 */
static bool goes_on_from(const struct rebtf_paths *paths, enum search_kind kind, uint32_t id)
{
	const struct rebtf_type *t = btf_type(paths->split, id);

	if (id >= paths->split->start_id)
		return true;
	return kind == TRUSTED && !btf_is_named_composite(paths->split, t);
}

static struct rebtf_error *search_from_all(struct rebtf_paths *paths, enum search_kind kind)
{
	struct traveller tr = { .paths = paths, .search = &paths->searches[kind], .kind = kind };

	TRY(start(&tr));
	for (uint32_t i = 0; i < tr.search->queued; i++) {
		uint32_t id = tr.search->queue[i] % paths->id_count;

		if (!goes_on_from(paths, kind, id))
			continue;
		tr.node = tr.search->queue[i];
		tr.type = btf_type(paths->split, id);
		tr.field = 0;
		visit_ids(tr.type, travel, &tr);
	}
	return NULL;
}

static struct rebtf_error *search_once(struct rebtf_paths *paths, enum search_kind kind)
{
	struct path_search *search = &paths->searches[kind];
	size_t nodes = (size_t)paths->id_count * state_counts[kind];
	struct rebtf_error *err;

	if (search->arrivals)
		return NULL;
	if (nodes >= NOWHERE)
		return error_nomem();
	/* A search that failed may have filled part of the queue. */
	search->queued = 0;
	search->arrivals = malloc(nodes * sizeof(*search->arrivals));
	search->queue = malloc(nodes * sizeof(*search->queue));
	if (search->arrivals && search->queue) {
		memset(search->arrivals, 0xff, nodes * sizeof(*search->arrivals));
		err = search_from_all(paths, kind);
	} else {
		err = error_nomem();
	}
	if (err) {
		free(search->arrivals);
		search->arrivals = NULL;
	}
	free(search->queue);
	search->queue = NULL;
	return err;
}

/*
 * -------------------------------------------------------------------------------- reading a path
 */

/* The name of the member or parameter that has type id @field of @t, or NULL. */
static const char *field_name(const struct rebtf_btf *btf, const struct rebtf_type *t,
			      uint32_t field)
{
	const struct rebtf_member *members = rebtf_type_data(t);
	const struct rebtf_param *params = rebtf_type_data(t);

	if (kind_is_composite(rebtf_type_kind(t)))
		return btf_string(btf, members[field].name_off);
	/* The first id is the return type. */
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO && field)
		return btf_string(btf, params[field - 1].name_off);
	return NULL;
}

/* Returns 0 if the path does not exist or is too long. */
static size_t count_steps(const struct path_search *search, uint32_t node)
{
	size_t count = 1;

	if (search->arrivals[node].from == NOWHERE)
		return 0;
	for (; search->arrivals[node].from != node; node = search->arrivals[node].from) {
		if (++count > STEPS_MAX)
			return 0;
	}
	return count;
}

static void read_steps(struct rebtf_paths *paths, const struct path_search *search, uint32_t node,
		       size_t count)
{
	const char *member = NULL;

	for (size_t i = count; i--;) {
		const struct arrival *arrival = &search->arrivals[node];
		uint32_t from_id = arrival->from % paths->id_count;

		paths->steps[i] = (struct rebtf_step){ node % paths->id_count, member };
		member = field_name(paths->split, btf_type(paths->split, from_id), arrival->field);
		node = arrival->from;
	}
}

/* Sets @count to 0 if this search has no path. */
static struct rebtf_error *path_look_up(struct rebtf_paths *paths, uint32_t id,
					enum search_kind kind, size_t *count)
{
	uint32_t inside = kind == ANYHOW || kind == ANYHOW_FROM_UNNAMED ? id : paths->id_count + id;
	struct path_search *search = &paths->searches[kind];
	uint32_t node = inside;

	TRY(search_once(paths, kind));
	*count = count_steps(search, inside);
	if (kind == TRUSTED) {
		size_t through_pointers = count_steps(search, id);

		if (through_pointers && (!*count || through_pointers < *count)) {
			*count = through_pointers;
			node = id;
		}
	}
	if (*count)
		read_steps(paths, search, node, *count);
	return NULL;
}

/* Makes a path of the first @count of the steps that path_look_up() has left. */
static struct rebtf_error *path_new(const struct rebtf_paths *paths, size_t count,
				    struct rebtf_path **path)
{
	struct rebtf_path *p = malloc(sizeof(*p) + count * sizeof(*p->steps));

	if (!p)
		return error_nomem();
	p->split = rebtf_btf_ref(paths->split);
	p->count = count;
	memcpy(p->steps, paths->steps, count * sizeof(*p->steps));
	*path = p;
	return NULL;
}

struct rebtf_error *rebtf_paths_find(struct rebtf_paths *paths, uint32_t id,
				     enum rebtf_reliance class, struct rebtf_path **path)
{
	/* The searches of each class, in the order of attempts. */
	static const enum search_kind searches[][3] = {
		[REBTF_RELIANCE_POINTER_ONLY] = { ANYHOW, ANYHOW_FROM_UNNAMED, SEARCHES },
		[REBTF_RELIANCE_EMBEDDED] = { EMBEDDED_IN_MEMBERS, EMBEDDED_ANYWHERE,
					      EMBEDDED_IN_UNNAMED },
		[REBTF_RELIANCE_TRUSTED] = { TRUSTED, SEARCHES },
	};
	size_t found = 0;

	if (id && id < paths->split->start_id) {
		for (int i = 0; i < 3 && !found && searches[class][i] != SEARCHES; i++)
			TRY(path_look_up(paths, id, searches[class][i], &found));
	}
	*path = NULL;
	return found ? path_new(paths, found, path) : NULL;
}

size_t rebtf_path_count(const struct rebtf_path *path)
{
	return path ? path->count : 0;
}

const struct rebtf_step *rebtf_path_at(const struct rebtf_path *path, size_t index)
{
	return index < path->count ? &path->steps[index] : NULL;
}

void rebtf_path_free(struct rebtf_path *path)
{
	if (!path)
		return;
	rebtf_btf_unref(path->split);
	free(path);
}

/* ----------------------------------------------------------------------------------- the object */

static struct rebtf_error *copy_trust(struct rebtf_paths *paths, const struct rebtf_trust *trust)
{
	paths->names = calloc(trust->name_count + 1, sizeof(*paths->names));
	paths->ids = calloc(trust->id_count + 1, sizeof(*paths->ids));
	if (!paths->names || !paths->ids)
		return error_nomem();
	paths->trust = (struct rebtf_trust){
		.names = (const char *const *)paths->names,
		.ids = paths->ids,
		.id_count = trust->id_count,
	};
	if (trust->id_count)
		memcpy(paths->ids, trust->ids, trust->id_count * sizeof(*trust->ids));
	for (; paths->trust.name_count < trust->name_count; paths->trust.name_count++) {
		char *name = strdup(trust->names[paths->trust.name_count]);

		if (!name)
			return error_nomem();
		paths->names[paths->trust.name_count] = name;
	}
	return NULL;
}

struct rebtf_error *rebtf_paths_new(struct rebtf_btf *split, const struct rebtf_trust *trust,
				    struct rebtf_paths **paths)
{
	struct rebtf_paths *p = calloc(1, sizeof(*p));
	struct rebtf_error *err = NULL;

	if (!p)
		return error_nomem();
	p->split = rebtf_btf_ref(split);
	p->id_count = rebtf_btf_type_count(split);
	if (trust)
		err = copy_trust(p, trust);
	if (err)
		rebtf_paths_free(p);
	else
		*paths = p;
	return err;
}

void rebtf_paths_free(struct rebtf_paths *paths)
{
	if (!paths)
		return;
	for (int i = 0; i < SEARCHES; i++)
		free(paths->searches[i].arrivals);
	for (size_t i = 0; i < paths->trust.name_count; i++)
		free(paths->names[i]);
	free(paths->names);
	free(paths->ids);
	rebtf_btf_unref(paths->split);
	free(paths);
}
