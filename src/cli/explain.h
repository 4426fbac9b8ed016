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

/*
 * All of it as indented lines. @paths are those of @split, which was to be relocated. Of many
 * changes, those that moved together are one line, and only the first lines are there, unless
 * @options ask for all.
 */
void explain_text(struct text *text, const struct options *options,
		  const struct rebtf_report *report, const struct rebtf_match *match,
		  const struct rebtf_btf *split, struct rebtf_paths *paths);

/* The same as keys of a misfit's object: changes, path, remedy. */
void explain_json(struct json_object *object, const struct rebtf_report *report,
		  const struct rebtf_match *match, const struct rebtf_btf *split,
		  struct rebtf_paths *paths);

#endif
