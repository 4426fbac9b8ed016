/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Asks both kernels the questions of BPF objects, and reports the answers that differ. */
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"

#include "cli/diff_objects.h"
#include "cli/errors.h"
#include "cli/guards.h"

/* Without --verbose, a list ends after this many answers. */
#define DIFF_ANSWERS_SHOWN 12

/* ------------------------------------------------------------------------------------- comparison */

static int diff_object_use_compare(const void *a, const void *b)
{
	const struct diff_object_use *left = a, *right = b;
	int order = strcmp(left->type, right->type);

	return order ? order : (left->object > right->object) - (left->object < right->object);
}

static const char *diff_object_type_in(struct rebtf_set *set,
				       const struct rebtf_core_answer *answer)
{
	const struct rebtf_btf *btf = NULL;

	if (!answer->id)
		return NULL;
	/* The answer came from it, so it is open. */
	rebtf_error_free(rebtf_set_btf(set, answer->member, &btf));
	return btf ? rebtf_btf_type_name(btf, rebtf_btf_type(btf, answer->id)) : NULL;
}

static struct rebtf_error *diff_objects_index(struct diff_objects *objects,
					      struct rebtf_set *old_set, struct rebtf_set *new_set)
{
	size_t all = 0;

	for (size_t i = 0; i < objects->programs.count; i++)
		all += rebtf_program_diff_count(objects->diffs[i]);
	objects->uses = calloc(all + 1, sizeof(*objects->uses));
	if (!objects->uses)
		return rebtf_error_nomem();
	for (size_t i = 0; i < objects->programs.count; i++) {
		const struct rebtf_program_diff *diff = objects->diffs[i];

		for (size_t c = 0; c < rebtf_program_diff_count(diff); c++) {
			const struct rebtf_program_change *change = rebtf_program_diff_at(diff, c);
			const char *name = diff_object_type_in(old_set, change->old_answer);

			/* The old kernel does not have the member. */
			if (!name)
				name = diff_object_type_in(new_set, change->new_answer);
			if (name && *name)
				objects->uses[objects->use_count++] =
					(struct diff_object_use){ name, i };
		}
		objects->broken += rebtf_program_diff_broken(diff) != 0;
	}
	qsort(objects->uses, objects->use_count, sizeof(*objects->uses), diff_object_use_compare);
	return NULL;
}

struct rebtf_error *diff_objects_compare(struct diff_objects *objects, struct diff_input *old,
					 struct diff_input *new)
{
	const struct programs *programs = &objects->programs;

	if (!programs->count)
		return NULL;
	TRY(diff_input_make_set(old));
	TRY(diff_input_make_set(new));
	objects->diffs = calloc(programs->count, sizeof(*objects->diffs));
	if (!objects->diffs)
		return rebtf_error_nomem();
	for (size_t i = 0; i < programs->count; i++)
		TRY(rebtf_diff_program(programs->items[i], old->set, new->set, &objects->diffs[i]));
	return diff_objects_index(objects, old->set, new->set);
}

void diff_objects_release(struct diff_objects *objects)
{
	for (size_t i = 0; objects->diffs && i < objects->programs.count; i++)
		rebtf_program_diff_free(objects->diffs[i]);
	free(objects->diffs);
	free(objects->uses);
	programs_release(&objects->programs);
}

size_t diff_objects_uses(const struct diff_objects *objects, size_t object, const char *name)
{
	const struct diff_object_use wanted = { name, object };
	size_t first = 0, end = objects->use_count, count = 0;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (diff_object_use_compare(&objects->uses[middle], &wanted) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	while (first < objects->use_count &&
	       !diff_object_use_compare(&objects->uses[first], &wanted)) {
		first++;
		count++;
	}
	return count;
}

/* --------------------------------------------------------------------------------------- reports */

/* "24", or "missing: REASON". */
static void diff_object_add_result(struct text *text, const struct rebtf_core_answer *a)
{
	if (a->verdict == REBTF_CORE_FOUND && a->subject == REBTF_CORE_RELOCATION) {
		text_addf(text, "%llu", (unsigned long long)a->new_value);
		return;
	}
	text_add(text, rebtf_core_verdict_name(a->verdict));
	if (a->unreachable)
		text_add(text, " (code that cannot run there)");
	if (a->reason) {
		text_add(text, ": ");
		text_add_name(text, a->reason);
	}
}

static void diff_object_add_change(struct text *text, const struct rebtf_program_change *change,
				   const char *line, const char *code)
{
	const struct rebtf_core_answer *old_answer = change->old_answer;

	text_add(text, line);
	programs_add_place(text, old_answer);
	text_addf(text, "%s ",
		  old_answer->subject == REBTF_CORE_RELOCATION
			  ? rebtf_relo_kind_name(old_answer->kind)
			  : rebtf_core_subject_name(old_answer->subject));
	text_add(text, code);
	text_add_name(text, old_answer->path);
	text_add(text, code);
	text_add(text, change->breaks ? " breaks: " : ": ");
	diff_object_add_result(text, old_answer);
	text_add(text, ", now ");
	diff_object_add_result(text, change->new_answer);
	text_add(text, "\n");
}

static void diff_object_add(struct text *text, const char *path,
			    const struct rebtf_program_diff *diff, const char *line,
			    const char *code, bool all)
{
	size_t count = rebtf_program_diff_count(diff), broken = rebtf_program_diff_broken(diff);
	size_t shown = 0;

	if (*code)
		text_add(text, "\n### ");
	text_add(text, code);
	text_add_name(text, path);
	text_add(text, code);
	text_addf(text, ": %s: ", broken ? "loads on the old kernel only" : "adapts");
	text_add_counted(text, count, "answer");
	text_addf(text, " %s", count == 1 ? "differs" : "differ");
	if (broken) {
		text_add(text, ", ");
		text_add_count(text, broken);
		text_addf(text, " %s it", broken == 1 ? "breaks" : "break");
	}
	text_add(text, *code ? "\n\n" : "\n");
	/* Those that break it come first. */
	for (int breaks = 1; breaks >= 0; breaks--) {
		for (size_t i = 0; i < count && (all || shown < DIFF_ANSWERS_SHOWN); i++) {
			const struct rebtf_program_change *change = rebtf_program_diff_at(diff, i);

			if (change->breaks != breaks)
				continue;
			diff_object_add_change(text, change, line, code);
			shown++;
		}
	}
	if (shown < count) {
		text_add(text, line);
		text_add(text, "and ");
		text_add_count(text, count - shown);
		text_add(text, " more\n");
	}
}

void diff_objects_text(const struct diff_objects *objects, struct text *text, const char *line,
		       const char *code, bool all)
{
	bool begun = false;

	for (size_t i = 0; i < objects->programs.count; i++) {
		if (!rebtf_program_diff_count(objects->diffs[i]))
			continue;
		if (*code && !begun)
			text_add(text, "\n## BPF objects\n");
		begun = true;
		diff_object_add(text, rebtf_program_path(objects->programs.items[i]),
				objects->diffs[i], line, code, all);
	}
}

void diff_objects_json(const struct diff_objects *objects, const struct diff_input *old,
		       const struct diff_input *new, struct text *text)
{
	for (size_t i = 0; i < objects->programs.count; i++) {
		const struct rebtf_program_diff *diff = objects->diffs[i];
		struct json_object *object = json_new_object(), *changes = json_new_array();

		json_add_string(object, "outcome", "object");
		json_add_string(object, "file", rebtf_program_path(objects->programs.items[i]));
		json_add_number(object, "broken", rebtf_program_diff_broken(diff));
		for (size_t c = 0; c < rebtf_program_diff_count(diff); c++) {
			const struct rebtf_program_change *change = rebtf_program_diff_at(diff, c);
			struct json_object *one = json_new_object();

			json_add_bool(one, "breaks", change->breaks);
			json_add(one, "old", programs_answer_json(old->set, change->old_answer));
			json_add(one, "new", programs_answer_json(new->set, change->new_answer));
			json_append(changes, one);
		}
		json_add(object, "changed_answers", changes);
		json_print(text, object);
	}
}
