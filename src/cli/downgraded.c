/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Describes the changes that rebtf_module_downgrade() and rebtf_downgrade() make. */
#include "cli/downgraded.h"

void downgraded_count(struct downgraded_totals *totals, const struct rebtf_downgraded *change)
{
	atomic_fetch_add(&totals->counts[change->change][change->kind], 1);
}

/* ----------------------------------------------------------------------------------------- text */

/* The words after the type. */
static const char *downgraded_words(enum rebtf_downgrade_change change)
{
	static const char *const words[] = {
		[REBTF_DOWNGRADE_LEFT_OUT] = "left out",
		[REBTF_DOWNGRADE_CONVERTED] = "converted",
		[REBTF_DOWNGRADE_SHORTENED] = "shortened",
		[REBTF_DOWNGRADE_TAG_BEHIND] = "without the tags behind it",
		[REBTF_DOWNGRADE_LAYOUT] = "layout section left out",
		[REBTF_DOWNGRADE_INLINE] = ".BTF.inline left out",
	};

	return words[change];
}

static bool downgraded_has_type(enum rebtf_downgrade_change change)
{
	return change != REBTF_DOWNGRADE_LAYOUT && change != REBTF_DOWNGRADE_INLINE;
}

void downgraded_add_totals(struct text *text, const struct downgraded_totals *totals)
{
	const char *before = "; changed: ";

	for (int change = 0; change <= REBTF_DOWNGRADE_INLINE; change++) {
		for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++) {
			size_t count = atomic_load(&totals->counts[change][kind]);

			if (!count)
				continue;
			text_add(text, before);
			if (downgraded_has_type((enum rebtf_downgrade_change)change)) {
				text_add_count(text, count);
				text_addf(text, " %s ", rebtf_kind_name(kind));
			}
			text_add(text, downgraded_words((enum rebtf_downgrade_change)change));
			before = ", ";
		}
	}
}

static void downgraded_add_change(struct text *text, const struct rebtf_downgraded *change)
{
	text_add(text, "    ");
	if (downgraded_has_type(change->change)) {
		text_addf(text, "[%u] %s '", change->id, rebtf_kind_name(change->kind));
		text_add_type_name(text, *change->name ? change->name : "(anon)");
		text_add(text, "': ");
	}
	text_add(text, downgraded_words(change->change));
	if (change->left_out) {
		text_add(text, ", without ");
		text_add_counted(text, change->left_out,
				 change->change == REBTF_DOWNGRADE_CONVERTED ? "value" : "element");
	}
	text_add(text, "\n");
}

void downgraded_add_text(struct text *text, const struct rebtf_transform *made, size_t limit)
{
	size_t count = rebtf_transform_downgraded_count(made), i;

	text->limit = text->size + limit;
	for (i = 0; i < count && !text_is_full(text); i++)
		downgraded_add_change(text, rebtf_transform_downgraded_at(made, i));
	text->limit = 0;
	if (i < count) {
		text_add(text, "    and ");
		text_add_counted(text, count - i, "more change");
		text_add(text, "\n");
	}
}

/* ----------------------------------------------------------------------------------------- JSON */

void downgraded_add_json(struct json_object *object, const struct rebtf_transform *made,
			 size_t limit)
{
	size_t count = rebtf_transform_downgraded_count(made), i;
	struct json_object *array = json_new_array();

	for (i = 0; i < count && json_size(array) < limit; i++) {
		const struct rebtf_downgraded *change = rebtf_transform_downgraded_at(made, i);
		struct json_object *one = json_new_object();

		json_add_string(one, "change", rebtf_downgrade_change_name(change->change));
		if (downgraded_has_type(change->change)) {
			json_add_number(one, "id", change->id);
			json_add_string(one, "kind", rebtf_kind_name(change->kind));
			json_add_name(one, "name", change->name);
			json_add_number(one, "left_out", change->left_out);
		}
		json_append(array, one);
	}
	json_add(object, "changes", array);
	if (i < count)
		json_add_number(object, "changes_left_out", count - i);
}
