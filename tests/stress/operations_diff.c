/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Operations on two kernels (operations.h): comparing them, with lists of symbols. */
#include "core/set_for_test.h"
#include "operations.h"
#include "util/error.h"

static void cleanup_symbols(struct rebtf_symbols **symbols)
{
	rebtf_symbols_free(*symbols);
}

static void cleanup_loader(struct rebtf_loader **loader)
{
	rebtf_loader_free(*loader);
}

static void tell_user(struct results *r, const struct rebtf_user *user)
{
	tell_text(r, rebtf_user_kind_name(user->kind));
	tell_number(r, user->reliance);
	tell_text(r, user->name);
	tell_text(r, user->module);
	tell_text(r, user->via);
	tell_number(r, user->new_size);
}

static void tell_difference(struct results *r, const struct rebtf_difference *d)
{
	tell_text(r, rebtf_difference_kind_name(d->kind));
	tell_text(r, d->name);
	tell_text(r, d->old_type);
	tell_text(r, d->new_type);
	tell_number(r, d->compatible);
	tell_number(r, d->breaks);
	tell_number(r, d->old_size);
	tell_number(r, d->new_size);
	for (size_t i = 0; i < d->member_count; i++)
		tell_text(r, d->members[i]);
	for (size_t i = 0; i < rebtf_difference_user_count(d); i++)
		tell_user(r, rebtf_difference_user_at(d, i));
	tell_number(r, rebtf_difference_user_kind_count(d, REBTF_USER_TYPE));
	if (d->changes) {
		for (size_t i = 0; i < rebtf_change_list_count(d->changes); i++)
			tell_text(r,
				  rebtf_excuse_name(rebtf_change_list_at(d->changes, i)->excuse));
	}
}

static void tell_diff(struct results *r, struct rebtf_diff *diff)
{
	for (size_t i = 0; i < rebtf_diff_count(diff); i++)
		tell_difference(r, rebtf_diff_at(diff, i));
	tell_number(r, rebtf_diff_incompatible(diff));
	tell_number(r, rebtf_diff_derived(diff));
	rebtf_diff_free(diff);
}

static struct rebtf_error *compare_kernels(const struct world *w, struct results *r)
{
	struct rebtf_diff *diff;

	TRY(rebtf_diff_btf(w->base, w->new_base, NULL, &diff));
	tell_diff(r, diff);
	return NULL;
}

/* Both directions, as far as two names lead. */
static struct rebtf_error *compare_some(const struct world *w, struct results *r)
{
	static const char *const symbols[] = { "run", "counter" }, *const only[] = { "*" };
	REBTF_OPTIONS(rebtf_diff_options, options, .symbols = symbols, .symbol_count = 2,
		      .only = only, .only_count = 1, .exports = symbols, .export_count = 1,
		      .jobs = 1);
	struct rebtf_diff *diff;

	TRY(rebtf_diff_btf(w->new_base, w->base, &options, &diff));
	tell_diff(r, diff);
	return NULL;
}

/* A module that the second set lacks. */
static struct rebtf_error *compare_sets(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_diff_options, options, .jobs = 1);
	REBTF_OPTIONS(rebtf_set_options, how, .jobs = 1);
	_cleanup_set_ struct rebtf_set *with = NULL;
	_cleanup_set_ struct rebtf_set *without = NULL;
	struct rebtf_diff *diff;

	TRY(rebtf_set_open(w->base, NULL, 0, &how, &with));
	TRY(rebtf_set_add(with, "split", w->split));
	TRY(rebtf_set_open(w->base, NULL, 0, &how, &without));
	TRY(rebtf_diff(with, without, &options, &diff));
	tell_diff(r, diff);
	return NULL;
}

static void tell_symbols(struct results *r, const struct rebtf_symbols *symbols)
{
	const char *const *names;
	size_t count;

	names = rebtf_symbols_names(symbols, &count);
	for (size_t i = 0; i < count; i++)
		tell_text(r, names[i]);
	tell_number(r, rebtf_symbols_of_kernel_only(symbols));
}

static struct rebtf_error *read_symbols(const struct world *w, struct results *r)
{
	_cleanup_(cleanup_symbols) struct rebtf_symbols *symbols = NULL;

	TRY(rebtf_symbols_open(w->path, &symbols));
	tell_symbols(r, symbols);
	return NULL;
}

static struct rebtf_error *list_exports(const struct world *w, struct results *r)
{
	REBTF_OPTIONS(rebtf_loader_options, options, .kernel = w->release, .root = w->root);
	_cleanup_(cleanup_symbols) struct rebtf_symbols *symbols = NULL;
	_cleanup_(cleanup_loader) struct rebtf_loader *loader = NULL;

	TRY(rebtf_loader_open(&options, &loader));
	TRY(rebtf_symbols_exported(loader, &symbols));
	tell_symbols(r, symbols);
	return NULL;
}

const struct operation diff_operations[] = {
	{ "compare two kernels", NEEDS_BASE | NEEDS_NEW_BASE, compare_kernels },
	{ "compare what symbols lead to", NEEDS_BASE | NEEDS_NEW_BASE, compare_some },
	{ "compare sets", NEEDS_BASE | NEEDS_SPLIT, compare_sets },
	{ "read a list of symbols", NEEDS_FILE, read_symbols },
	{ "list exported symbols", NEEDS_MACHINE, list_exports },
	{},
};
