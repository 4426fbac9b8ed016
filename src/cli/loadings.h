/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whether the kernel that is the base loads the modules of a batch. That is a verdict of its own
 * beside the one on BTF: a module can have BTF that fits and be refused for a symbol's CRC, or load
 * with BTF that does not fit. Causes are gathered over the batch, so that thousands of modules with
 * one cause make one line.
 */
#ifndef REBTF_CLI_LOADINGS_H
#define REBTF_CLI_LOADINGS_H

#include <pthread.h>

#include "rebtf.h"

#include "cli/counts.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/text.h"

#define LOADING_VERDICTS (REBTF_LOADING_UNKNOWN + 1)

struct loadings {
	const struct options *options;
	bool warns; /* modules that are refused are a warning, and not what the verb is about */
	struct rebtf_loader *loader;
	pthread_mutex_t lock; /* covers the rest */
	size_t verdicts[LOADING_VERDICTS];
	/* Why the kernel refuses modules, and what is unknown of them. */
	struct counts causes[LOADING_VERDICTS];
};

/*
 * Opens the loader of the kernel that @options name, whose BTF is @base. False, with a message, if
 * the file for --symvers cannot be read.
 */
bool loadings_init(struct loadings *loadings, const struct options *options,
		   struct rebtf_btf *base);
void loadings_release(struct loadings *loadings);

/* Names the files of the batch; for struct batch_work. @arg: a struct loadings. */
void loadings_offer(void *arg, const char *const *paths, size_t count);

/*
 * Judges @module, and counts it; to be freed. NULL for raw BTF, which is not loaded, and without
 * memory. @written: it gets new BTF, and with that a new signature, or none.
 */
struct rebtf_loading *loadings_judge(struct loadings *loadings, const struct rebtf_module *module,
				     bool written);

/*
 * Adds the verdict as indented lines; @loading may be NULL, which adds none. @misfit: the BTF does
 * not fit; then the kernel's answer to that is there, too. Without --verbose, a module that loads
 * with BTF that fits has no line, nor has one of which that is unknown.
 */
void loadings_add_text(struct text *text, struct loadings *loadings,
		       const struct rebtf_loading *loading, bool misfit);

/* Adds the verdict as a line of what info says; @misfit as above. */
void loadings_add_info_text(struct text *text, struct loadings *loadings,
			    const struct rebtf_loading *loading, bool misfit);

/* What the key "loading" stands for; NULL if @loading is. */
struct json_object *loading_json(struct loadings *loadings, const struct rebtf_loading *loading);

/* Adds that key. */
void loadings_add_json(struct json_object *object, struct loadings *loadings,
		       const struct rebtf_loading *loading);

/* Adds the same key to a summary: verdicts, causes and sources. */
void loadings_add_summary_json(struct json_object *object, struct loadings *loadings);

/* Adds to a summary in text what is known of loading, as far as it is not yet said. */
void loadings_add_summary_text(struct text *text, struct loadings *loadings);

/*
 * Prints on standard error which causes keep how many modules from loading: a warning, or with
 * --require-loadable an error. Prints nothing if no module is refused.
 */
void loadings_warn(struct loadings *loadings);

/* @status, or STATUS_MISFIT if --require-loadable asks for it. @loadings may be all 0. */
enum status loadings_status(const struct loadings *loadings, enum status status);

#endif
