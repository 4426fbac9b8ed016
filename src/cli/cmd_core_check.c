/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf core-check: would BPF programs load on a kernel, as far as its types go? */
#include <stdlib.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/guards.h"
#include "cli/kernel_set.h"
#include "cli/output.h"
#include "cli/programs.h"

static void guard_core(struct rebtf_core **core)
{
	rebtf_core_free(*core);
}

static void core_check_add_text(struct text *text, const struct options *options, const char *path,
				const struct rebtf_set *set, const struct rebtf_core *core)
{
	size_t failures = rebtf_core_failures(core);

	for (size_t i = 0; i < rebtf_core_count(core); i++) {
		const struct rebtf_core_answer *answer = rebtf_core_at(core, i);

		if (answer->fails || options->verbose)
			programs_add_answer(text, path, set, answer);
	}
	if (options->quiet)
		return;
	text_add_name(text, path);
	text_add(text, ": ");
	text_style(text, failures ? STYLE_BAD : STYLE_GOOD);
	text_add(text, failures ? "does not fit" : "fits");
	text_style(text, STYLE_PLAIN);
	text_add(text, ": ");
	text_add_counted(text, rebtf_core_count(core), "question");
	text_add(text, ", ");
	text_add_counted(text, failures, "failure");
	text_add(text, "\n");
}

static void core_check_add_json(struct text *text, const struct options *options, const char *path,
				const struct rebtf_set *set, const struct rebtf_core *core)
{
	struct json_object *object = result_json(options, path, "answered");
	struct json_object *answers = json_new_array();

	for (size_t i = 0; i < rebtf_core_count(core); i++)
		json_append(answers, programs_answer_json(set, rebtf_core_at(core, i)));
	json_add_number(object, "failures", rebtf_core_failures(core));
	json_add(object, "answers", answers);
	json_print(text, object);
}

/* Sets @fits to whether the program loads. */
static struct rebtf_error *core_check_one(const struct options *options, struct rebtf_set *set,
					  const struct rebtf_program *program, bool *fits)
{
	REBTF_OPTIONS(rebtf_core_options, how, .all_modules = options->all_modules,
		      .modules = options->chosen, .module_count = options->chosen_count);
	GUARD(core) struct rebtf_core *core = NULL;
	const char *path = rebtf_program_path(program);
	struct text text = {};

	TRY(rebtf_core_check(program, set, &how, &core));
	*fits = !rebtf_core_failures(core);
	if (options->json)
		core_check_add_json(&text, options, path, set, core);
	else
		core_check_add_text(&text, options, path, set, core);
	output_text(&text);
	return NULL;
}

static enum status core_check_programs(const struct options *options, struct rebtf_set *set,
				       const struct programs *programs)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < programs->count; i++) {
		bool fits = true;
		struct rebtf_error *err = core_check_one(options, set, programs->items[i], &fits);

		if (err) {
			programs_fail(options, rebtf_program_path(programs->items[i]), err);
			status = STATUS_TROUBLE;
		} else if (!fits && status == STATUS_OK) {
			status = STATUS_MISFIT;
		}
	}
	return status;
}

static enum status run_core_check(const struct options *options)
{
	struct programs programs;
	struct kernel_set kernel;
	enum status status = STATUS_TROUBLE;
	bool opened = programs_open(&programs, options, (const char *const *)options->paths,
				    options->path_count);

	if (kernel_set_open(&kernel, options, options->modules, options->module_count)) {
		status = core_check_programs(options, kernel.set, &programs);
		if (!options->quiet)
			kernel_set_print_left_out(kernel.set, kernel_set_reason, kernel.set);
	}
	kernel_set_close(&kernel);
	programs_release(&programs);
	return opened ? status : STATUS_TROUBLE;
}

static const struct argp_option own_options[] = {
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only what fails", 2 },
	{ "verbose", 'v', NULL, 0, "Print every answer, not only what fails", 2 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp }, { .argp = &core_argp }, { .argp = &cache_argp }, {}
};

const struct verb verb_core_check = {
	.name = "core-check",
	.summary = "tell whether BPF programs would load on a kernel",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "PROGRAM...",
		.doc = "Answers, without that kernel, whether each object file of BPF programs would load there, as far "
		       "as types go: every CO-RE relocation with its result, or why the kernel does not have the type, "
		       "member or value; kernel functions and variables; and what programs are attached to.\n"
		       "\n"
		       "Exit status 1: something is missing without which a program does not load."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf core-check prog.bpf.o\n"
		       "  rebtf core-check --base 6.1.0-56-amd64 \\\n"
		       "        --modules /lib/modules/6.1.0-56-amd64 prog.bpf.o\n",
		.children = children,
	},
	.run = run_core_check,
};
