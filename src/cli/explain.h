/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Explains a misfit so that a person can act on it: the changes in the type, member by member if
 * the old definition is known; the path from the module to the type; and remedies.
 */
#ifndef REBTF_CLI_EXPLAIN_H
#define REBTF_CLI_EXPLAIN_H

#include "rebtf.h"

#include "cli/json.h"
#include "cli/options.h"
#include "cli/text.h"

/* The explanation of one misfit. Both its text and its JSON are made from it. */
struct explanation {
	const struct options *options;
	const struct rebtf_match *match;
	const struct rebtf_btf *split;	   /* has the types of the path */
	struct rebtf_change_list *changes; /* NULL: unknown */
	struct rebtf_path *path;	   /* NULL: not found */
	enum rebtf_remedy remedies[2];	   /* the best first; NONE: no other */
	bool harmless;
};

/* @match is one of @made's report. */
void explanation_init(struct explanation *x, const struct options *options,
		      struct rebtf_transform *made, const struct rebtf_match *match);
void explanation_release(struct explanation *x);

/*
 * Adds the explanation as indented lines. Members that moved together share a line. Only the first
 * lines of many changes are added, unless the options request all. The middle of a long path is
 * left out.
 */
void explanation_add_text(struct text *text, const struct explanation *x);

/* Adds it as keys of a misfit's object. The changes are limited to about @limit bytes. */
void explanation_add_json(struct json_object *object, const struct explanation *x, size_t limit);

#endif
