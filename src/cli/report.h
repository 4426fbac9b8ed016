/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reports how one module fits a base: a report of the library in text and in JSON. */
#ifndef REBTF_CLI_REPORT_H
#define REBTF_CLI_REPORT_H

#include "rebtf.h"

#include "cli/batch.h"
#include "cli/json.h"
#include "cli/loadings.h"
#include "cli/text.h"

/* The data for reporting how a module fits, and why. */
struct fit {
	struct rebtf_transform *made;	     /* NULL: no verdict on its BTF */
	const struct rebtf_report *report;   /* of @made; NULL: its types were not matched */
	struct loadings *loadings;	     /* NULL: loading is not judged */
	const struct rebtf_loading *loading; /* NULL: not judged, or raw BTF */
};

/*
 * The limit in bytes for the report on the file at @path: 256 KiB plus eight times the size of the
 * file. Entries beyond the limit are only counted.
 */
size_t report_limit(const char *path);

/* Adds the type of @match: "struct device". */
void report_add_type(struct text *text, const struct rebtf_report *report,
		     const struct rebtf_match *match);

/* Adds its problem: "744 bytes then, 752 now". */
void report_add_reason(struct text *text, const struct rebtf_report *report,
		       const struct rebtf_match *match);

/* The same in JSON: the keys kind, name and verdict, and the keys old_size and new_size. */
void report_add_verdict_json(struct json_object *object, uint32_t kind, const char *name,
			     const struct rebtf_match *match);
void report_add_sizes_json(struct json_object *object, const struct rebtf_match *match);

/*
 * Adds a line for each type that does not fit: " struct device: 744 bytes then, 752 now
 * (embedded)". Adds an explanation below it, indented further. Localized types need no action, so
 * they are only explained if @options request it. Limited to about @limit bytes.
 */
void report_add_misfits(struct text *text, const struct options *options, const struct fit *fit,
			size_t limit);

/*
 * Adds the key misfits: all types that do not fit, with all facts about them, in about @limit
 * bytes. Empty without a report or without misfits.
 */
void report_add_json(struct json_object *object, const struct options *options,
		     const struct fit *fit, size_t limit);

/* Makes @result that of a module that does not fit, with its loading verdict. */
void report_misfit(struct result *result, const struct options *options, const char *path,
		   enum rebtf_form form, const struct fit *fit);

/*
 * Makes @result that of a module that fits. @done is the word for it ("relocated", "fits"). In
 * text, adds its lines and loading verdict, unless the module simply fits and --verbose is off. For
 * JSON, the caller adds all keys except those of report_add_localized_json() and
 * report_add_loading_json().
 */
void report_done(struct result *result, const struct options *options, const char *path,
		 const char *done, const struct fit *fit);

/* Adds the key loading, if loading is judged. */
void report_add_loading_json(struct json_object *object, const struct fit *fit);

/* Whether to report a module because the kernel refuses it, if no warning will. */
bool report_is_refused(const struct fit *fit);

/* The keys localized, refs and refs_localized. @report may be NULL. */
void report_add_localized_json(struct json_object *object, const struct rebtf_report *report);

#endif
