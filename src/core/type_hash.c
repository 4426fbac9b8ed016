/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Hashes types. Each type becomes a list of words, with the hashes of the unnamed types that it
 * consists of, and the list is hashed. A stack of types replaces recursion. C has no unnamed type
 * that contains itself, but a file may: such a reference counts as a word of its own.
 */
#include <stdlib.h>

#include "core/type_hash.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"

/* Values of struct type_hash::exact for types without a hash. */
enum { HASH_MISSING, HASH_STARTED, HASH_FIRST };

static uint64_t hash_name(const struct rebtf_btf *btf, uint32_t off)
{
	const char *name = btf_string(btf, off);

	return hash_string(name, strlen(name));
}

static struct rebtf_error *hash_list(const struct hash_word_list *list, uint64_t *hash)
{
	if (list->failed)
		return error_nomem();
	*hash = hash_string((const char *)list->items, list->count * sizeof(*list->items));
	if (*hash < HASH_FIRST)
		*hash = HASH_FIRST;
	return NULL;
}

struct type_hash type_hash_of(const struct type_hashes *hashes, uint32_t id)
{
	if (!id)
		return (struct type_hash){ HASH_FIRST, HASH_FIRST };
	while (id < hashes->btf->start_id)
		hashes = hashes->base;
	return hashes->own[id - hashes->btf->start_id];
}

static uint64_t hash_of_type(const struct type_hashes *hashes, uint32_t id, bool loose)
{
	struct type_hash hash = type_hash_of(hashes, id);

	return loose ? hash.loose : hash.exact;
}

/* Whether others refer to the type by its kind and name. */
static bool counts_by_name(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	if (kind == REBTF_KIND_FUNC || kind == REBTF_KIND_VAR || kind == REBTF_KIND_TYPE_TAG)
		return false;
	return t->name_off || layout_of(t)->match == MATCH_INT;
}

/* ------------------------------------------------------------------------------------- contents */

static void hash_add_members(const struct type_hashes *hashes, const struct rebtf_type *t,
			     bool loose, struct hash_word_list *list)
{
	const struct rebtf_member *members = rebtf_members(t);

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		uint64_t words[] = {
			hash_name(hashes->btf, members[i].name_off),
			hash_of_type(hashes, members[i].type, loose),
			(uint64_t)rebtf_member_bitfield_size(t, &members[i]) << 32 |
				(loose ? 0 : rebtf_member_bit_offset(t, &members[i])),
		};

		hash_word_list_extend(list, words, 3);
	}
}

static void hash_add_enumerators(const struct rebtf_btf *btf, const struct rebtf_type *t,
				 struct hash_word_list *list)
{
	const struct rebtf_enum *e32 = rebtf_enums(t);
	const struct rebtf_enum64 *e64 = rebtf_enums64(t);
	bool is_64 = rebtf_type_kind(t) == REBTF_KIND_ENUM64;

	hash_word_list_append(list, rebtf_type_kind_flag(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		uint64_t words[] = {
			hash_name(btf, enumerator_name_off(t, i)),
			is_64			  ? rebtf_enum64_value(&e64[i])
			: rebtf_type_kind_flag(t) ? (uint64_t)(int32_t)e32[i].val
						  : e32[i].val,
		};

		hash_word_list_extend(list, words, 2);
	}
}

/* Adds all of the type but its name. */
static void hash_add_contents(const struct type_hashes *hashes, const struct rebtf_type *t,
			      bool loose, struct hash_word_list *list)
{
	uint32_t kind = rebtf_type_kind(t);
	const struct rebtf_param *params = rebtf_params(t);

	hash_word_list_append(list, declared_kind(t));
	if (layout_of(t)->third == THIRD_TYPE)
		hash_word_list_append(list, hash_of_type(hashes, t->type, loose));
	else if (!kind_is_composite(kind) || !loose)
		hash_word_list_append(list, t->size);
	if (kind_is_composite(kind)) {
		hash_add_members(hashes, t, loose, list);
	} else if (kind_is_enum(kind)) {
		hash_add_enumerators(hashes->btf, t, list);
	} else if (kind == REBTF_KIND_FUNC_PROTO) {
		for (uint32_t i = 0; i < rebtf_type_vlen(t); i++)
			hash_word_list_append(list, hash_of_type(hashes, params[i].type, loose));
	} else if (kind == REBTF_KIND_ARRAY) {
		hash_word_list_append(list, hash_of_type(hashes, rebtf_array(t)->type, loose));
		hash_word_list_append(list, rebtf_array(t)->nelems);
	} else if (kind == REBTF_KIND_INT) {
		hash_word_list_append(list, *(const uint32_t *)rebtf_type_data(t));
	}
}

/* ------------------------------------------------------------------------------------ all types */

struct type_hasher {
	struct type_hashes *hashes;
	struct hash_word_list words;
	struct u32_vector stack; /* indices of own types */
};

static void hasher_meet(void *arg, uint32_t id)
{
	struct type_hasher *h = arg;
	uint32_t i = id - h->hashes->btf->start_id;

	if (id < h->hashes->btf->start_id || !id)
		return;
	h->hashes->referenced[i / 64] |= (uint64_t)1 << i % 64;
	if (h->hashes->own[i].exact == HASH_MISSING)
		u32_vector_append(&h->stack, i);
}

static struct rebtf_error *hasher_finish_type(struct type_hasher *h, const struct rebtf_type *t,
					      struct type_hash *hash)
{
	h->words.count = 0;
	if (counts_by_name(t)) {
		uint64_t words[] = { declared_kind(t), hash_name(h->hashes->btf, t->name_off) };

		hash_word_list_extend(&h->words, words, 2);
		TRY(hash_list(&h->words, &hash->exact));
		hash->loose = hash->exact;
		return NULL;
	}
	hash_add_contents(h->hashes, t, true, &h->words);
	if (rebtf_type_kind(t) == REBTF_KIND_TYPE_TAG)
		hash_word_list_append(&h->words, hash_name(h->hashes->btf, t->name_off));
	TRY(hash_list(&h->words, &hash->loose));
	h->words.count = 0;
	hash_add_contents(h->hashes, t, false, &h->words);
	if (rebtf_type_kind(t) == REBTF_KIND_TYPE_TAG)
		hash_word_list_append(&h->words, hash_name(h->hashes->btf, t->name_off));
	return hash_list(&h->words, &hash->exact);
}

/* Handles the type on top of the stack. */
static struct rebtf_error *hasher_step(struct type_hasher *h)
{
	uint32_t i = h->stack.items[h->stack.count - 1];
	const struct rebtf_type *t = btf_own_type(h->hashes->btf, i);
	struct type_hash *hash = &h->hashes->own[i];

	if (hash->exact >= HASH_FIRST) {
		h->stack.count--;
		return NULL;
	}
	if (hash->exact == HASH_MISSING) {
		hash->exact = HASH_STARTED;
		if (!counts_by_name(t))
			visit_ids(t, hasher_meet, h);
		if (h->stack.failed)
			return error_nomem();
		if (h->stack.items[h->stack.count - 1] != i)
			return NULL;
	}
	h->stack.count--;
	return hasher_finish_type(h, t, hash);
}

static struct rebtf_error *hash_all(struct type_hasher *h)
{
	for (uint32_t i = 0; i < h->hashes->btf->own_count; i++) {
		if (!u32_vector_append(&h->stack, i))
			return error_nomem();
		while (h->stack.count)
			TRY(hasher_step(h));
	}
	/* Members of named types count as references, too. */
	for (uint32_t i = 0; i < h->hashes->btf->own_count; i++) {
		if (counts_by_name(btf_own_type(h->hashes->btf, i)))
			visit_ids(btf_own_type(h->hashes->btf, i), hasher_meet, h);
	}
	return NULL;
}

struct rebtf_error *type_hashes_init(struct type_hashes *hashes, const struct rebtf_btf *btf,
				     const struct type_hashes *base)
{
	struct type_hasher h = { .hashes = hashes };
	struct rebtf_error *err;

	*hashes = (struct type_hashes){
		.btf = btf,
		.base = base,
		.own = calloc((size_t)btf->own_count + 1, sizeof(*hashes->own)),
		.referenced = calloc(btf->own_count / 64 + 1, sizeof(*hashes->referenced)),
	};
	if (!hashes->own || !hashes->referenced)
		return error_nomem();
	err = hash_all(&h);
	hash_word_list_release(&h.words);
	u32_vector_release(&h.stack);
	return err;
}

void type_hashes_release(struct type_hashes *hashes)
{
	free(hashes->own);
	free(hashes->referenced);
	*hashes = (struct type_hashes){};
}

/* ---------------------------------------------------------------------------------- definitions */

/* Adds the names of a function's parameters. */
static void hash_add_param_names(const struct rebtf_btf *btf, const struct rebtf_type *func,
				 struct hash_word_list *words)
{
	const struct rebtf_type *proto = btf_type(btf, func->type);

	if (rebtf_type_kind(proto) != REBTF_KIND_FUNC_PROTO)
		return;
	for (uint32_t i = 0; i < rebtf_type_vlen(proto); i++)
		hash_word_list_append(words, hash_name(btf, rebtf_params(proto)[i].name_off));
}

struct rebtf_error *type_hash_definition(const struct type_hashes *hashes, uint32_t id,
					 struct hash_word_list *words, uint64_t *definition)
{
	const struct rebtf_type *t = btf_type(hashes->btf, id);

	words->count = 0;
	if (rebtf_type_kind(t) == REBTF_KIND_FWD)
		hash_word_list_append(words, REBTF_KIND_FWD);
	else
		hash_add_contents(hashes, t, false, words);
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC)
		hash_add_param_names(hashes->btf, t, words);
	return hash_list(words, definition);
}

struct rebtf_error *type_hash_same_shape(const struct type_hashes *old_hashes, uint32_t old_id,
					 const struct type_hashes *new_hashes, uint32_t new_id,
					 bool *same)
{
	struct hash_word_list old_words = {}, new_words = {};
	bool failed;

	hash_add_contents(old_hashes, btf_type(old_hashes->btf, old_id), true, &old_words);
	hash_add_contents(new_hashes, btf_type(new_hashes->btf, new_id), true, &new_words);
	failed = old_words.failed || new_words.failed;
	*same = !failed && old_words.count == new_words.count &&
		!memcmp(old_words.items, new_words.items,
			old_words.count * sizeof(*old_words.items));
	hash_word_list_release(&old_words);
	hash_word_list_release(&new_words);
	return failed ? error_nomem() : NULL;
}
