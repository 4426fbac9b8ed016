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

static void add_kept(struct text *text, const struct options *options,
		     const struct summary_words *words, const struct tally *tally)
{
	text_addf(text, "%s%s by localizing ", would_be(options), words->kept ?: "kept");
	text_add_counted(text, tally->localized, "type");
	add_share(text, tally->refs_localized, tally->refs);
}

/* Adds ": 12" for the first nonzero count and ", 12" for the next ones. Skips zero. */
static bool add_part(struct text *text, bool *first, size_t count)
{
	if (!count)
		return false;
	text_add(text, *first ? ": " : ", ");
	text_add_count(text, count);
	text_add(text, " ");
	*first = false;
	return true;
}

static void add_done(struct text *text, const struct options *options,
		     const struct summary_words *words, const struct tally *tally, bool *first)
{
	size_t count = tally->outcomes[OUTCOME_DONE] - tally->kept - tally->already -
		       tally->built_for_base;

	if (add_part(text, first, count))
		text_addf(text, "%s%s", would_be(options), count == 1 ? words->one : words->many);
	if (add_part(text, first, tally->built_for_base))
		text_add(text, words->built_for_base);
	if (add_part(text, first, tally->kept))
		add_kept(text, options, words, tally);
	if (add_part(text, first, tally->already))
		text_addf(text, "already %s", words->many);
}

static void add_totals(struct text *text, const struct options *options,
		       const struct summary_words *words, const struct tally *tally)
{
	size_t misfits = tally->outcomes[OUTCOME_MISFIT];
	bool first = true;

	text_add_counted(text, tally->files, words->noun ?: "module");
	add_done(text, options, words, tally, &first);
	if (add_part(text, &first, tally->outcomes[OUTCOME_LEFT])) {
		text_add(text, "left alone");
		add_forms(text, tally);
	}
	if (add_part(text, &first, misfits))
		text_add(text, misfits == 1 ? words->misfit_one ?: "does not fit"
					    : words->misfit_many ?: "do not fit");
	if (add_part(text, &first, tally->outcomes[OUTCOME_FAILED]))
		text_add(text, "failed");
	if (add_part(text, &first, tally->unreached))
		text_add(text, "not reached");
	text_add(text, words->note ?: "");
	text_add(text, "\n");
}

static void add_heading(struct text *text, const char *heading)
{
	text_style(text, STYLE_STRONG);
	text_add(text, heading);
	text_style(text, STYLE_PLAIN);
	text_add(text, "\n");
}

static void summary_add_reasons(struct text *text, const struct options *options,
				const char *heading, struct reason_table *table)
{
	/* Those of a single module were just printed. */
	if (table->modules < 2)
		return;
	add_heading(text, heading);
	counts_add_text(text, &table->counts, options->verbose ? SIZE_MAX : REASONS_IN_TEXT,
			"    ");
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
	if (reasons) {
		summary_add_reasons(text, options,
				    "Reasons, by how many modules they keep from fitting:",
				    &reasons->tables[REASON_MISFIT]);
		summary_add_reasons(text, options,
				    "Given up, by how many modules they are kept without:",
				    &reasons->tables[REASON_GIVEN_UP]);
	}
	/* The error of a single file was just printed. */
	if (tally->errors.files > 1) {
		add_heading(text, "Errors, by how many modules have them:");
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

	json_add_string(summary, "verb", words->verb);
	if (options->dry_run)
		json_add_bool(summary, "dry_run", true);
	json_add(summary, "base", kernels_json(tally->base));
	if (tally->old_base)
		json_add(summary, "old_base", kernels_json(tally->old_base));
	json_add_number(summary, "modules", tally->files);
	json_add_number(summary, words->outcome, tally->outcomes[OUTCOME_DONE] - tally->already);
	if (words->has_already)
		json_add_number(summary, "already", tally->already);
	json_add_number(summary, "misfit", tally->outcomes[OUTCOME_MISFIT]);
	json_add_number(summary, "left", tally->outcomes[OUTCOME_LEFT]);
	json_add_number(summary, "left_without_btf", tally->left_no_btf);
	json_add_number(summary, "failed", tally->outcomes[OUTCOME_FAILED]);
	json_add_number(summary, "unreached", tally->unreached);
	if (words->built_for_base)
		json_add_number(summary, "built_for_base", tally->built_for_base);
	if (reasons) {
		json_add_number(summary, "kept", tally->kept);
		json_add_number(summary, "localized", tally->localized);
		json_add_number(summary, "refs", tally->refs);
		json_add_number(summary, "refs_localized", tally->refs_localized);
		reasons_add_json(summary, "reasons", "reasons_left_out",
				 &reasons->tables[REASON_MISFIT]);
		reasons_add_json(summary, "localized_types", "localized_types_left_out",
				 &reasons->tables[REASON_GIVEN_UP]);
	}
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
	if (memory_has_failed()) {
		/* The output so far consists of complete lines. */
		fflush(stdout);
		out_of_memory();
	}
	output_write(text.data, text.size);
	text_release(&text);
}
