/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Prints the results of a whole batch: the last lines of a verb's output. */
#include <stdio.h>

#include "cli/output.h"
#include "cli/summary.h"

/* The text has at most this many reasons, unless all are requested. */
#define REASONS_IN_TEXT 20

static void add_forms(struct text *text, const struct tally *tally)
{
	const char *before = " (";

	for (int form = 0; form < FORMS; form++) {
		if (!tally->left_forms[form])
			continue;
		text_add(text, before);
		text_add_count(text, tally->left_forms[form]);
		text_addf(text, " %s", rebtf_form_name((enum rebtf_form)form));
		before = ", ";
	}
	if (tally->left_no_btf) {
		text_add(text, before);
		text_add_count(text, tally->left_no_btf);
		text_add(text, " without BTF");
	}
	text_add(text, ")");
}

/* "(0.4 % of their type references)" */
static void add_share(struct text *text, size_t part, size_t whole)
{
	double percent = whole ? 100.0 * (double)part / (double)whole : 0;

	if (part && percent < 0.05)
		text_add(text, " (less than 0.1 %");
	else
		text_addf(text, " (%.1f %%", percent);
	text_add(text, " of their type references)");
}

/* The counts of a batch, in the order of the JSON keys. */
enum summary_part {
	PART_DONE, /* in JSON, includes PART_BUILT_FOR_BASE and PART_KEPT */
	PART_ALREADY,
	PART_MISFIT,
	PART_LEFT,
	PART_LEFT_WITHOUT_BTF, /* included in PART_LEFT */
	PART_FAILED,
	PART_UNREACHED,
	PART_BUILT_FOR_BASE,
	PART_KEPT,
	PARTS,
};

struct summary_counts {
	struct {
		size_t count;
		const char *key;    /* in JSON; NULL: not there */
		const char *before; /* in text, with words */
		const char *words;
	} parts[PARTS];
};

static struct summary_counts summary_count(const struct options *options,
					   const struct summary_words *words,
					   const struct tally *tally)
{
	const char *already = words->has_already ? "already" : NULL, *would = would_be(options);
	const char *built = words->built_for_base;
	size_t misfits = tally->outcomes[OUTCOME_MISFIT];
	size_t done = tally->outcomes[OUTCOME_DONE] - tally->already;
	bool is_one = done - tally->kept - tally->built_for_base == 1;
	const char *misfit = misfits == 1 ? words->misfit_one ?: "does not fit"
					  : words->misfit_many ?: "do not fit";

	return (struct summary_counts){ {
		{ done, words->outcome, would, is_one ? words->one : words->many },
		{ tally->already, already, "already ", words->many },
		{ misfits, "misfit", "", misfit },
		{ tally->outcomes[OUTCOME_LEFT], "left", "", "left alone" },
		{ tally->left_no_btf, "left_without_btf", NULL, NULL },
		{ tally->outcomes[OUTCOME_FAILED], "failed", "", "failed" },
		{ tally->unreached, "unreached", "", "not reached" },
		{ tally->built_for_base, built ? "built_for_base" : NULL, "", built },
		{ tally->kept, "kept", would, words->kept ?: "kept" },
	} };
}

/* Adds "3 modules: 2 relocated, 1 failed". Leaves out zeros. */
static void add_totals(struct text *text, const struct options *options,
		       const struct summary_words *words, const struct tally *tally)
{
	static const enum summary_part order[] = {
		PART_DONE, PART_BUILT_FOR_BASE, PART_KEPT,   PART_ALREADY,
		PART_LEFT, PART_MISFIT,		PART_FAILED, PART_UNREACHED,
	};
	struct summary_counts all = summary_count(options, words, tally);
	const char *before = ": ";

	all.parts[PART_DONE].count -= tally->kept + tally->built_for_base;
	text_add_counted(text, tally->files, words->noun ?: "module");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		enum summary_part part = order[i];

		if (!all.parts[part].count)
			continue;
		text_add(text, before);
		text_add_count(text, all.parts[part].count);
		text_addf(text, " %s%s", all.parts[part].before, all.parts[part].words);
		if (part == PART_KEPT) {
			text_add(text, " by localizing ");
			text_add_counted(text, tally->localized, "type");
			add_share(text, tally->refs_localized, tally->refs);
		} else if (part == PART_LEFT) {
			add_forms(text, tally);
		}
		before = ", ";
	}
	text_addf(text, "%s\n", words->note ?: "");
}

static void add_heading(struct text *text, const char *heading)
{
	text_style(text, STYLE_STRONG);
	text_add(text, heading);
	text_style(text, STYLE_PLAIN);
	text_add(text, "\n");
}

/* The lists of reasons, in text and in JSON. */
static const struct {
	const char *heading;
	const char *key;
	const char *left_out_key;
} reason_lists[REASON_EFFECTS] = {
	[REASON_MISFIT] = { "Reasons why modules do not fit, by number of modules:", "reasons",
			    "reasons_left_out" },
	[REASON_LOCALIZED] = { "Localized types, by number of modules:", "localized_types",
			       "localized_types_left_out" },
};

static void add_reason_lists(struct text *text, const struct options *options,
			     struct reasons *reasons)
{
	for (int i = 0; reasons && i < REASON_EFFECTS; i++) {
		/* Those of a single module were just printed. */
		if (reasons->tables[i].modules < 2)
			continue;
		add_heading(text, reason_lists[i].heading);
		counts_add_text(text, &reasons->tables[i].counts,
				options->verbose ? SIZE_MAX : REASONS_IN_TEXT, "    ");
	}
}

static void add_base(struct text *text, const char *label, const struct rebtf_btf *base)
{
	if (!kernels_of(base))
		return;
	text_add(text, label);
	kernels_add_name(text, base);
	text_add(text, "\n");
}

static void summary_add_text(struct text *text, const struct options *options,
			     const struct summary_words *words, const struct tally *tally,
			     struct reasons *reasons, struct loadings *loadings)
{
	if (options->verbose) {
		add_base(text, "Base: ", tally->base);
		add_base(text, "Old base: ", tally->old_base);
	}
	if (loadings)
		loadings_add_summary_text(text, loadings);
	add_reason_lists(text, options, reasons);
	/* The error of a single file was just printed. */
	if (tally->errors.files > 1) {
		add_heading(text, "Errors, by number of modules:");
		error_groups_add_text(text, &tally->errors,
				      options->verbose ? SIZE_MAX : REASONS_IN_TEXT);
	}
	add_totals(text, options, words, tally);
}

static void summary_add_json(struct text *text, const struct options *options,
			     const struct summary_words *words, const struct tally *tally,
			     struct reasons *reasons, struct loadings *loadings)
{
	struct json_object *line = json_new_object(), *summary = json_new_object();
	const struct summary_counts all = summary_count(options, words, tally);

	json_add_string(summary, "verb", words->verb);
	if (options->dry_run)
		json_add_bool(summary, "dry_run", true);
	json_add(summary, "base", kernels_json(tally->base));
	if (tally->old_base)
		json_add(summary, "old_base", kernels_json(tally->old_base));
	json_add_number(summary, "modules", tally->files);
	for (int i = 0; i < (reasons ? PARTS : PART_KEPT); i++) {
		if (all.parts[i].key)
			json_add_number(summary, all.parts[i].key, all.parts[i].count);
	}
	if (reasons) {
		json_add_number(summary, "localized", tally->localized);
		json_add_number(summary, "refs", tally->refs);
		json_add_number(summary, "refs_localized", tally->refs_localized);
	}
	for (int i = 0; reasons && i < REASON_EFFECTS; i++)
		reasons_add_json(summary, reason_lists[i].key, reason_lists[i].left_out_key,
				 &reasons->tables[i]);
	json_add(summary, "errors", error_groups_json(&tally->errors));
	if (loadings)
		loadings_add_summary_json(summary, loadings);
	json_add(line, "summary", summary);
	json_print(text, line);
}

void print_summary(const struct options *options, const struct summary_words *words,
		   const struct tally *tally, struct reasons *reasons, struct loadings *loadings)
{
	struct text text = {};

	if (loadings && loadings->warns)
		loadings_warn(loadings);
	if (options->quiet)
		return;
	if (options->json)
		summary_add_json(&text, options, words, tally, reasons, loadings);
	else
		summary_add_text(&text, options, words, tally, reasons, loadings);
	output_text(&text);
}
