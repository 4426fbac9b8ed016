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

uint32_t c_names_count(struct c_names *n, enum c_space space, const char *name)
{
	struct c_name_space *s = &n->spaces[space];
	const struct c_name_key key = { s, name };
	uint32_t hash = hash_string(name, strlen(name));
	struct table_slot *slot;

	if (!table_reserve(&s->table, 1)) {
		n->failed = true;
		return 1;
	}
	slot = table_find(&s->table, hash, c_name_is, &key);
	if (slot->value)
		return ++s->names.items[slot->value - 1].uses;
	if (!c_name_vector_append(&s->names, (struct c_name){ name, 1 }) ||
	    !table_add(&s->table, slot, hash, s->names.count))
		n->failed = true;
	return 1;
}

/* Sets the name of type @id. Takes over @text, which is malloced or NULL. */
static const char *c_names_change(struct c_names *n, uint32_t id, char *text, const char *name)
{
	if (!text || !c_text_vector_append(&n->changed, text)) {
		free(text);
		n->failed = true;
		return name;
	}
	n->chosen[id] = 1 + n->changed.count;
	return text;
}

/*
 * Returns @name with the name of the type's module, or with a number. The result can be the name of
 * another type, so it counts as a use, and a number is added until it is the first.
 */
static const char *c_names_number(struct c_names *n, enum c_space space, uint32_t id,
				  const char *name, uint32_t use)
{
	const char *module = n->origin && id >= n->btf->start_id ? n->origin(n->origin_arg, id)
								 : NULL;
	char text[NUMBERED_MAX];
	const char *copy;

	/* Long names that start alike are numbered together, because their ends are cut off. */
	if (n->clean && strlen(name) > CUT_NAME) {
		name = c_names_change(n, id, strndup(name, CUT_NAME), name);
		use = c_names_count(n, space, name) + 1;
	}
	for (;; use++) {
		if (module)
			snprintf(text, sizeof(text), "%s___%s", name, module);
		else
			snprintf(text, sizeof(text), "%s___%u", name, use);
		/* The name of a module is that of its file. */
		copy = c_names_change(n, id, module && n->clean ? c_word_clean(text) : strdup(text),
				      name);
		module = NULL;
		if (!n->clean || n->failed || c_names_count(n, space, copy) == 1)
			return copy;
	}
}

const char *c_names_of(struct c_names *n, uint32_t id, enum c_space space)
{
	const struct rebtf_type *t = btf_type(n->btf, id);
	const char *name = btf_string(n->btf, t->name_off);
	uint32_t kind = rebtf_type_kind(t), use;

	if (n->chosen[id] > 1)
		return n->changed.items[n->chosen[id] - 2];
	if (!t->name_off || n->chosen[id])
		return name;
	n->chosen[id] = 1;
	if (n->clean && c_word_of(name) >= C_WORD_C11)
		name = c_names_change(n, id, c_word_clean(name), name);
	/* A declaration shares the name of its definition. */
	if (kind == REBTF_KIND_FWD || (kind == REBTF_KIND_ENUM && !rebtf_type_vlen(t)))
		return name;
	use = c_names_count(n, space, name);
	return use > 1 ? c_names_number(n, space, id, name, use) : name;
}
