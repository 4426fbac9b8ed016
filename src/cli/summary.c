/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What became of a batch as a whole: the last lines that a verb prints. */
#include "cli/output.h"
#include "cli/summary.h"

/* So many reasons stand in the text unless all are asked for. */
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
	text_add(text, ")");
}

static void add_totals(struct text *text, const struct summary_words *words,
		       const struct tally *tally)
{
	const char *one[OUTCOMES] = { words->one, "left alone", "does not fit", "failed" };
	const char *many[OUTCOMES] = { words->many, "left alone", "do not fit", "failed" };
	const char *before = ": ";

	text_add_counted(text, tally->files, "module");
	for (int outcome = 0; outcome < OUTCOMES; outcome++) {
		size_t count = tally->outcomes[outcome];

		if (!count)
			continue;
		text_add(text, before);
		text_add_count(text, count);
		text_addf(text, " %s", count == 1 ? one[outcome] : many[outcome]);
		if (outcome == OUTCOME_LEFT)
			add_forms(text, tally);
		before = ", ";
	}
	text_add(text, "\n");
}

static void add_text(struct text *text, const struct options *options,
		     const struct summary_words *words, const struct tally *tally,
		     struct reasons *reasons)
{
	/* Those of a single module stand right above. */
	if (reasons && reasons->modules > 1) {
		text_add(text, "Reasons, by how many modules they keep from fitting:\n");
		reasons_add_text(text, reasons, options->verbose ? SIZE_MAX : REASONS_IN_TEXT);
	}
	add_totals(text, words, tally);
}

static void add_json(struct text *text, const struct summary_words *words,
		     const struct tally *tally, struct reasons *reasons)
{
	struct json_object *line = json_new_object(), *summary = json_new_object();

	json_add_string(summary, "verb", words->verb);
	json_add_number(summary, "modules", tally->files);
	json_add_number(summary, words->outcome, tally->outcomes[OUTCOME_DONE]);
	json_add_number(summary, "misfit", tally->outcomes[OUTCOME_MISFIT]);
	json_add_number(summary, "left", tally->outcomes[OUTCOME_LEFT]);
	json_add_number(summary, "failed", tally->outcomes[OUTCOME_FAILED]);
	if (reasons)
		json_add(summary, "reasons", reasons_json(reasons));
	json_add(line, "summary", summary);
	json_print(text, line);
}

void print_summary(const struct options *options, const struct summary_words *words,
		   const struct tally *tally, struct reasons *reasons)
{
	struct text text = {};

	if (options->quiet)
		return;
	if (options->format == OUTPUT_JSON)
		add_json(&text, words, tally, reasons);
	else
		add_text(&text, options, words, tally, reasons);
	output_write(text.data, text.size);
	text_release(&text);
}
