/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Counts the uses of each name, and numbers them from the second on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/c_names.h"
#include "core/c_words.h"
#include "util/error.h"
#include "util/hash.h"

/* libbpf's limit for a name with a number, with its NUL. */
#define NUMBERED_MAX 256
/* Of a longer name so many bytes stay if it gets a number, "___4294967295". */
#define CUT_NAME (NUMBERED_MAX - 1 - 13)

struct rebtf_error *c_names_init(struct c_names *n, const struct rebtf_btf *btf, bool clean)
{
	*n = (struct c_names){ .btf = btf, .clean = clean };
	n->chosen = calloc(rebtf_btf_type_count(btf), sizeof(*n->chosen));
	return n->chosen ? NULL : error_nomem();
}

void c_names_release(struct c_names *n)
{
	for (int space = 0; space < C_SPACES; space++) {
		table_release(&n->spaces[space].table);
		c_name_vector_release(&n->spaces[space].names);
	}
	for (size_t i = 0; i < n->changed.count; i++)
		free(n->changed.items[i]);
	c_text_vector_release(&n->changed);
	free(n->chosen);
}

struct c_name_key {
	const struct c_name_space *space;
	const char *text;
};

static bool c_name_is(const void *arg, uint32_t value)
{
	const struct c_name_key *key = arg;

	return !strcmp(key->space->names.items[value - 1].text, key->text);
}

/* Returns the entry of @name, until the next one is added. NULL: out of memory. */
static struct c_name *c_names_entry(struct c_names *n, enum c_space space, const char *name)
{
	struct c_name_space *s = &n->spaces[space];
	const struct c_name_key key = { s, name };
	uint32_t hash = hash_string(name, strlen(name));
	struct table_slot *slot;

	if (!table_reserve(&s->table, 1)) {
		n->failed = true;
		return NULL;
	}
	slot = table_find(&s->table, hash, c_name_is, &key);
	if (slot->value)
		return &s->names.items[slot->value - 1];
	if (!c_name_vector_append(&s->names, (struct c_name){ .text = name }) ||
	    !table_add(&s->table, slot, hash, s->names.count)) {
		n->failed = true;
		return NULL;
	}
	return &s->names.items[s->names.count - 1];
}

uint32_t c_names_count(struct c_names *n, enum c_space space, const char *name)
{
	struct c_name *entry = c_names_entry(n, space, name);

	return entry ? ++entry->uses : 1;
}

/*
 * Whether a tag with @keyword can have the name of @entry. C has no struct and union of one name,
 * even if one of them is only declared.
 */
static bool c_names_fits(struct c_name *entry, const char *keyword)
{
	if (!entry || !keyword)
		return true;
	if (!entry->keyword)
		entry->keyword = keyword;
	return !strcmp(entry->keyword, keyword);
}

/* Whether a use of @name, which it counts, is the first one. */
static bool c_names_is_first(struct c_names *n, enum c_space space, const char *name,
			     const char *keyword)
{
	struct c_name *entry = c_names_entry(n, space, name);

	return !entry || (!entry->uses++ && c_names_fits(entry, keyword));
}

/* Takes over @text, which is malloced or NULL. Returns @name if memory is short. */
static const char *c_names_keep(struct c_names *n, char *text, const char *name)
{
	if (text && c_text_vector_append(&n->changed, text))
		return text;
	free(text);
	n->failed = true;
	return name;
}

/* Long names that start alike are numbered together, because their ends are cut off. */
static const char *c_names_cut(struct c_names *n, enum c_space space, const char *name,
			       uint32_t *use)
{
	if (!n->clean || strlen(name) <= CUT_NAME)
		return name;
	name = c_names_keep(n, strndup(name, CUT_NAME), name);
	*use = c_names_count(n, space, name) + 1;
	return name;
}

/*
 * Returns @name with a number, @use or a higher one. The result can be another name, so it counts as
 * a use, and the number rises until it is the first.
 */
static const char *c_names_unique(struct c_names *n, enum c_space space, const char *name,
				  uint32_t use, const char *keyword)
{
	char text[NUMBERED_MAX];
	const char *copy;
	struct c_name *entry;

	name = c_names_cut(n, space, name, &use);
	entry = n->clean ? c_names_entry(n, space, name) : NULL;
	/* The numbers below are taken. */
	if (entry && entry->next > use)
		use = entry->next;
	for (;; use++) {
		snprintf(text, sizeof(text), "%s___%u", name, use);
		copy = c_names_keep(n, strdup(text), name);
		if (!n->clean || n->failed)
			return copy;
		if (c_names_is_first(n, space, copy, keyword))
			break;
	}
	entry = c_names_entry(n, space, name);
	if (entry)
		entry->next = use + 1;
	return copy;
}

const char *c_names_own(struct c_names *n, enum c_space space, const char *name)
{
	uint32_t use;

	if (c_word_of(name) >= C_WORD_C11)
		name = c_names_keep(n, c_word_clean(name), name);
	use = c_names_count(n, space, name);
	return use > 1 ? c_names_unique(n, space, name, use, NULL) : name;
}

/* Returns @name with the name of the type's module, or with a number. */
static const char *c_names_number(struct c_names *n, enum c_space space, uint32_t id,
				  const char *name, uint32_t use, const char *keyword)
{
	const char *module = n->origin && id >= n->btf->start_id ? n->origin(n->origin_arg, id)
								 : NULL;
	char text[NUMBERED_MAX];
	const char *copy;

	if (!module)
		return c_names_unique(n, space, name, use, keyword);
	name = c_names_cut(n, space, name, &use);
	snprintf(text, sizeof(text), "%s___%s", name, module);
	/* The name of a module is that of its file. */
	copy = c_names_keep(n, n->clean ? c_word_clean(text) : strdup(text), name);
	if (!n->clean || n->failed || c_names_is_first(n, space, copy, keyword))
		return copy;
	return c_names_unique(n, space, name, use + 1, keyword);
}

/* Sets the name of type @id: the text that was kept last, or its @own. */
static const char *c_names_choose(struct c_names *n, uint32_t id, const char *name, const char *own)
{
	n->chosen[id] = name == own ? 1 : 1 + n->changed.count;
	return name;
}

const char *c_names_of(struct c_names *n, uint32_t id, enum c_space space)
{
	const struct rebtf_type *t = btf_type(n->btf, id);
	const char *own = btf_string(n->btf, t->name_off), *name = own;
	const char *keyword = n->clean && space == C_TAGS ? rebtf_type_keyword(t) : NULL;
	uint32_t kind = rebtf_type_kind(t), use;

	if (n->chosen[id] > 1)
		return n->changed.items[n->chosen[id] - 2];
	if (!t->name_off || n->chosen[id])
		return name;
	if (n->clean && c_word_of(name) >= C_WORD_C11)
		name = c_names_keep(n, c_word_clean(name), name);
	if (keyword && !c_names_fits(c_names_entry(n, space, name), keyword)) {
		name = c_names_number(n, space, id, name, 2, keyword);
	} else if (kind != REBTF_KIND_FWD && (kind != REBTF_KIND_ENUM || rebtf_type_vlen(t))) {
		/* A declaration shares the name of its definition. */
		use = c_names_count(n, space, name);
		if (use > 1)
			name = c_names_number(n, space, id, name, use, keyword);
	}
	return c_names_choose(n, id, name, own);
}
