/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Shows the result of a comparison as text, for the tests of rebtf_diff(). */
#ifndef REBTF_CORE_DIFF_FOR_TEST_H
#define REBTF_CORE_DIFF_FOR_TEST_H

#include "btf/build_for_test.h"

static inline void show_text(struct buffer *text, const char *string)
{
	buffer_append(text, string, strlen(string));
}

/* "moved-x" of a member, with "(kabi)" after it if it has an excuse. Harmful ones end with "!". */
static inline void show_change(struct buffer *text, const struct rebtf_change *change)
{
	show_text(text, " ");
	show_text(text, rebtf_change_kind_name(change->kind));
	show_text(text, "-");
	show_text(text, (change->old_name ? change->old_name : change->new_name) ?: "all");
	if (change->excuse) {
		show_text(text, "(");
		show_text(text, rebtf_excuse_name(change->excuse));
		show_text(text, ")");
	}
	show_text(text, change->harmless ? "" : "!");
}

static inline void show_user(struct buffer *text, const struct rebtf_user *user)
{
	char sizes[64];

	show_text(text, " <");
	show_text(text, rebtf_user_kind_name(user->kind));
	show_text(text, " ");
	show_text(text, user->name);
	if (user->via) {
		show_text(text, " via ");
		show_text(text, user->via);
	}
	if (user->reliance != REBTF_RELIANCE_POINTER_ONLY) {
		show_text(text, " ");
		show_text(text, rebtf_reliance_name(user->reliance));
	}
	snprintf(sizes, sizeof(sizes), " %" PRIu64 "-%" PRIu64, user->old_size, user->new_size);
	show_text(text, user->old_size != user->new_size ? sizes : "");
	show_text(text, ">");
}

/* A line: "changed a embedded: added-x <type b 4-8>". */
static inline void show_difference(struct buffer *text, const struct rebtf_difference *d)
{
	show_text(text, rebtf_difference_kind_name(d->kind));
	show_text(text, " ");
	show_text(text, d->name);
	show_text(text, d->internal ? " internal" : d->compatible ? "" : " ");
	if (!d->compatible)
		show_text(text, rebtf_reliance_name(d->breaks));
	show_text(text, ":");
	for (size_t i = 0; d->changes && i < rebtf_change_list_count(d->changes); i++)
		show_change(text, rebtf_change_list_at(d->changes, i));
	for (size_t i = 0; i < d->member_count; i++) {
		if (d->member_count > 1 || strcmp(d->members[i], "vmlinux")) {
			show_text(text, " ");
			show_text(text, d->members[i]);
		}
	}
	for (size_t i = 0; i < rebtf_difference_user_count(d); i++)
		show_user(text, rebtf_difference_user_at(d, i));
	show_text(text, "\n");
}

/* Returns the malloced text of all differences, and frees @diff. */
static inline char *diff_text(struct rebtf_diff *diff)
{
	struct buffer text = {};
	char derived[32];

	for (size_t i = 0; i < rebtf_diff_count(diff); i++)
		show_difference(&text, rebtf_diff_at(diff, i));
	snprintf(derived, sizeof(derived), "%zu derived\n", rebtf_diff_derived(diff));
	if (rebtf_diff_derived(diff))
		show_text(&text, derived);
	buffer_append(&text, "", 1);
	assert_false(text.failed);
	rebtf_diff_free(diff);
	return (char *)text.data;
}

#endif
