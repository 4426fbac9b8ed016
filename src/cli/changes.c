/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the changes of a type's members, in words and in JSON. */
#include <string.h>

#include "cli/changes.h"

/* The member or enumerator on one side of a change. */
struct change_side {
	bool is_enumerator; /* it has a value, but no type */
	const char *name;
	const char *type;
	uint32_t offset;
	uint64_t size;
	int64_t value;
};

/* A change, for text and for JSON. */
struct change_sides {
	enum rebtf_change_kind kind;
	struct change_side old;
	struct change_side new;
	bool same_type;
};

static struct change_sides changes_sides(const struct rebtf_change *c)
{
	bool is_enumerator = !c->old_type && !c->new_type;

	return (struct change_sides){
		.kind = c->kind,
		.old = { is_enumerator, c->old_name, c->old_type, c->old_offset, c->old_size,
			 c->old_value },
		.new = { is_enumerator, c->new_name, c->new_type, c->new_offset, c->new_size,
			 c->new_value },
		.same_type = c->old_type && c->new_type && !strcmp(c->old_type, c->new_type),
	};
}

/* --------------------------------------------------------------------------------------- words */

/* "member 'state'" */
static void changes_add_member(struct text *text, const struct change_side *side)
{
	if (!side->is_enumerator && !*side->name) {
		text_add(text, "a member without a name");
		return;
	}
	text_add(text, side->is_enumerator ? "enumerator '" : "member '");
	text_add_type_name(text, side->name);
	text_add(text, "'");
}

/* "104", "104, bit 3" */
static void add_offset(struct text *text, uint32_t offset)
{
	text_add_count(text, offset / 8);
	if (offset % 8)
		text_addf(text, ", bit %u", offset % 8);
}

/* " at byte 104, bit 3" */
static void changes_add_place(struct text *text, const char *before, uint32_t offset)
{
	text_addf(text, "%sbyte ", before);
	add_offset(text, offset);
}

/* "8 bytes", "3 bits" */
static void add_size(struct text *text, uint64_t bits)
{
	if (bits % 8)
		text_add_counted(text, bits, "bit");
	else
		text_add_counted(text, bits / 8, "byte");
}

/* "u32 of 4 bytes" */
static void add_sized_type(struct text *text, const char *before, const struct change_side *side)
{
	text_add(text, before);
	text_add_name(text, side->type);
	if (side->size) {
		text_add(text, " of ");
		add_size(text, side->size);
	}
}

/* "was u32 of 4 bytes, now u64 of 8 bytes" */
static void add_types(struct text *text, const struct change_sides *c)
{
	if (!c->same_type) {
		add_sized_type(text, "was ", &c->old);
		add_sized_type(text, ", now ", &c->new);
	} else if (c->old.size != c->new.size && c->old.size && c->new.size) {
		add_sized_type(text, "was ", &c->old);
		text_add(text, ", now of ");
		if (c->old.size % 8 || c->new.size % 8)
			text_add_counted(text, c->new.size, "bit");
		else
			text_add_count(text, c->new.size / 8);
	} else {
		text_add(text, "was ");
		text_add_name(text, c->old.type);
		text_add(text, ", which has changed");
	}
}

static void add_enumerator_change(struct text *text, const struct change_sides *c)
{
	switch (c->kind) {
	case REBTF_CHANGE_ADDED:
		text_addf(text, " is new: %lld", (long long)c->new.value);
		return;
	case REBTF_CHANGE_REMOVED:
		text_addf(text, " is gone: it was %lld", (long long)c->old.value);
		return;
	case REBTF_CHANGE_RENAMED:
		text_add(text, " is now called '");
		text_add_type_name(text, c->new.name);
		text_addf(text, "': %lld", (long long)c->new.value);
		return;
	default:
		text_addf(text, " was %lld, now %lld", (long long)c->old.value,
			  (long long)c->new.value);
	}
}

static void add_member_change(struct text *text, const struct change_sides *c)
{
	switch (c->kind) {
	case REBTF_CHANGE_ADDED:
		changes_add_place(text, " is new at ", c->new.offset);
		add_sized_type(text, ": ", &c->new);
		return;
	case REBTF_CHANGE_REMOVED:
		changes_add_place(text, " at ", c->old.offset);
		add_sized_type(text, " is gone: ", &c->old);
		return;
	case REBTF_CHANGE_RENAMED:
		changes_add_place(text, " at ", c->old.offset);
		text_add(text, " is now ");
		changes_add_member(text, &c->new);
		return;
	case REBTF_CHANGE_MOVED:
		changes_add_place(text, " moved from ", c->old.offset);
		text_add(text, c->old.offset % 8 ? " to byte " : " to ");
		add_offset(text, c->new.offset);
		if (c->old.size == c->new.size && c->same_type)
			return;
		text_add(text, " and ");
		break;
	default:
		text_add(text, " ");
	}
	add_types(text, c);
}

/* Why the change does no harm. */
static const char *excuse_words(enum rebtf_excuse excuse)
{
	switch (excuse) {
	case REBTF_EXCUSE_SPELLING:
		return " (the same type)";
	case REBTF_EXCUSE_RESERVED:
		return " (it only reserved bytes)";
	case REBTF_EXCUSE_KABI:
		return " (a kABI macro keeps the old one)";
	case REBTF_EXCUSE_FLEXIBLE:
		return " (a flexible array now)";
	default:
		return "";
	}
}

static void changes_add_change(struct text *text, const struct rebtf_change *change)
{
	const struct change_sides c = changes_sides(change);

	if (!c.old.name && !c.new.name) {
		text_add(text, "too complex to be compared member by member");
		return;
	}
	changes_add_member(text, c.old.name ? &c.old : &c.new);
	if (c.old.is_enumerator)
		add_enumerator_change(text, &c);
	else
		add_member_change(text, &c);
	text_add(text, excuse_words(change->excuse));
}

/* ---------------------------------------------------------------------------------------- runs */

/* Shorter runs are listed member by member. */
#define RUN_MIN 3

static bool only_moved(const struct rebtf_change *c)
{
	return c->kind == REBTF_CHANGE_MOVED && c->excuse == REBTF_EXCUSE_NONE &&
	       c->old_size == c->new_size && !strcmp(c->old_type, c->new_type);
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
	add_size(text, (uint64_t)(by < 0 ? -by : by));
	changes_add_place(text, ", the first to ", first->new_offset);
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

/* ---------------------------------------------------------------------------------------- JSON */

static struct json_object *side_json(const struct change_side *side)
{
	struct json_object *object = json_new_object();

	json_add_name(object, "name", side->name);
	if (side->is_enumerator) {
		json_add_signed(object, "value", side->value);
		return object;
	}
	json_add_string(object, "type", side->type);
	json_add_number(object, "offset_bits", side->offset);
	json_add_number(object, "size_bits", side->size);
	return object;
}

static struct json_object *change_json(const struct rebtf_change *change, bool is_harmless)
{
	const struct change_sides c = changes_sides(change);
	struct json_object *object = json_new_object();

	json_add_string(object, "change", rebtf_change_kind_name(c.kind));
	json_add_bool(object, "harmless", is_harmless);
	if (change->excuse != REBTF_EXCUSE_NONE)
		json_add_string(object, "excuse", rebtf_excuse_name(change->excuse));
	json_add(object, "old", c.kind == REBTF_CHANGE_ADDED ? NULL : side_json(&c.old));
	json_add(object, "new", c.kind == REBTF_CHANGE_REMOVED ? NULL : side_json(&c.new));
	return object;
}

void changes_add_list_json(struct json_object *object, const struct rebtf_change_list *list,
			   bool is_misfit, size_t limit)
{
	struct json_object *array = json_new_array();
	size_t count = rebtf_change_list_count(list), i;

	for (i = 0; i < count && (!i || json_size(array) < limit); i++) {
		const struct rebtf_change *change = rebtf_change_list_at(list, i);

		json_append(array, change_json(change, change->harmless && !is_misfit));
	}
	json_add(object, "changes", array);
	if (i < count)
		json_add_number(object, "changes_left_out", count - i);
}

void changes_add_json(struct json_object *object, const struct rebtf_change_list *list,
		      const struct rebtf_match *match, size_t limit)
{
	/*
	 * If an embedded type changed its size, the module's code no longer matches it, even if a
	 * member was only added at its end.
	 */
	changes_add_list_json(object, list, match->embedded && match->verdict == REBTF_VERDICT_SIZE,
			      limit);
}
