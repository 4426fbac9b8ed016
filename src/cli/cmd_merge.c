/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* rebtf merge: makes one BTF of a kernel and its modules, and reports types of one name that differ. */
#include <stdio.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/btf_output.h"
#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernel_set.h"
#include "cli/output.h"
#include "cli/own_types.h"
#include "cli/versions.h"

/* As many conflicts are printed without --verbose. */
#define CONFLICTS_SHOWN 20
/* Origins are written in pieces of this size. */
#define ORIGINS_PIECE 65536

struct merging {
	const struct options *options;
	const struct rebtf_set *set;
	struct rebtf_merge *merge;
	size_t left_out;
};

static const struct rebtf_error *merging_reason(const void *arg, size_t member)
{
	return rebtf_merge_error(arg, member);
}

/* The member that has a type of the result first. */
static const char *merging_owner(const struct merging *m, uint32_t id)
{
	return rebtf_set_name(m->set, rebtf_merge_origin(m->merge, id));
}

/*
 * Whether the two types themselves differ. Types that differ only because they refer to such types
 * are not worth a line.
 */
static bool merging_is_conflict(const struct rebtf_version *v)
{
	return v->cause == v->id || !v->cause;
}

static size_t merging_count_conflicts(const struct merging *m)
{
	size_t count = 0;

	for (size_t i = 0; i < rebtf_merge_count(m->merge); i++)
		count += merging_is_conflict(rebtf_merge_at(m->merge, i));
	return count;
}

/* ---------------------------------------------------------------------------------------- origins */

static struct json_object *origin_json(const struct merging *m, uint32_t id)
{
	const struct rebtf_btf *btf = rebtf_merge_btf(m->merge);
	const struct rebtf_type *t = rebtf_btf_type(btf, id);
	struct json_object *object = result_json(m->options, m->options->out_dir, "origin");

	json_add_number(object, "id", id);
	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", rebtf_btf_type_name(btf, t));
	json_add_name(object, "module", merging_owner(m, id));
	json_add_number(object, "modules", rebtf_merge_shared(m->merge, id));
	return object;
}

/* "[12] STRUCT 'nf_conn': nf_conntrack and 31 more" */
static void origin_add_text(struct text *text, const struct merging *m, uint32_t id)
{
	const struct rebtf_btf *btf = rebtf_merge_btf(m->merge);
	const struct rebtf_type *t = rebtf_btf_type(btf, id);
	const char *name = rebtf_btf_type_name(btf, t);
	size_t shared = rebtf_merge_shared(m->merge, id);

	text_addf(text, "[%u] %s '", id, rebtf_kind_name(rebtf_type_kind(t)));
	text_add_type_name(text, *name ? name : "(anon)");
	text_add(text, "': ");
	text_add_name(text, merging_owner(m, id));
	if (shared > 1) {
		text_add(text, " and ");
		text_add_count(text, shared - 1);
		text_add(text, " more");
	}
	text_add(text, "\n");
}

/* False: the output failed. */
static bool merging_print_origins(const struct merging *m)
{
	const struct rebtf_btf *btf = rebtf_merge_btf(m->merge);
	struct text text = {};
	bool is_printed = true;

	for (uint32_t id = rebtf_btf_start_id(btf); is_printed && id < rebtf_btf_type_count(btf);
	     id++) {
		if (m->options->json)
			json_print(&text, origin_json(m, id));
		else
			origin_add_text(&text, m, id);
		if (text.size < ORIGINS_PIECE && id + 1 < rebtf_btf_type_count(btf))
			continue;
		is_printed = output_text(&text);
	}
	return is_printed;
}

/* ----------------------------------------------------------------------------------------- report */

static void merging_add_conflicts(struct text *text, const struct merging *m)
{
	size_t count = merging_count_conflicts(m), all = rebtf_merge_count(m->merge), shown = 0;
	size_t limit = m->options->verbose ? count : CONFLICTS_SHOWN;

	if (!all)
		return;
	text_add_counted(text, count, "type");
	text_addf(text, " %s from another of the same name", count == 1 ? "differs" : "differ");
	if (all > count) {
		text_add(text, ", and ");
		text_add_count(text, all - count);
		text_addf(text, " more because %s to such types",
			  all - count == 1 ? "it refers" : "they refer");
	}
	text_add(text, "\n");
	for (size_t i = 0; i < all && shown < limit; i++) {
		const struct rebtf_version *v = rebtf_merge_at(m->merge, i);

		if (!merging_is_conflict(v))
			continue;
		version_add_text(text, rebtf_merge_btf(m->merge), v, merging_owner(m, v->first_id),
				 merging_owner(m, v->id));
		shown++;
	}
	if (shown < count)
		text_add_more(text, "  ", count - shown);
}

static void merging_add_text(struct text *text, const struct merging *m)
{
	text_add_counted(text, rebtf_set_count(m->set) - 1 - m->left_out, "module");
	text_addf(text, " %smerged into ", would_be(m->options));
	text_add_counted(text, own_type_count(rebtf_merge_btf(m->merge)), "type");
	text_add(text, m->options->split ? " over the kernel's\n" : "\n");
	merging_add_conflicts(text, m);
}

static struct json_object *merging_conflict_json(const struct merging *m,
						 const struct rebtf_version *v)
{
	struct json_object *object = version_json(rebtf_merge_btf(m->merge), v);

	json_add_name(object, "first_module", merging_owner(m, v->first_id));
	json_add_name(object, "module", merging_owner(m, v->id));
	return object;
}

static void merging_add_json(struct text *text, const struct merging *m)
{
	struct json_object *object = result_json(m->options, m->options->paths[0], "merged");
	struct json_object *conflicts = json_new_array();

	json_add_string(object, "output", m->options->out_dir);
	json_add_bool(object, "split", m->options->split);
	json_add_number(object, "modules", rebtf_set_count(m->set) - 1 - m->left_out);
	json_add_number(object, "types", own_type_count(rebtf_merge_btf(m->merge)));
	for (size_t i = 0; i < rebtf_merge_count(m->merge); i++)
		json_append(conflicts, merging_conflict_json(m, rebtf_merge_at(m->merge, i)));
	json_add(object, "versions", conflicts);
	json_add(object, "left_out", kernel_set_left_out_json(m->set, merging_reason, m->merge));
	json_print(text, object);
}

static void merging_report(struct merging *m)
{
	const struct options *options = m->options;
	struct text text = {};

	m->left_out = kernel_set_print_left_out(m->set, merging_reason, m->merge);
	if (btf_output_is_stdout(options))
		return;
	if (options->origins && !merging_print_origins(m))
		return;
	if (options->json)
		merging_add_json(&text, m);
	else if (!options->quiet)
		merging_add_text(&text, m);
	output_text(&text);
}

/* ------------------------------------------------------------------------------------------- verb */

static struct rebtf_error *merging_run(struct merging *m, struct rebtf_set *set)
{
	REBTF_OPTIONS(rebtf_merge_options, how, .split = m->options->split);

	m->set = set;
	TRY(rebtf_merge(set, &how, &m->merge));
	TRY(btf_output_write(m->options, rebtf_merge_btf(m->merge)));
	merging_report(m);
	return NULL;
}

/* Prints a problem with the output, and returns true. */
static bool merging_refuses_output(const struct options *options)
{
	const char *problem = btf_output_stdout_problem(options);

	if (!options->out_dir && !options->dry_run)
		problem = "merge needs --output: a file, or - for standard output";
	if (problem)
		fprintf(stderr, "rebtf: %s\n", problem);
	return problem;
}

static enum status run_merge(const struct options *options)
{
	struct merging m = { .options = options };
	struct kernel_set opened;
	struct rebtf_error *err;
	enum status status = STATUS_TROUBLE;

	if (merging_refuses_output(options))
		return STATUS_TROUBLE;
	if (kernel_set_open(&opened, options, (const char *const *)options->paths,
			    options->path_count)) {
		err = merging_run(&m, opened.set);
		if (err)
			print_error(err);
		else
			status = m.left_out ? STATUS_MISFIT : STATUS_OK;
	}
	rebtf_merge_free(m.merge);
	kernel_set_close(&opened);
	return status;
}

static const struct argp_option own_options[] = {
	{ "output", 'o', "OUT", 0, "The output: a file, or - for standard output", 1 },
	{ "split", OPTION_SPLIT, NULL, 0,
	  "Write BTF that is split from BASE, without the kernel's own types", 1 },
	{ "origins", OPTION_ORIGINS, NULL, 0,
	  "Print each type of the result, and the module that it comes from", 1 },
	DRY_RUN_OPTION,
	{}
};

static const struct argp_child children[] = {
	{ .argp = &base_argp }, { .argp = &cache_argp }, { .argp = &batch_argp }, {}
};

const struct verb verb_merge = {
	.name = "merge",
	.summary = "make one BTF of a kernel and its modules",
	.argp = {
		.options = own_options,
		.parser = parse_verb,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Writes the types of BASE and of all modules in FILE, DIR or RELEASE as one raw BTF, sorted "
		       "by name, in which no two types are equal. Types of the same name that differ are all in "
		       "the result. rebtf names them, their modules and the first difference."
		       "\n"
		       "A module that is damaged, or belongs to another kernel, is reported and left out."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf merge -o all.btf /sys/kernel/btf\n"
		       "  rebtf merge --base 6.1.0-56-amd64 --split -o modules.btf 6.1.0-56-amd64\n",
		.children = children,
	},
	.run = run_merge,
};
