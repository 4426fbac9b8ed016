/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Summarizes the results of a whole batch: the last lines of a verb's output. */
#ifndef REBTF_CLI_SUMMARY_H
#define REBTF_CLI_SUMMARY_H

#include "cli/batch.h"
#include "cli/loadings.h"
#include "cli/reasons.h"

/* A verb's words for its results. */
struct summary_words {
	const char *verb;    /* "check" */
	const char *outcome; /* "fits": in JSON */
	const char *one;     /* "fits": 1 module ... */
	const char *many;    /* "fit": 2 modules ... */
	/* A module with problems; NULL: "does not fit", "do not fit". */
	const char *misfit_one;
	const char *misfit_many;
	const char *noun; /* the inputs: "file"; NULL: "module" */
	/* A module that was already over the base; NULL: not used by the verb. */
	const char *built_for_base;
	const char *kept; /* kept by localizing types; NULL: "kept" */
	bool has_already; /* a module may already be as the verb would make it */
	const char *note; /* end of the line, without control characters; NULL: no note */
};

/*
 * @reasons and @loadings may be NULL for a verb without them. With --quiet, prints only warnings.
 */
void print_summary(const struct options *options, const struct summary_words *words,
		   const struct tally *tally, struct reasons *reasons, struct loadings *loadings);

#endif
