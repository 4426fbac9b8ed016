/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Looks for names in a walk over all types: a hash table of the names, and a lookup for each type. */
#include <endian.h>
#include <string.h>

#include "module/id_search.h"
#include "util/error.h"
#include "util/hash.h"

struct id_search_key {
	const struct id_sought *sought;
	const char *name;
	uint32_t kind;
};

static inline bool id_search_same(const void *arg, uint32_t value)
{
	const struct id_search_key *key = arg;
	const struct id_sought *sought = &key->sought[value - 1];

	return sought->kind == key->kind && !strcmp(sought->name, key->name);
}

static struct table_slot *id_search_slot(const struct id_search *s, const char *name, uint32_t kind,
					 uint32_t *hash)
{
	const struct id_search_key key = { s->sought, name, kind };

	*hash = (uint32_t)hash_string(name, strlen(name)) ^ kind;
	return table_find(&s->table, *hash, id_search_same, &key);
}

/*
 * A hash of the first eight bytes of a string. @end: of the memory behind it. Most types have names
 * that start unlike all sought ones, so that no more than this has to be read.
 */
static inline uint32_t id_search_bit(const char *name, const char *end)
{
	uint64_t bytes = 0, ends;

	if (end - name >= 8) {
		memcpy(&bytes, name, 8);
		bytes = le64toh(bytes);
		/* The lowest bit of @ends is in the first byte that is 0. */
		ends = (bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080;
		if (ends)
			bytes &= (ends & -ends) - 1;
	} else {
		for (unsigned int i = 0; name + i < end && name[i]; i++)
			bytes |= (uint64_t)(uint8_t)name[i] << 8 * i;
	}
	return (uint32_t)(bytes * 0x9e3779b97f4a7c15 >> 48);
}

struct rebtf_error *id_search_init(struct id_search *s, struct id_sought *sought, size_t count)
{
	*s = (struct id_search){ .sought = sought, .count = count };
	if (!table_reserve(&s->table, count))
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		struct table_slot *slot;
		uint32_t hash, bit;

		slot = id_search_slot(s, sought[i].name, sought[i].kind, &hash);
		if (!table_add(&s->table, slot, hash, (uint32_t)i + 1))
			return error_nomem();
		bit = id_search_bit(sought[i].name, sought[i].name + strlen(sought[i].name) + 1);
		s->filter[bit / 64] |= (uint64_t)1 << bit % 64;
		s->left[id_kind_index(sought[i].kind)] += sought[i].uses;
	}
	return NULL;
}

void id_search_release(struct id_search *s)
{
	table_release(&s->table);
}

struct id_sought *id_search_find(const struct id_search *s, const char *name, uint32_t kind)
{
	struct table_slot *slot;
	uint32_t hash;

	if (!s->count)
		return NULL;
	slot = id_search_slot(s, name, kind, &hash);
	return slot->value ? &s->sought[slot->value - 1] : NULL;
}

/* As id_search_find(), for the name of own type @t of @btf. */
static struct id_sought *id_search_find_type(const struct id_search *s, const struct rebtf_btf *btf,
					     const struct rebtf_type *t)
{
	const char *name = btf_string(btf, t->name_off), *end = name;
	uint32_t bit;

	/* The empty string of a type without a name may lie outside of the BTF. */
	if (t->name_off && t->name_off >= btf->start_string)
		end = btf->strings + btf->strings_size;
	else
		end += strlen(name) + 1;
	bit = id_search_bit(name, end);
	if (!(s->filter[bit / 64] >> bit % 64 & 1))
		return NULL;
	return id_search_find(s, name, rebtf_type_kind(t));
}

static void id_search_in(struct id_search *s, const struct rebtf_btf *btf, id_search_again again,
			 void *arg)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		enum id_kind_index kind = id_kind_index(rebtf_type_kind(t));
		struct id_sought *sought;

		if (kind == ID_KINDS || !s->left[kind])
			continue;
		sought = id_search_find_type(s, btf, t);
		if (!sought)
			continue;
		if (sought->id) {
			if (again)
				again(arg, sought, btf->start_id + i);
			continue;
		}
		sought->id = btf->start_id + i;
		s->left[kind]--;
	}
}

/*
 * The object directly above @seen in the chain of bases of @btf, or the lowest base if @seen is
 * NULL. Chains of bases are short.
 */
static const struct rebtf_btf *base_below(const struct rebtf_btf *btf, const struct rebtf_btf *seen)
{
	while (btf->base && btf->base != seen)
		btf = btf->base;
	return btf;
}

void id_search_run(struct id_search *s, const struct rebtf_btf *btf, id_search_again again,
		   void *arg)
{
	const struct rebtf_btf *at = NULL;

	do {
		at = base_below(btf, at);
		id_search_in(s, at, again, arg);
	} while (at != btf);
}

void id_search_other_kinds(struct id_search *s, const struct rebtf_btf *btf)
{
	static const uint32_t kinds[ID_KINDS] = {
		[ID_KIND_STRUCT] = REBTF_KIND_STRUCT,
		[ID_KIND_UNION] = REBTF_KIND_UNION,
		[ID_KIND_TYPEDEF] = REBTF_KIND_TYPEDEF,
		[ID_KIND_FUNC] = REBTF_KIND_FUNC,
	};

	for (; btf; btf = btf->base) {
		for (uint32_t i = 0; i < btf->own_count; i++) {
			const struct rebtf_type *t = btf_own_type(btf, i);
			const char *name = btf_string(btf, t->name_off);

			for (size_t k = 0; *name && k < ID_KINDS; k++) {
				struct id_sought *sought = id_search_find(s, name, kinds[k]);

				if (sought && !sought->id)
					sought->other = rebtf_type_kind(t);
			}
		}
	}
}
