/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What stands behind a misfit, so that a person can act on it: what changed in the type, member by
 * member where the old definition is known; by which way the module comes to need it; and what can
 * be done.
 */
#ifndef REBTF_CLI_EXPLAIN_H
#define REBTF_CLI_EXPLAIN_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/options.h"
#include "cli/text.h"

/* Explains the misfits of one module, one after the other. */
struct explainer {
	const struct options *options;
	const struct rebtf_report *report;
	const struct rebtf_btf *split; /* that was, or was to be, relocated */
	struct rebtf_paths *paths;
	uint64_t compared; /* members and types, so far */
};

/* The paths are those of @split with @trust, which may be NULL. */
void explainer_init(struct explainer *e, const struct options *options,
		    const struct rebtf_report *report, struct rebtf_btf *split,
		    const struct rebtf_trust *trust);
void explainer_release(struct explainer *e);

/*
 * All of it as indented lines. Of many changes, those that moved together are one line, and only the
 * first lines are there, unless the options ask for all. Of a long path the steps in the middle are
 * left out.
 */
void explain_text(struct text *text, struct explainer *e, const struct rebtf_match *match);

/*
 * The same as keys of a misfit's object: changes, of which the texts take about @limit bytes, path,
 * remedy, remedies, harmless.
 */
void explain_json(struct json_object *object, struct explainer *e, const struct rebtf_match *match,
		  size_t limit);

#endif
