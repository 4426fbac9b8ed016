/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Merges a set, and records which members each type of the result comes from. */
#include <stdlib.h>

#include "core/merge.h"
#include "graph/dedup.h"
#include "graph/dedup_versions.h"
#include "split/sort.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

/* The members that have a type of the result. */
struct merge_origin {
	uint32_t first;
	uint32_t last; /* the last one that was counted */
	uint32_t count;
};

struct rebtf_merge {
	struct merge_input input; /* without its BTF at the end */
	const struct rebtf_set *set;
	uint32_t kernel_end; /* ids below it are the kernel's */
	struct rebtf_btf *btf;
	uint32_t *ids; /* by type of the input, from its first own type on: the id in the result */
	struct merge_origin *origins; /* by own type of the result */
	struct version_list list;
};

/* Deduplicates the input and sorts the result. Both change ids, so the two steps are combined. */
static struct rebtf_error *merge_reduce(struct rebtf_merge *m)
{
	_cleanup_unref_ struct rebtf_btf *reduced = NULL;
	_cleanup_free_ uint32_t *sorted_ids = NULL;
	uint32_t count = m->input.btf->own_count;

	TRY(dedup_types(m->input.btf, &reduced, &m->ids));
	/* The input is the largest part of the memory, and no later step needs it. */
	rebtf_btf_unref(take_ptr(&m->input.btf));
	TRY(sort_types(reduced, &m->btf, &sorted_ids));
	for (uint32_t i = 0; i < count; i++) {
		if (m->ids[i] >= reduced->start_id)
			m->ids[i] = sorted_ids[m->ids[i] - reduced->start_id];
	}
	return NULL;
}

static void merge_count_origin(struct rebtf_merge *m, uint32_t id, size_t member)
{
	struct merge_origin *origin;

	if (id < m->btf->start_id)
		return;
	origin = &m->origins[id - m->btf->start_id];
	if (!origin->count)
		origin->first = member;
	else if (origin->last == member)
		return;
	origin->last = member;
	origin->count++;
}

static struct rebtf_error *merge_find_origins(struct rebtf_merge *m)
{
	uint32_t start = m->btf->start_id;

	m->origins = calloc((size_t)m->btf->own_count + 1, sizeof(*m->origins));
	if (!m->origins)
		return error_nomem();
	for (size_t member = 0; member < m->input.members; member++) {
		const struct merge_span *span = &m->input.spans[member];

		for (uint32_t i = 0; i < span->count; i++)
			merge_count_origin(m, m->ids[span->first - start + i], member);
	}
	return NULL;
}

static struct rebtf_error *merge_make(struct rebtf_merge *m, struct rebtf_set *set, bool split)
{
	const struct rebtf_btf *kernel;

	TRY(rebtf_set_btf(set, SET_KERNEL, &kernel));
	m->kernel_end = rebtf_btf_type_count(kernel);
	TRY(merge_input_init(&m->input, set, split));
	TRY(merge_reduce(m));
	TRY(merge_find_origins(m));
	return versions_find(m->btf, &m->list);
}

struct rebtf_error *rebtf_merge(struct rebtf_set *set, const struct rebtf_merge_options *options,
				struct rebtf_merge **merge)
{
	struct rebtf_merge_options how;
	struct rebtf_merge *m;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_merge_options, &how, options));
	m = calloc(1, sizeof(*m));
	if (!m)
		return error_nomem();
	m->set = set;
	err = merge_make(m, set, how.split);
	if (err)
		rebtf_merge_free(m);
	else
		*merge = m;
	return err;
}

void rebtf_merge_free(struct rebtf_merge *merge)
{
	if (!merge)
		return;
	merge_input_release(&merge->input);
	rebtf_btf_unref(merge->btf);
	free(merge->ids);
	free(merge->origins);
	version_list_release(&merge->list);
	free(merge);
}

/* -------------------------------------------------------------------------------------- queries */

struct rebtf_btf *rebtf_merge_btf(const struct rebtf_merge *merge)
{
	return merge->btf;
}

const struct rebtf_error *rebtf_merge_error(const struct rebtf_merge *merge, size_t member)
{
	if (member >= merge->input.members)
		return NULL;
	return merge->input.spans[member].reason ?: rebtf_set_error(merge->set, member);
}

uint32_t rebtf_merge_id(const struct rebtf_merge *merge, size_t member, uint32_t id)
{
	uint32_t start = merge->btf->start_id, input_id = id;

	if (member >= merge->input.members)
		return 0;
	if (id >= merge->kernel_end) {
		const struct merge_span *span = &merge->input.spans[member];

		if (member == SET_KERNEL || id - merge->kernel_end >= span->count)
			return 0;
		input_id = span->first + (id - merge->kernel_end);
	}
	return input_id < start ? input_id : merge->ids[input_id - start];
}

static const struct merge_origin *merge_origin_of(const struct rebtf_merge *merge, uint32_t id)
{
	bool is_own = id >= merge->btf->start_id && id < rebtf_btf_type_count(merge->btf);

	return is_own ? &merge->origins[id - merge->btf->start_id] : NULL;
}

size_t rebtf_merge_origin(const struct rebtf_merge *merge, uint32_t id)
{
	const struct merge_origin *origin = merge_origin_of(merge, id);

	return origin ? origin->first : SET_KERNEL;
}

size_t rebtf_merge_shared(const struct rebtf_merge *merge, uint32_t id)
{
	const struct merge_origin *origin = merge_origin_of(merge, id);

	return origin ? origin->count : 0;
}

size_t rebtf_merge_count(const struct rebtf_merge *merge)
{
	return merge->list.versions.count;
}

const struct rebtf_version *rebtf_merge_at(const struct rebtf_merge *merge, size_t index)
{
	return index < merge->list.versions.count ? &merge->list.versions.items[index] : NULL;
}
