/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf downgrade: replaces in BTF what an older kernel, or a reader of its time, refuses. */
#include "rebtf.h"

#include "cli/downgraded.h"
#include "cli/json.h"
#include "cli/rules.h"
#include "cli/transform.h"

static void report_downgraded(const struct transform *t, const struct transformed *m,
			      struct result *result)
{
	const struct options *options = t->options;
	size_t count = rebtf_transform_downgraded_count(m->made);
	size_t limit = report_limit(m->file->path);
	struct json_object *object;

	result->outcome = OUTCOME_DONE;
	for (size_t i = 0; i < count; i++)
		downgraded_count(t->arg, rebtf_transform_downgraded_at(m->made, i));
	if (options->json) {
		object = result_json(options, m->file->path, "downgraded");
		json_add_string(object, "form", rebtf_form_name(m->form));
		json_add_string(object, "output", m->path);
		json_add_string(object, "for_kernel", options->for_kernel);
		downgraded_add_json(object, m->made, limit);
		stray_ids_add_json(object, m->made);
		json_print(&result->out, object);
	} else if (options->verbose) {
		text_add_name(&result->out, m->file->path);
		text_addf(&result->out, ": %sdowngraded, ", would_be(options));
		text_add_counted(&result->out, count, "change");
		text_add(&result->out, "\n");
		downgraded_add_text(&result->out, m->made, limit);
	}
}

static void note_downgraded(const struct transform *t, struct text *note)
{
	downgraded_add_totals(note, t->arg);
}

static enum status run_downgrade(const struct options *options)
{
	static const struct transform_verb verb = {
		.doing = "downgrading",
		.words = {
			.verb = "downgrade",
			.outcome = "downgraded",
			.one = "downgraded",
			.many = "downgraded",
		},
		.takes_kernels = true,
		.base_is_optional = true,
		.stray_meaning = "a kernel does not find these types by their ids",
		.make = rebtf_module_downgrade,
		.report = report_downgraded,
		.note = note_downgraded,
	};
	struct downgraded_totals totals = {};
	enum status status = STATUS_TROUBLE;
	struct transform t;

	if (!rules_check_version(options->for_kernel) || !transform_init(&t, &verb, options))
		return status;
	t.arg = &totals;
	t.how.for_kernel = options->for_kernel;
	status = transform_run(&t);
	transform_release(&t);
	return status;
}

static error_t parse_downgrade(int key, char *arg, struct argp_state *state)
{
	const struct options *options = state->input;

	if (key == ARGP_KEY_END && !options->for_kernel)
		usage_error(state, "downgrade needs --for-kernel: the version of Linux");
	return parse_verb(key, arg, state);
}

static const struct argp_option own_options[] = {
	{ "for-kernel", OPTION_FOR_KERNEL, "VERSION", 0,
	  "The version or release of Linux that is to accept the BTF, from 5.10 on; the rules are those that "
	  "--rules of verify lists",
	  1 },
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp },	   { .argp = &cache_argp }, { .argp = &write_argp },
	{ .argp = &rewrite_argp }, { .argp = &batch_argp }, {},
};

const struct verb verb_downgrade = {
	.name = "downgrade",
	.summary = "replace in BTF what an older kernel or tool refuses",
	.writes = true,
	.argp = {
		.options = own_options,
		.parser = parse_downgrade,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Replaces in the BTF of each FILE what Linux VERSION, or a tool of its time, refuses: "
		       "kinds and flags of types that it does not know, more elements than it can count, the "
		       "layout section. Types keep their ids, so a kernel and its modules can be downgraded "
		       "one by one. DIR stands for every module in it.\n"
		       "\n"
		       "BTF that VERSION accepts is left alone; with --out-dir it is copied. Only split BTF "
		       "needs a BASE."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf downgrade --for-kernel 5.15 --verbose --out-dir old vmlinux.btf\n"
		       "  rebtf downgrade --for-kernel 6.1 --base 6.12.117+deb12-amd64 x.ko\n",
		.children = children,
	},
	.run = run_downgrade,
};
