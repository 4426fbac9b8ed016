/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Opens BPF programs, and shows a kernel's answers to them. */
#include <stdlib.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/errors.h"
#include "cli/output.h"
#include "cli/programs.h"
#include "cli/stdin.h"

static struct rebtf_error *programs_open_one(const char *path, struct rebtf_program **program)
{
	REBTF_OPTIONS(rebtf_program_options, options, .has_fd = stdin_is(path), .fd = 0);

	return rebtf_program_open(path, &options, program);
}

void programs_fail(const struct options *options, const char *path, struct rebtf_error *err)
{
	struct json_object *object;
	struct text text = {};

	if (options->json) {
		object = result_json(options, path, "failed");
		json_add(object, "error", json_error(err, path));
		json_print(&text, object);
		output_text(&text);
	}
	print_error(err);
}

bool programs_open(struct programs *programs, const struct options *options,
		   const char *const *paths, size_t count)
{
	bool all = true;

	*programs = (struct programs){};
	programs->items = calloc(count + 1, sizeof(*programs->items));
	if (!programs->items)
		out_of_memory();
	for (size_t i = 0; i < count; i++) {
		struct rebtf_error *err = programs_open_one(paths[i],
							    &programs->items[programs->count]);

		if (err)
			programs_fail(options, paths[i], err);
		else
			programs->count++;
		all &= !err;
	}
	return all;
}

void programs_release(struct programs *programs)
{
	for (size_t i = 0; i < programs->count; i++)
		rebtf_program_free(programs->items[i]);
	free(programs->items);
}

void programs_add_place(struct text *text, const struct rebtf_core_answer *a)
{
	if (a->function) {
		text_add_type_name(text, a->function);
		if (a->subject == REBTF_CORE_RELOCATION)
			text_addf(text, ", instruction %u", a->insn);
	}
	if (a->file && *a->file) {
		text_add(text, " (");
		text_add_name(text, a->file);
		text_addf(text, ":%u)", a->line);
	}
	if (a->function)
		text_add(text, ": ");
}

void programs_add_answer(struct text *text, const char *path, const struct rebtf_set *set,
			 const struct rebtf_core_answer *a)
{
	text_add_name(text, path);
	text_add(text, ": ");
	programs_add_place(text, a);
	if (a->subject == REBTF_CORE_RELOCATION)
		text_addf(text, "%s of ", rebtf_relo_kind_name(a->kind));
	else
		text_addf(text, "%s ", rebtf_core_subject_name(a->subject));
	text_add_name(text, a->path);
	text_style(text, a->fails ? STYLE_BAD : STYLE_PLAIN);
	text_addf(text, ": %s", rebtf_core_verdict_name(a->verdict));
	text_style(text, STYLE_PLAIN);
	if (a->verdict == REBTF_CORE_FOUND && a->subject == REBTF_CORE_RELOCATION)
		text_addf(text, ", %llu", (unsigned long long)a->new_value);
	if (a->verdict == REBTF_CORE_FOUND && a->member) {
		text_add(text, ", in ");
		text_add_name(text, rebtf_set_name(set, a->member));
	}
	if (a->reason) {
		text_add(text, ": ");
		text_add_name(text, a->reason);
	}
	if (a->unreachable)
		text_add(text, " (code that cannot run here)");
	text_add(text, "\n");
}

struct json_object *programs_answer_json(const struct rebtf_set *set,
					 const struct rebtf_core_answer *a)
{
	struct json_object *object = json_new_object();
	bool is_relocation = a->subject == REBTF_CORE_RELOCATION;

	json_add_string(object, "subject", rebtf_core_subject_name(a->subject));
	json_add_string(object, "verdict", rebtf_core_verdict_name(a->verdict));
	json_add_bool(object, "fails", a->fails);
	json_add_bool(object, "unreachable", a->unreachable);
	json_add_string(object, "path", a->path);
	json_add_string(object, "reason", a->reason);
	json_add_string(object, "section", a->section);
	json_add_name(object, "function", a->function);
	if (is_relocation) {
		json_add_string(object, "relocation", rebtf_relo_kind_name(a->kind));
		json_add_number(object, "instruction", a->insn);
		json_add_string(object, "source", a->file);
		json_add_number(object, "line", a->line);
		json_add_number(object, "column", a->column);
		json_add_string(object, "text", a->source);
		json_add_number(object, "old_value", a->old_value);
		json_add_number(object, "value", a->new_value);
	}
	json_add_string(object, "module", a->id ? rebtf_set_name(set, a->member) : NULL);
	json_add_number(object, "id", a->id);
	return object;
}
