/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs one verb over many files. Workers take files in any order and write their output into a
 * struct result. Results are printed in the order of the files, each once all before it are
 * printed. So the output is the same for any number of threads. If many results wait for a slow
 * file, workers wait, too. A file that fails, for lack of memory or otherwise, is one result among
 * others.
 */
#ifndef REBTF_CLI_BATCH_H
#define REBTF_CLI_BATCH_H

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/evidence.h"
#include "cli/json.h"
#include "cli/kernels.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/text.h"

/* The outcome of one file. */
enum outcome {
	OUTCOME_DONE,	/* the verb did its work, or (check) the module fits */
	OUTCOME_LEFT,	/* no change was needed */
	OUTCOME_MISFIT, /* the module does not fit the base */
	OUTCOME_FAILED,
};

#define OUTCOMES (OUTCOME_FAILED + 1)
#define FORMS	 (REBTF_FORM_EMPTY + 1)

struct result {
	enum outcome outcome;
	enum rebtf_form form; /* of a file that was left alone, if it has BTF */
	bool no_btf;	      /* the file that was left alone has no BTF */
	bool built_for_base;  /* it fits, because it is already over the base */
	bool changed;	      /* it failed because another process changed the file */
	bool no_memory;	      /* it failed for lack of memory */
	bool held;	      /* undecided: it must wait for the evidence of others */
	size_t base_refs;     /* if held: the number of base types that it refers to */
	bool refutes_base;    /* it was split from another base */
	bool already;	      /* done by an earlier run, so not written again */
	size_t localized;     /* localized types, if it is kept */
	size_t refs;	      /* if it is kept: see rebtf_report_refs() */
	size_t refs_localized;
	struct text out; /* for stdout */
	/* The loading part of the JSON of a file that fails or is left alone; or NULL. */
	struct json_object *loading;
	struct file_error error; /* for stderr, if the file failed */
};

/*
 * The JSON object for the file at @path, with its first keys. JSON marks a dry run, because its
 * outcomes are those of a real run.
 */
struct json_object *result_json(const struct options *options, const char *path,
				const char *outcome);

/* Makes @result a failure. Frees @err. */
void result_fail(struct result *result, const struct options *options, const char *path,
		 struct rebtf_error *err);

/* As result_fail(), for errors that do not come from the library. */
void result_refuse(struct result *result, const struct options *options, const char *path,
		   enum rebtf_error_code code, const char *section, const char *message);

/* Counts of files by outcome. */
struct tally {
	size_t files;
	size_t outcomes[OUTCOMES];
	size_t left_forms[FORMS];
	size_t left_no_btf;
	size_t already;	  /* of the done ones: unchanged, because they were done before */
	size_t unreached; /* not processed before an interrupt, so without an outcome */
	/* Of the other done ones: */
	size_t built_for_base; /* already over the base */
	size_t kept;	       /* kept by localizing types */
	size_t localized;      /* types localized in these */
	size_t refs;	       /* references in these */
	size_t refs_localized;
	struct error_groups errors; /* of failed files */
	bool tree_files_failed;	    /* a file beside the modules could not be copied */
	/* The bases of the results; NULL: not needed. The verb sets and owns them. */
	const struct rebtf_btf *base;
	const struct rebtf_btf *old_base;
};

struct batch_work {
	const char *doing; /* "relocating" */
	void (*one)(void *arg, const struct tree_file *file, struct result *result);
	void *arg;
	/*
	 * Gets all paths before the first file is processed. If it returns false, after a message,
	 * no file is. NULL: not needed.
	 */
	bool (*listed)(void *arg, const char *const *paths, size_t count);
	void *listed_arg;
	struct evidence *evidence; /* see evidence.h; NULL: files are judged separately */
	bool takes_kernels;	   /* a release counts as a file, too */
	name_below *name_below;	   /* NULL: below --out-dir, files keep their names */
};

/*
 * Does @work for each file that @options name. Returns false after a message if it could not start.
 * Call tally_finish() in any case.
 */
bool batch_run(const struct options *options, const struct batch_work *work, struct tally *tally);

/* Frees the tally's contents. Returns the exit status of a batch that @ran, or could not start. */
enum status tally_finish(struct tally *tally, bool ran);

#endif
