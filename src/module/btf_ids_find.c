/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Looks up names in the index of the base, and sorts the types that it finds by their evidence, so
 * that bisection finds each id quickly, even if many ids name types of the same name.
 */
#include <stdlib.h>

#include "module/btf_ids_find.h"
#include "graph/spell.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"

/* FNV-1a of 32 bits: short, and the same in each process, unlike hash_string(). */
static uint32_t hash_spelling(const char *text, size_t length)
{
	uint32_t hash = 0x811c9dc5;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x01000193;
	return hash;
}

uint32_t ids_evidence(const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_type *t = btf_type(btf, id);
	char text[SPELLING_MAX];
	uint64_t work = 0;

	if (kind_is_composite(rebtf_type_kind(t)))
		return t->size;
	/* For a typedef or function, hash the type that it refers to. */
	return hash_spelling(text, spell_type(btf, t->type, text, &work));
}

static int compare_candidates(const void *a, const void *b)
{
	const struct ids_candidate *left = a, *right = b;

	return by_number(left->evidence, right->evidence) ?: by_number(left->id, right->id);
}

struct rebtf_error *ids_candidates_find(const struct rebtf_btf *btf, const char *name,
					uint32_t kind, struct ids_candidates *candidates)
{
	_cleanup_free_ uint32_t *ids = NULL;
	size_t count;

	TRY(rebtf_btf_find_all(btf, name, kind, REBTF_FIND_BASES_FIRST, &ids, &count));
	candidates->list = calloc(count + 1, sizeof(*candidates->list));
	if (!candidates->list)
		return error_nomem();
	candidates->count = count;
	candidates->lowest = count ? ids[0] : 0;
	for (size_t i = 0; i < count; i++)
		candidates->list[i] = (struct ids_candidate){ ids_evidence(btf, ids[i]), ids[i] };
	qsort(candidates->list, count, sizeof(*candidates->list), compare_candidates);
	return NULL;
}

void ids_candidates_release(struct ids_candidates *candidates)
{
	free(candidates->list);
	*candidates = (struct ids_candidates){};
}

uint32_t ids_candidates_like(const struct ids_candidates *candidates, uint32_t evidence)
{
	size_t low = 0, high = candidates->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (candidates->list[mid].evidence < evidence)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == candidates->count || candidates->list[low].evidence != evidence)
		return 0;
	return candidates->list[low].id;
}
