/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reports the results of rebtf dedup: how many types are gone, and which exist in several versions.
 */
#ifndef REBTF_CLI_DEDUP_REPORT_H
#define REBTF_CLI_DEDUP_REPORT_H

#include "rebtf.h"

#include "cli/options.h"
#include "cli/text.h"

struct dedup_report {
	const struct options *options;
	const char *const *paths; /* of the input */
	size_t path_count;
	size_t inputs; /* that were merged; 0: one file by itself */
	const char *output;
	const struct rebtf_btf *before;
	const struct rebtf_dedup *dedup;
};

/* Adds the report as text or as JSON. */
void dedup_report_add(struct text *text, const struct dedup_report *report);

#endif
