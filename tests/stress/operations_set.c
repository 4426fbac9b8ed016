/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on a kernel with its modules (operations.h). */
#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

static void cleanup_set(struct rebtf_set **set)
{
	rebtf_set_free(*set);
}

static void cleanup_merge(struct rebtf_merge **merge)
{
	rebtf_merge_free(*merge);
}

#define _cleanup_set_	_cleanup_(cleanup_set)
#define _cleanup_merge_ _cleanup_(cleanup_merge)

static struct rebtf_error *tell_members(struct rebtf_set *set, struct results *r)
{
	TRY(rebtf_set_load(set));
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(set, i, &btf));
		tell_text(r, rebtf_set_name(set, i));
		/* The driver chooses the directory. */
		tell_number(r, rebtf_set_path(set, i) != NULL);
		if (btf)
			tell_number(r, rebtf_btf_type_count(btf));
		else
			tell_text(r, rebtf_error_message(rebtf_set_error(set, i)));
	}
	return NULL;
}

/* A set of the base and the split BTF. */
static struct rebtf_error *open_pair(const struct world *w, struct rebtf_set **set)
{
	TRY(rebtf_set_open(w->base, NULL, 0, NULL, set));
	return rebtf_set_add(*set, "split", w->split);
}

static struct rebtf_error *open_set(const struct world *w, struct results *r)
{
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(open_pair(w, &set));
	return tell_members(set, r);
}

static struct rebtf_error *open_set_of_file(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_set_options, options, .jobs = 1, .any_release = true);
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(rebtf_set_open(w->base, &w->path, 1, &options, &set));
	return tell_members(set, r);
}

static void tell_merge(struct results *r, const struct rebtf_set *set,
		       const struct rebtf_merge *merge)
{
	const struct rebtf_btf *btf = rebtf_merge_btf(merge);

	for (uint32_t id = rebtf_btf_start_id(btf); id < rebtf_btf_type_count(btf); id++) {
		tell_number(r, rebtf_merge_origin(merge, id));
		tell_number(r, rebtf_merge_shared(merge, id));
	}
	for (size_t i = 0; i < rebtf_merge_count(merge); i++)
		tell_number(r, rebtf_merge_at(merge, i)->cause);
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_error *reason = rebtf_merge_error(merge, i);

		tell_text(r, reason ? rebtf_error_message(reason) : NULL);
		tell_number(r, rebtf_merge_id(merge, i, rebtf_btf_start_id(btf)));
	}
}

static struct rebtf_error *merge_pair(const struct world *w, struct results *r, bool split)
{
	REBTF_OPTIONS(rebtf_merge_options, options, .split = split);
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	TRY(open_pair(w, &set));
	TRY(rebtf_merge(set, &options, &merge));
	tell_merge(r, set, merge);
	r->btf[0] = rebtf_btf_ref(rebtf_merge_btf(merge));
	return NULL;
}

static struct rebtf_error *merge_flat(const struct world *w, struct results *r)
{
	return merge_pair(w, r, false);
}

static struct rebtf_error *merge_split(const struct world *w, struct results *r)
{
	return merge_pair(w, r, true);
}

const struct operation set_operations[] = {
	{ "open a set", NEEDS_BASE | NEEDS_SPLIT, open_set },
	{ "open a set of a file", NEEDS_BASE | NEEDS_FILE, open_set_of_file },
	{ "merge", NEEDS_BASE | NEEDS_SPLIT, merge_flat },
	{ "merge split", NEEDS_BASE | NEEDS_SPLIT, merge_split },
	{},
};
