/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Gives .BTF_ids the ids of new BTF. Symbols name the types, so ids are looked up by name, as the
 * kernel's build does. This also works for a module whose ids were never resolved. Steps:
 *
 *   1. Collect the types that symbols name, and look for each among the module's own types.
 *   2. Decide for each word whether it names a type of the module or of the kernel, from the old
 *      id or from the record made when the module was distilled. A name alone is not enough: a
 *      kernel may have a function of the same name, and a distilled module has copies of the
 *      kernel's typedefs.
 *   3. Look up the kernel's types in the new base only, and own types among the own types only.
 *   4. Sort sets again, each id with its flags (btf_ids_sets.c).
 *   5. When the module is distilled, record the result of step 2.
 */
#include <stdio.h>
#include <string.h>

#include "module/btf_ids_renewal.h"
#include "module/module.h"
#include "util/cleanup.h"

/* At most this many stray ids are named, because names can be long. */
#define STRAY_MAX 64

static void renewal_release(struct renewal *r)
{
	for (size_t i = 0; i < r->type_count; i++)
		ids_candidates_release(&r->types[i].base_now);
	btf_ids_release(&r->ids);
	free(r->types);
	free(r->words);
	free(r->data);
}

void btf_ids_result_release(struct btf_ids_result *result)
{
	for (size_t i = 0; result->stray && result->stray[i]; i++)
		free(result->stray[i]);
	free(result->stray);
	free(result->data);
	free(result->record);
}

/* ---------------------------------------------------------------------------------------- types */

static int by_name(const void *a, const void *b)
{
	const struct named_type *left = a, *right = b;
	size_t length = left->length < right->length ? left->length : right->length;

	return by_number(left->kind, right->kind)
		       ?: memcmp(left->name, right->name, length)
				  ?: by_number(left->length, right->length);
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
		name = rebtf_btf_type_name(btf, t);
		return find_type(r, name, strlen(name), rebtf_type_kind(t));
	default:
		return NULL;
	}
}

/* Collects the types that symbols name, each once. */
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

		r->words[i] = (struct renewed_word){
			.symbol = word,
			.type = find_type(r, word->name, word->length, word->kind),
			.offset = word->offset,
			.place = word->offset,
			.owner = ID_OWNER_UNKNOWN,
		};
	}
	return NULL;
}

/*
 * A module has few own types, so each is looked up among the types that symbols name. This needs no
 * index. The first type of a name wins, as in the kernel's build.
 */
static void btf_ids_renew_find_own(struct renewal *r, const struct rebtf_btf *btf, bool now)
{
	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++) {
		struct named_type *type = find_type_of(r, btf, rebtf_btf_type(btf, id));
		uint32_t *found;

		if (!type)
			continue;
		found = now ? &type->own_now : &type->own_before;
		if (!*found)
			*found = id;
	}
}

/* Finds the types of that name and kind in @base. @base NULL: finds no types. */
static struct rebtf_error *find_in(const struct rebtf_btf *base, const struct named_type *type,
				   struct ids_candidates *candidates)
{
	_cleanup_free_ char *name = NULL;

	if (!base)
		return NULL;
	name = strndup(type->name, type->length);
	if (!name)
		return error_nomem();
	return ids_candidates_find(base, name, type->kind, candidates);
}

struct rebtf_error *renewal_ask_base(struct renewal *r, struct named_type *type)
{
	if (type->base_asked)
		return NULL;
	TRY(find_in(rebtf_btf_base(r->btf), type, &type->base_now));
	type->base_asked = true;
	return NULL;
}

/* ------------------------------------------------------------------------------------ old owners */

static struct rebtf_error *bad_word(const struct renewed_word *word, enum rebtf_error_code code,
				    const char *what)
{
	const struct named_type *type = word->type;

	return error_new(code, "%.255s: %s '%.*s' %s", word->symbol->symbol,
			 rebtf_kind_name(type->kind), (int)type->length, type->name, what);
}

/* Type @old_id of the old BTF; NULL if unknown. */
static const struct rebtf_type *old_type(const struct renewal *r, uint32_t old_id)
{
	const struct btf_ids_origin *origin = r->origin;
	uint32_t start;

	if (!origin->btf || !old_id)
		return NULL;
	if (old_id < origin->start)
		return origin->has_base ? rebtf_btf_type(origin->btf, old_id) : NULL;
	start = rebtf_btf_start_id(origin->btf);
	old_id -= origin->start;
	if (origin->order)
		old_id = old_id < origin->order_count ? origin->order[old_id] : UINT32_MAX;
	if (old_id >= rebtf_btf_type_count(origin->btf) - start)
		return NULL;
	return rebtf_btf_type(origin->btf, old_id + start);
}

const struct named_type *renewal_type_of(const struct renewal *r, uint32_t old_id)
{
	const struct rebtf_type *t = old_type(r, old_id);

	return t ? find_type_of(r, r->origin->btf, t) : NULL;
}

/*
 * The old id belonged to the base. Evidence of the type comes from that base, or from the distilled
 * base that the module still has.
 */
static struct rebtf_error *find_evidence(struct renewal *r, struct renewed_word *word,
					 uint32_t old_id)
{
	const struct rebtf_btf *base = rebtf_btf_base(r->origin->btf);
	struct ids_candidates candidates = {};
	struct rebtf_error *err = NULL;

	if (!r->origin->has_base || !r->origin->is_distilled)
		err = find_in(base, word->type, &candidates);
	if (!err && r->origin->has_base) {
		word->evidence = ids_evidence(base, old_id);
		word->has_evidence = true;
		/*
		 * A distilled base may have several types of a name. Relocation tells them apart.
		 */
		if (candidates.count && ids_candidates_like(&candidates, word->evidence) != old_id)
			err = bad_word(
				word, REBTF_ERR_UNSUPPORTED,
				"is ambiguous (not the first of several similar types in the old base)");
	} else if (!err && candidates.count == 1) {
		word->evidence = candidates.list[0].evidence;
		word->has_evidence = true;
	}
	ids_candidates_release(&candidates);
	return err;
}

/* Whether an own typedef may be a copy of the kernel's. */
static bool may_be_copy(const struct renewal *r, const struct named_type *type)
{
	return r->origin->is_distilled && type->kind == REBTF_KIND_TYPEDEF;
}

/* If the old id belongs to another type than its symbol names, the base is the wrong one. */
static struct rebtf_error *wrong_type(const struct renewal *r, const struct renewed_word *word,
				      uint32_t old_id)
{
	const struct rebtf_type *t = old_type(r, old_id);
	char what[128];

	if (!t)
		snprintf(what, sizeof(what), "has id %u, but type [%u] does not exist", old_id,
			 old_id);
	else
		snprintf(what, sizeof(what), "has id %u, but type [%u] is %s '%.64s'", old_id,
			 old_id, rebtf_kind_name(rebtf_type_kind(t)),
			 rebtf_btf_type_name(r->origin->btf, t));
	return bad_word(word, REBTF_ERR_WRONG_BASE, what);
}

static struct rebtf_error *btf_ids_renew_find_owner(struct renewal *r, struct renewed_word *word,
						    uint32_t old_id)
{
	const struct btf_ids_origin *origin = r->origin;
	bool has_base = origin->btf && rebtf_btf_base(origin->btf);
	bool is_base_id = has_base && old_id < origin->start;

	if (r->has_record || !origin->btf)
		return NULL;
	if (!old_id) {
		if (word->type->own_before)
			word->owner = may_be_copy(r, word->type) ? ID_OWNER_UNKNOWN : ID_OWN;
		else if (has_base)
			word->owner = ID_OF_BASE_IF_ANY;
		return NULL;
	}
	if (is_base_id && !origin->has_base) {
		word->owner = ID_OF_BASE;
		return find_evidence(r, word, old_id);
	}
	if (renewal_type_of(r, old_id) != word->type)
		return has_base && origin->has_base && !origin->is_distilled
			       ? wrong_type(r, word, old_id)
			       : NULL;
	if (!is_base_id) {
		word->owner = may_be_copy(r, word->type) ? ID_OWNER_UNKNOWN : ID_OWN;
		return NULL;
	}
	word->owner = ID_OF_BASE;
	return find_evidence(r, word, old_id);
}

/* ------------------------------------------------------------------------------------- new ids */

/* Finds the kernel's own type, never a copy among the module's types. */
static struct rebtf_error *find_base_id(struct renewal *r, struct renewed_word *word)
{
	struct named_type *type = word->type;
	const struct ids_candidates *candidates = &type->base_now;

	TRY(renewal_ask_base(r, type));
	if (!rebtf_btf_base(r->btf)) {
		/* In standalone BTF all types are the module's own. */
		word->id = type->own_now;
	} else if (r->distills && word->has_evidence) {
		/* The record covers types that the distilled base lacks. */
		word->id = ids_candidates_like(candidates, word->evidence);
		return NULL;
	} else if (candidates->count < 2 || !word->has_evidence) {
		word->id = candidates->lowest;
	} else {
		word->id = ids_candidates_like(candidates, word->evidence);
		if (!word->id)
			return bad_word(
				word, REBTF_ERR_UNSUPPORTED,
				"has several same-named types in the new base, but none matches the old type");
	}
	if (word->id || r->distills || (word->owner == ID_OF_BASE_IF_ANY && !type->own_now))
		return NULL;
	return bad_word(word, REBTF_ERR_UNSUPPORTED,
			rebtf_btf_base(r->btf)
				? "belongs to the kernel, but the new base has no type of this name"
				: "does not exist in the new BTF");
}

/* Only the name is known. A typedef with the name of a kernel typedef is most likely its copy. */
static struct rebtf_error *find_unknown_id(struct renewal *r, struct renewed_word *word)
{
	struct named_type *type = word->type;

	if (!type->own_now || type->kind == REBTF_KIND_TYPEDEF)
		TRY(renewal_ask_base(r, type));
	if (type->kind == REBTF_KIND_TYPEDEF)
		word->id = type->base_now.lowest ?: type->own_now;
	else
		word->id = type->own_now ?: type->base_now.lowest;
	return NULL;
}

struct rebtf_error *renewal_find_id(struct renewal *r, struct renewed_word *word)
{
	uint32_t old_id = btf_ids_get(&r->ids, r->ids.data, word->place);

	TRY(btf_ids_renew_find_owner(r, word, old_id));
	if (word->owner == ID_OF_BASE || word->owner == ID_OF_BASE_IF_ANY)
		return find_base_id(r, word);
	if (word->owner == ID_OWN && (old_id || word->type->own_now))
		word->id = word->type->own_now;
	else
		TRY(find_unknown_id(r, word));
	/* An id that the kernel's build did not resolve is 0 and may stay 0. */
	if (!word->id && old_id)
		return bad_word(word, REBTF_ERR_UNSUPPORTED,
				"does not exist in the new BTF or its base");
	return NULL;
}

/* ---------------------------------------------------------------------------------------- record */

/* Adopts the record, which must match this .BTF_ids. */
static struct rebtf_error *read_record(struct renewal *r)
{
	const struct id_record *record = r->origin->record;

	if (!record)
		return NULL;
	for (size_t i = 0; i < r->ids.word_count; i++) {
		const struct id_entry *entry = &record->entries[i];
		struct renewed_word *word = &r->words[i];

		if (i >= record->count || entry->offset != word->offset)
			break;
		word->owner = entry->owner;
		word->has_evidence = entry->owner == ID_OF_BASE;
		word->evidence = entry->evidence;
		word->flags = entry->flags;
		r->has_record = i + 1 == r->ids.word_count && record->count == i + 1;
	}
	if (r->has_record)
		return NULL;
	return error_at(error_new(REBTF_ERR_FORMAT, "entries do not match the ids in .BTF_ids"),
			NULL, rebtf_section_name(REBTF_SECTION_BASE_IDS));
}

/* Ids alone identify the module's own types. A record is only needed for other types. */
static struct rebtf_error *write_record(const struct renewal *r, struct btf_ids_result *result)
{
	_cleanup_(id_record_release) struct id_record record = {};
	bool is_needed = false;

	if (!r->distills || (!r->has_record && r->origin->is_distilled))
		return NULL;
	record.entries = calloc(r->ids.word_count + 1, sizeof(*record.entries));
	if (!record.entries)
		return error_nomem();
	for (size_t i = 0; i < r->ids.word_count; i++) {
		const struct renewed_word *word = &r->words[i];

		is_needed = is_needed || word->owner != ID_OWN;
		if (word->owner == ID_OWNER_UNKNOWN)
			return NULL;
		record.entries[record.count++] = (struct id_entry){
			.offset = (uint32_t)word->offset,
			.owner = word->owner,
			.evidence = word->evidence,
			.flags = word->flags,
		};
	}
	if (!is_needed)
		return NULL;
	return id_record_write(&record, r->ids.big_endian, &result->record, &result->record_size);
}

/* -------------------------------------------------------------------------------------- stray ids */

/* Kernels that relocate a module themselves relocate only the ids of its kfuncs. */
static bool is_relocated_by_kernels(const struct renewed_word *word, const struct btf_id_set *set)
{
	return word->owner == ID_OWN && set && set->stride == 8;
}

static bool is_stray(const struct renewal *r, const struct renewed_word *word,
		     const struct btf_id_set *set)
{
	bool is_of_base = word->owner == ID_OF_BASE || word->owner == ID_OF_BASE_IF_ANY;

	if (r->distills)
		return !is_relocated_by_kernels(word, set) &&
		       (word->id || word->owner == ID_OF_BASE);
	/* Standalone BTF has only copies of the kernel's types. */
	return !rebtf_btf_base(r->btf) && is_of_base && word->id;
}

static char *describe(const struct renewed_word *word)
{
	static const char *const words[] = {
		[REBTF_KIND_STRUCT] = "struct ",
		[REBTF_KIND_UNION] = "union ",
		[REBTF_KIND_TYPEDEF] = "typedef ",
		[REBTF_KIND_FUNC] = "function ",
	};
	const char *kind = words[word->type->kind];
	size_t size = strlen(kind) + word->type->length + 1;
	char *text = malloc(size);

	if (text)
		snprintf(text, size, "%s%.*s", kind, (int)word->type->length, word->type->name);
	return text;
}

/*
 * The set with the word at @offset, or NULL if it is in no set. @s is the first set that may have
 * it, and 0 for the first word.
 */
static const struct btf_id_set *set_around(const struct btf_ids *ids, uint64_t offset, size_t *s)
{
	while (*s < ids->set_count && btf_id_set_end(&ids->sets[*s]) <= offset)
		(*s)++;
	return *s < ids->set_count && ids->sets[*s].offset < offset ? &ids->sets[*s] : NULL;
}

static struct rebtf_error *list_stray(const struct renewal *r, struct btf_ids_result *result)
{
	size_t s = 0;

	result->stray = calloc(STRAY_MAX + 1, sizeof(*result->stray));
	if (!result->stray)
		return error_nomem();
	for (size_t i = 0; i < r->ids.word_count; i++) {
		const struct renewed_word *word = &r->words[i];

		if (!is_stray(r, word, set_around(&r->ids, word->offset, &s)))
			continue;
		if (result->stray_count++ >= STRAY_MAX)
			continue;
		result->stray[result->stray_count - 1] = describe(word);
		if (!result->stray[result->stray_count - 1])
			return error_nomem();
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- steps */

static struct rebtf_error *renew_words(struct renewal *r)
{
	size_t s = 0;

	for (size_t i = 0; i < r->ids.word_count; i++) {
		if (set_around(&r->ids, r->words[i].offset, &s))
			continue;
		TRY(renewal_find_id(r, &r->words[i]));
		btf_ids_put(&r->ids, r->data, r->words[i].offset, r->words[i].id);
	}
	for (size_t i = 0; i < r->ids.set_count; i++)
		TRY(renewal_renew_set(r, &r->ids.sets[i]));
	return NULL;
}

static struct rebtf_error *renew(struct renewal *r, const uint8_t *image, size_t size,
				 unsigned int flags, struct btf_ids_result *result)
{
	TRY(btf_ids_read(image, size, &r->ids));
	if (!r->ids.section.size)
		return NULL;
	r->data = malloc(r->ids.section.size);
	if (!r->data)
		return error_nomem();
	memcpy(r->data, r->ids.data, r->ids.section.size);
	TRY(collect_types(r));
	TRY(read_record(r));
	btf_ids_renew_find_own(r, r->btf, true);
	if (r->origin->btf)
		btf_ids_renew_find_own(r, r->origin->btf, false);
	TRY(renew_words(r));
	TRY(write_record(r, result));
	return flags & BTF_IDS_STRAY ? list_stray(r, result) : NULL;
}

struct rebtf_error *btf_ids_resolve(const uint8_t *image, size_t size,
				    const struct btf_ids_origin *origin,
				    const struct rebtf_btf *btf, unsigned int flags,
				    struct btf_ids_result *result)
{
	_cleanup_(renewal_release) struct renewal r = {
		.origin = origin,
		.btf = btf,
		.distills = flags & BTF_IDS_DISTILL,
	};
	struct rebtf_error *err;

	*result = (struct btf_ids_result){};
	err = error_at(renew(&r, image, size, flags, result), NULL,
		       rebtf_section_name(REBTF_SECTION_BTF_IDS));
	if (err) {
		btf_ids_result_release(result);
		return err;
	}
	result->size = r.ids.section.size;
	result->data = take_ptr(&r.data);
	return NULL;
}

static struct rebtf_error *find_ids(struct renewal *r, const struct rebtf_module *module,
				    uint32_t **ids, size_t *count)
{
	_cleanup_free_ uint32_t *found = NULL;
	size_t n = 0;

	TRY(btf_ids_read(module->image.data, module->image.size, &r->ids));
	TRY(collect_types(r));
	btf_ids_renew_find_own(r, r->btf, true);
	found = calloc(r->type_count + 1, sizeof(*found));
	if (!found)
		return error_nomem();
	for (size_t i = 0; i < r->type_count; i++) {
		struct named_type *type = &r->types[i];

		if (!type->own_now)
			TRY(renewal_ask_base(r, type));
		found[n] = type->own_now ?: type->base_now.lowest;
		n += found[n] != 0;
	}
	qsort(found, n, sizeof(*found), by_uint32);
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
