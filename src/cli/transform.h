/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs a verb that makes new BTF for each module: opens the module, decides how to treat it, calls
 * the library, writes the result to its destination, and reports it. A verb adds its library call,
 * its decision and its report. Check shares all but the loop.
 */
#ifndef REBTF_CLI_TRANSFORM_H
#define REBTF_CLI_TRANSFORM_H

#include "rebtf.h"

#include "cli/base.h"
#include "cli/built_for.h"
#include "cli/destination.h"
#include "cli/report.h"
#include "cli/stray_ids.h"
#include "cli/summary.h"
#include "cli/trusted_names.h"
#include "module/tree.h"

/* Shared by all modules of a batch. */
struct transform {
	const struct options *options;
	const struct transform_verb *verb;
	struct base base;
	struct rebtf_transform_options how; /* has the bases; the old one is a reference */
	struct rebtf_signer *signer;	    /* NULL: do not sign */
	struct destination destination;
	struct trusted_names trusted_names;
	struct built_for built_for; /* over the old base if it is given */
	struct stray_ids stray_ids;
	struct loadings loadings;
	struct reasons reasons;
	void *arg; /* the verb's own */
};

/* The action for a module. */
enum transform_action {
	TRANSFORM_MAKE,
	TRANSFORM_LEAVE,     /* no change is needed or wanted */
	TRANSFORM_ELSEWHERE, /* leave it: it belongs to another kernel */
	TRANSFORM_STOP,	     /* the result is complete */
};

/* One module during processing. */
struct transformed {
	const struct tree_file *file;
	struct rebtf_module *module;
	enum rebtf_form form;
	struct rebtf_btf *old_base;   /* for this module; not a reference */
	struct rebtf_transform *made; /* NULL: not made */
	char *path;		      /* its destination */
	bool current;		      /* the file already has the new contents */
	struct rebtf_loading *loading;
	struct fit fit; /* of the members above */
};

struct transform_verb {
	const char *doing; /* "relocating" */
	struct summary_words words;
	bool takes_kernels;    /* a kernel image or release counts as a file, too */
	bool has_evidence;     /* modules are evidence for or against the base */
	bool has_reasons;      /* types are matched, so the summary has reasons */
	bool has_loadings;     /* predicts whether the kernel loads the modules */
	bool judges_left;      /* also of modules that are left alone */
	bool warns_of_loading; /* refusals are warnings, not the subject of the verb */
	bool takes_old_base;   /* its error about another base can name --old-base */
	bool base_is_optional; /* without --base and a running kernel with BTF, there is none */
	/* For stray_ids_init(). */
	const char *stray_meaning;
	const char *stray_remedy;

	struct rebtf_error *(*make)(const struct rebtf_module *module,
				    const struct rebtf_transform_options *options,
				    struct rebtf_transform **made);
	/* Does all of one file, for struct batch_work. NULL: makes and writes it, with the rest. */
	void (*one)(void *arg, const struct tree_file *file, struct result *result);
	/* Decides by the form of the module. NULL: make. */
	enum transform_action (*decide)(struct transform *t, struct transformed *m,
					struct result *result);
	/* Makes @result that of a module that was made and written. */
	void (*report)(const struct transform *t, const struct transformed *m,
		       struct result *result);
	/* Adds the end of the summary's last line. NULL: none. */
	void (*note)(const struct transform *t, struct text *note);
};

/* A child for a verb's argp: --sort and --no-sort. */
extern const struct argp sort_argp;

/* Opens all that the options name. False after a message if something cannot be opened. */
bool transform_init(struct transform *t, const struct transform_verb *verb,
		    const struct options *options);
void transform_release(struct transform *t);

/* Runs the verb over all files. */
enum status transform_run(struct transform *t);

/* As above, all three, for a verb without state of its own. */
enum status transform_verb_run(const struct transform_verb *verb, const struct options *options);

/* Finds the form of @m->module. Errors: those of rebtf_module_form(). */
struct rebtf_error *transform_find_form(const struct transform *t, struct transformed *m);

/* Makes @m->made. Errors: those of the verb's library call. */
struct rebtf_error *transform_make(struct transform *t, struct transformed *m);

/* Sets the fit of a module that was made, with its loading, and adds its reasons. */
void transform_judge(struct transform *t, struct transformed *m, const struct rebtf_error *err,
		     bool judges_loading);
void transformed_release(struct transformed *m);

/* Whether @err is a misfit that the module's report explains. */
bool transform_is_misfit(const struct transformed *m, const struct rebtf_error *err);

/* Whether the module is split BTF that only its base could relocate. */
bool transform_is_plain_split(const struct transformed *m);

/*
 * Whether the verb must stop here: see built_for_asks(). Without --old-base, the base is assumed to
 * be the kernel that the module was built for.
 */
bool transform_asks(struct transform *t, const struct transformed *m, struct result *result,
		    struct refusal *refusal);

/* As result_fail(), with a remedy if the module is split from another base. */
void transform_fail(const struct transform *t, const struct transformed *m, struct result *result,
		    struct rebtf_error *err);

#endif
