/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Why one module does not fit: a report of the library in words and in JSON. */
#ifndef REBTF_CLI_REPORT_H
#define REBTF_CLI_REPORT_H

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/json.h"
#include "cli/text.h"

/* The type that @match is about: "struct device". */
void report_add_type(struct text *text, const struct rebtf_report *report,
		     const struct rebtf_match *match);

/* What is wrong with it: "744 bytes then, 752 now". */
void report_add_reason(struct text *text, const struct rebtf_report *report,
		       const struct rebtf_match *match);

/*
 * One line for each type that does not fit: "    struct device: 744 bytes then, 752 now
 * (embedded)".
 */
void report_add_misfits(struct text *text, const struct rebtf_report *report);

/* All types that do not fit, with all that is known of them. */
struct json_object *report_json(const struct rebtf_report *report);

/* Makes @result that of a module that does not fit. */
void report_misfit(struct result *result, const struct options *options, const char *path,
		   enum rebtf_form form, const struct rebtf_report *report);

#endif
