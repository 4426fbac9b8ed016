/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the changes of a type's members in words. */
#include <string.h>

#include "cli/changes.h"

/* --------------------------------------------------------------------------------------- words */

/* "member 'state'" */
static void changes_add_member(struct text *text, const struct rebtf_change *c, const char *name)
{
	if (change_is_enumerator(c)) {
		text_add(text, "enumerator '");
	} else if (!*name) {
		text_add(text, "a member without a name");
		return;
	} else {
		text_add(text, "member '");
	}
	text_add_type_name(text, name);
	text_add(text, "'");
}

/* "104", "104, bit 3" */
static void add_offset(struct text *text, uint32_t offset)
{
	text_add_count(text, offset / 8);
	if (offset % 8)
		text_addf(text, ", bit %u", offset % 8);
}

/* "byte 104, bit 3" */
static void changes_add_place(struct text *text, uint32_t offset)
{
	text_add(text, "byte ");
	add_offset(text, offset);
}

/* "of 8 bytes", "of 3 bits" */
static void add_size(struct text *text, uint64_t bits)
{
	text_add(text, "of ");
	if (bits % 8)
		text_add_counted(text, bits, "bit");
	else
		text_add_counted(text, bits / 8, "byte");
}

/* "u32 of 4 bytes" */
static void add_sized_type(struct text *text, const char *type, uint64_t bits)
{
	text_add_name(text, type);
	if (bits) {
		text_add(text, " ");
		add_size(text, bits);
	}
}

/* "was u32 of 4 bytes, now u64 of 8 bytes" */
static void add_types(struct text *text, const struct rebtf_change *c)
{
	text_add(text, "was ");
	if (strcmp(c->old_type, c->new_type)) {
		add_sized_type(text, c->old_type, c->old_size);
		text_add(text, ", now ");
		add_sized_type(text, c->new_type, c->new_size);
	} else if (c->old_size != c->new_size && c->old_size && c->new_size) {
		add_sized_type(text, c->old_type, c->old_size);
		text_add(text, ", now of ");
		if (c->old_size % 8 || c->new_size % 8)
			text_add_counted(text, c->new_size, "bit");
		else
			text_add_count(text, c->new_size / 8);
	} else {
		text_add_name(text, c->old_type);
		text_add(text, ", which has changed");
	}
}

static void changes_add_value(struct text *text, int64_t value)
{
	text_addf(text, "%lld", (long long)value);
}

static void add_enumerator_change(struct text *text, const struct rebtf_change *c)
{
	changes_add_member(text, c, c->old_name ?: c->new_name);
	switch (c->kind) {
	case REBTF_CHANGE_ADDED:
		text_add(text, " is new: ");
		changes_add_value(text, c->new_value);
		return;
	case REBTF_CHANGE_REMOVED:
		text_add(text, " is gone: it was ");
		changes_add_value(text, c->old_value);
		return;
	case REBTF_CHANGE_RENAMED:
		text_add(text, " is now called '");
		text_add_type_name(text, c->new_name);
		text_add(text, "': ");
		changes_add_value(text, c->new_value);
		return;
	default:
		text_add(text, " was ");
		changes_add_value(text, c->old_value);
		text_add(text, ", now ");
		changes_add_value(text, c->new_value);
	}
}

static void add_member_change(struct text *text, const struct rebtf_change *c)
{
	changes_add_member(text, c, c->old_name ?: c->new_name);
	switch (c->kind) {
	case REBTF_CHANGE_ADDED:
		text_add(text, " is new at ");
		changes_add_place(text, c->new_offset);
		text_add(text, ": ");
		add_sized_type(text, c->new_type, c->new_size);
		return;
	case REBTF_CHANGE_REMOVED:
		text_add(text, " at ");
		changes_add_place(text, c->old_offset);
		text_add(text, " is gone: ");
		add_sized_type(text, c->old_type, c->old_size);
		return;
	case REBTF_CHANGE_RENAMED:
		text_add(text, " at ");
		changes_add_place(text, c->old_offset);
		text_add(text, " is now ");
		changes_add_member(text, c, c->new_name);
		return;
	case REBTF_CHANGE_MOVED:
		text_add(text, " moved from ");
		changes_add_place(text, c->old_offset);
		text_add(text, " to ");
		if (c->old_offset % 8)
			text_add(text, "byte ");
		add_offset(text, c->new_offset);
		if (c->old_size == c->new_size && !strcmp(c->old_type, c->new_type))
			return;
		text_add(text, " and ");
		break;
	default:
		text_add(text, " ");
	}
	add_types(text, c);
}

static void changes_add_change(struct text *text, const struct rebtf_change *c)
{
	if (!c->old_name && !c->new_name)
		text_add(text, "too complex to be compared member by member");
	else if (change_is_enumerator(c))
		add_enumerator_change(text, c);
	else
		add_member_change(text, c);
}

/* ---------------------------------------------------------------------------------------- runs */

/* Shorter runs are listed member by member. */
#define RUN_MIN 3

static bool only_moved(const struct rebtf_change *c)
{
	return c->kind == REBTF_CHANGE_MOVED && c->old_size == c->new_size &&
	       !strcmp(c->old_type, c->new_type);
}

static int64_t changes_distance(const struct rebtf_change *c)
{
	return (int64_t)c->new_offset - c->old_offset;
}

/* How many changes from @first on are the same. */
static size_t run_length(const struct rebtf_change_list *list, size_t first)
{
	const struct rebtf_change *start = rebtf_change_list_at(list, first), *change;
	size_t end = first + 1;

	if (!only_moved(start))
		return 1;
	while ((change = rebtf_change_list_at(list, end)) && only_moved(change) &&
	       changes_distance(change) == changes_distance(start))
		end++;
	return end - first >= RUN_MIN ? end - first : 1;
}

static void add_run(struct text *text, const struct rebtf_change *first,
		    const struct rebtf_change *last, size_t count)
{
	int64_t by = changes_distance(first);

	text_add_count(text, count);
	text_add(text, " members from '");
	text_add_type_name(text, first->new_name);
	text_add(text, "' to '");
	text_add_type_name(text, last->new_name);
	text_add(text, by < 0 ? "' moved towards the start by " : "' moved by ");
	if (by % 8)
		text_add_counted(text, (uint64_t)(by < 0 ? -by : by), "bit");
	else
		text_add_counted(text, (uint64_t)(by < 0 ? -by : by) / 8, "byte");
	text_add(text, ", the first to ");
	changes_add_place(text, first->new_offset);
}

void changes_add_text(struct text *text, const struct rebtf_change_list *list, size_t limit,
		      const char *first, const char *indent)
{
	const char *before = first;
	size_t total = rebtf_change_list_count(list), lines = 0, i = 0;

	while (i < total && lines++ < limit && !text_is_full(text)) {
		size_t count = run_length(list, i);

		text_add(text, before);
		if (count > 1)
			add_run(text, rebtf_change_list_at(list, i),
				rebtf_change_list_at(list, i + count - 1), count);
		else
			changes_add_change(text, rebtf_change_list_at(list, i));
		text_add(text, "\n");
		before = indent;
		i += count;
	}
	if (i == total)
		return;
	text_add(text, before);
	text_add(text, "and ");
	text_add_counted(text, total - i, "more change");
	text_add(text, text_is_full(text) ? "\n" : " (--verbose lists more)\n");
}
