/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renews sorted sets in .BTF_ids. A set is sorted by id, so a symbol only tells that its type is in
 * the set. To move an id and its flags, this file first assigns the words of the set to symbols: by
 * the types that the old ids stood for, and words without an id by their recorded flags. If neither
 * decides, all remaining assignments must give the same result.
 */
#include <string.h>

#include "module/btf_ids_renewal.h"
#include "util/cleanup.h"

/* An id in a set. */
struct element {
	uint64_t place;
	const struct named_type *type; /* NULL: unknown, or no symbol names it */
	uint32_t id;
	uint32_t flags;
	bool taken; /* assigned to a symbol */
};

static int elements_by_type(const void *a, const void *b)
{
	const struct element *left = a, *right = b;

	return by_number((uintptr_t)left->type, (uintptr_t)right->type)
		       ?: by_number(left->place, right->place);
}

static int elements_by_place(const void *a, const void *b)
{
	return by_number(((const struct element *)a)->place, ((const struct element *)b)->place);
}

static int elements_by_id(const void *a, const void *b)
{
	const struct element *left = a, *right = b;

	return by_number(left->id, right->id) ?: by_number(left->place, right->place);
}

/* Free elements first, by flags. Among equal flags, elements with an id first. */
static int elements_by_flags(const void *a, const void *b)
{
	const struct element *left = a, *right = b;

	return by_number(left->taken, right->taken)
		       ?: by_number(left->flags, right->flags)
				  ?: by_number(!left->id, !right->id)
					     ?: by_number(left->place, right->place);
}

static int words_by_type(const void *a, const void *b)
{
	const struct renewed_word *left = a, *right = b;

	return by_number((uintptr_t)left->type, (uintptr_t)right->type)
		       ?: by_number(left->offset, right->offset);
}

static int btf_ids_sets_words_by_offset(const void *a, const void *b)
{
	return by_number(((const struct renewed_word *)a)->offset,
			 ((const struct renewed_word *)b)->offset);
}

/* Words without a place first, by flags. */
static int words_by_flags(const void *a, const void *b)
{
	const struct renewed_word *left = a, *right = b;

	return by_number(left->place != NOWHERE, right->place != NOWHERE)
		       ?: by_number(left->flags, right->flags)
				  ?: by_number(left->offset, right->offset);
}

static void sort_words(struct renewed_word *words, size_t count,
		       int (*compare)(const void *, const void *))
{
	if (count)
		qsort(words, count, sizeof(*words), compare);
}

static void sort_elements(struct element *elements, size_t count,
			  int (*compare)(const void *, const void *))
{
	if (count)
		qsort(elements, count, sizeof(*elements), compare);
}

static void take(struct renewed_word *word, struct element *element)
{
	word->place = element->place;
	element->taken = true;
}

/* Assigns to words the elements whose old ids stood for the same types. */
static void match_types(struct renewed_word *words, size_t word_count, struct element *elements,
			size_t count)
{
	size_t w = 0, e = 0;

	sort_words(words, word_count, words_by_type);
	sort_elements(elements, count, elements_by_type);
	while (w < word_count && e < count) {
		int order = by_number((uintptr_t)words[w].type, (uintptr_t)elements[e].type);

		if (!order)
			take(&words[w++], &elements[e++]);
		else if (order < 0)
			w++;
		else
			e++;
	}
	sort_words(words, word_count, btf_ids_sets_words_by_offset);
	sort_elements(elements, count, elements_by_place);
}

static struct rebtf_error *unnamed_ids(const struct btf_id_set *set)
{
	return error_new(REBTF_ERR_UNSUPPORTED,
			 "no symbol names the types of the ids in set %.255s", set->symbol);
}

static struct rebtf_error *unclear_flags(const struct btf_id_set *set)
{
	return error_new(REBTF_ERR_UNSUPPORTED, "cannot match the flags in set %.255s to its ids",
			 set->symbol);
}

/* Free elements of a set, and words without an element. */
struct rest {
	size_t words;
	size_t elements;
	size_t ids; /* free elements with an id */
	bool same_flags;
};

static struct rest count_rest(const struct btf_id_set *set, const struct renewed_word *words,
			      const struct element *elements)
{
	struct rest rest = { .same_flags = true };
	const struct element *first = NULL;

	for (size_t i = 0; i < set->word_count; i++)
		rest.words += words[i].place == NOWHERE;
	for (size_t i = 0; i < set->count; i++) {
		if (elements[i].taken)
			continue;
		first = first ?: &elements[i];
		rest.same_flags = rest.same_flags && elements[i].flags == first->flags;
		rest.elements++;
		rest.ids += elements[i].id != 0;
	}
	return rest;
}

/*
 * Assigns to the remaining words elements with their recorded flags. The words get new ids, so only
 * the flags of an element matter.
 */
static struct rebtf_error *match_flags(const struct btf_id_set *set, struct renewed_word *words,
				       struct element *elements, const struct rest *rest)
{
	size_t e = 0;

	sort_words(words, set->word_count, words_by_flags);
	sort_elements(elements, set->count, elements_by_flags);
	for (size_t w = 0; w < set->word_count && words[w].place == NOWHERE; w++) {
		while (e < rest->elements && elements[e].flags < words[w].flags)
			e++;
		if (e == rest->elements || elements[e].flags != words[w].flags)
			return unclear_flags(set);
		take(&words[w], &elements[e++]);
	}
	for (e = 0; e < rest->elements; e++) {
		if (!elements[e].taken && elements[e].id)
			return unnamed_ids(set);
	}
	sort_words(words, set->word_count, btf_ids_sets_words_by_offset);
	sort_elements(elements, set->count, elements_by_place);
	return NULL;
}

/* Whether the new BTF has a type of that name, own or in the base. */
static struct rebtf_error *is_found_now(struct renewal *r, struct named_type *type, bool *found)
{
	if (!type->own_now)
		TRY(renewal_ask_base(r, type));
	*found = type->own_now || type->base_now.count;
	return NULL;
}

/*
 * Assigns the remaining elements to the remaining words, in order. A word may get an element that
 * was not its own. That must not matter: either all have the same flags, or no word gets an id.
 */
static struct rebtf_error *match_order(struct renewal *r, const struct btf_id_set *set,
				       struct renewed_word *words, struct element *elements,
				       const struct rest *rest)
{
	size_t e = 0;

	if (!rest->same_flags && (rest->ids || rest->elements > rest->words))
		return unclear_flags(set);
	/* A zero without a symbol is BTF_ID_UNUSED, and stays. */
	for (size_t i = 0, unused = rest->elements - rest->words; unused; i++) {
		if (elements[i].taken || elements[i].id)
			continue;
		elements[i].taken = true;
		unused--;
	}
	/* A type that is not found may lack an id, so its word takes a zero if one is left. */
	for (int found = 0; found < 2; found++) {
		for (size_t i = 0; i < set->word_count; i++) {
			bool is_found;

			if (words[i].place != NOWHERE)
				continue;
			TRY(is_found_now(r, words[i].type, &is_found));
			if (!found && is_found)
				continue;
			if (is_found && !rest->same_flags)
				return unclear_flags(set);
			while (elements[e].taken)
				e++;
			take(&words[i], &elements[e]);
		}
	}
	return NULL;
}

static struct rebtf_error *match_rest(struct renewal *r, const struct btf_id_set *set,
				      struct renewed_word *words, struct element *elements)
{
	const struct rest rest = count_rest(set, words, elements);

	if (rest.ids > rest.words)
		return unnamed_ids(set);
	return r->has_record ? match_flags(set, words, elements, &rest)
			     : match_order(r, set, words, elements, &rest);
}

/*
 * Finds the old id and flags of each name. A set without a count was never resolved and thus never
 * sorted: each symbol is still at its own word.
 */
static struct rebtf_error *match_set(struct renewal *r, const struct btf_id_set *set,
				     struct renewed_word *words, struct element *elements)
{
	for (size_t i = 0; i < set->count; i++) {
		uint64_t place = btf_id_set_place(set, i);
		uint32_t id = btf_ids_get(&r->ids, r->ids.data, place);

		elements[i] = (struct element){
			.place = place,
			.id = id,
			.flags = set->stride == 8 ? btf_ids_get(&r->ids, r->ids.data, place + 4)
						  : 0,
			.type = renewal_type_of(r, id),
		};
	}
	if (!btf_ids_get(&r->ids, r->ids.data, set->offset)) {
		for (size_t i = 0; i < set->word_count; i++)
			take(&words[i],
			     &elements[(words[i].offset - set->offset) / set->stride - 1]);
		return NULL;
	}
	for (size_t i = 0; i < set->word_count; i++)
		words[i].place = NOWHERE;
	match_types(words, set->word_count, elements, set->count);
	return match_rest(r, set, words, elements);
}

static void write_set(struct renewal *r, const struct btf_id_set *set, struct element *elements)
{
	sort_elements(elements, set->count, elements_by_id);
	btf_ids_put(&r->ids, r->data, set->offset, (uint32_t)set->count);
	for (size_t i = 0; i < set->count; i++) {
		uint64_t place = btf_id_set_place(set, i);

		btf_ids_put(&r->ids, r->data, place, elements[i].id);
		if (set->stride == 8)
			btf_ids_put(&r->ids, r->data, place + 4, elements[i].flags);
	}
}

struct rebtf_error *renewal_renew_set(struct renewal *r, const struct btf_id_set *set)
{
	_cleanup_free_ struct element *elements = calloc(set->count + 1, sizeof(*elements));
	struct renewed_word *words = r->words + set->first;

	if (!elements)
		return error_nomem();
	TRY(match_set(r, set, words, elements));
	for (size_t i = 0; i < set->word_count; i++) {
		size_t e = (words[i].place - set->offset) / set->stride - 1;

		TRY(renewal_find_id(r, &words[i]));
		words[i].flags = elements[e].flags;
		elements[e].id = words[i].id;
	}
	write_set(r, set, elements);
	return NULL;
}
