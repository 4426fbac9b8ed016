/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Explains a misfit so that a person can act on it: the changes in the type, member by member if
 * the old definition is known; the path by which the module needs the type; and remedies.
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
	const struct rebtf_btf *split; /* the BTF to relocate */
	struct rebtf_paths *paths;
	uint64_t compared; /* members and types compared so far */
};

/* The paths are those of @split with @trust, which may be NULL. */
void explainer_init(struct explainer *e, const struct options *options,
		    const struct rebtf_report *report, struct rebtf_btf *split,
		    const struct rebtf_trust *trust);
void explainer_release(struct explainer *e);

/* The explanation of one misfit. Both its text and its JSON are made from it. */
struct explanation {
	const struct explainer *explainer;
	const struct rebtf_match *match;
	struct rebtf_change_list *changes; /* NULL: unknown */
	struct rebtf_path *path;	   /* NULL: not found */
	enum rebtf_remedy remedies[2];	   /* the best first; NONE: no other */
	bool harmless;
};

void explanation_init(struct explanation *x, struct explainer *e, const struct rebtf_match *match);
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
