/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf verify: would a kernel take the BTF in these files? It reads sections as bytes, so that BTF
 * which nothing else in rebtf would open gets a verdict, too.
 */
#include <pthread.h>

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/json.h"
#include "cli/summary.h"

/* With --all. Nobody reads more, and each of a million types can be wrong. */
#define MOST_VIOLATIONS 1000

struct verification {
	const struct options *options;
	struct rebtf_verify_options how;
	struct rebtf_btf *base; /* the one given, or when it was needed, the running kernel's */
	struct rebtf_error *base_err;
	pthread_once_t once;
};

/* What was found in one section of a file. */
struct judged {
	const struct verification *v;
	const struct rebtf_module *module;
	struct rebtf_violations violations[2]; /* of .BTF.base and .BTF */
};

/* Only one verification exists, and pthread_once() hands nothing on. */
static struct verification *verification_of_all;

static void open_base_once(void)
{
	struct verification *v = verification_of_all;

	v->base_err = rebtf_kernel_open(v->options->base, &v->base);
}

/* The base for split BTF; NULL if there is none, and then *@err says so. */
static struct rebtf_btf *base_of(struct verification *v, struct rebtf_error **err)
{
	pthread_once(&v->once, open_base_once);
	*err = v->base ? NULL : v->base_err;
	return v->base;
}

/*
 * Whether the BTF of @module is to be read over a base. Where its form cannot be told, as it is too
 * broken for that, a base that was named decides.
 */
static struct rebtf_error *needs_base(const struct verification *v,
				      const struct rebtf_module *module, bool *needed)
{
	enum rebtf_form form;
	struct rebtf_error *err;

	if (v->options->has_form) {
		*needed = v->options->form == REBTF_FORM_SPLIT;
		return NULL;
	}
	err = rebtf_module_form(module, NULL, &form);
	if (err && err->code != REBTF_ERR_FORMAT && err->code != REBTF_ERR_AMBIGUOUS)
		return err;
	*needed = err ? v->options->base != NULL
		      : form == REBTF_FORM_SPLIT || form == REBTF_FORM_EMPTY;
	rebtf_error_free(err);
	return NULL;
}

static struct rebtf_error *judge_section(const struct judged *j, enum rebtf_section section,
					 struct rebtf_btf *base,
					 const struct rebtf_verify_options *how,
					 struct rebtf_violations *violations)
{
	size_t size;
	const void *data = rebtf_module_section(j->module, section, &size);

	return rebtf_verify(data, size, rebtf_module_path(j->module), base, how, violations);
}

/* A distilled base is one that kernels trust: it has neither members nor what they need. */
static struct rebtf_error *judge_distilled(struct judged *j)
{
	struct rebtf_verify_options how = j->v->how;
	struct rebtf_btf *base;
	struct rebtf_error *err;
	const void *data;
	size_t size;

	how.kernel_btf = true;
	err = judge_section(j, REBTF_SECTION_BTF_BASE, NULL, &how, &j->violations[0]);
	if (err || j->violations[0].count)
		return err;
	data = rebtf_module_section(j->module, REBTF_SECTION_BTF_BASE, &size);
	err = rebtf_open_mem(data, size, rebtf_module_path(j->module), NULL, &base);
	if (err)
		return err;
	err = judge_section(j, REBTF_SECTION_BTF, base, &j->v->how, &j->violations[1]);
	rebtf_unref(base);
	return err;
}

static struct rebtf_error *judge(struct verification *v, struct judged *j, bool *shared_err)
{
	struct rebtf_verify_options how = v->how;
	struct rebtf_btf *base = NULL;
	struct rebtf_error *err;
	bool needed;
	size_t size;

	*shared_err = false;
	if (rebtf_module_section(j->module, REBTF_SECTION_BTF_BASE, &size))
		return judge_distilled(j);
	err = needs_base(v, j->module, &needed);
	if (err)
		return err;
	if ((needed || v->options->base) && !(base = base_of(v, &err))) {
		*shared_err = true;
		return err;
	}
	how.kernel_types = base;
	return judge_section(j, REBTF_SECTION_BTF, needed ? base : NULL, &how, &j->violations[1]);
}

/* -------------------------------------------------------------------------------------- printing */

static void add_violations(struct text *text, const struct judged *j)
{
	static const enum rebtf_section sections[2] = { REBTF_SECTION_BTF_BASE, REBTF_SECTION_BTF };

	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < j->violations[s].count; i++) {
			struct rebtf_error placed = *j->violations[s].errors[i];
			char *line;

			placed.file = NULL;
			placed.section = rebtf_section_name(sections[s]);
			line = rebtf_error_text(&placed);
			if (!line)
				out_of_memory();
			text_addf(text, "    %s\n", line);
			free(line);
		}
	}
}

static struct json_object *violations_json(const struct judged *j)
{
	static const enum rebtf_section sections[2] = { REBTF_SECTION_BTF_BASE, REBTF_SECTION_BTF };
	struct json_object *array = json_new_array();

	for (int s = 0; s < 2; s++) {
		for (size_t i = 0; i < j->violations[s].count; i++) {
			struct rebtf_error placed = *j->violations[s].errors[i];

			placed.section = rebtf_section_name(sections[s]);
			json_append(array, json_error(&placed));
		}
	}
	return array;
}

static void report(const struct judged *j, struct result *result)
{
	const struct options *options = j->v->options;
	const char *path = rebtf_module_path(j->module);
	size_t count = j->violations[0].count + j->violations[1].count;
	struct json_object *object;

	result->outcome = count ? OUTCOME_MISFIT : OUTCOME_DONE;
	if (options->format == OUTPUT_JSON) {
		object = json_new_object();
		json_add_string(object, "file", path);
		json_add_string(object, "outcome", count ? "refused" : "accepted");
		json_add(object, "violations", violations_json(j));
		json_print(&result->out, object);
		return;
	}
	if (options->quiet || (!count && !options->verbose))
		return;
	text_add_name(&result->out, path);
	text_add(&result->out, count ? ": refused\n" : ": accepted\n");
	add_violations(&result->out, j);
	if (options->all && count >= MOST_VIOLATIONS)
		text_addf(&result->out, "    and maybe more: no more than %u are looked for\n",
			  MOST_VIOLATIONS);
}

/* ----------------------------------------------------------------------------------------- verb */

static void verify_one(void *arg, const struct rebtf_file *file, struct result *result)
{
	struct verification *v = arg;
	struct rebtf_module *module = NULL;
	struct judged j = { .v = v };
	bool shared_err = false;
	struct rebtf_error *err;

	err = open_module(v->options, file->path, &module);
	j.module = module;
	if (!err)
		err = judge(v, &j, &shared_err);
	if (err && shared_err)
		result_refuse(result, v->options, file->path, err->code, NULL, err->message);
	else if (err)
		result_fail(result, v->options, file->path, err);
	else
		report(&j, result);
	rebtf_violations_free(&j.violations[0]);
	rebtf_violations_free(&j.violations[1]);
	rebtf_module_free(module);
}

/* So that a version nobody knows is one error, and not one for each file. */
static bool is_known_version(const struct rebtf_verify_options *how)
{
	struct rebtf_violations violations;
	struct rebtf_error *err = rebtf_verify("", 0, NULL, NULL, how, &violations);

	if (err) {
		print_error(err);
		return false;
	}
	rebtf_violations_free(&violations);
	return true;
}

static enum status run_verify(const struct options *options)
{
	static const struct summary_words words = {
		.verb = "verify",
		.outcome = "accepted",
		.one = "accepted",
		.many = "accepted",
		.misfit_one = "refused",
		.misfit_many = "refused",
	};
	struct verification v = {
		.options = options,
		.how = { .kernel = options->rules,
			 .kernel_btf = options->trusting,
			 .limit = options->all ? MOST_VIOLATIONS : 1 },
		.once = PTHREAD_ONCE_INIT,
	};
	const struct batch_work work = { .doing = "verifying", .one = verify_one, .arg = &v };
	struct tally tally;
	bool ran;

	if (!is_known_version(&v.how))
		return STATUS_TROUBLE;
	verification_of_all = &v;
	ran = batch_run(options, &work, &tally);
	if (ran)
		print_summary(options, &words, &tally, NULL);
	rebtf_error_free(v.base_err);
	rebtf_unref(v.base);
	return ran ? tally_status(&tally) : STATUS_TROUBLE;
}

static const struct argp_option own_options[] = {
	{ "kernel", OPTION_RULES, "VERSION", 0,
	  "Whose rules: a version or release of Linux, such as 6.1, 6.12 or 7.2, which stands for the newest "
	  "rules known that are no newer; the newest of all if not given",
	  1 },
	{ "all", OPTION_ALL, NULL, 0,
	  "Look for all that is wrong, not only for what is wrong first", 1 },
	{ "trusting", OPTION_TRUSTING, NULL, 0,
	  "Check only what a kernel checks when it loads a module: not where references lead", 1 },
	{}
};

static const struct argp own_argp = { .options = own_options, .parser = parse_shared };

static const struct argp_child children[] = {
	{ .argp = &base_argp }, { .argp = &own_argp }, { .argp = &batch_argp }, {}
};

const struct verb verb_verify = {
	.name = "verify",
	.summary = "say whether a kernel would take the BTF, and if not, why",
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR...",
		.doc = "Makes a kernel's own checks of BTF: header, strings, the shape of each type, and where "
		       "its references lead, by the rules of the version that is named. Split BTF is judged over "
		       "BASE, distilled BTF over its distilled base."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf verify --kernel 6.1 out/*.ko\n"
		       "  rebtf verify --all --base 6.12.117+deb12-amd64 dummy.ko\n",
		.children = children,
	},
	.run = run_verify,
};
