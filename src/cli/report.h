/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* How one module fits a base: a report of the library in words and in JSON. */
#ifndef REBTF_CLI_REPORT_H
#define REBTF_CLI_REPORT_H

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/json.h"
#include "cli/loadings.h"
#include "cli/text.h"

/* What it takes to say how a module fits, and why. */
struct fit {
	const struct rebtf_report *report;
	struct rebtf_btf *split;	 /* that was, or was to be, relocated; over its own base */
	const struct rebtf_trust *trust; /* NULL: no more than shows in @split */
	struct loadings *loadings;	 /* NULL: whether the kernel loads it is not asked */
	const struct rebtf_loading *loading; /* NULL: nor is raw BTF loaded */
};

/*
 * How many bytes the report on the file at @path may take: 256 KiB, and eight times the size of the
 * file. Past that, what is left out is counted.
 */
size_t report_limit(const char *path);

/* The type that @match is about: "struct device". */
void report_add_type(struct text *text, const struct rebtf_report *report,
		     const struct rebtf_match *match);

/* What is wrong with it: "744 bytes then, 752 now". */
void report_add_reason(struct text *text, const struct rebtf_report *report,
		       const struct rebtf_match *match);

/*
 * A line for each type that does not fit: "    struct device: 744 bytes then, 752 now (embedded)";
 * and, further to the right, what stands behind that. Of types that were given up there is that
 * only if @options ask for it, as nothing needs to be done about them. All that in about @limit
 * bytes.
 */
void report_add_misfits(struct text *text, const struct options *options, const struct fit *fit,
			size_t limit);

/*
 * Adds the key misfits: all types that do not fit, with all that is known of them, in about @limit
 * bytes. Of no report, or of one without misfits, it is empty.
 */
void report_add_json(struct json_object *object, const struct options *options,
		     const struct fit *fit, size_t limit);

/* Makes @result that of a module that does not fit, with its loading verdict. */
void report_misfit(struct result *result, const struct options *options, const char *path,
		   enum rebtf_form form, const struct fit *fit);

/*
 * Makes @result that of a module that fits, as @done says ("relocated", "fits"), and in text adds
 * the lines for it, with its loading verdict: none if it simply does and nobody asked. JSON is up
 * to the caller, except for what report_add_given_up_json() and report_add_loading_json() add.
 */
void report_done(struct result *result, const struct options *options, const char *path,
		 const char *done, const struct fit *fit);

/* The key loading, if that is asked. */
void report_add_loading_json(struct json_object *object, const struct fit *fit);

/* Whether a module is to be named because the kernel refuses it, and no warning will say so. */
bool report_is_refused(const struct fit *fit);

/* The keys given_up, refs and refs_given_up. @report may be NULL. */
void report_add_given_up_json(struct json_object *object, const struct rebtf_report *report);

#endif
