/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Chooses the candidates that the fewest relocations miss. */
#include <stdlib.h>

#include "core/relo.h"
#include "core/relo_choose.h"
#include "util/order.h"

/* A relocation, and the index of its root. */
struct relo_by_root {
	uint32_t root;
	const struct btf_ext_relo *relo;
};

DEFINE_VECTOR(relo_by_root_list, struct relo_by_root);

struct relo_choice {
	const struct rebtf_btf *local;
	uint32_t pointer_size;
	uint64_t *budget;
	struct relo_spec spec, target;
};

static int relo_choose_compare(const void *a, const void *b)
{
	const struct relo_by_root *left = a, *right = b;

	return by_number(left->root, right->root);
}

static struct rebtf_error *relo_choose_list(struct relo_candidates *c,
					    struct relo_by_root_list *list)
{
	const struct program_records *relos = &c->program->records[BTF_EXT_RELOS];

	for (size_t i = 0; i < relos->count; i++) {
		const struct btf_ext_relo *relo = relos->items[i].record;
		struct relo_by_root entry = { .relo = relo };

		if (!relo->type_id || relo->kind == REBTF_RELO_TYPE_ID_LOCAL)
			continue;
		entry.root = number_map_find(&c->root_of, relo->type_id)->value - 1;
		relo_by_root_list_append(list, entry);
	}
	if (list->failed)
		return error_nomem();
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), relo_choose_compare);
	return NULL;
}

/* Errors about a relocation count as a miss. Those about the run end it. */
static struct rebtf_error *relo_choose_try(struct relo_choice *choice,
					   const struct btf_ext_relo *relo,
					   const struct relo_candidate *candidate, bool *matches)
{
	struct rebtf_error *err = relo_spec_read(choice->local, relo->kind, relo->type_id,
						 btf_string(choice->local, relo->access_off),
						 choice->budget, &choice->spec);

	*matches = false;
	err = err
		      ?: relo_match(&choice->spec, candidate->btf, choice->pointer_size,
				    candidate->id, choice->budget, &choice->target, matches);
	if (err && *choice->budget && err->code != REBTF_ERR_NOMEM) {
		rebtf_error_free(err);
		return NULL;
	}
	return err;
}

/* Keeps those candidates of a root that the fewest of its @count relocations miss. */
static struct rebtf_error *relo_choose_root(struct relo_choice *choice, struct relo_root *root,
					    const struct relo_by_root *relos, size_t count)
{
	struct relo_candidate_list *list = &root->candidates;
	size_t kept = 0, best = SIZE_MAX;

	for (size_t i = 0; i < list->count; i++) {
		const struct relo_candidate candidate = list->items[i];
		size_t missed = 0;

		for (size_t j = 0; j < count; j++) {
			bool matches;

			TRY(relo_choose_try(choice, relos[j].relo, &candidate, &matches));
			missed += !matches;
		}
		if (missed > best)
			continue;
		kept = missed < best ? 0 : kept;
		best = missed;
		list->items[kept++] = candidate;
	}
	list->count = kept;
	return NULL;
}

static struct rebtf_error *relo_choose_all(struct relo_candidates *c, struct relo_choice *choice,
					   const struct relo_by_root_list *list)
{
	for (size_t i = 0, end; i < list->count; i = end) {
		struct relo_root *root = &c->roots.items[list->items[i].root];

		for (end = i; end < list->count && list->items[end].root == list->items[i].root;)
			end++;
		if (root->name == RELO_NO_NAME)
			continue;
		TRY(relo_candidates_of(c, root->id, choice->budget, &root));
		if (root->candidates.count > 1)
			TRY(relo_choose_root(choice, root, &list->items[i], end - i));
	}
	return NULL;
}

struct rebtf_error *relo_choose(struct relo_candidates *c, uint32_t pointer_size, uint64_t *budget)
{
	struct relo_choice *choice = calloc(1, sizeof(*choice));
	struct relo_by_root_list list = {};
	struct rebtf_error *err;

	if (!choice)
		return error_nomem();
	choice->local = c->program->btf;
	choice->pointer_size = pointer_size;
	choice->budget = budget;
	err = relo_choose_list(c, &list);
	err = err ?: relo_choose_all(c, choice, &list);
	relo_by_root_list_release(&list);
	free(choice);
	return err;
}
