/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on a kernel with its modules (operations.h). */
#include "operations.h"
#include "util/cleanup.h"
#include "util/error.h"

static void cleanup_set(struct rebtf_set **set)
{
	rebtf_set_free(*set);
}

#define _cleanup_set_ _cleanup_(cleanup_set)

static struct rebtf_error *tell_members(struct rebtf_set *set, struct results *r)
{
	TRY(rebtf_set_load(set));
	for (size_t i = 0; i < rebtf_set_count(set); i++) {
		const struct rebtf_btf *btf;

		TRY(rebtf_set_btf(set, i, &btf));
		tell_text(r, rebtf_set_name(set, i));
		tell_text(r, rebtf_set_path(set, i));
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

const struct operation set_operations[] = {
	{ "open a set", NEEDS_BASE | NEEDS_SPLIT, open_set },
	{ "open a set of a file", NEEDS_BASE | NEEDS_FILE, open_set_of_file },
	{},
};
