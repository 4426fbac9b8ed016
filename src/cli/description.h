/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The facts that info reports of one file, as text or as a line of JSON. */
#ifndef REBTF_CLI_DESCRIPTION_H
#define REBTF_CLI_DESCRIPTION_H

#include "rebtf.h"

#include "cli/loadings.h"
#include "cli/origin.h"
#include "cli/text.h"
#include "module/tree.h"

struct description {
	const struct options *options;
	const struct tree_file *file;
	struct rebtf_module *module;
	enum rebtf_form form;
	/* Of .BTF, .BTF.base, .BTF.base_expects and .BTF.inline; NULL: the file does not have it. */
	struct rebtf_survey *own;
	struct rebtf_survey *distilled;
	struct rebtf_survey *expects;
	struct rebtf_survey *inlined;
	enum origin origin;
	bool has_refs; /* base_refs is known */
	size_t base_refs;
	struct rebtf_btf *base;	       /* that was tried; not a reference; or NULL */
	struct rebtf_transform *made;  /* a distilled module that was tried on the named base */
	struct rebtf_error *misfit;    /* why the base does not fit */
	struct loadings *loadings;     /* not a reference */
	struct rebtf_loading *loading; /* by the named base; NULL: not requested, or raw BTF */
};

void description_release(struct description *d);

/* Adds the file as lines of text or as a line of JSON. It needs BTF. */
void description_add(struct text *text, const struct description *d);

/* Adds a file without BTF as text: its container and its loading. */
void description_add_bare(struct text *text, const struct description *d);

#endif
