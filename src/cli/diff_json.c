/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reports differences as JSON: a line for each, and one with their numbers. */
#include "cli/changes.h"
#include "cli/diff_report.h"
#include "cli/json.h"

/* The changes and the users of one difference take at most this many bytes each. */
#define DIFF_LIST_MAX ((size_t)1 << 20)

static void add_size_json(struct json_object *object, const char *key, uint64_t size)
{
	if (size)
		json_add_number(object, key, size);
}

static struct json_object *user_json(const struct rebtf_user *user)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "user", rebtf_user_kind_name(user->kind));
	json_add_string(object, "reliance", rebtf_reliance_name(user->reliance));
	json_add_name(object, "name", user->name);
	json_add_name(object, "module", user->module);
	if (user->type_kind)
		json_add_string(object, "kind", rebtf_kind_name(user->type_kind));
	if (user->via)
		json_add_name(object, "via", user->via);
	add_size_json(object, "old_size", user->old_size);
	add_size_json(object, "new_size", user->new_size);
	return object;
}

static void add_users_json(struct json_object *object, const struct rebtf_difference *d)
{
	struct json_object *array = json_new_array();
	size_t count = rebtf_difference_user_count(d), i;

	for (i = 0; i < count && json_size(array) < DIFF_LIST_MAX; i++)
		json_append(array, user_json(rebtf_difference_user_at(d, i)));
	json_add(object, "users", array);
	if (i < count)
		json_add_number(object, "users_left_out", count - i);
	if (d->users_incomplete)
		json_add_bool(object, "users_incomplete", true);
}

static struct json_object *modules_json(const struct rebtf_difference *d)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < d->member_count; i++)
		json_append_name(array, d->members[i]);
	return array;
}

/* The BPF objects with other answers about the type. */
static struct json_object *objects_json(const struct diff_objects *objects,
					const struct rebtf_difference *d)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < objects->programs.count; i++) {
		struct json_object *one;
		size_t uses = diff_objects_uses(objects, i, d->name);

		if (!uses)
			continue;
		one = json_new_object();
		json_add_string(one, "file", rebtf_program_path(objects->programs.items[i]));
		json_add_number(one, "answers", uses);
		json_append(array, one);
	}
	return array;
}

static struct json_object *difference_json(const struct diff_report *report,
					   const struct rebtf_difference *d, size_t index)
{
	const struct suppression *suppressed = report->suppressed[index];
	struct json_object *object = json_new_object();

	json_add_string(object, "outcome", "difference");
	json_add_string(object, "difference", rebtf_difference_kind_name(d->kind));
	json_add_string(object, "type", difference_word(d));
	json_add_name(object, "name", d->name);
	if (d->unnamed)
		json_add_bool(object, "unnamed", true);
	json_add_bool(object, "compatible", d->compatible);
	json_add_string(object, "breaks", d->compatible ? NULL : rebtf_reliance_name(d->breaks));
	if (d->internal)
		json_add_bool(object, "internal", true);
	if (suppressed)
		json_add_string(object, "suppressed", suppressed->reason);
	json_add_string(object, "old_kind", d->old_kind ? rebtf_kind_name(d->old_kind) : NULL);
	json_add_string(object, "new_kind", d->new_kind ? rebtf_kind_name(d->new_kind) : NULL);
	add_size_json(object, "old_size", d->old_size);
	add_size_json(object, "new_size", d->new_size);
	if (d->old_type)
		json_add_string(object, "old_type", d->old_type);
	if (d->new_type)
		json_add_string(object, "new_type", d->new_type);
	if (d->changes)
		changes_add_list_json(object, d->changes, false, DIFF_LIST_MAX);
	json_add(object, "modules", modules_json(d));
	add_users_json(object, d);
	json_add(object, "objects", objects_json(&report->objects, d));
	return object;
}

void diff_report_json(const struct diff_report *report, struct text *text)
{
	struct json_object *line = json_new_object();

	for (size_t i = 0; i < rebtf_diff_count(report->diff); i++)
		json_print(text, difference_json(report, rebtf_diff_at(report->diff, i), i));
	diff_objects_json(&report->objects, report->old, report->new, text);
	json_add_string(line, "outcome", "compared");
	json_add_string(line, "old", report->old_path);
	json_add_string(line, "new", report->new_path);
	json_add_number(line, "incompatible", report->incompatible);
	json_add_number(line, "compatible", report->compatible);
	json_add_number(line, "suppressed", report->suppressed_count);
	json_add_number(line, "derived", rebtf_diff_derived(report->diff));
	json_add_number(line, "left_out", report->left_out);
	json_add_number(line, "broken_objects", report->objects.broken);
	json_add_bool(line, "exports_known", report->knows_exports);
	json_print(text, line);
}
