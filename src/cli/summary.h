/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What became of a batch as a whole: the last lines that a verb prints. */
#ifndef REBTF_CLI_SUMMARY_H
#define REBTF_CLI_SUMMARY_H

#include "cli/batch.h"
#include "cli/loadings.h"
#include "cli/reasons.h"

/* How a verb calls a module that it has done its work on. */
struct summary_words {
	const char *verb;    /* "check" */
	const char *outcome; /* "fits": in JSON */
	const char *one;     /* "fits": 1 module ... */
	const char *many;    /* "fit": 2 modules ... */
	/* One that it found fault with; NULL: "does not fit", "do not fit". */
	const char *misfit_one;
	const char *misfit_many;
	const char *noun; /* what it takes: "file"; NULL: "module" */
	/* One that the base was there for from the start; NULL: the verb does not ask. */
	const char *built_for_base;
	const char *kept; /* for lack of some of its types; NULL: "kept" */
	bool has_already; /* a module can be as the verb would make it, and is not written again then */
	const char *note; /* at the end of the line: text without control characters; NULL: none */
};

/*
 * @reasons and @loadings may be NULL, for a verb that has none. Prints nothing if that is wanted,
 * but warnings.
 */
void print_summary(const struct options *options, const struct summary_words *words,
		   const struct tally *tally, struct reasons *reasons, struct loadings *loadings);

#endif
