/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Counts the types of its base that split BTF refers to. */
#include "btf/btf.h"
#include "graph/id_set.h"
#include "util/error.h"

struct base_refs {
	uint32_t start_id;
	struct id_set refs;
};

static inline void base_refs_add(void *arg, uint32_t id)
{
	struct base_refs *c = arg;

	if (id && id < c->start_id)
		id_set_add(&c->refs, id);
}

struct rebtf_error *rebtf_btf_count_base_refs(const struct rebtf_btf *split, size_t *count)
{
	struct base_refs c = { .start_id = split->start_id };

	if (!id_set_init(&c.refs, split->start_id))
		return error_nomem();
	for (uint32_t i = 0; i < split->own_count; i++)
		visit_ids(btf_own_type(split, i), base_refs_add, &c);
	*count = c.refs.count;
	id_set_release(&c.refs);
	return NULL;
}
