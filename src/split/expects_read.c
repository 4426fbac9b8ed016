/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads expectations and links their definitions to the types of the distilled base. Both come from
 * a file and may be forged. A definition without a type in the distilled base is refused. A member
 * outside its struct is refused as well, because explanations and copies would repeat it.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/name_index.h"
#include "btf/reference.h"
#include "split/expects.h"
#include "util/cleanup.h"
#include "util/error.h"

/* Whether the type is a definition, not just a type that definitions refer to. */
static bool is_definition(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind_has_members(kind) && rebtf_type_vlen(t) && *btf_string(btf, t->name_off);
}

/* Whether the tag only marks a type of the distilled base as trusted. */
static bool is_trusted_tag(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_TYPE_TAG && !rebtf_type_kind_flag(t) &&
	       !strcmp(btf_string(btf, t->name_off), EXPECTS_TRUSTED);
}

static struct rebtf_error *expects_check_members(const struct rebtf_type *t)
{
	const struct rebtf_member *member = rebtf_members(t);

	if (!kind_is_composite(rebtf_type_kind(t)))
		return NULL;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, member++) {
		if (rebtf_member_bit_offset(t, member) > (uint64_t)t->size * 8)
			return error_new(REBTF_ERR_FORMAT,
					 "member %u starts at bit %u, past the end of %u bytes", i,
					 rebtf_member_bit_offset(t, member), t->size);
	}
	return NULL;
}

/* State of pairing definitions with the types of the distilled base. */
struct linking {
	const struct rebtf_btf *expects;
	const struct rebtf_btf *distilled;
	const struct name_index *index;
	uint32_t *definitions;
	uint32_t *linked; /* by the first same-named type: how many of them have a definition */
};

static struct rebtf_error *link_definition(struct linking *l, uint32_t id)
{
	const struct rebtf_type *t = btf_type(l->expects, id);
	uint64_t key = match_key(t);
	struct id_run run = name_index_find(l->distilled, l->index,
					    btf_string(l->expects, t->name_off));

	run = id_run_between(l->distilled, run, key, key + 1);
	if (!run.count)
		return error_new(REBTF_ERR_FORMAT,
				 "the distilled base has no type of this name and %u bytes",
				 t->size);
	if (l->linked[run.ids[0]] == run.count)
		return error_new(REBTF_ERR_FORMAT,
				 "more definitions than types of this name in the distilled base");
	l->definitions[run.ids[l->linked[run.ids[0]]++]] = id;
	return NULL;
}

static struct rebtf_error *link_type(struct linking *l, uint32_t id)
{
	const struct rebtf_type *t = btf_type(l->expects, id);

	if (!kind_is_c_type(rebtf_type_kind(t)))
		return error_new(REBTF_ERR_FORMAT, "invalid kind in expectations");
	TRY(expects_check_members(t));
	if (is_trusted_tag(l->expects, t) && (!t->type || t->type >= l->expects->start_id))
		return error_new(REBTF_ERR_FORMAT, "trusted type [%u] is not in the distilled base",
				 t->type);
	return is_definition(l->expects, t) ? link_definition(l, id) : NULL;
}

/* A struct of size 0 has no members that matter, so it counts as its own definition. */
static void link_empty(struct linking *l)
{
	for (uint32_t id = 1; id <= l->distilled->own_count; id++) {
		const struct rebtf_type *t = btf_type(l->distilled, id);

		if (kind_is_composite(rebtf_type_kind(t)) && !t->size && !l->definitions[id])
			l->definitions[id] = id;
	}
}

static struct rebtf_error *link_all(struct linking *l)
{
	if (!l->definitions || !l->linked)
		return error_nomem();
	TRY(name_index_get(l->distilled, INDEX_RELOCATABLE, &l->index));
	for (uint32_t i = 0; i < l->expects->own_count; i++) {
		uint32_t id = l->expects->start_id + i;
		struct rebtf_error *err = link_type(l, id);

		if (err)
			return btf_error_at(err, l->expects, id);
		/* A module may receive a copy of the type and must open again. */
		TRY(reference_check_type(l->expects, id));
	}
	link_empty(l);
	return NULL;
}

struct rebtf_error *expects_link(const struct rebtf_btf *expects, uint32_t **definitions)
{
	_cleanup_free_ uint32_t *linked = NULL;
	struct linking l = { .expects = expects, .distilled = expects->base };
	struct rebtf_error *err;

	if (!l.distilled || l.distilled->base)
		return error_new(REBTF_ERR_ARGUMENT, "expectations need a distilled base");
	l.definitions = calloc(expects->start_id, sizeof(*l.definitions));
	l.linked = linked = calloc(expects->start_id, sizeof(*l.linked));
	err = link_all(&l);
	if (err)
		free(l.definitions);
	else
		*definitions = l.definitions;
	return err;
}

void expects_add_trusted(const struct rebtf_btf *expects, struct id_set *trusted)
{
	for (uint32_t i = 0; i < expects->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(expects, i);

		if (is_trusted_tag(expects, t))
			id_set_add(trusted, t->type);
	}
}

struct rebtf_error *expects_check(const struct rebtf_btf *expects)
{
	uint32_t *definitions;

	TRY(expects_link(expects, &definitions));
	free(definitions);
	return NULL;
}
