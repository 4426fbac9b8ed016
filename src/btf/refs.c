/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reference counting of the read-only object, and freeing it with all its caches. */
#include <stdlib.h>

#include "btf/btf.h"
#include "btf/name_index.h"
#include "util/table.h"

struct rebtf_btf *rebtf_btf_ref(const struct rebtf_btf *shared)
{
	struct rebtf_btf *btf = btf_mutable(shared);

	atomic_fetch_add_explicit(&btf->refs, 1, memory_order_relaxed);
	return btf;
}

void *btf_take(struct rebtf_btf *btf, size_t size)
{
	uint8_t *memory = btf->spare;

	/* Sizes stay multiples of the alignment. */
	size = (size + SPARE_ALIGN - 1) / SPARE_ALIGN * SPARE_ALIGN;
	if (!memory || (size_t)(btf->spare_end - memory) < size)
		return malloc(size);
	btf->spare += size;
	return memory;
}

void btf_give(const struct rebtf_btf *btf, void *memory)
{
	if (!btf_is_inside(btf, memory))
		free(memory);
}

/* A loop, not recursion, because a chain of bases may be long. */
void rebtf_btf_unref(struct rebtf_btf *btf)
{
	while (btf && atomic_fetch_sub_explicit(&btf->refs, 1, memory_order_acq_rel) == 1) {
		struct rebtf_btf *base = btf->base;

		name_index_free(atomic_load_explicit(&btf->index[0], memory_order_relaxed));
		name_index_free(atomic_load_explicit(&btf->index[1], memory_order_relaxed));
		table_free(atomic_load_explicit(&btf->string_index, memory_order_relaxed));
		for (size_t i = 0; i < TYPE_INDEXES; i++)
			table_free(atomic_load_explicit(&btf->type_index[i], memory_order_relaxed));
		pthread_mutex_destroy(&btf->index_lock);
		free(atomic_load_explicit(&btf->attached, memory_order_relaxed));
		free(atomic_load_explicit(&btf->roles, memory_order_relaxed));
		btf_give(btf, btf->places);
		btf_give(btf, btf->relocatable);
		free(btf->memory);
		free(btf->file);
		free(btf->release);
		free(btf);
		btf = base;
	}
}
