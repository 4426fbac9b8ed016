/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks references one by one against the table of kinds and reports the first invalid one. The
 * walk in check.c, which every module takes, only detects that one exists.
 */
#include <stdlib.h>

#include "btf/reference.h"
#include "util/error.h"

/*
 * This many references to own types reveal whether all of them are shifted. In a test with bases
 * that had two more functions, 4 references detected as many of 4,230 modules as all references
 * did.
 */
#define ENOUGH_OWN_REFERENCES 8

/* Several threads may compute the roles of a base at once. The first result is kept. */
static struct rebtf_error *find_roles(struct rebtf_btf *base, const uint8_t **roles)
{
	uint8_t *found = malloc((size_t)base->own_count + 2), *kept = NULL;

	if (!found)
		return error_nomem();
	found[0] = kind_layout(REBTF_KIND_VOID)->role;
	for (uint32_t i = 0; i < base->own_count; i++)
		found[i + 1] = layout_of(btf_own_type(base, i))->role;
	found[base->own_count + 1] = 0;
	if (atomic_compare_exchange_strong_explicit(&base->roles, &kept, found,
						    memory_order_acq_rel, memory_order_acquire))
		kept = found;
	else
		free(found);
	*roles = kept;
	return NULL;
}

struct rebtf_error *reference_base_init(struct reference_base *base, const struct rebtf_btf *split)
{
	static const uint8_t no_roles[1];

	*base = (struct reference_base){ .roles = no_roles, .strings = "" };
	if (!split->base || split->base->base)
		return NULL;
	base->start_id = split->start_id;
	base->start_string = split->start_string;
	if (split->start_string)
		base->strings = split->base->strings;
	base->roles = atomic_load_explicit(&split->base->roles, memory_order_acquire);
	return base->roles ? NULL : find_roles(split->base, &base->roles);
}

/* Findings on the references of one or several types. */
struct look {
	const struct rebtf_btf *btf;
	const uint32_t *odd_id; /* the first invalid reference, or NULL */
	size_t own_count;	/* how many references lead to own types */
};

static void look_at_id(struct look *look, const uint32_t *id, uint8_t never)
{
	uint8_t role = layout_of(btf_type(look->btf, *id))->role;

	look->own_count += *id >= look->btf->start_id;
	if (!look->odd_id && role & never)
		look->odd_id = id;
}

static void look_at_type(struct look *look, const struct rebtf_type *t)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *word = rebtf_type_data(t);

	if (row->third == THIRD_TYPE)
		look_at_id(look, &t->type, row->third_never);
	for (uint32_t i = 0; i < row->info_ids; i++)
		look_at_id(look, word + i, row->info_never[i]);
	if (row->elem_id == NO_FIELD || is_locsec_mark(t))
		return;
	word += row->info_size / 4 + row->elem_id;
	for (uint32_t left = rebtf_type_vlen(t); left; left--, word += row->elem_size / 4) {
		look_at_id(look, word, row->elem_never);
		if (row->elem_pair)
			look_at_id(look, word + 1, row->pair_never);
	}
}

bool reference_last_are_odd(const struct rebtf_btf *split)
{
	struct look look = { .btf = split };

	for (uint32_t i = split->own_count; i-- && look.own_count < ENOUGH_OWN_REFERENCES;) {
		const struct rebtf_type *t = btf_own_type(split, i);

		look_at_type(&look, t);
		if (look.odd_id || (t->name_off && !btf_string_is_whole(split, t->name_off)))
			return true;
	}
	return false;
}

/* Returns the first string offset of @t that points inside another string, or NULL. */
static const uint32_t *find_inside(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	struct rebtf_field_iter it;
	const uint32_t *off;

	field_iter_init(&it, t, REBTF_FIELD_STRINGS);
	while ((off = field_iter_next(&it))) {
		if (*off && !btf_string_is_whole(btf, *off))
			break;
	}
	return off;
}

static const char wrong_base[] = ": probably the wrong base";

/* Checks the string offsets of @t. @conclusion: the end of the error message. */
static struct rebtf_error *check_names(const struct rebtf_btf *btf, const struct rebtf_type *t,
				       enum rebtf_error_code code, const char *conclusion)
{
	const uint32_t *off = find_inside(btf, t);

	if (!off)
		return NULL;
	return error_new(code, "string offset %u is inside another string%s%s", *off,
			 *off < btf->start_string ? " of the base" : "", conclusion);
}

static struct rebtf_error *check_references(const struct rebtf_btf *btf, const struct rebtf_type *t,
					    enum rebtf_error_code code, const char *conclusion)
{
	struct look look = { .btf = btf };
	const char *kind;

	look_at_type(&look, t);
	if (!look.odd_id)
		return NULL;
	kind = rebtf_kind_name(rebtf_type_kind(btf_type(btf, *look.odd_id)));
	return error_new(code, "refers to [%u] %s, but no compiler makes such a reference%s",
			 *look.odd_id, kind, conclusion);
}

struct rebtf_error *reference_find_odd(const struct rebtf_btf *btf)
{
	enum rebtf_error_code code = btf->base ? REBTF_ERR_WRONG_BASE : REBTF_ERR_FORMAT;
	const char *conclusion = btf->base ? wrong_base : "";

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		struct rebtf_error *err = check_names(btf, t, code, conclusion);

		if (!err)
			err = check_references(btf, t, code, conclusion);
		if (err)
			return btf_error_at(err, btf, btf->start_id + i);
	}
	return NULL;
}

struct rebtf_error *reference_check_type(const struct rebtf_btf *btf, uint32_t id)
{
	struct rebtf_error *err = check_references(btf, btf_type(btf, id), REBTF_ERR_FORMAT, "");

	return err ? btf_error_at(err, btf, id) : NULL;
}
