/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Explains misfits: the changes, the module's need for the type, and possible remedies. */
#include "cli/changes.h"
#include "cli/errors.h"
#include "cli/explain.h"
#include "cli/path_text.h"

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
	path_text_add(text, x->split, x->path);
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
	/* Explanations that fail are left out. */
	error_ignore(rebtf_transform_changes(made, match, &x->changes));
	error_ignore(rebtf_transform_path(made, match, &x->path));
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

void explanation_add_json(struct json_object *object, const struct explanation *x, size_t limit)
{
	struct json_object *remedies = json_new_array();
	size_t left_out = 0;

	if (x->changes)
		changes_add_json(object, x->changes, x->match, limit);
	else
		json_add(object, "changes", NULL);
	json_add(object, "path", path_text_json(x->split, x->path, &left_out));
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
