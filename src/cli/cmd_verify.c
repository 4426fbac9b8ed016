/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf verify: would a kernel accept the BTF in these files? It reads sections as bytes, so that
 * BTF that cannot be opened otherwise gets a verdict, too. The BTF of a BPF program is judged as
 * its loader passes it to the kernel.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "rebtf.h"

#include "cli/base.h"
#include "cli/batch.h"
#include "cli/destination.h"
#include "cli/guards.h"
#include "cli/json.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "cli/rules.h"
#include "cli/summary.h"

/*
 * The maximum with --all. Any of a million types can be invalid, but readers need only the first.
 */
#define MOST_VIOLATIONS 1000

/* Sections with BTF, in judging order: each after its base. */
static const enum rebtf_section sections[] = {
	REBTF_SECTION_BTF_BASE,	 REBTF_SECTION_BTF,	    REBTF_SECTION_SAVED_BASE,
	REBTF_SECTION_SAVED_BTF, REBTF_SECTION_BTF_EXPECTS, REBTF_SECTION_INLINE,
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

struct verification {
	const struct options *options;
	struct rebtf_verify_options how;
	struct base base;
	atomic_size_t unclear; /* files whose verdict depends on the size of pointers */
	struct reading_counts readings;
};

/* One file. */
struct judged {
	struct verification *v;
	struct rebtf_module *module;
	enum rebtf_form form;			       /* the form that its .BTF is read in */
	struct rebtf_violations *violations[SECTIONS]; /* NULL: not judged */
	struct rebtf_error *loader_err;		       /* why libbpf does not load it; or NULL */
	bool base_failed;			       /* the base failed, not the file */
	void *program; /* .BTF as libbpf passes it on; NULL: not a BPF program */
	size_t program_size;
	enum rebtf_name_search search; /* of accepted BTF */
};

/* ------------------------------------------------------------------------------- form and base */

/* If the base cannot be opened, the error belongs to the verification (@j->base_failed). */
static struct rebtf_error *base_of(struct judged *j, struct rebtf_btf **base)
{
	TRY(base_get(&j->v->base, base));
	j->base_failed = !*base;
	return NULL;
}

/*
 * Finds the form for reading the BTF of a file: split or standalone. The form of broken BTF, or of
 * BTF without types, may be unclear. Then it is read as split if a base was named, and else as
 * standalone. It is never read over the running kernel: only split BTF belongs to that. Exception:
 * kernels read a module's BTF as split, even if it is empty.
 */
static struct rebtf_error *cmd_verify_find_form(struct judged *j)
{
	const struct options *options = j->v->options;
	bool is_split;
	enum rebtf_form form;
	struct rebtf_error *err;

	is_split = options->reading == REBTF_READING_SPLIT;
	j->form = is_split ? REBTF_FORM_SPLIT : REBTF_FORM_STANDALONE;
	if (options->reading != REBTF_READING_AUTO || j->program)
		return NULL;
	err = rebtf_module_form(j->module, NULL, &form);
	if (err && rebtf_error_code(err) != REBTF_ERR_FORMAT &&
	    rebtf_error_code(err) != REBTF_ERR_AMBIGUOUS)
		return err;
	if (err || form == REBTF_FORM_EMPTY)
		is_split = options->base ||
			   (!err && rebtf_module_container(j->module) == REBTF_CONTAINER_ELF);
	else
		is_split = form == REBTF_FORM_SPLIT;
	rebtf_error_free(err);
	j->form = is_split ? REBTF_FORM_SPLIT : REBTF_FORM_STANDALONE;
	return NULL;
}

/* --------------------------------------------------------------------------------------- verdicts */

static const void *section_of(const struct judged *j, enum rebtf_section section, size_t *size)
{
	if (section == REBTF_SECTION_BTF && j->program) {
		*size = j->program_size;
		return j->program;
	}
	return rebtf_module_section(j->module, section, size);
}

static struct rebtf_violations **violations_in(struct judged *j, enum rebtf_section section)
{
	size_t i = 0;

	while (sections[i] != section)
		i++;
	return &j->violations[i];
}

static size_t count_in(const struct judged *j, size_t section)
{
	return j->violations[section] ? rebtf_violations_count(j->violations[section]) : 0;
}

static size_t count_violations(const struct judged *j)
{
	size_t count = j->loader_err ? 1 : 0;

	for (size_t i = 0; i < SECTIONS; i++)
		count += count_in(j, i);
	return count;
}

/* Whether a kernel with smaller pointers would accept everything that is refused. */
static bool is_unclear(const struct judged *j)
{
	bool unclear = false;

	if (j->loader_err)
		return false;
	for (size_t i = 0; i < SECTIONS; i++) {
		if (!count_in(j, i))
			continue;
		if (!rebtf_violations_only_64_bit(j->violations[i]))
			return false;
		unclear = true;
	}
	return unclear;
}

/* Whether the requested number of violations was found, in all sections together. */
static bool cmd_verify_has_enough(const struct judged *j)
{
	return count_violations(j) >= j->v->how.limit;
}

/* Call only while !cmd_verify_has_enough(@j). */
static struct rebtf_error *judge_section(struct judged *j, enum rebtf_section section,
					 struct rebtf_btf *base,
					 const struct rebtf_verify_options *how)
{
	struct rebtf_verify_options rest = *how;
	size_t size;
	const void *data = section_of(j, section, &size);

	rest.limit -= count_violations(j);
	rest.section = rebtf_section_name(section);
	if (!rest.pointer_size)
		rest.pointer_size = rebtf_module_pointer_size(j->module);
	return rebtf_verify(data, size, rebtf_module_path(j->module), base, &rest,
			    violations_in(j, section));
}

/*
 * Judges a distilled base by the rules for trusted BTF: it has neither members nor data that they
 * need. Leaves *@base NULL if a kernel would refuse it.
 */
static struct rebtf_error *judge_distilled_base(struct judged *j, enum rebtf_section section,
						struct rebtf_btf **base)
{
	struct rebtf_verify_options how = j->v->how;
	const void *data;
	size_t size;

	how.kernel_btf = true;
	TRY(judge_section(j, section, NULL, &how));
	if (rebtf_violations_count(*violations_in(j, section)))
		return NULL;
	data = section_of(j, section, &size);
	return rebtf_btf_open_mem(data, size, rebtf_module_path(j->module), NULL, base);
}

static struct rebtf_error *judge_expects(struct judged *j, struct rebtf_btf *base)
{
	GUARD(btf) struct rebtf_btf *expects = NULL;
	size_t size;

	if (section_of(j, REBTF_SECTION_BTF_EXPECTS, &size))
		return judge_section(j, REBTF_SECTION_BTF_EXPECTS, base, &j->v->how);
	/* The expectations are missing, or cannot be read. */
	return rebtf_module_expects(j->module, base, &expects);
}

/* Judges BTF over a distilled base in the same file, and expectations, which are also over it. */
static struct rebtf_error *judge_distilled(struct judged *j, enum rebtf_section base_section,
					   enum rebtf_section section)
{
	GUARD(btf) struct rebtf_btf *base = NULL;

	TRY(judge_distilled_base(j, base_section, &base));
	if (!base)
		return NULL;
	TRY(judge_section(j, section, base, &j->v->how));
	return cmd_verify_has_enough(j) ? NULL : judge_expects(j, base);
}

static struct rebtf_error *judge_btf(struct judged *j)
{
	struct rebtf_verify_options how = j->v->how;
	struct rebtf_btf *base = NULL;

	TRY(cmd_verify_find_form(j));
	if (j->form == REBTF_FORM_SPLIT || j->v->options->base)
		TRY(base_of(j, &base));
	if (j->base_failed)
		return NULL;
	how.kernel_types = base;
	return judge_section(j, REBTF_SECTION_BTF, j->form == REBTF_FORM_SPLIT ? base : NULL, &how);
}

/* Only kernels from Linux 7.4 on read the inline BTF. */
static bool cmd_verify_reads_inlined(const char *release)
{
	unsigned int major, minor;

	if (!release || sscanf(release, "%5u.%5u", &major, &minor) != 2)
		return true;
	return major > 7 || (major == 7 && minor >= 4);
}

/* Judges .BTF.inline over .BTF, which a kernel must accept first. */
static struct rebtf_error *judge_inlined(struct judged *j)
{
	struct rebtf_verify_options how = j->v->how;
	GUARD(btf) struct rebtf_btf *btf = NULL;
	size_t size;

	if (j->base_failed || count_violations(j) || !cmd_verify_reads_inlined(how.kernel) ||
	    !section_of(j, REBTF_SECTION_INLINE, &size) || !size)
		return NULL;
	if (!how.kernel)
		how.kernel = "7.4";
	TRY(rebtf_module_btf(j->module, j->form == REBTF_FORM_SPLIT ? j->v->base.btf : NULL, &btf));
	return judge_section(j, REBTF_SECTION_INLINE, btf, &how);
}

/* An object that the loader refuses never reaches the kernel. That counts as a violation, too. */
static struct rebtf_error *load_program(struct judged *j)
{
	struct rebtf_error *err = rebtf_module_loader_btf(j->module, j->v->how.kernel, &j->program,
							  &j->program_size);

	if (!err || rebtf_error_code(err) != REBTF_ERR_FORMAT)
		return err;
	j->loader_err = err;
	return NULL;
}

static struct rebtf_error *cmd_verify_judge(struct judged *j)
{
	size_t size;

	TRY(load_program(j));
	if (cmd_verify_has_enough(j))
		return NULL;
	if (section_of(j, REBTF_SECTION_BTF_BASE, &size)) {
		j->form = REBTF_FORM_DISTILLED;
		TRY(judge_distilled(j, REBTF_SECTION_BTF_BASE, REBTF_SECTION_BTF));
		return judge_inlined(j);
	}
	TRY(judge_btf(j));
	TRY(judge_inlined(j));
	if (j->base_failed || cmd_verify_has_enough(j) ||
	    !section_of(j, REBTF_SECTION_SAVED_BASE, &size))
		return NULL;
	return judge_distilled(j, REBTF_SECTION_SAVED_BASE, REBTF_SECTION_SAVED_BTF);
}

/*
 * Kernels accept BTF in any order, so the order is only a note. For programs it does not matter:
 * their BTF is small. A verdict without the answer is still a verdict.
 */
static struct rebtf_error *find_search(struct judged *j)
{
	struct rebtf_btf *base = j->form == REBTF_FORM_SPLIT ? j->v->base.btf : NULL;

	if (count_violations(j) || j->program || (j->form == REBTF_FORM_SPLIT && !base))
		return NULL;
	return error_if_nomem(rebtf_module_name_search(j->module, base, j->v->how.kernel,
						       &j->search));
}

/* NULL: no message. */
static const char *search_note(const struct judged *j)
{
	switch (j->search) {
	case REBTF_NAME_SEARCH_LINEAR:
		return "note: types are not sorted by name, so Linux 7.0 and later search them one after "
		       "the other (relocate --sort sorts them)";
	case REBTF_NAME_SEARCH_FAILS:
		return "note: types are not sorted by name, but Linux 7.0 and later search a kernel's types "
		       "by bisection, so they do not find all of them";
	default:
		return NULL;
	}
}

/* -------------------------------------------------------------------------------------- printing */

/* The next violation after @*number; NULL after the last. */
static const struct rebtf_error *next_violation(const struct judged *j, size_t *number)
{
	size_t i = (*number)++;

	if (j->loader_err && !i--)
		return j->loader_err;
	for (size_t s = 0; s < SECTIONS; s++) {
		if (i < count_in(j, s))
			return rebtf_violations_at(j->violations[s], i);
		i -= count_in(j, s);
	}
	return NULL;
}

static void add_violations(struct text *text, const struct judged *j)
{
	const struct rebtf_error *err;
	size_t count = 0;

	while (!text_is_full(text) && (err = next_violation(j, &count))) {
		/* The file is printed above all of them. */
		char *line = rebtf_error_text_without_file(err);

		if (!line)
			memory_failed();
		text_addf(text, "    %s\n", line ?: "");
		free(line);
	}
	if (text_is_full(text) && count < count_violations(j)) {
		text_add(text, "    and ");
		text_add_counted(text, count_violations(j) - count, "more violation");
		text_add(text, "\n");
	}
}

static void add_violations_json(struct json_object *object, const struct judged *j, size_t limit)
{
	struct json_object *array = json_new_array();
	const struct rebtf_error *err;
	size_t count = 0;

	while (json_size(array) < limit && (err = next_violation(j, &count)))
		json_append(array, json_error(err, NULL));
	if (json_size(array) >= limit && count < count_violations(j))
		json_add_number(object, "violations_left_out", count_violations(j) - count);
	json_add(object, "violations", array);
}

static void cmd_verify_report(const struct judged *j, struct result *result)
{
	const struct options *options = j->v->options;
	const char *path = rebtf_module_path(j->module);
	size_t count = count_violations(j);
	bool unclear = is_unclear(j);
	struct json_object *object;

	result->outcome = count ? OUTCOME_MISFIT : OUTCOME_DONE;
	if (unclear)
		atomic_fetch_add(&j->v->unclear, 1);
	if (options->quiet)
		return;
	if (options->json) {
		object = result_json(options, path,
				     unclear ? "unclear"
				     : count ? "refused"
					     : "accepted");
		if (j->program)
			json_add_string(object, "loader", "libbpf");
		reading_add_json(object, options, j->form);
		if (j->search != REBTF_NAME_SEARCH_UNKNOWN)
			json_add_string(object, "name_search", rebtf_name_search_name(j->search));
		add_violations_json(object, j, report_limit(path));
		json_print(&result->out, object);
		return;
	}
	if (!count && !options->verbose && j->search != REBTF_NAME_SEARCH_FAILS)
		return;
	text_add_name(&result->out, path);
	if (unclear)
		text_add(&result->out,
			 ": accepted if pointers have 4 bytes, refused if they have 8, and nothing "
			 "tells which (--pointer-size does)");
	else
		text_addf(&result->out, ": %s%s", count ? "refused" : "accepted",
			  j->program ? ", as libbpf hands it over" : "");
	text_add(&result->out, ", read as ");
	reading_add_text(&result->out, options, j->form);
	text_add(&result->out, "\n");
	if (search_note(j))
		text_addf(&result->out, "    %s\n", search_note(j));
	result->out.limit = count ? report_limit(path) : 0;
	add_violations(&result->out, j);
	if (options->all && count >= MOST_VIOLATIONS)
		text_addf(&result->out, "    and possibly more: rebtf stops after %u\n",
			  MOST_VIOLATIONS);
}

/* ----------------------------------------------------------------------------------------- verb */

/* Sets @result, or returns an error for it. */
static struct rebtf_error *verify_file(struct judged *j, const struct tree_file *file,
				       struct result *result)
{
	const struct options *options = j->v->options;

	TRY(open_any(options, file, &j->module));
	if (leave_without_btf(NULL, options, file, j->module, result))
		return NULL;
	TRY(cmd_verify_judge(j));
	/* Each file that needs the base gets its error. */
	if (j->base_failed)
		return base_error(&j->v->base);
	TRY(find_search(j));
	j->v->readings.forms[j->form]++;
	cmd_verify_report(j, result);
	return NULL;
}

static void verify_one(void *arg, const struct tree_file *file, struct result *result)
{
	struct judged j = { .v = arg, .form = REBTF_FORM_STANDALONE };
	struct rebtf_error *err = verify_file(&j, file, result);

	if (err)
		result_fail(result, j.v->options, file->path, err);
	for (size_t i = 0; i < SECTIONS; i++)
		rebtf_violations_free(j.violations[i]);
	rebtf_error_free(j.loader_err);
	free(j.program);
	rebtf_module_free(j.module);
}

static enum status run_verify(const struct options *options)
{
	struct summary_words words = {
		.verb = "verify",
		.outcome = "accepted",
		.one = "accepted",
		.many = "accepted",
		.misfit_one = "refused",
		.misfit_many = "refused",
	};
	struct verification v = {
		.options = options,
		.how = { .size = sizeof(v.how),
			 .kernel = options->rules,
			 .kernel_btf = options->kernel_btf,
			 .pointer_size = options->pointer_size,
			 .limit = options->all ? MOST_VIOLATIONS : 1 },
	};
	const struct batch_work work = {
		.doing = "verifying", .one = verify_one, .arg = &v, .takes_kernels = true
	};
	GUARD(memory) char *note = NULL;
	struct text text = {};
	struct tally tally;
	bool ran;

	if (!rules_check_version(v.how.kernel))
		return STATUS_TROUBLE;
	base_init(&v.base, options);
	ran = batch_run(options, &work, &tally);
	tally.base = v.base.btf;
	if (atomic_load(&v.unclear))
		words.misfit_one = words.misfit_many = "refused or unclear";
	reading_counts_add_text(&text, options, &v.readings);
	note = text_end(&text);
	words.note = note;
	if (ran)
		print_summary(options, &words, &tally, NULL, NULL);
	base_release(&v.base);
	return tally_finish(&tally, ran);
}

static const struct argp_option own_options[] = {
	{ "rules", OPTION_RULES, "VERSION", 0,
	  "Apply the rules of this version or release of Linux, which is one of 5.10, 5.15, 6.1, 6.6, 6.12, 6.18, "
	  "7.2, some updates of these, the announced 7.4, or any other: then the newest known rules that are not "
	  "newer; by default the newest released ones",
	  1 },
	{ "pointer-size", OPTION_POINTER_SIZE, "4|8", 0,
	  "The size of a pointer in the kernel in bytes; by default that of BASE, of the ELF file or of the "
	  "BTF",
	  1 },
	{ "all", OPTION_ALL, NULL, 0, "Report all violations, not only the first", 1 },
	{ "kernel-btf", OPTION_KERNEL_BTF, NULL, 0,
	  "Make only the checks that a kernel makes of its own BTF and of its modules' BTF; do not follow "
	  "references",
	  1 },
	{}
};

static const struct argp own_argp = { .options = own_options, .parser = parse_shared };

static const struct argp_child children[] = { { .argp = &base_argp },
					      { .argp = &cache_argp },
					      { .argp = &own_argp },
					      { .argp = &batch_argp },
					      {} };

const struct verb verb_verify = {
	.name = "verify",
	.summary = "report whether a kernel would accept the BTF, and why not",
	.argp = {
		.parser = parse_verb,
		.args_doc = "FILE|DIR|RELEASE...",
		.doc = "Makes a kernel's own checks of BTF: header, strings, the layout of each type, and "
		       "the targets of its references. --rules selects the kernel version. Split BTF is "
		       "judged over BASE, distilled BTF over its distilled base. --base can be given several "
		       "times: first the kernel, then modules, each split from the ones before it."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf verify --rules 6.1 out/*.ko\n"
		       "  rebtf verify --all --base 6.12.117+deb12-amd64 dummy.ko\n",
		.children = children,
	},
	.run = run_verify,
};
