/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Explains why a module depends on a type of its base: the shortest path to it from a named type of
 * the module. The searches for embedded and trusted types record from where they reached each type
 * (embedded.c, trust.c). This file reads the records backwards, and has the simplest search, which
 * follows any reference. Each search runs once, on first use.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/embedded.h"
#include "graph/path.h"
#include "graph/trust.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

/* The searches, by the references that they follow. */
enum path_search {
	PATH_ANYHOW,		/* any reference */
	PATH_EMBEDDED,		/* as kernels look for embedded types */
	PATH_EMBEDDED_BY_VALUE, /* everything by value */
	PATH_TRUSTED,
	PATH_SEARCHES,
};

/* The names of members belong to the BTF. */
struct rebtf_path {
	struct rebtf_btf *split; /* a reference */
	size_t count;
	struct rebtf_step steps[];
};

struct rebtf_paths {
	struct rebtf_btf *split; /* a reference */
	struct rebtf_trust trust;
	char **names; /* of trust: copies */
	uint32_t *ids;
	struct reach_search searches[PATH_SEARCHES]; /* without arrivals: not searched yet */
	struct rebtf_step steps[REACH_STEPS_MAX];
};

/* ------------------------------------------------------------------------------- any reference */

struct path_any {
	const struct rebtf_btf *split;
	struct reach_search reach;
};

static inline void path_meet(void *arg, uint32_t id)
{
	reach_meet(&((struct path_any *)arg)->reach, 0, id);
}

static void path_start(void *arg, uint32_t id)
{
	reach_start(&((struct path_any *)arg)->reach, 0, id);
}

/* References between base types do not depend on the module. */
static void path_run(void *arg)
{
	struct path_any *any = arg;
	uint32_t state, id;

	while (reach_next(&any->reach, &state, &id)) {
		if (id >= any->split->start_id)
			visit_ids(btf_type(any->split, id), path_meet, any);
	}
}

static struct rebtf_error *trace_any(const struct rebtf_btf *split, struct reach_search *reach)
{
	struct path_any any = { .split = split };
	struct rebtf_error *err = reach_init(&any.reach, split, 1, true);

	if (err) {
		reach_release(&any.reach);
		return err;
	}
	reach_from_landmarks(split, true, path_start, path_run, &any);
	reach_finish(&any.reach);
	*reach = any.reach;
	return NULL;
}

static struct rebtf_error *path_search_once(struct rebtf_paths *paths, enum path_search search)
{
	struct reach_search *reach = &paths->searches[search];

	if (reach->arrivals)
		return NULL;
	switch (search) {
	case PATH_EMBEDDED:
		return trace_embedded(paths->split, EMBEDDED_FOR_KERNEL, reach);
	case PATH_EMBEDDED_BY_VALUE:
		return trace_embedded(paths->split, EMBEDDED_BY_VALUE, reach);
	case PATH_TRUSTED:
		return trace_trusted(paths->split, &paths->trust, reach);
	default:
		return trace_any(paths->split, reach);
	}
}

/* ------------------------------------------------------------------------------ reading a path */

/* The name of the member or parameter that has type id @field of @t, or NULL. */
static const char *field_name(const struct rebtf_btf *btf, const struct rebtf_type *t,
			      uint32_t field)
{
	const struct rebtf_member *members = rebtf_members(t);
	const struct rebtf_param *params = rebtf_params(t);

	if (kind_is_composite(rebtf_type_kind(t)))
		return btf_string(btf, members[field].name_off);
	/* The first id is the return type. */
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO && field)
		return btf_string(btf, params[field - 1].name_off);
	return NULL;
}

static void read_steps(struct rebtf_paths *paths, const struct reach_search *reach, uint32_t node,
		       size_t count)
{
	const char *member = NULL;

	for (size_t i = count; i--;) {
		const struct reach_arrival *arrival = &reach->arrivals[node];
		uint32_t from_id = arrival->from % reach->id_count;

		paths->steps[i] = (struct rebtf_step){ node % reach->id_count, member };
		member = field_name(paths->split, btf_type(paths->split, from_id), arrival->field);
		node = arrival->from;
	}
}

/* Sets @count to 0 if this search has no path. */
static struct rebtf_error *path_look_up(struct rebtf_paths *paths, uint32_t id,
					enum path_search search, size_t *count)
{
	/* The states 0 and, of trusted types, 1 are those that put a type into a class. */
	uint32_t states = search == PATH_TRUSTED ? 2 : 1, node = 0;
	const struct reach_search *reach = &paths->searches[search];

	TRY(path_search_once(paths, search));
	*count = 0;
	for (uint32_t state = 0; state < states; state++) {
		size_t steps = reach_step_count(reach, state, id);

		if (!steps || (*count && *count <= steps))
			continue;
		*count = steps;
		node = state * reach->id_count + id;
	}
	if (*count)
		read_steps(paths, reach, node, *count);
	return NULL;
}

struct rebtf_error *path_of_steps(const struct rebtf_btf *btf, const struct rebtf_step *steps,
				  size_t count, struct rebtf_path **path)
{
	struct rebtf_path *p = malloc(sizeof(*p) + count * sizeof(*p->steps));

	if (!p)
		return error_nomem();
	p->split = rebtf_btf_ref(btf);
	p->count = count;
	memcpy(p->steps, steps, count * sizeof(*p->steps));
	*path = p;
	return NULL;
}

struct rebtf_error *rebtf_paths_find(struct rebtf_paths *paths, uint32_t id,
				     enum rebtf_reliance class, struct rebtf_path **path)
{
	/* The searches of each class, in the order of attempts. */
	static const enum path_search searches[][2] = {
		[REBTF_RELIANCE_POINTER_ONLY] = { PATH_ANYHOW, PATH_SEARCHES },
		[REBTF_RELIANCE_EMBEDDED] = { PATH_EMBEDDED, PATH_EMBEDDED_BY_VALUE },
		[REBTF_RELIANCE_TRUSTED] = { PATH_TRUSTED, PATH_SEARCHES },
	};
	size_t found = 0;

	TRY(options_check("reliance", class, REBTF_RELIANCE_TRUSTED));
	if (id && id < paths->split->start_id) {
		for (int i = 0; i < 2 && !found && searches[class][i] != PATH_SEARCHES; i++)
			TRY(path_look_up(paths, id, searches[class][i], &found));
	}
	if (!found) {
		*path = NULL;
		return NULL;
	}
	/* The steps that path_look_up() has left. */
	return path_of_steps(paths->split, paths->steps, found, path);
}

size_t rebtf_path_count(const struct rebtf_path *path)
{
	return path ? path->count : 0;
}

const struct rebtf_step *rebtf_path_at(const struct rebtf_path *path, size_t index)
{
	return index < rebtf_path_count(path) ? &path->steps[index] : NULL;
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
		.size = sizeof(struct rebtf_trust),
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
	struct rebtf_trust given;
	struct rebtf_error *err;

	if (!p)
		return error_nomem();
	p->split = rebtf_btf_ref(split);
	err = OPTIONS_COPY(rebtf_trust, &given, trust);
	if (!err)
		err = copy_trust(p, &given);
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
	for (int i = 0; i < PATH_SEARCHES; i++)
		reach_release(&paths->searches[i]);
	for (size_t i = 0; i < paths->trust.name_count; i++)
		free(paths->names[i]);
	free(paths->names);
	free(paths->ids);
	rebtf_btf_unref(paths->split);
	free(paths);
}
