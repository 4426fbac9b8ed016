/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Giving .BTF_ids the ids of new BTF, see btf_ids.h. Symbols name the types, so ids are found anew
 * by name, as the kernel's build found them; that also serves a module whose ids were never found.
 * What the old ids stood for is needed for two things: the flags in a set8, which have to go where
 * their function goes, and to tell the kernel's types from the module's own.
 */
#include <string.h>

#include "module/btf_ids.h"
#include "module/btf_ids_section.h"
#include "module/module.h"
#include "util/cleanup.h"

#define NOWHERE UINT64_MAX

/* A type that symbols name. */
struct named_type {
	const char *name; /* of that length: a part of a symbol */
	size_t length;
	uint32_t kind;
	uint32_t own_before; /* its id among the old BTF's own types; 0 if it is not one of them */
	uint32_t own_now;
	uint32_t base_now;
	bool base_asked; /* base_now was looked for */
};

/* What becomes of a word that a symbol stands at. */
struct renewed_word {
	struct named_type *type;
	uint64_t offset; /* the symbol's */
	uint64_t place;	 /* where its old id and flags are, which in a sorted set is elsewhere */
	uint32_t id;
};

/* An id in a set. */
struct element {
	uint64_t place;
	const struct named_type *type; /* NULL if it is not known, or no symbol names it */
	uint32_t id;
	uint32_t flags;
	bool taken; /* it is known of which symbol it is */
};

struct renewal {
	struct btf_ids ids;
	const struct btf_ids_origin *origin;
	const struct rebtf_btf *btf;
	struct named_type *types; /* by kind and name, each once */
	size_t type_count;
	struct renewed_word *words; /* as in ids */
	uint8_t *data;		    /* as it shall be */
};

static void renewal_release(struct renewal *r)
{
	btf_ids_release(&r->ids);
	free(r->types);
	free(r->words);
	free(r->data);
}

/* ---------------------------------------------------------------------------------------- types */

static int by_name(const void *a, const void *b)
{
	const struct named_type *left = a, *right = b;
	size_t length = left->length < right->length ? left->length : right->length;
	int order;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	order = memcmp(left->name, right->name, length);
	return order ?: by_number(left->length, right->length);
}

/* NULL if no symbol names such a type. */
static struct named_type *find_type(const struct renewal *r, const char *name, size_t length,
				    uint32_t kind)
{
	const struct named_type key = { .name = name, .length = length, .kind = kind };

	if (!r->type_count)
		return NULL;
	return bsearch(&key, r->types, r->type_count, sizeof(key), by_name);
}

static struct named_type *find_type_of(const struct renewal *r, const struct rebtf_btf *btf,
				       const struct rebtf_type *t)
{
	const char *name;

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_FUNC:
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_TYPEDEF:
		name = rebtf_type_name(btf, t);
		return find_type(r, name, strlen(name), rebtf_type_kind(t));
	default:
		return NULL;
	}
}

/* All types that symbols name, each once. */
static struct rebtf_error *collect_types(struct renewal *r)
{
	size_t count = r->ids.word_count;

	r->types = calloc(count + 1, sizeof(*r->types));
	r->words = calloc(count + 1, sizeof(*r->words));
	if (!r->types || !r->words)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		const struct id_word *word = &r->ids.words[i];

		r->types[i] = (struct named_type){
			.name = word->name,
			.length = word->length,
			.kind = word->kind,
		};
	}
	qsort(r->types, count, sizeof(*r->types), by_name);
	for (size_t i = 0; i < count; i++) {
		if (!i || by_name(&r->types[i], &r->types[r->type_count - 1]))
			r->types[r->type_count++] = r->types[i];
	}
	for (size_t i = 0; i < count; i++) {
		const struct id_word *word = &r->ids.words[i];

		r->words[i].offset = r->words[i].place = word->offset;
		r->words[i].type = find_type(r, word->name, word->length, word->kind);
	}
	return NULL;
}

/*
 * Own types are few, and each of them is looked for among those that symbols name: that needs no
 * index. The first one of a name counts, as it does for the kernel's build.
 */
static void find_own(struct renewal *r, const struct rebtf_btf *btf, bool now)
{
	for (uint32_t id = rebtf_start_id(btf); id < rebtf_type_count(btf); id++) {
		struct named_type *type = find_type_of(r, btf, rebtf_type_by_id(btf, id));
		uint32_t *found;

		if (!type)
			continue;
		found = now ? &type->own_now : &type->own_before;
		if (!*found)
			*found = id;
	}
}

static struct rebtf_error *find_in_base(struct renewal *r, struct named_type *type)
{
	const struct rebtf_btf *base = rebtf_base(r->btf);
	_cleanup_free_ char *name = NULL;

	if (type->base_asked || !base)
		return NULL;
	name = strndup(type->name, type->length);
	if (!name)
		return error_nomem();
	type->base_now = rebtf_find(base, name, type->kind);
	type->base_asked = true;
	return NULL;
}

/* --------------------------------------------------------------------------------------- words */

static struct rebtf_error *bad_type(const struct named_type *type, const char *what)
{
	return error_new(REBTF_ERR_UNSUPPORTED, "the module has the type id of %s '%.*s', %s",
			 rebtf_kind_name(type->kind), (int)type->length, type->name, what);
}

/* Whether what the word names was a type of the base. */
static bool was_of_base(const struct renewal *r, const struct renewed_word *word, uint32_t old_id)
{
	const struct btf_ids_origin *origin = r->origin;

	if (!origin->btf || !rebtf_base(origin->btf))
		return false;
	return old_id ? old_id < origin->start : !word->type->own_before;
}

/*
 * The module's own types come first, as a kernel may well have a function of the same name; but
 * what was the kernel's has to stay the kernel's. (Other types than structs and unions become the
 * module's own when they are distilled, and are none the worse for it.)
 */
static struct rebtf_error *find_id(struct renewal *r, struct renewed_word *word)
{
	uint32_t old_id = btf_ids_get(&r->ids, r->ids.data, word->place);
	struct named_type *type = word->type;
	bool of_base = rebtf_base(r->btf) && was_of_base(r, word, old_id);

	if (of_base || !type->own_now)
		TRY(find_in_base(r, type));
	if (of_base && type->own_now && !type->base_now &&
	    (type->kind == REBTF_KIND_STRUCT || type->kind == REBTF_KIND_UNION))
		return bad_type(type, "which has to be the kernel's and would be given up");
	if (of_base)
		word->id = type->base_now ?: type->own_now;
	else
		word->id = type->own_now ?: type->base_now;
	/* What the kernel's build did not find has id 0, and may keep it. */
	if (!word->id && old_id)
		return bad_type(type, "which its new BTF does not lead to");
	return NULL;
}

/* ----------------------------------------------------------------------------------------- sets */

/* What an old id stood for; NULL if that is not known, or no symbol names it. */
static const struct named_type *type_of_old_id(const struct renewal *r, uint32_t id)
{
	const struct btf_ids_origin *origin = r->origin;
	uint32_t start;

	if (!origin->btf || !id)
		return NULL;
	if (id < origin->start) {
		if (!origin->has_base)
			return NULL;
	} else {
		start = rebtf_start_id(origin->btf);
		id -= origin->start;
		if (id >= rebtf_type_count(origin->btf) - start)
			return NULL;
		id += start;
	}
	return find_type_of(r, origin->btf, rebtf_type_by_id(origin->btf, id));
}

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

static int words_by_type(const void *a, const void *b)
{
	const struct renewed_word *left = a, *right = b;

	return by_number((uintptr_t)left->type, (uintptr_t)right->type)
		       ?: by_number(left->offset, right->offset);
}

static int words_by_offset(const void *a, const void *b)
{
	return by_number(((const struct renewed_word *)a)->offset,
			 ((const struct renewed_word *)b)->offset);
}

static void take(struct renewed_word *word, struct element *element)
{
	word->place = element->place;
	element->taken = true;
}

/* Gives words the elements whose old ids stood for the same types. */
static void match_types(struct renewed_word *words, size_t word_count, struct element *elements,
			size_t count)
{
	size_t w = 0, e = 0;

	qsort(words, word_count, sizeof(*words), words_by_type);
	qsort(elements, count, sizeof(*elements), elements_by_type);
	while (w < word_count && e < count) {
		int order = by_number((uintptr_t)words[w].type, (uintptr_t)elements[e].type);

		if (!order)
			take(&words[w++], &elements[e++]);
		else if (order < 0)
			w++;
		else
			e++;
	}
	qsort(words, word_count, sizeof(*words), words_by_offset);
	qsort(elements, count, sizeof(*elements), elements_by_place);
}

/*
 * Gives the remaining words the remaining elements, in order. That may give a word an element that
 * was not its own, so it must not matter: they all have the same flags, or none has an id.
 */
static struct rebtf_error *match_rest(struct renewal *r, const struct btf_id_set *set,
				      struct renewed_word *words, struct element *elements)
{
	size_t words_left = 0, left = 0, ids_left = 0, e = 0;
	const struct element *first = NULL;
	bool same_flags = true;

	for (size_t i = 0; i < set->word_count; i++)
		words_left += words[i].place == NOWHERE;
	for (size_t i = 0; i < set->count; i++) {
		if (elements[i].taken)
			continue;
		first = first ?: &elements[i];
		same_flags = same_flags && elements[i].flags == first->flags;
		left++;
		ids_left += elements[i].id != 0;
	}
	if (ids_left > words_left)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "no symbol says of what types the ids in the set %.255s are",
				 set->symbol);
	if (!same_flags && (ids_left || left > words_left))
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "it cannot be told which flags in the set %.255s are whose",
				 set->symbol);
	/* A zero that no symbol speaks of is BTF_ID_UNUSED, and stays. */
	for (size_t i = 0, unused = left - words_left; unused; i++) {
		if (elements[i].taken || elements[i].id)
			continue;
		elements[i].taken = true;
		unused--;
	}
	/* What is not found now may have no id: zeros go to such words first. */
	for (int found = 0; found < 2; found++) {
		for (size_t i = 0; i < set->word_count; i++) {
			struct named_type *type = words[i].type;

			if (words[i].place != NOWHERE)
				continue;
			if (!type->own_now)
				TRY(find_in_base(r, type));
			if (!found && (type->own_now || type->base_now))
				continue;
			while (elements[e].taken)
				e++;
			take(&words[i], &elements[e]);
		}
	}
	return NULL;
}

/*
 * Says where each name's old id and flags are. A set whose ids were never found was never sorted:
 * there each symbol still stands at its word.
 */
static struct rebtf_error *match_set(struct renewal *r, const struct btf_id_set *set,
				     struct renewed_word *words, struct element *elements)
{
	bool has_ids = false;

	for (size_t i = 0; i < set->count; i++) {
		uint64_t place = btf_id_set_place(set, i);
		uint32_t id = btf_ids_get(&r->ids, r->ids.data, place);

		has_ids |= id != 0;
		elements[i] = (struct element){
			.place = place,
			.id = id,
			.flags = set->stride == 8 ? btf_ids_get(&r->ids, r->ids.data, place + 4)
						  : 0,
			.type = type_of_old_id(r, id),
		};
	}
	if (!has_ids) {
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
	qsort(elements, set->count, sizeof(*elements), elements_by_id);
	btf_ids_put(&r->ids, r->data, set->offset, (uint32_t)set->count);
	for (size_t i = 0; i < set->count; i++) {
		uint64_t place = btf_id_set_place(set, i);

		btf_ids_put(&r->ids, r->data, place, elements[i].id);
		if (set->stride == 8)
			btf_ids_put(&r->ids, r->data, place + 4, elements[i].flags);
	}
}

static struct rebtf_error *renew_set(struct renewal *r, const struct btf_id_set *set)
{
	_cleanup_free_ struct element *elements = calloc(set->count + 1, sizeof(*elements));
	struct renewed_word *words = r->words + set->first;

	if (!elements)
		return error_nomem();
	TRY(match_set(r, set, words, elements));
	for (size_t i = 0; i < set->word_count; i++) {
		size_t e = (words[i].place - set->offset) / set->stride - 1;

		TRY(find_id(r, &words[i]));
		elements[e].id = words[i].id;
	}
	write_set(r, set, elements);
	return NULL;
}

/* ---------------------------------------------------------------------------------------- whole */

static struct rebtf_error *renew_words(struct renewal *r)
{
	size_t set = 0;

	for (size_t i = 0; i < r->ids.word_count; i++) {
		while (set < r->ids.set_count &&
		       btf_id_set_end(&r->ids.sets[set]) <= r->words[i].offset)
			set++;
		if (set < r->ids.set_count && r->ids.sets[set].offset < r->words[i].offset)
			continue;
		TRY(find_id(r, &r->words[i]));
		btf_ids_put(&r->ids, r->data, r->words[i].offset, r->words[i].id);
	}
	for (size_t i = 0; i < r->ids.set_count; i++)
		TRY(renew_set(r, &r->ids.sets[i]));
	return NULL;
}

static struct rebtf_error *renew(struct renewal *r, const uint8_t *image, size_t size)
{
	TRY(btf_ids_read(image, size, &r->ids));
	if (!r->ids.section.size)
		return NULL;
	r->data = malloc(r->ids.section.size);
	if (!r->data)
		return error_nomem();
	memcpy(r->data, r->ids.data, r->ids.section.size);
	TRY(collect_types(r));
	find_own(r, r->btf, true);
	if (r->origin->btf)
		find_own(r, r->origin->btf, false);
	return renew_words(r);
}

struct rebtf_error *btf_ids_resolve(const uint8_t *image, size_t size,
				    const struct btf_ids_origin *origin,
				    const struct rebtf_btf *btf, uint8_t **data, size_t *data_size)
{
	_cleanup_(renewal_release) struct renewal r = { .origin = origin, .btf = btf };

	TRY(error_at(renew(&r, image, size), NULL, rebtf_section_name(REBTF_SECTION_BTF_IDS)));
	*data_size = r.ids.section.size;
	*data = take_ptr(&r.data);
	return NULL;
}

/*
 * The ids are those of the module's BTF. If that was relocated, its base may be nowhere; but then
 * what it was relocated from may have been kept, and has the same own types. That neither can be
 * read is no error here: what has to be known may be known without it.
 */
static struct rebtf_error *find_origin(const struct rebtf_module *module, struct rebtf_btf *base,
				       struct btf_ids_origin *origin, struct rebtf_btf **btf)
{
	const struct rebtf_mark *mark = rebtf_module_mark(module);
	bool kept = module_has_kept(module) && mark && mark->form == REBTF_FORM_SPLIT;

	*origin = (struct btf_ids_origin){};
	if (kept)
		TRY(error_nomem_only(rebtf_module_distilled(module, btf)));
	else
		TRY(error_nomem_only(rebtf_module_btf(module, base, btf)));
	if (*btf) {
		origin->btf = *btf;
		origin->start = kept ? mark->type_count : rebtf_start_id(*btf);
		origin->has_base = !kept;
	}
	return NULL;
}

struct rebtf_error *btf_ids_renew(const struct rebtf_module *module,
				  const struct rebtf_module_output *output, uint8_t **data,
				  size_t *data_size)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct btf_ids_origin origin;

	TRY(find_origin(module, output->old_base ?: output->made_over, &origin, &btf));
	return btf_ids_resolve(module->image.data, module->image.size, &origin, output->btf, data,
			       data_size);
}

static int ids_ascending(const void *a, const void *b)
{
	return by_number(*(const uint32_t *)a, *(const uint32_t *)b);
}

static struct rebtf_error *find_ids(struct renewal *r, const struct rebtf_module *module,
				    uint32_t **ids, size_t *count)
{
	_cleanup_free_ uint32_t *found = NULL;
	size_t n = 0;

	TRY(btf_ids_read(module->image.data, module->image.size, &r->ids));
	TRY(collect_types(r));
	find_own(r, r->btf, true);
	found = calloc(r->type_count + 1, sizeof(*found));
	if (!found)
		return error_nomem();
	for (size_t i = 0; i < r->type_count; i++) {
		struct named_type *type = &r->types[i];

		if (!type->own_now)
			TRY(find_in_base(r, type));
		found[n] = type->own_now ?: type->base_now;
		n += found[n] != 0;
	}
	qsort(found, n, sizeof(*found), ids_ascending);
	*ids = take_ptr(&found);
	*count = n;
	return NULL;
}

struct rebtf_error *rebtf_module_ids(const struct rebtf_module *module, const struct rebtf_btf *btf,
				     uint32_t **ids, size_t *count)
{
	_cleanup_(renewal_release) struct renewal r = { .btf = btf };

	if (!module->sections[REBTF_SECTION_BTF_IDS].size) {
		*ids = NULL;
		*count = 0;
		return NULL;
	}
	return error_at(find_ids(&r, module, ids, count), module->path,
			rebtf_section_name(REBTF_SECTION_BTF_IDS));
}
