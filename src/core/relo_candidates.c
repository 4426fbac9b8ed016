/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds the candidates of a program's types in a kernel and its modules. */
#include <string.h>

#include "core/relo.h"
#include "core/relo_candidates.h"
#include "util/glob.h"
#include "util/hash.h"

void relo_candidates_release(struct relo_candidates *c)
{
	for (size_t i = 0; i < c->roots.count; i++)
		relo_candidate_list_release(&c->roots.items[i].candidates);
	relo_root_list_release(&c->roots);
	number_map_release(&c->root_of);
	for (size_t i = 0; i < c->names.count; i++)
		relo_candidate_list_release(&c->names.items[i].found);
	relo_name_list_release(&c->names);
	table_release(&c->by_text);
}

/* The kind as a bit. ENUM and ENUM64 count as one. */
static uint32_t relo_kind_bit(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind_is_enum(kind) ? 1u << REBTF_KIND_ENUM : kind_is_known(kind) ? 1u << kind : 0;
}

/* -------------------------------------------------------------------------- the program's side */

struct relo_text {
	const struct relo_candidates *candidates;
	const char *text;
	size_t length;
};

static inline bool relo_text_same(const void *arg, uint32_t number)
{
	const struct relo_text *key = arg;
	const struct relo_name *name = &key->candidates->names.items[number - 1];

	return name->length == key->length && !memcmp(name->text, key->text, key->length);
}

/* The slot of a name without its flavour. */
static struct table_slot *relo_candidates_slot(const struct relo_candidates *c, const char *text,
					       size_t length, uint32_t *hash)
{
	const struct relo_text key = { c, text, length };

	*hash = (uint32_t)hash_string(text, length);
	return table_find(&c->by_text, *hash, relo_text_same, &key);
}

static struct rebtf_error *relo_candidates_add_name(struct relo_candidates *c, const char *text,
						    uint32_t *index)
{
	struct relo_name name = { .text = text, .length = name_essential_length(text) };
	struct table_slot *slot;
	uint32_t hash;

	*index = RELO_NO_NAME;
	if (!*text)
		return NULL;
	if (!table_reserve(&c->by_text, 1))
		return error_nomem();
	slot = relo_candidates_slot(c, text, name.length, &hash);
	if (slot->value) {
		*index = slot->value - 1;
		return NULL;
	}
	*index = (uint32_t)c->names.count;
	c->starts[(unsigned char)*text] = true;
	if (!relo_name_list_append(&c->names, name) ||
	    !table_add(&c->by_text, slot, hash, *index + 1))
		return error_nomem();
	return NULL;
}

static struct rebtf_error *relo_candidates_add_root(struct relo_candidates *c, uint32_t id)
{
	const struct rebtf_btf *btf = c->program->btf;
	struct table_slot *slot = number_map_find(&c->root_of, id);
	struct relo_root root = { .id = id };

	if (slot->value)
		return NULL;
	TRY(relo_candidates_add_name(c, rebtf_btf_type_name(btf, btf_type(btf, id)), &root.name));
	if (!relo_root_list_append(&c->roots, root) ||
	    !number_map_add(&c->root_of, slot, id, (uint32_t)c->roots.count))
		return error_nomem();
	return NULL;
}

/* ------------------------------------------------------------------------------ the kernel's side */

/* Adds all types of a member that have one of the names. */
static struct rebtf_error *relo_candidates_scan(struct relo_candidates *c, size_t member,
						const struct rebtf_btf *btf)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		const char *text = btf_string(btf, t->name_off);
		struct relo_candidate candidate = { member, btf->start_id + i, btf };
		struct relo_name *name;
		uint32_t hash, number;

		/* An empty name starts with a NUL, which no name does. */
		if (!c->starts[(unsigned char)*text] || !kind_is_c_type(rebtf_type_kind(t)))
			continue;
		number = relo_candidates_slot(c, text, name_essential_length(text), &hash)->value;
		if (!number)
			continue;
		name = &c->names.items[number - 1];
		if (member != SET_KERNEL && !name->wants_modules)
			continue;
		if (member == SET_KERNEL)
			name->kernel_kinds |= relo_kind_bit(t);
		if (!relo_candidate_list_append(&name->found, candidate))
			return error_nomem();
	}
	return NULL;
}

/* Whether candidates of the root are in modules. */
static bool relo_candidates_in_modules(const struct relo_candidates *c,
				       const struct relo_root *root)
{
	const struct rebtf_type *t = btf_type(c->program->btf, root->id);

	return c->options->all_modules ||
	       !(c->names.items[root->name].kernel_kinds & relo_kind_bit(t));
}

static struct rebtf_error *relo_candidates_scan_modules(struct relo_candidates *c)
{
	bool wanted = false;

	for (size_t i = 0; i < c->roots.count; i++) {
		const struct relo_root *root = &c->roots.items[i];

		if (root->name != RELO_NO_NAME && relo_candidates_in_modules(c, root))
			wanted = c->names.items[root->name].wants_modules = true;
	}
	if (!wanted || rebtf_set_count(c->set) == 1)
		return NULL;
	TRY(rebtf_set_load(c->set));
	for (size_t member = 1; member < rebtf_set_count(c->set); member++) {
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(c->set, member, &btf));
		if (btf)
			TRY(relo_candidates_scan(c, member, btf));
	}
	return NULL;
}

struct rebtf_error *relo_candidates_find(const struct rebtf_program *program, struct rebtf_set *set,
					 const struct rebtf_core_options *options,
					 struct relo_candidates *c)
{
	const struct program_records *relos = &program->records[BTF_EXT_RELOS];
	const struct rebtf_btf *kernel;

	*c = (struct relo_candidates){ .program = program, .set = set, .options = options };
	if (!number_map_init(&c->root_of, 64))
		return error_nomem();
	for (size_t i = 0; i < relos->count; i++) {
		const struct btf_ext_relo *relo = relos->items[i].record;

		/* Void has no name, and 0 has no place in a map of numbers. */
		if (relo->type_id && relo->kind != REBTF_RELO_TYPE_ID_LOCAL)
			TRY(relo_candidates_add_root(c, relo->type_id));
	}
	if (!c->names.count)
		return NULL;
	TRY(rebtf_set_btf(set, SET_KERNEL, &kernel));
	TRY(relo_candidates_scan(c, SET_KERNEL, kernel));
	return relo_candidates_scan_modules(c);
}

/* ------------------------------------------------------------------------------------- one type */

static bool relo_candidates_is_chosen(const struct relo_candidates *c, size_t member)
{
	const char *name = rebtf_set_name(c->set, member);

	for (size_t i = 0; i < c->options->module_count; i++) {
		if (!strcmp(c->options->modules[i], name))
			return true;
	}
	return false;
}

/*
 * If the user chose modules, and one of them has a candidate, drops the candidates of the others.
 */
static void relo_candidates_choose(const struct relo_candidates *c,
				   struct relo_candidate_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (relo_candidates_is_chosen(c, list->items[i].member))
			list->items[kept++] = list->items[i];
	}
	list->count = kept ?: list->count;
}

static struct rebtf_error *relo_candidates_fill(struct relo_candidates *c, struct relo_root *root,
						uint64_t *budget)
{
	const struct relo_candidate_list *found = &c->names.items[root->name].found;
	const struct rebtf_type *t = btf_type(c->program->btf, root->id);
	bool in_modules = relo_candidates_in_modules(c, root);

	TRY(relo_spend(budget, found->count));
	for (size_t i = 0; i < found->count; i++) {
		const struct relo_candidate *candidate = &found->items[i];

		if ((in_modules || candidate->member == SET_KERNEL) &&
		    relo_kinds_fit(t, btf_type(candidate->btf, candidate->id)))
			relo_candidate_list_append(&root->candidates, *candidate);
	}
	if (root->candidates.failed)
		return error_nomem();
	if (c->options->module_count)
		relo_candidates_choose(c, &root->candidates);
	root->is_filled = true;
	return NULL;
}

struct rebtf_error *relo_candidates_of(struct relo_candidates *c, uint32_t id, uint64_t *budget,
				       struct relo_root **root)
{
	*root = &c->roots.items[number_map_find(&c->root_of, id)->value - 1];
	return (*root)->is_filled ? NULL : relo_candidates_fill(c, *root, budget);
}
