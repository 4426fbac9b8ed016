/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Explains misfits: what changed, why the module needs the type, and possible remedies. */
#include "cli/changes.h"
#include "cli/explain.h"

/* The text has at most this many lines of changes, unless all are requested. */
#define CHANGES_IN_TEXT 8

/* Lines below that of a misfit: a label, and the indent for further lines of the same label. */
#define LABEL(word) "        " word
#define UNDER_LABEL "                "

static void add_label(struct text *text, const char *label)
{
	text_style(text, STYLE_FAINT);
	text_add(text, label);
	text_style(text, STYLE_PLAIN);
}

/* Leaves out explanations that fail, but records a lack of memory. */
static void expect_no_error(struct rebtf_error *err)
{
	if (err && rebtf_error_code(err) == REBTF_ERR_NOMEM)
		memory_failed();
	rebtf_error_free(err);
}

/* ------------------------------------------------------------------------------------- changes */

static void add_changes(struct text *text, const struct explanation *x)
{
	if (!x->changes || !rebtf_change_list_count(x->changes))
		return;
	add_label(text, LABEL("changed "));
	changes_add_text(text, x->changes, x->options->verbose ? SIZE_MAX : CHANGES_IN_TEXT, "",
			 UNDER_LABEL);
}

/* ---------------------------------------------------------------------------------------- path */

/* The word for a step. NULL for steps that readers can skip. */
static const char *step_word(const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_PTR:
		return "pointer";
	case REBTF_KIND_ARRAY:
		return "array";
	case REBTF_KIND_FUNC:
		return "func ";
	case REBTF_KIND_VAR:
		return "variable ";
	case REBTF_KIND_TYPEDEF:
		return "typedef ";
	case REBTF_KIND_FUNC_PROTO:
		return "function";
	case REBTF_KIND_CONST:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		return NULL;
	default:
		return rebtf_type_keyword(t);
	}
}

static void add_arrow(struct text *text, const char **before)
{
	text_add(text, *before);
	*before = " -> ";
}

/* Adds the member of a struct, or the part of a prototype, through which the path continues. */
static void add_place_in(struct text *text, const struct rebtf_type *t, const char *member,
			 const char **before)
{
	bool is_proto = rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO;

	if (is_proto && !member) {
		add_arrow(text, before);
		text_add(text, "result");
	} else if (member && *member) {
		add_arrow(text, before);
		text_add(text, is_proto ? "parameter '" : "member '");
		text_add_type_name(text, member);
		text_add(text, "'");
	} else if (is_proto) {
		add_arrow(text, before);
		text_add(text, "parameter");
	}
}

/* Of a longer path, this many steps are shown from its start and from its end. */
#define STEPS_AT_END 8

/* How many steps are left out before step @i. */
static size_t gap_before(size_t i, size_t count)
{
	return i == STEPS_AT_END && count > 2 * STEPS_AT_END ? count - 2 * STEPS_AT_END : 0;
}

static void add_gap(struct text *text, size_t gap, const char **before)
{
	add_arrow(text, before);
	text_add(text, "... (");
	text_add_counted(text, gap, "more step");
	text_add(text, ")");
}

static void add_steps(struct text *text, const struct rebtf_btf *split,
		      const struct rebtf_path *path)
{
	size_t count = rebtf_path_count(path);
	const char *before = "";

	for (size_t i = 0; i < count; i++) {
		size_t gap = gap_before(i, count);
		const struct rebtf_type *t, *last;
		const struct rebtf_step *step;
		const char *word, *name;

		if (gap)
			add_gap(text, gap, &before);
		i += gap;
		step = rebtf_path_at(path, i);
		t = rebtf_btf_type(split, step->type_id);
		last = i ? rebtf_btf_type(split, rebtf_path_at(path, i - 1)->type_id) : NULL;
		word = step_word(t);
		name = rebtf_btf_type_name(split, t);
		if (word && !(last && rebtf_type_kind(last) == REBTF_KIND_FUNC)) {
			add_arrow(text, &before);
			text_add(text, word);
			if (*rebtf_type_keyword(t) && !*name)
				text_add(text, "{...}");
			text_add_type_name(text, name);
		}
		if (i + 1 < count)
			add_place_in(text, t, step->member, &before);
	}
}

static const char *class_words(enum rebtf_reliance class)
{
	switch (class) {
	case REBTF_RELIANCE_EMBEDDED:
		return "embedded";
	case REBTF_RELIANCE_TRUSTED:
		return "trusted";
	default:
		return "only pointed to";
	}
}

static void add_path(struct text *text, const struct explanation *x)
{
	if (!x->path)
		return;
	add_label(text, LABEL("needed  "));
	add_steps(text, x->split, x->path);
	text_addf(text, ", %s\n", class_words(x->match->reliance));
}

/* -------------------------------------------------------------------------------------- remedy */

static const char *remedy_words(const struct rebtf_match *match, enum rebtf_remedy remedy)
{
	switch (remedy) {
	case REBTF_REMEDY_NONE:
		return NULL;
	case REBTF_REMEDY_LENIENT:
		if (match->reliance == REBTF_RELIANCE_POINTER_ONLY)
			return "harmless, because it is only pointed to (--policy lenient)";
		return "harmless, because the module keeps the values it was built with (--policy lenient)";
	case REBTF_REMEDY_EXPECTS:
		return match->verdict == REBTF_VERDICT_AMBIGUOUS
			       ? "find out which type is meant (--old-base, the kernel that the module was built for)"
			       : "find out which members it expects (--old-base, the kernel that the module was built for)";
	case REBTF_REMEDY_LOCALIZE:
		return "or localize it (--on-mismatch local): the BTF stays true to the module's "
		       "code, but the code may still be wrong";
	case REBTF_REMEDY_REBUILD:
		if (match->reliance == REBTF_RELIANCE_TRUSTED)
			return "rebuild the module for that kernel, because the verifier relies on this type";
		return "rebuild the module for that kernel, because its code has the old layout";
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------- the whole */

void explanation_init(struct explanation *x, const struct options *options,
		      struct rebtf_transform *made, const struct rebtf_match *match)
{
	const struct rebtf_report *report = rebtf_transform_report(made);

	*x = (struct explanation){
		.options = options,
		.match = match,
		.split = rebtf_transform_distilled(made),
		.remedies = { rebtf_match_remedy(report, match),
			      rebtf_match_other_remedy(report, match) },
		.harmless = rebtf_match_is_harmless(report, match),
	};
	expect_no_error(rebtf_transform_changes(made, match, &x->changes));
	expect_no_error(rebtf_transform_path(made, match, &x->path));
}

void explanation_release(struct explanation *x)
{
	rebtf_change_list_free(x->changes);
	rebtf_path_free(x->path);
}

void explanation_add_text(struct text *text, const struct explanation *x)
{
	const char *remedy = remedy_words(x->match, x->remedies[0]);
	const char *other = remedy_words(x->match, x->remedies[1]);

	add_changes(text, x);
	add_path(text, x);
	if (remedy) {
		add_label(text, LABEL("remedy  "));
		text_addf(text, "%s\n", remedy);
	}
	if (other)
		text_addf(text, UNDER_LABEL "%s\n", other);
}

/* ---------------------------------------------------------------------------------------- JSON */

static struct json_object *step_json(const struct rebtf_btf *split, const struct rebtf_step *step)
{
	const struct rebtf_type *t = rebtf_btf_type(split, step->type_id);
	struct json_object *object = json_new_object();

	json_add_number(object, "id", step->type_id);
	json_add_string(object, "kind", rebtf_kind_name(rebtf_type_kind(t)));
	json_add_name(object, "name", rebtf_btf_type_name(split, t));
	json_add_name(object, "member", step->member);
	return object;
}

static struct json_object *path_json(const struct explanation *x, size_t *left_out)
{
	struct json_object *array = json_new_array();
	size_t count = rebtf_path_count(x->path);

	for (size_t i = 0; i < count; i++) {
		*left_out += gap_before(i, count);
		i += gap_before(i, count);
		json_append(array, step_json(x->split, rebtf_path_at(x->path, i)));
	}
	return array;
}

void explanation_add_json(struct json_object *object, const struct explanation *x, size_t limit)
{
	struct json_object *remedies = json_new_array();
	size_t left_out = 0;

	if (x->changes)
		changes_add_json(object, x->changes, x->match, limit);
	else
		json_add(object, "changes", NULL);
	json_add(object, "path", path_json(x, &left_out));
	if (left_out)
		json_add_number(object, "path_left_out", left_out);
	json_add_string(object, "remedy", rebtf_remedy_name(x->remedies[0]));
	for (size_t i = 0; i < sizeof(x->remedies) / sizeof(x->remedies[0]); i++) {
		if (x->remedies[i] != REBTF_REMEDY_NONE)
			json_append_string(remedies, rebtf_remedy_name(x->remedies[i]));
	}
	json_add(object, "remedies", remedies);
	json_add_bool(object, "harmless", x->harmless);
}
