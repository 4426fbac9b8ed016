/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reports the differences of two kernels, as text, Markdown or JSON. */
#ifndef REBTF_CLI_DIFF_REPORT_H
#define REBTF_CLI_DIFF_REPORT_H

#include "cli/diff_objects.h"
#include "cli/options.h"
#include "cli/suppressions.h"
#include "cli/text.h"

struct diff_report {
	const struct options *options;
	const char *old_path;
	const char *new_path;
	const struct rebtf_diff *diff;
	const struct diff_input *old;
	const struct diff_input *new;
	struct diff_objects objects;	       /* BPF objects of --for */
	const struct suppression **suppressed; /* of each difference; or NULL */
	size_t incompatible;		       /* differences that are not suppressed */
	size_t compatible;
	size_t suppressed_count;
	size_t left_out; /* modules that cannot be read */
	bool knows_exports;
};

/* Text. Without --verbose, compatible differences are only counted. */
void diff_report_text(const struct diff_report *report, struct text *text);
void diff_report_markdown(const struct diff_report *report, struct text *text);

/* In diff_json.c: a line for each difference, and one for all. */
void diff_report_json(const struct diff_report *report, struct text *text);

#endif
