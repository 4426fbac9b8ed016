/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Predicts whether the base's kernel loads the modules of a batch. This verdict is separate from
 * that on BTF: a module can have BTF that fits and be refused for a symbol's CRC, or load with BTF
 * that does not fit. Causes are collected over the batch, so that thousands of modules with one
 * cause take one line.
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
	bool warns; /* refusals are warnings, not the subject of the verb */
	struct rebtf_btf *base;
	struct rebtf_loader *loader; /* NULL until loadings_open() */
	pthread_mutex_t lock;	     /* protects the members below */
	size_t verdicts[LOADING_VERDICTS];
	/* The causes of refusals, and of unknown verdicts. */
	struct counts causes[LOADING_VERDICTS];
};

/* For the kernel that @options name. @base: its BTF, which must outlive @loadings. */
void loadings_init(struct loadings *loadings, const struct options *options,
		   struct rebtf_btf *base);
void loadings_release(struct loadings *loadings);

/*
 * Opens the loader; for struct batch_work. @arg: a struct loadings. @paths: the files of the batch.
 * False after a message if the file for --symvers cannot be read.
 */
bool loadings_open(void *arg, const char *const *paths, size_t count);

/*
 * Judges and counts @module. The caller frees the result. NULL for raw BTF, which is not loaded,
 * and without memory. @written: the module gets new BTF, and so a new signature or no signature.
 */
struct rebtf_loading *loadings_judge(struct loadings *loadings, const struct rebtf_module *module,
				     bool written);

/* Judges and counts a module that the verb leaves alone. Only --require-loadable asks for that. */
void loadings_judge_left(struct loadings *loadings, const struct rebtf_module *module);

/*
 * Adds the verdict as indented lines. @loading may be NULL, which adds no lines. @misfit: the BTF
 * does not fit, so the kernel's reaction is added, too. Without --verbose, a module gets no line if
 * its loading is unknown, or if it loads and its BTF fits.
 */
void loadings_add_text(struct text *text, struct loadings *loadings,
		       const struct rebtf_loading *loading, bool misfit);

/* Adds the verdict as a line for info; @misfit as above. */
void loadings_add_info_text(struct text *text, struct loadings *loadings,
			    const struct rebtf_loading *loading, bool misfit);

/* The value of the key "loading"; NULL if @loading is NULL. */
struct json_object *loading_json(struct loadings *loadings, const struct rebtf_loading *loading);

/* Adds that key. */
void loadings_add_json(struct json_object *object, struct loadings *loadings,
		       const struct rebtf_loading *loading);

/* Adds the same key to a summary: verdicts, causes and sources. */
void loadings_add_summary_json(struct json_object *object, struct loadings *loadings);

/* Adds loading to a summary in text, as far as it is not yet reported. */
void loadings_add_summary_text(struct text *text, struct loadings *loadings);

/*
 * Prints to standard error which causes prevent how many modules from loading: a warning, or with
 * --require-loadable an error. Silent if no module is refused.
 */
void loadings_warn(struct loadings *loadings);

/* Returns @status, or STATUS_MISFIT if --require-loadable requires it. @loadings may be zeroed. */
enum status loadings_status(const struct loadings *loadings, enum status status);

#endif
