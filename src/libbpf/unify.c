/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Deduplicates an object in place, in the steps of unify.h. */
#include <stdlib.h>
#include <string.h>

#include "libbpf/ext.h"
#include "libbpf/unify.h"
#include "libbpf/unify_equal.h"
#include "libbpf/own_strings.h"
#include "util/number_map.h"

/* If names start inside other names, a section with each of them can be this much larger. */
#define OVERLAP_MAX 8

/* --- strings */

struct unify_strings {
	struct btf *btf;
	struct buffer text;
	struct table offs;
	uint32_t *new_offs; /* by offset from the first own string */
	int err;
};

static uint32_t unify_string(void *arg, uint32_t off)
{
	struct unify_strings *s = arg;
	uint32_t *known;
	int to;

	if (!off || off < s->btf->start_string || s->err)
		return off;
	if (off >= object_end_string(s->btf)) {
		s->err = -EINVAL;
		return off;
	}
	known = &s->new_offs[off - s->btf->start_string];
	if (*known)
		return *known;
	to = own_strings_add_to(s->btf, &s->text, &s->offs, object_string(s->btf, off));
	if (to > 0 && s->text.size > OVERLAP_MAX * (s->btf->strings.size + 1))
		to = -E2BIG;
	if (to < 0)
		s->err = to;
	else
		*known = to;
	return to < 0 ? off : (uint32_t)to;
}

static void unify_all_strings(struct unify_strings *s, struct ext_section *ext)
{
	struct btf *btf = s->btf;

	s->new_offs = calloc(btf->strings.size + 1, sizeof(*s->new_offs));
	if (!btf->base)
		buffer_append(&s->text, "", 1);
	if (!s->new_offs || !buffer_reserve(&s->text, 0)) {
		s->err = -ENOMEM;
		return;
	}
	for (uint32_t id = btf->start_id; id < object_end_id(btf); id++)
		object_map_strings(object_type(btf, id), unify_string, s);
	if (ext)
		ext_map_strings(ext, unify_string, s);
}

static int unify_used_strings(struct btf *btf, struct ext_section *ext)
{
	struct unify_strings s = { .btf = btf };

	if (btf->strings_are_used)
		return 0;
	unify_all_strings(&s, ext);
	free(s.new_offs);
	if (s.err) {
		buffer_release(&s.text);
		table_release(&s.offs);
		return s.err;
	}
	buffer_release(&btf->strings);
	table_release(&btf->string_offs);
	btf->strings = s.text;
	btf->string_offs = s.offs;
	btf->indexed = s.text.size;
	btf->strings_are_used = true;
	return 0;
}

/* --- the types of the base */

static bool unify_is_alone(uint32_t kind)
{
	return kind == REBTF_KIND_VAR || kind == REBTF_KIND_DATASEC;
}

/* Types of the base stay as they are, and own types can become them. */
static int unify_add_base(struct unifier *m)
{
	for (uint32_t id = 1; id < m->btf->start_id; id++) {
		const struct rebtf_type *t = object_type(m->btf, id);

		m->map[id] = id;
		if (unify_is_alone(rebtf_type_kind(t)))
			continue;
		if (!object_kind_is_known(rebtf_type_kind(t)))
			return -EINVAL;
		if (!unify_table_add(&m->table, unify_hash(t), id))
			return -ENOMEM;
	}
	return 0;
}

/* --- structs, unions, typedefs */

/* A type of another kind with the same hash must not start a walk. */
static bool unify_can_walk(const struct rebtf_type *t, const struct rebtf_type *other)
{
	if (t->info != other->info || t->name_off != other->name_off)
		return false;
	return rebtf_type_kind(t) == REBTF_KIND_TYPEDEF || unify_same_members(t, other);
}

static int unify_struct(struct unifier *m, uint32_t id)
{
	const struct rebtf_type *t = object_type(m->btf, id);
	uint64_t hash = unify_hash(t);
	uint32_t target = id;
	const struct unify_entry *e;

	for (e = unify_table_first(&m->table, hash); e; e = unify_table_next(&m->table, e)) {
		int equal = 0;

		if (unify_can_walk(t, object_type(m->btf, e->id)))
			equal = unify_walk(m, id, e->id);
		if (equal < 0)
			return equal;
		if (!equal)
			continue;
		unify_keep_walk(m);
		if (!m->changes_base) {
			target = e->id;
			break;
		}
	}
	m->map[id] = target;
	return id != target || unify_table_add(&m->table, hash, id) ? 0 : -ENOMEM;
}

static int unify_structs(struct unifier *m)
{
	int err = 0;

	for (uint32_t id = m->btf->start_id; !err && id < object_end_id(m->btf); id++) {
		uint32_t kind = rebtf_type_kind(object_type(m->btf, id));

		if (!unify_is_done(m, id) &&
		    (kind_is_composite(kind) || kind == REBTF_KIND_TYPEDEF))
			err = unify_struct(m, id);
	}
	return err;
}

/* --- forward declarations of the only definition */

/* In the map of definitions: several types have the name. */
#define UNIFY_SEVERAL UINT32_MAX

static bool unify_note_single_definitions(const struct unifier *m, struct number_map *definitions)
{
	for (uint32_t id = 1; id < object_end_id(m->btf); id++) {
		const struct rebtf_type *t = object_type(m->btf, id);
		struct table_slot *slot;

		if (!kind_is_composite(rebtf_type_kind(t)) || m->map[id] != id)
			continue;
		slot = number_map_find(definitions, t->name_off);
		if (slot->value)
			slot->value = UNIFY_SEVERAL;
		else if (!number_map_add(definitions, slot, t->name_off, id))
			return false;
	}
	return true;
}

static void unify_resolve_declarations(struct unifier *m, const struct number_map *definitions)
{
	for (uint32_t id = m->btf->start_id; id < object_end_id(m->btf); id++) {
		const struct rebtf_type *t = object_type(m->btf, id);
		uint32_t found;

		if (rebtf_type_kind(t) != REBTF_KIND_FWD || m->map[id] != id)
			continue;
		found = number_map_find(definitions, t->name_off)->value;
		if (found && found != UNIFY_SEVERAL &&
		    rebtf_type_kind(object_type(m->btf, found)) == fwd_kind(t))
			m->map[id] = found;
	}
}

static int unify_declarations(struct unifier *m)
{
	struct number_map definitions;
	bool done;

	if (!number_map_init(&definitions, 0))
		return -ENOMEM;
	done = unify_note_single_definitions(m, &definitions);
	if (done)
		unify_resolve_declarations(m, &definitions);
	number_map_release(&definitions);
	return done ? 0 : -ENOMEM;
}

/* --- the result */

/* Moves the types that stay to the front, and sets their new ids in partner, by old id. */
static void unify_remove_types(struct unifier *m)
{
	struct btf *btf = m->btf;
	uint32_t *words = (uint32_t *)btf->types.data;
	uint32_t at = 0, count = 0;

	for (uint32_t id = 0; id < btf->start_id; id++)
		m->partner[id] = id;
	for (uint32_t i = 0; i < object_count(btf); i++) {
		uint32_t id = btf->start_id + i, place = btf->places.items[i];
		size_t size;

		m->partner[id] = UNIFY_TODO;
		if (m->map[id] != id)
			continue;
		size = object_type_size(btf, (const struct rebtf_type *)(words + place));
		memmove(words + at, words + place, size);
		m->partner[id] = btf->start_id + count;
		btf->places.items[count++] = at;
		at += size / sizeof(uint32_t);
	}
	btf->places.count = count;
	btf->types.size = (size_t)at * sizeof(uint32_t);
}

static uint32_t unify_new_id(const void *arg, uint32_t id)
{
	const struct unifier *m = arg;

	return m->partner[unify_target(m, id)];
}

static uint32_t unify_new_id_in_ext(void *arg, uint32_t id)
{
	return unify_new_id(arg, id);
}

static int unify_renumber(struct unifier *m, uint32_t old_end, struct ext_section *ext)
{
	struct btf *btf = m->btf;

	for (uint32_t id = btf->start_id; id < object_end_id(btf); id++)
		map_ids(object_type(btf, id), unify_new_id, m);
	return ext ? ext_map_ids(ext, old_end, unify_new_id_in_ext, m) : 0;
}

static int unify_types(struct unifier *m, struct ext_section *ext)
{
	uint32_t end = object_end_id(m->btf);
	int err = unify_add_base(m);

	if (!err)
		err = unify_used_strings(m->btf, ext);
	if (!err)
		err = unify_plain_types(m);
	if (!err)
		err = unify_structs(m);
	if (!err)
		err = unify_declarations(m);
	if (!err)
		err = unify_references(m);
	if (err)
		return err;
	unify_remove_types(m);
	return unify_renumber(m, end, ext);
}

/*
 * Types can have been added before those that they refer to, and callers write into types. So ids are
 * checked before they are used, also those in the base.
 */
static int unify_check(const struct btf *btf)
{
	for (uint32_t id = 1; id < object_end_id(btf); id++) {
		const struct rebtf_type *t = object_type(btf, id);

		if (!object_kind_is_known(rebtf_type_kind(t)) || !object_ids_exist(btf, t))
			return -EINVAL;
	}
	return 0;
}

static int unify_start(struct unifier *m)
{
	uint32_t end = object_end_id(m->btf);

	m->map = malloc(end * sizeof(*m->map));
	m->partner = malloc(end * sizeof(*m->partner));
	if (!m->map || !m->partner)
		return -ENOMEM;
	for (uint32_t id = 0; id < end; id++) {
		bool alone = !id || unify_is_alone(rebtf_type_kind(object_type(m->btf, id)));

		m->map[id] = alone ? id : UNIFY_TODO;
		m->partner[id] = UNIFY_TODO;
	}
	return 0;
}

int btf__dedup(struct btf *btf, const struct btf_dedup_opts *opts)
{
	struct unifier m = { .btf = btf };
	int err;

	if (!object_options_valid(opts,
				  offsetof(struct btf_dedup_opts, force_collisions) + sizeof(bool)))
		return object_result(-EINVAL);
	m.table.one_bucket = OBJECT_OPTION(opts, force_collisions, false);
	err = object_make_modifiable(btf) ?: unify_check(btf) ?: unify_start(&m);
	if (!err)
		err = unify_types(&m, OBJECT_OPTION(opts, btf_ext, NULL));
	unify_table_release(&m.table);
	u32_vector_release(&m.partners);
	unify_pairs_release(&m.stack);
	free(m.map);
	free(m.partner);
	return object_result(err);
}
