/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: differences of kernels. The input is four files, each after its length: an old kernel and
 * a module of it, and the same of a new kernel. Any two kernels can be compared. A kernel equals itself,
 * and what one direction adds, the other removes.
 */
#include "core/set.h"
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 4);
}

/* Returns the next kernel with its module, or NULL. */
static struct rebtf_set *next_set(struct input *input)
{
	struct rebtf_btf *kernel = next_btf(input, NULL), *module;
	struct rebtf_set *set = NULL;

	if (!kernel) {
		next_file(input);
		return NULL;
	}
	must(set_new(kernel, 1, &set));
	module = next_btf(input, kernel);
	if (module)
		must(rebtf_set_add(set, "module", module));
	rebtf_btf_unref(module);
	rebtf_btf_unref(kernel);
	return set;
}

struct counts {
	size_t added, removed, all;
};

static void count(struct counts *counts, const struct rebtf_difference *d)
{
	counts->added += d->kind == REBTF_DIFFERENCE_ADDED;
	counts->removed += d->kind == REBTF_DIFFERENCE_REMOVED;
	counts->all++;
	if (!d->name || !rebtf_difference_kind_name(d->kind))
		fail("a difference has no name");
	for (size_t i = 0; i < rebtf_difference_user_count(d); i++) {
		const struct rebtf_user *user = rebtf_difference_user_at(d, i);

		if (!user->name || !rebtf_user_kind_name(user->kind))
			fail("a user has no name");
	}
	for (size_t i = 0; d->changes && i < rebtf_change_list_count(d->changes); i++)
		rebtf_excuse_name(rebtf_change_list_at(d->changes, i)->excuse);
}

static struct counts compare(struct rebtf_set *old_set, struct rebtf_set *new_set)
{
	REBTF_OPTIONS(rebtf_diff_options, options, .jobs = 1);
	struct counts counts = {};
	struct rebtf_diff *diff;

	must(rebtf_diff(old_set, new_set, &options, &diff));
	for (size_t i = 0; i < rebtf_diff_count(diff); i++)
		count(&counts, rebtf_diff_at(diff, i));
	if (rebtf_diff_incompatible(diff) > counts.all)
		fail("more differences are incompatible than exist");
	rebtf_diff_free(diff);
	return counts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_set *old_set = next_set(&input), *new_set = next_set(&input);
	struct counts forth, back;

	if (old_set && compare(old_set, old_set).all)
		fail("a kernel differs from itself");
	if (old_set && new_set) {
		forth = compare(old_set, new_set);
		back = compare(new_set, old_set);
		if (forth.added != back.removed || forth.removed != back.added)
			fail("one direction adds what the other does not remove");
		if (!forth.all != !back.all)
			fail("kernels differ in one direction only");
	}
	rebtf_set_free(old_set);
	rebtf_set_free(new_set);
	return 0;
}
